"""Two studies on the same draws: how probable it is that one emits less, and the distribution of the difference.

In sample k both studies see the same background: a dataset's draw is a function of its id (or is the release's own
sample), so what both take from it cancels, sample by sample. Own amounts are drawn from separate streams; only a row,
parameter or supplier's footprint that stands in both documents word for word is one uncertain number and keeps one
draw. Henriksson et al. 2015 (PLoS ONE 10(3):e0121221) show why: independent draws of a shared background hide a
difference that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tanbiao.core.amounts import AbsenceKind, Completeness, Tally, add
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, render
from tanbiao.core.numerics.distributions import Distribution
from tanbiao.core.numerics.monte_carlo_error import Estimate, Summary, share_interval, summarise
from tanbiao.core.study.calculation import CONFIDENCE, MAX_SAMPLES, Settings, account, result_unit, sampled_total
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import STAGES, Study
from tanbiao.core.study.spread import Draw, Floats, multipliers
from tanbiao.core.study.suppliers import PREFIX
from tanbiao.core.study.years import Pinned
from tanbiao.core.units import compatible, convert, parse_amount

PROBABILITIES: Final = (0.025, 0.25, 0.5, 0.75, 0.975)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two studies; its figures are per declared unit of the first."""

    study: Study
    rule: str | None
    nominal: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two studies compared; A is the first.

    Attributes
    ----------
    first_is_less, equal, second_is_less
        Shares of the samples with A < B, A = B, A > B, with Wilson's interval.
    difference
        A − B in ``unit``: nominal, mean, sd and quantiles with their Monte Carlo error.
    datasets, rows, parameters, suppliers
        What both take with the same draws.
    """

    first: Side
    second: Side
    unit: str
    release: str
    release_hash: str
    seed: int
    samples: int
    first_is_less: Estimate
    equal: Estimate
    second_is_less: Estimate
    difference: Summary
    datasets: tuple[str, ...]
    rows: tuple[str, ...]
    parameters: tuple[str, ...]
    suppliers: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Shared:
    """Names that mean the same uncertain number in both studies."""

    rows: tuple[str, ...]
    parameters: tuple[str, ...]
    suppliers: tuple[str, ...]

    @property
    def streams(self) -> frozenset[str]:
        return frozenset(
            [f"row/{name}" for name in self.rows]
            + [f"parameter/{name}" for name in self.parameters]
            + [f"dataset/{PREFIX}{name}" for name in self.suppliers]
        )


def compare_pair(first: Pinned, second: Pinned, *, samples: int = 1000, seed: int = 1) -> Pair:
    """Compare two studies on one release, draw by draw.

    Parameters
    ----------
    samples, seed
        At least 2 samples; the seed of the streams of both.

    Raises
    ------
    TanbiaoError
        ``pair_release_differs``, ``pair_gwp_differs``, ``pair_boundary_differs``, ``pair_stages_differ``,
        ``pair_unit_differs``, ``pair_incomplete``, ``samples_out_of_range``; and as a calculation, where one of the two
        gives no number.
    """
    if not 2 <= samples <= MAX_SAMPLES:
        raise TanbiaoError.of("pair_samples", "samples", limit=MAX_SAMPLES, value=samples)
    scale = _checked(first, second)
    shared = _shared(first.study, second.study)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        one, mine = _sampled(first, samples, seed, multipliers)
        two, other = _sampled(second, samples, seed, apart(shared.streams))
    two = two * scale
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise TanbiaoError.of("result_not_finite", "samples", row="A − B")
    difference = one - two
    drawn = difference[1:]
    less, more = int((drawn < 0).sum()), int((drawn > 0).sum())
    return Pair(
        _side(first, one),
        _side(second, two),
        result_unit(first.study.unit.declared),
        first.release.name,
        first.release.hash,
        seed,
        samples,
        share_interval(less, samples, CONFIDENCE),
        share_interval(samples - less - more, samples, CONFIDENCE),
        share_interval(more, samples, CONFIDENCE),
        summarise(drawn, float(difference[0]), PROBABILITIES, CONFIDENCE),
        tuple(sorted(_datasets(mine) & _datasets(other))),
        shared.rows,
        shared.parameters,
        shared.suppliers,
        tuple(_remarks(first, second)),
    )


def apart(shared: frozenset[str]) -> Draw:
    """Return draws of a second study: own streams under other names, except those that both studies share.

    Streams of datasets of the release keep their names: it is one background.
    """

    def own(name: str) -> str:
        background = name.startswith("dataset/") and not name.startswith(f"dataset/{PREFIX}")
        return name if background or name in shared else f"second/{name}"

    def draw(spreads: Sequence[tuple[str, Distribution]], seed: int, samples: int) -> dict[str, Floats]:
        drawn = multipliers([(own(name), item) for name, item in spreads], seed, samples)
        return {name: drawn[own(name)] for name, _ in spreads}

    return draw


def as_json(item: Pair, lang: Lang) -> dict[str, Any]:
    """Return a comparison as JSON; findings in the reader's language."""
    told = item.difference
    return {
        "tanbiao": "pair/1",
        "first": _identity(item.first),
        "second": _identity(item.second),
        "unit": item.unit,
        "release": item.release,
        "release_hash": item.release_hash,
        "gwp": item.first.study.gwp,
        "seed": item.seed,
        "samples": item.samples,
        "confidence": told.confidence,
        "first_is_less": _estimate(item.first_is_less),
        "equal": _estimate(item.equal),
        "second_is_less": _estimate(item.second_is_less),
        "difference": {
            "nominal": told.nominal,
            "mean": _estimate(told.mean),
            "sd": _estimate(told.sd),
            "quantiles": [
                {"probability": one.probability, "value": one.value, **one.as_json()} for one in told.quantiles
            ],
        },
        "shared": {
            "datasets": list(item.datasets),
            "rows": list(item.rows),
            "parameters": list(item.parameters),
            "suppliers": list(item.suppliers),
        },
        "findings": [render(one, lang) for one in item.findings],
    }


