"""Recalculating index entries on another release, in memory: nothing is read but the index, nothing is written.

Nominal changes are exact (``Δ = Σ amount · (new factor − old factor)``); the interval is first order on the release's
shared samples; a study is sampled in full only where its class may change or a factor has another unit.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, from_json
from tanbiao.core.study import calculate
from tanbiao.core.study.calculation import result_unit
from tanbiao.core.study.portfolio import Portfolio, Recalculated, figure_of, recalculate, table_of
from tanbiao.core.study.portfolio_compile import answer
from tanbiao.web.impact import index, packing
from tanbiao.web.impact.models import Entry
from tanbiao.web.rulebook import queries as rulebook

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release
    from tanbiao.core.rules.model import Grade

logger = logging.getLogger("tanbiao.impact")
SAMPLES = 1000
CAUSES = 8
"""Factors named per line, those that move it most; the others stand in one sum."""
Opened = Callable[[str], "Release"]
Heed = Callable[[], None]
"""Called between long steps; raises when the work is to stop."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that a new release answers otherwise; kg CO2e per reference unit, None where there is no figure."""

    question: str
    dataset_id: str
    new_dataset_id: str
    unit: str
    old: float | None
    new: float | None
    stop: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a new release makes of one entry; kg CO2e per declared unit."""

    how: str
    old: float | None = None
    new: float | None = None
    interval: tuple[float | None, float | None, float | None] = (None, None, None)
    old_class: str = ""
    new_class: str = ""
    class_source: str = ""
    class_may_change: bool = False
    causes: tuple[tuple[str, float, float], ...] = ()
    """(question, amount in reference units, change of the total); the last may be ('', number of others, their sum)."""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def relative(self) -> float | None:
        """(new − old) / |old|; None without both."""
        if self.old is None or self.new is None or self.old == 0:
            return None
        return (self.new - self.old) / abs(self.old)


def changed_questions(old: Release, new: Release, gwp: str, questions: Iterable[str]) -> list[Changed]:
    """Return the questions whose answer has another figure under a GWP set, another use, or is gone.

    Equal blocks are told by their leaves and not read.
    """
    return [item for question in questions if (item := _changed(old, new, gwp, question)) is not None]


def _changed(old: Release, new: Release, gwp: str, question: str) -> Changed | None:
    if question.startswith("dataset/"):
        asked = question.removeprefix("dataset/")
        here, there = old.canonical_id(asked), new.canonical_id(asked)
        if here is not None and here == there and old.leaf(here) == new.leaf(here):
            return None
    before, after = answer(old, question), answer(new, question)
    if before is None:
        return Changed(question, "", after.id if after else "", "", None, None, "gone")
    figure = figure_of(old, before.id, gwp)
    if after is None:
        return Changed(question, before.id, "", before.reference.unit, figure, None, "gone")
    moved = figure_of(new, after.id, gwp)
    stop = "no_figure" if moved is None else ""
    if before.use_key() != after.use_key():
        stop = "other_unit"
    if not stop and moved == figure:
        return None
    return Changed(question, before.id, after.id, before.reference.unit, figure, moved, stop)


def samples_of(release: Release) -> int:
    """Return how many samples an interval on this release rests on."""
    sampled = release.sampling
    return SAMPLES if sampled is None else min(SAMPLES, int(sampled["count"]))


def grade_of(entry: Entry) -> Grade | None:
    """Return the classes that the entry's rule defines for its declared unit; None where the platform knows none."""
    rule = rulebook.rule(entry.rule) if entry.rule else None
    if rule is None or rule.grade is None or result_unit(rule.unit.declared.amount) != entry.unit:
        return None
    return rule.grade


def recalculated(
    entries: Sequence[Entry], new: Release, opened: Opened, *, samples: int, heed: Heed = lambda: None
) -> dict[int, Found]:
    """Return entry id → what the new release makes of it; one that fails says why and stops no other.

    Parameters
    ----------
    opened
        Returns an installed release by name: the one an entry was calculated on.
    """
    groups: dict[Any, list[Entry]] = {}
    found: dict[int, Found] = {}
    for entry in entries:
        if entry.form == "compiled":
            groups.setdefault((entry.gwp, entry.release, entry.rule, entry.unit), []).append(entry)
        elif entry.form == "whole":
            heed()
            found[entry.id] = _guarded(entry, new, samples)
        else:
            found[entry.id] = _refused(entry)
    for group in _merged(groups).values():
        found |= _group(group, new, opened, samples, heed)
    return found


def _merged(groups: dict[Any, list[Entry]]) -> dict[Any, list[Entry]]:
    """Put groups together that have one GWP set, one release and the same classes (or none)."""
    merged: dict[Any, list[Entry]] = {}
    for (gwp, release, _rule, _unit), items in groups.items():
        try:
            grade = grade_of(items[0])
        except TanbiaoError:
            grade = None
        merged.setdefault((gwp, release, grade), []).extend(items)
    return merged


