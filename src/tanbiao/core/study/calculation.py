"""From a study and a release to a result: pure, deterministic, the same bits on every machine."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tanbiao import __version__
from tanbiao.core.amounts import Absence, AbsenceKind, Tally, add, amount_as_json, ratio
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.numerics.monte_carlo_error import quantile_estimates
from tanbiao.core.numerics.sums import RunningSum
from tanbiao.core.study import credits, electricity, suppliers, unweighed
from tanbiao.core.study.allocation_results import allocation_table
from tanbiao.core.study.background import Background
from tanbiao.core.study.circular import FIXED_BY_RULE
from tanbiao.core.study.data_quality import data_quality
from tanbiao.core.study.drivers import drivers
from tanbiao.core.study.flows import Resolver, resolve
from tanbiao.core.study.ledger import KINDS, Entry, Ledger, build
from tanbiao.core.study.material_parts import CreditKind
from tanbiao.core.study.method_results import method_tables
from tanbiao.core.study.model import STAGES, Study
from tanbiao.core.study.result import FORMAT, Result
from tanbiao.core.study.sankey import sankey
from tanbiao.core.study.shares import shares
from tanbiao.core.study.spread import WEAKEST_FIRST, Basis, Draw, multipliers, weaker
from tanbiao.core.study.supply import ClaimTerms
from tanbiao.core.study.tables import (
    contributions,
    cut_off,
    own_processes,
    stand_ins,
    unknown_rows,
)

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

Floats = NDArray[np.float64]

METHOD = "tanbiao-study/1"
MAX_SAMPLES = 100_000
QUANTILES = {"p2_5": 0.025, "p50": 0.5, "p97_5": 0.975}
CONFIDENCE = 0.95
"""Of the Monte Carlo error of quantiles; project default."""


def calculate(
    study: Study, release: Background, rule: Rule | None = None, *, samples: int = 1000, seed: int = 1
) -> Result:
    """Calculate a study.

    Parameters
    ----------
    release
        The background data; its name, hash and datasets' versions go into the result.
    rule
        The category rule: decides which electricity counts, whether credits are in the total, how much of the emission
        may carry another GWP set; its checks become findings.
    samples, seed
        Monte Carlo samples (0: no interval) and the seed of their streams.

    Raises
    ------
    TanbiaoError
        No number comes out: an unknown factor, a wrong unit, a factor of the wrong kind, a loop that can't be solved, a
        GWP mix above the rule's cap, more samples than the release has (``samples_beyond_release``). Carries all
        findings.
    """
    return under(figures(study, release, Settings.of(rule), samples=samples, seed=seed), rule)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a rule, or a scheme's parameter set, decides about a calculation."""

    electricity_counts: frozenset[str] | None = None
    """Supplies that count as what they are; None: all."""
    proof_required: bool = False
    default_bound: float | None = None
    credits_counted: frozenset[CreditKind] = frozenset()
    """Kinds of credits that are in the total; the others stand apart."""
    terms: ClaimTerms = field(default_factory=ClaimTerms)
    """What holds for claims on electricity and recycled content."""
    cut_off: float | None = None
    """Share of the total that may be left out; None: the project default."""
    recycling: str | None = None
    """The rule's recycling method, which suppliers' footprints must share; None: the study's own."""

    def prices_like(self, other: Settings | None) -> bool:
        """Whether figures made under the other settings are those of these: the cut-off only decides about findings."""
        return other is not None and replace(self, cut_off=None) == replace(other, cut_off=None)

    @classmethod
    def of(cls, rule: Rule | None) -> Settings:
        """Return a rule's settings; without a rule every supply counts and credits stand apart."""
        if rule is None:
            return cls()
        power = rule.electricity
        terms = ClaimTerms(
            power.headline or "market",
            power.window_months,
            rule.allocation.book_and_claim == "allowed",
            tuple((item.name, item.value) for item in rule.allocation.recycling_materials),
            tuple(
                (FIXED_BY_RULE[item.name], item.value)
                for item in rule.allocation.recycling_parameters
                if item.name in FIXED_BY_RULE
            ),
            rule.capture == "in_total",
        )
        return cls(
            frozenset() if terms.headline == "location" else frozenset(rule.electricity.counts),
            rule.electricity.proof == "required",
            None if rule.gwp_mix is None else rule.gwp_mix.default_bound,
            credits.ALL if rule.credits == "in_total" else frozenset(rule.credits_counted),
            terms,
            rule.cut_off.total,
            rule.allocation.recycling,
        )


