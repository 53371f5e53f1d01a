"""Edits passed on along the order of the system: only what an edit reaches is calculated again.

The equations of the adjoint stand suppliers first, so an edit changes the product of its own row and those of the rows
that use it, directly or through others. A row outside the loops that is not edited moves by what its products move,
``δ_i = −Σ A_ki δ_k / A_ii``: only the entries that an edit reaches are read. A loop is corrected as a whole: with the
rows ``J`` of its matrix M changed by ``Uᵀ`` and ``r`` what its rows lack, ``(M + E_J Uᵀ) δ = r`` is solved by (Woodbury
1950) ``δ = y + Z w``, ``y = M⁻¹ r₀``, ``Z = M⁻¹ E_J``, ``(I + Uᵀ Z) w = r_J − Uᵀ y``, where r₀ is r without its rows J.

What can be off: a row's residual is that of the base, and what its own δ leaves of ``Σ A_ki δ_k = 0``: in a loop it is
measured, elsewhere it is the rounding of a sum (Higham 2002, lemma 8.2). Both were weighed by figures before the edit,
so the sum counts times the most by which a figure is smaller than it was or than it moved; an answer whose residual may
be above the limit is not given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.responses import Ordered, Responses

# The condition of the base system times the growth by the edits must stay below this, else the full tests decide.
CONDITION_LIMIT = 1e10
# A substituted row of so many entries keeps a backward error below 1e-12 (Higham 2002, lemma 8.2); of longer ones the
# residual is calculated.
LONGEST_ROW = 8000
# Residuals of a loop below this are not told apart; with the rounding of sums it leaves room for figures that shrink.
_LEAST = 1e-14

Verdict = Literal["passed", "turns", "unsure"]
_VERDICTS: tuple[Verdict, ...] = ("passed", "turns", "unsure")


class Change(NamedTuple):
    """An edited process: its column, and what it emits itself per indicator."""

    process: int
    rows: Integers
    amounts: Floats
    burden: Floats


Workspace = tuple[Floats, Integers]
"""(R, places) zeros, which a pass leaves as they were, and (places,) room for the rows that moved."""


def workspace(solution: Ordered) -> Workspace:
    """Return the room in which edits of a solution are passed on, one after another."""
    return np.zeros_like(solution.x), np.empty(solution.x.shape[1], dtype=np.uint32)


def passed_on(
    base: Responses, changes: Sequence[Change], condition: float, solution: Ordered, space: Workspace, limit: float
) -> tuple[Verdict, Floats]:
    """Return the intensities of the edited system, and whether they can be trusted.

    Parameters
    ----------
    base
        Of the system, compiled.
    changes
        The edited processes.
    condition
        Of the base system.
    solution, space
        Of the base, and room to work in.
    limit
        Largest backward error of a row.

    Returns
    -------
    verdict
        ``passed``; ``turns`` where a process uses what stands behind it in the order, or the residual is not known
        beforehand to be below the limit; ``unsure`` where one has lost its reference, gives a credit or has no clearly
        positive pivot.
    intensities
        (R, products), if passed.
    """
    from tanbiao.core.lca import kernels_updates as kernels

    if len(changes) > 1:
        changes = sorted(changes, key=lambda change: base.place[change.process])
    begin, answer_begin, answers = [0], [0], []
    for change in changes:
        answer = base.inside(change.process)
        begin.append(begin[-1] + len(change.rows))
        answer_begin.append(answer_begin[-1] + len(answer))
        answers.append(answer)
    edits = (
        np.array([base.place[change.process] for change in changes]),
        np.array(begin),
        _joined([change.rows for change in changes]),
        _joined([change.amounts for change in changes]),
        np.array([change.burden for change in changes]),
        _joined(answers),
        np.array(answer_begin),
    )
    longest = LONGEST_ROW if base.longest <= LONGEST_ROW else -1
    limits = (longest, condition, CONDITION_LIMIT, _LEAST, limit, solution.error)
    state, result = kernels.passed(edits, base.arrays, base.factor_arrays, solution.nominal, solution.x, space, limits)
    return _VERDICTS[state], result


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def eliminated(capacity: Floats, right: Floats, growth: Floats, condition: float, limit: float) -> bool:
    """Solve ``capacity · w = right`` into ``right`` by elimination down the diagonal; whether each pivot is positive.

    ``condition · growth / pivot`` above ``limit`` is no clearly positive one. Plain Python that a compiler can take as
    it is; both arrays are overwritten.
    """
    for k in range(len(capacity)):
        pivot = capacity[k, k]
        if not (pivot > 0.0 and condition * growth[k] <= limit * pivot):
            return False
        for i in range(k + 1, len(capacity)):
            factor = capacity[i, k] / pivot
            capacity[i] -= factor * capacity[k]
            right[i] -= factor * right[k]
    for k in range(len(capacity) - 1, -1, -1):
        for i in range(k + 1, len(capacity)):
            right[k] -= capacity[k, i] * right[i]
        right[k] /= capacity[k, k]
    return True
