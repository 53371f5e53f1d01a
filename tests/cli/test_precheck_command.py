"""``tanbiao precheck``: the schemes' answers as text and as JSON, and what it refuses."""

from __future__ import annotations

import json

import pytest

from tanbiao.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main([*words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_product_is_told_what_is_open_and_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "precheck", "tyre", "--region", "CN-SD", "--json", "--lang", "en", "--on", "2026-06-15")
    body = json.loads(out)
    assert code == 0
    assert body["on"] == "2026-06-15"
    found = {item["scheme"].partition("@")[0]: item for item in body["schemes"]}
    assert found["tanbiao-demo"]["open"]
    assert found["tanbiao-demo"]["management_system"]["apply_from"] == "2026-09-15"
    assert found["tanbiao-demo"]["man_days"] == 2
    assert found["cn-national"]["refusals"][0]["code"] == "scheme_locked"
    assert "project default" in found["tanbiao-demo"]["sources"]["fees"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ["管理体系部分已有: 1/8", "○ 计量器具台账: 要求说明：没有也可申请"]),
        ("en", ["pieces of the management system there: 1/8", "○ list of meters: asked for: an application without"]),
    ],
)
def test_it_says_of_each_missing_piece_whether_it_is_required(
    capsys: pytest.CaptureFixture[str], lang: str, said: list[str]
) -> None:
    _, out, _ = run(capsys, "precheck", "tyre", "--kit", "duties", "--scheme", "tanbiao-demo", "--lang", lang)
    for line in said:
        assert line in out
    assert "○ 职责与权限" not in out


@pytest.mark.parametrize(("lang", "said"), [("zh", "预计人日: 2"), ("en", "expected man-days: 2")])
def test_it_speaks_both_languages(capsys: pytest.CaptureFixture[str], lang: str, said: str) -> None:
    code, out, _ = run(capsys, "precheck", "tyre", "--lang", lang)
    assert code == 0
    assert said in out
    assert "project default, not official" in out


def test_a_locked_scheme_alone_is_a_no(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "precheck", "tyre", "--scheme", "cn-national", "--json")[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("gold",),
        ("tyre", "--region", "Guangdong"),
        ("tyre", "--sites", "0"),
        ("tyre", "--suppliers", "-1"),
        ("tyre", "--system-since", "soon"),
        ("tyre", "--on", "2026-13-01"),
        ("tyre", "--scheme", "gold-star"),
    ],
)
def test_wrong_input_is_said_without_a_traceback(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    code, _, err = run(capsys, "precheck", *words, "--json")
    assert code == 2
    assert "Traceback" not in err
