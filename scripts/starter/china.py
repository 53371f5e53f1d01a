"""Chinese electricity, fuels and process defaults as dataset documents."""

from __future__ import annotations

from typing import Any

from starter.rows import VERSION
from starter.tables import Row, licence_of, read_table, tidy

Document = dict[str, Any]
LeftOut = list[tuple[str, str, str]]

OFFICIAL = "yes (official document; cite)"
CO2_NOTICE = {"code": "co2_only", "severity": "info", "params": {}}


def _base(identifier: str, row: Row, geography: str, year: str) -> Document:
    return {
        "id": identifier,
        "version": VERSION,
        "name_machine_made": {},
        "name_original": "",
        "geography": geography,
        "time": {"year": int(year), "text": year} if year else {},
        "uncertainty": {"type": "unknown", "profile": "default"},
        "quality": {},
        "source": {"title": tidy(row["source"]), "row": identifier},
        "licence": licence_of(row["licence"]),
        "redistribution": OFFICIAL,
        "notes": [],
        "findings": [],
    }


def electricity_documents(left_out: LeftOut) -> list[Document]:
    """Return footprint factors 2023 and 2024, and CO2 factors 2021 to 2023 as direct-emission factors."""
    documents: list[Document] = []
    seen: set[str] = set()
    for row in read_table("china_electricity_factors.csv"):
        footprint = row["metric"] == "carbon_footprint_factor"
        identifier = f"CN-ELEC-{'CF' if footprint else 'CO2'}:{row['year']}:{row['name_en']}"
        if identifier in seen:
            left_out.append(("china_electricity_factors.csv", identifier, "second row of the same key"))
            continue
        seen.add(identifier)
        document = _base(identifier, row, row["iso_code"] or f"CN / {row['name_zh']}电网", row["year"])
        document["reference"] = {"unit": "kWh|electricity"}
        document["uncertainty"] = {"type": "unknown", "profile": "electricity"}
        document["tags"] = ["energy_fuels"]
        documents.append(_footprint(document, row) if footprint else _direct(document, row))
    return documents


def _footprint(document: Document, row: Row) -> Document:
    value = float(row["factor"])
    zh = {"national": "全国电力", "transmission": row["name_zh"]}.get(row["level"], row["name_zh"])
    notes = {
        "national": "national average as published; transmission is not added again",
        "transmission": "for generation types and direct lines only; the national average already holds it",
        "generation_type": "at the power plant; add transmission for electricity from a line",
    }
    return {
        **document,
        "name": {
            "zh": f"{zh}碳足迹因子（{row['year']}年）",
            "en": f"Electricity, {row['name_en']}, footprint {row['year']}",
        },
        "kind": "footprint_factor",
        "boundary": "cradle_to_grid" if row["level"] != "generation_type" else "cradle_to_busbar",
        "categories": ["Electricity", row["level"]],
        "co2e": {"unknown": value},
        "kinds": {"undivided": value},
        "notes": [notes[row["level"]]],
        "findings": [{"code": "gwp_set_unstated", "severity": "info", "params": {}}],
    }


def _direct(document: Document, row: Row) -> Document:
    value = float(row["factor"])
    english = f"Electricity CO2 (direct), {row['name_en']}, {row['year']}"
    return {
        **document,
        "name": {"zh": f"{row['name_zh']}电力平均二氧化碳排放因子（{row['year']}年）", "en": english},
        "kind": "direct_emission_factor",
        "boundary": "generation",
        "categories": ["Electricity (direct CO2 only)", row["level"]],
        "gases": {"CO2 fossil": value},
        "co2e": {"AR6": value},
        "kinds": {"fossil": value},
        "notes": ["never in a product footprint"],
        "findings": [CO2_NOTICE],
    }


TABLES = {"NDRC_industry_guideline": "", "provincial_inventory_guide_2025_set": "provincial-2025:"}
TABLE_NAMES = {
    "NDRC_industry_guideline": ("行业核算指南缺省值", "NDRC guideline defaults"),
    "provincial_inventory_guide_2025_set": ("省级清单指南2025缺省值", "provincial inventory guide 2025 defaults"),
}


