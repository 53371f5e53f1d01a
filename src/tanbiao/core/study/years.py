"""Year on year: the same product in two periods, on one release and rule, its change split by cause.

The base study is calculated under its own rule and release, then under the later one's method, then on its release and
in its grid years; what is left is a matter of rows. A row that both studies have, with quantity q and emission f per
unit, changes by::

    q₁f₁ − q₀f₀ = (q₁ − q₀)·(f₀ + f₁)/2 + (f₁ − f₀)·(q₀ + q₁)/2

so that neither part depends on an order (the Marshall–Edgeworth weights of two-factor decomposition; Sun 1998, Energy
Economics 20:85–100, splits the joint effect the same way). Steps are decimal and sum exactly.

Causes: ``activity`` (amounts, rows that came or went, ways and fuels), ``electricity`` (another supply), ``supplier``
(another source of the same input, by the suppliers' own footprints or with evidence), ``factor`` (another release,
another grid year, another dataset or better data) and ``method`` (rule, GWP set, allocation, recycling, what was
declared). Only the first three are the company's own action, and only they can be a reduction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tanbiao.core.amounts import AbsenceKind, Completeness, Tally, add
from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, render
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Settings, account, result_unit
from tanbiao.core.study.data_period import whole_months
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Absent, Row, Study
from tanbiao.core.study.screening import why_screening
from tanbiao.core.study.shares import measured
from tanbiao.core.study.suppliers import PREFIX
from tanbiao.core.study.tables import row_name
from tanbiao.core.study.years_base import in_grid_years_of, under_method_of
from tanbiao.core.units import Unit, compatible, convert, parse_amount

CAUSES: Final = ("method", "factor", "activity", "electricity", "supplier")
OWN: Final = ("activity", "electricity", "supplier")
"""Causes that are the company's own action."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A study with the release and rule under which it was published."""

    study: Study
    release: Background
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Step:
    """One cause: the figure after it, and what it adds, in kg CO2e per declared unit of the later study."""

    cause: str
    value: Decimal
    change: Decimal


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row's part of the change."""

    row: str
    name: Mapping[str, str]
    cause: str
    change: float


@dataclass(frozen=True, slots=True)
class Years:
    """Two years side by side."""

    base: Study
    later: Study
    start: Decimal
    steps: tuple[Step, ...]
    end: Decimal
    unit: str
    rows: tuple[RowChange, ...]
    own: Decimal
    """What the company's own action adds."""
    reduction: Decimal | None
    """What it took away; 0 where it added, None where the two can't be compared."""
    release: str
    rule: str | None
    findings: tuple[Finding, ...] = field(default=())


def compare_years(base: Pinned, later: Pinned) -> Years:
    """Split the change between two periods of one product.

    Raises
    ------
    TanbiaoError
        ``years_product_differs``, ``years_rule_differs``, ``years_boundary_differs``, ``years_unit_differs``,
        ``years_order``; and as a calculation, where one of the two gives no number.
    """
    scale = _checked(base, later)
    own_settings, settings = Settings.of(base.rule), Settings.of(later.rule)
    first = _Priced(base.study, base.release, own_settings, scale)
    found: list[Finding] = []
    changed = under_method_of(base.study, later.study)
    try:
        method = _Priced(changed, base.release, settings, scale)
    except TanbiaoError as error:
        found.append(finding("years_method_not_separable", Severity.WARNING, "processes", reason=error.code))
        changed = base.study.model_copy(update={"gwp": later.study.gwp})
        method = _Priced(changed, base.release, settings, scale)
    moved = _Priced(in_grid_years_of(changed, later.study), later.release, settings, scale)
    last = _Priced(later.study, later.release, settings, 1.0)
    rows = _row_changes(moved, last)
    by_cause = {cause: [item.change for item in rows if item.cause == cause] for cause in CAUSES}
    by_cause["method"].append(add(method.total, -first.total))
    by_cause["factor"].append(add(moved.total, -method.total))
    start, end = _decimal(first.total), _decimal(last.total)
    steps = _steps(start, end, {cause: add(0.0, *values) for cause, values in by_cause.items()})
    own = sum((step.change for step in steps if step.cause in OWN), Decimal(0))
    found += _remarks(base.study, later.study, first, last)
    blocked = any(item.code in ("years_incomplete", "years_screening") for item in found)
    return Years(
        base.study,
        later.study,
        start,
        steps,
        end,
        result_unit(later.study.unit.declared),
        tuple(rows),
        own.normalize() + 0,
        None if blocked else max(-own, Decimal(0)).normalize() + 0,
        later.release.name,
        None if later.rule is None else later.rule.reference,
        tuple(found),
    )


