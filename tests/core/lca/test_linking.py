"""Linking: the ladder of providers, signs, units and allocation, on inventories small enough to solve by hand."""

import numpy as np
import pytest

from core.lca.inventories import gives, inventory, made, process, product, shares, uses, waste
from core.lca.systems import ANSWERED, SMALL
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, ModuleResult, ProcessKind
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import all_gases
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link, together
from tanbiao.core.lca.linking_background import epd_figure
from tanbiao.core.lca.linking_model import Background, Decision, LinkOptions, Rank
from tanbiao.core.lca.linking_places import distance, wider

SQUARE = {name: case for name, case in ANSWERED.items() if name != "T9 permuted"}


def _written_out(case):
    """Write a small system as processes: its diagonal is the reference, all emission is CO2."""
    matrix = np.asarray(case.technosphere, dtype=float)
    emitted = np.asarray(case.factors, dtype=float) @ np.atleast_2d(np.asarray(case.interventions, dtype=float))
    if matrix[0, 0] < 0 < matrix[1, 0]:
        matrix = matrix[[1, 0]]
    flows, processes = [], []
    for row in range(len(matrix)):
        flows.append(product(f"p{row}") if matrix[row, row] > 0 else waste(f"p{row}"))
    for column in range(matrix.shape[1]):
        exchanges = [gives("co2", emitted[column])]
        for row, amount in enumerate(matrix[:, column]):
            treats = matrix[row, row] < 0
            if row == column:
                exchanges.append(Exchange(f"p{row}", treats, abs(amount), is_reference=True))
            elif amount > 0 and not treats:
                exchanges.append(uses(f"p{row}", amount, is_avoided=True))
            elif amount:
                exchanges.append(Exchange(f"p{row}", amount < 0, abs(amount)))
        processes.append(process(f"a{column}", *exchanges))
    return inventory(flows, *processes)


@pytest.mark.parametrize("name", SQUARE)
def test_the_small_systems_written_as_inventories_give_their_known_answers(name):
    case = SMALL[name]
    solved = solve(link(_written_out(case)))
    swapped = name == "T1 Heijungs & Suh"
    for place, expected in enumerate(case.intensities):
        key = f"a{1 - place if swapped else place}"
        assert solved.intensities[key][0] == pytest.approx(expected, rel=1e-9)
    assert solved.refusals == {}
    assert solved.incomplete == frozenset()


@pytest.mark.parametrize(
    ("name", "code"),
    [("T5 singular", "singular"), ("T6 unproductive", "unproductive"), ("T7 near singular", "near_singular")],
)
def test_a_loop_without_an_answer_is_refused_with_its_processes(name, code):
    solved = solve(link(_written_out(SMALL[name])))
    assert {key: (one.code, one.because) for key, one in solved.refusals.items()} == {
        "a0": (code, ("a0", "a1")),
        "a1": (code, ("a0", "a1")),
    }
    assert solved.system is None


def test_a_singular_loop_takes_its_users_with_it_and_leaves_the_rest():
    flows = [product(key) for key in ("a", "b", "user", "far", "good", "fuel")]
    solved = solve(
        link(
            inventory(
                flows,
                process("A", made("a"), uses("b", 1)),
                process("B", made("b"), uses("a", 1)),
                process("User", made("user"), uses("a", 2), uses("fuel", 1)),
                process("Far", made("far"), uses("user", 1)),
                process("Good", made("good"), uses("fuel", 3), gives("co2", 1)),
                process("Fuel", made("fuel"), gives("co2", 0.5)),
            )
        )
    )
    assert {key: one.code for key, one in solved.refusals.items()} == {
        "A": "singular",
        "B": "singular",
        "User": "depends_on_refused",
        "Far": "depends_on_refused",
    }
    assert solved.refusals["Far"].because == ("A", "B")
    assert solved.footprint("Good", 2.0) == pytest.approx(5.0)
    with pytest.raises(TanbiaoError) as caught:
        solved.footprint("User")
    assert caught.value.code == "depends_on_refused"
    assert "A (CN), B (CN)" in str(caught.value.findings[0].params["processes"])


