"""A rule's own test kit: worked examples, with changes, and the answers that are expected of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Example, Rule
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
        document = parse_text(_bytes_of(example.study, folder))[0]
        change(document, example)
    except TanbiaoError as error:
        return Tried(example.id, False, f"{error.code} {error.where}".strip())
    total, codes = _answer(rule, document, example, find_release)
    return _judge(example, total, codes)


def _bytes_of(name: str, folder: Path | None) -> bytes:
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


def _answer(
    rule: Rule, document: dict[str, Any], example: Example, find_release: FindRelease
) -> tuple[float | None, set[str]]:
    """Return (total or None, codes of all findings)."""
    study, findings = Study.parse({**document, "rule": rule.reference})
    codes = {item.code for item in findings}
    if study is None:
        return None, codes
    try:
        release = find_release(example.release or study.release or "")
        result = calculate(study, release, rule, samples=16)
    except TanbiaoError as error:
        return None, codes | {item.code for item in error.findings}
    return result.value, codes | {item.code for item in result.findings}


def _judge(example: Example, total: float | None, codes: set[str]) -> Tried:
    shown = ", ".join(sorted(codes)) or "—"
    if example.expect is not None:
        if total is None:
            return Tried(example.id, False, f"no total ({shown})")
        difference = abs(total - example.expect.total)
        if difference > example.expect.within * max(abs(example.expect.total), 1e-300):
            return Tried(example.id, False, f"total {total!r} ≠ {example.expect.total!r}")
    if example.expect_finding is not None and example.expect_finding not in codes:
        return Tried(example.id, False, f"{example.expect_finding} expected, found {shown}")
    if example.expect_no_finding is not None and (total is None or example.expect_no_finding in codes):
        return Tried(example.id, False, f"{example.expect_no_finding} not expected, found {shown}")
    return Tried(example.id, True)
