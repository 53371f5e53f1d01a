"""The peers, each in its own fastest way. They may run in an interpreter of their own (see ``engine.py``).

``prepare`` is not timed: it stands for what a user has before the clock starts (data in the tool's own container, for
sampling a system that was calculated once). The call returned is timed.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.matrices import System

Floats = NDArray[np.float64]
PRODUCTS = 1000  # how many products Brightway's mode for many scores is asked for
DRAWS = {"IterativeLCA": 5}  # samples per timed call, where one is short


class Prepared(NamedTuple):
    """A call to time, its seconds divided by ``per``; it returns all products' footprints, or nothing to compare."""

    call: Callable[[], Floats | None]
    per: int = 1
    error: Callable[[], float] | None = None
    """Measures the answer's largest relative error itself, where it is not one figure per product."""
    before: Callable[[], object] | None = None
    """What is done before each call and not timed."""
    apart: dict[str, float] = {}
    """Seconds of what is stated apart, such as hashing the file."""
    calls: int = 1
    """Calls of a turn, each timed by itself: for what takes less than a millisecond and depends on its input."""


def scipy_splu(task: str, system: System) -> Prepared | None:
    """SciPy's sparse LU of the transpose, as the manual shows it; tests nothing."""
    from scipy.sparse.linalg import splu

    arrays = system.arrays
    if task != "no plan":
        return None

    def call() -> Floats:
        direct = arrays.factors @ sp.csc_array(arrays.interventions)
        return np.asarray(splu(sp.csc_array(arrays.technosphere.T)).solve(direct))

    return Prepared(call)


def package(system: System) -> Any:
    """Return Brightway's own container: product ids are row + 1, process ids column + 1, gas ids stand apart."""
    bwp: Any = importlib.import_module("bw_processing")
    arrays, spread = system
    gas_id = 10 * arrays.technosphere.shape[0]

    def indices(rows: Any, columns: Any) -> Any:
        array = np.zeros(len(rows), dtype=bwp.INDICES_DTYPE)
        array["row"], array["col"] = rows, columns
        return array

    def lognormal(values: Floats, sigma: Floats) -> Any:
        array = np.zeros(len(values), dtype=bwp.UNCERTAINTY_DTYPE)
        uncertain = (sigma > 0) & (values != 0)
        array["uncertainty_type"] = np.where(uncertain, 2, 0)
        with np.errstate(divide="ignore"):
            array["loc"] = np.where(uncertain, np.log(np.abs(values)), values)
        array["scale"] = np.where(uncertain, sigma, np.nan)
        for unused in ("shape", "minimum", "maximum"):
            array[unused] = np.nan
        array["negative"] = values < 0
        return array

    made = bwp.create_datapackage()
    technosphere, gases = arrays.technosphere, arrays.interventions
    made.add_persistent_vector(
        matrix="technosphere_matrix",
        name="technosphere",
        indices_array=indices(technosphere.row + 1, technosphere.col + 1),
        data_array=technosphere.data.astype(np.float64),
        flip_array=np.zeros(technosphere.nnz, dtype=bool),
        distributions_array=lognormal(technosphere.data, spread.technosphere),
        reference_array=technosphere.row == technosphere.col,
    )
    made.add_persistent_vector(
        matrix="biosphere_matrix",
        name="biosphere",
        indices_array=indices(gases.row + gas_id, gases.col + 1),
        data_array=gases.data.astype(np.float64),
        distributions_array=lognormal(gases.data, spread.interventions),
    )
    ids = np.arange(len(arrays.factors)) + gas_id
    made.add_persistent_vector(
        matrix="characterization_matrix",
        name="gwp",
        identifier=["gwp"],
        indices_array=indices(ids, np.zeros(len(ids))),
        data_array=arrays.factors,
    )
    return made


