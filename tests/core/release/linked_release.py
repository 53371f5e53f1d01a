"""A small linked database whose figures can be worked out by hand."""

from __future__ import annotations

from typing import Any

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset

HEADER = {
    "format": "tanbiao-release/1",
    "name": "linked-1",
    "version": "1",
    "date": "2026-11-21",
    "standing": "demonstration",
    "statement": {"zh": "演示", "en": "demonstration"},
}


def document(identifier: str, unit: str = "kg", **changes: Any) -> dict[str, Any]:
    """Return a dataset document; finished at 1 kg CO2e unless the changes link it."""
    body: dict[str, Any] = {
        "id": identifier,
        "version": "1",
        "name": {"zh": f"数据集{identifier}", "en": identifier},
        "kind": "unit_process",
        "reference": {"unit": unit},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2024},
        "uncertainty": {"type": "unknown"},
        "quality": {},
        "source": {"title": "made for the test"},
        "licence": "CC0",
        "redistribution": "yes",
    }
    if "inputs" not in changes and "emissions" not in changes:
        body |= {"co2e": {"AR6": 1.0}, "kinds": {"fossil": 1.0}}
    return body | changes


def use(dataset: str, amount: float, unit: str = "kg", **more: Any) -> dict[str, Any]:
    """Return an input; without spread unless one is given."""
    return {"id": dataset, "dataset": dataset, "amount": amount, "unit": unit, "uncertainty": {"type": "fixed"}} | more


def emit(gas: str, amount: float, **more: Any) -> dict[str, Any]:
    """Return an emission; without spread unless one is given."""
    return {"gas": gas, "amount": amount, "uncertainty": {"type": "fixed"}} | more


def documents() -> list[dict[str, Any]]:
    """Return a power station and a coal mine that need each other, a kiln above them, and two finished factors.

    Heijungs & Suh's loop (T2): 1 kWh needs 0.2 kg coal and emits 0.1 kg CO2, 1 kg coal needs 0.005 kWh and emits
    0.03 kg CO2 and 0.001 kg fossil methane.
    """
    spread = {"type": "lognormal", "sigma": 0.1}
    return [
        document(
            "power",
            "kWh|electricity",
            inputs=[use("coal", 0.2, uncertainty=spread)],
            emissions=[emit("CO2 fossil", 0.1, uncertainty=spread)],
        ),
        document(
            "coal",
            inputs=[use("power", 0.005, "kWh", uncertainty=spread)],
            emissions=[emit("CO2 fossil", 0.03), emit("CH4 fossil", 0.001)],
        ),
        document(
            "kiln",
            inputs=[use("power", 1.8, "MJ"), use("lime", 2.0, uncertainty=spread), use("wood", 0.5)],
            emissions=[emit("CO2 fossil", 0.7, uncertainty={"type": "triangular", "low": 0.6, "high": 0.9})],
        ),
        document("lime", co2e={"unknown": 0.4}, kinds={"undivided": 0.4}),
        document(
            "wood",
            gases={"CO2 uptake": 1.6, "CO2 fossil": 0.1},
            co2e={"AR6": -1.5},
            kinds={"biogenic_uptake": -1.6, "fossil": 0.1},
            uncertainty={"type": "stated", "percent": 10},
        ),
    ]


def datasets() -> list[Dataset]:
    """Return the documents as datasets."""
    return [parse_dataset(item) for item in documents()]
