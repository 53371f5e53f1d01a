"""Process-step data of the carbon market: by hand, differences, refusals, the table, the data into the study."""

from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.market import Reconciliation, StepFound, as_json, filled, reconcile
from tanbiao.formats import market_table
from tanbiao.formats.reading import Log

CALCINATION = {"id": "k1", "amount": "530 kg", "gas": "CO2 fossil"}
GAS = {"id": "k2", "amount": "40 Nm3", "fuel": {"id": "natural-gas"}}
POWER = {"id": "k3", "amount": "60 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}}
STEEL = {"id": "k4", "amount": "2 kg", "from": "dataset/steel"}
COMBUSTION = 2.162188  # kg CO2/m3 of the test release, CN-01


def line(key: str, kind: str, activity: str, factor: str, reported: str, **more: str) -> dict[str, Any]:
    """Return a reported line."""
    return {"id": key, "kind": kind, "activity": activity, "factor": factor, "reported": reported, **more}


LINES: list[dict[str, Any]] = [
    line("l1", "process", "1000000 t", "0.525 t/t", "525000 t", row="k1"),
    line("l2", "combustion", "42000000 Nm3", "21.6 t/10^4 Nm3", "90720 t", row="k2"),
    line("l3", "electricity", "60000 MWh", "0.5703 t/MWh", "34218 t", row="k3"),
    line("l4", "combustion", "100 t", "3.1 t/t", "310 t", outside="heating of the offices"),
]


def section(**more: Any) -> dict[str, Any]:
    """Return a kiln that made a million tonnes of clinker; arithmetic example, not a works."""
    step = {"process": "kiln", "output": "1000000 t", "reported": "650248 t", "lines": copy.deepcopy(LINES)} | more
    return {"report": "emission report 2023", "year": "2023", "steps": {"kiln-1": step}}


def study(market: dict[str, Any] | None = None, **more: Any) -> Study:
    """Return clinker of an own process: calcination, gas, power, a little steel."""
    body = document(
        stages=stages(manufacturing=[{"id": "m1", "amount": "1 t", "from": "process/kiln"}]),
        unit={"declared": "1 t"},
        processes={"kiln": {"gives": "1 t", "emits": [CALCINATION], "takes": [GAS, POWER, STEEL]}},
        carbon_market=market or section(),
        **more,
    )
    found, findings = Study.parse(body)
    assert found is not None, findings
    return found


def codes(found: Reconciliation) -> set[str]:
    return {item.code for item in found.findings}


def way(found: StepFound) -> dict[str, float]:
    return {item.reason: float(item.change) for item in found.changes}


@pytest.mark.requirement("SD-14b")
def test_a_kiln_by_hand() -> None:
    """Per tonne: reported 650.248 kg. Calcination 530 against 525: + 5. Gas 40 m3 against 42: − 2 × 2.16 = − 4.32, and
    40 × (2.162188 − 2.16) = + 0.0875. Power 60 kWh × (0.6205 − 0.5703) = + 3.012. Offices − 0.31. Not of the market:
    upstream of the gas 40 × 0.3 = 12, steel 2 × 2 = 4. In all 669.7175."""
    found = reconcile(study(), background(), None)
    (step,) = found.steps
    burnt = 389.31 * 0.0153 * 0.99 * 44 / 12 / 10
    assert float(step.start) == pytest.approx(650.248)
    expected = {
        "not_in_study": -0.31,
        "activity": -2 * 2.16,
        "factor": 5 + 40 * (burnt - 2.16),
        "power_factor": 60 * (0.6205 - 0.5703),
        "fuel_upstream": 12.0,
        "inputs": 4.0,
    }
    assert way(step) == pytest.approx(expected, rel=1e-8)
    assert float(step.total) == pytest.approx(650.248 + sum(expected.values()), rel=1e-11)
    assert float(step.total) == pytest.approx(calculate(study(), background(), samples=0).value, rel=1e-11)
    assert codes(found) == {"market_activity_differs", "market_units_differ"}
    by_line = {item.line.id: item for item in step.lines}
    assert (by_line["l2"].activity, by_line["l2"].in_study) == (pytest.approx(42), pytest.approx(40))
    assert by_line["l3"].in_study == pytest.approx(0.06)


@pytest.mark.requirement("SD-14b")
def test_the_way_from_the_report_to_the_footprint_sums_exactly() -> None:
    (step,) = reconcile(study(), background(), None).steps
    exact = Fraction(step.start) + sum((Fraction(item.change) for item in step.changes), Fraction(0))
    assert exact == Fraction(step.total)
    body = as_json(reconcile(study(), background(), None), "en")["steps"][0]
    assert Decimal(body["start"]) + sum(Decimal(item["change"]) for item in body["changes"]) == Decimal(body["total"])


def test_rows_of_the_stages_are_a_step_by_their_process() -> None:
    """The same kiln as rows of the stages: 0.95 t of clinker per tonne of cement; figures per tonne of clinker."""
    rows = [
        {**CALCINATION, "amount": "503.5 kg", "process": "kiln"},
        {**GAS, "amount": "38 Nm3", "process": "kiln"},
        {**POWER, "amount": "57 kWh", "process": "kiln"},
    ]
    body = document(
        stages=stages(manufacturing=[*rows, {"id": "x1", "amount": "5 kg", "gas": "CO2 fossil"}]),
        unit={"declared": "1 t"},
        carbon_market=section(per_declared_unit="0.95 t"),
    )
    read, findings = Study.parse(body)
    assert read is not None, findings
    (step,) = reconcile(read, background(), None).steps
    (own,) = reconcile(study(), background(), None).steps
    assert float(step.total) == pytest.approx(
        float(own.total) - 4, rel=1e-11
    )  # no steel here; the other row is outside


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reported": "600000 t"}, "market_step_differs"),
        ({"lines": [{**LINES[0], "reported": "500000 t"}, *LINES[1:]]}, "market_line_differs"),
        ({"lines": [*LINES[:3], {**LINES[3], "outside": None}]}, "market_line_unmapped"),
    ],
)
def test_what_does_not_fit_is_found(change: dict[str, Any], code: str) -> None:
    assert code in codes(reconcile(study(section(**change)), background(), None))