def test_a_user_of_two_gaps_names_both_and_a_refused_process_keeps_its_own_reason():
    flows = [product(key) for key in ("a", "b", "c", "user", "both")]
    solved = solve(
        link(
            inventory(
                flows,
                process("A", made("a"), uses("b", 1)),
                process("B", made("b"), uses("a", 1)),
                process("C", made("c", 0.0), uses("a", 1)),
                process("User", made("user"), uses("a", 2), uses("c", 1)),
                process("Both", made("both"), gives("user", 1), uses("b", 1)),
            )
        )
    )
    assert solved.refusals["User"].because == ("A", "B", "C")
    assert solved.refusals["C"].code == "reference_zero"
    assert solved.refusals["Both#both"].code == "coproducts_without_allocation"


def test_a_process_that_uses_up_its_own_product_is_no_treatment():
    solved = solve(link(inventory([product("a")], process("A", made("a", 1), uses("a", 2), gives("co2", 1)))))
    assert solved.refusals["A"].code == "uses_all_it_makes"


def test_own_use_is_taken_off_what_is_made():
    solved = solve(link(inventory([product("a")], process("A", made("a", 10), uses("a", 2), gives("co2", 4)))))
    assert solved.footprint("A") == pytest.approx(0.5)


# Who supplies


def _one_user(place, *suppliers, **options):
    flows = [product("el", "energy"), product("x")]
    user = process("user", made("x"), uses("el", 3.6), location=place)
    linked = link(inventory(flows, user, *suppliers), options=LinkOptions(**options))
    return next((choice for choice in linked.choices if choice.user == "user"), None), linked


def _supplier(key, place, name=None, volume=None):
    words = {"en": name or key}
    return process(key, made("el", 1, "kWh", production_volume=volume), location=place, name=words)


@pytest.mark.parametrize(
    ("user", "suppliers", "rank", "chosen"),
    [
        ("CN-GD", {"a": "CN-GD", "b": "CN", "c": "GLO"}, Rank.SAME_PLACE, "a"),
        ("CN-GD", {"b": "CN", "c": "RAS", "d": "GLO"}, Rank.WIDER_REGION, "b"),
        ("CN-GD", {"c": "RAS", "d": "GLO", "e": "RER"}, Rank.WIDER_REGION, "c"),
        ("DE", {"d": "GLO", "e": "RER", "f": "FR"}, Rank.WIDER_REGION, "e"),
        ("US", {"g": "RNA", "d": "GLO"}, Rank.WIDER_REGION, "g"),
        ("CN", {"f": "FR", "h": "JP"}, Rank.STAND_IN, "h"),
        ("CN", {"i": "CN-SD", "h": "JP"}, Rank.STAND_IN, "i"),
        ("", {"f": "FR"}, Rank.STAND_IN, "f"),
    ],
)
def test_the_nearest_place_supplies(user, suppliers, rank, chosen):
    choice, linked = _one_user(user, *(_supplier(key, place) for key, place in suppliers.items()))
    assert (choice.rank, choice.providers) == (rank, ((chosen, 1.0),))
    assert {one.activity for one in choice.passed_over} == set(suppliers) - {chosen}
    assert ("stand_in_provider" in {one.code for one in linked.findings}) == (rank is Rank.STAND_IN)


def test_without_stand_ins_a_far_place_leaves_the_input_open():
    choice, linked = _one_user("CN", _supplier("f", "FR"), stand_ins="none")
    assert choice is None
    assert [(one.user, one.flow, one.amount, one.unit) for one in linked.unlinked] == [("user", "el", -3.6, "MJ")]
    solved = solve(linked)
    assert solved.incomplete == {"user"}
    assert np.isinf(solved.system.hidden()[0, list(solved.intensities).index("user")])
    assert solved.unlinked_upstream("user") == linked.unlinked


def test_the_market_of_a_place_comes_before_those_who_feed_it():
    market = process("m", made("el", 1, "kWh"), uses("el", 1, "kWh", provider="hydro"), name={"en": "market for el"})
    choice, _ = _one_user("CN", market, _supplier("hydro", "CN"), _supplier("coal", "CN"))
    assert (choice.rank, choice.providers) == (Rank.MARKET, (("m", 1.0),))
    assert {(one.activity, one.why) for one in choice.passed_over} == {
        ("hydro", "not_the_market"),
        ("coal", "not_the_market"),
    }


