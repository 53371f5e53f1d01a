"""A hand-made Result document and study for the documents' tests.

The figures are invented round numbers that add up by hand (they are no factors and no footprint of anything):
materials 50 (20 + 18 + 12), making 21 (15 + 6), moving 1.5, total 72.5; uptake −2 within the materials' 20.
"""

from __future__ import annotations

import copy
from typing import Any

UNIT = "kg CO2e/kWh"


def _row(row: str, zh: str, en: str, stage: str, kind: str, value: float, **more: Any) -> dict[str, Any]:
    base = {
        "row": row,
        "name": {"zh": zh, "en": en},
        "stage": stage,
        "kind": kind,
        "value": value,
        "share": value / 72.5,
        "dataset": f"sample/{row}",
        "version": "2026.1",
        "path": ["cell-assembly"],
        "stand_in": False,
        "source": "Sample table 1 (invented for tests)",
        "amount": 2.0,
        "unit": "kg",
        "factor": value / 2.0,
        "factor_unit": "kg CO2e/kg",
        "geography": "CN",
        "licence": "CC0-1.0",
    }
    return base | more


def partial() -> dict[str, Any]:
    """Return a complete cradle-to-gate result: use and end of life are not declared."""
    rows = [
        _row("r1", "正极材料", "Cathode material", "raw_materials", "fossil", 22.0),
        _row("r1", "正极材料", "Cathode material", "raw_materials", "biogenic_uptake", -2.0),
        _row("r2", "负极材料（人造石墨）", "Anode material (synthetic graphite)", "raw_materials", "fossil", 18.0),
        _row("r3", "铜箔", "Copper foil", "raw_materials", "undivided", 12.0, stand_in=True),
        _row(
            "m1",
            "电芯制造用电",
            "Electricity for cell making",
            "manufacturing",
            "fossil",
            15.0,
            unit="kWh",
            amount=25.0,
            factor=0.6,
            factor_unit="kg CO2e/kWh",
        ),
        _row("m2", "天然气", "Natural gas", "manufacturing", "fossil", 6.0),
        _row("d1", "卡车运输 500 km", "Truck transport, 500 km", "distribution", "fossil", 1.5, unit="t*km"),
    ]
    nodes = [
        {"id": "r1", "label": {"zh": "正极材料", "en": "Cathode material"}, "value": 20.0, "stage": "raw_materials"},
        {
            "id": "r2",
            "label": {"zh": "负极材料（人造石墨）", "en": "Anode material"},
            "value": 18.0,
            "stage": "raw_materials",
        },
        {"id": "r3", "label": {"zh": "铜箔", "en": "Copper foil"}, "value": 12.0, "stage": "raw_materials"},
        {
            "id": "m1",
            "label": {"zh": "电芯制造用电", "en": "Electricity for cell making"},
            "value": 15.0,
            "stage": "manufacturing",
        },
        {"id": "m2", "label": {"zh": "天然气", "en": "Natural gas"}, "value": 6.0, "stage": "manufacturing"},
        {"id": "d1", "label": {"zh": "卡车运输", "en": "Truck transport"}, "value": 1.5, "stage": "distribution"},
        {
            "id": "S:raw_materials",
            "label": {"zh": "原材料获取", "en": "Raw materials"},
            "value": 50.0,
            "stage": "raw_materials",
        },
        {
            "id": "S:manufacturing",
            "label": {"zh": "制造", "en": "Manufacturing"},
            "value": 21.0,
            "stage": "manufacturing",
        },
        {
            "id": "S:distribution",
            "label": {"zh": "分销", "en": "Distribution"},
            "value": 1.5,
            "stage": "distribution",
        },
        {
            "id": "product",
            "label": {"zh": "磷酸铁锂电池系统", "en": "LFP battery system"},
            "value": 72.5,
            "stage": None,
        },
    ]
    links = [
        {"from": "r1", "to": "S:raw_materials", "value": 20.0},
        {"from": "r2", "to": "S:raw_materials", "value": 18.0},
        {"from": "r3", "to": "S:raw_materials", "value": 12.0},
        {"from": "m1", "to": "S:manufacturing", "value": 15.0},
        {"from": "m2", "to": "S:manufacturing", "value": 6.0},
        {"from": "d1", "to": "S:distribution", "value": 1.5},
        {"from": "S:raw_materials", "to": "product", "value": 50.0},
        {"from": "S:manufacturing", "to": "product", "value": 21.0},
        {"from": "S:distribution", "to": "product", "value": 1.5},
    ]
    gate = {"absent": "not_declared", "reason": "cradle to gate", "bound": None}
    return {
        "tanbiao": "result/1",
        "study": {
            "hash": "sha256:" + "ab" * 32,
            "name": {"zh": "磷酸铁锂动力电池系统（演示）", "en": "LFP traction battery system (demo)"},
            "declared_unit": "1 kWh",
            "declared_of": {"zh": "额定容量", "en": "rated capacity"},
            "boundary": "cradle_to_gate",
            "period": {"from": "2023-01-01", "to": "2023-12-31"},
            "model": "LFP-280-DEMO",
            "category": "traction-battery",
        },
        "total": {
            "value": 72.5,
            "unit": UNIT,
            "completeness": "partial",
            "absences": [{**gate, "where": "stages.use"}, {**gate, "where": "stages.end_of_life"}],
            "excluding_uptake": 74.5,
            "lower_bound": False,
            "bound": 72.6,
            "p2_5": 61.2,
            "p50": 73.1,
            "p97_5": 91.8,
            "interval_basis": {"stated": 0.31, "scored": 0.52, "assumed": 0.17},
            "quantile_errors": {
                "confidence": 0.95,
                "p2_5": {"low": 60.4, "high": 61.9, "standard_error": 0.38},
                "p50": {"low": 72.6, "high": 73.7, "standard_error": 0.28},
                "p97_5": {"low": 90.2, "high": None, "standard_error": None},
            },
        },
        "stages": {
            "raw_materials": 50.0,
            "manufacturing": 21.0,
            "distribution": 1.5,
            "use": dict(gate),
            "end_of_life": dict(gate),
        },
        "kinds": {
            "fossil": 62.5,
            "biogenic_emission": 0.0,
            "biogenic_uptake": -2.0,
            "land_use_change": 0.0,
            "undivided": 12.0,
        },
        "of_which": {"aircraft": 0.0},
        "gases": {"CO2 fossil": 58.0, "CH4 fossil": 4.5, "CO2 uptake": -2.0, "undivided": 12.0},
        "credits": {
            "value": -3.1,
            "rows": [{"row": "e1", "name": {"zh": "回收铝抵扣", "en": "Recycled aluminium credit"}, "value": -3.1}],
        },
        "contributions": rows,
        "sankey": {"nodes": nodes, "links": links},
        "data_quality": {"score": 2.4, "by": {"ter": 2.1, "ger": 2.6, "tir": 2.9, "p": 1.8}, "assessed_share": 0.83},
        "primary_data_share": 0.29,
        "cut_off": [
            {
                "id": "x1",
                "what": {"zh": "标签与胶带", "en": "Labels and tape"},
                "bound": 0.1,
                "unit": UNIT,
                "reason": "below 1 % of mass",
            }
        ],
        "stand_ins": [
            {
                "row": "r3",
                "for": "electrolytic copper foil",
                "dataset": "sample/r3",
                "share": 0.1655,
                "reason": "no factor for foil",
            }
        ],
        "unknown": [],
        "foreign_share": 0.12,
        "versions": {
            "engine": "tanbiao 0.1.0",
            "method": "tanbiao-method-1",
            "release": "starter-2026.1",
            "release_hash": "sha256:" + "cd" * 32,
            "rule": "traction-battery@1.0.0",
            "rule_hash": "sha256:" + "ef" * 32,
            "gwp": {"set": "AR6", "share_same": 0.71, "share_other": 0.12, "share_unknown": 0.17},
            "seed": 1,
            "samples": 1000,
        },
        "findings": [
            {
                "code": "factor_year_differs",
                "severity": "warning",
                "where": "stages.manufacturing.m1",
                "message": "The grid factor is of 2022, the data of 2023",
                "remedy": "Use the factor of 2023 when it is published.",
            }
        ],
    }


