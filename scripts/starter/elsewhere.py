"""Country electricity (stand-ins) and spend-based factors (screening only) as dataset documents."""

from __future__ import annotations

from typing import Any

from starter.china import LeftOut
from starter.rows import VERSION
from starter.tables import Row, licence_of, read_table, tidy

Document = dict[str, Any]
ENGLISH = {"HKG": "Hong Kong, China", "MAC": "Macao, China", "TWN": "Taiwan, China"}
UNSTATED = {"code": "gwp_set_unstated", "severity": "info", "params": {}}


def country_codes() -> dict[str, Row]:
    """Return ISO 3166 alpha-3 → row with alpha-2 and the Chinese name where we have one."""
    return {row["iso3"]: row for row in read_table("country_codes.csv")}


def country_electricity(left_out: LeftOut) -> list[Document]:
    """Return life-cycle intensity of generation by country; never for China."""
    codes = country_codes()
    documents: list[Document] = []
    for row in read_table("factors_country_electricity_owid.csv"):
        if row["iso3"] == "CHN":
            left_out.append(
                ("factors_country_electricity_owid.csv", "CHN", "never for China: the announced factors stand")
            )
            continue
        value = float(row["kgco2e_per_kwh"])
        if value <= 0:
            left_out.append(("factors_country_electricity_owid.csv", row["iso3"], "no positive intensity"))
            continue
        zh = codes[row["iso3"]]["name_zh"]
        en = ENGLISH.get(row["iso3"], row["country"])
        partial = {"what": "generation only, without grid losses"}
        documents.append(
            {
                "id": f"OWID-ELEC:{row['year']}:{row['iso3']}",
                "version": VERSION,
                "name": {
                    "zh": f"{zh}电力生命周期强度（{row['year']}年，不含线损）" if zh else "",
                    "en": f"Electricity, {en}, life-cycle intensity of generation {row['year']}",
                },
                "name_machine_made": {},
                "name_original": "",
                "kind": "footprint_factor",
                "reference": {"unit": "kWh|electricity"},
                "boundary": "cradle_to_busbar",
                "geography": codes[row["iso3"]]["iso2"] or row["iso3"],
                "time": {"year": int(row["year"]), "text": row["year"]},
                "categories": ["Electricity", "country (stand-in)"],
                "tags": ["energy_fuels"],
                "co2e": {"unknown": value},
                "kinds": {"undivided": value},
                "uncertainty": {"type": "unknown", "profile": "electricity"},
                "quality": {},
                "source": {"title": tidy(row["source"]), "url": row["source_url"], "row": row["iso3"]},
                "licence": licence_of(row["licence"]),
                "redistribution": "yes (attribution)",
                "stand_in_only": True,
                "never_for": ["CN"],
                "notes": [tidy(row["scope"])],
                "findings": [UNSTATED, {"code": "partial_scope", "severity": "info", "params": partial}],
            }
        )
    return documents


def spend_based(left_out: LeftOut) -> list[Document]:
    """Return the EPA's factors per USD 2022 with margins: for screening only, and every result says so."""
    documents: list[Document] = []
    skipped = 0
    for row in read_table("factors_epa_supply_chain_v13.csv"):
        if not row["id"].endswith(":SEFM"):
            skipped += 1
            continue
        value = float(row["kgco2e_per_unit"])
        documents.append(
            {
                "id": row["id"],
                "version": VERSION,
                "name": {"zh": "", "en": f"{row['name_en']} (spend-based, USD 2022)"},
                "name_machine_made": {},
                "name_original": "",
                "kind": "footprint_factor",
                "reference": {"unit": "USD|2022 purchaser price"},
                "boundary": "cradle_to_shelf",
                "geography": "US",
                "time": {"year": 2022, "text": row["year"]},
                "categories": ["Spend-based screening", row["category"]],
                "co2e": {"unknown": value},
                "kinds": {"undivided": value},
                "uncertainty": {"type": "unknown", "profile": "default"},
                "quality": {},
                "source": {"title": row["source"], "version": row["source_version"], "url": row["source_url"]},
                "licence": licence_of(row["licence"]),
                "redistribution": "yes (attribution)",
                "screening": True,
                "notes": [tidy(row["notes"])],
                "findings": [UNSTATED],
            }
        )
    if skipped:
        reason = f"{skipped} rows without margins: the row with margins of each industry is kept"
        left_out.append(("factors_epa_supply_chain_v13.csv", "*:SEF", reason))
    return documents
