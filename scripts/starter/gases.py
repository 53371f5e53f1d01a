"""GWP sets and anode-effect factors: ``data/gases/*.json`` from their source tables."""

from __future__ import annotations

from typing import Any

from starter.tables import DATA, Row, number, read_table, write_json

KEYS = {
    "co2": "CO2 fossil",
    "co2_biogenic": "CO2 biogenic",
    "co2_uptake": "CO2 uptake",
    "co2_luc": "CO2 land use change",
    "ch4": "CH4 unspecified",
    "ch4_fossil": "CH4 fossil",
    "ch4_biogenic": "CH4 biogenic",
    "ch4_luc": "CH4 land use change",
    **{key: key.upper() for key in ("n2o", "sf6", "nf3", "cf4", "c2f6", "c3f8", "so2f2")},
}
KINDS = {
    "CO2 biogenic": "biogenic_emission",
    "CH4 biogenic": "biogenic_emission",
    "CO2 uptake": "biogenic_uptake",
    "CO2 land use change": "land_use_change",
    "CH4 land use change": "land_use_change",
    "CH4 unspecified": "undivided",
}


def _key(row: Row) -> str:
    return KEYS.get(row["gas_key"]) or row["acronym"] or row["name_en"]


def write_gases() -> list[str]:
    """Write ``gwp.json``; return what was left out with its reason."""
    sources: list[str] = []
    licences: list[str] = []
    gases: list[dict[str, Any]] = []
    left_out: list[str] = []
    seen: set[str] = set()
    for row in read_table("gwp_factors.csv"):
        key = _key(row)
        values = {name.upper(): number(row[f"gwp100_{name}"]) for name in ("ar4", "ar5", "ar6")}
        gwp = {name: value for name, value in values.items() if value is not None}
        if not gwp:
            left_out.append(f"gwp_factors.csv,{row['gas_key']},no GWP100 of AR4 AR5 or AR6")
            continue
        if key in seen:
            left_out.append(f"gwp_factors.csv,{row['gas_key']},second row of the gas {key}: first kept")
            continue
        seen.add(key)
        for value, table in ((row["source"], sources), (row["licence"], licences)):
            if value not in table:
                table.append(value)
        gases.append(
            {
                "key": key,
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
                "formula": row["formula"],
                "cas": row["cas"],
                "kind": KINDS.get(key, "fossil"),
                "gwp": gwp,
                "note": row["note"],
                "source": sources.index(row["source"]),
                "licence": licences.index(row["licence"]),
            }
        )
    choices = (
        "CH4 without stated origin takes the report's value for methane as such (25, 28, 27.9). AR4 has one value for "
        "all methane. AR5 without climate-carbon feedback. CO2 uptake is a positive mass and weighs -1. N2O and "
        "fluorinated gases count as fossil."
    )
    table = {"horizon": "GWP100", "choices": choices, "sources": sources, "licences": licences, "gases": gases}
    write_json(DATA / "gases" / "gwp.json", table)
    return left_out


def write_anode_effects() -> None:
    """Write ``aluminium_pfc.json``."""
    rows = [
        {
            "technology": row["code"],
            "name_en": row["technology"],
            "method": row["method"],
            "factor_cf4": number(row["factor_CF4"]),
            "unit": row["factor_unit"],
            "c2f6_per_cf4": number(row["weight_fraction_C2F6_per_CF4"]),
            "source": row["source"],
            "licence": row["licence"],
        }
        for row in read_table("aluminium_pfc_factors_cbam.csv")
    ]
    write_json(DATA / "gases" / "aluminium_pfc.json", {"rows": rows})
