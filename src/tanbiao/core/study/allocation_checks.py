"""What a study's words alone show to be wrong with the allocation of a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.allocation import split_of, weights
from tanbiao.core.study.allocation_parts import ROW_BY_ROW, Allocation
from tanbiao.core.study.model import Process, Study

ROUNDED: Final = 0.005
"""Stated shares may differ by so much from those that the figures give: authors round to per cent (project default)."""


def misplaced(study: Study) -> Iterator[Finding]:
    """Yield rows that name a product or a driver where there is none to name."""
    for name, stage in study.stages.items():
        for row in stage.rows:
            if row.product is not None or row.driver is not None:
                yield finding("allocation_row_misplaced", Severity.ERROR, f"stages.{name}.{row.id}")


def checked(process_id: str, process: Process) -> Iterator[Finding]:
    """Yield the findings about how a process is shared among its products."""
    where = f"processes.{process_id}"
    names = [] if isinstance(process.gives, str) else [output.product for output in process.gives]
    allocation = process.allocation
    if len(names) < 2 or allocation is None:
        yield from _of_one(where, process, names)
        return
    place = f"{where}.allocation"
    found = [*_products(place, allocation, names), *_stated(place, allocation, names)]
    found += [*_expanded(where, process, allocation, names), *_rows(where, process, allocation, names)]
    yield from found
    if not found:
        yield from _calculated(where, process, allocation)


def _of_one(where: str, process: Process, names: list[str]) -> Iterator[Finding]:
    if process.allocation is not None:
        yield finding("allocation_of_one", Severity.WARNING, f"{where}.allocation")
    elif len(names) > 1:
        yield finding("allocation_missing", Severity.ERROR, where, products=", ".join(names))
    for part, row in process.rows():
        if row.product is not None or row.driver is not None or part == "avoids":
            yield finding("allocation_row_misplaced", Severity.ERROR, f"{where}.{part}.{row.id}")


def _products(place: str, allocation: Allocation, names: list[str]) -> Iterator[Finding]:
    """Yield every product that is named and not given, and every driver that leaves one out."""
    named = [(f"{place}.expanded", allocation.expanded), (f"{place}.per_product", allocation.per_product)]
    named += [(f"{place}.prices[{index}].of", span.of) for index, span in enumerate(allocation.prices)]
    named += [(f"{place}.drivers.{key}.amounts", item.amounts) for key, item in allocation.drivers.items()]
    for at, products in named:
        for product in products:
            if product not in names:
                known = ", ".join(names)
                yield finding("allocation_product_unknown", Severity.ERROR, at, product=product, products=known)


def _stated(place: str, allocation: Allocation, names: list[str]) -> Iterator[Finding]:
    carrying = [name for name in names if name not in allocation.expanded]
    shares: Mapping[str, float] | None = allocation.shares
    if shares is None:
        if allocation.by == "stated":
            yield _missing(place, "stated", "shares")
    elif set(shares) != set(carrying):
        yield finding("allocation_shares", Severity.ERROR, f"{place}.shares", products=", ".join(carrying))
    elif abs(add(0.0, *shares.values()) - 1.0) > 1e-9 or any(share < 0 for share in shares.values()):
        total = f"{add(0.0, *shares.values()):.9g}"
        yield finding("allocation_sum", Severity.ERROR, f"{place}.shares", sum=total)
    if allocation.by == "economic" and not allocation.prices:
        severity = Severity.ERROR if shares is None else Severity.WARNING
        yield _missing(place, "economic", "prices", severity)
    if allocation.by == "physical" and shares is None and not allocation.weighs:
        yield _missing(place, "physical", "weighs")
    if allocation.by == "efficiency" and allocation.source is None:
        yield _missing(place, "efficiency", "source")
    if allocation.by == "causal" and not allocation.drivers:
        yield _missing(place, "causal", "drivers")


def _expanded(where: str, process: Process, allocation: Allocation, names: list[str]) -> Iterator[Finding]:
    """An expanded co-product has a credit, a credit is of an expanded one, and somebody carries the burden."""
    place = f"{where}.allocation.expanded"
    rest = [name for name in names if name not in allocation.expanded]
    if not rest or (allocation.by == "system_expansion" and len(rest) > 1):
        yield finding("allocation_expansion_rest", Severity.ERROR, place, products=", ".join(rest) or "—")
    credited = {row.product for row in process.avoids}
    for product in allocation.expanded:
        if product in names and product not in credited:
            yield finding("allocation_expansion_without_credit", Severity.ERROR, place, product=product)
    for row in process.avoids:
        at = f"{where}.avoids.{row.id}"
        if row.product is None or row.product not in allocation.expanded:
            yield finding("allocation_credit_without_expansion", Severity.ERROR, at, product=row.product or "—")


def _rows(where: str, process: Process, allocation: Allocation, names: list[str]) -> Iterator[Finding]:
    for part, row in process.rows():
        at = f"{where}.{part}.{row.id}"
        if row.driver is not None and row.driver not in allocation.drivers:
            known = ", ".join(allocation.drivers) or "—"
            yield finding("allocation_driver_unknown", Severity.ERROR, at, driver=row.driver, drivers=known)
        if part == "avoids":
            if allocation.by in ROW_BY_ROW and row.driver is None and len(names) - len(allocation.expanded) > 1:
                yield finding("allocation_row_unassigned", Severity.ERROR, at, row=row.id, by=allocation.by)
            continue
        if row.product is not None and row.driver is not None:
            yield finding("allocation_row_twice", Severity.ERROR, at)
        if row.product is not None and (row.product not in names or row.product in allocation.expanded):
            known = ", ".join(name for name in names if name not in allocation.expanded)
            yield finding("allocation_product_unknown", Severity.ERROR, at, product=row.product, products=known)
        if allocation.by in ROW_BY_ROW and row.product is None and row.driver is None and part != "losses":
            yield finding("allocation_row_unassigned", Severity.ERROR, at, row=row.id, by=allocation.by)


def _calculated(where: str, process: Process, allocation: Allocation) -> Iterator[Finding]:
    """Make the shares once, for what can't be shared; stated ones are those that the figures give."""
    try:
        split = split_of(process, where)
    except TanbiaoError as error:
        yield from error.findings
        return
    if allocation.shares is None or allocation.by == "stated" or split is None:
        return
    try:
        made = weights(process, allocation.model_copy(update={"shares": None}), split.products, where)
    except TanbiaoError:
        return  # nothing to compare with: by prices or amounts that the study does not state
    for product, share in made.items():
        if abs(share - allocation.shares[product]) > ROUNDED:
            params = {"product": product, "stated": f"{allocation.shares[product]:.4g}", "found": f"{share:.4g}"}
            yield finding("allocation_share_differs", Severity.ERROR, f"{where}.allocation.shares", **params)


def _missing(place: str, by: str, key: str, severity: Severity = Severity.ERROR) -> Finding:
    return finding("allocation_input_missing", severity, place, by=by, key=key)