def accounted(
    study: Study,
    release: Background,
    rule: Rule | None,
    *,
    samples: int = 0,
    seed: int = 1,
    draw: Draw = multipliers,
) -> tuple[Resolver, Ledger, tuple[Entry, ...]]:
    """Resolve and price a study: its resolver (with findings), its ledger, and the entries that count in the total.

    Raises
    ------
    TanbiaoError
        As :func:`calculate`, but for the cap of a GWP mix and the number of samples.
    """
    return account(study, release, Settings.of(rule), samples=samples, seed=seed, draw=draw)


def account(
    study: Study,
    release: Background,
    settings: Settings,
    *,
    samples: int = 0,
    seed: int = 1,
    draw: Draw = multipliers,
) -> tuple[Resolver, Ledger, tuple[Entry, ...]]:
    """Resolve and price a study under these settings, as :func:`accounted` does under a rule's."""
    resolver = Resolver(
        study,
        suppliers.beside(study, release, settings.recycling),
        settings.electricity_counts,
        settings.proof_required,
        settings.terms,
        settings.default_bound,
        seed=seed,
        samples=samples,
        draw=draw,
    )
    flows = resolve(resolver)
    ledger = build(study, flows, 1 + samples)
    saved, unknown = credits.counted(ledger, settings.credits_counted)
    if unknown:
        ledger = replace(ledger, absences=ledger.absences + unknown)
    entries = ledger.entries + saved
    resolver.findings += unweighed.judged(entries, study.gwp, settings.cut_off)
    return resolver, ledger, entries


@dataclass(frozen=True, slots=True)
class Figures:
    """A study priced under settings, before any rule speaks: many rules that share the settings judge the same one."""

    release: Background
    resolver: Resolver
    ledger: Ledger
    counted: tuple[Entry, ...]
    document: Mapping[str, Any]
    findings: tuple[Finding, ...]


def figures(study: Study, release: Background, settings: Settings, *, samples: int = 1000, seed: int = 1) -> Figures:
    """Price a study and make the tables of its result that depend on no rule.

    Raises
    ------
    TanbiaoError
        As :func:`calculate`, but for the cap of a GWP mix.
    """
    if not 0 <= samples <= MAX_SAMPLES:
        raise TanbiaoError.of("samples_out_of_range", "samples", limit=MAX_SAMPLES)
    # an amount beyond float64 ends as infinite, which is refused by name below; NumPy need not warn as well
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        resolver, ledger, counted = account(study, release, settings, samples=samples, seed=seed)
        found = tuple(resolver.findings)
        document = _document(ledger, counted, resolver.release, settings, samples, seed)
        document["allocations"] = allocation_table(
            study, counted, document["total"]["value"], lambda other: _nominal(other, release, settings)
        )
        return Figures(release, resolver, ledger, counted, document, found)