def _group(entries: list[Entry], new: Release, opened: Opened, samples: int, heed: Heed) -> dict[int, Found]:
    try:
        return _together(entries, new, opened, samples, heed)
    except TanbiaoError as error:
        if len(entries) == 1:
            return {entries[0].id: _failed(entries[0], error.findings)}
    except (ValueError, LookupError, ArithmeticError, OSError) as error:
        if len(entries) == 1:
            logger.exception("revision %s is not recalculated", entries[0].revision_id)
            return {entries[0].id: _failed(entries[0], (index.unforeseen(error),))}
    # One entry that can't be used spoils the arrays of its group; alone it is named.
    middle = len(entries) // 2
    halves = (entries[:middle], entries[middle:])
    return {key: item for half in halves for key, item in _group(half, new, opened, samples, heed).items()}


def _together(entries: list[Entry], new: Release, opened: Opened, samples: int, heed: Heed) -> dict[int, Found]:
    heed()
    portfolio = Portfolio.of([packing.unpack(bytes(entry.body)) for entry in entries], [str(e.id) for e in entries])
    before = table_of(opened(entries[0].release), portfolio, 0, 1)
    after = table_of(new, portfolio, 0, 1)
    refusals: dict[int, tuple[Finding, ...]] = {}
    grade = grade_of(entries[0])

    def full(place: int) -> tuple[float, float, float, float] | None:
        heed()
        try:
            return _sampled(entries[place], new, samples)
        except TanbiaoError as error:
            refusals[place] = error.findings
            return None

    limits = grade.limits if grade is not None else ()
    again = recalculate(portfolio, new, samples=samples, limits=limits, full=full)
    change = np.where([bool(stop) for stop in after.stops], 0.0, after.nominal - before.nominal)
    return {
        entry.id: _one(place, again, portfolio, change, refusals.get(place, ()), grade)
        for place, entry in enumerate(entries)
    }


def _one(
    place: int,
    again: Recalculated,
    portfolio: Portfolio,
    change: Any,
    refusals: tuple[Finding, ...],
    grade: Grade | None,
) -> Found:
    how, stops = again.how[place], again.stops.get(place, {})
    found = Found(
        how=how,
        old=float(again.old[place]),
        new=_number(again.new[place]),
        interval=_three(again.interval[place].tolist()),
        causes=() if stops else _causes(place, portfolio, change),
        findings=refusals if how == "stopped" else (),
    )
    if grade is None:
        return found
    known = found.new is not None
    return replace(
        found,
        old_class=grade.classes[int(again.old_class[place])],
        new_class=grade.classes[int(again.new_class[place])] if known else "",
        class_source=grade.source,
        class_may_change=bool(again.may_change[place]),
    )


def _causes(place: int, portfolio: Portfolio, change: Any) -> tuple[tuple[str, float, float], ...]:
    start, end = portfolio.amounts.indptr[place : place + 2].tolist()
    columns = portfolio.amounts.indices[start:end]
    amounts = portfolio.amounts.data[start:end]
    moved = amounts * change[columns]
    order = np.argsort(-np.abs(moved), kind="stable")
    order = order[moved[order] != 0]
    named = [
        (portfolio.questions[int(columns[at])], float(amounts[at]), float(moved[at])) for at in order[:CAUSES].tolist()
    ]
    rest = order[CAUSES:]
    if len(rest):
        named.append(("", float(len(rest)), math.fsum(moved[rest].tolist())))
    return tuple(named)


def _sampled(entry: Entry, new: Release, samples: int) -> tuple[float, float, float, float]:
    """Calculate one study in full on the new release.

    Raises
    ------
    TanbiaoError
        What a calculation refuses.
    """
    document = index.document_of(entry.revision.hash)
    rule = rulebook.rule(entry.rule) if entry.rule else None
    total = calculate(document, new, rule, samples=samples).document["total"]
    interval = [math.nan if total[key] is None else float(total[key]) for key in ("p2_5", "p50", "p97_5")]
    return float(total["value"]), interval[0], interval[1], interval[2]


def _whole(entry: Entry, new: Release, samples: int) -> Found:
    total, *interval = _sampled(entry, new, samples)
    grade = grade_of(entry)
    found = Found("full", entry.value, total, _three(interval))
    if grade is None or entry.value is None:
        return found
    places = [sum(value > limit for limit in grade.limits) for value in (entry.value, total)]
    inside = any(interval[0] < limit < interval[2] for limit in grade.limits)
    return replace(
        found,
        old_class=grade.classes[places[0]],
        new_class=grade.classes[places[1]],
        class_source=grade.source,
        class_may_change=inside or places[0] != places[1],
    )


def _guarded(entry: Entry, new: Release, samples: int) -> Found:
    try:
        return _whole(entry, new, samples)
    except TanbiaoError as error:
        return _failed(entry, error.findings)


def _failed(entry: Entry, findings: tuple[Finding, ...]) -> Found:
    return Found("failed", entry.value, findings=findings)


def _refused(entry: Entry) -> Found:
    said = tuple(from_json(item) for item in entry.problem)
    return _failed(entry, said or (finding("impact_not_indexed", Severity.ERROR),))


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _three(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    low, middle, high = (_number(value) for value in values)
    return low, middle, high
