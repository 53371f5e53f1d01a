"""The rows of ``starter_background_factors.csv`` as dataset documents."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from starter.figures import figures_of, quality_of, uncertainty_of
from starter.kinds_of_rows import kind_of
from starter.names import names_of
from starter.tables import Row, licence_of, read_table, tidy
from starter.units_of_rows import conversion

Document = dict[str, Any]
VERSION = "2026.1"

# Rebuilt from their own, more complete tables.
ELSEWHERE = {
    "MEE & NBS": "china_electricity_factors.csv",
    "MEE/NBS/NEA": "china_electricity_factors.csv",
    "NDRC": "china_fuel_defaults.csv",
}
INSTRUCTIONS = ("pair with", "quality flag in", "CO2 only", "GWP values", "copper=")
"""Notes of the kinds table that speak to the builder, not to a reader."""


@cache
def _geographies() -> dict[str, str]:
    return {row["source_text"]: row["geography"] for row in read_table("geographies.csv")}


def _geography(text: str) -> str:
    plain = tidy(text)
    return _geographies().get(plain, plain)


def starter_documents(left_out: list[tuple[str, str, str]]) -> list[Document]:
    """Return the documents of the starter table; what is left out is entered as (table, id, reason)."""
    documents: list[Document] = []
    for row in read_table("starter_background_factors.csv"):
        home = next((table for start, table in ELSEWHERE.items() if row["source"].startswith(start)), None)
        if home is not None:
            continue
        document = _document(row)
        if isinstance(document, str):
            left_out.append(("starter_background_factors.csv", row["id"], document))
        else:
            documents.append(document)
    return documents


def _document(row: Row) -> Document | str:
    decided = kind_of(row)
    if isinstance(decided, str):
        return decided
    if "do not embed" in row["notes"] or "LOW -" in row["notes"]:
        return f"low confidence in the source: {row['notes']}"
    unit = conversion(row)
    if isinstance(unit, str):
        return unit
    if not row["kgco2e_per_unit"]:
        return "no figure"
    kind, boundary, kind_note = decided
    figures = figures_of(row, unit.factor)
    if figures.total < 0 and kind != "credit":
        kind, boundary = "credit", "avoided_impacts"
    quality = quality_of(row)
    notes = [note for note in (unit.note, kind_note, *_source_notes(row)) if note and not note.startswith(INSTRUCTIONS)]
    document: Document = {
        "id": row["id"],
        "version": VERSION,
        **names_of(row),
        "kind": kind,
        "reference": {"unit": unit.unit},
        "boundary": boundary,
        "geography": _geography(row["geography"]),
        "time": _time(row["year"]),
        "categories": [tidy(part) for part in re.split(r" > | / ", row["category"])],
        "tags": [tag for tag in row["industry_tags"].split(";") if tag],
        "co2e": {figures.gwp_set: figures.total},
        "kinds": figures.kinds,
        "uncertainty": uncertainty_of(row, quality, unit.unit),
        "quality": quality,
        "source": _source(row),
        "licence": licence_of(row["licence"]),
        "redistribution": row["redistribution"],
        "notes": notes,
        "findings": figures.findings + _scope_findings(row, quality),
    }
    if figures.gases is not None:
        document["gases"] = figures.gases
    if figures.gas_co2e is not None:
        document["gas_co2e"] = figures.gas_co2e
    if figures.biogenic_outside is not None:
        document["biogenic_co2_outside"] = figures.biogenic_outside
    if unit.unit.endswith("|electricity") and not document["geography"].startswith("CN"):
        document["never_for"] = ["CN"]
    if "spend" in unit.unit:
        document["screening"] = True
    if _is_aircraft(row, kind):
        document["kinds"] = {**figures.kinds, "aircraft": figures.total}
    return document


def _is_aircraft(row: Row, kind: str) -> bool:
    text = row["name_en"].lower()
    return kind in ("direct_emission_factor", "footprint_factor") and (
        "freight flights" in text or "cargo aircraft" in text or "Aérien" in row["category"]
    )


def _time(text: str) -> Document:
    years = re.findall(r"\d{4}", text)
    return {"year": int(years[-1]), "text": text} if years else {"text": text}


def _source(row: Row) -> Document:
    source = {"title": tidy(row["source"]).rstrip(": "), "version": row["source_version"], "row": row["id"]}
    if row["source_url"]:
        source["url"] = row["source_url"]
    return source


def _source_notes(row: Row) -> list[str]:
    return [tidy(part) for part in row["notes"].split("|") if tidy(part)]


def _scope_findings(row: Row, quality: Document) -> list[Document]:
    found: list[Document] = []
    if "quality_flag=B" in row["notes"]:
        found.append(_partial("up to 25 % of first-tier inputs cut off or allocated (US LCI flag B)"))
    if row["source"].startswith("NREL PV_ICE"):
        found.append(_partial("manufacturing of the material only; may leave electricity out (PV_ICE)"))
    if "Radiative" in row["name_en"] or "With RF" in row["name_en"]:
        found.append(_partial("includes radiative forcing of aviation beyond CO2e of the gases"))
    if "note" in quality and any(name in quality for name in ("ter", "ger", "tir", "c", "p")):
        found.append({"code": "scores_reversed", "severity": "info", "params": {}})
    return found


def _partial(what: str) -> Document:
    return {"code": "partial_scope", "severity": "info", "params": {"what": what}}