def under(made: Figures, rule: Rule | None) -> Result:
    """Return the result of a priced study under a rule whose settings it was priced with: tables, checks, findings.

    Raises
    ------
    TanbiaoError
        ``gwp_mix_above_cap``.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return _under(made, rule)


def _under(made: Figures, rule: Rule | None) -> Result:
    study, ledger = made.ledger.study, made.ledger
    findings = [*made.findings, *_identity_findings(study, made.release, rule), *_market(made, rule)]
    document = dict(made.document)
    if rule is not None:
        named = {"rule": rule.reference, "rule_hash": rule.hash, "rule_standing": rule.standing}
        document["versions"] = {**document["versions"], **named}
    tables, found = method_tables(made.resolver, ledger, made.counted, document, rule)
    document, findings = {**document, **tables}, findings + found
    findings += _refuse_mix(document, rule)
    document |= _prescribed(made, rule, document)
    if rule is None:
        return Result({**document, "declared": None}, _distinct(findings))
    from tanbiao.core.rules.check import outcomes
    from tanbiao.core.rules.declared import declared_table

    document["declared"], found = declared_table(rule, document)
    result = Result(document, _distinct([*findings, *found]))
    checked = outcomes(rule, study, result, ledger)
    told = [item for outcome in checked for item in outcome.findings]
    states = [outcome.as_json() for outcome in checked]
    return Result({**document, "checks": states}, result.findings).with_findings(*told)


def _market(made: Figures, rule: Rule | None) -> tuple[Finding, ...]:
    """Return what its carbon-market data say beside the study; they change no figure."""
    from tanbiao.core.study.market import market_findings

    return market_findings(made.ledger.study, made.release, rule)


def _prescribed(made: Figures, rule: Rule | None, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the study takes of its rule's scenarios, with the total under the rule's own, and of its defaults."""
    if rule is None:
        return {"rule_scenarios": None, "defaults_used": []}
    from tanbiao.core.rules.prescribed import defaults_used, scenario_table

    study, settings = made.ledger.study, Settings.of(rule)
    total = float(document["total"]["value"])
    return {
        "rule_scenarios": scenario_table(rule, study, total, lambda other: _nominal(other, made.release, settings)),
        "defaults_used": defaults_used(rule, study, document["data_quality"]),
    }


def _nominal(study: Study, release: Background, settings: Settings) -> float:
    """Return the total of a study without samples, for what is only compared."""
    _, _, counted = account(study, release, settings)
    return add(0.0, *(item.value for item in counted))


_SAID_ONCE = frozenset({"gwp_set_differs", "gwp_set_unknown", "co2_only", "fuel_upstream_stand_in"})
_IMPLIED = frozenset({"gwp_set_unstated"})
"""A notice of the dataset that ``gwp_set_unknown`` says with its bound."""