def as_json(item: Years, lang: Lang) -> dict[str, Any]:
    """Return a comparison as JSON: figures of steps as decimal text, findings in the reader's language."""
    return {
        "tanbiao": "years/1",
        "base": _identity(item.base),
        "later": _identity(item.later),
        "release": item.release,
        "rule": item.rule,
        "unit": item.unit,
        "start": str(item.start),
        "steps": [
            {"cause": step.cause, "own": step.cause in OWN, "value": str(step.value), "change": str(step.change)}
            for step in item.steps
        ],
        "end": str(item.end),
        "own_action": str(item.own),
        "reduction": None if item.reduction is None else str(item.reduction),
        "rows": [
            {"row": row.row, "name": dict(row.name), "cause": row.cause, "change": row.change} for row in item.rows
        ],
        "findings": [render(one, lang) for one in item.findings],
    }


def _identity(study: Study) -> dict[str, Any]:
    return {
        "hash": study.hash,
        "name": study.product.name.both(),
        "period": {"from": study.period.from_, "to": study.period.to},
        "rule": study.rule,
        "release": study.release,
    }


def _decimal(value: float) -> Decimal:
    return Decimal(decimal12(value)).normalize() + 0


def _steps(start: Decimal, end: Decimal, changes: Mapping[str, float]) -> tuple[Step, ...]:
    """Return the causes as steps from the first figure to the last; the last cause that moves takes the rounding."""
    steps, reached, value = [], float(start), start
    for cause in CAUSES:
        reached = add(reached, changes[cause])
        after = end if cause == CAUSES[-1] else _decimal(reached) if changes[cause] else value
        steps.append(Step(cause, after, (after - value).normalize() + 0))
        value = after
    return tuple(steps)


class _Priced:
    """A study priced, its figures per declared unit of the later study."""

    def __init__(self, study: Study, release: Background, settings: Settings, scale: float) -> None:
        _, ledger, counted = account(study, release, settings)
        self.study, self.ledger, self.counted, self.scale = study, ledger, counted, scale
        self.total = scale * add(0.0, *(item.value for item in counted))
        self.rows: dict[str, list[Entry]] = {}
        for item in counted:
            self.rows.setdefault(item.flow.row.id, []).append(item)

    def emission(self, row: str) -> float:
        """Return kg CO2e of a row; 0 where it counts nothing."""
        return self.scale * add(0.0, *(item.value for item in self.rows.get(row, ())))

    def quantity(self, row: str) -> tuple[float, Unit] | None:
        """Return how much of a row there is; None where it counts nothing."""
        entries = self.rows.get(row)
        if not entries:
            return None
        uses = {(item.stage, item.path, item.flow.product): item for item in entries}
        amounts = (float(item.times[0]) * float(item.flow.amount[0]) for item in uses.values())
        return self.scale * add(0.0, *amounts), entries[0].flow.unit

    def datasets(self, row: str) -> frozenset[str]:
        """Return the datasets that a row takes."""
        return frozenset(item.part.dataset.id for item in self.rows.get(row, ()) if item.part.dataset is not None)


def _row_changes(first: _Priced, last: _Priced) -> list[RowChange]:
    """Return every row's part of the change, the largest first."""
    found: list[RowChange] = []
    before, after = _places(first.study), _places(last.study)
    for row in dict.fromkeys([*last.rows, *first.rows]):
        ledger = last if row in last.rows else first
        name = row_name(ledger.study, ledger.rows[row][0].flow)
        for cause, change in _parts(row, first, last, before, after):
            if change:
                found.append(RowChange(row, name, cause, change))
    return sorted(found, key=lambda item: (-abs(item.change), item.row, item.cause))


def _places(study: Study) -> dict[str, tuple[str, Row]]:
    return {row.id: (where, row) for where, row in study.rows()}


