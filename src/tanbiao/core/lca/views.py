"""What every view of a footprint shares: which parts are shown, what is left over, whether it all adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.lca.errors import InvalidSystem, Label
from tanbiao.core.lca.inputs import Floats, Integers

# Sums of float64 in another order differ by some 1e-16 of Σ|parts|; a view that is further off says so.
RECONCILES_WITHIN = 1e-12


@dataclass(frozen=True)
class CutOff:
    """Which parts of a view are shown; the others are its rest. All limits that are given hold together.

    Parameters
    ----------
    share
        Smallest |part| that is shown, as a share of |reference| (of Σ|parts| where the reference is zero), 0 … 1.
    top
        Largest number of parts.
    cumulative
        The largest parts up to this share of Σ|parts|, 0 … 1: 0.8 shows the few that make 80 %.

    Raises
    ------
    InvalidSystem
        ``cut_off_out_of_range``.
    """

    share: float | None = None
    top: int | None = None
    cumulative: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that mean nothing."""
        for name, value in (("share", self.share), ("cumulative", self.cumulative)):
            if value is not None and not 0 <= value <= 1:
                raise InvalidSystem.of("cut_off_out_of_range", name, value=str(value))
        if self.top is not None and self.top < 0:
            raise InvalidSystem.of("cut_off_out_of_range", "top", value=str(self.top))

    def shown(self, values: Floats, reference: float) -> Integers:
        """Return the positions of the parts that are shown, the largest first; parts of exactly zero never are.

        A negative part counts with its size; ties keep the order of the system.
        """
        size = np.abs(values)
        order = np.argsort(-size, kind="stable")
        order = order[size[order] > 0]
        if self.share is not None:
            whole = abs(reference) if reference else float(size.sum())
            order = order[size[order] >= self.share * whole]
        if self.cumulative is not None:
            before = np.cumsum(size[order]) - size[order]
            order = order[before < self.cumulative * float(size.sum())]
        return np.asarray(order[: self.top], dtype=np.int64)


EVERYTHING = CutOff()
PARETO = CutOff(cumulative=0.8)


@dataclass(frozen=True)
class Part:
    """One part of a footprint."""

    index: int
    """Row or column of the system: a process, a gas, a product; the number of a group."""
    label: Label
    value: float
    """In the unit of the indicator; negative for an uptake or a credit."""


@dataclass(frozen=True)
class Rest:
    """The parts that a view does not show, and what they add up to; :meth:`View.open` shows them."""

    parts: tuple[Part, ...]
    value: float


@dataclass(frozen=True)
class View:
    """A footprint cut into parts.

    ``total`` is calculated apart from the parts, so ``residual`` = total − Σ parts − rest is a check, not a tautology.
    """

    indicator: Label
    total: float
    parts: tuple[Part, ...]
    rest: Rest

    @property
    def residual(self) -> float:
        """What the parts and the rest miss of the total; rounding only where :attr:`reconciles`."""
        return add(self.total, *(-part.value for part in self.parts), -self.rest.value)

    @property
    def reconciles(self) -> bool:
        """Whether the residual is at most 1e-12 of Σ|parts|."""
        sizes = (abs(part.value) for part in (*self.parts, *self.rest.parts))
        return abs(self.residual) <= RECONCILES_WITHIN * add(abs(self.total), *sizes)

    def share(self, part: Part) -> float | None:
        """Return a part's share of the total; None where the total is zero."""
        return part.value / self.total if self.total else None

    def open(self, cut_off: CutOff = EVERYTHING) -> View:
        """Return the same view with more parts: those of the rest that pass the cut-off follow the ones shown."""
        return _cut(self.indicator, self.total, self.parts, self.rest.parts, cut_off)


def view_of(
    indicator: Label, total: float, labels: Sequence[Label], values: Floats, cut_off: CutOff = EVERYTHING
) -> View:
    """Cut a footprint into the parts that a cut-off shows, the largest first, and the rest.

    Parameters
    ----------
    total
        Calculated apart from ``values``.
    values
        One per label; parts of exactly zero are left out.
    """
    numbers: list[float] = values.tolist()
    parts = tuple(Part(at, labels[at], value) for at, value in enumerate(numbers) if value)
    return _cut(indicator, total, (), parts, cut_off)


def _cut(indicator: Label, total: float, before: tuple[Part, ...], parts: tuple[Part, ...], cut_off: CutOff) -> View:
    chosen = cut_off.shown(np.array([part.value for part in parts]), total).tolist()
    marked = set(chosen)
    left = [part for at, part in enumerate(parts) if at not in marked]
    left.sort(key=lambda part: (-abs(part.value), part.index))
    rest = Rest(tuple(left), add(0.0, *(part.value for part in left)))
    return View(indicator, total, (*before, *(parts[at] for at in chosen)), rest)
