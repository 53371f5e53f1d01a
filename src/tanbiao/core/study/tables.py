"""The tables of a result: contributions, cut-off, stand-ins, unknown rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tanbiao.core.amounts import Absence, AbsenceKind, Tally, add, ratio
from tanbiao.core.gases import gas
from tanbiao.core.study.allocation import process_of
from tanbiao.core.study.emission_methods import choice, method
from tanbiao.core.study.flows import Flow
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.model import Absent, Study
from tanbiao.core.units import parse_amount

STAGE_NAMES = {
    "raw_materials": {"zh": "原材料获取", "en": "Raw materials"},
    "manufacturing": {"zh": "制造", "en": "Manufacturing"},
    "distribution": {"zh": "分销", "en": "Distribution"},
    "use": {"zh": "使用", "en": "Use"},
    "end_of_life": {"zh": "生命末期", "en": "End of life"},
}


def row_name(study: Study, flow: Flow) -> dict[str, str]:
    """Return the row's own name, else the name of what it takes: process, dataset, gas."""
    row = flow.row
    if row.name is not None:
        return row.name.both()
    if flow.feeds is not None:
        process = study.processes[process_of(flow.feeds)]
        if process.name is not None:
            return process.name.both()
    if flow.parts and flow.parts[0].dataset is not None:
        name = flow.parts[0].dataset.name
        return {"zh": name.best("zh"), "en": name.best("en")}
    if row.gas is not None:
        known = gas(row.gas)
        return {"zh": known.name_zh, "en": known.name_en}
    if row.emission is not None:
        return dict(method(row.emission.method).name)
    words = row.what or row.burden_free or row.id
    return {"zh": words, "en": words}


def contributions(entries: Sequence[Entry], ledger: Ledger) -> list[dict[str, Any]]:
    """Return one row per (row, stage, factor, kind); their values add up to the total."""
    rows = []
    for item in entries:
        dataset = item.part.dataset
        for kind, value in item.by_kind:
            rows.append(
                {
                    "row": item.flow.row.id,
                    "name": row_name(ledger.study, item.flow),
                    "stage": item.stage,
                    "kind": kind,
                    "value": value,
                    "share": None,
                    "share_of_known": None,
                    "activity": item.flow.row.activity,
                    "dataset": None if dataset is None else dataset.id,
                    "dataset_name": None
                    if dataset is None
                    else {"zh": dataset.name.best("zh"), "en": dataset.name.best("en")},
                    "version": None if dataset is None else dataset.version,
                    "gas": item.part.gas,
                    "path": list(item.path),
                    "leg": item.part.leg,
                    "stand_in": item.flow.row.stand_in is not None,
                    "source": source_text(ledger.study, item.flow),
                    "factor_source": _factor_source(item),
                    "data_kind": None if item.flow.row.data is None else item.flow.row.data.kind,
                    "amount": item.nominal,
                    "unit": item.part.unit,
                    "factor": item.part.sign * item.part.intensity.kinds.get(kind, 0.0),
                    "factor_unit": f"kg CO2e/{item.part.unit}",
                    "gwp_basis": item.part.intensity.gwp_basis,
                    "geography": None if dataset is None else dataset.geography,
                    "year": None if dataset is None else dataset.time.year,
                    "licence": None if dataset is None else dataset.licence,
                    **({"module": item.part.module} if item.part.module else {}),
                }
            )
    return rows


def own_processes(entries: Sequence[Entry], ledger: Ledger) -> list[dict[str, Any]]:
    """Return the result rolled up onto the study's own processes, the largest first; the values add up to the total.

    Each process stands with what its own rows emit and buy, in all stages together; what it takes from another own
    process stands with that one. Rows of a stage that belong to no process come under that stage, ``process`` null.
    """
    grouped: dict[tuple[str, str], list[float]] = {}
    for item in entries:
        key = (item.path[-1], "") if item.path else ("", item.stage)
        grouped.setdefault(key, []).append(item.value)
    body = []
    for (process, stage), values in grouped.items():
        own = ledger.study.processes[process].name if process else None
        name = own.both() if own is not None else {"zh": process, "en": process} if process else STAGE_NAMES[stage]
        body.append({"process": process or None, "stage": stage or None, "name": name, "value": add(*values)})
    return sorted(body, key=lambda row: (-abs(row["value"]), row["process"] or "", row["stage"] or ""))


def _factor_source(item: Entry) -> str | None:
    """Return where the factor, or the method of a direct emission, is from."""
    if item.part.dataset is not None:
        return item.part.dataset.source.title
    emission = item.flow.row.emission
    if emission is None:
        return None
    used = method(emission.method)
    chosen = choice(used, emission.of)
    return used.source if chosen is None else f"{used.source}; {chosen.source}"


def source_text(study: Study, flow: Flow) -> str:
    """Return the row's source in words: the title of a named source with its place, else the text itself."""
    stated = flow.row.source
    if stated is None and flow.owner.startswith("processes."):
        stated = study.processes[flow.owner.removeprefix("processes.")].source
    if stated is None:
        return flow.row.derivation or ""
    key, _, place = stated.partition("#")
    named = study.sources.get(key)
    if named is None:
        return stated
    return f"{named.title}, {place}" if place else named.title


def _bound(text: str) -> tuple[float, str]:
    value, unit = parse_amount(text)
    return value, str(unit)


def cut_off(study: Study, ledger: Ledger) -> list[dict[str, Any]]:
    """Return the cut-off ledger: the study's own list, then rows whose amount is ``below_cut_off``."""
    body: list[dict[str, Any]] = []
    for entry in study.cut_off:
        value, unit = _bound(entry.bound)
        body.append({"id": entry.id, "what": entry.what.both(), "bound": value, "unit": unit, "reason": entry.reason})
    for flow in ledger.flows:
        absent = flow.row.amount
        if not isinstance(absent, Absent) or absent.absent is not AbsenceKind.BELOW_CUT_OFF:
            continue
        limit = None if absent.bound is None else _bound(absent.bound)
        body.append(
            {
                "id": flow.row.id,
                "what": row_name(study, flow),
                "bound": limit[0] if limit else None,
                "unit": limit[1] if limit else None,
                "reason": absent.reason,
            }
        )
    return body


def stand_ins(entries: Sequence[Entry], total: Tally) -> list[dict[str, Any]]:
    """Return the rows whose factor stands in for another, with the share of the total that leans on each."""
    grouped: dict[tuple[str, str], list[Entry]] = {}
    for item in entries:
        if item.flow.row.stand_in is not None:
            dataset = "" if item.part.dataset is None else item.part.dataset.id
            grouped.setdefault((item.flow.row.id, dataset), []).append(item)
    body = []
    for (row_id, dataset), items in grouped.items():
        statement = items[0].flow.row.stand_in
        assert statement is not None
        value = add(*(item.value for item in items))
        share = ratio(Tally(value), total)
        body.append(
            {
                "row": row_id,
                "for": statement.for_,
                "dataset": dataset or None,
                "value": value,
                "share": None if isinstance(share, Absence) else share,
                "reason": statement.reason,
            }
        )
    return body


def unknown_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the rows whose amount is unknown, in the order of the document."""
    flows = {flow.where: flow for flow in ledger.flows}
    return [
        {
            "row": flows[item.where].row.id,
            "name": row_name(ledger.study, flows[item.where]),
            "reason": item.reason,
            "where": item.where,
            "bound": item.bound,
        }
        for item in ledger.absences
        if item.kind is AbsenceKind.UNKNOWN and item.where in flows
    ]
