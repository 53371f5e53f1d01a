"""A proof in one solve that every loop is productive and well conditioned.

Of a loop's matrix T (the transposed I − N, rows in any scale) the *comparison matrix* ⟨T⟩ keeps the diagonal and takes
−|t| elsewhere. If some y > 0 has ⟨T⟩ y > 0, then ⟨T⟩ is a nonsingular M-matrix (Berman & Plemmons 1979, ch. 6, theorem
2.3, I27), so that the spectral radius of |N|, and with it of N⁺, is below 1; and |T⁻¹| ≤ ⟨T⟩⁻¹ (Ostrowski 1937, Comm.
Math. Helv. 10:69). With ⟨T⟩ y = w, the largest entry of y, scaled, is therefore an upper bound of ‖T⁻¹‖, exact where
the loop holds no credits. The proof does not depend on how y was found. A loop without such a y is examined in full.
"""

from __future__ import annotations

import numpy as np

from tanbiao.core.lca.errors import Unsolvable
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.plan import SolvePlan

# A tenth of what is refused: the bound is proven to a factor of two only.
PASSES_BELOW = 1e11
_ROUNDS = 8
_LIMIT, _TOLERANCE = 1e-9, 1e-7


def proven_conditions(plan: SolvePlan, values: Floats) -> dict[int, float]:
    """Return an upper bound of the 1-norm condition, after equilibration, of every block that is proven productive.

    Parameters
    ----------
    plan
        Of the system.
    values
        (nnz, 1) its numbers.

    Returns
    -------
    Block number to condition; blocks without a loop, or without a proof, are left out.
    """
    from tanbiao.core.lca import kernels

    layout = plan.layout
    compared, _ = kernels.compare(layout, values[:, 0])
    row, across = kernels.equilibrate(layout, compared, _ROUNDS)
    wanted = 1.0 / row
    try:
        right = wanted[:, None, None]
        solved = plan.solve_many(compared[:, None], right, limit=_LIMIT, tolerance=_TOLERANCE)
    except Unsolvable:
        return {}
    norm, largest, proven = kernels.measure(layout, compared, row, across, wanted, solved[:, 0, 0])
    condition = norm * largest
    passed = proven & (plan.blocks.kinds != 0) & (condition <= PASSES_BELOW)
    return {int(number): float(condition[number]) for number in np.flatnonzero(passed)}
