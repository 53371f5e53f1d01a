"""Messages: every code that the code uses can be said in both languages, and every message is used."""

from __future__ import annotations

import re
from pathlib import Path

import tanbiao
from tanbiao.core.findings import (
    Finding,
    Severity,
    TanbiaoError,
    blocking,
    catalogue,
    describe,
    explain,
    finding,
    render,
)

SOURCE = Path(tanbiao.__file__).parent


def test_every_message_has_both_languages_a_text_and_a_remedy() -> None:
    for code, texts in catalogue().items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code), code
        assert set(texts) == {"zh", "en"}, code
        for message, _remedy in texts.values():
            assert message, code
        # A bilingual parameter comes as a pair (name_zh and name_en, zh and en), of which each language takes its own.
        names = [
            {re.sub(r"(^|_)(zh|en)$", "", name) for name in re.findall(r"{(\w+)}", " ".join(pair))}
            for pair in texts.values()
        ]
        assert names[0] == names[1], f"{code}: the languages use different parameters"


def test_a_message_with_a_missing_parameter_is_still_shown() -> None:
    told = render(finding("not_canonical", Severity.ERROR, "x"), "en")
    assert told["message"].endswith("{reason}")
    assert told["severity"] == "error"


def test_a_code_is_explained_without_the_figures_of_a_single_finding() -> None:
    assert explain("dataset_incomplete_bounded", "en").count("…") == 4
    assert "{" not in explain("dataset_incomplete_bounded", "zh")
    assert explain("no_such_code", "en") == "no_such_code"


def test_a_code_without_a_text_shows_itself() -> None:
    assert describe(Finding("no_such_code", Severity.INFO), "zh") == "no_such_code"


def test_an_error_is_its_first_finding() -> None:
    error = TanbiaoError.of("not_canonical", "row r1", reason="NaN")
    assert (error.code, error.where) == ("not_canonical", "row r1")
    assert "row r1" in str(error)
    assert blocking(error.findings)
    assert not blocking([finding("x", Severity.WARNING)])


def test_every_code_raised_in_the_source_has_a_message() -> None:
    errors = "Error|Refused|NotAllowed|Conflict|Invalid|NotFound|NotSignedIn|TooLarge|TooMany|Unreadable"
    pattern = re.compile(rf"""(?:\b\w*(?:{errors})\.of|\bfinding|\bFinding)\(\s*["']([a-z][a-z0-9_]+)["']""")
    known = set(catalogue())
    missing = {
        f"{path.relative_to(SOURCE)}: {code}"
        for path in SOURCE.rglob("*.py")
        for code in pattern.findall(path.read_text(encoding="utf-8"))
        if code not in known
    }
    assert not missing
