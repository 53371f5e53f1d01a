"""Systems for tests: the eleven small ones with hand-checked answers, and random ones that are productive by making."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tanbiao.core.lca import ProductSystem


@dataclass(frozen=True)
class Small:
    """A system with its published or hand-calculated answer (rows products, columns processes)."""

    technosphere: Any
    interventions: Any
    factors: Any
    demand: Any
    scaling: Any = None
    footprint: float | None = None
    intensities: Any = None
    refused: str | None = None
    processes: tuple[int, ...] = ()

    def build(self, **options: Any) -> ProductSystem:
        """Make the system."""
        return ProductSystem(self.technosphere, self.interventions, self.factors, **options)


# T1: Heijungs & Suh (2002), The Computational Structure of Life Cycle Assessment, section 2.2, with 100 kWh from 10 l
# … as restated in many courses. T2, T9: hand calculation by Cramer's rule. T11: Leontief (two sectors), inverse
# [[.9,.3],[.4,.8]]/.6. T3, T4: by substitution. T5-T8, T10: no answer exists (see each code's definition).
SMALL = {
    "T1 Heijungs & Suh": Small(
        [[-2, 100], [10, 0]],
        [[1, 10], [0.1, 2], [0, -50]],
        [1, 0, 0],
        [0, 1000],
        scaling=[100, 2],
        footprint=120,
        intensities=[0.10, 0.12],
    ),
    "T2 loop": Small(
        [[10, -0.5], [-2, 100]],
        [[1, 3], [0.05, 0.1]],
        [1, 28],
        [1000, 0],
        scaling=[100.1001001001, 2.002002002],
        footprint=251.8518518519,
        intensities=[0.2518518519, 0.0592592593],
    ),
    "T3 waste": Small([[1, 0], [0.3, -1]], [[2, 1.5]], [1], [1, 0], [1, 0.3], 2.45, [2.45, -1.5]),
    "T4 credit": Small([[1, 0], [0.5, 1]], [[4, 10]], [1], [1, 0], [1, -0.5], -1, [-1, 10]),
    "T5 singular": Small([[1, -1], [-1, 1]], [[1, 1]], [1], [1, 0], refused="singular", processes=(0, 1)),
    "T6 unproductive": Small([[1, -2], [-1, 1]], [[1, 1]], [1], [1, 0], refused="unproductive", processes=(0, 1)),
    "T7 near singular": Small(
        [[1, -1], [-1, 1 + 1e-13]], [[1, 1]], [1], [1, 0], refused="near_singular", processes=(0, 1)
    ),
    "T8 not square": Small([[1], [0.5]], [[4]], [1], [1, 0], refused="not_square", processes=(0,)),
    "T9 permuted": Small([[0, 1], [1, -0.2]], [[1, 2]], [1], [1, 0], [0.2, 1], 2.2, [2.2, 1]),
    "T10 no reference": Small([[1, -0.2], [-0.1, 0]], [[1, 2]], [1], [1, 0], refused="no_reference", processes=(1,)),
    "T11 Leontief": Small(
        [[0.8, -0.3], [-0.4, 0.9]],
        [[0.5, 0.2]],
        [1],
        [50, 80],
        scaling=[115, 140],
        footprint=85.5,
        intensities=[0.8833333333, 0.5166666667],
    ),
}
ANSWERED = {name: case for name, case in SMALL.items() if case.refused is None}
REFUSED = {name: case for name, case in SMALL.items() if case.refused is not None}


@dataclass(frozen=True)
class Arrays:
    """Dense arrays of a random system."""

    technosphere: np.ndarray
    interventions: np.ndarray
    factors: np.ndarray
    references: np.ndarray

    def build(self) -> ProductSystem:
        """Make the system with its references given."""
        return ProductSystem(self.technosphere, self.interventions, self.factors, references=self.references)


def random_arrays(seed: int, size: int, density: float = 0.3) -> Arrays:
    """Return a productive system with loops, odd units, waste treatments and products in shuffled rows.

    Every column of N sums to less than 0.9, so the spectral radius is below 0.9 whatever the pattern; afterwards rows
    (units) and columns (reference amounts) are scaled by up to 10⁶ and some rows turned negative, which changes no
    answer but the units.
    """
    rng = np.random.default_rng(seed)
    inputs = rng.random((size, size)) * (rng.random((size, size)) < density)
    np.fill_diagonal(inputs, 0)
    inputs *= 0.9 * rng.random(size) / np.maximum(inputs.sum(axis=0), 1e-12)
    matrix = (np.eye(size) - inputs) * 10.0 ** rng.uniform(-3, 3, size) * 10.0 ** rng.uniform(-3, 3, (size, 1))
    matrix *= np.where(rng.random((size, 1)) < 0.2, -1, 1)
    place = rng.permutation(size)
    shuffled = np.empty_like(matrix)
    shuffled[place] = matrix
    gases = rng.normal(size=(3, size)) * (rng.random((3, size)) < 0.7)
    return Arrays(shuffled, gases, rng.random((2, 3)), place)