def _distinct(findings: list[Finding]) -> tuple[Finding, ...]:
    """Say what concerns a factor once, at the first row that uses it, and nothing twice of the same place."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for item in findings:
        if item.code in _IMPLIED:
            continue
        place = "" if item.code in _SAID_ONCE else item.where
        seen.setdefault((item.code, place, tuple(sorted(item.params.items()))), item)
    return tuple(seen.values())


def _identity_findings(study: Study, release: Background, rule: Rule | None) -> list[Finding]:
    found = []
    sampled = release.sampling
    if sampled is not None and study.gwp not in sampled["roots"]:
        known = ", ".join(sorted(sampled["roots"]))
        found.append(finding("release_not_sampled_in_set", Severity.WARNING, "gwp", set=study.gwp, known=known))
    if study.release is not None and study.release.partition("@")[0] != release.name:
        params = {"wanted": study.release, "used": release.name}
        found.append(finding("study_release_differs", Severity.WARNING, "release", **params))
    if rule is None and study.rule is not None:
        found.append(finding("rule_not_applied", Severity.WARNING, "rule", rule=study.rule))
    if rule is not None and study.rule is not None and study.rule != rule.reference:
        found.append(finding("rule_differs", Severity.ERROR, "rule", wanted=study.rule, used=rule.reference))
    return found


def _refuse_mix(document: dict[str, Any], rule: Rule | None) -> list[Finding]:
    """Refuse a total in which too much emission carries another or unknown GWP set, where the rule says so."""
    if rule is None or rule.gwp_mix is None or rule.gwp_mix.other_or_unknown is None:
        return []
    gwp = document["versions"]["gwp"]
    share, cap = gwp["share_other"] + gwp["share_unknown"], rule.gwp_mix.other_or_unknown
    if share <= cap + 1e-12:
        return []
    params = {"share": f"{100 * share:.3g}", "cap": f"{100 * cap:.3g}", "set": gwp["set"]}
    if rule.gwp_mix.above == "refuse":
        raise TanbiaoError.of("gwp_mix_above_cap", "versions.gwp", **params)
    return [finding("gwp_mix_above_cap", Severity.ERROR, "versions.gwp", **params)]


def _document(
    ledger: Ledger,
    counted: tuple[Entry, ...],
    release: Background,
    settings: Settings,
    samples: int,
    seed: int,
) -> dict[str, Any]:
    study = ledger.study
    rows = contributions(counted, ledger)
    values = [row["value"] for row in rows]
    for row in rows:
        if not math.isfinite(row["value"]):
            raise TanbiaoError.of("result_not_finite", row["row"], row=row["row"])
    known = add(*values) if values else 0.0
    weight = add(*(abs(value) for value in values)) if values else 0.0
    tally = Tally(known, ledger.absences)
    _shares(rows, tally)
    draws = _draws(counted, study, release, seed, samples)
    sampled = draws.total(counted)
    return {
        "tanbiao": FORMAT,
        "study": _identity(study),
        "total": {
            **_total(tally, rows, study),
            **_interval(counted, sampled, weight),
        },
        "stages": _stages(ledger, rows),
        "stage_completeness": _stage_completeness(ledger),
        "kinds": {kind: _sum(row["value"] for row in rows if row["kind"] == kind) for kind in KINDS},
        "of_which": {
            "aircraft": _sum(item.nominal * item.part.sign * item.part.intensity.aircraft for item in counted)
        },
        "gases": _gases(counted),
        "credits": credits.credits_table(ledger, settings.credits_counted),
        "contributions": rows,
        "own_processes": own_processes(counted, ledger),
        "drivers": drivers(counted, draws.of, sampled, ledger),
        "sankey": sankey(ledger, counted),
        "solution": None if ledger.solved is None else asdict(ledger.solved),
        "electricity": electricity.section(counted, known, settings.terms),
        "data_quality": data_quality(counted, ledger),
        **shares(counted, tally),
        "foreign_share": _share(tally, [item for item in counted if _is_foreign(study, item.part.dataset)]),
        "cut_off": cut_off(study, ledger),
        "stand_ins": stand_ins(counted, tally),
        "unknown": unknown_rows(ledger),
        "checks": [],
        "versions": {
            "engine": __version__,
            "method": METHOD,
            "release": release.name,
            "release_hash": release.hash,
            "rule": None,
            "rule_hash": None,
            "rule_standing": None,
            "gwp": {"set": study.gwp, **_gwp_shares(counted, weight)},
            "seed": seed,
            "samples": samples,
            **_background_samples(study, release),
        },
    }


def _background_samples(study: Study, release: Background) -> dict[str, Any]:
    """Name the release's samples where the result rests on them."""
    sampled = release.sampling
    if sampled is None or study.gwp not in sampled["roots"]:
        return {}
    return {"background_samples": {"seed": sampled["seed"], "root": sampled["roots"][study.gwp]}}


def _sum(values: Any) -> float:
    items = list(values)
    return add(*items) if items else 0.0


def _identity(study: Study) -> dict[str, Any]:
    return {
        "hash": study.hash,
        "name": study.product.name.both(),
        "declared_unit": study.unit.declared,
        "declared_of": study.unit.of.both() if study.unit.of else {"zh": "", "en": ""},
        "boundary": study.boundary,
        "period": {"from": study.period.from_, "to": study.period.to},
        "model": study.product.model,
        "category": study.product.category,
    }


