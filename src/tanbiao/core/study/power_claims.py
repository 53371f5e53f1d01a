"""Whether what shows a supply of electricity holds: the record of a claim, item by item.

A claim that lacks an item or breaks a condition covers nothing; what its claims do not cover counts as grid. Whether
another product, factory or certificate uses the same instrument is for the claim ledger to say (:mod:`.instruments`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tanbiao.core import units
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.instruments import PLANTS, Instrument, used_before
from tanbiao.core.study.model import Row, Study
from tanbiao.core.study.supply import Claim, ClaimTerms, Electricity

MEGAWATT_HOUR = units.qualify(units.parse_unit("MWh"), "electricity")
CERTIFIED: Final = ("contract", "green_certificate")
"""Supplies whose power comes by the public grid and is theirs by a certificate alone."""
ITEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "green_certificate": (
        "certificate", "plant", "technology", "production", "energy", "claimant", "cancelled", "site",
    ),
    "contract": ("certificate", "plant", "technology", "production", "energy", "claimant", "cancelled", "site"),
    "direct_line": ("plant", "technology", "production", "energy", "site"),
    "own_generation": ("technology", "production", "energy", "site"),
}  # fmt: skip
"""What the record of a claim needs, by supply."""


@dataclass(slots=True)
class Judge:
    """Judges the claims of one study; remembers the certificates that its rows have used."""

    study: Study
    terms: ClaimTerms
    used: list[Instrument] = field(default_factory=list)
    good: dict[str, list[Instrument]] = field(default_factory=dict)
    """Row → the instruments of its claims that hold."""

    def covered(self, row: Row, place: str, in_stage: bool) -> tuple[float, list[Finding]]:
        """Return the share of a row's electricity that its claims cover (0 … 1), and what is wrong with them.

        Parameters
        ----------
        place
            Path of the row's ``electricity``.
        in_stage
            Whether the row stands in a stage, whose amounts may be for the period's whole output.
        """
        supply = row.electricity
        assert supply is not None
        if not supply.claims:
            if supply.supply not in CERTIFIED:
                return 1.0, [_say("claim_sale_unsaid", place, supply=supply.supply)]
            items = ", ".join(ITEMS[supply.supply])
            return 0.0, [_say("claim_record_missing", place, supply=supply.supply, items=items)]
        found: list[Finding] = [
            _say("claim_item_missing", f"{place}.{key}", item=key)
            for key in ("use", "metered", "site")
            if getattr(supply, key) is None
        ]
        found += list(self._site(supply, place))
        if found or supply.use is None or supply.metered is None:
            return 0.0, found
        use, metered = (_energy(getattr(supply, key), f"{place}.{key}") for key in ("use", "metered"))
        if use > metered * (1 + 1e-9):
            found.append(_say("claim_over_metered", f"{place}.use", use=f"{use:g}", metered=f"{metered:g}"))
            return 0.0, found
        needed = max(use, self._of_the_row(row, in_stage))
        good = 0.0
        for index, claim in enumerate(supply.claims):
            wrong = list(self._claim(claim, supply, f"{place}.claims[{index}]"))
            found += wrong
            if not wrong:
                good += _net(claim, f"{place}.claims[{index}]")
                self._keep(row, claim, supply.supply, f"{place}.claims[{index}]")
        if not needed > 0:
            return 0.0, [*found, _say("claim_item_missing", f"{place}.use", item="use")]
        short = good < needed * (1 - 1e-9)
        if short:
            params = {"claimed": f"{good:g}", "needed": f"{needed:g}", "share": f"{100 * good / needed:.3g}"}
            found.append(_say("claim_energy_short", place, **params))
        return (good / needed if short else 1.0), found

    def _keep(self, row: Row, claim: Claim, supply: str, place: str) -> None:
        """Keep the instrument of a claim that holds: what it uses up of a certificate or of a plant's output."""
        made = _instrument(row.id, claim, supply, place)
        if made is not None:
            self.good.setdefault(row.id, []).append(made)

    def _of_the_row(self, row: Row, in_stage: bool) -> float:
        """Return the MWh that a row states for the period's whole output; 0 where it is per unit or a formula."""
        whole = in_stage and self.study.unit.amounts_for is not None and row.per is None
        if not whole or not isinstance(row.amount, str) or row.amount.startswith("="):
            return 0.0
        return _energy(row.amount, "amount")

    def _site(self, supply: Electricity, place: str) -> Iterator[Finding]:
        sites = self.study.product.sites
        if supply.site is not None and sites and supply.site not in sites:
            yield _say("claim_site_differs", f"{place}.site", site=supply.site, wanted=", ".join(sites))

    def _claim(self, claim: Claim, supply: Electricity, place: str) -> Iterator[Finding]:
        for key in ITEMS.get(supply.supply, ()):
            if getattr(claim, key) is None:
                yield _say("claim_item_missing", f"{place}.{key}", item=key)
        if claim.technology and supply.generation and claim.technology != supply.generation:
            yield _say(
                "claim_technology_differs",
                f"{place}.technology",
                technology=claim.technology,
                wanted=supply.generation,
            )
        first, last = self._window()
        if claim.production is not None and not first <= claim.production <= last:
            month = claim.production
            yield _say("claim_month_outside", f"{place}.production", month=month, first=first, last=last)
        if claim.cancelled and claim.claimant and claim.cancelled.for_ != claim.claimant:
            names: dict[str, Any] = {"cancelled_for": claim.cancelled.for_, "claimant": claim.claimant}
            yield _say("claim_cancelled_for_another", f"{place}.cancelled.for", **names)
        if claim.site and supply.site and claim.site != supply.site:
            yield _say("claim_site_differs", f"{place}.site", site=claim.site, wanted=supply.site)
        if claim.instruments_sold is not None and _energy(claim.instruments_sold, f"{place}.instruments_sold") > 0:
            yield _say("claim_instrument_sold", f"{place}.instruments_sold", energy=claim.instruments_sold)
        if claim.other_claims:
            yield _say("claim_other_claim", f"{place}.other_claims", others=", ".join(claim.other_claims))
        made = None if claim.energy is None else _instrument("", claim, supply.supply, place)
        if made is not None:
            yield from self._spent(made, place)

    def _spent(self, made: Instrument, place: str) -> Iterator[Finding]:
        """Yield what is wrong with the use of an instrument: more than it holds, or used at another place already."""
        if made.whole is not None and made.amount > made.whole * (1 + 1e-9):
            params: dict[str, Any] = {"used": f"{made.amount:g}", "whole": f"{made.whole:g}"}
            yield _say("claim_over_its_whole", f"{place}.whole", certificate=made.code, **params)
            return
        earlier = used_before(self.used, made)
        if earlier is not None and made.kind in PLANTS:
            yield _say("claim_plant_overdrawn", f"{place}.energy", plant=made.code, first=earlier.where)
        elif earlier is not None:
            yield _say("claim_certificate_twice", f"{place}.certificate", certificate=made.code, first=earlier.where)
        elif all(one.where != place for one in self.used):
            self.used.append(made)

    def _window(self) -> tuple[str, str]:
        """Return the first and last month (``2023-01``) in which the electricity may have been generated."""
        period, months = self.study.period, self.terms.window_months
        if months is None:
            return "0000-01", "9999-12"
        return _moved(period.from_, -months), _moved(period.to, months)


