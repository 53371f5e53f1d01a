"""A steel works of round numbers with four goods of the border adjustment mechanism. Not real data."""

from __future__ import annotations

from typing import Any

from study_background import document, stages
from tanbiao.core.study import Study


def co2(row: str, kilograms: float) -> dict[str, Any]:
    """Return a row of fossil CO2."""
    return {"id": row, "amount": f"{kilograms} kg", "gas": "CO2 fossil"}


def grid(row: str, kilowatt_hours: float) -> dict[str, Any]:
    """Return a row of electricity."""
    return {
        "id": row,
        "amount": f"{kilowatt_hours} kWh",
        "electricity": {"supply": "grid", "region": "CN", "year": 2023},
    }


PROCESSES: dict[str, Any] = {
    "sintering": {"gives": "1 t", "emits": [co2("s1", 200)], "takes": [grid("s2", 40)]},
    "blast-furnace": {
        "gives": [{"product": "iron", "amount": "1 t"}, {"product": "slag", "amount": "0.3 t"}],
        "allocation": {"by": "mass", "reason": "of the study; the mechanism leaves nothing to the slag"},
        "emits": [co2("b1", 1200)],
        "takes": [
            {"id": "b2", "amount": "1.4 t", "from": "process/sintering"},
            {"id": "b3", "amount": "0.5 t", "from": "process/steam"},
            grid("b4", 100),
            {"id": "b5", "amount": "0.4 t", "from": "dataset/steel"},
        ],
    },
    "steam": {"gives": "1 t", "emits": [co2("t1", 200)]},
    "converter": {
        "gives": "1 t",
        "emits": [co2("c1", 150)],
        "takes": [
            {"id": "c2", "amount": "0.9 t", "from": "process/blast-furnace/iron"},
            {"id": "c3", "amount": "10 kg", "from": "dataset/steel"},
            {"id": "c4", "amount": "0.2 t", "burden_free": "scrap"},
        ],
    },
    "mill": {
        "gives": "2 t",
        "emits": [co2("m1", 120)],
        "takes": [{"id": "m2", "amount": "2.1 t", "from": "process/converter"}, grid("m3", 300)],
    },
}
CBAM: dict[str, Any] = {
    "declared": "product",
    "goods": {
        "sinter": {"process": "sintering", "category": "sintered_ore", "cn": "2601 12 00"},
        "iron": {"process": "blast-furnace/iron", "category": "pig_iron", "cn": "7201"},
        "steel": {"process": "converter", "category": "crude_steel", "cn": "7207"},
        "product": {"process": "mill", "category": "iron_or_steel_products", "cn": "7208", "route": "BF-BOF"},
    },
    "precursors": {
        "c3": {
            "category": "ferro_manganese",
            "direct": "1.5 t/t",
            "source": "invented",
            "default": True,
            "country": "ZA",
        }
    },
    "electricity": {"factor": "0.6 t/MWh", "kind": "default", "source": "invented"},
}


def study(processes: dict[str, Any] | None = None, **section: Any) -> Study:
    """Return a works whose product is rolled steel."""
    made, findings = Study.parse(
        document(
            unit={"declared": "1 t", "of": "steel"},
            stages=stages(manufacturing=[{"id": "r1", "amount": "1 t", "from": "process/mill"}]),
            processes={**PROCESSES, **(processes or {})},
            cbam={key: value for key, value in {**CBAM, **section}.items() if value is not None},
        )
    )
    assert made is not None, findings
    return made