def fuel_documents(left_out: LeftOut) -> list[Document]:
    """Return combustion, one dataset per table and fuel: CO2 = NCV × carbon content × oxidation × 44/12."""
    documents: list[Document] = []
    for row in read_table("china_fuel_defaults.csv"):
        if row["table"] not in TABLES:
            key = f"{row['table']}:{row['fuel_en']}"
            left_out.append(("china_fuel_defaults.csv", key, f"low confidence: {row['confidence'][:80]}"))
            continue
        documents.append(_combustion(row))
    return documents


def _combustion(row: Row) -> Document:
    ncv, carbon, oxidation = (
        float(row[column]) for column in ("ncv_GJ_per_unit", "carbon_content_tC_per_TJ", "oxidation_rate")
    )
    gas = row["unit"] != "t"
    # GJ/t and GJ per 10^4 Nm3 to MJ per kg and per Nm3; tC/TJ is g C per MJ.
    heating = ncv / 10.0 if gas else ncv
    co2 = heating * carbon * oxidation * 44.0 / 12.0 / 1000.0
    identifier = f"CN-FUEL:{TABLES[row['table']]}{row['fuel_en']}"
    zh, en = TABLE_NAMES[row["table"]]
    unit = "m3|normal conditions" if gas else "kg"
    source = f"{en}: net calorific value {ncv} GJ/{row['unit']}"
    notes = [f"NCV {ncv} GJ/{row['unit']}, carbon {carbon} tC/TJ, oxidation {oxidation}", row["confidence"]]
    return {
        **_base(identifier, row, "CN", "2025" if "2025" in row["table"] else ""),
        "name": {"zh": f"{row['fuel_zh']}燃烧（{zh}）", "en": f"{row['fuel_en']} combustion (CO2, {en})"},
        "kind": "direct_emission_factor",
        "boundary": "combustion",
        "reference": {"unit": unit},
        "categories": ["Fuels combustion (direct)"],
        "tags": ["energy_fuels"],
        "gases": {"CO2 fossil": co2},
        "co2e": {"AR6": co2},
        "kinds": {"fossil": co2},
        "properties": {"LHV": {"value": f"{heating!r} MJ/{'Nm3' if gas else 'kg'}", "source": source}},
        "redistribution": "yes (facts)",
        "notes": notes,
        "findings": [CO2_NOTICE],
    }


PROCESSES = {
    "limestone_CaCO3_decomposition": ("Limestone decomposition", "CaCO3"),
    "dolomite_CaMgCO3_2": ("Dolomite decomposition", "CaMg(CO3)2"),
    "magnesite_MgCO3": ("Magnesite decomposition", "MgCO3"),
    "soda_ash_Na2CO3": ("Soda ash decomposition", "Na2CO3"),
    "clinker_CaO_calcination": ("Calcination CO2 per CaO in clinker", "CaO"),
    "clinker_MgO_calcination": ("Calcination CO2 per MgO in clinker", "MgO"),
}


def process_documents(left_out: LeftOut) -> list[Document]:
    """Return CO2 of carbonates by stoichiometry; the other rows are left out with the reason."""
    documents: list[Document] = []
    for row in read_table("china_other_process_defaults.csv"):
        item = row["item"]
        if item not in PROCESSES:
            reason = "not a dataset, or given by another table"
            if "do not embed" in row["confidence"]:
                reason = "low confidence: inconsistent with its own parameters"
            left_out.append(("china_other_process_defaults.csv", item, reason))
            continue
        value = float(row["value"])
        name, formula = PROCESSES[item]
        document = _base(f"CN-PROC:{item}", row, "GLO", "")
        documents.append(
            {
                **document,
                "name": {"zh": f"{row['item_zh']}过程排放（{formula}）", "en": f"{name} ({formula}, process CO2)"},
                "kind": "direct_emission_factor",
                "boundary": "process_emission",
                "reference": {"unit": "kg"},
                "categories": ["Process emissions (direct)"],
                "gases": {"CO2 fossil": value},
                "co2e": {"AR6": value},
                "kinds": {"fossil": value},
                "redistribution": "yes (facts)",
                "source": {"title": tidy(row["source"]).split(";")[0], "row": item},
                "notes": [tidy(row["confidence"])],
                "findings": [CO2_NOTICE],
            }
        )
    return documents
