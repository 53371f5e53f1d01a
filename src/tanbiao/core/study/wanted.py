"""Which factors are missed most: the certified emission that leans on stand-ins, aggregated so that no holder shows.

A study says of a row that its factor stands in for another (``stand_in.for``); a release that lacks a factor takes that
of another place or year by itself (:mod:`tanbiao.core.study.fallbacks`). Read from sealed packages, ranked by the
emission that rests on each missing factor over the data periods, each with the kinds of its stand-ins. What fewer than
:data:`SMALLEST` holders miss stands together; and if fewer than that are behind the whole pool, it has no figure.
Project default, not official.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.fallbacks import ORDER, Kind, Subject, fallbacks
from tanbiao.core.units import convert, parse_amount

SMALLEST: Final = 3
"""Holders behind a figure that is shown (project default, not official)."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """What of one certified figure leans on one stand-in."""

    holder: str
    certificate: str
    factor: str
    """The factor that is missing, in the study's words; of a ``subject`` its region, type or id, and year."""
    dataset: str
    """The dataset that stands in for it."""
    share: float | None
    """Of the certified figure."""
    emission: float | None
    """kg CO2e over the data period; None where the study does not state its output."""
    kinds: tuple[Kind, ...] = ("named",)
    subject: Subject = ""
    """What the release took another factor for by itself; empty: the author named the stand-in."""


def leanings(package: Mapping[str, Any], holder: str, certificate: str) -> Iterator[Leaning]:
    """Yield what leans on stand-ins in the result of a calculation package, those named and those taken by the release.

    Raises
    ------
    TanbiaoError
        The findings of a study that can't be read.
    """
    yield from named(package, holder, certificate)
    output = output_of(package["study"].get("unit", {}))
    for one in fallbacks(package):
        emission = None if output is None else one.value * output
        yield Leaning(holder, certificate, one.factor, one.dataset, one.share, emission, one.kinds, one.subject)


def named(package: Mapping[str, Any], holder: str, certificate: str) -> Iterator[Leaning]:
    """Yield what leans on stand-ins that the author named; rows of one factor and dataset as one."""
    output = output_of(package["study"].get("unit", {}))
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for item in package["result"]["stand_ins"]:
        grouped.setdefault((item["for"], item["dataset"] or ""), []).append(item)
    for (factor, dataset), items in grouped.items():
        value = add(*(float(item["value"]) for item in items))
        shares = [float(item["share"]) for item in items if item["share"] is not None]
        share = add(*shares) if len(shares) == len(items) else None
        yield Leaning(holder, certificate, factor, dataset, share, None if output is None else value * output)


def output_of(unit: Mapping[str, Any]) -> float | None:
    """Return how many declared units the data period made; None where the study does not say or it can't be read.

    >>> output_of({"declared": "1 t", "amounts_for": "52000 t"})
    52000.0
    """
    try:
        declared, of = parse_amount(str(unit.get("declared", "")))
        made, into = parse_amount(str(unit.get("amounts_for") or ""))
        number = convert(made, into, of) / declared
    except (TanbiaoError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0 else None


@dataclass(frozen=True, slots=True)
class WantedFactor:
    """A missing factor, or (``factor`` empty) those that too few holders miss to be told apart."""

    factor: str
    factors: int
    holders: int
    certificates: int
    emission: float | None
    """kg CO2e over the data periods, two digits; None where nobody states an output, or too few stand behind it."""
    is_lower_bound: bool
    """Whether some of the certificates do not state their output: the emission is then at least this."""
    share: float | None
    """Mean share of the certified figures that leans on it, two digits."""
    datasets: tuple[str, ...]
    """What stands in for it; empty for the pool."""
    kinds: tuple[Kind, ...] = ()
    """How these came to stand in: named by an author, or taken by the release; of the pool, of any in it."""
    subject: Subject = ""


def rank(found: Iterable[Leaning], smallest: int = SMALLEST) -> list[WantedFactor]:
    """Return the missing factors, the one with the most emission first, then by share; the pool is last.

    Parameters
    ----------
    smallest
        Holders behind each figure; what fewer miss goes into the pool.
    """
    grouped: dict[tuple[str, str], list[Leaning]] = {}
    for item in found:
        grouped.setdefault((item.subject, _key(item.factor)), []).append(item)
    open_ = [items for items in grouped.values() if len({item.holder for item in items}) >= smallest]
    closed = [items for items in grouped.values() if len({item.holder for item in items}) < smallest]
    told = sorted((_row(items, items[0].factor, 1) for items in open_), key=_order)
    pool = [item for items in closed for item in items]
    if pool:
        row = _row(pool, "", len(closed))
        if row.holders < smallest:
            row = WantedFactor("", len(closed), 0, 0, None, False, None, (), row.kinds)
        told.append(row)
    return told


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _order(row: WantedFactor) -> tuple[float, float, str]:
    return (-(row.emission or 0.0), -(row.share or 0.0), row.factor)


def _row(items: list[Leaning], factor: str, factors: int) -> WantedFactor:
    stated = [item.emission for item in items if item.emission is not None]
    certificates = {item.certificate for item in items}
    without = {item.certificate for item in items if item.emission is None}
    shares = [item.share for item in items if item.share is not None]
    # Where only few state their output, the sum would be theirs: it is told from as many holders as the row needs.
    enough = len({item.holder for item in items if item.emission is not None}) >= min(
        SMALLEST, len({item.holder for item in items})
    )
    return WantedFactor(
        factor,
        factors,
        len({item.holder for item in items}),
        len(certificates),
        _rounded(add(*stated)) if stated and enough else None,
        bool(without),
        _rounded(add(*shares) / len(certificates)) if shares else None,
        tuple(sorted({item.dataset for item in items if item.dataset})) if factor else (),
        tuple(kind for kind in ORDER if any(kind in item.kinds for item in items)),
        items[0].subject if factor else "",
    )


def _rounded(value: float) -> float:
    return float(f"{value:.1e}")