def test_a_named_provider_comes_first_and_a_chosen_one_before_it():
    suppliers = (_supplier("near", "CN"), _supplier("far", "FR"))
    user = process("user", made("x"), uses("el", 1, provider="far"))
    stock = inventory([product("el", "energy"), product("x")], user, *suppliers)
    named = link(stock).choices[0]
    assert (named.rank, named.providers) == (Rank.NAMED, (("far", 1.0),))
    chosen = link(
        stock, options=LinkOptions(chosen={("user", "el"): Decision("near", "operator", "a contract")})
    ).choices[0]
    assert (chosen.rank, chosen.providers) == (Rank.CHOSEN, (("near", 1.0),))
    assert chosen.decision == Decision("near", "operator", "a contract")


def test_a_chosen_provider_of_another_product_supplies_where_the_units_meet_and_is_said_where_not():
    flows = [product("el", "energy"), product("green", "energy"), product("x"), product("y")]
    user = process("user", made("x"), uses("el", 7.2))
    others = (process("wind", made("green", 1, "kWh"), gives("co2", 0.01)), process("brick", made("y")))
    stock = inventory(flows, user, *others)
    wind = link(stock, options=LinkOptions(chosen={("user", "el"): Decision("wind")}))
    assert [(one.code, one.params["other"]) for one in wind.findings] == [("choice_of_another_product", "green")]
    assert (wind.choices[0].rank, wind.choices[0].providers) == (Rank.CHOSEN, (("wind", 1.0),))
    assert solve(wind).footprint("user") == pytest.approx(0.02)
    for chosen, code in (("brick", "choice_supplies_another"), ("nobody", "choice_provider_unknown")):
        linked = link(stock, options=LinkOptions(chosen={("user", "el"): Decision(chosen)}))
        assert linked.choices == ()
        assert [(one.code, one.params["id"]) for one in linked.findings] == [(code, chosen), ("unlinked_input", "el")]


def test_files_of_one_export_link_with_each_other():
    one = inventory([product("x"), product("el", "energy")], process("X", made("x"), uses("el", 3.6)))
    other = inventory([product("el", "energy")], process("power", made("el", 1, "kWh"), gives("co2", 0.5)))
    assert solve(link(together([one, other]))).footprint("X") == pytest.approx(0.5)
    assert together([one]) is one


@pytest.mark.parametrize(("named", "code"), [("nobody", "provider_missing"), ("other", "provider_makes_another")])
def test_a_named_provider_that_cannot_supply_is_said_and_the_next_is_taken(named, code):
    other = process("other", made("y"))
    user = process("user", made("x"), uses("el", 1, provider=named))
    flows = [product("el", "energy"), product("x"), product("y")]
    linked = link(inventory(flows, user, other, _supplier("near", "CN")))
    assert linked.choices[0].providers == (("near", 1.0),)
    assert [one.code for one in linked.findings] == [code]


def test_several_providers_are_mixed_by_production_volume_or_in_equal_shares_and_said_which():
    choice, linked = _one_user("CN", _supplier("a", "CN", volume=3.0), _supplier("b", "CN", volume=1.0))
    assert choice.weighting == "production_volumes"
    assert choice.providers == (("a", 0.75), ("b", 0.25))
    assert [(one.code, one.severity.value) for one in linked.findings] == [("supply_mix", "info")]
    choice, linked = _one_user("CN", _supplier("a", "CN", volume=3.0), _supplier("b", "CN"))
    assert choice.weighting == "equal_shares"
    assert choice.providers == (("a", 0.5), ("b", 0.5))
    assert [(one.code, one.severity.value) for one in linked.findings] == [("ambiguous_provider", "warning")]


def test_a_mix_has_the_weighted_footprint():
    flows = [product("el", "energy"), product("x")]
    coal = process("coal", made("el", 1, "kWh", production_volume=3.0), gives("co2", 1.0))
    hydro = process("hydro", made("el", 1, "kWh", production_volume=1.0), gives("co2", 0.04))
    solved = solve(link(inventory(flows, coal, hydro, process("user", made("x", 2), uses("el", 4, "kWh")))))
    # 4 kWh × (0.75 × 1 + 0.25 × 0.04) kg for 2 kg.
    assert solved.footprint("user") == pytest.approx(4 * 0.76 / 2)


