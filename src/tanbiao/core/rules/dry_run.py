"""What a draft rule would do to past studies: figures, findings, checks, classes; nothing is written.

Each study is judged under the rule that it names, or one rule for all, and under the draft. Where a stored result is
given and the draft calculates as its rule did, the stored figures are judged again; else the study is priced anew,
without samples (an uncertainty analysis that was made counts as made).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import median
from typing import Any, Final, Protocol, TypeVar

from pydantic import ValidationError

from tanbiao import __version__
from tanbiao.core.findings import Finding, TanbiaoError, blocking, from_json
from tanbiao.core.rules.kit import FindRelease, answered
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Figures, Settings, account, figures, under
from tanbiao.core.study.model import Study
from tanbiao.core.study.result import Result

FindRule = Callable[[str], Rule]
CHUNK: Final = 100
_OF_THE_REFERENCE: Final = frozenset({"rule_differs", "rule_not_applied"})
"""Findings that only say which rule a study names."""

Given = TypeVar("Given")
Made = TypeVar("Made")


class Mapper(Protocol):
    """What is asked of an executor (``tanbiao.jobs.Executor``): results in the order of the inputs."""

    def map(self, function: Callable[[Given], Made], inputs: Iterable[Given], /) -> Iterator[Made]:
        """Yield ``function(input)`` for every input."""


@dataclass(frozen=True, slots=True)
class Past:
    """A study as it stands: its document and, where there is one, its stored result with findings as codes."""

    id: str
    study: Mapping[str, Any]
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one rule says to a study."""

    value: float | None
    declared: str | None = None
    grade: str | None = None
    blocks: bool = True
    checks: tuple[tuple[str, str], ...] = ()
    findings: frozenset[tuple[str, str]] = frozenset()
    """(code, place) of each finding."""

    def as_json(self) -> dict[str, Any]:
        """Return the side as JSON values, without findings and checks."""
        return {"value": self.value, "declared": self.declared, "grade": self.grade, "blocks": self.blocks}


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one study; ``covered`` is False where the draft is not for its category."""

    id: str
    covered: bool
    before: Side | None = None
    after: Side | None = None
    unread: tuple[str, ...] = ()
    """Codes that say why the study, its rule or its release could not be read."""

    @property
    def appear(self) -> list[tuple[str, str]]:
        """(code, place) of findings that the draft brings."""
        return [] if self.before is None or self.after is None else sorted(self.after.findings - self.before.findings)

    @property
    def vanish(self) -> list[tuple[str, str]]:
        """(code, place) of findings that are gone under the draft."""
        return [] if self.before is None or self.after is None else sorted(self.before.findings - self.after.findings)

    @property
    def change(self) -> float | None:
        """Relative change of the total; None where a side has none."""
        if self.before is None or self.after is None or self.before.value is None or self.after.value is None:
            return None
        return self.after.value / self.before.value - 1 if self.before.value else None

    @property
    def is_same(self) -> bool:
        """Whether nothing changes."""
        return self.before is not None and self.before == self.after

    def checks(self) -> list[dict[str, str | None]]:
        """Return the checks whose state differs, or that only one rule makes."""
        if self.before is None or self.after is None:
            return []
        old, new = dict(self.before.checks), dict(self.after.checks)
        return [
            {"check": name, "before": old.get(name), "after": new.get(name)}
            for name in dict.fromkeys([*old, *new])
            if old.get(name) != new.get(name)
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the effect as JSON values."""
        return {
            "id": self.id,
            "covered": self.covered,
            "before": None if self.before is None else self.before.as_json(),
            "after": None if self.after is None else self.after.as_json(),
            "change": self.change,
            "checks": self.checks(),
            "appear": [{"code": code, "where": where} for code, where in self.appear],
            "vanish": [{"code": code, "where": where} for code, where in self.vanish],
            "unread": list(self.unread),
        }


def as_it_stands(past: Past) -> Past:
    """Return a study that is in memory already."""
    return past


