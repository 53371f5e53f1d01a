"""Linked systems to measure on: seeded synthetic ones, and the large ones if they are at hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from benchmarks import olca

SHARED = Path(os.environ.get("TANBIAO_SHARED") or Path(__file__).parents[2] / "shared")
"""The folder of shared material beside the repository, or where ``TANBIAO_SHARED`` says."""
LARGE = SHARED / "bench"
SEEDED = {"seeded-2k": 2_000, "seeded-20k": 20_000}
_INPUTS_PER_PROCESS = 10
_GASES = 40


class Arrays(NamedTuple):
    """A linked system as arrays: rows products or gases, columns processes."""

    technosphere: sp.coo_array
    interventions: sp.coo_array
    factors: NDArray[np.float64]


class Spread(NamedTuple):
    """Standard deviation of the logarithm of each stored entry of :class:`Arrays`; 0 where it is fixed."""

    technosphere: NDArray[np.float64]
    interventions: NDArray[np.float64]


class System(NamedTuple):
    """What a measurement runs on."""

    arrays: Arrays
    spread: Spread


def names() -> list[str]:
    """Return the systems that can be measured here: the large ones, else seeded ones."""
    large = sorted(str(path) for path in LARGE.glob("*.npz")) if LARGE.is_dir() else []
    return large or list(SEEDED)


def short(name: str) -> str:
    """Return the name of a system for a table."""
    return name if name in SEEDED else Path(name).stem


def path_of(name: str) -> Path:
    """Return the file of a system: a path, or the stem of a file among the large ones."""
    path = Path(name)
    return path if path.suffix else LARGE / f"{name}.npz"


def load(name: str) -> System:
    """Return a system: a seeded one by name, a file of the bench format, or an openLCA archive (``.zip``).

    The format (arrays of an ``.npz``): ``n``; ``a_row a_col a_val a_sigma``, the technosphere by entries with its
    diagonal; ``b_row b_col b_val b_sigma``, kg of gas by process; ``cf``, kg CO2e per kg of each gas.
    """
    if name in SEEDED:
        return seeded(SEEDED[name])
    if Path(name).suffix == ".zip":
        linked = olca.read(Path(name))
        nothing = Spread(np.zeros(linked.technosphere.nnz), np.zeros(linked.interventions.nnz))
        return System(Arrays(*linked), nothing)
    data = np.load(path_of(name))
    size = int(data["n"])
    technosphere = sp.coo_array((data["a_val"], (data["a_row"], data["a_col"])), shape=(size, size))
    gases = sp.coo_array((data["b_val"], (data["b_row"], data["b_col"])), shape=(len(data["cf"]), size))
    spread = Spread(data["a_sigma"].astype(np.float64), data["b_sigma"].astype(np.float64))
    return System(Arrays(technosphere, gases, data["cf"]), spread)


def seeded(size: int, seed: int = 1) -> System:
    """Return a productive system shaped like a background database.

    A twentieth of the processes supply each other (power, fuels, transport: one loop, a few of them used by almost
    everybody); the others only use what stands before them. Each column's inputs sum to less than 0.9 in reference
    units, so the system is productive; then units and reference amounts are drawn over six orders of magnitude. Nine
    tenths of the inputs and all emissions are log-normal.
    """
    rng = np.random.default_rng(seed)
    core = size // 20
    column = np.repeat(np.arange(size), _INPUTS_PER_PROCESS)
    # A power law over the core: popular suppliers have low numbers.
    popular = (core * rng.random(column.size) ** 4).astype(np.int64)
    before = (rng.random(column.size) * np.maximum(column, 1)).astype(np.int64)
    row = np.where((column < core) | (rng.random(column.size) < 0.6), popular, before)
    keep = row != column
    inputs = sp.coo_array((rng.lognormal(-3, 2, keep.sum()), (row[keep], column[keep])), shape=(size, size))
    inputs.sum_duplicates()
    totals = np.bincount(inputs.col, weights=inputs.data, minlength=size)
    inputs.data *= (0.9 * rng.random(size) / np.maximum(totals, 1e-300))[inputs.col]
    scaled = sp.diags_array(10.0 ** rng.integers(-3, 4, size)) @ (sp.eye_array(size) - inputs)
    technosphere = sp.coo_array(scaled @ sp.diags_array(10.0 ** rng.integers(-3, 4, size)))
    gas_row, gas_column = rng.integers(0, _GASES, 2 * size), np.repeat(np.arange(size), 2)
    gases = sp.coo_array((rng.lognormal(-2, 2, 2 * size), (gas_row, gas_column)), shape=(_GASES, size))
    gases.sum_duplicates()
    factors = 10.0 ** rng.uniform(0, 3, _GASES)
    uncertain = (technosphere.row != technosphere.col) & (rng.random(technosphere.nnz) < 0.9)
    spread = Spread(
        np.where(uncertain, rng.uniform(0.02, 0.4, technosphere.nnz), 0.0), rng.uniform(0.02, 0.4, gases.nnz)
    )
    return System(Arrays(technosphere, gases, factors), spread)