def _many(system: System) -> Callable[[], Floats]:
    """Return the call of Brightway's mode for many scores, adjoint, from its container to the scores."""
    bw2calc: Any = importlib.import_module("bw2calc")
    data = package(system)
    wanted = range(1, min(PRODUCTS, system.arrays.technosphere.shape[0]) + 1)

    def call() -> Floats:
        many = bw2calc.FastScoresOnlyMultiLCA(
            demands={str(product): {product: 1.0} for product in wanted},
            method_config={"impact_categories": [("gwp",)]},
            data_objs=[data],
            direction="adjoint",
        )
        many.calculate()
        scores = many.product_scores
        result = np.empty(scores.shape[1])
        result[np.asarray(scores.coords["products"]) - 1] = np.asarray(scores)[0]
        return result

    return call


def fast_scores(task: str, system: System) -> Prepared | None:
    """Brightway's mode for many scores; for samples in its forward direction (the adjoint one has none)."""
    if task in ("no plan", "edited"):
        return Prepared(_many(system))
    if task != "samples":
        return None
    bw2calc: Any = importlib.import_module("bw2calc")
    many = bw2calc.FastScoresOnlyMultiLCA(
        demands={"one": {_sampled(system): 1.0}},
        method_config={"impact_categories": [("gwp",)]},
        data_objs=[package(system)],
        direction="forward",
        use_distributions=True,
        seed_override=1,
    )
    next(many)
    return Prepared(lambda: next(many) and None)


def _sampled(system: System) -> int:
    """Return the id of the product that single-product modes are asked for, in the middle of the system."""
    return system.arrays.technosphere.shape[0] // 2


def _single(class_name: str, task: str, system: System) -> Prepared | None:
    """One product at a time: samples, or one process edited in the matrix of a calculated system."""
    if task not in ("samples", "edited"):
        return None
    bw2calc: Any = importlib.import_module("bw2calc")
    product = _sampled(system)
    sampled = task == "samples"
    lca = getattr(bw2calc, class_name)(
        {product: 1.0}, data_objs=[package(system)], use_distributions=sampled, seed_override=1
    )
    lca.lci()
    lca.lcia()
    if sampled:
        draws = DRAWS.get(class_name, 1)
        return Prepared(lambda: [next(lca) for _ in range(draws)] and None, draws)
    column = int(lca.dicts.activity[product])
    entries = np.flatnonzero((lca.technosphere_matrix.indices == column) & (lca.technosphere_matrix.data < 0))

    def edited() -> None:
        lca.technosphere_matrix.data[entries] *= 1.0001
        lca.lci_calculation()
        lca.lcia_calculation()

    return Prepared(edited)


def direct(task: str, system: System) -> Prepared | None:
    """Brightway's direct mode."""
    return _single("LCA", task, system)


def iterative(task: str, system: System) -> Prepared | None:
    """Brightway's iterative mode, which starts from the last solution."""
    return _single("IterativeLCA", task, system)


PEERS: dict[str, Callable[[str, System], Prepared | None]] = {
    "bw2calc FastScoresOnlyMultiLCA": fast_scores,
    "bw2calc IterativeLCA": iterative,
    "bw2calc LCA": direct,
}
BARE = {"scipy splu of the transpose": scipy_splu}
"""A library without tests, names or tables: no peer, but a measure of what they cost."""
TOOLS = PEERS | BARE


def solved(technosphere: Floats, interventions: Floats, factors: Floats, demand: Floats) -> float:
    """Return Brightway's score of a small system, whatever it is; raises what Brightway raises."""
    from benchmarks.matrices import Arrays, Spread

    bw2calc: Any = importlib.import_module("bw2calc")
    warnings.simplefilter("ignore")
    matrix, gases = sp.coo_array(technosphere), sp.coo_array(interventions)
    arrays = Arrays(matrix, gases, np.asarray(factors, dtype=np.float64))
    data = package(System(arrays, Spread(np.zeros(matrix.nnz), np.zeros(gases.nnz))))
    lca = bw2calc.LCA({at + 1: amount for at, amount in enumerate(demand) if amount}, data_objs=[data])
    lca.lci()
    lca.lcia()
    return float(lca.score)
