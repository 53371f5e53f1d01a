"""What a case takes under a scheme: man-days, fees and days, all from the scheme's own tables."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tanbiao.core.schemes.model import Scheme
from tanbiao.core.schemes.unit import UnitDocument

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a case is.

    Parameters
    ----------
    category
        Product category by id.
    sites, models
        Production sites and models of the certification unit, at least one each.
    supplier_sites
        Suppliers' sites that have to be visited.
    rows
        Rows of the study.
    """

    category: str
    sites: int = 1
    models: int = 1
    supplier_sites: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class RowShare:
    """A row of a frozen result: how its amount is known and its share of Σ|contribution|, 0…1."""

    row: str
    data: str
    share: float


SUPPLIERS_OWN = "primary"
"""Kind of data of a row that a supplier measured; the maker's own is ``site_specific``."""


def supplier_rows(scheme: Scheme, rows: Iterable[RowShare]) -> tuple[str, ...]:
    """Return the rows whose supplier is to be visited: his own data, with at least the scheme's share; by id.

    None of them where the scheme's table has no such share.
    """
    table = scheme.man_days
    if table is None or table.supplier_share is None:
        return ()
    least = table.supplier_share
    return tuple(item.row for item in rows if item.data == SUPPLIERS_OWN and item.share >= least)


def size_of(scheme: Scheme, category: str, unit: UnitDocument, rows: Iterable[RowShare]) -> Size:
    """Return how large the case of a certification unit is, with the rows of its frozen result."""
    listed = tuple(rows)
    return Size(
        category=category,
        sites=len(unit.sites),
        models=len(unit.models),
        supplier_sites=len(supplier_rows(scheme, listed)),
        rows=len(listed),
    )


@dataclass(frozen=True, slots=True)
class Fees:
    """What a case costs in one currency: to the certificate, and each year after."""

    currency: str
    first: Range
    yearly: Range


def man_days(scheme: Scheme, size: Size) -> float | None:
    """Return the least man-days of a case, in halves rounded up; None where the scheme has no table.

    base(category) + (sites - 1) * further_site + (models - 1) * further_model + supplier_sites * supplier_site
    + ⌈(rows - included) / each⌉ * days, where there are more rows than the base includes
    """
    table = scheme.man_days
    if table is None:
        return None
    base = next((row.base for row in table.by_category if size.category in row.categories), table.base)
    further = max(size.sites - 1, 0) * table.further_site + max(size.models - 1, 0) * table.further_model
    whole = base + further + size.supplier_sites * table.supplier_site
    if table.rows is not None:
        whole += math.ceil(max(size.rows - table.rows.included, 0) / table.rows.each) * table.rows.days
    return math.ceil(round(whole * 2, 9)) / 2


def fees(scheme: Scheme, size: Size, days: float | None) -> tuple[Fees, ...]:
    """Return the fees by currency; none where the scheme states no fees or a fee per man-day meets no man-days."""
    if any(fee.per == "man_day" for fee in scheme.fees) and days is None:
        return ()
    times = {"application": 1.0, "certificate": 1.0, "site": float(size.sites), "man_day": days or 0.0}
    found = []
    for currency in sorted({fee.currency for fee in scheme.fees}):
        first, yearly = [0.0, 0.0], [0.0, 0.0]
        for fee in (item for item in scheme.fees if item.currency == currency):
            kept, factor = (yearly, 1.0) if fee.per == "year" else (first, times[fee.per])
            kept[0] += fee.amount[0] * factor
            kept[1] += fee.amount[1] * factor
        found.append(Fees(currency, (first[0], first[1]), (yearly[0], yearly[1])))
    return tuple(found)


def days(scheme: Scheme) -> tuple[int, int] | None:
    """Return the calendar days from the application to the certificate; None where the scheme names no stages.

    An optional stage may take no day.
    """
    if not scheme.stages:
        return None
    least = sum(0 if stage.optional else stage.days[0] for stage in scheme.stages)
    return least, sum(stage.days[1] for stage in scheme.stages)
