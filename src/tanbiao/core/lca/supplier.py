"""A supplier's own footprint as provider: accepted only after every check, each failure named.

The questions are those that ISO 14067 asks of any data in a product's footprint (system boundary, period, electricity
with contractual instruments, recycling, no offsets), and that the data model of PACT v3 has fields for. What isn't
stated isn't assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from tanbiao.core.codes import normal_code
from tanbiao.core.dataset.model import Dataset, parse_dataset
from tanbiao.core.findings import Finding, Severity, blocking, finding
from tanbiao.core.gases import GWP_SETS, by_kind, characterise, gas

Boundary = Literal["cradle_to_gate", "cradle_to_grave", "gate_to_gate", "unstated"]
Recycling = Literal[
    "cut_off", "closed_loop", "circular_footprint_formula", "fifty_fifty", "upstream_system_expansion", "unstated"
]
Verification = Literal["certified", "verified", "self_declared"]
LICENCE: Final = "Shared by the supplier with its customer"
FORBIDDEN: Final = "no redistribution"


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
    replaced
        Whether its maker has replaced it.
    period_from, period_until
        ISO dates of the data it rests on.
    primary_share
        Share of it that rests on primary data, 0 to 1; None: not stated.
    form
        The data model of its file and that model's version.
    biogenic_stated
        Whether the figure is known to hold biogenic emissions.
    notes
        What was stated beside the file.
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
    replaced: bool = False
    company: str = ""
    version: str = ""
    period_from: str = ""
    period_until: str = ""
    primary_share: float | None = None
    form: str = ""
    biogenic_stated: bool = True
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """kg CO2e per unit of what has no masses."""
        return sum(self.co2e.values())


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
    accepting: str = ""
    """Why one that nobody verified is taken, where it is."""


@dataclass(frozen=True, slots=True)
class SupplierCheck:
    """One question that a footprint was asked: what it says, what is wanted, and what was found."""

    name: str
    stated: str
    wanted: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing of it stands against the footprint."""
        return not blocking(self.findings)


def assess_supplier(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[SupplierCheck, ...]:
    """Return every check of a supplier's footprint in one order, passed or failed."""
    told = {
        "status": ("replaced" if footprint.replaced else "active", "active"),
        "period": (
            f"{footprint.valid_from or '?'}/{footprint.valid_until or '?'}",
            f"{terms.period_from}/{terms.period_until}",
        ),
        "boundary": (footprint.boundary, terms.boundary),
        "gwp_set": (footprint.gwp_set, terms.gwp_set),
        "offsets": ({True: "taken_off", False: "none", None: "unstated"}[footprint.offsets], "none"),
        "green_power": (_power(footprint), ""),
        "recycling": (footprint.recycling, terms.recycling),
        "verification": (footprint.verification, " / ".join(sorted(terms.verification))),
        "figures": (f"{footprint.total:.6g} kg CO2e/{footprint.unit}", ""),
    }
    return tuple(SupplierCheck(name, *told[name], check(footprint, terms)) for name, check in CHECKS.items())


def check_supplier(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    """Return what stands against a supplier's footprint; empty or only notes where it can be used."""
    return tuple(item for check in CHECKS.values() for item in check(footprint, terms))


def _power(footprint: SupplierFootprint) -> str:
    if not footprint.green_power_stated:
        return "unstated"
    if footprint.green_power is None:
        return "unproven"
    return ", ".join(footprint.green_power) or "none"


def supplier_dataset(footprint: SupplierFootprint) -> Dataset:
    """Return an accepted footprint as a dataset; its licence keeps it with whoever received it.

    Raises
    ------
    TanbiaoError
        ``dataset_malformed``; ``gwp_missing`` for gases under a set that does not know them.
    """
    end = footprint.period_until[:4]
    weighed = characterise(footprint.masses, footprint.gwp_set, footprint.id) if footprint.masses else {}
    kinds: dict[str, float] = {kind: value for kind, value in by_kind(weighed).items() if value}
    for kind, value in footprint.co2e.items():
        kinds[kind] = kinds.get(kind, 0.0) + value
    return parse_dataset(
        {
            "id": f"supplier:{footprint.id}",
            "version": footprint.version or "1",
            "name": {"en": footprint.name, "zh": footprint.name},
            "kind": "supplier_footprint",
            "reference": {"unit": footprint.unit},
            "boundary": "cradle_to_gate",
            "geography": footprint.place,
            "time": {
                "year": int(end) if end.isdecimal() else None,
                "text": f"{footprint.period_from}/{footprint.period_until}".strip("/"),
            },
            "co2e": {footprint.gwp_set: math.fsum((*weighed.values(), *footprint.co2e.values()))},
            "kinds": kinds,
            "gases": dict(footprint.masses) or None,
            "uncertainty": {"type": "unknown"},
            "quality": {},
            "source": {"title": footprint.company or footprint.name, "version": footprint.form, "row": footprint.id},
            "licence": LICENCE,
            "redistribution": FORBIDDEN,
            "primary_share": footprint.primary_share,
            "notes": [f"Verification: {footprint.verification}", *footprint.notes],
        }
    )


def _status(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:  # noqa: ARG001
    return _error("supplier_deprecated", footprint) if footprint.replaced else ()


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


def _offsets(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:  # noqa: ARG001
    if footprint.offsets is None:
        return _error("supplier_offsets_unstated", footprint)
    return _error("supplier_offsets", footprint) if footprint.offsets else ()


def _green_power(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if not footprint.green_power_stated:
        return _error("supplier_green_power_unstated", footprint)
    if footprint.green_power is None:
        return _error("supplier_green_power_unproven", footprint)
    own = [normal_code(one) for one in footprint.green_power]
    claimed = {normal_code(one) for one in terms.claimed}
    twice = sorted(
        {one for one, code in zip(footprint.green_power, own, strict=True) if code in claimed or own.count(code) > 1}
    )
    return _error("supplier_green_power_twice", footprint, certificates=", ".join(twice)) if twice else ()


def _recycling(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if footprint.recycling == terms.recycling:
        return ()
    return _error("supplier_recycling", footprint, stated=footprint.recycling, wanted=terms.recycling)


def _verification(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:
    if footprint.verification in terms.verification:
        if footprint.verification != "self_declared":
            return ()
        params = {"name": footprint.name, "reason": terms.accepting or "—"}
        return (finding("supplier_unverified_taken", Severity.WARNING, footprint.id, **params),)
    return _error("supplier_unverified", footprint, stated=footprint.verification)


def _figures(footprint: SupplierFootprint, terms: SupplierTerms) -> tuple[Finding, ...]:  # noqa: ARG001
    values = [*footprint.masses.values(), *footprint.co2e.values()]
    if values and all(map(math.isfinite, values)):
        if footprint.biogenic_stated:
            return ()
        return (finding("supplier_biogenic_unstated", Severity.WARNING, footprint.id, name=footprint.name),)
    return _error("supplier_no_figure", footprint)


CHECKS: Final[Mapping[str, Callable[[SupplierFootprint, SupplierTerms], tuple[Finding, ...]]]] = {
    "status": _status,
    "period": _period,
    "boundary": _boundary,
    "gwp_set": _gwp_set,
    "offsets": _offsets,
    "green_power": _green_power,
    "recycling": _recycling,
    "verification": _verification,
    "figures": _figures,
}
