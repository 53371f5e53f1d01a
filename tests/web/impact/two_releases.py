"""Two small releases of one family that differ in the grid's factor, and studies on the first one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from study_background import dataset, document, stages
from tanbiao.core.dataset import Dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.tasks import run_next
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies.models import Study

OLD, NEW = "mini-2024.1", "mini-2024.2"
GRID = {OLD: 0.6, NEW: 0.5}
"""kg CO2e/kWh of the grid in each release."""


def datasets(grid: float, **changes: Any) -> list[Dataset]:
    """Return the datasets of a release; a change of None leaves one out."""
    stated = {"type": "stated", "percent": 10}
    made = [
        dataset("grid", grid, "kWh|electricity", uncertainty=stated),
        dataset("steel", 2.0, uncertainty=stated),
        dataset("resin", 3.0),
        dataset("diesel-burn", 2.7, "kg", "direct_emission_factor"),
        dataset("diesel-up", 0.4, "kg", "upstream_factor"),
    ]
    return [changes.get(item.id, item) for item in made if changes.get(item.id, item) is not None]


def write(
    name: str, *, folder: Path | None = None, samples: int = 0, header: Mapping[str, Any] | None = None, **changes: Any
) -> Release:
    """Write a release into the platform's data folder."""
    place = folder or Path(settings.TANBIAO_DATA) / "releases"
    place.mkdir(parents=True, exist_ok=True)
    head = {
        "format": "tanbiao-release/1",
        "name": name,
        "version": name.rpartition("-")[2],
        "date": "2026-11-21",
        "standing": "demonstration",
        "statement": {"zh": "测试用，非真实数据", "en": "for tests, not real data"},
        **(header or {}),
    }
    fuel = {"combustion": "diesel-burn", "upstream": "diesel-up", "table": "t", "table_chosen": "first"}
    documents = {
        "electricity": {"names": {"CN": "CN"}, "grids": {"CN": {"2023": "grid"}}},
        "fuels": {"diesel": fuel | {"name": {"zh": "柴油", "en": "diesel"}}},
    }
    return write_release(
        place / f"{name}.tbr",
        datasets(changes.pop("grid_factor", GRID.get(name, 0.6)), **changes),
        head,
        documents,
        samples=Samples(samples) if samples else None,
    )


def body(number: int = 0, release: str = OLD, **changes: Any) -> dict[str, Any]:
    """Return a study document: ``number`` decides how much electricity, steel and fuel it takes."""
    spread = {"kind": "site_specific", "uncertainty": {"percent": 20}}
    raw = [{"id": "a", "amount": f"{1 + number % 7} kg", "from": "dataset/steel", "data": spread}]
    made: list[dict[str, Any]] = [
        {"id": "b", "amount": f"{0.1 * (number % 11)} kg", "from": "dataset/resin"},
        {"id": "c", "amount": f"{0.3 + number / 100} kg", "fuel": "diesel"},
        {"id": "d", "amount": "0.05 kg", "gas": "CO2 fossil"},
    ]
    if number % 5 != 4:
        power = {"supply": "grid", "region": "CN", "year": 2023}
        made.append({"id": "e", "amount": f"{1 + number % 13} kWh", "electricity": power, "data": spread})
    return document(stages=stages(raw_materials=raw, manufacturing=made), release=release, **changes)


def study(actor: Actor, number: int = 0, *, samples: int = 0, **changes: Any) -> Study:
    """Save and calculate a study."""
    found = studies.create(actor, title_zh=f"测试产品{number}")
    studies.save(actor, study_id=found.id, document=body(number, **changes), expected_parent="")
    studies.calculate(actor, study_id=found.id, samples=samples)
    return study_queries.study(actor, found.id)


def work() -> None:
    """Do at once what the worker does over time."""
    ledger.settle()
    while run_next():
        ledger.settle()
