"""A supplier's own footprint as provider: accepted only after every check, each failure named.

The questions are those that ISO 14067 asks of any data in a product's footprint (system boundary, period, electricity
with contractual instruments, recycling, no offsets), and that the data model of PACT v3 has fields for. What isn't
stated isn't assumed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tanbiao.core.dataset.inventory import Flow
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding
from tanbiao.core.gases import GWP_SETS, gas
from tanbiao.core.lca.linking_model import Background
from tanbiao.core.lca.linking_units import Measures

Boundary = Literal["cradle_to_gate", "cradle_to_grave", "gate_to_gate", "unstated"]
Recycling = Literal["cut_off", "closed_loop", "circular_footprint_formula", "unstated"]
Verification = Literal["certified", "verified", "self_declared"]


@dataclass(frozen=True, slots=True)
class SupplierFootprint:
    """What a supplier states of one product, per ``unit``.

    Parameters
    ----------
    masses, co2e
        kg by gas where the supplier gives gases; kg CO2e by kind of what has no gases.
    gwp_set
        The set in which ``co2e`` was weighed; ``unknown`` where it isn't stated.
    valid_from, valid_until
        ISO dates between which the footprint may be used.
    offsets
        Whether offsets were taken off; None: not stated.
    green_power
        Ids of the certificates of electricity attributes that lower the footprint; None: contractual electricity was
        used without proof.
    green_power_stated
        Whether the supplier says anything about contractual electricity.
    """

    id: str
    name: str
    unit: str
    place: str
    masses: Mapping[str, float] = field(default_factory=dict)
    co2e: Mapping[str, float] = field(default_factory=dict)
    gwp_set: str = "unknown"
    valid_from: str = ""
    valid_until: str = ""
    boundary: Boundary = "unstated"
    offsets: bool | None = None
    green_power: tuple[str, ...] | None = ()
    green_power_stated: bool = True
    recycling: Recycling = "unstated"
    verification: Verification = "self_declared"


@dataclass(frozen=True, slots=True)
class SupplierTerms:
    """What whoever calculates asks for.

    Parameters
    ----------
    period_from, period_until
        The data period of the study, ISO dates.
    claimed
        Ids of electricity certificates that are already used elsewhere in the study.
    verification
        Accepted states.
    """

    gwp_set: str
    period_from: str
    period_until: str
    boundary: Boundary = "cradle_to_gate"
    recycling: Recycling = "cut_off"
    verification: Collection[Verification] = ("certified", "verified")
    claimed: Collection[str] = ()


def check_supplier(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    """Return what stands against a supplier's footprint; empty or only notes where it can be used."""
    return (
        *_period(footprint, terms),
        *_boundary(footprint, terms),
        *_gwp_set(footprint, terms),
        *_offsets(footprint),
        *_green_power(footprint, terms),
        *_recycling(footprint, terms),
        *_verification(footprint, terms),
        *_figures(footprint),
    )


def accept_supplier(
    footprint: SupplierFootprint, terms: SupplierTerms, flow: Flow, measures: Measures
) -> tuple[Background, tuple[Finding, ...]]:
    """Return a supplier's footprint as provider of a flow, with what is worth knowing about it.

    Raises
    ------
    TanbiaoError
        With every failed check; ``unit_mismatch``.
    """
    found = check_supplier(footprint, terms)
    if blocking(found):
        raise TanbiaoError(*(one for one in found if one.severity.blocks))
    factor = measures.factor(flow, footprint.unit)
    if factor is None:
        raise TanbiaoError.of("unit_mismatch", footprint.id, unit=footprint.unit, expected=measures.unit(flow))
    return (
        Background(
            id=footprint.id,
            name=footprint.name,
            flow=flow.id,
            place=footprint.place,
            source="supplier_footprint",
            masses={key: value / factor for key, value in footprint.masses.items()},
            co2e={key: value / factor for key, value in footprint.co2e.items()},
        ),
        found,
    )


def _error(code: str, footprint: SupplierFootprint, **params: str) -> tuple[Finding]:
    return (finding(code, Severity.ERROR, footprint.id, name=footprint.name, **params),)


def _period(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    own, asked = _dates(footprint.valid_from, footprint.valid_until), _dates(terms.period_from, terms.period_until)
    stated = f"{footprint.valid_from or '?'}/{footprint.valid_until or '?'}"
    wanted = f"{terms.period_from}/{terms.period_until}"
    if own is None or asked is None or not (own[0] <= asked[0] and asked[1] <= own[1]):
        return _error("supplier_period", footprint, stated=stated, wanted=wanted)
    return ()


def _dates(start: str, end: str) -> tuple[date, date] | None:
    try:
        return date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return None


def _boundary(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if footprint.boundary == terms.boundary:
        return ()
    return _error("supplier_boundary", footprint, stated=footprint.boundary, wanted=terms.boundary)


def _gwp_set(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    """Return nothing for the same set, a note where all gases are known, else an error."""
    if footprint.gwp_set == terms.gwp_set and terms.gwp_set in GWP_SETS:
        return ()
    known = bool(footprint.masses) and all(terms.gwp_set in gas(key).gwp for key in footprint.masses)
    if known and not any(footprint.co2e.values()):
        params = {"name": footprint.name, "stated": footprint.gwp_set, "wanted": terms.gwp_set}
        return (finding("supplier_gwp_converted", Severity.INFO, footprint.id, **params),)
    return _error("supplier_gwp_set", footprint, stated=footprint.gwp_set, wanted=terms.gwp_set)


def _offsets(footprint: SupplierFootprint) -> tuple[Finding, ...]:
    if footprint.offsets is None:
        return _error("supplier_offsets_unstated", footprint)
    return _error("supplier_offsets", footprint) if footprint.offsets else ()


def _green_power(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if not footprint.green_power_stated:
        return _error("supplier_green_power_unstated", footprint)
    if footprint.green_power is None:
        return _error("supplier_green_power_unproven", footprint)
    own = footprint.green_power
    twice = sorted({one for one in own if one in terms.claimed or own.count(one) > 1})
    return _error("supplier_green_power_twice", footprint, certificates=", ".join(twice)) if twice else ()


def _recycling(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if footprint.recycling == terms.recycling:
        return ()
    return _error("supplier_recycling", footprint, stated=footprint.recycling, wanted=terms.recycling)


def _verification(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if footprint.verification in terms.verification:
        return ()
    return _error("supplier_unverified", footprint, stated=footprint.verification)


def _figures(footprint: SupplierFootprint) -> tuple[Finding, ...]:
    values = [*footprint.masses.values(), *footprint.co2e.values()]
    if values and all(map(math.isfinite, values)):
        return ()
    return _error("supplier_no_figure", footprint)
