"""The dataset: what it may stand for, what it weighs under another GWP set, how it spreads, and its hash."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tanbiao.core import units
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError, describe


def document(**changes: Any) -> dict[str, Any]:
    return {
        "id": "test:1",
        "version": "1",
        "name": {"zh": "测试", "en": "test"},
        "kind": "footprint_factor",
        "reference": {"unit": "kg"},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2024},
        "co2e": {"AR5": 3.0},
        "kinds": {"undivided": 3.0},
        "uncertainty": {"type": "unknown"},
        "quality": {},
        "source": {"title": "made for the test"},
        "licence": "CC0",
        "redistribution": "yes",
        **changes,
    }


def _used(dataset: str, amount: float = 1.0, **spread: float) -> dict[str, Any]:
    uncertainty = {"type": "lognormal", "sigma": 0.1} | spread if spread else {"type": "fixed"}
    return {"id": dataset, "dataset": dataset, "amount": amount, "unit": "kg", "uncertainty": uncertainty}


def test_published_set_is_carried_as_published() -> None:
    found = parse_dataset(document()).intensity("AR5")
    assert (found.total, found.gwp_basis, found.bound) == (3.0, "same", 0.0)
    assert found.kinds["undivided"] == 3.0


def test_one_number_of_another_set_is_carried_without_a_bound() -> None:
    found = parse_dataset(document()).intensity("AR6")
    assert (found.total, found.gwp_basis, found.bound) == (3.0, "other", None)
    found = parse_dataset(document(co2e={"unknown": 3.0})).intensity("AR6")
    assert (found.gwp_basis, found.bound) == ("unknown", None)


def test_known_masses_are_weighed_again() -> None:
    # 2 kg CO2 and 0.03 kg CH4 (28) and 0.0005 kg N2O (265) = 2 + 0.84 + 0.1325 under AR5; rest 0.0275 undivided.
    masses = {"CO2 fossil": 2.0, "CH4 unspecified": 0.03, "N2O": 0.0005}
    kinds = {"fossil": 2.1325, "undivided": 0.8675}
    dataset = parse_dataset(document(gases=masses, kinds=kinds))
    found = dataset.intensity("AR6")
    assert found.gwp_basis == "recharacterised"
    assert found.total == pytest.approx(2 + 0.03 * 27.9 + 0.0005 * 273 + 0.0275)
    assert found.total == pytest.approx(sum(found.kinds.values()))
    assert found.total == pytest.approx(sum(found.gases.values()))
    assert found.bound == pytest.approx(0.0275)
    assert dataset.intensity("AR5").total == 3.0


def test_co2_alone_is_the_same_under_every_set() -> None:
    dataset = parse_dataset(document(gases={"CO2 fossil": 3.0}, co2e={"AR6": 3.0}, kinds={"fossil": 3.0}))
    assert [dataset.intensity(name).gwp_basis for name in ("AR4", "AR5", "AR6")] == ["same"] * 3


def test_a_split_without_masses_bounds_the_difference() -> None:
    split = {"CO2 fossil": 2.0, "N2O": 0.9}
    dataset = parse_dataset(document(co2e={"unknown": 3.0}, gas_co2e=split, kinds={"fossil": 2.9, "undivided": 0.1}))
    found = dataset.intensity("AR6")
    # N2O can change by 1 − 273/298 at most; the 0.1 that the split leaves could be anything.
    assert found.bound == pytest.approx(0.9 * (1 - 273 / 298) + 0.1)
    assert (found.total, found.gwp_basis) == (3.0, "unknown")
    assert found.gases["undivided"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kinds": {"fossil": 1.0}}, "add up"),
        ({"co2e": {"AR5": 3.0, "AR6": 3.0}}, "at most 1"),
        ({"co2e": {}}, "at least 1"),
        ({"gases": {"CO2": 3.0}}, ""),
        ({"reference": {"unit": "furlong"}}, ""),
        ({"source": {"title": ""}}, "at least 1 character"),
        ({"licence": ""}, "at least 1 character"),
        ({"quality": {"ter": 0}}, "greater than or equal to 1"),
        ({"co2e": {"AR5": float("nan")}}, "finite"),
        ({"surprise": 1}, "Extra"),
    ],
)
@pytest.mark.requirement("NAT-05c")
def test_a_dataset_that_does_not_say_enough_is_refused(changes: dict[str, Any], reason: str) -> None:
    """A source is mandatory, and so are licence, one GWP set, kinds that add up, a unit that means something."""
    with pytest.raises(TanbiaoError) as caught:
        parse_dataset(document(**changes))
    assert reason in str(caught.value.findings[0].params) or caught.value.code != "dataset_malformed"


@pytest.mark.parametrize(
    ("changes", "place", "zh", "en"),
    [
        ({"inputs": [_used("coal"), _used("coal")]}, "", "输入 coal 出现了两次", "the input coal stands twice"),
        (
            {"emissions": [{"gas": "N2O", "amount": 1.0}] * 2},
            "",
            "排放 N2O 出现了两次",
            "the emission N2O stands twice",
        ),
        ({"inputs": [_used("coal", float("inf"))]}, "inputs.0.amount", "有限数值", "finite number"),
        ({"inputs": [_used("coal", sigma=-0.1)]}, "inputs.0.uncertainty.lognormal.sigma", "大于或等于 0", "equal to 0"),
        ({"inputs": [_used("coal", low=1.0)]}, "inputs.0.uncertainty.lognormal", "没有参数 low", "low is not its"),
        ({"geography": 5}, "geography", "必须是文字", "string"),
        ({"surprise": 1}, "surprise", "没有此项", "Extra"),
        ({"kind": "magic"}, "kind", "只能是", "Input should be"),
    ],
)
def test_what_is_wrong_is_named_in_both_languages(changes: dict[str, Any], place: str, zh: str, en: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_dataset(document(**changes))
    assert (caught.value.code, caught.value.where) == ("dataset_malformed", place)
    assert zh in describe(caught.value.findings[0], "zh")
    assert en in describe(caught.value.findings[0], "en")
    assert "Input should" not in describe(caught.value.findings[0], "zh")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("direct_emission_factor", "direct_factor_in_footprint"),
        ("upstream_factor", "upstream_without_combustion"),
        ("treatment", "treatment_as_input"),
        ("credit", "credit_as_input"),
    ],
)
def test_what_is_no_footprint_does_not_stand_for_an_input(kind: str, code: str) -> None:
    dataset = parse_dataset(document(kind=kind))
    assert not dataset.may_be_an_input
    with pytest.raises(TanbiaoError) as caught:
        dataset.require_input("stages.raw_materials.r1.from")
    assert (caught.value.code, caught.value.where) == (code, "stages.raw_materials.r1.from")


@pytest.mark.parametrize("kind", ["unit_process", "footprint_factor", "epd_result", "supplier_footprint"])
def test_footprints_may_stand_for_an_input(kind: str) -> None:
    dataset = parse_dataset(document(kind=kind))
    dataset.require_input()
    assert dataset.may_be_an_input


def test_uncertainty_stated_scored_or_assumed() -> None:
    stated = parse_dataset(document(uncertainty={"type": "stated", "percent": 50}))
    assert stated.distribution().sigma == pytest.approx(math.log(1.5) / 1.96)
    assert (stated.uncertainty_basis, stated.distribution().median) == ("stated", 3.0)
    scores = dict.fromkeys(("reliability", "completeness", "temporal", "geographical", "technological"), 3)
    scored = parse_dataset(document(uncertainty={"type": "scored", **scores}))
    assert scored.distribution(2.0).sigma == pytest.approx(0.115325626)
    assert scored.distribution(2.0).median == 2.0
    unknown = parse_dataset(document(uncertainty={"type": "unknown", "profile": "transport"}))
    assert unknown.uncertainty_basis == "assumed"
    assert unknown.distribution().sigma > 0, "unknown is never sampled as fixed"


def test_other_units_by_the_figures_printed_per_them() -> None:
    # 3 kg CO2e per kg and 0.25 per kWh of heating value: one kilogram holds 12 kWh.
    dataset = parse_dataset(document(also=[{"unit": "kWh|LHV", "co2e": 0.25, "row": "r2"}]))
    energy = units.parse_unit("kWh|LHV")
    assert dataset.amount_in_reference(24.0, energy) == pytest.approx(2.0)
    own = {"LHV": units.parse_property("LHV", "36 MJ/kg")}
    assert dataset.amount_in_reference(24.0, energy, own) == pytest.approx(2.4), "what the study states comes first"
    with pytest.raises(TanbiaoError) as caught:
        dataset.amount_in_reference(1.0, units.parse_unit("kWh|electricity"), where="r1")
    assert caught.value.code == "unit_mismatch"


def test_hash_covers_every_field_and_survives_the_round_trip() -> None:
    dataset = parse_dataset(document(notes=["a"]))
    again = Dataset.model_validate_json(dataset.canonical())
    assert again == dataset
    assert again.content_hash == dataset.content_hash
    for change in ({"licence": "CC BY"}, {"time": {"year": 2023}}, {"notes": ["b"]}, {"co2e": {"AR6": 3.0}}):
        assert parse_dataset(document(**{"notes": ["a"], **change})).content_hash != dataset.content_hash


def test_a_dataset_can_not_be_changed() -> None:
    dataset = parse_dataset(document())
    with pytest.raises(ValueError, match="frozen"):
        dataset.licence = "mine"
