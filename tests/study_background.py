"""A small release in memory, with round numbers that can be checked by hand. Not real data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import Intensity
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding


def dataset(
    key: str, co2e: float, unit: str = "kg", kind: str = "footprint_factor", gwp: str = "AR6", **more: Any
) -> Dataset:
    """Return a dataset of ``co2e`` kg CO2e per unit, undivided unless ``kinds`` says otherwise."""
    body = {
        "id": key,
        "version": "1",
        "name": {"zh": f"{key}（测试）", "en": key},
        "kind": kind,
        "reference": {"unit": unit},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2023},
        "co2e": {gwp: co2e},
        "kinds": {"undivided": co2e},
        "uncertainty": {"type": "unknown"},
        "quality": {},
        "source": {"title": "test data"},
        "licence": "none",
        "redistribution": "yes",
        **more,
    }
    return Dataset.model_validate(body)


@dataclass(frozen=True)
class Pair:
    """A fuel's pair."""

    combustion: Dataset
    upstream: Dataset | None
    findings: tuple[Finding, ...] = ()


@dataclass
class MemoryRelease:
    """The part of a release that a calculation uses, over a dictionary."""

    datasets: Mapping[str, Dataset]
    name: str = "test-1"
    hash: str = "sha256:" + "0" * 64
    grid: Mapping[int, str] = field(default_factory=lambda: {2023: "grid-2023", 2024: "grid-2024"})

    def get(self, key: str) -> Dataset:
        """Return a dataset."""
        if key not in self.datasets:
            raise TanbiaoError.of("unknown_dataset", "", dataset=key, nearest="steel")
        return self.datasets[key]

    def intensity(self, key: str, gwp_set: str) -> Intensity:
        """Return its intensity."""
        return self.get(key).weighed(gwp_set)

    def grid_electricity(self, region: str, year: int) -> tuple[Dataset, list[Finding]]:
        """Return the grid's factor of the year, else of the latest earlier year with a finding."""
        if region != "CN":
            raise TanbiaoError.of("grid_region_unknown", "", region=region)
        used = max(item for item in self.grid if item <= year)
        notes = [] if used == year else [finding("factor_year_differs", Severity.WARNING, wanted=year, used=used)]
        return self.get(self.grid[used]), notes

    def fuel(self, key: str) -> Pair:
        """Return a fuel's pair."""
        if key == "lonely":
            return Pair(self.get("gas-burn"), None)
        if key != "natural-gas":
            raise TanbiaoError.of("fuel_unknown", "", fuel=key, known="natural-gas")
        return Pair(self.get("gas-burn"), self.get("gas-up"))

    sampling = None
    """It has no samples: each dataset is drawn by its own spread."""

    def draws(self, key: str, gwp_set: str) -> None:
        """Return nothing: there are no samples."""

    def carried_draws(self, key: str, gwp_set: str) -> None:
        """Return nothing: there are no samples."""

    def header_proof(self) -> dict[str, Any]:
        """Return an empty proof."""
        return {}

    def proof(self, key: str) -> dict[str, Any]:
        """Return an empty proof."""
        return {"index": 0, "size": 1, "path": [], "root": self.hash}


def background() -> MemoryRelease:
    """Return the test release."""
    items = [
        dataset("steel", 2.0),
        dataset("resin", 3.0, kinds={"fossil": 4.0, "biogenic_uptake": -1.0}, geography="FR"),
        dataset("grid-2023", 0.6205, "kWh|electricity"),
        dataset("grid-2024", 0.5777, "kWh|electricity"),
        dataset("wind", 0.03, "kWh|electricity"),
        dataset("co2-grid", 0.5306, "kWh|electricity", "direct_emission_factor"),
        # CN-01: 389.31 GJ/10⁴ Nm³ × 0.0153 tC/GJ × 0.99 × 44/12 = 2.162189 kg CO2/Nm³
        dataset(
            "gas-burn", 389.31 * 0.0153 * 0.99 * 44 / 12 / 10, "m3|normal conditions", "direct_emission_factor",
            kinds={"fossil": 389.31 * 0.0153 * 0.99 * 44 / 12 / 10},
            gases={"CO2 fossil": 389.31 * 0.0153 * 0.99 * 44 / 12 / 10},
        ),
        dataset("gas-up", 0.3, "m3|normal conditions", "upstream_factor"),
        dataset("lorry", 0.1, "t*km", "direct_emission_factor", pair="lorry-up"),
        dataset("lorry-up", 0.02, "t*km", "upstream_factor"),
        dataset("lorry-alone", 0.1, "t*km", "direct_emission_factor"),
        dataset("ship", 0.01, "t*km"),
        dataset("landfill", 0.5, "kg", "treatment"),
        dataset("avoided", -1.5, "kg", "credit"),
        dataset("old-gwp", 1.0, gwp="AR5"),
        dataset("no-gwp", 1.0, gwp="unknown"),
        dataset("weighed", 30.8, gwp="AR5", gases={"CH4 fossil": 1.0, "CO2 fossil": 0.8}, kinds={"fossil": 30.8}),
        dataset("spend", 0.4, "USD", screening=True),
        dataset(
            "scored", 1.0, quality={"ter": 2, "ger": 3, "tir": 4, "p": 1}, uncertainty={"type": "stated", "percent": 10}
        ),
    ]  # fmt: skip
    return MemoryRelease({item.id: item for item in items})


def document(**changes: Any) -> dict[str, Any]:
    """Return a minimal study document with changes at the top level."""
    body: dict[str, Any] = {
        "tanbiao": "study/1",
        "goal": {"application": "test"},
        "product": {"name": {"zh": "测试产品", "en": "test product"}},
        "release": "test-1",
        "gwp": "AR6",
        "unit": {"declared": "1 kg"},
        "period": {"from": "2023-01-01", "to": "2023-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "test"},
        "stages": stages(),
    }
    return {**body, **changes}


def stages(**rows: Any) -> dict[str, Any]:
    """Return five stages: those given, the others not declared; one row of 1 kg steel when none is given."""
    given = rows or {"raw_materials": [{"id": "r1", "amount": "1 kg", "from": "dataset/steel"}]}
    names = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
    return {name: given.get(name, {"not_declared": "test"}) for name in names}
