"""Providers with a figure: a supplier's footprint passes every check or each failure is named; our own datasets."""

from dataclasses import replace

import pytest

from core.lca.inventories import gives, inventory, made, process, product, uses
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError, catalogue
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_background import from_dataset
from tanbiao.core.lca.linking_model import Decision, LinkOptions, Rank
from tanbiao.core.lca.linking_units import Measures
from tanbiao.core.lca.supplier import SupplierFootprint, SupplierTerms, check_supplier, supplier_dataset

TERMS = SupplierTerms("AR6", "2025-01-01", "2025-12-31", claimed=frozenset({"GEC-1"}))
GOOD = SupplierFootprint(
    id="pf-1",
    name="Aluminium ingot, plant 3",
    unit="t",
    place="CN-YN",
    masses={"CO2 fossil": 4000.0, "CH4 fossil": 10.0},
    gwp_set="AR6",
    valid_from="2024-07-01",
    valid_until="2026-06-30",
    boundary="cradle_to_gate",
    offsets=False,
    green_power=("GEC-2",),
    recycling="cut_off",
    verification="verified",
)


def _against(footprint):
    return [one.code for one in check_supplier(footprint, TERMS) if one.severity.blocks]


def _supplying(footprint):
    flow = product("ingot")
    stock = inventory(
        [flow, product("frame")], process("frames", made("frame"), uses("ingot", 1500, "g"), gives("co2", 0.1))
    )
    background, found = from_dataset(supplier_dataset(footprint), flow, Measures(stock), TERMS.gwp_set)
    return stock, background, found


def test_a_footprint_that_passes_supplies_in_the_flow_s_own_unit():
    stock, background, found = _supplying(GOOD)
    assert (check_supplier(GOOD, TERMS), found) == ((), ())
    assert background.source == "supplier_footprint"
    linked = link(stock, [background], LinkOptions(chosen={("frames", "ingot"): Decision(background.id)}))
    assert linked.choices[0].rank is Rank.CHOSEN
    # 1.5 kg × (4 + 0.01 × 29.8) kg CO2e/kg (AR6 GWP100 of fossil methane 29.8) + 0.1
    assert solve(linked).footprint("frames") == pytest.approx(1.5 * (4 + 0.298) + 0.1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"valid_until": "2025-06-30"}, "supplier_period"),
        ({"valid_from": "2025-02-01"}, "supplier_period"),
        ({"valid_from": ""}, "supplier_period"),
        ({"boundary": "gate_to_gate"}, "supplier_boundary"),
        ({"boundary": "unstated"}, "supplier_boundary"),
        ({"gwp_set": "AR5", "masses": {}, "co2e": {"fossil": 4.3}}, "supplier_gwp_set"),
        ({"gwp_set": "unknown", "co2e": {"undivided": 1.0}}, "supplier_gwp_set"),
        ({"offsets": True}, "supplier_offsets"),
        ({"offsets": None}, "supplier_offsets_unstated"),
        ({"replaced": True}, "supplier_deprecated"),
        ({"green_power_stated": False}, "supplier_green_power_unstated"),
        ({"green_power": None}, "supplier_green_power_unproven"),
        ({"green_power": ("GEC-1",)}, "supplier_green_power_twice"),
        ({"green_power": ("GEC-3", "GEC-3")}, "supplier_green_power_twice"),
        ({"recycling": "circular_footprint_formula"}, "supplier_recycling"),
        ({"verification": "self_declared"}, "supplier_unverified"),
        ({"masses": {}}, "supplier_no_figure"),
        ({"masses": {"CO2 fossil": float("nan")}}, "supplier_no_figure"),
    ],
)
def test_each_failure_has_its_own_name_and_refuses_the_footprint(change, code):
    footprint = replace(GOOD, **change)
    assert _against(footprint) == [code]
    assert all(catalogue()[code][lang][1] for lang in ("zh", "en"))


def test_all_failures_are_named_at_once():
    bare = SupplierFootprint(id="b", name="b", unit="kg", place="CN", co2e={"undivided": 1.0})
    assert _against(bare) == [
        "supplier_period",
        "supplier_boundary",
        "supplier_gwp_set",
        "supplier_offsets_unstated",
        "supplier_recycling",
        "supplier_unverified",
    ]


def test_masses_by_gas_are_weighed_again_under_another_set_and_said():
    older = replace(GOOD, gwp_set="AR5")
    assert [one.code for one in check_supplier(older, TERMS)] == ["supplier_gwp_converted"]
    dataset = supplier_dataset(older)
    # AR5 without feedbacks gives fossil methane 30, AR6 29.8 (IPCC)
    assert dataset.intensity("AR5").total == pytest.approx(4000 + 10 * 30)
    assert dataset.intensity("AR6").total == pytest.approx(4000 + 10 * 29.8)
    _, background, found = _supplying(older)
    assert found == ()
    assert background.masses == {"CO2 fossil": 4.0, "CH4 fossil": 0.01}


def test_a_unit_that_the_flow_lacks_refuses_the_footprint():
    with pytest.raises(TanbiaoError) as caught:
        _supplying(replace(GOOD, unit="m3"))
    assert caught.value.code == "unit_mismatch"


def _dataset(**changes):
    document = {
        "id": "cn-grid",
        "version": "1",
        "name": {"en": "Electricity, China"},
        "kind": "footprint_factor",
        "reference": {"unit": "kWh"},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2023},
        "co2e": {"unknown": 0.6205},
        "kinds": {"undivided": 0.6205},
        "uncertainty": {"type": "unknown"},
        "quality": {},
        "source": {"title": "Announcement"},
        "licence": "fact",
        "redistribution": "yes",
    }
    return parse_dataset({**document, **changes})


def test_a_factor_of_ours_supplies_a_flow_in_megajoule():
    flow = product("el", "energy")
    stock = inventory([flow, product("x")], process("X", made("x"), uses("el", 2, "kWh")))
    background, found = from_dataset(_dataset(), flow, Measures(stock), "AR6")
    assert [one.code for one in found] == ["provider_gwp_set"]
    assert background.co2e == {"undivided": pytest.approx(0.6205 / 3.6)}
    assert solve(link(stock, [background])).footprint("X") == pytest.approx(2 * 0.6205)


def test_gases_of_a_dataset_are_weighed_with_the_set_of_the_system():
    flow = product("gas")
    stock = inventory([flow, product("x")], process("X", made("x"), uses("gas", 2)))
    dataset = _dataset(
        reference={"unit": "kg"},
        co2e={"AR5": 3.4},
        kinds={"fossil": 3.4},
        gases={"CO2 fossil": 2.8, "CH4 fossil": 0.02},
    )
    background, found = from_dataset(dataset, flow, Measures(stock), "AR6")
    assert (background.masses, found) == ({"CO2 fossil": 2.8, "CH4 fossil": 0.02}, ())
    assert solve(link(stock, [background])).footprint("X") == pytest.approx(2 * (2.8 + 0.02 * 29.8))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "direct_emission_factor"}, "direct_factor_in_footprint"),
        ({"reference": {"unit": "m3"}}, "unit_mismatch"),
    ],
)
def test_a_dataset_that_cannot_stand_for_the_flow_is_refused(changes, code):
    flow = product("el", "energy")
    with pytest.raises(TanbiaoError) as caught:
        from_dataset(_dataset(**changes), flow, Measures(inventory([flow])), "AR6")
    assert caught.value.code == code
