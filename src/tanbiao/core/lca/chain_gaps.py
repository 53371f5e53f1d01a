"""What a figure's whole chain lacks: inputs without a supplier, its own and those upstream, per unit of the dataset.

A dataset says how many inputs its chain lacks and never what: a figure that is low for want of feedstock is then taken
for a good one. Amounts are summed by product and unit over all processes that want it; which of them matters is the
reader's to judge beside a published value: an input without a supplier has no figure, and no share of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.published import published_beside

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release

SMALLEST: Final = 1e-7
"""Share of a process' first demand below which a further round through a loop is left out."""
MOST_STEPS: Final = 40_000
"""Uses that are followed; a chain that is longer is told in part, and says so."""


@dataclass(frozen=True, slots=True)
class ChainGap:
    """An input that nothing supplies. ``amount`` is per unit of the dataset; negative: what goes to treatment."""

    name: str
    unit: str
    amount: float
    own: bool
    users: tuple[str, ...]
    """Names of the processes that want it, the largest first."""

    @property
    def is_waste(self) -> bool:
        """Whether it is waste that goes to a treatment, by its name: it is no feedstock."""
        return self.name.lower().startswith(("disposal", "waste", "treatment"))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "unit": self.unit,
            "amount": self.amount,
            "own": self.own,
            "users": list(self.users),
        }


def chain_gaps(dataset: Dataset, get: Callable[[str], Dataset]) -> tuple[ChainGap, ...]:
    """Return the inputs without a supplier in a dataset's chain, by unit and then the largest first.

    Parameters
    ----------
    get
        Returns a dataset of the release by its id.
    """
    if dataset.missing is None:
        return ()
    amounts: dict[tuple[str, str], dict[str, float]] = {}
    waiting, steps = {dataset.id: 1.0}, 0
    while waiting and steps < MOST_STEPS:
        following: dict[str, float] = {}
        for key, runs in waiting.items():
            steps += 1
            maker = dataset if key == dataset.id else _found(key, get)
            if maker is None or maker.missing is None:
                continue
            for gap in maker.gaps:
                wanted = amounts.setdefault((_plain(gap.name), gap.unit), {})
                wanted[maker.id] = wanted.get(maker.id, 0.0) + runs * gap.amount
            for used in maker.inputs:
                supplier = _found(used.dataset, get)
                if supplier is None or supplier.missing is None:
                    continue
                share = runs * used.amount * supplier.per_input(used, maker.id)
                if abs(share) > SMALLEST:
                    following[supplier.id] = following.get(supplier.id, 0.0) + share
        waiting = {key: value for key, value in following.items() if abs(value) > SMALLEST}
    made = [_gap(name, unit, users, dataset, get) for (name, unit), users in amounts.items()]
    return tuple(sorted(made, key=lambda item: (item.unit != "kg", item.unit, -abs(item.amount), item.name)))


def low_figures(release: Release) -> Iterator[Finding]:
    """Yield the datasets whose chain lacks inputs and whose figure lies far below a published one, with what it lacks.

    The readiness of a release marks them: their figure is no mistake of arithmetic, and it is low.
    """
    get = lru_cache(maxsize=None)(release.get)
    for dataset in release:
        below = [one for one in published_beside(dataset) if one.is_far and one.ratio < 1]
        if not below or dataset.missing is None:
            continue
        lacking = [item for item in chain_gaps(dataset, get) if item.amount > 0 and not item.is_waste]
        most = max(below, key=lambda one: one.value)
        yield finding(
            "figure_low_incomplete",
            Severity.WARNING,
            dataset.id,
            dataset=dataset.name.best("en") or dataset.id,
            figure=f"{dataset.total:.4g}",
            published=f"{most.value:.4g}",
            difference=f"{most.value - dataset.total:.3g}",
            unit=dataset.reference.unit,
            lacking="; ".join(f"{item.name} {item.amount:.3g} {item.unit}" for item in lacking[:3]) or "—",
        )


def _gap(name: str, unit: str, users: dict[str, float], dataset: Dataset, get: Callable[[str], Dataset]) -> ChainGap:
    ordered = sorted(users, key=lambda key: -abs(users[key]))[:3]
    names = [_found(key, get) for key in ordered]
    shown = tuple((item.name.en or item.name.zh) for item in names if item is not None)
    return ChainGap(name, unit, sum(users.values()), dataset.id in users, shown)


def _found(key: str, get: Callable[[str], Dataset]) -> Dataset | None:
    try:
        return get(key)
    except TanbiaoError:
        return None


def _plain(name: str) -> str:
    """Return a product's name without the mark that a database puts before one that it cuts off."""
    return name.removeprefix("CUTOFF ").removeprefix("Dummy, ").strip()