@dataclass(frozen=True, slots=True)
class _Task:
    draft: Rule
    chunk: tuple[Any, ...]
    find_release: FindRelease
    find_rule: FindRule
    against: Rule | None
    read: Callable[[Any], Past]


def dry_run(
    draft: Rule,
    studies: Iterable[Given],
    find_release: FindRelease,
    find_rule: FindRule,
    *,
    against: Rule | None = None,
    executor: Mapper | None = None,
    read: Callable[[Given], Past] | None = None,
) -> Iterator[Effect]:
    """Yield the effect of a draft on each study, in the order of the studies.

    Parameters
    ----------
    studies
        What ``read`` makes a :class:`Past` of, where the study is judged; without ``read`` the studies themselves.
    find_release, find_rule
        Give a release by name and a rule by reference; with an executor of several processes they must be picklable.
    against
        The rule on the other side; without it the one that each study names.
    executor
        Where the studies are judged (``tanbiao.jobs.Executor``); without one, here.
    """
    given = as_it_stands if read is None else read
    tasks = (_Task(draft, chunk, find_release, find_rule, against, given) for chunk in _chunks(studies))
    made = map(effects, tasks) if executor is None else executor.map(effects, tasks)
    for some in made:
        yield from some


def _chunks(studies: Iterable[Given]) -> Iterator[tuple[Given, ...]]:
    waiting = iter(studies)
    while chunk := tuple(islice(waiting, CHUNK)):
        yield chunk


def effects(task: _Task) -> list[Effect]:
    """Return the effects of one task; what runs on a worker."""
    releases: dict[str, Background] = {}
    rules: dict[str, Rule] = {}
    return [_effect(task, task.read(given), releases, rules) for given in task.chunk]


def _effect(task: _Task, past: Past, releases: dict[str, Background], rules: dict[str, Rule]) -> Effect:
    study, findings = _read(past.study)
    if study is None:
        return Effect(past.id, True, unread=tuple(item.code for item in findings))
    if task.draft.covers.categories and study.product.category not in task.draft.covers.categories:
        return Effect(past.id, False)
    try:
        base = _rule_of(task, study, rules)
        name = _release_name(past, study)
        if name not in releases:
            releases[name] = task.find_release(name)
        release = releases[name]
    except TanbiaoError as error:
        return Effect(past.id, True, unread=tuple(item.code for item in error.findings))
    stored = past.result if past.result is not None and _is_of(past.result, base) else None
    priced = _Priced(study, release, stored, None if stored is None else Settings.of(base))
    before = _stored(base, stored) if base is not None and stored is not None else _side(priced, base)
    return Effect(past.id, True, before, _side(priced, task.draft))


def _read(document: Mapping[str, Any]) -> tuple[Study | None, list[Finding]]:
    """Read a study: what was stored is canonical and was checked then; anything else is read as a person wrote it."""
    try:
        return Study.of_canonical(document), []
    except (ValidationError, KeyError, TypeError, AttributeError):
        return Study.parse(document)


def _rule_of(task: _Task, study: Study, rules: dict[str, Rule]) -> Rule | None:
    if task.against is not None or study.rule is None:
        return task.against
    if study.rule not in rules:
        rules[study.rule] = task.find_rule(study.rule)
    return rules[study.rule]


def _release_name(past: Past, study: Study) -> str:
    """Return the release that a stored result rests on, else the one that the study names."""
    if past.result is not None:
        return str(past.result["versions"]["release"])
    return study.release or ""


def _is_of(result: Mapping[str, Any], base: Rule | None) -> bool:
    """Whether a stored result is this engine's and this rule's."""
    made = result["versions"]
    return base is not None and made.get("rule_hash") == base.hash and made["engine"] == __version__


