"""Sampled systems: known answers, the same bits however they are drawn, and what is refused."""

import math
from statistics import NormalDist

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.lca.systems import random_arrays
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import InvalidSystem, ProductSystem, Unsolvable
from tanbiao.core.lca.montecarlo import Sampler, ordered_sums, sample
from tanbiao.core.lca.preview import DeltaMethod
from tanbiao.core.lca.uncertain import Spreads, UncertainSystem
from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.philox import stream_of, word_rows


def t12(**options):
    """T12: h = a·b as a product that uses a of something that emits b."""
    system = ProductSystem([[1, 0], [-2, 1]], [[0, 3]], [1], **options)
    technosphere = Spreads.of(system.technosphere, {(1, 0): LogNormal(-2.0, 0.1)})
    interventions = Spreads.of(system.interventions, {(0, 1): LogNormal(3.0, 0.2)})
    return UncertainSystem(system, technosphere, interventions)


def uncertain(seed, size=12, sigma=0.2):
    """A random system with loops whose every entry is log-normal, its factors too."""
    arrays = random_arrays(seed, size)
    system = arrays.build()
    rng = np.random.default_rng(seed)
    matrices = (system.technosphere, system.interventions, system.characterization)
    return UncertainSystem(system, *(sigma * rng.random(len(matrix.data)) for matrix in matrices))


def test_t12_within_its_stated_error():
    """h ~ LN(ln 6, √.05): Limpert et al. 2001, table 1; quantiles 6 exp(± 1.959963985 · √.05)."""
    samples = sample(t12(), samples=20_000, seed=7)
    summary = samples.summary({0: 1}, confidence=0.999)
    s = math.sqrt(0.05)
    assert summary.nominal == pytest.approx(6, rel=1e-15)
    assert summary.mean.low <= 6 * math.exp(0.025) <= summary.mean.high
    assert summary.sd.low <= 1.3929801 <= summary.sd.high
    known = (3.8709432, 6.0, 9.3000590)
    for item, expected in zip(summary.quantiles, known, strict=True):
        assert item.low <= expected <= item.high
        assert item.high - item.low < 0.06 * expected
    assert 6 * math.exp(-1.959963985 * s) == pytest.approx(known[0], rel=1e-7)


def test_a_sample_is_the_published_product_of_its_two_draws():
    """Streams come from names, and the sign of an input stays outside the logarithm."""
    model = t12(products=["car", "steel"], processes=["car works", "steel works"], gases=["CO2"])
    technosphere, interventions, _ = model.streams
    entry = int(np.flatnonzero(model.system.technosphere.data == -2)[0])
    words = word_rows(5, [technosphere[entry], interventions[0]], 40)
    # The first bit is the sign, the other 31 the upper tail probability (docs/method.md).
    tails = ((words & 0x7FFFFFFF) + 0.5) / 2**32
    normal = np.array([[-NormalDist().inv_cdf(p) for p in row] for row in tails.tolist()]) * np.where(words < 0, -1, 1)
    a, b = 2.0 * np.exp(0.1 * normal[0]), 3.0 * np.exp(0.2 * normal[1])
    values = sample(model, samples=40, seed=5).values
    assert values[0, 0] == pytest.approx(a * b, rel=1e-6)
    assert values[1, 0] == pytest.approx(b, rel=1e-6)
    assert stream_of("steel") != stream_of("car")