def result_unit(declared: str) -> str:
    """Return the unit of a total: ``kg CO2e/kWh`` for ``1 kWh``, ``kg CO2e/100 kg`` for ``100 kg``.

    >>> result_unit("1 kWh"), result_unit("100 kg")
    ('kg CO2e/kWh', 'kg CO2e/100 kg')
    """
    head, _, unit = declared.partition(" ")
    return f"kg CO2e/{unit}" if head == "1" and unit else f"kg CO2e/{declared}"


def _total(tally: Tally, rows: list[dict[str, Any]], study: Study) -> dict[str, Any]:
    unknown = Tally(tally.known, tuple(item for item in tally.absences if item.kind is AbsenceKind.UNKNOWN))
    uptake = _sum(row["value"] for row in rows if row["kind"] == "biogenic_uptake")
    return {
        "value": tally.known,
        "unit": result_unit(study.unit.declared),
        "completeness": tally.completeness.value,
        "absences": [item.as_json() for item in tally.absences],
        "excluding_uptake": add(tally.known, -uptake),
        "lower_bound": tally.is_lower_bound,
        "bound": unknown.bound if unknown.absences else None,
    }


@dataclass(frozen=True, slots=True)
class _Draws:
    """The background's draws: multipliers of the nominal figures by dataset, or the release's own sampled totals."""

    samples: int
    multipliers: dict[str, Floats]
    totals: dict[str, Floats]

    def of(self, entry: Entry) -> Floats:
        """Return kg CO2e per declared unit of an entry: nominal, then samples."""
        part = entry.part
        if part.dataset is None:
            return entry.amount * (part.sign * part.intensity.total)
        sampled = self.totals.get(part.dataset.id)
        if sampled is not None:
            return entry.amount * (part.sign * sampled)
        return entry.amount * (part.sign * part.intensity.total) * self.multipliers[part.dataset.id]

    def total(self, entries: Sequence[Entry]) -> Floats | None:
        """Return the compensated sum of the entries: nominal, then samples; None where nothing is sampled."""
        if self.samples == 0:
            return None
        total = RunningSum(1 + self.samples)
        for item in entries:
            total.add(self.of(item))
        return total.value()


def sampled_total(
    entries: tuple[Entry, ...], study: Study, release: Background, seed: int, samples: int, draw: Draw
) -> Floats:
    """Return kg CO2e per declared unit of what counts: nominal, then samples; ``samples`` is above 0.

    Raises
    ------
    TanbiaoError
        ``samples_beyond_release``.
    """
    total = _draws(entries, study, release, seed, samples, draw).total(entries)
    assert total is not None
    return total


def _draws(
    entries: tuple[Entry, ...],
    study: Study,
    release: Background,
    seed: int,
    samples: int,
    draw: Draw = multipliers,
) -> _Draws:
    """Return the draws of every dataset used; rows that use one dataset share its draws.

    A release that was sampled gives its own, the same for every study: two studies are then compared on one
    background. Else each dataset is drawn by its own spread.
    """
    datasets = {item.part.dataset.id: item.part.dataset for item in entries if item.part.dataset is not None}
    sampled = release.sampling
    totals: dict[str, Floats] = {}
    if samples and sampled is not None and study.gwp in sampled["roots"]:
        if samples > int(sampled["count"]):
            raise TanbiaoError.of("samples_beyond_release", "samples", wanted=samples, count=int(sampled["count"]))
        nominal = {item.part.dataset.id: item.part.intensity.total for item in entries if item.part.dataset is not None}
        for key in datasets:
            row = release.draws(key, study.gwp)
            if row is not None:
                totals[key] = np.concatenate(([nominal[key]], row[:samples].astype(np.float64)))
    own = [key for key in sorted(datasets) if key not in totals]
    spreads = [(f"dataset/{key}", LogNormal(1.0, datasets[key].uncertainty.sigma)) for key in own]
    drawn = draw(spreads, seed, samples)
    return _Draws(samples, {name.removeprefix("dataset/"): values for name, values in drawn.items()}, totals)


