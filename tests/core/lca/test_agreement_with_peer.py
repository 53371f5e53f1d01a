"""Real and large systems: every product's footprint agrees with bw2calc's, and with a dense solve where that fits."""

import sys
from pathlib import Path

import numpy as np
import pytest

from core.lca.systems import SMALL

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from benchmarks import engine, matrices, olca  # noqa: E402
from tanbiao.core.lca import ProductSystem  # noqa: E402

SAMPLE = matrices.SHARED / "data" / "lca" / "olca" / "uslci_olca1_5_0_schema1.zip"
LARGE = [
    pytest.param(matrices.LARGE / f"{name}.npz", id=name, marks=pytest.mark.soak) for name in ("eco_easy", "eco_hard")
]
PEER = "bw2calc FastScoresOnlyMultiLCA"


@pytest.mark.parametrize("path", [pytest.param(SAMPLE, id="US LCI"), *LARGE])
def test_every_product_agrees_with_bw2calc(path, tmp_path):
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    tool = engine.Tool(engine.peer_python(), PEER, "no plan", str(path), 120.0)
    try:
        if tool.absent is not None:
            pytest.skip(f"bw2calc with pypardiso does not answer here: {tool.absent}")
        tool.run()
        theirs = tool.answer(tmp_path / "theirs.npy")
    finally:
        tool.close()
    ours = ProductSystem(*matrices.load(str(path)).arrays).intensities()[0]
    assert theirs.shape == ours.shape
    assert (np.abs(ours - theirs) <= 1e-12 * np.maximum(np.abs(ours), np.abs(theirs))).all()


def test_the_sample_agrees_with_a_dense_solve():
    if not SAMPLE.is_file():
        pytest.skip("the US LCI sample is not here")
    technosphere, interventions, factors = olca.read(SAMPLE)
    assert technosphere.shape == (766, 766)
    ours = ProductSystem(technosphere, interventions, factors).intensities()[0]
    matrix, direct = technosphere.toarray().T, factors @ interventions.toarray()
    dense = np.linalg.solve(matrix, direct)
    dense += np.linalg.solve(matrix, direct - matrix @ dense)
    np.testing.assert_allclose(ours, dense, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["T3 waste", "T4 credit", "T2 loop"])
def test_bw2calc_has_our_answer_where_both_answer(name, tmp_path):
    case = SMALL[name]
    size = len(case.technosphere)
    rows, columns = np.nonzero(case.technosphere)
    gas, process = np.nonzero(case.interventions)
    a, b = np.array(case.technosphere, dtype=float), np.array(case.interventions, dtype=float)
    path = tmp_path / "small.npz"
    entries = {"a_row": rows, "a_col": columns, "a_val": a[rows, columns], "a_sigma": np.zeros(len(rows))}
    emitted = {"b_row": gas, "b_col": process, "b_val": b[gas, process], "b_sigma": np.zeros(len(gas))}
    np.savez(path, n=size, cf=np.array(case.factors, dtype=float), **entries, **emitted)
    tool = engine.Tool(engine.peer_python(), PEER, "no plan", str(path), 60.0)
    try:
        if tool.absent is not None:
            pytest.skip(f"bw2calc with pypardiso does not answer here: {tool.absent}")
        tool.run()
        np.testing.assert_allclose(tool.answer(tmp_path / "theirs.npy"), case.intensities, rtol=1e-8)
    finally:
        tool.close()
