"""Each scheme's fields: by hand, and over drawn studies the parts always add up to the scheme's total."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from test_reconcile import studies

from cbam_works import study as works
from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Study, scheme_fields
from tanbiao.core.study.cbam import embedded
from tanbiao.core.study.model import STAGES
from tanbiao.core.study.parameter_sets import View, parameter_sets, view, views
from tanbiao.core.study.pieces import MEMO, PIECES, pieces
from tanbiao.core.study.scheme_fields import Fields, cbam_fields, fields, kinds, table

ROLES = {"part", "of_which", "memo", "credit"}


def release() -> MemoryRelease:
    """Return round factors: wood 0.5 fossil − 2 taken up + 0.1 methane + 0.3 land use; a flight, 0.4 of it aloft."""
    wood = dataset(
        "wood",
        -1.1,
        kinds={"fossil": 0.5, "biogenic_uptake": -2.0, "biogenic_emission": 0.1, "land_use_change": 0.3},
        gas_co2e={"CO2 fossil": 0.5, "CO2 uptake": -2.0, "CH4 biogenic": 0.1, "CO2 land use change": 0.3},
    )
    flight = dataset("flight", 0.5, "t*km", kinds={"fossil": 0.5, "aircraft": 0.4})
    return MemoryRelease({**background().datasets, "wood": wood, "flight": flight, "saved": dataset("saved", 3.0)})


def timber(**more: Any) -> Study:
    """Return 10 kg of wood, 4 kg of its CO2 released, 2 kg undivided steel; a flight; a credit of 3 kg."""
    study, findings = Study.parse(
        document(
            stages=stages(
                raw_materials=[
                    {"id": "r1", "amount": "10 kg", "from": "dataset/wood"},
                    {"id": "r2", "amount": "1 kg", "from": "dataset/steel"},
                ],
                manufacturing=[{"id": "m1", "amount": "4 kg", "gas": "CO2 biogenic"}],
                distribution=[
                    {"id": "d1", "amount": "1 t", "transport": [{"distance": "10 km", "by": "dataset/flight"}]}
                ],
                end_of_life=[{"id": "e1", "amount": "1 kg", "credit": "dataset/saved"}],
            ),
            **more,
        )
    )
    assert study is not None, findings
    return study


def of(name: str, study: Study) -> Fields:
    """Return the fields of a scheme."""
    made = fields(view(study, release(), None, parameter_sets()[name]))
    assert made is not None
    return made


def test_the_national_fields_by_hand() -> None:
    """Fossil 5 + 5; biogenic 1 + 4; uptake −20; land 3; steel 2 undivided; all −0 = −0: 10 + 5 − 20 + 3 + 2 = 0."""
    made = of("national", timber())
    shown = {row.id: row.value for row in made.rows if row.state != "not_declared"}
    assert shown == {
        "fossil": Decimal(10),
        "biogenic_emission": Decimal(5),
        "biogenic_uptake": Decimal(-20),
        "land_use_change": Decimal(3),
        "undivided": Decimal(2),
        "credits": Decimal(-3),
        "aircraft": Decimal(4),
    }
    assert made.totals == {"total": Decimal(0), "excluding_uptake": Decimal(20)}
    roles = {row.id: row.role for row in made.rows}
    assert roles["credits"] == "memo"
    assert roles["aircraft"] == "of_which"


def test_the_pact_fields_by_hand() -> None:
    """To the gate: fossil 5 and steel 2; methane 1; land 3; the product keeps −20 + 4 = −16. Outbound 5 apart."""
    made = of("pact", timber())
    assert made.value("fossilGhgEmissions") == 7
    assert made.value("biogenicNonCO2Emissions") == 1
    assert made.value("landUseChangeGhgEmissions") == 3
    assert made.value("biogenicCO2Uptake") == -16
    assert made.value("pcfExcludingBiogenicUptake") == 11
    assert made.value("pcfIncludingBiogenicUptake") == -5
    assert made.value("outboundLogisticsGhgEmissions") == 5
    assert [item.code for item in made.findings] == ["field_undivided"]


def test_the_catena_x_fields_by_hand() -> None:
    """T1 = A 7 + C 1 + D −16 + E 3 + H 0 = −5; the flight stands in the distribution stage: A 1, H 4."""
    made = of("catena_x", timber())
    assert made.totals["pcfIncludingBiogenicUptake"] == -5
    assert made.totals["pcfExcludingBiogenicUptake"] == 11
    assert made.value("distributionStageFossilGhgEmissions") == 1
    assert made.value("distributionStageAircraftGhgEmissions") == 4
    assert made.totals["distributionStagePcfIncludingBiogenicUptake"] == 5


def test_the_battery_fields_are_its_stages_and_hold_the_credit() -> None:
    """EU: 0/0 leaves 10×0.9 + 2 = 11 kg of materials, 0 of making, 5 of the flight, the credit −3 at the end."""
    made = of("eu_battery", timber())
    assert [row.value for row in made.rows if row.role == "part"] == [11, 0, 5, -3]
    assert made.totals == {"total": Decimal(13)}
    chinese = of("miit_battery", timber())
    assert chinese.value("end_of_life") == 0
    assert chinese.value("credits") == -3


def test_a_stage_that_is_not_declared_is_an_absence_and_not_zero() -> None:
    made = of("eu_battery", timber())
    use = next(row for row in made.rows if row.id == "use_phase")
    assert (use.state, use.shown) == ("not_declared", None)
    body = scheme_fields.as_json(view(timber(), release(), None, parameter_sets()["eu_battery"]), "en")
    assert next(row for row in body["fields"] if row["id"] == "use_phase")["value"] is None


MEMOS = [
    {"id": "s1", "kind": "soil_carbon", "what": {"en": "soil"}, "amount": "3 kg", "source": "field"},
    {"id": "s2", "kind": "stored_carbon", "what": {"en": "kept"}, "amount": "1 kg", "source": "field"},
]


def test_soil_captured_and_stored_stand_beside_every_scheme_and_enter_no_total() -> None:
    """Soil as stated; captured 4 kg × 90 % less 2 % lost; stored 10 × 2 − 4 kg of CO2 and 1 kg stated."""
    capture = {"fate": "stored", "share": "90 %", "lost": "2 %", "site": "S", "years": 1000, "proof": "p"}
    capture |= {"certificate": "C-1", "mass": "700 t"}
    plain = timber()
    body = plain.canonical()
    body["memo"] = MEMOS
    body["carbon_content"] = {"biogenic": "= 16 kg * 12 / 44", "source": "test"}
    body["stages"]["manufacturing"].append({"id": "m2", "amount": "4 kg", "gas": "CO2 fossil", "capture": capture})
    study, findings = Study.parse(body)
    assert study is not None, findings
    for name in parameter_sets():
        found = view(study, release(), None, parameter_sets()[name])
        made = fields(found)
        assert made is not None
        beside = {row.id: row for row in made.rows if row.id in ("soil_carbon", "captured_carbon", "stored_carbon")}
        assert {row.role for row in beside.values()} == {"memo"}
        assert float(beside["soil_carbon"].value) == 3
        assert float(beside["captured_carbon"].value) == pytest.approx(4 * 0.9 * 0.98)
        assert float(beside["stored_carbon"].value) == pytest.approx(16 + 1, rel=1e-4)
        assert all(not row.totals for row in beside.values())
        before = view(plain, release(), None, parameter_sets()[name])
        assert float(found.total - before.total) == pytest.approx(4)  # the row itself: without a rule it counts in full
    silent = fields(view(plain, release(), None, parameter_sets()["national"]))
    assert silent is not None
    assert next(row for row in silent.rows if row.id == "soil_carbon").shown is None


def test_every_kind_stands_in_a_field_of_each_scheme_that_counts_it_and_in_cbam_s_column() -> None:
    rows = {item["kind"]: item["fields"] for item in kinds()}
    assert set(rows) == {*PIECES, *MEMO, "aircraft", "credit"}
    assert all(list(found) == [*parameter_sets(), "cbam"] for found in rows.values())  # the order of the columns
    assert rows["land_use_change"]["pact"][0] == "landUseChangeGhgEmissions"
    assert rows["land_use_change"]["cbam"] == []
    assert rows["biogenic_uptake"]["eu_battery"] == []
    assert rows["fossil"]["cbam"][0] == "attributed_direct"
    for kind in MEMO:
        assert all(rows[kind][name] for name in parameter_sets())


def test_cbam_s_column_adds_up_for_a_chain_of_goods() -> None:
    account = embedded(works(), background())
    made = cbam_fields(account)
    good = account.declared
    assert made.totals["total"] == sum(made.rows.values())
    assert float(made.totals["direct"]) == pytest.approx(good.direct, rel=1e-11)
    assert float(made.totals["indirect"]) == pytest.approx(good.indirect, rel=1e-11)
    assert made.rows["precursors_direct"] > 0


def test_more_biogenic_release_than_uptake_is_found() -> None:
    study, _ = Study.parse(
        document(stages=stages(manufacturing=[{"id": "m1", "amount": "1 kg", "gas": "CO2 biogenic"}]))
    )
    assert study is not None
    found = [item for item in of("pact", study).findings if item.code == "field_sign"]
    assert found[0].params["field"] == "biogenicCO2Uptake"


def test_a_table_whose_parts_miss_something_gives_no_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: without the field of land use change the parts no longer reach the total."""
    whole = table()
    scheme = dict(whole["schemes"]["national"])
    scheme["fields"] = [item for item in scheme["fields"] if item["id"] != "land_use_change"]
    monkeypatch.setattr(scheme_fields, "table", lambda: {**whole, "schemes": {"national": scheme}})
    with pytest.raises(TanbiaoError) as raised:
        of("national", timber())
    assert raised.value.code == "fields_do_not_add_up"