def _estimate(item: Estimate) -> dict[str, float]:
    return {"value": item.value, "low": item.low, "high": item.high}


def _identity(side: Side) -> dict[str, Any]:
    study = side.study
    return {
        "hash": study.hash,
        "name": study.product.name.both(),
        "declared_unit": study.unit.declared,
        "period": {"from": study.period.from_, "to": study.period.to},
        "rule": side.rule,
        "value": side.nominal,
        "p2_5": side.low,
        "p97_5": side.high,
    }


def _side(pinned: Pinned, drawn: Floats) -> Side:
    ends = summarise(drawn[1:], None, (0.025, 0.975)).quantiles
    rule = None if pinned.rule is None else pinned.rule.reference
    return Side(pinned.study, rule, float(drawn[0]), ends[0].value, ends[1].value)


def _sampled(pinned: Pinned, samples: int, seed: int, draw: Draw) -> tuple[Floats, tuple[Entry, ...]]:
    """Return (nominal, then samples, in kg CO2e per declared unit; what was counted)."""
    settings = Settings.of(pinned.rule)
    resolver, ledger, counted = account(pinned.study, pinned.release, settings, samples=samples, seed=seed, draw=draw)
    if Tally(0.0, ledger.absences).completeness is Completeness.INCOMPLETE:
        rows = [item.where for item in ledger.absences if item.kind is AbsenceKind.UNKNOWN]
        raise TanbiaoError.of(
            "pair_incomplete", "stages", name=pinned.study.product.name.best("zh"), rows=", ".join(rows[:5])
        )
    total = sampled_total(counted, pinned.study, resolver.release, seed, samples, draw)
    # the declared figure is the compensated sum of rows, as a result has it
    total[0] = add(0.0, *(item.value for item in counted))
    return total, counted


def _datasets(entries: Sequence[Entry]) -> set[str]:
    used = {item.part.dataset.id for item in entries if item.part.dataset is not None}
    return {name for name in used if not name.startswith(PREFIX)}


def _shared(one: Study, two: Study) -> _Shared:
    """Return what stands in both documents word for word, row ids and names included."""
    rows = {row.id: row for _, row in one.rows()}
    same = tuple(sorted(row.id for _, row in two.rows() if rows.get(row.id) == row))
    return _Shared(same, _same(one.parameters, two.parameters), _same(one.suppliers, two.suppliers))


def _same(one: Mapping[str, Any], two: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name, part in two.items() if name in one and one[name] == part))


def _checked(first: Pinned, second: Pinned) -> float:
    """Return declared units of the first study in one of the second; refuse what can't be compared."""
    one, two = first.study, second.study
    if first.release.hash != second.release.hash:
        raise TanbiaoError.of("pair_release_differs", "release", first=first.release.name, second=second.release.name)
    if one.gwp != two.gwp:
        raise TanbiaoError.of("pair_gwp_differs", "gwp", first=one.gwp, second=two.gwp)
    if one.boundary != two.boundary:
        raise TanbiaoError.of("pair_boundary_differs", "boundary", first=one.boundary, second=two.boundary)
    lacking = [{name for name in STAGES if _left_out(item, name)} for item in (one, two)]
    if lacking[0] != lacking[1]:
        names = ", ".join(name for name in STAGES if name in lacking[0] ^ lacking[1])
        raise TanbiaoError.of("pair_stages_differ", "stages", stages=names)
    has, unit = parse_amount(one.unit.declared, "unit.declared")
    had, other = parse_amount(two.unit.declared, "unit.declared")
    if not compatible(unit, other):
        raise TanbiaoError.of("pair_unit_differs", "unit", first=one.unit.declared, second=two.unit.declared)
    return has / convert(had, other, unit)


def _left_out(study: Study, name: str) -> bool:
    stage = getattr(study.stages, name)
    return stage.not_declared is not None or stage.excluded is not None


def _remarks(first: Pinned, second: Pinned) -> list[Finding]:
    """Return what stands against a claim that rests on the comparison."""
    found = []
    one, two = first.study, second.study
    rules = ["—" if item.rule is None else item.rule.reference for item in (first, second)]
    if rules[0] != rules[1]:
        found.append(finding("pair_rule_differs", Severity.WARNING, "rule", first=rules[0], second=rules[1]))
    if one.product.category != two.product.category:
        params = {"first": one.product.category or "—", "second": two.product.category or "—"}
        found.append(finding("pair_category_differs", Severity.WARNING, "product.category", **params))
    if one.unit.declared != two.unit.declared:
        params = {"first": one.unit.declared, "second": two.unit.declared}
        found.append(finding("pair_unit_converted", Severity.INFO, "unit.declared", **params))
    if one.hash == two.hash:
        found.append(finding("pair_same_study", Severity.INFO, "study"))
    if any(_left_out(one, name) for name in STAGES):
        found.append(finding("pair_partial", Severity.INFO, "stages"))
    return found
