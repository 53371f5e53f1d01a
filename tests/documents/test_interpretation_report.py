"""The interpretation in words: refused alternatives say why, bounds are no plain figures, remarks are the author's."""

from __future__ import annotations

from typing import Any

import pytest

from documents import sample
from tanbiao.core.findings import Severity, finding, to_json
from tanbiao.documents.report import interpretation
from tanbiao.documents.report.content import Facts, Figure, Table, Words


def line(key: str, value: float | None, **more: Any) -> dict[str, Any]:
    """Return an alternative of a total of 72.5."""
    change = None if value is None else value - 72.5
    return {
        "id": key, "of": None, "value": value, "change": change, "relative": None if change is None else change / 72.5,
        "lower_bound": False, "why": None, **more,
    }  # fmt: skip


def beside(apart: float, whole: float, complete: bool = True) -> dict[str, Any]:
    """Return a total with its credits; that of the study is 69.5."""
    relative = (whole - 69.5) / 69.5
    return {"apart": apart, "with": whole, "change": whole - 69.5, "relative": relative, "complete": complete}


def loop() -> dict[str, Any]:
    """Return a closed loop: more burden, more credits, one of which nobody knows; A is assumed elsewhere."""
    params = {"count": 1, "value": "0.5", "set_zh": "欧盟", "set_en": "EU", "why_zh": "指南", "why_en": "guidance"}
    note = to_json(finding("choice_a_of_set", Severity.INFO, "stages", **params, source="guidance"))
    return line("closed_loop", 75.0, credits=beside(-7.0, 68.0, complete=False), notes=[note])


def told() -> dict[str, Any]:
    """Return an interpretation of the sample with one of everything."""
    why = to_json(finding("circular_missing", Severity.BLOCKING, "stages", key="A"))
    table = [
        {"choice": "electricity", "used": "market", "alternatives": [line("market", 72.5), line("location", 87.0)]},
        {"choice": "allocation", "used": "mill: mass", "alternatives": [line("economic", 70.0, of="mill")]},
        {"choice": "end_of_life", "used": "cut_off", "alternatives": [line("cff", None, why=why)]},
        {"choice": "cut_off", "used": "left_out", "alternatives": [line("at_bounds", 73.0, lower_bound=True)]},
        {"choice": "credits", "used": None, "alternatives": []},
        {"choice": "end_of_life", "used": "cff", "credits": beside(-3.0, 69.5), "alternatives": [loop()]},
    ]
    return {
        "goal": {
            "application": "label", "reason": None, "audience": ["purchasers"], "public_comparison": True,
            "function": None, "declared_unit": "1 kWh", "functional_unit": None, "reference_flow": None,
            "boundary": "cradle_to_gate", "capital_goods": {"excluded": "small"},
            "period": {"from": "2023-01-01", "to": "2023-12-31"}, "assumptions": [], "limitations": [],
            "missing": ["reason"],
        },
        "hot_spots": {"coverage": 0.8, "reached": 0.9, "rows": [], "others": 3, "stages": []},
        "completeness": {
            "state": "partial", "bound": None, "absences": {"not_declared": 2},
            "left_out": {"sums": {"mass": {"share": 0.01, "complete": False}}, "limit": None},
            "checks": {"failed": [], "not_run": ["quality"]}, "checks_made": 17,
        },
        "consistency": [{"point": "gwp", "state": "attention", "share": 0.4, "limit": 0.2}],
        "sensitivity": table,
        "largest": {"choice": "electricity", **line("location", 87.0)},
        "preview": {
            "sd": 6.5,
            "relative": 0.065,
            "varied": 0.1,
            "inputs": [
                {"kind": kind, "name": {"zh": "电", "en": "power"}, "share": 0.3, "low": 99.0, "high": 101.0}
                for kind in ("row", "parameter", "dataset")
            ],
            "others": 2,
            "rest": 0.1,
        },
        "limits": [{"code": "screening", "rows": ["r1", "r2"]}, {"code": "climate_only"}],
        "remarks": {"sensitivity": {"en": "the contract ends in 2025", "zh": "合同 2025 年到期"}},
    }  # fmt: skip


def table_of(section: Any) -> Table:
    """Return the table of a section."""
    found = section.blocks[0]
    assert isinstance(found, Table)
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_section_has_words_in_both_languages(lang: Any) -> None:
    found = interpretation.sections(told(), sample.partial(), lang)
    assert [item.key for item in found] == [
        "goal_scope", "hot_spots", "completeness", "consistency", "sensitivity", "preview", "limits",
    ]  # fmt: skip


def test_alternatives_say_what_they_change_and_why_one_is_impossible() -> None:
    section = interpretation.analysis(told(), sample.partial(), "en")[-1]
    rows = table_of(section).rows
    assert rows[1][2:4] == ("location-based (grid average)", Figure(87.0, "87.00"))
    assert rows[1][4] == Figure(14.5 / 72.5, "+20.00 %")
    assert rows[2][1:3] == ("mill: by mass", "mill: by economic value")
    assert "not possible" in str(rows[3][2])
    assert rows[3][3] == "–"
    assert rows[4][3] == Figure(73.0, "≥ 73.00")
    assert rows[5][2] == "the study makes no such choice"
    assert table_of(section).note.startswith("The choice that matters most: Electricity")
    assert isinstance(section.blocks[-1], Words)
    assert section.blocks[-1].lines == ("The author's remark: the contract ends in 2025",)


def test_credits_that_stand_apart_have_lines_of_their_own() -> None:
    section = interpretation.analysis(told(), sample.partial(), "en")[-1]
    own, total, whole = table_of(section).rows[6:9]
    assert own[2:4] == ("as the study has it, with the credits that stand apart (−3.000)", Figure(69.5, "69.50"))
    assert total[3:] == (Figure(75.0, "75.00"), Figure(2.5 / 72.5, "+3.45 %"))
    assert whole[2] == "closed loop, with the credits that stand apart (−7.000)"
    assert whole[3:] == (Figure(68.0, "68.00 (what is known)"), Figure(-1.5 / 69.5, "−2.16 %"))
    notes = section.blocks[1]
    assert isinstance(notes, Words)
    assert "A = 0.5 of the parameter set “EU” is taken (guidance)" in notes.lines[0]
    assert "read both lines" in notes.lines[1]


def test_the_largest_change_says_what_it_is_with_the_credits() -> None:
    body = {**told(), "largest": {"choice": "end_of_life", **loop()}}
    note = table_of(interpretation.analysis(body, sample.partial(), "en")[-1]).note
    assert note == (
        "The choice that matters most: Recycling and end of life (closed loop), 3.45 % of the total; "
        "−2.16 % with the credits that stand apart."
    )


def test_what_must_not_be_overlooked_is_strong() -> None:
    strong, light = interpretation.limits(told(), "en").blocks
    assert isinstance(strong, Words)
    assert isinstance(light, Words)
    assert strong.strong
    assert "r1, r2" in strong.lines[0]
    assert not light.strong


def test_what_the_study_does_not_say_is_said_to_be_missing() -> None:
    facts = interpretation.goal(told(), "en").blocks[0]
    assert isinstance(facts, Facts)
    assert dict(facts.pairs)["Reason"] == "not given in the study"
    assert dict(facts.pairs)["For public comparison"] == "yes"
    sums = interpretation.analysis(told(), sample.partial(), "en")[1].blocks[0]
    assert isinstance(sums, Facts)
    assert dict(sums.pairs)["Cut off in all"] == "mass ≥ 1.0 %"
