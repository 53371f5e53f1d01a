"""On what data a result rests, as shares of its emission: primary, measured amounts, site-specific, stand-ins.

The primary data share is the share of primary data in the footprint without biogenic uptake (PACT Technical
Specifications v3, ``primaryDataShare``; PACT Methodology, 4.2.2), each part weighted by its own share: what the company
emits itself and the energy that it uses count whole where the amount is measured; a bought product counts by the share
that its supplier states of the supplier's own footprint, and not at all with a factor of a database, however well its
amount is known. That last reading is this project's; :func:`shares` gives the share of measured amounts beside it.

Parts are weighted by |kg CO2e|, so that a share lies between 0 and 1 where something is negative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from tanbiao.core.amounts import Tally, add, amount_as_json, ratio
from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.model import Row, Study

PRIMARY: Final = ("site_specific", "primary")
"""Kinds of data that rest on measurement or on the supplier's own records."""
MEASURABLE: Final = ("electricity", "fuel", "gas", "emission", "from", "treatment")
"""Activities that a company measures at its own processes."""


def measured(row: Row) -> bool:
    """Whether a row's amount is primary data of what it stands for."""
    return row.data is not None and row.data.kind in PRIMARY and row.stand_in is None and row.default is None


def primary_part(entry: Entry) -> float:
    """Return which share of an entry's emission is primary data, 0 to 1."""
    row, dataset = entry.flow.row, entry.part.dataset
    if row.stand_in is not None:
        return 0.0
    if row.data is not None and row.data.primary_share is not None:
        return row.data.primary_share
    if dataset is not None and dataset.kind is DatasetKind.SUPPLIER_FOOTPRINT and dataset.primary_share is not None:
        return dataset.primary_share
    if not measured(row):
        return 0.0
    if dataset is None or row.electricity is not None:
        return 1.0
    return 1.0 if row.fuel is not None and dataset.kind is not DatasetKind.UPSTREAM_FACTOR else 0.0


def weight(entry: Entry) -> float:
    """Return |kg CO2e| of an entry without biogenic uptake."""
    return add(0.0, *(abs(value) for kind, value in entry.by_kind if kind != "biogenic_uptake"))


def shares(entries: Sequence[Entry], total: Tally) -> dict[str, Any]:
    """Return ``primary_data_share``, ``primary_amount_share``, ``site_specific_share`` and ``stand_in_share``.

    Each is a number from 0 to 1, or the absence that an incomplete total makes of it.
    """
    weights = [weight(item) for item in entries]
    whole = Tally(add(0.0, *weights), total.absences)

    def share(part: Callable[[Entry], float]) -> Any:
        parts = [value * part(item) for value, item in zip(weights, entries, strict=True)]
        return amount_as_json(ratio(Tally(add(0.0, *parts)), whole))

    return {
        "primary_data_share": share(primary_part),
        "primary_amount_share": share(lambda item: float(measured(item.flow.row))),
        "site_specific_share": share(lambda item: float(_site_specific(item.flow.row))),
        "stand_in_share": share(lambda item: float(item.flow.row.stand_in is not None)),
    }


def _site_specific(row: Row) -> bool:
    return measured(row) and row.data is not None and row.data.kind == "site_specific"


def own_processes_without_site_data(study: Study) -> dict[str, list[str]]:
    """Return process → rows that lack data of the site, of the processes that the reporting company runs itself.

    Rows that take from another own process, losses and inputs without burden need none.
    """
    found: dict[str, list[str]] = {}
    for name, process in sorted(study.processes.items()):
        if process.control != "own":
            continue
        rows = [
            row.id
            for _, row in process.rows()
            if row.activity in MEASURABLE
            and not str(row.from_ or row.treatment or "").startswith("process/")
            and not _site_specific(row)
        ]
        if rows:
            found[name] = rows
    return found


def control_table(study: Study, ledger: Ledger, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the own processes of the result with who runs each and which share of its emission is site-specific."""
    reached, lacking = ledger.reached(), own_processes_without_site_data(study)
    body = []
    for name, process in sorted(study.processes.items()):
        if name not in reached:
            continue
        mine = [item for item in entries if item.path and item.path[-1] == name]
        whole = add(0.0, *(weight(item) for item in mine))
        site = add(0.0, *(weight(item) for item in mine if _site_specific(item.flow.row)))
        body.append(
            {
                "process": name,
                "name": process.name.both() if process.name is not None else {"zh": name, "en": name},
                "control": process.control,
                "value": add(0.0, *(item.value for item in mine)),
                "site_specific_share": site / whole if whole else None,
                "lacking": lacking.get(name, []),
            }
        )
    return body
