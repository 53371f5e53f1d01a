"""``data/sources.json``: every source with its licence and what must be said when its data are passed on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from starter.tables import DATA, write_json
from tanbiao.core.dataset import Dataset

Document = dict[str, Any]

# (start of the source's title, id, name, publisher and year, licence name, URL of the licence or source, attribution)
KNOWN: list[tuple[str, str, str, str, str]] = [
    (
        "UK DESNZ",
        "uk-conversion-factors-2025",
        "UK Government GHG Conversion Factors for Company Reporting 2025 (DESNZ, DEFRA)",
        "Open Government Licence v3.0",
        "Contains public sector information licensed under the Open Government Licence v3.0.",
    ),
    (
        "ADEME",
        "base-carbone-23.6",
        "Base Carbone / Base Empreinte 23.6 (ADEME)",
        "Licence Ouverte / Open Licence 2.0 (Etalab)",
        "Source: ADEME, Base Carbone V23.6, Licence Ouverte 2.0; converted to other units and arranged anew.",
    ),
    (
        "US LCI",
        "us-lci-2017",
        "U.S. Life Cycle Inventory Database (NREL), openLCA package 1.5.0 of 2017",
        "US public domain; NREL data disclaimer; transcription MIT",
        "Source: U.S. Life Cycle Inventory Database, National Renewable Energy Laboratory.",
    ),
    (
        "Clark",
        "clark-2022",
        "Clark et al. 2022, Estimating the environmental impacts of 57,000 food products, PNAS, via Our World in Data",
        "CC BY 4.0",
        "Clark et al. (2022), PNAS 119; data via Our World in Data, CC BY 4.0.",
    ),
    (
        "Poore",
        "poore-2018",
        "Poore and Nemecek 2018, Science 360:987, via Our World in Data",
        "CC BY 4.0",
        "Poore and Nemecek (2018), Science 360; data via Our World in Data, CC BY 4.0.",
    ),
    (
        "MEE/NBS/NEA",
        "cn-electricity-footprint",
        "生态环境部、国家统计局、国家能源局：2023年、2024年电力碳足迹因子公告",
        "Official announcement of the PRC (facts); transcription MIT",
        "数据来源：生态环境部、国家统计局、国家能源局公告。",
    ),
    (
        "MEE & NBS",
        "cn-electricity-co2",
        "生态环境部、国家统计局：2021–2023年电力二氧化碳排放因子公告",
        "Official announcement of the PRC (facts); transcription MIT",
        "数据来源：生态环境部、国家统计局公告。",
    ),
    (
        "NDRC",
        "ndrc-fuel-defaults",
        "国家发展改革委：企业温室气体排放核算方法与报告指南（试行）常用化石燃料参数缺省值",
        "Facts of a government guideline",
        "数据来源：国家发展改革委企业温室气体排放核算方法与报告指南（试行）。",
    ),
    (
        "province",
        "provincial-inventory-2025",
        "省级温室气体清单编制指南（2025）所列燃料参数",
        "Facts of a government guideline",
        "数据来源：省级温室气体清单编制指南。",
    ),
    ("GB/T 32150", "gbt-32150", "GB/T 32150-2025 缺省值", "Fact of a national standard", "数据来源：GB/T 32150-2025。"),
    (
        "stoichiometry",
        "stoichiometry",
        "Molar masses (stoichiometry)",
        "Facts",
        "Calculated from molar masses.",
    ),
    (
        "NREL PV_ICE",
        "nrel-pv-ice",
        "PV in Circular Economy tool (NREL), baseline_materials_processCO2",
        "BSD-3-Clause",
        "Copyright (c) Alliance for Sustainable Energy, LLC; PV_ICE, BSD-3-Clause.",
    ),
    (
        "codecarbon",
        "owid-electricity",
        "Our World in Data / Ember electricity intensity, as packaged by codecarbon 3.3.2",
        "CC BY 4.0 (Our World in Data); MIT (codecarbon)",
        "Our World in Data, based on Ember; CC BY 4.0; compiled in codecarbon, MIT.",
    ),
    (
        "US EPA",
        "epa-supply-chain-1.3",
        "US EPA Supply Chain GHG Emission Factors v1.3 by NAICS-6",
        "US public domain",
        "Source: U.S. Environmental Protection Agency, Supply Chain Greenhouse Gas Emission Factors v1.3.",
    ),
]
BESIDE: list[Document] = [
    {
        "id": "gwp-sets",
        "name": "IPCC AR4, AR5, AR6 GWP100, compiled from LCIAformatter (US EPA), globalwarmingpotentials (Open "
        "Climate Data) and premise_gwp",
        "licence": "Values: facts (IPCC); compilations MIT, CC0-1.0, BSD-3-Clause",
        "attribution": "IPCC AR4 WG1 table 2.14, AR5 WG1 table 8.A.1, AR6 WG1 table 7.SM.7; LCIAformatter, MIT; "
        "premise_gwp, BSD-3-Clause, Copyright (c) Romain Sacchi.",
        "file": "gases/gwp.json",
    },
    {
        "id": "cbam-aluminium",
        "name": "Commission Implementing Regulation (EU) 2025/2547, annex II B.7, tables 2 and 3",
        "licence": "EU legislation (reuse permitted, Decision 2011/833/EU)",
        "attribution": "© European Union, eur-lex.europa.eu.",
        "file": "gases/aluminium_pfc.json",
    },
    {
        "id": "pedigree",
        "name": "ecoinvent data quality guideline 2013, table 10.5 (numbers); openLCA/US LCI data quality system; "
        "basic uncertainties after Frischknecht et al. 2007",
        "licence": "Facts; US public domain; BSD-3-Clause (pedigree_matrix, Copyright (c) Chris Mutel)",
        "attribution": "Pedigree matrix after Weidema; numbers of the ecoinvent guidelines v2 and v3.",
        "file": "methods/pedigree.json",
    },
    {
        "id": "emission-methods",
        "name": "2006 IPCC Guidelines for National Greenhouse Gas Inventories (formulas, default factors, blends); "
        "企业温室气体排放核算方法与报告指南（试行）、省级温室气体清单编制指南 fuel defaults; stoichiometry",
        "licence": "Facts",
        "attribution": "Formulas and default values after the 2006 IPCC Guidelines, volumes 2 to 4.",
        "file": "methods/emission_methods.json",
    },
]


def _of(title: str) -> tuple[str, str, str, str, str]:
    for entry in KNOWN:
        if title.startswith(entry[0]):
            return entry
    for entry in KNOWN:
        if entry[0] == "province" and ("省级" in title or "rovincial" in title):
            return entry
    raise ValueError(f"no entry in KNOWN for the source {title!r}")


def enter_keys(documents: Iterable[Document]) -> None:
    """Enter into every document's source the key of its entry here; an unlisted source stops the build."""
    for item in documents:
        item["source"]["key"] = _of(item["source"]["title"])[1]


