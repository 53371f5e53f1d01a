"""The report tells how a process shares its burden, in both languages, from a calculated result."""

from __future__ import annotations

from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.findings import Lang
from tanbiao.core.study import Study, calculate
from tanbiao.documents.report import build, materials, sharing
from tanbiao.documents.report.content import Figure, Table

PLANT = {
    "name": {"zh": "示例工厂", "en": "example plant"},
    "gives": [
        {"product": "a", "amount": "30 kg"},
        {"product": "b", "amount": "10 kg", "name": {"zh": "乙", "en": "bee"}},
    ],
    "allocation": {
        "by": "economic",
        "reason": "both are sold",
        "prices": [{"year": 2023, "of": {"a": "1 CNY/kg", "b": "9 CNY/kg"}, "source": "sales ledger"}],
    },
    "takes": [{"id": "s", "amount": "40 kg", "from": "dataset/steel"}],
}


def results(process: dict[str, Any]) -> dict[str, Any]:
    """Return the result of 1 kg of the first product."""
    row = {"id": "r", "amount": "1 kg", "from": "process/plant/a"}
    study, found = Study.parse(document(stages=stages(manufacturing=[row]), processes={"plant": process}))
    assert study is not None, found
    return {"study": study.canonical(), "result": calculate(study, background(), samples=0).as_json("en")}


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("按经济价值", "按质量", "乙")), ("en", ("by economic value", "by mass", "bee"))]
)
def test_shares_and_other_methods_are_told(lang: Lang, words: tuple[str, ...]) -> None:
    """By value 30 : 90, so 80 kg CO2e × 0.25 / 30 kg = 0.6667 per kg; by mass 2 per kg."""
    made = results(PLANT)
    section = sharing.allocation(made["result"], lang)
    assert section is not None
    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert [table.key for table in tables] == ["allocation", "allocation-others"]
    shown = [cell.shown if isinstance(cell, Figure) else cell for table in tables for row in table.rows for cell in row]
    assert "25.0 %" in shown
    assert "0.6667" not in shown
    assert "2" in {text.rstrip("0").rstrip(".") for text in shown}
    assert all(any(word in text for text in shown) for word in words)
    assert "allocation" in {item.key for item in build.build(made["result"], made["study"], lang).sections}


def test_a_row_that_is_one_products_alone_is_listed() -> None:
    rows = [*PLANT["takes"], {"id": "own", "amount": "1 kg", "from": "dataset/steel", "product": "a"}]  # type: ignore[misc]
    section = sharing.allocation(results({**PLANT, "takes": rows})["result"], "en")
    assert section is not None
    listed = next(block for block in section.blocks if isinstance(block, Table) and block.key == "allocation-rows")
    assert listed.rows[1][:2] == ("own", "subdivision")


def test_nothing_shared_nothing_said() -> None:
    assert sharing.allocation({"allocations": []}, "zh") is None
    assert sharing.allocation({}, "zh") is None


def test_captured_co2_and_what_is_used_up_are_told() -> None:
    told = {
        "credits": {"value": 0.0, "rows": []},
        "captured": [
            {"row": "k", "gas": "CO2 fossil", "fate": "stored", "kilograms": 705.6, "counted": True, "site": "aquifer",
             "years": 1000.0, "proof": "report 3", "certificate": "CCS-1"},
        ],
        "instruments": [
            {"kind": "co2_storage", "code": "CCS-1", "amount": 700000.0, "whole": None, "unit": "kg", "row": "k"},
        ],
    }  # fmt: skip
    for lang, words in (("zh", ("封存", "CO₂ 封存")), ("en", ("stored", "CO₂ storage"))):
        section = materials.section(told, lang)  # type: ignore[arg-type]
        assert section is not None
        cells = [cell for block in section.blocks if isinstance(block, Table) for row in block.rows for cell in row]
        shown = {cell.shown if isinstance(cell, Figure) else cell for cell in cells}
        assert {*words, "705.6", "CCS-1"} <= shown
    assert materials.section({}, "zh") is None
