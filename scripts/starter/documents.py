"""The JSON sections beside the datasets: fuels as pairs, and which dataset serves which grid."""

from __future__ import annotations

from typing import Any

from starter.china import TABLES
from starter.elsewhere import country_codes
from starter.tables import read_table
from tanbiao.core import units

Document = dict[str, Any]

_TABLE = {"": "NDRC guideline", "provincial-2025:": "provincial inventory guide 2025"}
_SUFFIX = {"": "", "provincial-2025:": "@provincial-2025"}


def fuels(documents: dict[str, Document]) -> Document:
    """Return fuel id → its combustion dataset per table and its upstream stand-in; bridges of the twin are added.

    The default table is the NDRC guideline's; another table's fuel is ``id@table``: one table per rule, never mixed.
    """
    uk = {
        item["name_original"].removeprefix("WTT- fuels | "): item
        for item in documents.values()
        if item["source"]["title"].startswith("UK DESNZ") and item["categories"][0] == "WTT- fuels"
    }
    table: Document = {}
    for row in read_table("fuels.csv"):
        upstream = uk.get(row["upstream_path"]) if row["upstream_path"] else None
        if row["upstream_path"] and upstream is None:
            raise ValueError(f"no UK row for {row['upstream_path']}")
        for prefix in TABLES.values():
            combustion = documents.get(f"CN-FUEL:{prefix}{row['table_name']}")
            if combustion is None:
                continue
            if upstream is not None:
                combustion["properties"] |= _bridges(combustion, upstream)
            entry = {
                "name": {"zh": row["name_zh"], "en": row["name_en"]},
                "combustion": combustion["id"],
                "upstream": upstream["id"] if upstream else None,
                "why": row["why"],
                "table": _TABLE[prefix],
                "table_chosen": "named",
            }
            table[row["id"] + _SUFFIX[prefix]] = entry
            # A fuel that only another table knows is found by its plain name too, and says so.
            table.setdefault(row["id"], {**entry, "table_chosen": "only"})
    return table


def _bridges(combustion: Document, upstream: Document) -> Document:
    """Return heating values per kg and per litre that the Chinese table lacks, by ratio of the twin's figures."""
    own = units.parse_unit(combustion["reference"]["unit"])
    per_energy = next(iter(upstream["co2e"].values()))  # kg CO2e per kWh|LHV
    bridges: Document = {}
    for other in upstream.get("also", []):
        unit = units.parse_unit(other["unit"])
        if other["unit"] not in ("kg", "L") or units.compatible(unit, own):
            continue
        # kWh|LHV in one kg = (kg CO2e per kg) / (kg CO2e per kWh|LHV)
        heating = units.convert(other["co2e"] / per_energy, units.parse_unit("kWh|LHV"), units.parse_unit("MJ|LHV"))
        bridges[f"LHV per {other['unit']}"] = {
            "value": f"{float(f'{heating:.4g}')!r} MJ|LHV/{other['unit']}",
            "source": f"ratio of UK 2025 figures per {other['unit']} and per kWh (net CV): {upstream['name']['en']}",
        }
    return bridges


def electricity(documents: dict[str, Document]) -> Document:
    """Return ``names`` (as people write a region → its key) and ``grids`` (key → year → dataset id)."""
    names: dict[str, str] = {key: "CN" for key in ("CN", "CHN", "China", "CHINA", "中国", "全国", "中华人民共和国")}
    grids: dict[str, dict[str, str]] = {"CN": {}}
    for row in read_table("china_electricity_factors.csv"):
        if row["level"] == "province":
            short = row["name_zh"]
            for name in (row["iso_code"], short, f"{short}省", f"{short}市", row["name_en"], row["name_en"].upper()):
                names[name] = row["iso_code"]
    for full, code in _AUTONOMOUS.items():
        names[full] = code
    codes = country_codes()
    for identifier, item in documents.items():
        if identifier.startswith("CN-ELEC-CF:") and identifier.endswith(":China average"):
            grids["CN"][str(item["time"]["year"])] = identifier
        if identifier.startswith("OWID-ELEC:"):
            iso3 = item["source"]["row"]
            grids.setdefault(iso3, {})[str(item["time"]["year"])] = identifier
            for name in (iso3, codes[iso3]["iso2"], codes[iso3]["name_zh"]):
                if name:
                    names.setdefault(name, iso3)
    return {"names": names, "grids": grids}


# Tibet has no factor of its own in the announcements; as a region it is served by the national average like the others.
_AUTONOMOUS = {
    "内蒙古自治区": "CN-NM",
    "广西壮族自治区": "CN-GX",
    "宁夏回族自治区": "CN-NX",
    "新疆维吾尔自治区": "CN-XJ",
    "西藏": "CN-XZ",
    "西藏自治区": "CN-XZ",
    "CN-XZ": "CN-XZ",
}