def test_another_year_and_a_step_without_upstream_are_said() -> None:
    market = section() | {"year": "2021"}
    assert "market_year_differs" in codes(reconcile(study(market), background(), None))
    bare = study(section(lines=LINES[:1], reported="525000 t")).model_copy()
    process = bare.processes["kiln"].model_copy(update={"takes": ()})
    alone = bare.model_copy(update={"processes": {"kiln": process}})
    assert "market_without_upstream" in codes(reconcile(alone, background(), None))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"process": "mill"}, "market_process_unknown", "carbon_market.steps.kiln-1.process"),
        ({"lines": [{**LINES[0], "row": "zz"}]}, "market_row_unknown", "carbon_market.steps.kiln-1.l1.row"),
        ({"output": "0 t"}, "market_quantity", "carbon_market.steps.kiln-1.output"),
        ({"lines": [{**LINES[0], "activity": "-3 t"}]}, "market_quantity", "carbon_market.steps.kiln-1.l1.activity"),
        ({"output": "5 kWh"}, "unit_mismatch", "carbon_market.steps.kiln-1.output"),
    ],
)
def test_what_can_t_be_compared_is_refused_by_place(change: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(TanbiaoError) as raised:
        reconcile(study(section(**change)), background(), None)
    assert (raised.value.code, raised.value.where) == (code, place)


def test_a_process_with_two_products_and_a_study_without_data_are_refused() -> None:
    gives = [{"product": "clinker", "amount": "1 t"}, {"product": "dust", "amount": "0.1 t"}]
    shared = document(
        stages=stages(manufacturing=[{"id": "m1", "amount": "1 t", "from": "process/kiln/clinker"}]),
        unit={"declared": "1 t"},
        processes={"kiln": {"gives": gives, "allocation": {"by": "mass", "reason": "r"}, "emits": [CALCINATION]}},
        carbon_market=section(),
    )
    read, findings = Study.parse(shared)
    assert read is not None, findings
    for one, code in (
        (read, "market_process_shared"),
        (read.model_copy(update={"carbon_market": None}), "market_not_stated"),
    ):
        with pytest.raises(TanbiaoError) as raised:
            reconcile(one, background(), None)
        assert raised.value.code == code


@pytest.mark.requirement("SD-14b")
def test_the_report_s_data_become_the_study_s_and_the_activity_data_agree() -> None:
    """Gas 42 m3 and calcination 525 kg per tonne: the footprint changes by − 5 + 2 × (2.1622 + 0.3)."""
    before = study()
    body, rows = filled(before)
    assert rows == ("k1", "k2", "k3")
    after, findings = Study.parse(body)
    assert after is not None, findings
    found = reconcile(after, background(), None)
    assert "activity" not in {key for key, value in way(found.steps[0]).items() if abs(value) > 1e-9}
    assert "market_activity_differs" not in codes(found)
    burnt = 389.31 * 0.0153 * 0.99 * 44 / 12 / 10
    values = [calculate(one, background(), samples=0).value for one in (before, after)]
    assert values[1] - values[0] == pytest.approx(-5 + 2 * (burnt + 0.3), rel=1e-9)
    taken = {row.id: row for _, row in after.rows()}
    assert taken["k2"].data is not None
    assert (taken["k2"].data.kind, taken["k2"].data.acquisition) == ("primary", "document")
    assert taken["k2"].source == "emission report 2023"


def test_the_table_reads_back_in_both_languages_and_as_a_chinese_file() -> None:
    plain = study().canonical()["carbon_market"]
    for lang in ("zh", "en"):
        again = market_table.read(market_table.written(plain, lang), "t.csv")
        assert study(again).carbon_market == study(plain).carbon_market
    text = market_table.written(plain, "zh").decode("utf-8-sig").replace("emission report 2023", "二〇二三年排放报告")
    assert market_table.read(text.encode("gb18030"), "t.csv")["report"] == "二〇二三年排放报告"
    assert Log().items == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("report,year\n", "market_table_column"),
        (market_table.blank("en").decode("utf-8-sig"), "market_table_empty"),
        (
            market_table.blank("en").decode("utf-8-sig") + "r,2023,,,,,p,1 t,1 t,l,n,process,1 t,1 t/t,1 t,,\n",
            "market_table_cell",
        ),
        (
            market_table.blank("en").decode("utf-8-sig") + "r,2023,,,s,,p,1 t,1 t,l,n,smoke,1 t,1 t/t,1 t,,\n",
            "market_table_cell",
        ),
    ],
)
def test_a_table_that_is_none_is_refused_by_place(text: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as raised:
        market_table.read(text.encode(), "t.csv")
    assert raised.value.code == code