@dataclass(frozen=True, slots=True)
class Covered:
    """What the records of one row of electricity come to before anything is calculated."""

    row: str
    where: str
    supply: str
    share: float
    """Share of the row that its claims cover (0 … 1); the rest counts as grid."""
    findings: tuple[Finding, ...]


def uncounted(row: Row, counts: frozenset[str] | None, proof_required: bool) -> str:
    """Return the code of why a rule takes a row's supply as grid; "" where it counts as what it is.

    Parameters
    ----------
    counts
        Supplies that the rule counts; None: there is no rule, all count.
    proof_required
        Whether a supply without proof, evidence or claims counts as grid.
    """
    supply = row.electricity
    assert supply is not None
    if supply.supply == "dataset" or counts is None:
        return ""
    # a contract hands over its green certificates: where these count, so does it
    kinds = {supply.supply, "green_certificate"} if supply.supply == "contract" else {supply.supply}
    if not kinds & counts:
        return "electricity_counted_as_grid"
    is_shown = bool(supply.proof or row.evidence or supply.claims)
    return "electricity_without_proof" if proof_required and not is_shown else ""


def judged(
    study: Study, terms: ClaimTerms, counts: frozenset[str] | None = None, proof_required: bool = False
) -> list[Covered]:
    """Return, for every row whose supply rests on a record, what the record covers, in the order of the calculation.

    Parameters as of :func:`uncounted`.
    """
    judge, made = Judge(study, terms), []
    for path, row in study.rows():
        supply = row.electricity
        if supply is None or supply.supply not in ITEMS:
            continue
        where = f"{path}.electricity"
        told = list(amounts_wrong(supply, where))
        share = 0.0
        if not told:
            share, told = judge.covered(row, where, path.startswith("stages."))
        why = uncounted(row, counts, proof_required)
        if why:
            share, told = 0.0, [_say(why, where, supply=supply.supply), *told]
        made.append(Covered(row.id, where, supply.supply, share, tuple(told)))
    return made


