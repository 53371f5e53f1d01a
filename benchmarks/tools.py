"""Ours and the peers behind one interface: each answers a task for one system, in its own fastest way.

A tool's ``prepare_*`` is not timed: it stands for what a user has before the clock starts (arrays in the tool's own
container, or a system already solved once). The timed call returns footprints.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks.matrices import Arrays

Floats = NDArray[np.float64]
Timed = Callable[[], Floats]
OURS = "tanbiao"
FIRST, SECOND = 5, 105  # the products asked for


def _ours(task: str, arrays: Arrays) -> Timed:
    from tanbiao.core.lca import ProductSystem

    if task == "first product":
        return lambda: ProductSystem(*arrays).footprint({FIRST: 1.0})
    if task == "all products":
        return lambda: ProductSystem(*arrays).intensities()[0]
    system = ProductSystem(*arrays)
    return lambda: system.footprint({SECOND: 1.0})


def _direct(arrays: Arrays) -> Floats:
    return np.asarray(arrays.factors @ sp.csc_array(arrays.interventions))


def _demand(arrays: Arrays, product: int) -> Floats:
    demand = np.zeros(arrays.technosphere.shape[0])
    demand[product] = 1.0
    return demand


def _scipy_spsolve(task: str, arrays: Arrays) -> Timed | None:
    """``spsolve`` as the manual shows it, with its default column ordering; for all products on the transpose."""
    from scipy.sparse.linalg import spsolve

    if task == "first product":
        return lambda: np.array([_direct(arrays) @ spsolve(sp.csc_array(arrays.technosphere), _demand(arrays, FIRST))])
    if task == "all products":
        return lambda: np.asarray(spsolve(sp.csc_array(arrays.technosphere.T), _direct(arrays)))
    return None


def _scipy_adjoint(task: str, arrays: Arrays) -> Timed | None:
    """One product by the transposed system, which SciPy's default ordering fills far less."""
    from scipy.sparse.linalg import spsolve

    if task != "first product":
        return None
    return lambda: np.asarray(spsolve(sp.csc_array(arrays.technosphere.T), _direct(arrays)))[[FIRST]]


def _scipy_splu(task: str, arrays: Arrays) -> Timed:
    """``splu`` of the transpose, kept for further demands."""
    from scipy.sparse.linalg import splu

    def factors() -> Any:
        return splu(sp.csc_array(arrays.technosphere.T))

    if task == "first product":
        return lambda: np.array([_direct(arrays) @ factors().solve(_demand(arrays, FIRST), "T")])
    if task == "all products":
        return lambda: np.asarray(factors().solve(_direct(arrays)))
    kept, direct = factors(), _direct(arrays)
    return lambda: np.array([direct @ kept.solve(_demand(arrays, SECOND), "T")])


def _numpy_dense(task: str, arrays: Arrays) -> Timed | None:
    """LAPACK on the dense matrix, where it fits in memory."""
    if arrays.technosphere.shape[0] > 5_000:
        return None
    dense = arrays.technosphere.toarray()
    if task == "first product":
        return lambda: np.array([_direct(arrays) @ np.linalg.solve(dense, _demand(arrays, FIRST))])
    if task == "all products":
        return lambda: np.asarray(np.linalg.solve(dense.T, _direct(arrays)))
    return None


def _brightway_package(arrays: Arrays) -> Any:
    """Brightway's own container; product ids are row + 1, gas ids stand apart from them."""
    bwp: Any = importlib.import_module("bw_processing")

    gas_id = 10 * arrays.technosphere.shape[0]

    def indices(rows: Any, columns: Any) -> Any:
        array = np.zeros(len(rows), dtype=bwp.INDICES_DTYPE)
        array["row"], array["col"] = rows, columns
        return array

    package = bwp.create_datapackage()
    technosphere, gases = arrays.technosphere, arrays.interventions
    package.add_persistent_vector(
        matrix="technosphere_matrix",
        name="technosphere",
        indices_array=indices(technosphere.row + 1, technosphere.col + 1),
        data_array=technosphere.data.astype(np.float64),
        flip_array=np.zeros(technosphere.nnz, dtype=bool),
    )
    package.add_persistent_vector(
        matrix="biosphere_matrix",
        name="biosphere",
        indices_array=indices(gases.row + gas_id, gases.col + 1),
        data_array=gases.data.astype(np.float64),
    )
    ids = np.arange(len(arrays.factors)) + gas_id
    package.add_persistent_vector(
        matrix="characterization_matrix",
        name="gwp",
        identifier=["gwp"],
        indices_array=indices(ids, np.zeros(len(ids))),
        data_array=arrays.factors,
    )
    return package


def _brightway(class_name: str, task: str, arrays: Arrays) -> Timed | None:
    if task == "all products":
        return None
    warnings.simplefilter("ignore")
    bw2calc: Any = importlib.import_module("bw2calc")

    package = _brightway_package(arrays)
    kind = getattr(bw2calc, class_name)

    def solved(product: int, system: Any = None) -> Any:
        system = system or kind({product + 1: 1.0}, data_objs=[package])
        system.lci({product + 1: 1.0})
        system.lcia()
        return system

    if task == "first product":
        return lambda: np.array([solved(FIRST).score])
    kept = solved(FIRST)
    return lambda: np.array([solved(SECOND, kept).score])


def _brightway_iterative(task: str, arrays: Arrays) -> Timed | None:
    """Brightway's iterative mode for one product after another."""
    return _brightway("IterativeLCA", task, arrays)


def _brightway_gmres(task: str, arrays: Arrays) -> Timed | None:
    """Brightway's GMRES mode with a Jacobi preconditioner."""
    return _brightway("JacobiGMRESLCA", task, arrays)


def _brightway_all(task: str, arrays: Arrays) -> Timed | None:
    """Brightway's mode for many scores, in its adjoint direction."""
    if task != "all products":
        return None
    warnings.simplefilter("ignore")
    bw2calc: Any = importlib.import_module("bw2calc")

    package = _brightway_package(arrays)

    def scores() -> Floats:
        system = bw2calc.FastScoresOnlyMultiLCA(
            demands={"one": {FIRST + 1: 1.0}, "two": {SECOND + 1: 1.0}},
            method_config={"impact_categories": [("gwp",)]},
            data_objs=[package],
            direction="adjoint",
        )
        system.calculate()
        return np.asarray(system.product_scores).ravel()

    return scores


TOOLS: dict[str, Callable[[str, Arrays], Timed | None]] = {
    OURS: _ours,
    "scipy spsolve": _scipy_spsolve,
    "scipy spsolve of the transpose": _scipy_adjoint,
    "scipy splu of the transpose": _scipy_splu,
    "numpy solve": _numpy_dense,
    "bw2calc IterativeLCA": _brightway_iterative,
    "bw2calc JacobiGMRESLCA": _brightway_gmres,
    "bw2calc FastScoresOnlyMultiLCA": _brightway_all,
}
TASKS = ("first product", "all products", "next product")


def missing(tool: str) -> str | None:
    """Return why a tool can't run here, or None."""
    if tool.startswith("bw2calc") and importlib.util.find_spec("bw2calc") is None:
        return "bw2calc is not installed"
    return None
