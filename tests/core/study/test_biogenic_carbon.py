"""Uptake, release, the carbon in the product, land use change and what stands beside the figure, by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.method_defaults import default

BOARD = {
    "raw_materials": [
        # wood for 1 kg of board holds 0.48 kg C: 0.48 × 44/12 = 1.76 kg CO2 taken up; bark: 0.06 kg C more
        {"id": "r1", "amount": "1.98 kg", "gas": "CO2 uptake"},
        {"id": "r2", "amount": "0.1 kg", "from": "dataset/glue"},
        {
            "id": "r3",
            "amount": "1.2 kg",
            "emission": {
                "method": "land_use_change",
                "inputs": {
                    "stock_before": "120 t/ha",
                    "stock_after": "100 t/ha",
                    "yield": "6 t/ha",
                    "years_since": "8",
                },
            },
        },
    ],
    "manufacturing": [
        # the bark is burnt: 0.06 kg C, of it 0.0006 kg C as methane (0.0008 kg CH4), the rest as 0.2178 kg CO2
        {"id": "m1", "amount": "0.2178 kg", "gas": "CO2 biogenic"},
        {"id": "m2", "amount": "0.0008 kg", "gas": "CH4 biogenic"},
    ],
    "distribution": {"empty": "sold at the gate"},
    "use": {"empty": "nothing happens"},
    "end_of_life": [{"id": "e1", "amount": "0.88 kg", "gas": "CO2 biogenic", "delay_years": 30}],
}


def release() -> MemoryRelease:
    """Return the test release with a fossil glue."""
    glue = dataset("glue", 2.5, kinds={"fossil": 2.5}, gases={"CO2 fossil": 2.5})
    return MemoryRelease({**background().datasets, "glue": glue})


def board(**more: Any) -> Result:
    """Calculate 1 kg of board over its whole life."""
    body = document(
        **{
            "boundary": "cradle_to_grave",
            "stages": BOARD,
            "carbon_content": {"biogenic": "0.48 kg", "source": "elemental analysis, 48 % C"},
            "memo": [{"id": "s1", "kind": "soil_carbon", "what": "soil", "amount": "0.2 kg", "source": "survey"}],
            **more,
        }
    )
    study, findings = Study.parse(body)
    assert study is not None, findings
    return calculate(study, release(), samples=0)


def test_uptake_release_land_use_change_and_content_stand_apart() -> None:
    """1.2 kg × 20 t C/ha × 44/12 / 20 / (6 t/ha) = 0.7333 kg CO2 of land use change; methane 0.0008 × 27."""
    body = board().document
    assert body["kinds"]["biogenic_uptake"] == pytest.approx(-1.98)
    assert body["kinds"]["land_use_change"] == pytest.approx(1.2 * 20 * 44 / 12 / 20 / 6)
    assert body["kinds"]["biogenic_emission"] == pytest.approx(0.2178 + 0.0008 * 27 + 0.88)
    assert body["kinds"]["fossil"] == pytest.approx(0.25)
    carbon = body["carbon"]
    assert carbon["uptake"] == pytest.approx(1.98)
    assert carbon["released_co2"] == pytest.approx(0.2178 + 0.88)
    assert carbon["released_ch4"] == pytest.approx(0.0008)


def test_the_carbon_balance_closes_at_the_gate_and_tells_what_is_stored_afterwards() -> None:
    """Uptake 1.98 × 12/44 = 0.54 = 0.48 + 0.2178 × 12/44 + 0.0008 × 12/16; afterwards 0.48 − 0.88 × 12/44 = 0.24."""
    result = board()
    balance = result.document["carbon"]["balance"]
    assert balance["uptake"] == pytest.approx(0.54)
    assert balance["released"] == pytest.approx(0.06)
    assert balance["difference"] == pytest.approx(0.0, abs=1e-12)
    assert (balance["state"], balance["state_after"]) == ("balanced", "balanced")
    assert balance["stored"] == pytest.approx(0.24)
    assert result.document["carbon"]["content"]["co2"] == pytest.approx(1.76)
    assert not [item for item in result.findings if item.code.startswith("carbon")]


def test_a_memo_item_and_a_delayed_emission_never_change_the_total() -> None:
    """With all: 0.25 + 0.7333… + 0.2178 + 0.0216 + 0.88 − 1.98, whatever stands in memo or comes late."""
    total = 0.25 + 22 / 30 + 0.2178 + 0.0216 + 0.88 - 1.98
    result = board()
    assert result.value == pytest.approx(total)
    assert result.document["carbon"]["memo"][0]["value"] == pytest.approx(0.2)
    assert result.document["carbon"]["delayed"] == [{"row": "e1", "years": 30.0, "value": pytest.approx(0.88)}]
    rows = [dict(item) for item in BOARD["end_of_life"]]
    del rows[0]["delay_years"]
    assert board(memo=[], stages={**BOARD, "end_of_life": rows}).value == result.value


def test_an_open_balance_is_an_error_and_names_the_difference() -> None:
    result = board(carbon_content={"biogenic": "0.40 kg", "source": "guess"})
    found = next(item for item in result.findings if item.code == "carbon_balance_open")
    assert found.severity.value == "error"
    assert found.params["difference"] == "+0.08"
    wider = board(carbon_content={"biogenic": "0.40 kg", "source": "guess", "tolerance": "20 %"})
    assert wider.document["carbon"]["balance"]["state"] == "balanced"
    assert default("carbon_balance_tolerance") == 0.05


def test_more_carbon_than_the_product_holds_cannot_be_released_later() -> None:
    rows = [{"id": "e1", "amount": "2 kg", "gas": "CO2 biogenic"}]
    codes = [item.code for item in board(stages={**BOARD, "end_of_life": rows}).findings]
    assert "carbon_released_beyond_content" in codes


def test_factors_that_do_not_tell_biogenic_carbon_make_it_a_warning() -> None:
    rows = [*BOARD["raw_materials"], {"id": "r9", "amount": "0.01 kg", "from": "dataset/steel"}]
    result = board(stages={**BOARD, "raw_materials": rows}, carbon_content={"biogenic": "0.40 kg", "source": "guess"})
    found = next(item for item in result.findings if item.code == "carbon_balance_untold")
    assert found.severity.value == "warning"


def test_an_uptake_without_content_is_said_and_a_gate_to_gate_study_runs_no_balance() -> None:
    codes = [item.code for item in board(carbon_content=None).findings]
    assert "carbon_content_missing" in codes
    inside = stages(manufacturing=BOARD["manufacturing"])
    codes = [item.code for item in board(boundary="gate_to_gate", stages=inside).findings]
    assert "carbon_balance_not_run" in codes


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"stock_before": "60 t/ha", "stock_after": "90 t/ha", "years_since": "3"}, "emission_negative"),
        ({"stock_before": "90 t/ha", "stock_after": "60 t/ha", "years_since": "21"}, "emission_input_limit"),
        ({"stock_before": "90 t/ha", "stock_after": "60 t/ha"}, "emission_input_missing"),
    ],
)
def test_a_growing_stock_an_old_change_and_a_missing_year_are_refused(inputs: dict[str, str], code: str) -> None:
    rows = [{"id": "r1", "amount": "1 m2", "emission": {"method": "land_use_change_area", "inputs": inputs}}]
    study, _ = Study.parse(document(stages=stages(raw_materials=rows)))
    assert study is not None
    with pytest.raises(TanbiaoError) as error:
        calculate(study, release(), samples=0)
    assert error.value.code == code


@pytest.mark.parametrize("key", ["offset", "carbon_offsets", "抵消"])
def test_there_is_no_field_for_offsets(key: str) -> None:
    study, findings = Study.parse({**document(), key: "5 kg"})
    assert study is None
    assert [item.code for item in findings] == ["offset_refused"]


@settings(deadline=None, max_examples=40)
@given(content=st.floats(0.05, 2.0), burnt=st.floats(0.0, 1.0))
def test_any_board_balances_when_uptake_is_content_and_release(content: float, burnt: float) -> None:
    rows = [{"id": "r1", "amount": f"{(content + burnt) * 44 / 12!r} kg", "gas": "CO2 uptake"}]
    fire = [{"id": "m1", "amount": f"{burnt * 44 / 12!r} kg", "gas": "CO2 biogenic"}]
    result = board(
        boundary="cradle_to_gate",
        stages=stages(raw_materials=rows, manufacturing=fire),
        carbon_content={"biogenic": f"{content!r} kg", "source": "any"},
    )
    balance = result.document["carbon"]["balance"]
    assert balance["state"] == "balanced"
    assert balance["stored"] == pytest.approx(content)