def complete() -> dict[str, Any]:
    """Return the same with all five stages declared: use 30, end of life −4.5 (a credit); total 98."""
    result = copy.deepcopy(partial())
    result["stages"] |= {"use": 30.0, "end_of_life": -4.5}
    result["kinds"]["fossil"] = 88.0
    result["contributions"] += [
        _row("u1", "使用阶段损耗", "Losses in use", "use", "fossil", 30.0),
        _row("e1", "回收", "Recycling", "end_of_life", "fossil", -4.5),
    ]
    result["study"]["boundary"] = "cradle_to_grave"
    result["total"] |= {
        "value": 98.0,
        "completeness": "complete",
        "absences": [],
        "excluding_uptake": 100.0,
        "p2_5": 83.0,
        "p50": 99.0,
        "p97_5": 121.0,
    }
    result["sankey"]["nodes"] += [
        {"id": "u1", "label": {"zh": "使用阶段损耗", "en": "Losses in use"}, "value": 30.0, "stage": "use"},
        {"id": "e1", "label": {"zh": "回收", "en": "Recycling"}, "value": -4.5, "stage": "end_of_life"},
    ]
    result["sankey"]["links"] += [
        {"from": "u1", "to": "product", "value": 30.0},
        {"from": "e1", "to": "product", "value": -4.5},
    ]
    return result


