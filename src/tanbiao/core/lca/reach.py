"""Edits passed on along the order of the system: only what an edit reaches is calculated again.

The equations of the adjoint stand suppliers first, so an edit changes the product of its own row and those of the rows
that use it, directly or through others. A row outside the loops is substituted again; a loop is corrected as a whole:
with the rows ``J`` of its matrix M changed by ``Uᵀ`` and ``r`` what its rows lack, ``(M + E_J Uᵀ) δ = r`` is solved by
(Woodbury 1950) ``δ = y + Z w``, ``y = M⁻¹ r₀``, ``Z = M⁻¹ E_J``, ``(I + Uᵀ Z) w = r_J − Uᵀ y``, where r₀ is r without
its rows J. A row whose products are all as they were is as it was, and so is its residual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from tanbiao.core.lca.inputs import Floats, Integers
from tanbiao.core.lca.responses import LEAST, Responses

# The condition of the base system times the growth by the edits must stay below this, else the full tests decide.
CONDITION_LIMIT = 1e10
# A substituted row of so many entries keeps a backward error below 1e-12 (Higham 2002, lemma 8.2); of longer ones the
# residual is calculated.
LONGEST_ROW = 8000

Verdict = Literal["passed", "turns", "unsure"]
_VERDICTS: tuple[Verdict, ...] = ("passed", "turns", "unsure")


class Change(NamedTuple):
    """An edited process: its column as it is, as it was, and what it emits itself per indicator."""

    process: int
    rows: Integers
    amounts: Floats
    old_rows: Integers
    old_amounts: Floats
    burden: Floats


class Ordered(NamedTuple):
    """A solution of the base and its right side, (R, places), in the order of the rows."""

    wanted: Floats
    x: Floats


def passed_on(
    base: Responses, changes: Sequence[Change], condition: float, nominal: Floats, ordered: Ordered, limit: float
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
    nominal
        (R, products) intensities of the base.
    ordered
        The same in the order of the rows, with the burdens; it is as it was in the end.
    limit
        Largest backward error of a row.

    Returns
    -------
    verdict
        ``passed``; ``turns`` where a process uses what stands behind it in the order, or a row is too long for its
        residual to be known beforehand; ``unsure`` where one has lost its reference, gives a credit or has no clearly
        positive pivot, or where a residual is above the limit.
    intensities
        (R, products), if passed.
    """
    from tanbiao.core.lca import kernels_updates as kernels

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
    limits = (LONGEST_ROW if base.longest <= LONGEST_ROW else -1, condition, CONDITION_LIMIT, LEAST, limit)
    state, result = kernels.passed(edits, base.arrays, tuple(base.factors), *ordered, nominal, limits)
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
