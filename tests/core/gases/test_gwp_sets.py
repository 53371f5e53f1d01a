"""GWP sets: values by hand from the assessment reports, characterising, going back, and what is refused."""

from __future__ import annotations

import pytest

from tanbiao.core import gases
from tanbiao.core.findings import TanbiaoError

# IPCC AR4 WG1 table 2.14; AR5 WG1 table 8.A.1 (without climate-carbon feedback); AR6 WG1 tables 7.15 and 7.SM.7.
PRINTED = [
    ("CO2 fossil", 1, 1, 1),
    ("CO2 uptake", -1, -1, -1),
    ("CH4 fossil", 25, 30, 29.8),
    ("CH4 biogenic", 25, 28, 27.0),
    ("CH4 unspecified", 25, 28, 27.9),
    ("N2O", 298, 265, 273),
    ("SF6", 22800, 23500, 25200),
    ("NF3", 17200, 16100, 17400),
    ("CF4", 7390, 6630, 7380),
    ("C2F6", 12200, 11100, 12400),
    ("HFC-134a", 1430, 1300, 1530),
    ("HCFC-22", 1810, 1760, 1960),
]


@pytest.mark.parametrize(("key", "ar4", "ar5", "ar6"), PRINTED)
def test_values_are_those_of_the_assessment_reports(key: str, ar4: float, ar5: float, ar6: float) -> None:
    assert [gases.gwp(name, key) for name in ("AR4", "AR5", "AR6")] == [ar4, ar5, ar6]


def test_every_gas_has_source_licence_and_a_kind() -> None:
    for gas in gases.all_gases().values():
        assert gas.source
        assert gas.licence
        assert gas.gwp
        assert gas.kind in gases.Kind


def test_masses_become_co2e_under_a_named_set() -> None:
    # 2 kg CO2 + 0.1 kg fossil CH4 + 0.01 kg N2O under AR6 = 2 + 2.98 + 2.73 = 7.71
    weighed = gases.characterise({"CO2 fossil": 2.0, "CH4 fossil": 0.1, "N2O": 0.01}, "AR6")
    assert sum(weighed.values()) == pytest.approx(7.71)
    kinds = gases.by_kind({**weighed, "CO2 uptake": -1.5, "CO2 biogenic": 1.5, "undivided": 0.25})
    assert kinds == pytest.approx(
        {
            "fossil": 7.71,
            "biogenic_emission": 1.5,
            "biogenic_uptake": -1.5,
            "land_use_change": 0.0,
            "undivided": 0.25,
        }
    )


@pytest.mark.parametrize(
    ("gwp_set", "gas", "code"),
    [
        ("AR7", "N2O", "gwp_set_not_known"),
        ("unknown", "N2O", "gwp_set_not_known"),
        ("AR6", "CO2", "gas_unknown"),
        ("AR6", "CH4", "gas_unknown"),
        ("AR6", "n2o ", "gas_unknown"),
        ("AR4", "HFO-1234yf", "gwp_missing"),
    ],
)
def test_what_has_no_value_is_refused_and_never_zero(gwp_set: str, gas: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        gases.characterise({gas: 1.0}, gwp_set, "stages.use.g1")
    assert (caught.value.code, caught.value.where) == (code, "stages.use.g1")


@pytest.mark.parametrize("mass", [float("nan"), float("inf")])
def test_a_mass_must_be_finite(mass: float) -> None:
    with pytest.raises(TanbiaoError) as caught:
        gases.characterise({"N2O": mass}, "AR6")
    assert caught.value.code == "amount_not_finite"


def test_adding_parts_of_two_sets_inside_one_dataset_is_refused() -> None:
    assert gases.add_characterised([("AR5", {"N2O": 1.0}), ("AR5", {"N2O": 2.0, "SF6": 4.0})]) == (
        "AR5",
        {"N2O": 3.0, "SF6": 4.0},
    )
    for other in ("AR6", "unknown"):
        with pytest.raises(TanbiaoError) as caught:
            gases.add_characterised([("AR5", {"N2O": 1.0}), (other, {"N2O": 1.0})], "dataset d1")
        assert caught.value.code == "gwp_sets_mixed"
    with pytest.raises(TanbiaoError):
        gases.add_characterised([])


def test_the_largest_change_between_sets_bounds_an_unstated_set() -> None:
    # N2O under AR6 (273) against AR4 (298) and AR5 (265): the larger change is 1 − 273/298 = 8.39 %.
    assert gases.largest_ratio_change(["N2O"], "AR6") == pytest.approx(1 - 273 / 298)
    assert gases.largest_ratio_change(["CO2 fossil"], "AR5") == 0.0