def test_each_distribution_is_drawn_on_every_matrix():
    system = ProductSystem([[1, 0], [-2, 1]], [[1, 3], [1, 0]], [1, 2])
    model = UncertainSystem(
        system,
        Spreads.of(system.technosphere, {(1, 0): Triangular(-3.0, -2.0, -1.5)}),
        Spreads.of(system.interventions, {(0, 1): Uniform(2.0, 4.0), (1, 0): Normal(1.0, 0.1)}),
        Spreads.of(system.characterization, {(0, 1): LogNormal(2.0, 0.3)}),
    )
    values = sample(model, samples=2000, seed=3)
    # h = 1 + c·n + t·u, all independent: mean of each factor known in closed form.
    expected = 1 + 2 * math.exp(0.045) * 1.0 + (3 + 2 + 1.5) / 3 * 3.0
    mean = values.summary({0: 1}, confidence=0.9999).mean
    assert mean.low <= expected <= mean.high
    assert values.values[1, 0].min() >= 2
    assert values.values[1, 0].max() <= 4


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(0, 40))
@settings(max_examples=15, deadline=None)
def test_a_sample_depends_on_no_group(seed, count, first):
    sampler = Sampler(uncertain(seed, 6), seed)
    try:
        whole = sampler.drawn(0, 70).values
    except Unsolvable as error:
        # Where the draws of a loop near its limit cross it, the run is refused (tested apart): nothing to compare.
        assume(error.code != "unproductive")
        raise
    assert sampler.drawn(first, count).values.tolist() == whole[:, :, first : first + count].tolist()
    parts = [part.values for part in sampler.stream(count, first)]
    assert np.concatenate(parts, axis=2).tolist() == whole[:, :, first : first + count].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_every_sample_agrees_with_a_dense_solve(seed):
    model = uncertain(seed)
    system, sampler = model.system, Sampler(model, 11)
    drawn = sampler.drawn(0, 25).values
    place = np.empty(sampler.plan.nonzeros, dtype=np.int64)
    place[sampler.plan.source] = np.arange(sampler.plan.nonzeros)
    numbers = (sampler.values(0, 25) * sampler.plan.turned[sampler.plan.column][:, None])[place]
    burdens = sampler.direct(0, 25)
    for k in range(25):
        technosphere = sp.csc_array(
            (numbers[:, k], system.technosphere.indices, system.technosphere.indptr), shape=system.technosphere.shape
        ).toarray()
        expected = np.linalg.solve(technosphere.T, burdens[:, :, k].T).T
        assert drawn[:, :, k] == pytest.approx(expected, rel=1e-8, abs=1e-8 * np.abs(expected).max())


def test_fixed_systems_repeat_the_nominal_figures():
    system = random_arrays(3, 10).build()
    values = sample(UncertainSystem(system), samples=9).values
    nominal = system.intensities().T[:, :, None]
    assert values == pytest.approx(np.broadcast_to(nominal, values.shape), rel=1e-12)


def test_drawn_shares_keep_their_sum():
    """A market of three suppliers with 20, 30 and 50 %: the drawn shares still make one unit."""
    technosphere = [[1, 0, 0, 0], [-0.2, 1, 0, 0], [-0.3, 0, 1, 0], [-0.5, 0, 0, 1]]
    system = ProductSystem(technosphere, [[0, 1, 1, 1]], [1])
    sigma = [[0, 0, 0, 0], [0.5, 0, 0, 0], [0.5, 0, 0, 0], [0.5, 0, 0, 0]]
    free = sample(UncertainSystem(system, sigma), samples=50).values[0, 0]
    kept = sample(UncertainSystem(system, sigma, shares=[[(1, 0), (2, 0), (3, 0)]]), samples=50).values[0, 0]
    assert np.ptp(free) > 0.1
    assert kept == pytest.approx(np.ones(50), rel=1e-15)


def test_kinds_given_as_indicators_add_up_in_every_sample():
    arrays = random_arrays(5, 8)
    factors = np.array([[1.0, 28.0, 265.0], [1.0, 0, 0], [0, 28.0, 265.0]])
    system = ProductSystem(arrays.technosphere, arrays.interventions, factors, references=arrays.references)
    sigma = 0.3 * (factors > 0)
    values = sample(UncertainSystem(system, characterization=sigma), samples=20).values
    assert values[:, 0] == pytest.approx(values[:, 1] + values[:, 2], rel=1e-9, abs=1e-9 * np.abs(values).max())


def test_two_names_of_one_product_are_equal_in_every_sample():
    technosphere = np.eye(4)
    technosphere[3, 0] = technosphere[3, 1] = -0.7
    technosphere[3, 2] = -0.8
    system = ProductSystem(technosphere, [[0, 0, 0, 2]], [1])
    samples = sample(UncertainSystem(system, interventions=[0.4]), samples=300)
    same = samples.compare({0: 1}, {1: 1})
    assert (same.equal.value, same.first_is_less.value, same.second_is_less.value) == (1, 0, 0)
    assert (same.difference.mean.value, same.difference.sd.value) == (0, 0)
    # 0.7 x < 0.8 x whatever x: the shared draw cancels, though the two intervals overlap widely.
    less = samples.compare({0: 1}, {2: 1})
    assert less.first_is_less.value == 1
    assert 0.98 < less.first_is_less.low < 1
    assert samples.summary({0: 1}).quantiles[2].value > samples.summary({2: 1}).quantiles[0].value
    assert less.difference.nominal == pytest.approx(-0.2)