def _interval(entries: tuple[Entry, ...], sampled: Floats | None, weight: float) -> dict[str, Any]:
    bases: dict[Basis, float] = dict.fromkeys(WEAKEST_FIRST, 0.0)
    parts: dict[Basis, list[float]] = {basis: [] for basis in WEAKEST_FIRST}
    for item in entries:
        own = item.flow.basis
        basis = own if item.part.dataset is None else weaker(own, item.part.dataset.uncertainty_basis)
        parts[basis] += [abs(value) for _, value in item.by_kind]
    if weight:
        bases = {basis: _sum(values) / weight for basis, values in parts.items()}
    body: dict[str, Any] = {**dict.fromkeys(QUANTILES), "interval_basis": bases, "quantile_errors": None}
    if sampled is not None:
        found = dict(
            zip(QUANTILES, quantile_estimates(sampled[1:], tuple(QUANTILES.values()), CONFIDENCE), strict=True)
        )
        body |= {key: item.value for key, item in found.items()}
        body["quantile_errors"] = {
            "confidence": CONFIDENCE,
            **{key: item.as_json() for key, item in found.items()},
        }
    return body


def _stages(ledger: Ledger, rows: list[dict[str, Any]]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    stated = {item.where: item for item in ledger.absences}
    for name in STAGES:
        absence = stated.get(f"stages.{name}")
        own = [row["value"] for row in rows if row["stage"] == name]
        unknown = [item for item in ledger.absences if item.where.startswith(f"stages.{name}.")]
        if absence is not None:
            body[name] = absence.as_json()
        elif not own and unknown:
            reason = "; ".join(item.reason for item in unknown)
            body[name] = Absence(unknown[0].kind, reason or "—", f"stages.{name}").as_json()
        else:
            body[name] = add(*own) if own else 0.0
    return body


def _stage_completeness(ledger: Ledger) -> dict[str, str]:
    body = {}
    for name in STAGES:
        reached = tuple(f"processes.{process}." for process in sorted(ledger.processes(name)))
        own = [
            item
            for item in ledger.absences
            if item.where == f"stages.{name}"
            or item.where.startswith(f"stages.{name}.")
            or (reached and item.where.startswith(reached))
        ]
        body[name] = Tally(0.0, tuple(own)).completeness.value
    return body


def _gases(entries: tuple[Entry, ...]) -> dict[str, float]:
    parts: dict[str, list[float]] = {}
    for item in entries:
        for gas, value in item.part.intensity.gases.items():
            parts.setdefault(gas, []).append(item.nominal * item.part.sign * value)
    return {gas: add(*values) for gas, values in parts.items()}


def _shares(rows: list[dict[str, Any]], total: Tally) -> None:
    """Add each row's share of the total (null when the total is incomplete: a share of it is unknown)."""
    for row in rows:
        share = ratio(Tally(row["value"]), total)
        row["share"] = None if isinstance(share, Absence) else share
        row["share_of_known"] = row["value"] / total.known if total.known else None


def _share(total: Tally, entries: list[Entry]) -> Any:
    """Return the share of |emission| that the entries make, or the absence that an incomplete total makes of it."""
    part = _sum(item.value for item in entries)
    return amount_as_json(ratio(Tally(part), total))


def _is_foreign(study: Study, dataset: Dataset | None) -> bool:
    if dataset is None:
        return False
    if study.product.country == "CN":
        return not dataset.is_chinese
    return not dataset.geography.startswith(study.product.country)


def _gwp_shares(entries: tuple[Entry, ...], weight: float) -> dict[str, float]:
    parts: dict[str, list[float]] = {"share_same": [], "share_other": [], "share_unknown": []}
    for item in entries:
        basis = item.part.intensity.gwp_basis
        key = "share_same" if basis in ("same", "recharacterised") else f"share_{basis}"
        parts[key] += [abs(value) for _, value in item.by_kind]
    return {key: (_sum(values) / weight if weight else 0.0) for key, values in parts.items()}