def test_a_product_of_the_same_name_stands_in_in_its_own_unit():
    alias = product("el-b", "energy", name={"en": "EL"})
    user = process("user", made("x"), uses("el", 2, "kWh"))
    linked = link(inventory([product("el", "energy"), alias, product("x")], user, process("s", made("el-b", 1, "kWh"))))
    assert (linked.choices[0].rank, linked.choices[0].providers) == (Rank.STAND_IN, (("s", 1.0),))
    pieces = product("el-b", "items", name={"en": "el"})
    linked = link(inventory([product("el", "energy"), pieces, product("x")], user, process("s", made("el-b"))))
    assert [one.flow for one in linked.unlinked] == ["el"]


def test_nothing_unlinked_is_lost_and_uses_of_one_flow_are_told_once():
    flows = [product("x"), product("y"), product("steel")]
    linked = link(
        inventory(
            flows,
            process("X", made("x"), uses("steel", 2), gives("co2", 1)),
            process("Y", made("y"), uses("steel", 1), uses("x", 1), uses("not described", 5, "kg")),
        )
    )
    assert [(one.user, one.flow, one.amount) for one in linked.unlinked] == [
        ("X", "steel", -2.0),
        ("Y", "steel", -1.0),
        ("Y", "not described", -5.0),
    ]
    told = [(one.params["name"], one.params["uses"]) for one in linked.findings if one.code == "unlinked_input"]
    assert told == [("not described", 1), ("steel", 2)]
    solved = solve(linked)
    assert solved.footprint("Y") == pytest.approx(1.0)
    assert solved.incomplete == {"X", "Y"}
    assert len(solved.unlinked_upstream("Y")) == 3


def test_what_unlinked_inputs_could_hide_is_bounded_where_a_bound_is_known():
    flows = [product(key) for key in ("x", "y", "z", "steel", "glue")]
    solved = solve(
        link(
            inventory(
                flows,
                process("X", made("x", 2), uses("steel", 4), gives("co2", 1)),
                process("Y", made("y"), uses("x", 3), uses("steel", 1)),
                process("Z", made("z"), uses("x", 1), uses("glue", 1)),
            )
        )
    )
    # 4 kg steel for 2 kg x at no more than 3 kg CO2e/kg: 6 per kg x; y adds 1 kg of steel to 3 kg of x.
    assert solved.hidden({"steel": 3.0}) == {"X": pytest.approx(6.0), "Y": pytest.approx(21.0), "Z": None}


# Waste and credits in the ways the formats write them


@pytest.mark.parametrize(
    "treats",
    [
        Exchange("ash", True, 2.0, is_reference=True),
        Exchange("ash", False, -2.0, is_reference=True),
    ],
    ids=["openLCA and ILCD: input of waste", "ecoinvent: negative output"],
)
@pytest.mark.parametrize(
    "leaves",
    [Exchange("ash", False, 0.3), Exchange("ash", True, -0.3)],
    ids=["output of waste", "negative input"],
)
def test_a_waste_chain_has_one_answer_in_every_format(treats, leaves):
    flows = [product("x"), waste("ash"), waste("slag")]
    solved = solve(
        link(
            inventory(
                flows,
                process("plant", made("x"), leaves, gives("co2", 2)),
                process("kiln", treats, gives("slag", 1.0), gives("co2", 3)),
                process("landfill", Exchange("slag", True, 1, is_reference=True), gives("co2", 0.1)),
            )
        )
    )
    # 2 + 0.3 × (3 + 1 × 0.1) / 2
    assert solved.footprint("plant") == pytest.approx(2 + 0.3 * 3.1 / 2)
    assert solved.footprint("kiln", 1.0) == pytest.approx(1.55)


def test_waste_that_nobody_treats_is_open_even_if_somebody_makes_it():
    linked = link(
        inventory(
            [product("x"), waste("ash")], process("plant", made("x"), gives("ash", 1)), process("dump", made("ash"))
        )
    )
    assert [one.flow for one in linked.unlinked] == ["ash"]


