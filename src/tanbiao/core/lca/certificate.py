"""A proof in one solve that every loop is productive and well conditioned.

Of a loop's matrix T (the transposed I − N, rows in any scale) the *comparison matrix* ⟨T⟩ keeps the diagonal and takes
−|t| elsewhere. If some y > 0 has ⟨T⟩ y > 0, then ⟨T⟩ is a nonsingular M-matrix (Berman & Plemmons 1979, ch. 6, theorem
2.3, I27), so that the spectral radius of |N|, and with it of N⁺, is below 1; and |T⁻¹| ≤ ⟨T⟩⁻¹ (Ostrowski 1937, Comm.
Math. Helv. 10:69). With ⟨T⟩ y = w up to a share θ of w in every row, the true solution is at most y / (1 − θ): the
largest entry of that, scaled, is an upper bound of ‖T⁻¹‖, and but for θ exact where the loop holds no credits. The
proof does not depend on how y was found, nor need y be exact. A loop without such a y is examined in full.
"""

from __future__ import annotations

from tanbiao.core.lca.nominal import Nominal

# A tenth of what is refused.
PASSES_BELOW = 1e11


def proven_conditions(nominal: Nominal) -> dict[int, float]:
    """Return an upper bound of the 1-norm condition, after equilibration, of every block that is proven productive.

    Returns
    -------
    Block number to condition; blocks without a loop, or without a proof, are left out.
    """
    return {number: bound for number, bound in nominal.conditions().items() if bound <= PASSES_BELOW}