def _parts(
    row: str,
    first: _Priced,
    last: _Priced,
    before: Mapping[str, tuple[str, Row]],
    after: Mapping[str, tuple[str, Row]],
) -> list[tuple[str, float]]:
    """Return (cause, change) of a row."""
    old, new = first.emission(row), last.emission(row)
    q0, q1 = first.quantity(row), last.quantity(row)
    if q0 is None or q1 is None:
        known, other = (last, before.get(row)) if q0 is None else (first, after.get(row))
        silent = first.study if q0 is None else last.study
        return [(_came_or_went(known.rows[row][0], other, silent), add(new, -old))]
    cause = _why(before[row][1], after[row][1], first.datasets(row), last.datasets(row))
    if not compatible(q0[1], q1[1]):
        return [(cause, add(new, -old))]
    had, has = convert(q0[0], q0[1], q1[1]), q1[0]
    if cause == "activity" or not had or not has:
        return [("activity", add(new, -old))]
    f0, f1 = old / had, new / has
    activity = (has - had) * (f0 + f1) / 2
    return [("activity", activity), (cause, add(new, -old, -activity))]


def _came_or_went(entry: Entry, other: tuple[str, Row] | None, silent: Study) -> str:
    """Return why a row counts in one study only: what one of them did not declare is no action."""
    if other is not None and isinstance(other[1].amount, Absent):
        return "method"
    stage = getattr(silent.stages, entry.stage)
    return "method" if stage.not_declared is not None or stage.excluded is not None else "activity"


def _why(before: Row, after: Row, had: frozenset[str], has: frozenset[str]) -> str:
    """Return why a row emits another amount per unit.

    Another factor is another supplier only where the later row takes a supplier's footprint, both years have the
    suppliers' own data, or the later row has evidence of it; a stated factor of electricity is no proof of another
    supply.
    """
    if before.electricity is not None and after.electricity is not None:
        stated = before.electricity.supply == after.electricity.supply == "dataset"
        return "factor" if stated else "electricity"
    if before.fuel is not None and after.fuel is not None:
        return "activity"
    if before.emission is not None and after.emission is not None:
        return "activity" if before.emission.method == after.emission.method else "method"
    if had == has:
        return "activity"
    if before.stand_in is not None or after.stand_in is not None:
        return "factor"
    if (after.from_ or "").startswith(PREFIX):
        return "supplier"
    return "supplier" if after.evidence or (measured(before) and measured(after)) else "factor"


def _checked(base: Pinned, later: Pinned) -> float:
    """Return declared units of the later study in one of the base; refuse what can't be compared."""
    one, two = base.study, later.study
    if _product(one) != _product(two) or one.product.category != two.product.category:
        raise TanbiaoError.of("years_product_differs", "product", base=_product(one), later=_product(two))
    rules = [item.rule.id if item.rule is not None else "—" for item in (base, later)]
    if rules[0] != rules[1]:
        raise TanbiaoError.of("years_rule_differs", "rule", base=rules[0], later=rules[1])
    if one.boundary != two.boundary:
        raise TanbiaoError.of("years_boundary_differs", "boundary", base=one.boundary, later=two.boundary)
    if one.period.from_ >= two.period.from_:
        raise TanbiaoError.of("years_order", "period", base=one.period.from_, later=two.period.from_)
    had, unit = parse_amount(one.unit.declared, "unit.declared")
    has, other = parse_amount(two.unit.declared, "unit.declared")
    if not compatible(unit, other):
        raise TanbiaoError.of("years_unit_differs", "unit", base=one.unit.declared, later=two.unit.declared)
    return has / convert(had, unit, other)


def _product(study: Study) -> str:
    """Return what identifies the product: its model, else its name."""
    return study.product.model or study.product.name.best("zh")


def _remarks(one: Study, two: Study, first: _Priced, last: _Priced) -> list[Finding]:
    """Return what stands against reading the change as a reduction."""
    found = []
    for which, priced in (("base", first), ("later", last)):
        if Tally(0.0, priced.ledger.absences).completeness is Completeness.INCOMPLETE:
            rows = [item.where for item in priced.ledger.absences if item.kind is AbsenceKind.UNKNOWN]
            found.append(finding("years_incomplete", Severity.WARNING, which, year=which, rows=", ".join(rows[:5])))
        screening = sorted({item.flow.row.id for item in priced.counted if why_screening(item) is not None})
        if screening:
            found.append(finding("years_screening", Severity.WARNING, which, year=which, rows=", ".join(screening[:5])))
    months = [whole_months(item.period.from_, item.period.to) for item in (one, two)]
    if months[0] != months[1]:
        found.append(finding("years_months_differ", Severity.WARNING, "period", base=months[0], later=months[1]))
    if one.period.to >= two.period.from_:
        found.append(finding("years_overlap", Severity.WARNING, "period", day=two.period.from_))
    if sorted(one.product.sites) != sorted(two.product.sites):
        found.append(finding("years_sites_differ", Severity.WARNING, "product.sites"))
    return found
