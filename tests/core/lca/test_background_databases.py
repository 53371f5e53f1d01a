"""Two synthetic background databases of ecoinvent's size: no false refusal, a small residual, the adjoint."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.lca import ProductSystem

BENCH = Path(__file__).parents[3].parent / "shared" / "bench"

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