@dataclass(frozen=True, slots=True)
class _Priced:
    """A study priced under each setting that was asked for."""

    study: Study
    release: Background
    stored: Mapping[str, Any] | None
    stored_with: Settings | None
    """The settings with which the stored figures were made."""
    made: dict[Settings, Figures] = field(default_factory=dict)

    def under(self, rule: Rule | None) -> Result:
        """Return the result under a rule; the stored figures are used where they were made with its settings."""
        settings = Settings.of(rule)
        if settings not in self.made:
            self.made[settings] = self._price(settings)
        return under(self.made[settings], rule)

    def _price(self, settings: Settings) -> Figures:
        if self.stored is not None and settings.prices_like(self.stored_with):
            resolver, ledger, counted = account(self.study, self.release, settings)
            document = {key: value for key, value in self.stored.items() if key != "findings"}
            return Figures(self.release, resolver, ledger, counted, document, tuple(resolver.findings))
        made = figures(self.study, self.release, settings, samples=0)
        samples = 1 if self.stored is None else self.stored["versions"]["samples"]
        versions = {**made.document["versions"], "samples": samples}
        return replace(made, document={**made.document, "versions": versions})


def _side(priced: _Priced, rule: Rule | None) -> Side:
    try:
        result = priced.under(rule)
    except TanbiaoError as error:
        return Side(None, findings=_places(error.findings))
    return _of(rule, result)


def _stored(rule: Rule, stored: Mapping[str, Any]) -> Side:
    found = tuple(from_json(item) for item in stored["findings"])
    return _of(rule, Result(stored, found))


def _of(rule: Rule | None, result: Result) -> Side:
    said = tuple(item for item in result.findings if item.code not in _OF_THE_REFERENCE)
    if rule is None:
        return Side(result.value, blocks=blocking(said), findings=_places(said))
    answer = answered(rule, result)
    return Side(
        result.value, answer.declared, answer.grade, blocking(said), tuple(answer.checks.items()), _places(said)
    )


def _places(findings: Iterable[Finding]) -> frozenset[tuple[str, str]]:
    return frozenset((item.code, item.where) for item in findings)


def summary(draft: Rule, found: Iterable[Effect]) -> dict[str, Any]:
    """Return what a draft does to all the studies together, as JSON values.

    ``studies``, ``not_covered``, ``unread``, ``same``; ``without_figure`` (a total before, none after),
    ``newly_blocked``, ``newly_clear``; ``change`` of the totals that change (count, lowest, median, highest);
    ``grades`` (from, to, count); ``checks`` (check → state after → count), ``appear`` and ``vanish`` (code → studies).
    """
    listed = list(found)
    judged = [item for item in listed if item.before is not None and item.after is not None]
    pairs = [(item.before, item.after) for item in judged if item.before is not None and item.after is not None]
    changes = sorted(item.change for item in judged if item.change)
    moves = Counter((old.grade, new.grade) for old, new in pairs if old.grade != new.grade)
    states: dict[str, Counter[str]] = {}
    for _, new in pairs:
        for name, state in new.checks:
            states.setdefault(name, Counter())[state] += 1
    return {
        "draft": {"rule": draft.reference, "hash": draft.hash},
        "studies": len(listed),
        "not_covered": sum(not item.covered for item in listed),
        "unread": sum(bool(item.unread) for item in listed),
        "same": sum(item.is_same for item in judged),
        "without_figure": sum(old.value is not None and new.value is None for old, new in pairs),
        "newly_blocked": sum(not old.blocks and new.blocks for old, new in pairs),
        "newly_clear": sum(old.blocks and not new.blocks for old, new in pairs),
        "declared_differs": sum(old.declared != new.declared for old, new in pairs),
        "change": {
            "count": len(changes),
            "lowest": changes[0] if changes else None,
            "median": median(changes) if changes else None,
            "highest": changes[-1] if changes else None,
        },
        "grades": [
            {"from": old, "to": new, "count": count}
            for (old, new), count in sorted(moves.items(), key=lambda item: (str(item[0][0]), str(item[0][1])))
        ],
        "checks": {name: dict(sorted(counted.items())) for name, counted in states.items()},
        "appear": _codes(item.appear for item in judged),
        "vanish": _codes(item.vanish for item in judged),
    }


def _codes(found: Iterable[list[tuple[str, str]]]) -> dict[str, int]:
    """Return code → number of studies that have it."""
    counted: Counter[str] = Counter()
    for places in found:
        counted.update({code for code, _ in places})
    return dict(sorted(counted.items()))