def test_an_avoided_product_is_a_credit():
    linked = link(
        inventory(
            [product("x"), product("heat", "energy")],
            process("plant", made("x"), uses("heat", 2, "kWh", is_avoided=True), gives("co2", 5)),
            process("boiler", made("heat", 7.2), gives("co2", 1)),
        )
    )
    assert linked.choices[0].is_credit
    solved = solve(linked)
    assert solved.footprint("plant") == pytest.approx(4.0)
    assert "credits_in_system" in {one.code for one in solved.findings}


# Units


def test_amounts_convert_through_unit_groups_and_flow_properties_only():
    # 1 item weighs 0.25 kg: 3 dozen items are 9 kg, 500 g are 2 items.
    bolt = product("bolt", "items", properties={"mass": 0.25})
    solved = solve(
        link(
            inventory(
                [bolt, product("x"), product("y")],
                process("bolts", made("bolt", 1, "dozen"), gives("co2", 600, "g")),
                process("X", made("x"), uses("bolt", 500, "g", flow_property="mass")),
                process("Y", made("y"), uses("bolt", 0.003, "t")),
            )
        )
    )
    assert solved.footprint("bolts") == pytest.approx(0.05)
    assert solved.footprint("X") == pytest.approx(2 * 0.05)
    assert solved.footprint("Y") == pytest.approx(12 * 0.05)


def test_a_unit_that_the_flow_has_not_refuses_the_process_by_name():
    linked = link(
        inventory(
            [product("el", "energy"), product("x"), product("y")],
            process("power", made("el"), gives("co2", 1)),
            process("X", made("x"), uses("el", 1, "kg")),
            process("Y", made("y"), uses("x", 1)),
        )
    )
    solved = solve(linked)
    assert {key: one.code for key, one in solved.refusals.items()} == {"X": "unit_mismatch", "Y": "depends_on_refused"}
    mismatch = next(one for one in linked.findings if one.code == "unit_mismatch")
    assert (mismatch.where, mismatch.params["unit"], mismatch.params["expected"]) == ("X exchanges[1]", "kg", "MJ")
    assert set(solved.intensities) == {"power"}


def test_a_greenhouse_gas_without_a_mass_refuses_its_process():
    gas = Flow("n2o", {"en": "Nitrous oxide"}, FlowKind.ELEMENTARY, cas="10024-97-2", categories=("air",), unit="Nm3")
    linked = link(inventory([product("x"), gas], process("X", made("x"), gives("n2o", 1, "Nm3"))))
    assert solve(linked).refusals["X"].code == "gas_not_in_mass"


def test_an_unknown_fluorinated_gas_is_reported_not_dropped():
    gas = product("f", kind=FlowKind.ELEMENTARY, name={"en": "HFC-9999zz"}, categories=("air",))
    linked = link(inventory([product("x"), gas], process("X", made("x"), gives("f", 1), gives("co2", 1))))
    assert linked.uncharacterised == (("X", 1),)


def test_a_gas_without_a_value_in_the_set_is_reported_not_dropped():
    key = next(key for key, one in all_gases().items() if "AR4" not in one.gwp and "AR6" in one.gwp and one.cas)
    gas = product("g", kind=FlowKind.ELEMENTARY, name={"en": key}, cas=all_gases()[key].cas, categories=("air",))
    stock = inventory([product("x"), gas], process("X", made("x"), gives("g", 1), gives("co2", 1)))
    linked = link(stock, options=LinkOptions(gwp_set="AR4"))
    assert linked.uncharacterised == (("X", 1),)
    assert [(one.code, one.params["gas"]) for one in linked.findings] == [("gas_without_gwp", key)]
    assert link(stock, options=LinkOptions(gwp_set="AR6")).uncharacterised == ()


# Allocation


def _two_products(factors, default="", **options):
    flows = [product("gold"), product("sand")]
    quarry = process(
        "quarry",
        made("gold", 1),
        gives("sand", 3),
        gives("co2", 10, id="e3"),
        gives("ch4", 1, id="e4"),
        allocation=factors,
        default_allocation=default,
    )
    user = process("user", made("x"), uses("sand", 1))
    return solve(link(inventory([*flows, product("x")], quarry, user), options=LinkOptions(**options)))


