"""The plan of a run of samples: that of the system, but loops worth it are refined instead of factorised."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tanbiao.core.lca.ordering import ITERATIVE, LU
from tanbiao.core.lca.plan import SolvePlan

# Project default, not official: work of an LU above which refining by an incomplete one pays
REFINED_ABOVE = 1e5


def for_samples(plan: SolvePlan) -> SolvePlan:
    """Return the plan with every loop whose LU takes more than 0.1 Mflop marked as iterated."""
    blocks = plan.blocks
    turned = (blocks.kinds == LU) & (np.array(blocks.flops) > REFINED_ABOVE)
    if not turned.any():
        return plan
    kinds = np.where(turned, ITERATIVE, blocks.kinds)
    # The LU pattern of what stays: rows of the turned blocks are empty.
    kept = np.repeat(~turned, np.diff(blocks.edges))
    length = np.diff(blocks.lu_start)
    lu_start = np.concatenate(([0], np.cumsum(np.where(kept, length, 0))))
    moved = lu_start[:-1] - blocks.lu_start[:-1]
    lu_column = blocks.lu_column[np.repeat(kept, length)]
    lu_diagonal = np.where(kept, blocks.lu_diagonal + moved, 0)
    own = replace(blocks, kinds=kinds, lu_start=lu_start, lu_column=lu_column, lu_diagonal=lu_diagonal)
    return replace(plan, blocks=own)
