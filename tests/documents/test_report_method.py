"""What the method asks for beside the figure stands in the report: carbon, memo items, scenarios, functional unit."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from documents import sample
from tanbiao.documents import report
from tanbiao.documents.report import method_tables
from tanbiao.documents.report.content import Facts, Table, Words
from tanbiao.documents.words import all_keys, term

CARBON = {
    "uptake": 1.833,
    "released_co2": 0.9167,
    "released_ch4": 0.0,
    "unsplit": 0.0,
    "content": {"biogenic": 0.25, "fossil": 0.0, "packaging": 0.0, "co2": 0.9167, "source": "wood certificate 7"},
    "balance": {
        "uptake": 0.5,
        "released": 0.25,
        "content": 0.25,
        "difference": 0.0,
        "tolerance": 0.025,
        "state": "balanced",
        "released_after": 0.1,
        "stored": 0.15,
        "state_after": "balanced",
    },
    "memo": [
        {
            "id": "s1",
            "kind": "soil_carbon",
            "what": {"zh": "土壤碳", "en": "soil under the crop"},
            "value": -0.2,
            "source": "soil survey",
        }
    ],
    "delayed": [{"row": "e1", "years": 30.0, "value": 0.9}],
}
SCENARIO = {
    "stage": "use",
    "scenario": "demo-appliance@1.0.0",
    "standing": "demonstration",
    "source": "warranty card",
    "name": "use_years",
    "what": {"zh": "使用年限", "en": "years of use"},
    "published": "10",
    "used": "8",
    "reason": "warranty term",
}
FATE = {
    "row": "e1",
    "material": "plastic",
    "region": "CN",
    "table": "demo@1.0.0",
    "standing": "demonstration",
    "source": "invented",
    "shares": {"landfill": "0.2", "recycling": "0.8"},
    "table_shares": {"landfill": "0.7", "recycling": "0.3"},
    "reason": "take-back contract",
}
FUNCTIONAL = {
    "amount": "1 L",
    "takes": "125 mL",
    "declared_units": 0.125,
    "basis": "opacity class",
    "evidence": "test 12",
    "value": 0.31,
}


def full() -> dict[str, Any]:
    """Return a result with every table of the method."""
    more = {"carbon": CARBON, "scenarios": [SCENARIO], "fates": [FATE], "functional": FUNCTIONAL}
    return {**sample.complete(), **more}


def test_carbon_is_shown_with_its_balance_memo_items_and_delays() -> None:
    blocks = method_tables.carbon(full(), "en").blocks
    assert [block.key for block in blocks if not isinstance(block, Words)] == ["carbon", "balance", "memo", "delayed"]
    facts, balance, memo, delayed = blocks
    assert isinstance(facts, Facts)
    assert isinstance(balance, Table)
    assert isinstance(memo, Table)
    assert isinstance(delayed, Table)
    assert ("Biogenic uptake", "1.833 kg CO₂") in facts.pairs
    assert [row[1].shown for row in balance.rows] == ["0.5000", "0.2500", "0.2500", "0", "0.02500", "0.1000", "0.1500"]
    assert "closes" in balance.note
    assert "wood certificate 7" in balance.note
    assert memo.rows[0][1:3] == ("soil carbon", "soil under the crop")
    assert memo.total is None
    assert delayed.total is None
    assert delayed.rows[0][0] == "e1"


def test_an_open_balance_is_said() -> None:
    opened = {**CARBON, "balance": {**CARBON["balance"], "state": "open", "state_after": "open"}}  # type: ignore[dict-item]
    balance = method_tables.carbon({**full(), "carbon": opened}, "en").blocks[1]
    assert isinstance(balance, Table)
    assert balance.note.count("see the findings") == 2


def test_a_result_without_biogenic_carbon_says_so_and_an_older_one_has_no_scenarios() -> None:
    blocks = method_tables.carbon(sample.complete(), "en").blocks
    assert isinstance(blocks[0], Words)
    assert "no memo item" in blocks[0].lines[0]
    assert method_tables.scenarios(sample.complete(), "en") is None


@pytest.mark.parametrize(("lang", "words"), [("zh", "能量回收"), ("en", "energy recovery")])
def test_every_route_and_standing_has_words(lang: Any, words: str) -> None:
    assert method_tables.shares({"energy_recovery": "1"}, lang) == f"{words} 1"
    assert {f"route.{name}" for name in ("reuse", "composting", "other")} <= set(all_keys())
    assert term("standing", "literature", lang) != "literature" or lang == "en"


def test_published_and_own_values_stand_side_by_side() -> None:
    section = method_tables.scenarios(full(), "en")
    assert section is not None
    functional, use, fates = section.blocks
    assert isinstance(functional, Facts)
    assert isinstance(use, Table)
    assert isinstance(fates, Table)
    assert functional.pairs[0][1] == "0.3100 kg CO₂e/1 L"
    assert use.rows[0][1:4] == ("10", "8", "warranty term")
    assert fates.rows[0][2:4] == ("landfill 0.2, recycling 0.8", "landfill 0.7, recycling 0.3")


def test_no_figure_per_functional_unit_is_said_in_words() -> None:
    section = method_tables.scenarios({**full(), "functional": {**FUNCTIONAL, "value": None}}, "en")
    assert section is not None
    assert isinstance(section.blocks[0], Facts)
    assert section.blocks[0].pairs[0][1].startswith("not given")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_has_the_sections_in_every_form(lang: Any) -> None:
    page = report.html(full(), sample.study(), lang)
    assert 'id="carbon"' in page
    assert 'id="scenarios"' in page
    book = openpyxl.load_workbook(io.BytesIO(report.xlsx(full(), sample.study(), lang)))
    assert len(book.sheetnames) >= 6
    assert report.pdf(full(), sample.study(), lang).startswith(b"%PDF")