PHYSICAL = shares("physical", {"gold": 0.25, "sand": 0.75})
ECONOMIC = shares("economic", {"gold": 0.9, "sand": 0.1})
ALL = 10 + 29.8  # kg CO2e of the quarry: 10 kg CO2, 1 kg fossil methane (AR6 GWP100 29.8)


@pytest.mark.parametrize(
    ("default", "asked", "gold", "sand"),
    [
        ("", "file", 0.25, 0.75),
        ("ECONOMIC_ALLOCATION", "file", 0.9, 0.1),
        ("PHYSICAL_ALLOCATION", "economic", 0.9, 0.1),
    ],
)
def test_the_products_of_a_process_share_it_by_the_method_chosen(default, asked, gold, sand):
    solved = _two_products(PHYSICAL + ECONOMIC, default, allocation=asked)
    assert solved.footprint("quarry#gold") == pytest.approx(gold * ALL)
    assert solved.footprint("quarry#sand") == pytest.approx(sand * ALL / 3)
    assert solved.footprint("user") == pytest.approx(sand * ALL / 3)


def test_causal_factors_share_each_exchange_apart_and_others_by_the_whole():
    causal = shares("causal", {"gold": 0.5, "sand": 0.5}) + shares("causal", {"gold": 1.0, "sand": 0.0}, "e4")
    solved = _two_products(causal)
    assert solved.footprint("quarry#gold") == pytest.approx(5 + 29.8)
    assert solved.footprint("quarry#sand") == pytest.approx(5 / 3)


@pytest.mark.parametrize(
    ("factors", "code"),
    [
        ((), "coproducts_without_allocation"),
        (shares("physical", {"gold": 1.0}), "coproducts_without_allocation"),
        (shares("physical", {"gold": 0.5, "sand": 0.4}), "allocation_not_one"),
        (shares("causal", {"gold": 0.5, "sand": 0.4}, "e3"), "allocation_not_one"),
    ],
)
def test_missing_or_unfit_factors_refuse_the_process_and_its_users(factors, code):
    solved = _two_products(factors)
    assert solved.refusals["quarry#gold"].code == code
    assert solved.refusals["quarry#sand"].code == code
    assert solved.refusals["user"].because == ("quarry#sand",)


def test_factors_off_by_printing_are_divided_by_their_sum_and_said():
    solved = _two_products(shares("physical", {"gold": 0.333, "sand": 0.666}))
    assert solved.footprint("quarry#gold") == pytest.approx(ALL / 3)
    assert "allocation_rounded" in {one.code for one in solved.linked.findings}


def test_without_factors_mass_or_the_reference_alone_can_be_asked_for():
    by_mass = _two_products((), without_factors="mass")
    assert by_mass.footprint("quarry#gold") == pytest.approx(ALL / 4)
    alone = _two_products((), without_factors="reference")
    assert alone.footprint("quarry#gold") == pytest.approx(ALL)
    assert [one.flow for one in alone.linked.unlinked] == ["sand"]
    assert "allocated_to_reference" in {one.code for one in alone.linked.findings}


# References


def test_the_only_product_is_the_reference_when_none_is_marked_and_said():
    linked = link(inventory([product("x")], process("X", gives("x", 2), gives("co2", 1))))
    assert solve(linked).footprint("X") == pytest.approx(0.5)
    assert [one.code for one in linked.findings] == ["reference_inferred"]


@pytest.mark.parametrize(
    ("exchanges", "code"),
    [
        ((gives("co2", 1),), "process_without_reference"),
        ((gives("x", 1), gives("y", 1)), "process_without_reference"),
        ((made("x", 0.0),), "reference_zero"),
    ],
)
def test_a_process_without_a_usable_reference_is_refused(exchanges, code):
    solved = solve(link(inventory([product("x"), product("y")], process("X", *exchanges))))
    assert {one.code for one in solved.refusals.values()} == {code}


# Providers with a figure


