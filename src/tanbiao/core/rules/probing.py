"""Find worked examples that hold the elements of a rule which its kit does not hold.

For every element that survives, changes of the rule's own examples are tried until one is answered otherwise by the
rule with that element changed: of a check those that are aimed at it (:mod:`.probe_aims`), else those of
:mod:`.probes`. What the rule answers there is written down as an example. Such an example holds the text; that the text
is right is for people to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import yaml

from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.findings import Finding, blocking
from tanbiao.core.lca.release import Release
from tanbiao.core.rules.check import own_outcome
from tanbiao.core.rules.kit import Answer, FindRelease, Prepared, answer_of, judge, prepare, prepare_one
from tanbiao.core.rules.kit_file import FORMAT, kit_of
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Change, Example, Expected, Rule
from tanbiao.core.rules.mutation_report import opened, unheld
from tanbiao.core.rules.mutations import Mutant
from tanbiao.core.rules.parts import Title
from tanbiao.core.rules.probe_aims import aimed
from tanbiao.core.rules.probe_ground import Ground, Probe
from tanbiao.core.rules.probes import probes, search
from tanbiao.core.rules.reading import Reading
from tanbiao.core.study.calculation import Settings, under

TRIED: Final = 1200
"""Changes that are tried for one element and one example; for those after the first two a sixth of it."""
FULLY: Final = 2
WITHIN: Final = 1e-9
PLACE: Final = re.compile(r"[A-Za-z0-9_.@-]{1,200}")
BY: Final = "what the calculation gives on this text: the example holds the text, it does not prove the figure"


Changes = Callable[[Ground], Iterator[Probe]]

STATEMENT: Final = {
    "zh": "由检查工具改动规则自带算例找出：每个算例守住规则的一处或几处，防止误改；不是产品数据，数值由本规则算得。",
    "en": "Found by a tool that changes the rule's own examples: each holds one or several places of the text against "
    "a wrong edit. No product's data; figures are what this text gives.",
}


@dataclass(frozen=True, slots=True)
class Probed:
    """The examples found, and the elements that none was found for."""

    examples: tuple[Example, ...]
    left: tuple[str, ...]


def probe(rule: Rule, find_release: FindRelease, folder: Path | None = None) -> Probed:
    """Find examples that hold what the rule's own examples and its kit do not.

    Parameters
    ----------
    find_release, folder
        As for :func:`tanbiao.core.rules.kit.try_examples`.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.rules.mutation_report.mutation_report`.
    """
    find = opened(find_release)
    waiting = {element: _rules(mutants) for element, mutants in unheld(rule, find, folder).items()}
    grounds = list(_grounds(rule, find, folder))
    found: list[Example] = []
    kit = kit_of(rule, folder)
    taken = {item.id for item in (kit.examples if kit else ())} | {item.id for item in rule.examples}
    fresh = (name for number in count(1) if (name := f"probe-{number:02d}") not in taken)
    for names, changes in _ways(rule, list(waiting)):
        for example, trial in _search(rule, names, changes, waiting, (grounds, find, folder)):
            held = [name for name, others in waiting.items() if _told(example, trial.prepared, others, find)]
            for name in held:
                del waiting[name]
            found.append(example.model_copy(update={"id": next(fresh), "holds": tuple(held)}))
    return Probed(tuple(found), tuple(waiting))


def _ways(rule: Rule, elements: Sequence[str]) -> Iterator[tuple[list[str], Changes]]:
    """Yield elements that share their changes, with these.

    Any element of another part stands alone; those of one check share what is aimed at it, then those of all checks
    share what changes everything that an expression can read.
    """
    checks = [name for name in elements if name.startswith("checks.")]
    for name in elements:
        if name not in checks:
            yield [name], partial(probes, element=name)
    for item in rule.checks:
        own = [name for name in checks if name.split(".")[1] == item.id]
        if own:
            yield own, partial(aimed, check=item)
    if checks:
        yield checks, search


def _rules(mutants: Sequence[Mutant]) -> list[Rule]:
    return [parse_rule(mutant.document) for mutant in mutants]


@dataclass(frozen=True, slots=True)
class _Base:
    example: Example
    ground: Ground


def _grounds(rule: Rule, find: FindRelease, folder: Path | None) -> Iterator[_Base]:
    """Yield the examples that are calculated, those with an expected figure first."""
    ready = [
        item for item in prepare(rule, folder) if item.study is not None and not item.example.id.startswith("probe-")
    ]
    for prepared in sorted(ready, key=lambda item: item.example.expect is None):
        if answer_of(rule, prepared, find).total is None:
            continue
        assert prepared.study is not None
        release = find(prepared.example.release or prepared.study.release or "")
        plain, unknown, power = _factors(release, rule.gwp)
        yield _Base(prepared.example, Ground(rule, prepared.document, plain, unknown, prepared.study.boundary, power))


_FACTORS: dict[tuple[str, str], tuple[str, str, str]] = {}


def _factors(release: Any, gwp: str) -> tuple[str, str, str]:
    """Return two datasets per kg, one in the GWP set and one of which nobody knows the set, and one of electricity."""
    key = (release.hash, gwp)
    if key not in _FACTORS and isinstance(release, Release):
        plain = unknown = ""
        for identifier in release.ids():
            dataset = release.get(identifier)
            if dataset.reference.unit != "kg" or not dataset.may_be_an_input or dataset.screening or dataset.never_for:
                continue
            if dataset.kind in (DatasetKind.CREDIT, DatasetKind.TREATMENT) or dataset.total <= 0:
                continue
            weighed = release.intensity(identifier, gwp)
            known = weighed.gwp_basis in ("same", "recharacterised")
            plain = plain or (f"dataset/{identifier}" if known else "")
            unbound = weighed.gwp_basis == "unknown" and weighed.bound is None
            unknown = unknown or (f"dataset/{identifier}" if unbound else "")
            if plain and unknown:
                break
        _FACTORS[key] = (plain or unknown, unknown or plain, _electricity(release))
    return _FACTORS.get(key, ("dataset/steel", "dataset/steel", ""))


def _electricity(release: Release) -> str:
    """Return a dataset of electricity that a study may take as its supply; empty where there is none."""
    for identifier in release.ids():
        dataset = release.get(identifier)
        if dataset.reference.parsed.basis == "electricity" and dataset.may_be_an_input and not dataset.never_for:
            return f"dataset/{identifier}"
    return ""


@dataclass(slots=True)
class _Trial:
    """A changed example and what the rule answers; what its checks read is read once."""

    rule: Rule
    prepared: Prepared
    answer: Answer
    reading: Reading | None = None

    @classmethod
    def of(cls, rule: Rule, prepared: Prepared, find: FindRelease) -> _Trial:
        """Return the trial of a prepared example."""
        answer = answer_of(rule, prepared, find)
        made = prepared.priced.get(Settings.of(rule))
        if made is None or prepared.study is None or answer.total is None:
            return cls(rule, prepared, answer)
        return cls(rule, prepared, answer, Reading(rule, prepared.study, under(made, rule), made.ledger))

    def may_differ(self, other: Rule, element: str) -> bool:
        """Whether a rule with one element changed may answer otherwise; of a check only that check is made."""
        if not element.startswith("checks.") or self.reading is None:
            return True
        name = element.split(".")[1]
        mine, theirs = (next(item for item in one.checks if item.id == name) for one in (self.rule, other))
        return own_outcome(self.rule, mine, self.reading) != own_outcome(other, theirs, self.reading)


def _search(
    rule: Rule,
    names: Sequence[str],
    changes: Changes,
    waiting: Mapping[str, Sequence[Rule]],
    at: tuple[Sequence[_Base], FindRelease, Path | None],
) -> Iterator[tuple[Example, _Trial]]:
    """Yield examples until none of the elements is waiting; who reads them takes away what they hold."""
    bases, find, folder = at
    for first, last in ((0, 1), (1, TRIED)):
        for base, change in _changes(bases, changes, first, last):
            left = [name for name in names if name in waiting]
            if not left:
                return
            blank = _blank(base.example, change, left[0])
            prepared = prepare_one(rule, blank, folder)
            if prepared.study is None:
                continue
            trial = _Trial.of(rule, prepared, find)
            for name in left:
                if name in waiting:
                    made = _made(blank, trial, name, waiting[name], find)
                    if made is not None:
                        yield made, trial


def _changes(bases: Sequence[_Base], changes: Changes, first: int, last: int) -> Iterator[tuple[_Base, Probe]]:
    """Yield the changes of each base in turn: of the first two as many as are tried, of the others fewer.

    What is aimed at one check is tried on all alike: the check may ask for what only a later one is.
    """
    narrow = getattr(changes, "func", None) is aimed
    for number, base in enumerate(bases):
        for change in islice(changes(base.ground), first, last if narrow or number < FULLY else min(last, TRIED // 6)):
            yield base, change


def _made(blank: Example, trial: _Trial, name: str, others: Sequence[Rule], find: FindRelease) -> Example | None:
    """Return an example that tells the rule from a variant of one element; None where the change does not."""
    for other in others:
        if not trial.may_differ(other, name):
            continue
        theirs = answer_of(other, trial.prepared, find)
        expected = difference(trial.answer, theirs)
        if expected:
            made = blank.model_copy(update={**expected, "title": _title(name)})
            if judge(made, trial.answer).passed and not judge(made, theirs).passed:
                return made
    return None


def _title(element: str) -> Title:
    return Title(
        zh=f"守住要素 {element}（算术示例，非真实产品）", en=f"holds {element} (arithmetic example, not a product)"
    )


def _told(example: Example, prepared: Prepared, others: Sequence[Rule], find: FindRelease) -> bool:
    return any(not judge(example, answer_of(other, prepared, find)).passed for other in others)


def _blank(base: Example, change: Probe, element: str) -> Example:
    whole = Probe() if base.change is None else Probe(base.change.remove, base.change.set, base.change.add)
    whole += change
    return Example(
        id="probe",
        study=base.study,
        release=base.release,
        kind="arithmetic",
        title=_title(element),
        samples=change.samples,
        change=Change(
            remove=whole.remove, set=dict(whole.set), add={key: tuple(rows) for key, rows in whole.add.items()}
        ),
    )


def difference(mine: Answer, other: Answer) -> dict[str, Any]:
    """Return what an example must expect to tell an answer from another one; nothing where they agree.

    Values of defaults that are taken come first, then states of checks, findings, figures.
    """
    if mine.defaults != other.defaults and mine.defaults:
        return {"expect_defaults": dict(mine.defaults)}
    if mine.checks and other.checks:
        for key, state in (("expect_failed", "failed"), ("expect_not_run", "not_run")):
            names = [{name for name, value in one.checks.items() if value == state} for one in (mine, other)]
            if names[0] != names[1]:
                return {key: tuple(sorted(names[0])) or "none"}
        if dict(mine.checks) != dict(other.checks):
            waived = {name: state for name, state in mine.checks.items() if other.checks.get(name) != state}
            if waived:
                return {"expect_checks": waived}
    return _by_finding(mine, other) or _by_figure(mine, other)


def _by_finding(mine: Answer, other: Answer) -> dict[str, Any]:
    here, there = ({(item.code, item.where) for item in one.findings} for one in (mine, other))
    for code, where in sorted(here - there):
        at = _place(where)
        return {"expect_finding": code, **at}
    for code in sorted({code for code, _ in there - here} - mine.codes):
        if mine.total is not None:
            return {"expect_no_finding": code}
    if (mine.total is None) == (other.total is None) and blocking(mine.findings) != blocking(other.findings):
        return {"expect_blocks": blocking(mine.findings)}
    found = _by_severity(mine, other)
    if found:
        return found
    said = {(item.code, item.where): item.params for item in other.findings}
    for item in mine.findings:
        theirs = said.get((item.code, item.where))
        if theirs is None:
            continue
        differs = {key: str(value) for key, value in item.params.items() if str(theirs.get(key)) != str(value)}
        if differs and not set(differs) & {"zh", "en", "reason"}:
            return {"expect_finding": item.code, "expect_said": differs}
    return {}


def _by_severity(mine: Answer, other: Answer) -> dict[str, Any]:
    """Tell answers apart by how heavy a finding is; several checks may fail at one place, so the check is named."""

    def key(item: Finding) -> tuple[str, str, str]:
        return item.code, item.where, str(item.params.get("check", ""))

    weight = {key(item): item.severity for item in other.findings}
    for item in mine.findings:
        if weight.get(key(item), item.severity) != item.severity:
            named = {"expect_said": {"check": key(item)[2]}} if key(item)[2] else {}
            said = {"expect_finding": item.code, "expect_severity": item.severity.value}
            return {**said, **_place(item.where), **named}
    return {}


def _place(where: str) -> dict[str, str]:
    """Return where a finding is expected, if an example can name that place."""
    return {"expect_at": where} if PLACE.fullmatch(where) else {}


def _by_figure(mine: Answer, other: Answer) -> dict[str, Any]:
    if mine.total is None:
        return {}
    expected: dict[str, Any] = {"total": mine.total, "within": WITHIN, "by": BY}
    if other.total is None or abs(mine.total - other.total) > 1e-6 * abs(mine.total):
        return {"expect": Expected(**expected)}
    if mine.declared != other.declared:
        return {"expect": Expected(**expected, declared=mine.declared)}
    if mine.grade != other.grade:
        return {"expect": Expected(**expected, grade=mine.grade)}
    return {}


def as_document(rule: Rule, found: Sequence[Example], statement: Mapping[str, str]) -> dict[str, Any]:
    """Return a kit file of these examples."""
    return {
        "tanbiao": FORMAT,
        "rule": rule.reference,
        "hash": rule.hash,
        "statement": dict(statement),
        "examples": [as_body(item) for item in found],
    }


def as_body(example: Example) -> dict[str, Any]:
    """Return an example as a kit file writes it."""
    return example.model_dump(mode="json", by_alias=True)


def as_text(document: Mapping[str, Any]) -> str:
    """Return a kit file as YAML text, keys in their order."""
    text: str = yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=150)
    return text
