"""Contributions: parts by hand on small systems, and every view adds up to the footprint."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import ANSWERED, SMALL, random_arrays
from tanbiao.core.lca import InvalidSystem, ProductSystem
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.views import PARETO, CutOff, view_of


def by_label(view):
    return {part.label: part.value for part in view.parts}


def textbook(**names):
    case = SMALL["T1 Heijungs & Suh"]
    return ProductSystem(case.technosphere, case.interventions, case.factors, **names)


def test_textbook_parts_by_process_gas_and_first_tier():
    # s = [100, 2]: the power station emits 100, making fuel 2 · 10; it buys 200 l of fuel at 0.10 kg/l.
    parts = Contributions(textbook(processes=["power", "fuel"], gases=["CO2", "SO2", "crude"]), {1: 1000})
    assert by_label(parts.processes()) == pytest.approx({"power": 100, "fuel": 20})
    assert by_label(parts.gases()) == pytest.approx({"CO2": 120})
    assert by_label(parts.first_tier()) == pytest.approx({"direct": 100, 0: 20})


def test_first_tier_keeps_the_sign_of_credits_and_wastes():
    # T3: 0.3 of waste handed on at −λ = 1.5 each; T4: 0.5 credited at 10 each.
    waste = SMALL["T3 waste"]
    assert by_label(Contributions(waste.build(), waste.demand).first_tier()) == pytest.approx({"direct": 2, 1: 0.45})
    credit = SMALL["T4 credit"]
    assert by_label(Contributions(credit.build(), credit.demand).first_tier()) == pytest.approx({"direct": 4, 1: -5})


def test_kinds_and_stages_are_sums_of_their_members():
    # T2: s = [100.1001, 2.002]; CO2 106.106…, CH4 28 · 5.2052… = 145.745…, process 0 alone 100.1001 · (1 + 1.4).
    system = SMALL["T2 loop"].build()
    parts = Contributions(system, {0: 1000})
    s = [100.1001001001, 2.002002002]
    kinds = parts.kinds(["fossil", "biogenic"])
    assert by_label(kinds) == pytest.approx(
        {"fossil": s[0] + 3 * s[1], "biogenic": 28 * (0.05 * s[0] + 0.1 * s[1])}, rel=1e-9
    )
    stages = parts.groups(["making", "supply"])
    assert by_label(stages) == pytest.approx({"making": 2.4 * s[0], "supply": 5.8 * s[1]}, rel=1e-9)
    with pytest.raises(InvalidSystem, match="names"):
        parts.groups(["making"])


def test_own_processes_carry_their_background_and_add_up():
    # Factory (own) buys 2 steel (5 kg each, coal behind it included) and 1 part of its workshop (own, 1 kg, 1 steel).
    technosphere = [[1, 0, 0, 0], [-1, 1, 0, 0], [-2, -1, 1, 0], [0, 0, -0.5, 1]]
    names = ["factory", "workshop", "steel", "coal"]
    system = ProductSystem(technosphere, [[3, 1, 4, 2]], [1], processes=names, products=names)
    view = Contributions(system, {"factory": 1.0, "steel": 2.0}).own_processes(["factory", "workshop"])
    assert by_label(view) == pytest.approx({"factory": 3 + 10, "workshop": 1 + 5, "directly demanded": 10})
    assert view.total == pytest.approx(29)
    assert view.reconciles


def test_a_background_that_uses_own_products_is_not_counted_twice():
    # T2 with process 0 as the own one. Background alone: μ = 5.8 / 100. Own: s0 (2.4 + 2 · 0.058); nothing is left,
    # since the background runs only for process 0: 100.1001 · 2.516 = 251.8518…, the whole footprint.
    view = Contributions(SMALL["T2 loop"].build(), {0: 1000}).own_processes([0])
    assert by_label(view) == pytest.approx({0: 100.1001001001 * 2.516}, rel=1e-9)
    assert view.reconciles


def test_cut_offs_show_the_largest_and_keep_the_rest():
    values = np.array([5.0, -30.0, 1.0, 60.0, 4.0, 0.0])
    labels = tuple("abcdef")
    names = [part.label for part in view_of("gwp", 40.0, labels, values, CutOff(cumulative=0.8)).parts]
    assert names == ["d", "b"]  # 60 of Σ|100| is too little, 90 is enough
    shared = view_of("gwp", 40.0, labels, values, CutOff(share=0.1))
    assert [part.label for part in shared.parts] == ["d", "b", "a", "e"]
    top = view_of("gwp", 40.0, labels, values, CutOff(top=1))
    assert (top.rest.value, [part.label for part in top.rest.parts]) == (-20.0, ["b", "a", "e", "c"])
    assert top.residual == 0
    assert top.share(top.parts[0]) == 1.5
    opened = top.open(CutOff(top=2))
    assert [part.label for part in opened.parts] == ["d", "b", "a"]
    assert opened.rest.value == 5.0
    assert opened.open().rest.parts == ()
    assert view_of("gwp", 0.0, ("a", "b"), np.array([2.0, -2.0]), CutOff(share=0.5)).share(opened.parts[0]) is None


def test_a_view_that_misses_something_says_so():
    view = view_of("gwp", 10.0, ("a", "b"), np.array([6.0, 3.0]))
    assert view.residual == 1.0
    assert not view.reconciles


@pytest.mark.parametrize("limits", [{"share": -0.1}, {"cumulative": 1.1}, {"top": -1}])
def test_a_cut_off_that_means_nothing_is_refused(limits):
    with pytest.raises(InvalidSystem) as error:
        CutOff(**limits)
    assert error.value.code == "cut_off_out_of_range"


def views(parts, size, gases):
    rng = np.random.default_rng(1)
    yield parts.processes(PARETO)
    yield parts.gases(CutOff(top=1))
    yield parts.kinds([f"kind {index % 2}" for index in range(gases)])
    yield parts.groups([f"stage {index}" for index in rng.integers(0, 3, size)], CutOff(share=0.05))
    yield parts.first_tier(CutOff(share=0.01))
    yield parts.own_processes(np.flatnonzero(rng.random(size) < 0.4).tolist())


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_every_view_of_a_small_system_adds_up(case):
    system = case.build()
    parts = Contributions(system, case.demand)
    for view in views(parts, system.processes.count, system.gases.count):
        assert view.total == pytest.approx(case.footprint, rel=1e-9)
        assert view.reconciles


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 25))
def test_every_view_of_a_random_system_adds_up(seed, size):
    arrays = random_arrays(seed, size)
    system = arrays.build()
    demand = np.random.default_rng(seed).normal(size=size)
    parts = Contributions(system, demand, indicator=1)
    for view in views(parts, size, 3):
        assert view.reconciles, view.residual
        assert view.open().rest.parts == ()
        assert view.open().reconciles