def test_a_background_supplies_with_its_gases_and_kinds():
    given = Background("grid", "Grid", "el", "CN", "footprint_factor", {"CH4 fossil": 0.01}, {"undivided": 0.5})
    linked = link(
        inventory([product("el", "energy"), product("x")], process("X", made("x"), uses("el", 2), gives("co2", 1))),
        [given],
    )
    total, fossil, *_, undivided = solve(linked).intensities["X"]
    assert (total, fossil, undivided) == pytest.approx((1 + 2 * (0.298 + 0.5), 1 + 2 * 0.298, 1.0))


def _epd(*modules):
    results = tuple(ModuleResult("GWP-total", module, value, "kg CO2 eq.", *more) for module, value, *more in modules)
    return process("epd", made("brick", 1, "t"), kind=ProcessKind.EPD, results=results)


def test_an_epd_supplies_with_its_modules_a1_to_a3():
    user = process("X", made("x"), uses("brick", 10))
    linked = link(
        inventory([product("brick"), product("x")], user, _epd(("A1", 100.0), ("A2", 5.0), ("A3", 95.0), ("D", -9.0)))
    )
    assert solve(linked).footprint("X") == pytest.approx(2.0)
    solved = solve(link(inventory([product("brick"), product("x")], user, _epd(("A1", 100.0), ("A3", 95.0)))))
    assert solved.refusals["epd"].code == "epd_modules_missing"
    assert solved.refusals["X"].because == ("epd",)


def test_an_epd_in_one_module_a1_a3_with_two_scenarios_of_its_end_supplies():
    user = process("X", made("x"), uses("brick", 10))
    epd = _epd(("A1-A3", 200.0), ("C3", 5.0, "recycled"), ("C3", 7.0, "burnt"))
    solved = solve(link(inventory([product("brick"), product("x")], user, epd)))
    assert solved.intensities["X"] == pytest.approx([2.0, 0, 0, 0, 0, 2.0])


def test_the_parts_of_an_epd_are_taken_where_they_add_up():
    def figure(fossil):
        parts = {"GWP-total": 10.0, "GWP-GHG": 9.0, "GWP-fossil": fossil, "GWP-biogenic": -1.0, "GWP-luluc": 0.5}
        results = tuple(ModuleResult(name, "A1-A3", value, "kg CO2 eq.") for name, value in parts.items())
        return epd_figure(process("epd", made("brick"), kind=ProcessKind.EPD, results=results))

    assert figure(10.5) == ({"fossil": 10.5, "land_use_change": 0.5, "undivided": -1.0}, ())
    kinds, (notice,) = figure(8.0)
    assert (kinds, notice.code) == ({"undivided": 10.0}, "epd_parts_differ")


def test_the_latest_version_of_an_id_counts_and_a_clash_is_refused():
    flows = [product("x")]
    old = process("X", made("x"), gives("co2", 1), version="01.00.000")
    new = process("X", made("x"), gives("co2", 2), version="01.00.001")
    assert solve(link(inventory(flows, new, old))).footprint("X") == pytest.approx(2.0)
    other = process("X", made("x"), gives("co2", 3), version="01.00.001")
    assert solve(link(inventory(flows, new, other))).refusals["X"].code == "uuid_clash"


def test_regions_contain_their_countries_and_provinces():
    assert wider("CN-GD") == ("CN", "EAS", "RAS", "GLO")
    assert wider("DE") == ("EU-27", "EU-28", "EU-28+EFTA", "RER", "GLO")
    assert wider("US-WECC") == ("US", "RNA", "GLO")
    assert wider("GLO") == wider("") == ()
    assert wider("Mars") == ("GLO",)
    assert [distance("CN", place) for place in ("CN", "JP", "IN", "DE", "GLO", "RoW")] == [0, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("used", "expected"), [("kWh", 0.5), ("MJ", 0.5 / 3.6), ("kg", None), ("h", None), ("parsec of wool", None)]
)
def test_a_file_without_unit_groups_is_read_by_the_names_of_its_units(used, expected):
    flows = [product("el", "energy"), product("x"), product("y")]
    power = process("power", made("el", 1, "kWh"), gives("co2", 500, "g"))
    stock = inventory(flows, power, process("X", made("x"), uses("el", 1, used)), unit_groups={})
    solved = solve(link(stock))
    if expected is None:
        assert solved.refusals["X"].code == "unit_mismatch"
    else:
        assert solved.footprint("X") == pytest.approx(expected)