def test_the_table_agrees_with_single_summaries():
    samples = sample(uncertain(2), samples=60, storage=np.float32)
    assert samples.values.dtype == np.float32
    table = samples.table(indicator=1, block=5)
    for product in (0, 7, 11):
        one = samples.summary({product: 1}, indicator=1)
        assert table.mean[product] == pytest.approx(one.mean.value, rel=1e-12)
        assert table.sd[product] == pytest.approx(one.sd.value, rel=1e-9)
        assert table.quantiles[product] == pytest.approx([q.value for q in one.quantiles], rel=1e-12)
        assert table.nominal[product] == one.nominal


def test_float32_storage_is_the_rounded_float64():
    model = uncertain(4)
    exact, stored = sample(model, samples=20).values, sample(model, samples=20, storage=np.float32).values
    assert stored.tolist() == exact.astype(np.float32).tolist()


def test_a_stopped_run_leaves_no_file(tmp_path):
    path = tmp_path / "samples.npy"

    def stop(done, wanted):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(uncertain(1), samples=2000, path=path, progress=stop)
    assert list(tmp_path.iterdir()) == []
    stored = sample(uncertain(1), samples=30, path=path, storage=np.float32)
    assert [entry.name for entry in tmp_path.iterdir()] == ["samples.npy"]
    assert stored.values.tolist() == sample(uncertain(1), samples=30, storage=np.float32).values.tolist()


def test_ordered_sums_run_term_after_term():
    start = np.array([0, 0, 3, 4])
    terms = np.array([[1e16], [1.0], [-1e16], [5.0]])
    assert ordered_sums(start, terms).ravel().tolist() == [0.0, (1e16 + 1.0) - 1e16, 5.0]


@pytest.mark.parametrize(
    "code, change",
    [
        ("uncertainty_negative", {"second": -0.1}),
        ("uncertainty_not_finite", {"second": math.nan}),
        ("uncertainty_not_finite", {"first": math.inf}),
        ("uncertainty_kind", {"kind": 9}),
        ("uncertainty_bounds", {"kind": 3, "first": 2.0, "second": 1.0, "third": 3.0}),
        ("uncertainty_bounds", {"kind": 4, "first": 2.0, "second": 1.0}),
    ],
)
def test_a_malformed_distribution_names_its_row(code, change):
    system = ProductSystem([[1, 0], [-2, 1]], [[0, 3]], [1], products=["car", "steel"], processes=["works", "mill"])
    spreads = Spreads.lognormal(system.technosphere, [[0.0, 0], [0.1, 0]])
    at = int(np.flatnonzero(spreads.second)[0])
    for name, value in change.items():
        getattr(spreads, name)[at] = value
    with pytest.raises(InvalidSystem) as caught:
        UncertainSystem(system, spreads)
    assert caught.value.code == code
    assert "steel" in str(caught.value)
    assert "works" in str(caught.value)


def test_shapes_and_groups_that_do_not_fit_are_refused():
    system = ProductSystem([[1, 0], [-2, 1]], [[0, 3]], [1])
    for wrong in ([0.1], [[0.1]], [[0, 0.1], [0, 0]]):
        with pytest.raises(InvalidSystem, match=r"shape|no entry"):
            UncertainSystem(system, wrong)
    for group in ([[(0, 0), (1, 0)]], [[]], [[(1, 0)], [(1, 0)]]):
        with pytest.raises(InvalidSystem, match="shares"):
            UncertainSystem(system, shares=group)
    with pytest.raises(InvalidSystem, match="no entry"):
        UncertainSystem(system, shares=[[(0, 1)]])
    with pytest.raises(TanbiaoError, match="number of samples"):
        sample(UncertainSystem(system), samples=0)
    with pytest.raises(TanbiaoError, match="-3 is no number of samples"):
        sample(UncertainSystem(system), samples=-3)
    with pytest.raises(TanbiaoError, match="seed"):
        sample(UncertainSystem(system, [[0, 0], [0.1, 0]]), samples=2, seed=-1)


