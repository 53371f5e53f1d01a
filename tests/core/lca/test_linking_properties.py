"""Linking does not hang on the order of a file, nor on the units and batch sizes in which it is written."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.inventories import gives, inventory, made, process, product, uses, waste
from tanbiao.core.dataset.inventory import Exchange, Inventory
from tanbiao.core.findings import describe
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.readiness import readiness

SEEDS = st.integers(0, 10**6)
PLACES = ("CN", "CN-GD", "JP", "DE", "RER", "GLO", "")


def _random_inventory(seed: int) -> Inventory:
    """Twelve products with one to three makers each, wastes with treatments, open inputs, small enough inputs."""
    draw = random.Random(seed)
    flows = [product(f"p{n}") for n in range(12)] + [waste(f"w{n}") for n in range(2)] + [product("open")]
    processes = []
    for n in range(12):
        for copy in range(draw.choice((1, 1, 2, 3))):
            exchanges = [made(f"p{n}", 10 ** draw.uniform(-2, 2), production_volume=draw.choice((None, 5.0)))]
            batch = exchanges[0].amount
            for other in draw.sample(range(12), 3):
                exchanges.append(uses(f"p{other}", batch * draw.uniform(0, 0.25)))
            exchanges.append(gives(f"w{draw.randrange(2)}", batch * draw.uniform(0, 0.2)))
            if draw.random() < 0.2:
                exchanges.append(uses("open", batch))
            exchanges.append(gives("co2", batch * draw.uniform(0, 3)))
            processes.append(process(f"a{n}-{copy}", *exchanges, location=draw.choice(PLACES)))
    for n in range(2):
        treated = Exchange(f"w{n}", True, 1.0, is_reference=True)
        processes.append(process(f"t{n}", treated, uses("p0", 0.1), gives("co2", 0.5)))
    return inventory(flows, *processes)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_order_of_processes_changes_no_link_and_no_bit(seed):
    stock = _random_inventory(seed)
    shuffled = list(stock.processes)
    random.Random(seed + 1).shuffle(shuffled)
    first, second = link(stock), link(replace(stock, processes=tuple(shuffled)))
    assert first.choices == second.choices
    assert first.unlinked == second.unlinked
    assert first.findings == second.findings
    one, two = solve(first), solve(second)
    assert {key: value.tobytes() for key, value in one.intensities.items()} == {
        key: value.tobytes() for key, value in two.intensities.items()
    }


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_units_and_batch_sizes_change_no_footprint(seed):
    stock = _random_inventory(seed)
    draw = random.Random(seed + 2)
    rewritten = []
    for one in stock.processes:
        batch = 10 ** draw.uniform(-3, 3)
        exchanges = []
        for item in one.exchanges:
            unit, per_kg = draw.choice((("kg", 1.0), ("g", 1000.0), ("t", 0.001)))
            exchanges.append(replace(item, amount=item.amount * batch * per_kg, unit=unit))
        rewritten.append(replace(one, exchanges=tuple(exchanges)))
    before, after = solve(link(stock)), solve(link(replace(stock, processes=tuple(rewritten))))
    assert before.refusals == after.refusals == {}
    for key, value in before.intensities.items():
        np.testing.assert_allclose(after.intensities[key], value, rtol=1e-9, atol=1e-12)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_shares_add_up_every_input_is_answered_and_a_dense_solve_agrees(seed):
    stock = _random_inventory(seed)
    linked = link(stock)
    for choice in linked.choices:
        assert sum(share for _, share in choice.providers) == pytest.approx(1.0)
    exchanges = sum(item.flow != "co2" and not item.is_reference for one in stock.processes for item in one.exchanges)
    assert len(linked.choices) + len(linked.unlinked) == exchanges
    dense = linked.technosphere.toarray()
    direct = (linked.characterization @ linked.interventions).toarray()
    expected = np.linalg.solve(dense.T, direct.T)
    solved = solve(linked)
    for number, activity in enumerate(linked.activities):
        np.testing.assert_allclose(solved.intensities[activity.id], expected[number], rtol=1e-9, atol=1e-12)


def _damaged(stock: Inventory, draw: random.Random) -> Inventory:
    """Spoil a tenth of all exchanges the way broken files do."""
    spoil = (
        lambda one: replace(one, amount=draw.choice((0.0, -1.0, float("nan"), float("inf"), 1e300, 1e-300))),
        lambda one: replace(one, flow=draw.choice(("", "nowhere", "co2", "w0", "p1"))),
        lambda one: replace(one, unit=draw.choice(("MJ", "%", "", "furlong"))),
        lambda one: replace(one, is_reference=not one.is_reference),
        lambda one: replace(one, is_input=not one.is_input),
        lambda one: replace(one, is_avoided=True),
        lambda one: replace(one, provider=draw.choice(("a0-0", "t1", "nobody"))),
        lambda one: replace(one, location="Atlantis", flow_property="energy"),
    )
    processes = [
        replace(
            one,
            id=draw.choice((one.id, one.id, one.id, "a0-0")),
            exchanges=tuple(draw.choice(spoil)(item) if draw.random() < 0.1 else item for item in one.exchanges),
        )
        for one in stock.processes
    ]
    return replace(stock, processes=tuple(processes))


@given(SEEDS)
@settings(max_examples=80, deadline=None)
def test_broken_files_give_findings_and_every_activity_a_figure_or_a_reason(seed):
    stock = _damaged(_random_inventory(seed), random.Random(seed + 3))
    solved = solve(link(stock))
    report = readiness(stock, solved)
    assert set(solved.intensities) | set(solved.refusals) == {one.id for one in solved.linked.activities}
    assert not set(solved.intensities) & set(solved.refusals)
    assert all(np.isfinite(values).all() for values in solved.intensities.values())
    assert all(sum(counts.values()) == report.exchanges for counts in report.coverage.values())
    for one in report.findings:
        assert "{" not in describe(one, "zh") + describe(one, "en")