def _moved(day: str, months: int) -> str:
    count = int(day[:4]) * 12 + int(day[5:7]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def _energy(text: str, where: str) -> float:
    """Return MWh of electricity."""
    value, unit = units.parse_amount(text, where)
    return units.convert(
        value, units.qualify(unit, "electricity") if unit.is_energy else unit, MEGAWATT_HOUR, (), where
    )


def _instrument(row_id: str, claim: Claim, supply: str, place: str) -> Instrument | None:
    """Return what a claim uses up: so much of a certificate, or of what a plant gave its site in a month.

    None where neither can be named: a supply by the grid without certificate, a plant without site, technology, month.
    What the plant fed to the grid is nobody's to use: it is off the amount and off the whole.
    """
    whole = None if claim.whole is None else _energy(claim.whole, f"{place}.whole")
    if claim.certificate is not None:
        amount = _energy(str(claim.energy), f"{place}.energy")
        return Instrument("green_power", claim.certificate, amount, whole, row_id, place)
    if supply not in PLANTS or not (claim.site and claim.technology and claim.production):
        return None
    code = " ".join(filter(None, (claim.production, claim.technology, claim.site, claim.plant)))
    if whole is not None and claim.sold is not None:
        whole = max(whole - _energy(claim.sold, f"{place}.sold"), 0.0)
    return Instrument(supply, code, _net(claim, place), whole, row_id, place)


def _net(claim: Claim, place: str) -> float:
    """Return the MWh of a claim that were used: what was fed to the grid was not."""
    energy = _energy(str(claim.energy), f"{place}.energy")
    fed = 0.0 if claim.sold is None else _energy(claim.sold, f"{place}.sold")
    return max(energy - fed, 0.0)


def _say(code: str, where: str, **params: Any) -> Finding:
    return finding(code, Severity.WARNING, where, **params)


def amounts_wrong(supply: Electricity, place: str) -> Iterator[Finding]:
    """Yield what can't be read among a supply's energies: a text without unit, a unit that is no energy."""
    stated = [(f"{place}.{key}", getattr(supply, key)) for key in ("use", "metered")]
    for index, claim in enumerate(supply.claims):
        keys = ("energy", "whole", "sold", "instruments_sold")
        stated += [(f"{place}.claims[{index}].{key}", getattr(claim, key)) for key in keys]
    for where, text in stated:
        if text is None:
            continue
        try:
            if _energy(text, where) < 0:
                yield finding("negative_amount", Severity.ERROR, where, value=text)
        except TanbiaoError as error:
            yield from error.findings