def incomplete() -> dict[str, Any]:
    """Return the partial result with one unknown amount among the raw materials: "≥ 72.5"."""
    result = copy.deepcopy(partial())
    result["total"] |= {"completeness": "incomplete", "lower_bound": True, "bound": None}
    result["total"]["absences"] = [
        {"absent": "unknown", "reason": "not in the source", "bound": None, "where": "stages.raw_materials.r4.amount"},
        *result["total"]["absences"],
    ]
    result["unknown"] = [
        {"row": "r4", "name": {"zh": "六氟磷酸锂", "en": "Lithium hexafluorophosphate"}, "reason": "not in the source"}
    ]
    return result


def large(rows: int) -> dict[str, Any]:
    """Return a result of ``rows`` contributions of 1/64 each (exact in binary), all in manufacturing."""
    result = copy.deepcopy(partial())
    each = 1 / 64
    result["contributions"] = [
        _row(
            f"m{index}", f"零部件 {index} 冷轧钢板", f"Part {index}, cold-rolled sheet", "manufacturing", "fossil", each
        )
        for index in range(rows)
    ]
    whole = rows * each
    gate = result["stages"]["use"]
    empty = {"raw_materials": 0.0, "distribution": 0.0, "use": gate, "end_of_life": gate}
    result["stages"] = {"manufacturing": whole} | empty
    result["kinds"] = dict.fromkeys(result["kinds"], 0.0) | {"fossil": whole}
    result["total"] |= {"value": whole, "p2_5": None, "p50": None, "p97_5": None}
    result["sankey"] = {"nodes": [], "links": []}
    return result


def study() -> dict[str, Any]:
    """Return the study document that belongs to the result (keys of study/1)."""
    return {
        "tanbiao": "study/1",
        "goal": {
            "application": "label",
            "audience": ["purchasers", "consumers"],
            "public_comparison": "no",
            "reason": "演示",
        },
        "product": {
            "name": {"zh": "磷酸铁锂动力电池系统（演示）", "en": "LFP traction battery system (demo)"},
            "function": {"zh": "为电动车储存并释放电能", "en": "stores and delivers energy for a vehicle"},
            "model": "LFP-280-DEMO",
            "category": "traction-battery",
            "sites": ["CN-GD-demo-1"],
        },
        "rule": "traction-battery@1.0.0",
        "release": "starter-2026.1",
        "gwp": "AR6",
        "unit": {
            "declared": "1 kWh",
            "of": {"zh": "额定容量", "en": "rated capacity"},
            "reference_flow": {"amount": "8.2 kg", "basis": "pack mass", "evidence": "datasheet"},
        },
        "period": {"from": "2023-01-01", "to": "2023-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "below the rule's limit"},
        "stages": {
            "raw_materials": [
                {"id": "r1", "name": {"zh": "正极材料"}, "amount": "2.41 kg", "from": "process/cathode-material"},
                {"id": "r4", "name": {"zh": "六氟磷酸锂"}, "amount": "unknown", "reason": "not in the source"},
            ],
            "manufacturing": [
                {
                    "id": "m1",
                    "name": {"zh": "电芯制造用电"},
                    "amount": "3.76 kWh",
                    "electricity": {"supply": "grid", "region": "CN", "year": "2023"},
                    "data": {"kind": "site_specific", "measured_by": "meter/E-07", "uncertainty": "1 %"},
                    "evidence": ["sha256:" + "12" * 32],
                }
            ],
            "use": {"not_declared": "cradle-to-gate"},
            "end_of_life": {"not_declared": "cradle-to-gate"},
        },
        "processes": {
            "cathode-material": {
                "gives": "2.41 kg",
                "takes": [{"id": "c3", "amount": "0.241 kg", "from": "dataset/glucose"}],
                "emits": [
                    {
                        "id": "c5",
                        "gas": "CO2 fossil",
                        "amount": "0.359 kg",
                        "derivation": "0.602 kg Li2CO3 × 44.01/73.89",
                        "note": "the source gives 4.12 g",
                    }
                ],
            }
        },
        "cut_off": [
            {"id": "x1", "what": {"zh": "标签与胶带"}, "bound": "0.02 kg", "reason": "below 1 % of mass"},
        ],
    }
