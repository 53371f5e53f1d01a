"""A rule's own test kit: worked examples, with changes, and the answers that are expected of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.declared import declared
from tanbiao.core.rules.model import Example, Expected, Rule
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import calculate
from tanbiao.core.study.model import Study

FindRelease = Callable[[str], Background]


@dataclass(frozen=True, slots=True)
class Tried:
    """One worked example after it was tried; ``reason`` is empty when it passed."""

    example: str
    passed: bool
    reason: str = ""

    def finding(self) -> Finding:
        """Return the failure as a finding."""
        where = f"examples.{self.example}"
        return finding("rule_example_failed", Severity.ERROR, where, example=self.example, reason=self.reason)


def try_examples(rule: Rule, find_release: FindRelease, folder: Path | None = None) -> list[Tried]:
    """Try every worked example of a rule.

    Parameters
    ----------
    find_release
        Gives a release by name.
    folder
        The rule file's own folder, searched first for the studies it names; then the packaged examples.
    """
    return [_try(rule, example, find_release, folder) for example in rule.examples]


def _try(rule: Rule, example: Example, find_release: FindRelease, folder: Path | None) -> Tried:
    try:
        document = parse_text(study_bytes(example.study, folder))[0]
        change(document, example)
    except TanbiaoError as error:
        return Tried(example.id, False, f"{error.code} {error.where}".strip())
    return judge(example, answer_of(rule, document, example, find_release))


def study_bytes(name: str, folder: Path | None = None) -> bytes:
    """Return the study that an example names: beside the rule file, else from the package.

    Raises
    ------
    TanbiaoError
        ``example_study_missing``.
    """
    if folder is not None and (folder / name).is_file():
        return (folder / name).read_bytes()
    for package, path in (("tanbiao.data", f"rules/{name}"), ("tanbiao.examples", name)):
        entry = resources.files(package).joinpath(*path.split("/"))
        if ".." not in path and entry.is_file():
            return entry.read_bytes()
    raise TanbiaoError.of("example_study_missing", name, study=name)


def change(document: dict[str, Any], example: Example) -> None:
    """Apply an example's changes to a study document, in place.

    Paths are dotted; a row may be named by its position in the list or its id.

    Raises
    ------
    TanbiaoError
        ``example_path_unknown``.
    """
    if example.change is None:
        return
    for path in example.change.remove:
        parent, last = _walk(document, path)
        del parent[last]
    for path, value in example.change.set.items():
        parent, last = _walk(document, path, new=True)
        parent[last] = copy.deepcopy(value)


def _walk(document: Any, path: str, *, new: bool = False) -> tuple[Any, Any]:
    steps = path.split(".")
    here = document
    for step in steps[:-1]:
        here = _step(here, step, path)
    last = steps[-1]
    if isinstance(here, list):
        return here, _position(here, last, path)
    if not isinstance(here, dict) or (last not in here and not new):
        raise TanbiaoError.of("example_path_unknown", path, path=path)
    return here, last


def _step(here: Any, step: str, path: str) -> Any:
    if isinstance(here, list):
        return here[_position(here, step, path)]
    if isinstance(here, dict) and step in here:
        return here[step]
    raise TanbiaoError.of("example_path_unknown", path, path=path)


def _position(rows: list[Any], step: str, path: str) -> int:
    for index, row in enumerate(rows):
        if step == str(index) or (isinstance(row, Mapping) and row.get("id") == step):
            return index
    raise TanbiaoError.of("example_path_unknown", path, path=path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study and a rule gave: the total where there is one, every finding, the state of every check."""

    total: float | None
    findings: tuple[Finding, ...]
    checks: Mapping[str, str] = field(default_factory=dict)
    declared: str | None = None
    excluding_uptake: float | None = None

    @property
    def codes(self) -> set[str]:
        """Codes of the findings."""
        return {item.code for item in self.findings}


def answer_of(rule: Rule, document: Mapping[str, Any], example: Example, find_release: FindRelease) -> Answer:
    """Return what the rule says of an example's changed study."""
    study, findings = Study.parse({**document, "rule": rule.reference})
    if study is None:
        return Answer(None, tuple(findings))
    try:
        release = find_release(example.release or study.release or "")
        result = calculate(study, release, rule, samples=16)
    except TanbiaoError as error:
        return Answer(None, (*findings, *error.findings))
    body = result.document
    checks = {item["check"]: item["state"] for item in body["checks"]}
    without = float(body["total"]["excluding_uptake"])
    return Answer(result.value, (*findings, *result.findings), checks, declared(rule, body), without)


def judge(example: Example, answer: Answer) -> Tried:
    """Compare an answer with what the example expects; the reason names the first difference."""
    return Tried(example.id, not (reason := _difference(example, answer)), reason)


def _difference(example: Example, answer: Answer) -> str:
    shown = ", ".join(sorted(answer.codes)) or "—"
    if example.expect is not None:
        if answer.total is None:
            return f"no total ({shown})"
        wrong = _wrong_figure(example.expect, answer)
        if wrong:
            return wrong
    if example.expect_finding is not None:
        places = {item.where for item in answer.findings if item.code == example.expect_finding}
        if not places:
            return f"{example.expect_finding} expected, found {shown}"
        if example.expect_at is not None and example.expect_at not in places:
            return f"{example.expect_finding} expected at {example.expect_at}, found at {', '.join(sorted(places))}"
    if example.expect_no_finding is not None and (answer.total is None or example.expect_no_finding in answer.codes):
        return f"{example.expect_no_finding} not expected, found {shown}"
    return _wrong_state(example, answer)


def _wrong_figure(expected: Expected, answer: Answer) -> str:
    for name, wanted, found in (
        ("total", expected.total, answer.total),
        ("excluding_uptake", expected.excluding_uptake, answer.excluding_uptake),
    ):
        if wanted is None:
            continue
        if found is None or abs(found - wanted) > expected.within * max(abs(wanted), 1e-300):
            return f"{name} {found!r} ≠ {wanted!r}"
    if expected.declared is not None and expected.declared != answer.declared:
        return f"declared {answer.declared} ≠ {expected.declared}"
    return ""


def _wrong_state(example: Example, answer: Answer) -> str:
    for name, state in example.expect_checks.items():
        if answer.checks.get(name) != state:
            return f"check {name}: {answer.checks.get(name, '—')}, expected {state}"
    for wanted, state in ((example.expect_failed, "failed"), (example.expect_not_run, "not_run")):
        if wanted is None:
            continue
        listed = set() if wanted == "none" else set(wanted)
        found = {name for name, value in answer.checks.items() if value == state}
        if not answer.checks or found != listed:
            return f"{state}: {', '.join(sorted(found)) or 'none'}, expected {', '.join(sorted(listed)) or 'none'}"
    return ""
