"""What electricity emits: grid, own generation, direct line, contract, green certificate; and the location-based value.

Green power counts at the life-cycle factor of its generation type plus transmission and distribution once, never zero.
What a rule does not count, or what a claim does not cover, is grid. Per kWh used the generation is
1 / ((1 − line loss) · (1 − storage loss)); transmission is per kWh that reaches the site, 1 / (1 − storage loss).

China publishes no residual mix, so the grid's average still contains power that others have claimed: every result gives
its location-based value, all electricity at its grid's average, beside the one by claims.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study import expressions
from tanbiao.core.study.model import Row, Study
from tanbiao.core.study.power_claims import uncounted
from tanbiao.core.study.supply import ClaimTerms, Electricity

if TYPE_CHECKING:
    from tanbiao.core.study.flows import Flow, Priced, Resolver
    from tanbiao.core.study.ledger import Entry

ONE: Final = units.parse_unit("1")
BUSBAR: Final = "cradle_to_busbar"
"""Boundary of a factor that ends at the power plant: the way to the user is not in it."""
NO_RESIDUAL_MIX: Final = "electricity_no_residual_mix"
DELIVERY: Final = {"own_generation": "on_site", "direct_line": "direct_line"}
"""How a supply comes to the site where the study does not say; all else by the public grid."""


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """Return which published factor stands for which generation type, and for transmission; with their source."""
    folder = resources.files("tanbiao.data.methods")
    body: Mapping[str, Any] = json.loads(folder.joinpath("electricity.json").read_text(encoding="utf-8"))
    return body


def year_of(study: Study, supply: Electricity) -> int:
    """Return the year whose grid a row takes: the stated one, else the year that holds most of the data period."""
    if supply.year is not None:
        return supply.year
    first, last = date.fromisoformat(study.period.from_), date.fromisoformat(study.period.to)
    days = {year: _days(year, first, last) for year in range(first.year, last.year + 1)}
    return max(days, key=lambda year: (days[year], -year)) if days else first.year


def generation_factor(study: Study, supply: Electricity) -> tuple[str, int, int]:
    """Return (published factor of a supply's generation type, the year that is wanted, the year it is of).

    The wanted year's, else the latest earlier one, else the first there is.
    """
    wanted = year_of(study, supply)
    used = published_year(wanted)
    return str(table()["generation"][str(supply.generation)]["dataset"]).format(year=used), wanted, used


def published_year(wanted: int) -> int:
    """Return the year of the published factors that stands for a wanted one."""
    years = [int(item) for item in table()["years"]]
    earlier = [item for item in years if item <= wanted]
    return earlier[-1] if earlier else years[0]


def _days(year: int, first: date, last: date) -> int:
    return (min(last, date(year, 12, 31)) - max(first, date(year, 1, 1))).days + 1


def price(resolver: Resolver, blank: Flow, row: Row, where: str) -> Flow:
    """Return a row of electricity with its factors, and with what it would be at its grid's average and by its claims.

    Raises
    ------
    TanbiaoError
        ``grid_region_unknown``, ``electricity_missing``; ``not_electricity``; ``green_power_zero``;
        ``generation_abroad``; ``loss_counted_twice``; ``loss_share``.
    """
    supply = row.electricity
    assert supply is not None
    pricer = _Pricer(resolver, blank, supply, where)
    if supply.supply == "grid":
        grid = pricer.grid(1.0, said=True)
        return replace(blank, unit=pricer.unit, parts=grid, location=grid, claimed=grid)
    own, covered = None, 1.0
    why = uncounted(row, resolver.electricity_counts, resolver.proof_required)
    counts = not why
    if why:
        resolver.say(why, pricer.place, Severity.WARNING, supply=supply.supply)
    if supply.supply != "dataset":
        covered, told = resolver.judge.covered(row, pricer.place, blank.owner.startswith("stages."))
        if counts:
            resolver.findings += told
            resolver.instruments += resolver.judge.good.get(row.id, [])
    if covered > 0:
        own = pricer.supply(covered, said=counts)
    location = pricer.location()
    claimed = (*(own or ()), *(pricer.grid(1.0 - covered, said=False) if covered < 1 else ()))
    if not counts:
        covered, own = 0.0, None
    rest = pricer.grid(1.0 - covered, said=True) if covered < 1 else ()
    parts = (*(own or ()), *rest)
    return replace(blank, unit=pricer.unit, parts=parts, location=location or parts, claimed=claimed, covered=covered)


@dataclass(slots=True)
class _Pricer:
    resolver: Resolver
    blank: Flow
    stated: Electricity
    where: str

    @property
    def place(self) -> str:
        return f"{self.where}.electricity"

    @property
    def unit(self) -> units.Unit:
        unit = self.blank.unit
        return units.qualify(unit, "electricity") if unit.is_energy else unit

    @property
    def region(self) -> str:
        return self.stated.region or self.resolver.study.product.country

    def share(self, key: str) -> float:
        """Return a share of loss, 0 where none is stated."""
        text = getattr(self.stated, key)
        if text is None:
            return 0.0
        number, unit = self.resolver.amounts.pure(text, f"{self.place}.{key}")
        value = float(np.ravel(expressions.Value.of(number, unit).in_unit(ONE, f"{self.place}.{key}"))[0])
        if not 0.0 <= value < 1.0:
            raise TanbiaoError.of("loss_share", f"{self.place}.{key}", key=key, value=f"{value:g}")
        return value

    def grid(self, share: float, *, said: bool) -> tuple[Priced, ...]:
        """Return this share of the row from the grid of its region and year; ``said``: it counts in the total."""
        year = year_of(self.resolver.study, self.stated)
        dataset, found = self.resolver.release.grid_electricity(self.region, year)
        if said:
            self.resolver.findings += [replace(item, where=self.place) for item in found]
        # Power is used where its grid is: a supplier abroad may have a factor that the product's own country may not.
        used_in = dataset.geography if self.stated.supply == "grid" else self.region
        return (self._part(dataset, share / (1.0 - self.share("storage_loss")), used_in=used_in, said=said),)

    def location(self) -> tuple[Priced, ...]:
        """Return the whole row at its grid's average; nothing where a stated factor says no region, or has no grid."""
        if self.stated.supply == "dataset" and self.stated.region is None:
            return ()
        try:
            return self.grid(1.0, said=False)
        except TanbiaoError:
            if self.stated.supply == "dataset":
                return ()
            raise

    def supply(self, share: float, *, said: bool) -> tuple[Priced, ...]:
        """Return this share of the row at the factor of its generation, with transmission once."""
        stated, storage = self.stated, 1.0 - self.share("storage_loss")
        line = 1.0 - self.share("line_loss")
        delivery = stated.delivery or DELIVERY.get(stated.supply, "public_grid")
        if stated.line_loss is not None and delivery != "direct_line":
            raise TanbiaoError.of("loss_counted_twice", f"{self.place}.line_loss", delivery=delivery)
        dataset = self._generation() if stated.dataset is None else self._stated_dataset()
        part = self._part(dataset, share / (line * storage), used_in=self.region, said=said)
        if part.intensity.total <= 0 and stated.supply != "dataset":
            raise TanbiaoError.of("green_power_zero", self.place, dataset=dataset.id)
        at_plant = stated.generation is not None or dataset.boundary == BUSBAR
        if not at_plant or delivery == "on_site":
            return (part,)
        if stated.supply == "dataset" and stated.delivery is None:
            self.resolver.say("transmission_not_counted", self.place, Severity.WARNING, dataset=dataset.id)
            return (part,)
        key = "without_losses" if stated.line_loss is not None else "with_losses"
        way = self._published(str(table()["transmission"][key]), said=False)
        return (part, self._part(way, share / storage, used_in=self.region, said=said))

    def _stated_dataset(self) -> Dataset:
        return self.resolver._dataset(str(self.stated.dataset), f"{self.place}.dataset")

    def _generation(self) -> Dataset:
        if self.region.isascii() and not self.region.upper().startswith("CN") and self.region.upper() != "CHN":
            raise TanbiaoError.of("generation_abroad", f"{self.place}.generation", region=self.region)
        key = table()["generation"][str(self.stated.generation)]["dataset"]
        return self._published(str(key), said=True)

    def _published(self, pattern: str, *, said: bool) -> Dataset:
        """Return a published factor of the row's year, else of the latest earlier one, else of the first; said."""
        wanted = year_of(self.resolver.study, self.stated)
        used = published_year(wanted)
        if used != wanted and said:
            self.resolver.say("factor_year_differs", self.place, Severity.WARNING, wanted=wanted, used=used)
        return self.resolver._dataset(f"dataset/{pattern.format(year=used)}", self.place)

    def _part(self, dataset: Dataset, times: float, *, used_in: str, said: bool) -> Priced:
        from tanbiao.core.study.flows import Priced

        dataset.require_input(self.place)
        if dataset.reference.parsed.basis != "electricity":
            raise TanbiaoError.of("not_electricity", self.place, dataset=dataset.id, unit=dataset.reference.unit)
        amount = times * dataset.amount_in_reference(1.0, self.unit, where=f"{self.where}.amount")
        if said:
            return self.resolver._priced(dataset, amount, self.where, used_in=used_in)
        return Priced(dataset, None, amount, self.resolver._intensity(dataset), dataset.reference.unit)


def section(counted: Sequence[Entry], total: float, terms: ClaimTerms) -> dict[str, Any] | None:
    """Return what a result says of its electricity; None where the study has none.

    Parameters
    ----------
    counted
        The entries of the total.
    total
        kg CO2e per declared unit.

    Returns
    -------
    dict
        ``headline`` (``market`` or ``location``: what the rule counts), ``market_based`` and ``location_based`` in kg
        CO2e per declared unit (the whole result with every shown claim, and with none), ``difference``, ``note`` (code
        of a message) and ``rows``. The location-based value is a sensitivity that every result carries.
    """
    rows: dict[tuple[str, str, str, tuple[str, ...]], dict[str, Any]] = {}
    for item in counted:
        flow = item.flow
        supply = flow.row.electricity
        if supply is None or flow.absence is not None:
            continue
        key = (item.stage, flow.where, flow.product, item.path)
        if key not in rows:
            times = float(item.times[0]) * float(flow.amount[0])
            rows[key] = {
                "row": flow.row.id,
                "stage": item.stage,
                "supply": supply.supply,
                "generation": supply.generation,
                "covered": flow.covered if supply.supply != "grid" else None,
                "certificates": [claim.certificate for claim in supply.claims if claim.certificate],
                "value": 0.0,
                "market_based": times * _each(flow.claimed),
                "location_based": times * _each(flow.location),
            }
        rows[key]["value"] = add(rows[key]["value"], item.value)
    if not rows:
        return None
    found = list(rows.values())
    bases = {
        name: add(total, *(row[name] for row in found), *(-row["value"] for row in found))
        for name in ("market_based", "location_based")
    }
    return {
        "headline": terms.headline,
        **bases,
        "difference": add(bases["market_based"], -bases["location_based"]),
        "note": NO_RESIDUAL_MIX,
        "rows": found,
    }


def _each(parts: Sequence[Priced]) -> float:
    """Return kg CO2e of one unit of a row's amount."""
    return add(0.0, *(part.per_amount * part.sign * part.intensity.total for part in parts))


def checked(supply: Electricity, place: str, period: tuple[str, str]) -> list[Finding]:
    """Return the findings about a supply that its own words allow: what is missing, what contradicts itself."""
    found: list[Finding] = []
    if supply.supply == "grid":
        if supply.region is None:
            found.append(finding("field_missing", Severity.ERROR, f"{place}.region", key="region"))
        if supply.dataset is not None or supply.generation is not None:
            key = "dataset" if supply.dataset is not None else "generation"
            found.append(finding("grid_with_dataset", Severity.ERROR, f"{place}.{key}"))
        if supply.claims:
            found.append(finding("grid_with_claims", Severity.ERROR, f"{place}.claims"))
    elif supply.dataset is None and (supply.generation is None or supply.supply == "dataset"):
        found.append(finding("supply_without_dataset", Severity.ERROR, place, supply=supply.supply))
    if supply.year is not None and not int(period[0][:4]) <= supply.year <= int(period[1][:4]):
        params: dict[str, Any] = {"year": supply.year, "first": period[0], "last": period[1]}
        found.append(finding("electricity_year_outside_period", Severity.WARNING, f"{place}.year", **params))
    return found
