"""Our side of the measurement, task by task; None for a task that the engine in this checkout can't do."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks.matrices import System
from benchmarks.peers import Prepared

OURS = "tanbiao"
SAMPLES = int(os.environ.get("TANBIAO_BENCH_SAMPLES", "1000"))
"""Samples per timed call, kept as float32 like those of a release."""


def prepare(task: str, system: System) -> Prepared | None:
    """Return the call to time."""
    from tanbiao.core.lca import ProductSystem

    if task == "no plan":
        return Prepared(lambda: ProductSystem(*system.arrays).intensities()[0])
    if task == "samples":
        return _samples(ProductSystem(*system.arrays), system)
    return None


def _samples(system: Any, given: System) -> Prepared:
    """Return the call that samples every product; its answer is of no use for a comparison with nominal figures."""
    from tanbiao.core.lca.montecarlo import sample
    from tanbiao.core.lca.uncertain import UncertainSystem

    arrays, spread = given
    technosphere = sp.coo_array((spread.technosphere, arrays.technosphere.coords), shape=arrays.technosphere.shape)
    interventions = sp.coo_array((spread.interventions, arrays.interventions.coords), shape=arrays.interventions.shape)
    uncertain = UncertainSystem(system, technosphere, interventions)
    return Prepared(lambda: sample(uncertain, SAMPLES, seed=1, storage=np.float32) and None, SAMPLES)
