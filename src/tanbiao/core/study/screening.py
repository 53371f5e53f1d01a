"""Factors that only screen: per amount of money, or of electricity at the power plant without the way to its user.

A result that counts one of them is computed and says so; it is a screening and can't be submitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tanbiao.core.amounts import Tally, add, amount_as_json, ratio
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.electricity import BUSBAR
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.tables import row_name


def why_screening(entry: Entry) -> str | None:
    """Return ``spend_based`` or ``generation_only`` for an entry whose factor only screens, else None."""
    dataset = entry.part.dataset
    if dataset is None:
        return None
    if dataset.screening:
        return "spend_based"
    if dataset.boundary != BUSBAR:
        return None
    supply = entry.flow.row.electricity
    if supply is None or supply.supply == "grid":
        return "generation_only"
    # a factor of the study's own choice, of which nobody says how its power comes to the site
    return "generation_only" if supply.supply == "dataset" and supply.delivery is None else None


def screening_table(entries: Sequence[Entry], ledger: Ledger, total: Tally) -> tuple[dict[str, Any], list[Finding]]:
    """Return whether the result is a screening, and the rows that make it one with their share of the total."""
    grouped: dict[tuple[str, str, str], list[Entry]] = {}
    for item in entries:
        why = why_screening(item)
        if why is not None and item.part.dataset is not None:
            grouped.setdefault((item.flow.row.id, item.part.dataset.id, why), []).append(item)
    rows = []
    for (row, dataset, why), items in grouped.items():
        value = add(*(item.value for item in items))
        rows.append(
            {
                "row": row,
                "name": row_name(ledger.study, items[0].flow),
                "dataset": dataset,
                "why": why,
                "value": value,
                "share": amount_as_json(ratio(Tally(value), total)),
            }
        )
    if not rows:
        return {"screening": False, "rows": []}, []
    names = ", ".join(dict.fromkeys(str(row["row"]) for row in rows))
    return {"screening": True, "rows": rows}, [finding("screening_result", Severity.WARNING, "stages", rows=names)]
