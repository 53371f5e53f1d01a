"""One study under several schemes' parameter sets: waterfalls that sum exactly, each setting by hand."""

from __future__ import annotations

from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.parameter_sets import View, as_json, parameter_sets, view, views
from tanbiao.formats import yaml_study


def lfp() -> Study:
    """Return the LFP example."""
    text = resources.files("tanbiao.examples").joinpath("lfp-battery.yaml").read_bytes()
    loaded = yaml_study.load(text)
    assert loaded.study is not None
    return loaded.study


def test_the_lfp_example_under_five_sets_sums_exactly() -> None:
    study = lfp()
    release, rule = find_release(str(study.release)), load_rule(str(study.rule))
    found = views(study, release, rule)
    assert [item.set.id for item in found] == ["national", "miit_battery", "eu_battery", "pact", "catena_x"]
    headline = calculate(study, release, rule, samples=0).document["total"]["value"]
    for item in found:
        assert item.start + sum((step.change for step in item.steps), Decimal(0)) == item.total
        assert float(item.start) == pytest.approx(headline, rel=1e-11)
        assert sum(item.stages.values()) == pytest.approx(item.total, rel=Decimal("1e-10"))
    assert found[0].total == found[0].start
    by_set = {item.set.id: item.total for item in found}
    # what the crop took up is released when the cathode is calcined: no carbon of it is in the cell, so that PACT's
    # figure without the uptake in the product equals Catena-X's with it
    assert by_set["catena_x"] == by_set["pact"]


def release() -> MemoryRelease:
    """Return round factors: wood takes up 2 kg CO2, a credit saves 3."""
    wood = dataset(
        "wood", -1.5, kinds={"fossil": 0.5, "biogenic_uptake": -2.0}, gases={"CO2 fossil": 0.5, "CO2 uptake": 2.0}
    )
    wind = dataset("wind", 0.02, "kWh|electricity")
    return MemoryRelease({**background().datasets, "wood": wood, "wind": wind, "saved": dataset("saved", 3.0)})


def every_stage(**more: Any) -> Study:
    """Return a study with something in each stage, green power with proof and a credit."""
    claim = {
        "certificate": "GEC 1", "plant": "wind farm", "technology": "wind", "production": "2023-06", "energy": "9 MWh",
        "claimant": "Example", "cancelled": {"for": "Example", "on": "2023-12-01"}, "site": "S",
    }  # fmt: skip
    green = {"supply": "green_certificate", "region": "CN", "year": 2023, "dataset": "dataset/wind"}
    green |= {"site": "S", "use": "9 MWh", "metered": "9 MWh", "claims": [claim]}
    study, findings = Study.parse(
        document(
            stages=stages(
                raw_materials=[{"id": "r1", "amount": "10 kg", "from": "dataset/wood"}],
                manufacturing=[{"id": "m1", "amount": "100 kWh", "electricity": green}],
                distribution=[{"id": "d1", "amount": "4 kg", "gas": "CO2 fossil"}],
                use=[{"id": "u1", "amount": "7 kg", "gas": "CO2 fossil"}],
                end_of_life=[
                    {"id": "e1", "amount": "15 kg", "gas": "CO2 biogenic"},
                    {"id": "e2", "amount": "2 kg", "credit": "dataset/saved"},
                ],
            ),
            **more,
        )
    )
    assert study is not None, findings
    return study


def of(name: str, study: Study) -> View:
    """Return a view of the study."""
    return view(study, release(), None, parameter_sets()[name])


def test_each_setting_by_hand() -> None:
    """Start: −15 + 2 + 4 + 7 + 15 = 13 kg; grid power is 62.05 instead of 2."""
    study = every_stage()
    assert of("national", study).total == Decimal(13)
    miit = of("miit_battery", study)
    assert [step.setting for step in miit.steps] == ["stages", "electricity"]
    assert miit.same == ()
    assert [step.change for step in miit.steps] == [Decimal(-7), Decimal(0)]
    union = of("eu_battery", study)
    # without use 6; certificates count as grid 66.05; biogenic CO2 0/0: + 20 − 15; the credit − 6
    assert [step.value for step in union.steps] == [Decimal(6), Decimal("66.05"), Decimal("71.05"), Decimal("65.05")]
    assert of("pact", study).total == Decimal(7)
    assert of("catena_x", study).total == Decimal(-13)


def test_the_figure_per_delivered_energy_is_the_worked_example() -> None:
    """BAT-05: 5100 kg over 60 kWh × 60 cycles × 8 years = 28,800 kWh is 0.177083333 kg/kWh."""
    study, _ = Study.parse(
        document(
            stages=stages(manufacturing=[{"id": "m1", "amount": "5100 kg", "gas": "CO2 fossil"}]),
            product={
                "name": {"en": "battery"},
                "properties": {"usable_capacity": "60 kWh", "cycles_per_year": "60", "service_years": "8"},
            },
        )
    )
    assert study is not None
    found = of("eu_battery", study)
    assert float(found.per_energy or 0) == pytest.approx(0.177083333, abs=1e-9)
    assert as_json(found, "en")["per_kwh_delivered"] == str(found.per_energy)


def test_a_study_that_does_not_say_its_delivered_energy_gets_no_figure_per_kwh() -> None:
    found = of("miit_battery", every_stage())
    assert found.per_energy is None
    assert [item.code for item in found.findings] == ["view_energy_unknown"]


def test_a_stage_that_is_not_declared_makes_the_view_partial_only_where_it_counts() -> None:
    study = every_stage()
    gate = study.model_copy(
        update={"stages": study.stages.model_copy(update={"end_of_life": type(study.stages.use)(not_declared="later")})}
    )
    assert of("pact", gate).complete
    assert not of("miit_battery", gate).complete
