"""Whether a loop has a trustworthy answer: singular, nearly so, unproductive, or productive only by its credits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.lca.errors import Unsolvable, UnsolvableCode, shown
from tanbiao.core.lca.factors import ExactlySingular, Factor, factorise
from tanbiao.core.lca.inputs import Integers, Matrix, Names
from tanbiao.core.lca.structure import participation

# Project defaults, not official. Above the first a change in the last digits of an amount moves the answer by more
# than a ten-thousandth; above the second nothing of a float64 is left.
NEAR_SINGULAR = 1e12
SINGULAR = 1e15
# A process is named when it takes part in the circle at least this much as the one that does most.
_NAMED_FROM = 0.01


@dataclass(frozen=True)
class Loop:
    """A loop that passed: its factors, its condition and what is worth knowing about it."""

    factor: Factor
    condition: float
    findings: tuple[Finding, ...]


def examine(matrix: Matrix, members: Integers, processes: Names) -> Loop:
    """Factorise one loop of I − N and test it.

    Parameters
    ----------
    matrix
        The loop's own square block of I − N.
    members
        Its processes.

    Raises
    ------
    Unsolvable
        ``singular``, ``near_singular`` (1-norm condition after equilibration), ``unproductive`` (spectral radius of
        N⁺ ≥ 1, where N⁺ is N without its credits, and the credits don't turn it; Hawkins & Simon 1949).
    """
    inputs = _inputs(matrix)
    try:
        factor = factorise(matrix, is_loop=True)
    except ExactlySingular:
        raise Unsolvable("singular", _named(abs(inputs), members, processes)) from None
    condition = factor.condition()
    if not condition <= NEAR_SINGULAR:
        code: UnsolvableCode = "near_singular" if condition <= SINGULAR else "singular"
        raise Unsolvable(
            code, _named(abs(inputs), members, processes), condition=f"{condition:.1e}", limit=f"{NEAR_SINGULAR:.0e}"
        )
    has_credits = bool((inputs.data < 0).any())
    if not has_credits:
        if not _is_positive(factor):
            raise Unsolvable("unproductive", _named(inputs, members, processes))
        return Loop(factor, condition, ())
    return Loop(factor, condition, _without_credits(inputs, factor, members, processes))


def _inputs(matrix: Matrix) -> Matrix:
    """Return N of I − N: what each process uses of the others, credits negative."""
    return sp.csr_array(sp.eye_array(matrix.shape[0], format="csr") - matrix)


def _is_positive(factor: Factor) -> bool:
    """Whether one of each product can be delivered by running every process forward.

    (I − N⁺) x = 1 has a solution x ≥ 1 exactly when the spectral radius of N⁺ is below 1; half of that leaves room for
    rounding, since above radius 1 some x is negative.
    """
    solution = factor.solve(np.ones(len(factor.row)))
    return bool(np.isfinite(solution).all() and solution.min() > 0.5)


def _without_credits(inputs: Matrix, factor: Factor, members: Integers, processes: Names) -> tuple[Finding, ...]:
    """Test the circles of N⁺; one that fails must be turned by the credits, and that is a finding."""
    positive = sp.csr_array(inputs.maximum(0))
    positive.eliminate_zeros()
    count, component = connected_components(positive, directed=True, connection="strong")
    findings: list[Finding] = []
    for number in range(count):
        circle = np.flatnonzero(component == number)
        if circle.size < 2 or _is_productive(sp.csr_array(positive[circle][:, circle])):
            continue
        named = _named(sp.csr_array(positive[circle][:, circle]), members[circle], processes)
        wanted = np.zeros(inputs.shape[0])
        wanted[circle] = 1.0
        if not factor.solve(wanted)[circle].min() > 0:
            raise Unsolvable("unproductive", named)
        findings.append(finding("productive_by_credit", Severity.WARNING, processes=shown(named)))
    return tuple(findings)


def _is_productive(inputs: Matrix) -> bool:
    matrix = sp.csc_array(sp.eye_array(inputs.shape[0], format="csc") - inputs)
    try:
        return _is_positive(factorise(matrix, is_loop=True))
    except ExactlySingular:
        return False


def _named(inputs: Matrix, members: Integers, processes: Names) -> tuple[str | int, ...]:
    """Return the processes that make the circle, in the system's order."""
    share = participation(inputs)
    return processes.labels(np.sort(members[share >= _NAMED_FROM]))
