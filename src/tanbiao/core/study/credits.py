"""Credits: what each is for, which of them a rule counts, and the table that shows all of them apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tanbiao.core.amounts import Absence, add
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.circular_price import CREDIT_OF
from tanbiao.core.study.flows import Flow
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.material_parts import CREDIT_KINDS, CreditKind
from tanbiao.core.study.model import Study
from tanbiao.core.study.tables import row_name

ALL: frozenset[CreditKind] = frozenset(CREDIT_KINDS)


def kind_of(flow: Flow, module: str | None = None) -> CreditKind:
    """Return what a credit is for: as its row says, by the module of the formula, else a substitution."""
    if module is not None and module in CREDIT_OF:
        return CREDIT_OF[module]
    if flow.row.credit_for is not None:
        return flow.row.credit_for
    return "system_expansion" if ".avoids." in flow.where else "substitution"


def counted(ledger: Ledger, kinds: frozenset[CreditKind]) -> tuple[tuple[Entry, ...], tuple[Absence, ...]]:
    """Return the credits of these kinds, and those of them that nobody knows."""
    if not kinds:
        return (), ()
    entries = tuple(item for item in ledger.credits if kind_of(item.flow, item.part.module) in kinds)
    places = {flow.where: kind_of(flow) for flow in ledger.flows if flow.is_credit}
    return entries, tuple(item for item in ledger.credit_absences if places[item.where] in kinds)


def apart(ledger: Ledger, kinds: frozenset[CreditKind]) -> float:
    """Return the sum of the credits that are not of these kinds: what stands beside the total, kg CO2e per unit."""
    return add(0.0, *(item.value for item in ledger.credits if kind_of(item.flow, item.part.module) not in kinds))


def credits_table(ledger: Ledger, kinds: frozenset[CreditKind]) -> dict[str, Any]:
    """Return every credit with what it is for and whether it is in the total.

    Returns
    -------
    dict
        ``value`` (all of them), ``in_total`` (those that count), ``by_kind``, ``rows``, ``absences``; kg CO2e per
        declared unit, what is saved is negative.
    """
    rows: list[dict[str, Any]] = []
    for item in ledger.credits:
        kind, dataset = kind_of(item.flow, item.part.module), item.part.dataset
        rows.append(
            {
                "row": item.flow.row.id,
                "name": row_name(ledger.study, item.flow),
                "stage": item.stage,
                "kind": kind,
                "counted": kind in kinds,
                "value": item.value,
                "dataset": None if dataset is None else dataset.id,
                "version": None if dataset is None else dataset.version,
                "amount": item.nominal,
                "unit": item.part.unit,
            }
        )
    return {
        "value": add(0.0, *(row["value"] for row in rows)),
        "in_total": add(0.0, *(row["value"] for row in rows if row["counted"])),
        "by_kind": {
            kind: add(0.0, *(row["value"] for row in rows if row["kind"] == kind))
            for kind in CREDIT_KINDS
            if any(row["kind"] == kind for row in rows)
        },
        "rows": rows,
        "absences": [item.as_json() for item in ledger.credit_absences],
    }


def checked(study: Study) -> Iterator[Finding]:
    """Yield credits that can't be: for home scrap, or words of a credit on a row that is none."""
    for where, row in study.rows():
        if row.credit is not None and row.scrap == "home":
            yield finding("home_scrap_no_credit", Severity.ERROR, f"{where}.scrap")
        if row.credit is None and row.credit_for is not None:
            yield finding("credit_words_without_credit", Severity.ERROR, f"{where}.credit_for")
        if row.credit is None and row.burden_free is None and row.scrap is not None:
            yield finding("scrap_without_scrap_row", Severity.ERROR, f"{where}.scrap")
        if row.capture is not None and row.emission is None and row.gas not in ("CO2 fossil", "CO2 biogenic"):
            yield finding("capture_without_co2", Severity.ERROR, f"{where}.capture")
