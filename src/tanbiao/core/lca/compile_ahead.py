"""Has the compiler make the loops of sampling before they are needed, so that they are found in its cache on disk."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.montecarlo import Sampler
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.uncertain import UncertainSystem
from tanbiao.core.numerics.draw_table import LANES


def compile_sampling() -> None:
    """Draw and solve eight samples of two processes by the compiled loops.

    What is compiled depends on the types of the arrays and not on their sizes, so a large release uses the same code.
    """
    technosphere = sp.csc_array(np.array([[1.0, -0.5], [0.0, 1.0]]))
    system = ProductSystem(technosphere, sp.csc_array(np.array([[1.0, 2.0]])), sp.csc_array(np.array([[1.0]])))
    sigmas = (np.full(len(technosphere.data), 0.1), np.full(2, 0.1), np.zeros(1))
    sampler = Sampler(UncertainSystem(system, *sigmas), seed=1, compiled=True)
    sampler.fill(np.empty((2, 1, LANES)), threads=1)
