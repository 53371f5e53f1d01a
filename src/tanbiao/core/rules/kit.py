"""A rule's own test kit: worked examples, with changes, and the answers that are expected of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.declared import class_of, declared, graded
from tanbiao.core.rules.kit_file import examples_of
from tanbiao.core.rules.model import Example, Expected, Rule
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Figures, Settings, figures, under
from tanbiao.core.study.model import Study
from tanbiao.core.study.result import Result

SAMPLES = 16
"""Enough that an example has an interval: only that there is one matters to a check."""

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
    return [try_one(rule, item, find_release) for item in prepare(rule, folder)]


def issuable(rule: Rule, tried: Sequence[Tried]) -> list[Finding]:
    """Return what stands between a rule and its issue; empty when it may be issued.

    A rule is issued only when it says all that it must (two examples that fail for a named reason among it) and every
    worked example passes.
    """
    return [*completeness(rule), *(item.finding() for item in tried if not item.passed)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An example with its changed study, read; ``findings`` say why there is none, or what reading it found."""

    example: Example
    study: Study | None
    document: Mapping[str, Any] = field(default_factory=dict)
    """The changed study as it is written."""
    findings: tuple[Finding, ...] = ()
    broken: str = ""
    """Why the example itself can't be tried: its study or a path of its change is not there."""
    priced: dict[Settings, Figures] = field(default_factory=dict)
    """The study under each setting that a rule wanted of it: variants of a rule that calculate alike share them."""


def prepare(rule: Rule, folder: Path | None = None) -> list[Prepared]:
    """Read the studies of a rule's examples and apply their changes."""
    return [prepare_one(rule, example, folder) for example in examples_of(rule, folder)]


def prepare_one(rule: Rule, example: Example, folder: Path | None = None) -> Prepared:
    """Read the study of one example and apply its changes."""
    try:
        document = parse_text(study_bytes(example.study, folder))[0]
        change(document, example)
    except TanbiaoError as error:
        return Prepared(example, None, broken=f"{error.code} {error.where}".strip())
    study, findings = Study.parse({**document, "rule": rule.reference})
    return Prepared(example, study, document, tuple(findings))


def try_one(rule: Rule, prepared: Prepared, find_release: FindRelease) -> Tried:
    """Try one prepared example under a rule."""
    if prepared.broken:
        return Tried(prepared.example.id, False, prepared.broken)
    return judge(prepared.example, answer_of(rule, prepared, find_release))


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
    for path, rows in example.change.add.items():
        parent, last = _walk(document, path, new=True)
        before = parent.get(last, []) if isinstance(parent, dict) else parent[last]
        if not isinstance(before, list):
            raise TanbiaoError.of("example_path_unknown", path, path=path)
        parent[last] = [*before, *copy.deepcopy(list(rows))]


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
    grade: str | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Default of the rule that rows take → its value."""

    @property
    def codes(self) -> set[str]:
        """Codes of the findings."""
        return {item.code for item in self.findings}


def answer_of(rule: Rule, prepared: Prepared, find_release: FindRelease) -> Answer:
    """Return what the rule says of an example's changed study."""
    study, findings = prepared.study, prepared.findings
    if study is None:
        return Answer(None, findings)
    settings = Settings.of(rule)
    try:
        if settings not in prepared.priced:
            release = find_release(prepared.example.release or study.release or "")
            asked = prepared.example.samples
            samples = SAMPLES if asked is None else asked
            prepared.priced[settings] = figures(study, release, settings, samples=samples)
        result = under(prepared.priced[settings], rule)
    except TanbiaoError as error:
        return Answer(None, (*findings, *error.findings))
    return answered(rule, result, findings)


def answered(rule: Rule, result: Result, findings: tuple[Finding, ...] = ()) -> Answer:
    """Return what a result says, with the findings of reading its study before its own."""
    body = result.document
    figure = graded(rule, body)
    return Answer(
        result.value,
        (*findings, *result.findings),
        {item["check"]: item["state"] for item in body["checks"]},
        declared(rule, body),
        float(body["total"]["excluding_uptake"]),
        None if figure is None else class_of(rule, figure),
        {item["default"]: item["value"] for item in body["defaults_used"]},
    )


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
        wrong = _wrong_finding(example, answer, shown)
        if wrong:
            return wrong
    if example.expect_no_finding is not None and (answer.total is None or example.expect_no_finding in answer.codes):
        return f"{example.expect_no_finding} not expected, found {shown}"
    if example.expect_blocks is not None and example.expect_blocks != blocking(answer.findings):
        return f"{'blocks' if example.expect_blocks else 'does not block'} expected, found {shown}"
    return _wrong_state(example, answer)


def _wrong_finding(example: Example, answer: Answer, shown: str) -> str:
    """Return what is wrong with the expected finding: it is not there, or not at its place, or says otherwise."""
    code = example.expect_finding
    found = [item for item in answer.findings if item.code == code]
    if not found:
        return f"{code} expected, found {shown}"
    places = sorted({item.where for item in found})
    there = [item for item in found if example.expect_at in (None, item.where)]
    if not there:
        return f"{code} expected at {example.expect_at}, found at {', '.join(places)}"
    said = [{key: str(item.params.get(key, "—")) for key in example.expect_said} for item in there]
    if dict(example.expect_said) not in said:
        return f"{code} says {said[0]}, expected {dict(example.expect_said)}"
    # several checks may fail at one place: only the finding that says what is expected is weighed
    weights = {
        item.severity.value for item, words in zip(there, said, strict=True) if words == dict(example.expect_said)
    }
    if example.expect_severity is not None and example.expect_severity not in weights:
        return f"{code} is {', '.join(sorted(weights))}, expected {example.expect_severity}"
    return ""


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
    if expected.grade is not None and expected.grade != answer.grade:
        return f"grade {answer.grade or '—'} ≠ {expected.grade}"
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
    for name, value in example.expect_defaults.items():
        if answer.defaults.get(name) != value:
            return f"default {name}: {answer.defaults.get(name, '—')}, expected {value}"
    return ""
