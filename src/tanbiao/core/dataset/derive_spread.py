"""The spread of a derived dataset from the spreads of what it was calculated from.

What comes from one source stands as one term, however many ways it takes: a mix of two mixes that share a power
station spreads like the same stations mixed at once. Terms:

* finished datasets: the figure is a sum of log-normals with these medians; mean and variance of the sum are matched by
  a log-normal (Fenton 1960, IRE Transactions on Communications Systems 8:57, equations 7–9): σ² = ln(1 + V/M²);
* parameters (shares, properties): first order in the logarithm, Σ (∂ln y/∂ln p)² σ² (IPCC 2006 Guidelines, volume 1,
  chapter 3, equation 3.1: relative variances of a product add up). Shares of a mix keep their sum, so a share moves
  the figure by share × (its part's figure − the mix).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tanbiao.core.amounts import add
from tanbiao.core.dataset.exchanges import ExchangeUncertainty, Input, Spread
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.dataset.uncertainty import Propagated, Uncertainty, Unknown

Basis = Literal["stated", "scored", "assumed"]
WEAKEST_FIRST: Final[tuple[Basis, ...]] = ("assumed", "scored", "stated")


@dataclass(frozen=True, slots=True)
class Term:
    """``effect``: kg CO2e per reference unit for one unit of ln of the term; ``sigma``: its σ of ln X."""

    effect: float
    sigma: float
    basis: Basis
    is_parameter: bool = False


def figure_in(item: Dataset, gwp_set: str) -> float:
    """Return kg CO2e per reference unit, under the set where there is one."""
    return item.total if item.gwp_set == gwp_set else item.intensity(gwp_set).total


def terms(item: Dataset, known: Mapping[str, Dataset]) -> dict[str, Term]:
    """Return source → effect of a dataset that is finished or derived from finished ones.

    Parameters
    ----------
    known
        Id → dataset, of everything that it was derived from.
    """
    if item.derivation is None:
        return {f"dataset/{item.id}": Term(item.total, item.uncertainty.sigma, item.uncertainty_basis)}
    return combined(item.id, item.inputs, item.total, item.gwp_set, known)


def combined(
    name: str, inputs: tuple[Input, ...], total: float, gwp_set: str, known: Mapping[str, Dataset]
) -> dict[str, Term]:
    """Return the terms of a dataset with these inputs and this total under a set."""
    gathered: dict[str, list[Term]] = {}
    for used in inputs:
        supplier = known[used.dataset]
        factor = supplier.per_input(used, name)
        figure = figure_in(supplier, gwp_set)
        rate = factor * used.amount * (figure / supplier.total if supplier.total else 0.0)
        for key, own in terms(supplier, known).items():
            gathered.setdefault(key, []).append(Term(rate * own.effect, own.sigma, own.basis, own.is_parameter))
        sigma = _sigma(used.uncertainty, used.amount)
        if sigma:
            moved = used.amount * (factor * figure - (total if used.market else 0.0))
            basis: Basis = _basis(used.uncertainty)
            gathered.setdefault(f"exchange/{name}/{used.id}", []).append(Term(moved, sigma, basis, is_parameter=True))
    return {
        key: Term(add(*(one.effect for one in parts)), parts[0].sigma, parts[0].basis, parts[0].is_parameter)
        for key, parts in gathered.items()
    }


def spread(found: Mapping[str, Term]) -> Uncertainty:
    """Return the uncertainty of the sum of the terms; unknown where the figure is 0, of which nothing is relative."""
    from tanbiao.core.numerics.elementary import exp_scalar, expm1_scalar, log_scalar

    sources = [term for term in found.values() if not term.is_parameter]
    total = add(*(term.effect for term in sources))
    moving = [term for term in found.values() if term.effect and term.sigma]
    if not total:
        return Unknown()
    if not moving:
        return Propagated(sigma=0.0, basis="stated")
    means = [term.effect * exp_scalar(term.sigma**2 / 2.0) for term in sources]
    variance = add(*((mean**2) * expm1_scalar(term.sigma**2) for mean, term in zip(means, sources, strict=True)))
    mean = add(*means)
    if not mean:
        return Unknown()
    squares = log_scalar(1.0 + variance / mean**2)
    squares += add(*((term.effect * term.sigma / total) ** 2 for term in moving if term.is_parameter))
    weakest = next(basis for basis in WEAKEST_FIRST if any(term.basis == basis for term in moving))
    return Propagated(sigma=float(f"{math.sqrt(squares):.12g}"), basis=weakest)


def _sigma(given: ExchangeUncertainty, amount: float) -> float:
    """Return σ of ln X, of a distribution that is not log-normal its standard deviation relative to the amount."""
    if not isinstance(given, Spread):
        return given.sigma
    if given.sigma is not None or given.type == "fixed":
        return given.sigma or 0.0
    return given.distribution(amount).sd / abs(amount) if amount else 0.0


def _basis(given: ExchangeUncertainty) -> Basis:
    if isinstance(given, Unknown):
        return "assumed"
    return "scored" if given.type == "scored" else "stated"
