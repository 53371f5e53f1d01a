"""Upstream tree and graph of flows: figures by hand, loops, credits, and a balance at every node."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.systems import ANSWERED, SMALL, random_arrays
from tanbiao.core.lca import ProductSystem
from tanbiao.core.lca.contributions import Contributions
from tanbiao.core.lca.upstream import Upstream
from tanbiao.core.lca.views import EVERYTHING, CutOff
from tanbiao.documents.charts import flow


def upstream(case, **names):
    system = ProductSystem(case.technosphere, case.interventions, case.factors, **names)
    return Upstream(Contributions(system, case.demand))


def links(graph):
    return {(graph.nodes[link.source].label, graph.nodes[link.target].label): link.value for link in graph.links}


def test_textbook_tree():
    tree = upstream(SMALL["T1 Heijungs & Suh"], processes=["power", "fuel"]).tree(EVERYTHING)
    (power,) = tree
    assert (power.supply.process, power.supply.amount) == ("power", 1000)
    assert power.supply.value == pytest.approx(120)
    assert power.supply.direct == pytest.approx(100)
    (fuel,) = power.branches
    assert (fuel.supply.process, fuel.supply.amount, fuel.supply.depth) == ("fuel", 200, 1)
    assert fuel.supply.value == pytest.approx(20)
    assert power.level.residual == pytest.approx(0, abs=1e-12)


def test_a_branch_that_comes_round_a_loop_ends_and_can_be_opened():
    # T2: 1000 of product 0 need 200 of product 1, these 1 of product 0, that 0.2 of product 1 …
    tree = upstream(SMALL["T2 loop"])
    first = tree.tree(EVERYTHING)[0]
    second = first.branches[0]
    third = second.branches[0]
    assert [first.supply.amount, second.supply.amount, third.supply.amount] == pytest.approx([1000, 200, 1])
    assert third.supply.value == pytest.approx(0.2518518519)
    assert third.supply.repeats
    assert third.level is None
    assert tree.level(third.supply, EVERYTHING).supplies[0].amount == pytest.approx(0.2)


def test_a_tree_stops_where_a_branch_no_longer_matters_and_keeps_the_rest():
    technosphere = [[1, 0, 0], [-1, 1, 0], [-1, 0, 1]]
    system = ProductSystem(technosphere, [[1, 90, 9]], [1], processes=["own", "large", "small"])
    tree = Upstream(Contributions(system, {0: 1.0}))
    (root,) = tree.tree(CutOff(share=0.1))
    assert [branch.supply.process for branch in root.branches] == ["large"]
    assert [item.process for item in root.level.rest] == ["small"]
    assert root.level.rest_value == 9
    assert root.level.residual == 0
    assert tree.tree(EVERYTHING, depth=0)[0].level is None


def test_loop_totals_follow_the_convention():
    # s = [100.1001, 2.002], λ = [.25185, .059259]: process 0 makes 1001.001 units (1000 for the demand, 1.001 for 1).
    # A⁻¹ = [[100, .5], [2, 10]] / 999, so both loop factors are 1 / (10 · 100 / 999) = .999: totals 1000 λ0, 200 λ1.
    graph = upstream(SMALL["T2 loop"], processes=["a", "b"]).graph(EVERYTHING)
    totals = {node.label: node.total for node in graph.nodes}
    assert totals == pytest.approx({"a": 251.8518518519, "b": 200 * 0.0592592593}, rel=1e-8)
    through = {node.label: node.throughput for node in graph.nodes}
    assert through == pytest.approx({"a": 1001.001001 * 0.2518518519, "b": 200.2002002 * 0.0592592593}, rel=1e-8)
    assert links(graph) == pytest.approx(
        {("b", "a"): 200.2002002 * 0.0592592593, ("a", "b"): 1.001001001 * 0.2518518519}, rel=1e-8
    )
    assert all(link.in_loop for link in graph.links)
    assert graph.nodes[0].demanded == pytest.approx(251.8518518519)
    assert graph.reconciles


def test_a_credit_is_a_negative_flow():
    graph = upstream(SMALL["T4 credit"], processes=["plant", "avoided"]).graph(EVERYTHING)
    assert links(graph) == {("avoided", "plant"): -5.0}
    assert {node.label: (node.total, node.direct) for node in graph.nodes} == {
        "avoided": (-5.0, -5.0),
        "plant": (-1.0, 4.0),
    }
    assert not graph.links[0].in_loop


def test_the_rest_of_a_graph_is_one_node_that_can_be_opened():
    # A chain of four: own emission 1, 2, 3, 4; totals 10, 9, 7, 4.
    system = ProductSystem(np.eye(4) - np.eye(4, k=-1), [[1, 2, 3, 4]], [1], processes=list("abcd"))
    flows = Upstream(Contributions(system, {0: 1.0}))
    graph = flows.graph(CutOff(top=2))
    rest = graph.nodes[-1]
    assert (rest.label, rest.index, rest.total, rest.direct) == ("rest", None, 7.0, 7.0)
    assert graph.rest == (2, 3)
    assert links(graph) == {("b", "a"): 9.0, ("rest", "b"): 7.0}
    opened = flows.graph(CutOff(top=2), also=graph.rest[1:])
    assert links(opened) == {("b", "a"): 9.0, ("d", "rest"): 4.0, ("rest", "b"): 7.0}
    assert opened.nodes[-1].direct == 3.0
    assert opened.reconciles
    assert graph.residual == 0.0


def test_the_same_chart_draws_it():
    system = ProductSystem(np.eye(4) - np.eye(4, k=-1), [[1, 2, 3, 4]], [1], processes=list("abcd"))
    document = Upstream(Contributions(system, {0: 1.0})).graph(CutOff(top=2)).document()
    drawn = flow.read(document)
    assert [node["label"]["en"] for node in document["nodes"]] == ["a", "b", "2 others", "demand"]
    assert {(link.source, link.target) for link in drawn.links} == {
        ("process:1", "process:0"),
        ("rest", "process:1"),
        ("process:0", "product"),
    }


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED.keys())
def test_the_tree_of_a_small_system_adds_up(case):
    flows = upstream(case)
    assert sum(root.value for root in flows.roots()) == pytest.approx(case.footprint, rel=1e-9)
    for branch in flows.tree(CutOff(cumulative=0.8)):
        assert branch.level.residual == pytest.approx(0, abs=1e-9 * abs(case.footprint))
        assert branch.reconciles
        short = replace(branch, level=replace(branch.level, of=replace(branch.supply, value=case.footprint + 1)))
        assert not short.reconciles
        assert not replace(branch, branches=(short,)).reconciles


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 25), st.integers(0, 6))
def test_every_graph_of_a_random_system_adds_up(seed, size, top):
    system = random_arrays(seed, size).build()
    demand = np.where(np.random.default_rng(seed).random(size) < 0.5, 1.5, 0.0)
    flows = Upstream(Contributions(system, demand))
    graph = flows.graph(CutOff(top=top))
    assert graph.reconciles, graph.residual
    # The demanded product of a single demand has the footprint as its total (openLCA's root node).
    # A product that carries nothing has nothing to draw, so the one that carries most is asked for.
    product = int(np.argmax(np.abs(system.intensities()[0])))
    single = Upstream(Contributions(system, {product: 2.0}))
    roots = [node for node in single.graph(EVERYTHING).nodes if node.demanded]
    assert len(roots) == (single.of.forward_total != 0)
    for root in roots:
        assert root.total == pytest.approx(single.of.forward_total, abs=1e-9 * np.abs(single.of.of_processes).sum())
    assert flows.graph(CutOff(top=top), also=graph.rest[:3]).reconciles
