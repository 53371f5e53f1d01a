"""What answers are measured against: a direct solve with partial pivoting and two steps of refinement."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from benchmarks import matrices

Floats = NDArray[np.float64]


def refined(matrix: Any, right: Floats) -> Floats:
    """Solve a sparse system (CSC)."""
    factor = splu(matrix)
    solution = factor.solve(right)
    for _ in range(2):
        solution = solution + factor.solve(right - matrix @ solution)
    return np.asarray(solution)


def intensities(matrix: str) -> Floats:
    """Return all products' footprints of a system."""
    technosphere, interventions, factors = matrices.load(matrix).arrays
    return refined(sp.csc_array(technosphere.T), factors @ sp.csc_array(interventions))


def difference(answer: Floats, expected: Floats) -> float:
    """Return the largest relative difference; figures below 1e-12 of the largest are compared with that."""
    if answer.shape != expected.shape:
        return float("inf")
    size = np.maximum(np.abs(expected), 1e-12 * np.abs(expected).max())
    return float((np.abs(answer - expected) / size).max())
