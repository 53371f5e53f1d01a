"""Electricity from a grid, and fuels as pairs of combustion and upstream.

Rules that decide here (DATA): a product footprint takes the electricity *footprint* factor as published, never the CO2
factor; the nation's factor serves a province, and the platform says so; a foreign country's figure is a stand-in, and
never one for China. A year without a factor takes the latest earlier one, with a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset
    from tanbiao.core.lca.release import Release


@dataclass(frozen=True, slots=True)
class FuelPair:
    """A fuel as a footprint needs it.

    ``upstream`` is None where no upstream dataset is known: then a finding says so and the upstream is unknown, not 0.
    """

    id: str
    combustion: Dataset
    upstream: Dataset | None
    findings: tuple[Finding, ...]


def grid_electricity(release: Release, region: str, year: int, where: str = "") -> tuple[Dataset, list[Finding]]:
    """Return the dataset for one kWh from a grid.

    Parameters
    ----------
    region
        ``CN``, a Chinese province (``CN-GD``, ``广东``, ``广东省``), or a country by ISO code of two or three letters.
    year
        The year of the data period.

    Raises
    ------
    TanbiaoError
        ``grid_region_unknown``, or ``electricity_missing`` where the release has no footprint factor for the region.
    """
    table = release.document("electricity")
    key = region.strip()
    known = table.get("names", {}).get(key) or table.get("names", {}).get(key.upper())
    if known is None:
        raise TanbiaoError.of("grid_region_unknown", where, region=region)
    findings: list[Finding] = []
    country = str(known)
    if country.startswith("CN-"):
        findings.append(finding("province_has_no_footprint_factor", Severity.INFO, where, region=region))
        country = "CN"
    years: dict[str, str] = table.get("grids", {}).get(country, {})
    if not years:
        raise TanbiaoError.of("electricity_missing", where, region=region)
    chosen = _year(sorted(int(item) for item in years), year)
    if chosen != year:
        findings.append(finding("factor_year_differs", Severity.WARNING, where, wanted=year, used=chosen))
    dataset = release.get(years[str(chosen)], where)
    if dataset.stand_in_only:
        findings.append(finding("electricity_stand_in", Severity.WARNING, where, region=region, dataset=dataset.id))
    return dataset, findings


def _year(available: list[int], wanted: int) -> int:
    """Return the wanted year, else the latest earlier, else the first there is."""
    earlier = [item for item in available if item <= wanted]
    return earlier[-1] if earlier else available[0]


def fuel(release: Release, identifier: str, where: str = "") -> FuelPair:
    """Return a fuel's pair by its id (``diesel``, ``natural-gas``, ``柴油``, ``anthracite@provincial-2025``).

    Raises
    ------
    TanbiaoError
        ``fuel_unknown`` with the ids there are.
    """
    table = release.document("fuels")
    entry: dict[str, Any] | None = table.get(identifier.strip())
    if entry is None:
        wanted = identifier.strip()
        named = [key for key, item in table.items() if item["name"]["zh"] == wanted and "@" not in key]
        if not named:
            shown = ", ".join(key for key in sorted(table) if "@" not in key)
            raise TanbiaoError.of("fuel_unknown", where, fuel=identifier, known=shown)
        identifier = named[0]
        entry = table[identifier]
    combustion = release.get(entry["combustion"], where)
    upstream = release.get(entry["upstream"], where) if entry.get("upstream") else None
    findings = [notice.finding(where) for notice in combustion.findings]
    if entry["table_chosen"] == "only":
        findings.append(finding("fuel_of_another_table", Severity.INFO, where, fuel=identifier, table=entry["table"]))
    if upstream is None:
        findings.append(finding("fuel_upstream_unknown", Severity.WARNING, where, fuel=identifier))
    elif upstream.geography != combustion.geography:
        params = {"fuel": identifier, "dataset": upstream.id, "geography": upstream.geography}
        findings.append(finding("fuel_upstream_stand_in", Severity.WARNING, where, **params))
    return FuelPair(identifier.strip(), combustion, upstream, tuple(findings))