def test_every_field_of_the_table_is_well_formed() -> None:
    known = {*PIECES, *MEMO, "aircraft", "credit", "*"}
    assert set(table()["schemes"]) == set(parameter_sets())
    for scheme in table()["schemes"].values():
        totals = {item["id"] for item in scheme["totals"]}
        ids = [item["id"] for item in scheme["fields"]]
        assert len(set(ids)) == len(ids)
        for item in scheme["fields"]:
            assert item["role"] in ROLES
            assert item["source"]
            assert set(item.get("in", ())) <= totals
            assert {name.removeprefix("-") for name in item["pieces"]} <= known
            assert item["stages"] == "counted" or set(item["stages"]) <= set(STAGES)


@settings(deadline=None, max_examples=60)
@given(body=studies())
def test_the_parts_of_every_scheme_add_up_and_the_waterfall_is_exact(body: dict[str, Any]) -> None:
    study, findings = Study.parse(body)
    assert study is not None, findings
    for item in views(study, background()):
        made = fields(item)  # raises where the parts miss the total
        assert made is not None
        assert item.start + sum((step.change for step in item.steps), Decimal(0)) == item.total
        _by_pieces(item)


def _by_pieces(item: View) -> None:
    """The table of pieces, apart from the entries' own totals, gives what the study itself counts."""
    if item.set.id == "national":
        whole = sum(value for (_, piece), value in item.table.items() if piece in PIECES)
        size = sum(abs(value) for value in item.table.values())
        assert whole == pytest.approx(float(item.total), abs=1e-9 * max(size, 1e-30))


def test_the_pieces_of_a_factor_that_does_not_tell_its_biogenic_gas() -> None:
    plain = dataset("p", 3.0, kinds={"fossil": 1.0, "biogenic_emission": 2.0}).intensity("AR6")
    assert pieces(plain) == {"fossil": 1.0, "biogenic_unsplit": 2.0}