def with_key(item: Dataset) -> Dataset:
    """Return a dataset whose source names its entry here; an unlisted source stops the build."""
    key = _of(item.source.title)[1]
    return item.model_copy(update={"source": item.source.model_copy(update={"key": key})})


def write_sources(documents: Iterable[Document], release: str) -> None:
    """Write ``sources.json``; a row whose source is not listed stops the build."""
    rows: dict[str, int] = defaultdict(int)
    licences: dict[str, set[str]] = defaultdict(set)
    urls: dict[str, set[str]] = defaultdict(set)
    for item in documents:
        entry = _of(item["source"]["title"])
        rows[entry[1]] += 1
        licences[entry[1]].add(item["licence"])
        if item["source"].get("url"):
            urls[entry[1]].add(item["source"]["url"])
    sources = [
        {
            "id": identifier,
            "title_starts_with": start,
            "name": name,
            "licence": licence,
            "licences_of_rows": sorted(licences[identifier]),
            "attribution": attribution,
            "urls": sorted(urls[identifier]),
            "datasets": rows[identifier],
            "file": f"releases/{release}.tbr",
        }
        for start, identifier, name, licence, attribution in KNOWN
        if rows[identifier]
    ]
    beside = [{**entry, "licences_of_rows": _licences_in(entry["file"]), "datasets": 0, "urls": []} for entry in BESIDE]
    write_json(DATA / "sources.json", {"sources": sources + beside})


def _licences_in(file: str) -> list[str]:
    """Return every licence text that a data file gives for its rows."""
    table = json.loads((DATA / file).read_text(encoding="utf-8"))
    if "licences" in table:
        return sorted(table["licences"])
    if "rows" in table:
        return sorted({row["licence"] for row in table["rows"]})
    return sorted({part["licence"] for part in table.values() if isinstance(part, dict) and "licence" in part})
