"""An answer with what vouches for it: its true residual and the condition of the loops that it went through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.sparse as sp

from tanbiao.core.lca.factors import relative_residual
from tanbiao.core.lca.inputs import Floats, Matrix, read_demand

if TYPE_CHECKING:
    from tanbiao.core.lca.inputs import Demand
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.system import ProductSystem

NO_LOOP: Final = 1.0
"""The condition of what is solved by substitution alone, as far as loops go."""


@dataclass(frozen=True)
class Answer:
    """What a demand emits, and how far to trust it.

    Attributes
    ----------
    footprint, scaling
        (indicators,) and (processes,), as the system gives them.
    residual
        max |f − A s| / (|A| |s| + |f|) row by row on the matrix as it was given (Oettli & Prager 1964, Numer. Math.
        6:405): relative changes of the data this large would make the answer exact.
    condition
        The largest condition of a loop that the demand reaches (see ``PlannedBlock``); 1 where it reaches none.
        Residual × condition bounds the relative error to first order (Higham 2002, section 7.1).
    """

    footprint: Floats
    scaling: Floats
    residual: float
    condition: float


@dataclass(frozen=True)
class Solution:
    """The same of all intensities of a system at once."""

    residual: float
    condition: float


def answered(system: ProductSystem, demand: Demand) -> Answer:
    """Return the answer to a demand; errors as :meth:`ProductSystem.scaling`."""
    scaling = system.scaling(demand)
    wanted = read_demand(demand, system.products)
    made = sp.csr_array(system.technosphere)
    conditions = [condition for members, condition in system.loops() if np.any(scaling[members] != 0)]
    return Answer(
        np.asarray(system.direct @ scaling),
        scaling,
        relative_residual(made, abs(made), scaling, wanted),
        max(conditions, default=NO_LOOP),
    )


def solution_of(system: ProductSystem) -> Solution:
    """Return residual and condition of all intensities."""
    return Solution(_residual(system.technosphere, system.direct, system.intensities()), system.condition)


def release_solution(release: Release) -> Solution | None:
    """Return the residual of the frozen inventory of a release, on its frozen matrices, and the system's condition.

    Measured when asked, not read from the file: it holds for releases of any age. None where a release has finished
    factors alone.

    Raises
    ------
    TanbiaoError
        ``release_hash_wrong``: the file is damaged.
    """
    from tanbiao.core.lca.release_solve import open_system

    prefix = "system/characterisation/"
    sets = sorted(name.removeprefix(prefix) for name in release.section_names() if name.startswith(prefix))
    if "system" not in release.header or not sets:
        return None
    system = open_system(release, sets[-1])
    inventory = np.array(release.array("system/inventory"), dtype=np.float64)
    emitted = np.asarray(system.interventions.todense(), dtype=np.float64)
    return Solution(_residual(system.technosphere, emitted, inventory), system.condition)


def _residual(technosphere: Matrix, direct: Floats, intensities: Floats) -> float:
    """Return the largest relative residual of ``Aᵀ λ = directᵀ`` over columns and rows of λ."""
    turned = sp.csr_array(technosphere.T)
    return relative_residual(turned, abs(turned), intensities.T, direct.T)