def test_first_order_spread_is_exact_for_a_sum_and_close_for_a_product():
    # h = x + y + 4 with Var x = 1/3 (uniform −1 … 1 around 2), Var y = .25: linear, so the delta method is exact.
    system = ProductSystem([[1.0]], [[2], [3], [4]], [1, 1, 1])
    spreads = Spreads.of(system.interventions, {(0, 0): Uniform(1.0, 3.0), (1, 0): Normal(3.0, 0.5)})
    linear = DeltaMethod(UncertainSystem(system, interventions=spreads))
    assert linear.sd([{0: 1}, {0: -2}]) == pytest.approx([math.sqrt(1 / 3 + 0.25), 2 * math.sqrt(1 / 3 + 0.25)])
    # T12: sqrt((3 sd_a)² + (2 sd_b)²), 1.2 % below the true 1.3929801.
    sd_a = 2 * math.sqrt(math.exp(0.01) * math.expm1(0.01))
    sd_b = 3 * math.sqrt(math.exp(0.04) * math.expm1(0.04))
    preview = DeltaMethod(t12()).preview({0: 1})
    assert preview.sd == pytest.approx(math.hypot(3 * sd_a, 2 * sd_b), rel=1e-12)
    assert preview.nominal == pytest.approx(6)
    assert [item.matrix for item in preview.inputs] == ["interventions", "technosphere"]
    assert [item.derivative for item in preview.inputs] == pytest.approx([2, -3])
    assert sum(item.share for item in preview.inputs) == pytest.approx(1)
    assert "preview" in preview.method


@pytest.mark.parametrize("seed", range(3))
def test_first_order_slopes_are_those_of_finite_differences(seed):
    model = uncertain(seed, 7)
    arrays = random_arrays(seed, 7)
    preview = DeltaMethod(model, indicator=1).preview({2: 1.5}, top=200)
    before = model.system.footprint({2: 1.5})[1]
    for item in preview.inputs[::5]:
        step = 1e-6 * item.nominal
        changed = {"technosphere": arrays.technosphere.copy(), "interventions": arrays.interventions.copy()}
        changed["characterization"] = arrays.factors.copy()
        changed[item.matrix][item.row, item.column] += step
        after = ProductSystem(
            changed["technosphere"], changed["interventions"], changed["characterization"], references=arrays.references
        ).footprint({2: 1.5})[1]
        assert (after - before) / step == pytest.approx(item.derivative, rel=1e-3, abs=1e-7 * abs(before / step))
    assert preview.sd**2 == pytest.approx(sum(item.variance for item in preview.inputs) + preview.rest)


def test_shares_that_give_way_to_each_other_cancel_to_first_order():
    technosphere = [[1, 0, 0], [-0.4, 1, 0], [-0.6, 0, 1]]
    sigma = [[0, 0, 0], [0.3, 0, 0], [0.3, 0, 0]]
    system = ProductSystem(technosphere, [[0, 1, 1]], [1])
    model = UncertainSystem(system, sigma, shares=[[(1, 0), (2, 0)]])
    assert DeltaMethod(model).sd([{0: 1}]) == pytest.approx([0], abs=1e-15)
    assert DeltaMethod(UncertainSystem(system, sigma)).sd([{0: 1}])[0] > 0.1


def test_a_sample_whose_loop_uses_more_than_it_makes_is_refused():
    """1 kWh needs .9 kWh of itself through another: drawn wide, some sample needs more than 1 and has no answer."""
    system = ProductSystem([[1, -0.9], [-1, 1]], [[1, 1]], [1], processes=["plant", "grid"])
    with pytest.raises(Unsolvable) as caught:
        sample(UncertainSystem(system, [[0, 0.5], [0, 0]]), samples=100)
    assert caught.value.code == "unproductive"
    assert set(caught.value.processes) == {"plant", "grid"}
    assert sample(UncertainSystem(system, [[0, 0.01], [0, 0]]), samples=100).values.min() > 0
