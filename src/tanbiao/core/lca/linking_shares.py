"""How the exchanges of a process with several products are shared among them (ISO 14044: allocation)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tanbiao.core.dataset.inventory import AllocationFactor, Flow, Process
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.linking_model import Entry, LinkOptions, place_of, title
from tanbiao.core.lca.linking_units import Measures

Method = Literal["physical", "economic", "causal", "other"]
# ISO 14044: physical relations before others; causal factors per exchange are the most work to state.
_ORDER: Final[tuple[Method, ...]] = ("physical", "economic", "causal", "other")

# Project defaults, not official: sums off by rounding are fine, by printing divided out and said, by more refused.
EXACT: Final = 1e-6
PRINTED: Final = 0.01


@dataclass(frozen=True)
class Shares:
    """The share of every exchange that falls to each product.

    ``whole``: product flow id → share of the process. ``single``: (number of exchange, product) → share, where the
    method has its own for each exchange. ``only``: the product that takes all where nothing is shared.
    """

    whole: Mapping[str, float]
    single: Mapping[tuple[int, str], float]
    only: Entry | None = None

    def of(self, product: Entry) -> float:
        """Return the product's share of the process; NaN where each exchange has its own, also where none is left."""
        return float("nan") if self.single or not self.whole else self.whole[product.exchange.flow]

    def part(self, entry: Entry, product: Entry) -> float:
        """Return the amount of an exchange that falls to a product."""
        key = product.exchange.flow
        return entry.amount * (self.single[entry.number, key] if self.single else self.whole[key])


def shares(
    process: Process,
    functions: Sequence[Entry],
    rest: Sequence[Entry],
    flows: Mapping[str, Flow],
    measures: Measures,
    options: LinkOptions,
    found: list[Finding],
) -> Shares:
    """Return the shares of a process's products, ``functions``, in its other exchanges, ``rest``.

    Raises
    ------
    TanbiaoError
        ``coproducts_without_allocation``, ``allocation_not_one``.
    """
    products = [entry.exchange.flow for entry in functions]
    if len(functions) == 1:
        return Shares({products[0]: 1.0}, {})
    method = _method(process, options)
    factors = [factor for factor in process.allocation if factor.method == method]
    whole = _whole(factors, functions)
    if method is not None and set(whole) == set(products):
        whole = _summing(whole, process, method, "", found)
        single = _single(process, factors, functions, rest, whole, flows, found)
        return Shares(whole, single)
    if method is not None and any(factor.exchange for factor in factors):
        return Shares({}, _single(process, factors, functions, rest, {}, flows, found))
    return _without(process, functions, flows, measures, options, found)


def _method(process: Process, options: LinkOptions) -> Method | None:
    """Return the method asked for, else the process's own default, else the first that it has factors for."""
    present = {factor.method for factor in process.allocation}
    if options.allocation != "file":
        return options.allocation if options.allocation in present else None
    default = process.default_allocation.casefold()
    named = next((method for method in _ORDER if method in default), None)
    return named if named in present else next((method for method in _ORDER if method in present), None)


def _whole(factors: Iterable[AllocationFactor], functions: Sequence[Entry]) -> dict[str, float]:
    given = {factor.product: factor.value for factor in factors if not factor.exchange}
    return {
        entry.exchange.flow: given[key]
        for entry in functions
        for key in (entry.exchange.flow, entry.exchange.id)
        if key and key in given
    }


def _single(
    process: Process,
    factors: Iterable[AllocationFactor],
    functions: Sequence[Entry],
    rest: Sequence[Entry],
    whole: Mapping[str, float],
    flows: Mapping[str, Flow],
    found: list[Finding],
) -> dict[tuple[int, str], float]:
    """Return the shares exchange by exchange; one without its own takes those of the whole process."""
    by_exchange: dict[str, list[AllocationFactor]] = {}
    for factor in factors:
        if factor.exchange:
            by_exchange.setdefault(factor.exchange, []).append(factor)
    if not by_exchange:
        return {}
    result: dict[tuple[int, str], float] = {}
    for entry in rest:
        own = by_exchange.get(entry.exchange.id) or by_exchange.get(entry.exchange.flow) or []
        values = {**dict.fromkeys((item.exchange.flow for item in functions), 0.0)}
        for factor in own:
            match = next((e.exchange.flow for e in functions if factor.product in (e.exchange.flow, e.exchange.id)), "")
            if match:
                values[match] = factor.value
        where = place_of(process, entry.number)
        if not own and not whole:
            raise _missing(process, functions, flows, where)
        summed = _summing(values, process, own[0].method, where, found) if own else whole
        result.update({(entry.number, product): value for product, value in summed.items()})
    return result


def _summing(
    values: Mapping[str, float], process: Process, method: str, where: str, found: list[Finding]
) -> dict[str, float]:
    """Return shares that add up to 1."""
    total = sum(values.values())
    place = where or place_of(process)
    if not abs(total - 1.0) <= PRINTED:
        raise TanbiaoError.of("allocation_not_one", place, name=title(process), method=method, total=total, uses=1)
    if abs(total - 1.0) <= EXACT:
        return dict(values)
    found.append(finding("allocation_rounded", Severity.INFO, place, name=title(process), method=method, total=total))
    return {key: value / total for key, value in values.items()}


def _without(
    process: Process,
    functions: Sequence[Entry],
    flows: Mapping[str, Flow],
    measures: Measures,
    options: LinkOptions,
    found: list[Finding],
) -> Shares:
    """Return what the options say of a process without factors."""
    where = place_of(process)
    if options.without_factors == "mass":
        masses = {
            entry.exchange.flow: abs(entry.amount) * weight
            for entry in functions
            if (weight := measures.kilograms(flows[entry.exchange.flow])) is not None
        }
        total = sum(masses.values())
        if len(masses) == len(functions) and total > 0:
            found.append(finding("allocated_by_mass", Severity.WARNING, where, name=title(process)))
            return Shares({key: mass / total for key, mass in masses.items()}, {})
    references = [entry for entry in functions if entry.exchange.is_reference]
    if options.without_factors == "reference" and len(references) == 1:
        found.append(
            finding("allocated_to_reference", Severity.WARNING, where, name=title(process), count=len(functions))
        )
        takes = {entry.exchange.flow: float(entry is references[0]) for entry in functions}
        return Shares(takes, {}, references[0])
    raise _missing(process, functions, flows, where)


def _missing(process: Process, functions: Sequence[Entry], flows: Mapping[str, Flow], where: str) -> TanbiaoError:
    names = [
        next((text for text in flows[one.exchange.flow].name.values() if text), one.exchange.flow) for one in functions
    ]
    return TanbiaoError.of("coproducts_without_allocation", where, name=title(process), products="; ".join(names[:4]))
