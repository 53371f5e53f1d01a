"""What a result says of its allocations: method, shares, and the total under every other method that is stated for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.allocation import Split, alternatives, split_of
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Process, Study

TotalOf = Callable[[Study], float]
"""Calculates a changed study without samples: kg CO2e per declared unit."""


def allocation_table(study: Study, entries: Sequence[Entry], total: float, total_of: TotalOf) -> list[dict[str, Any]]:
    """Return one row per process that shares its burden and that the result rests on.

    Parameters
    ----------
    entries
        The entries that count in the total.
    total
        kg CO2e per declared unit.
    total_of
        Asked once for each other method that the study's own figures allow; a method that gives no number is left out.

    Returns
    -------
    list
        ``process``, ``name``, ``by``, ``weighs``, ``reason``, ``source``, ``products`` (``product``, ``name``,
        ``amount``, ``method``, ``share``: null where rows are shared one by one or the product is expanded), ``rows``
        (``row``, ``by``, ``shares``), ``alternatives`` (``by``, ``shares``, ``total``, ``change``).
    """
    used = {name for item in entries for name in item.path}
    body = []
    for process_id, process in sorted(study.processes.items()):
        allocation, split = process.allocation, split_of(process, f"processes.{process_id}")
        if process_id not in used or allocation is None or split is None:
            continue
        body.append(
            {
                "process": process_id,
                "name": process.name.both() if process.name else {"zh": process_id, "en": process_id},
                "by": allocation.by,
                "weighs": allocation.weighs,
                "reason": allocation.reason,
                "source": allocation.source,
                "products": _products(process, split),
                "rows": _rows(process, split),
                "alternatives": _alternatives(study, process_id, process, total, total_of),
            }
        )
    return body


def _products(process: Process, split: Split) -> list[dict[str, Any]]:
    assert not isinstance(process.gives, str)
    assert process.allocation is not None
    whole = not split.row_by_row and split.general
    return [
        {
            "product": item.product,
            "name": item.name.both() if item.name else {"zh": item.product, "en": item.product},
            "amount": item.amount,
            "method": "system_expansion" if item.product in process.allocation.expanded else process.allocation.by,
            "share": split.general.get(item.product) if whole else None,
        }
        for item in process.gives
    ]


def _rows(process: Process, split: Split) -> list[dict[str, Any]]:
    """Return the shares of every row, where rows are shared one by one."""
    assert process.allocation is not None
    if not split.row_by_row:
        return []
    return [
        {
            "row": row.id,
            "by": row.driver or ("subdivision" if row.id in split.rows else process.allocation.by),
            "shares": dict(split.rows.get(row.id, split.general)),
        }
        for part, row in process.rows()
        if part != "losses"
    ]


def _alternatives(
    study: Study, process_id: str, process: Process, total: float, total_of: TotalOf
) -> list[dict[str, Any]]:
    found = []
    for by, changed in alternatives(process, f"processes.{process_id}"):
        split = split_of(changed, f"processes.{process_id}")
        if split is None:
            continue
        other = study.model_copy(update={"processes": {**study.processes, process_id: changed}})
        try:
            value = total_of(other)
        except TanbiaoError:
            continue
        shares: Mapping[str, float] | None = None if split.row_by_row else split.general
        found.append({"by": by, "shares": shares, "total": value, "change": add(value, -total)})
    return found
