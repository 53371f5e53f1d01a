"""Two synthetic background databases of ecoinvent's size: no false refusal, a small residual, the adjoint."""

import numpy as np
import pytest
import scipy.sparse as sp

from sample_files import SHARED
from tanbiao.core.lca import ProductSystem, ordering
from tanbiao.core.lca.plan_cache import PlanCache
from tanbiao.core.lca.updates import Edits

BENCH = SHARED / "bench"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not BENCH.is_dir(), reason="the large benchmark systems are not here"),
]


@pytest.fixture(scope="module", params=["eco_easy", "eco_hard"])
def arrays(request):
    data = np.load(BENCH / f"{request.param}.npz")
    size = int(data["n"])
    technosphere = sp.coo_array((data["a_val"], (data["a_row"], data["a_col"])), shape=(size, size))
    gases = sp.coo_array((data["b_val"], (data["b_row"], data["b_col"])), shape=(len(data["cf"]), size))
    return technosphere, gases, data["cf"]


@pytest.mark.parametrize("references", ["given", "found"])
def test_a_database_is_answered_with_a_small_residual(arrays, references):
    technosphere, gases, factors = arrays
    size = technosphere.shape[0]
    system = ProductSystem(technosphere, gases, factors, references=np.arange(size) if references == "given" else None)
    intensities = system.intensities()[0]
    direct = factors @ sp.csc_array(gases)
    residual = np.abs(technosphere.T @ intensities - direct)
    assert (residual <= 1e-12 * (abs(technosphere).T @ np.abs(intensities) + np.abs(direct))).all()
    for product in (0, size // 2, size - 1):
        assert system.footprint({product: 1.0})[0] == pytest.approx(intensities[product], rel=1e-9)
    assert system.findings == ()


def test_every_way_agrees_with_a_direct_solve_product_by_product(arrays, tmp_path, monkeypatch):
    if not ordering.has_compiler():
        pytest.skip("the compiled ways need numba")
    plans = PlanCache(tmp_path)
    ways = [ProductSystem(*arrays), ProductSystem(*arrays, plans=plans), ProductSystem(*arrays, plans=plans)]
    edited = Edits(ways[0])
    made, emitted = edited.column(7)
    edited.edit(7, {row: 2 * amount for row, amount in made.items()}, {row: 2 * mass for row, mass in emitted.items()})
    # Twice the inputs, the emissions and the output: the same footprints.
    answers = [way.intensities()[0] for way in ways] + [edited.intensities()[0]]
    assert edited.rebuilt == 0
    monkeypatch.setattr(ordering, "COMPILED_FROM", 10**9)
    direct = ProductSystem(*arrays).intensities()[0]
    for answer in answers:
        assert (np.abs(answer - direct) <= 1e-12 * np.abs(direct)).all()


def test_sampled_value_sets_agree_with_a_direct_solve(arrays):
    system = ProductSystem(*arrays)
    plan = system.ordering()
    rng = np.random.default_rng(1)
    spread = np.exp(0.1 * rng.normal(size=(system.technosphere.nnz, 8)))
    values = plan.values(system.technosphere.data[:, None] * spread)
    right = np.repeat(plan.right(system.direct), 8, axis=2)
    solved = plan.solve_many(values, right, tested=True)
    for sample in (0, 7):
        direct = plan._directly(values[:, sample], right[:, :, sample])
        assert (np.abs(solved[:, :, sample] - direct) <= 1e-8 * np.abs(direct)).all()
