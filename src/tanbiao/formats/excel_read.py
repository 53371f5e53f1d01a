"""From the cells of a template to a study document, keeping which cell each part came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.formats import excel_layout as layout
from tanbiao.formats.excel_cells import from_cells, plain_of, text_of
from tanbiao.formats.excel_layout import Column, key_of

Line = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sheets:
    """The values of a workbook: sheet name → rows of values; and the areas of merged cells."""

    rows: Mapping[str, list[Line]]
    merged: tuple[str, ...] = ()

    def find(self, key: str) -> tuple[str, list[Line]] | None:
        """Return (name, rows) of one of the template's sheets, by its name in either language."""
        names = [name.lower() for name in layout.SHEETS[key]]
        return next(((name, rows) for name, rows in self.rows.items() if name.lower() in names), None)


@dataclass(slots=True)
class Read:
    """What reading gave: the document, findings, and path → ``sheet!cell``."""

    document: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)

    def say(self, code: str, where: str, severity: Severity = Severity.ERROR, **params: Any) -> None:
        """Collect a finding."""
        self.findings.append(finding(code, severity, where, **params))


def letters(index: int) -> str:
    """Return the letters of a column, from 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def document_of(sheets: Sheets) -> Read:
    """Return the study document of a workbook, with findings about what could not be read."""
    read = Read({"tanbiao": "study/1"})
    _form(sheets, read)
    read.document["stages"] = {}
    for name in ("raw_materials", "manufacturing", "distribution", "use", "end_of_life"):
        _stage(sheets, name, read)
    _processes(sheets, read)
    _parameters(sheets, read)
    _cut_off(sheets, read)
    _sources(sheets, read)
    for area in sheets.merged:
        read.say("excel_merged_cells", area, Severity.WARNING)
    return read


# --- the product sheet ------------------------------------------------------------------------------------------


def _form(sheets: Sheets, read: Read) -> None:
    found = sheets.find("product")
    if found is None:
        read.say("excel_sheet_missing", "", Severity.BLOCKING, sheet=layout.SHEETS["product"][0])
        return
    sheet, rows = found
    fields = {item.key: item for item in layout.PRODUCT_FIELDS}
    labels = {label: item.key for item in layout.PRODUCT_FIELDS for label in (item.zh, item.en)}
    values: dict[str, str] = {}
    pieces: list[str] = []
    for number, row in enumerate(rows, start=1):
        line = [*row, None, None, None, None]
        key = plain_of(line[3])
        if key not in fields:
            key = labels.get(text_of(line[0]).rstrip(" *"), "")
        if not key:
            continue
        if key == "more":
            pieces.append(text_of(line[1]))
            continue
        read.cells[key] = f"{sheet}!B{number}"
        if text_of(line[1]):
            values[key] = text_of(line[1])
    for key, text in values.items():
        _put(read.document, key, _form_value(key, text, read))
    _capital_goods(values, read)
    _more(read, "".join(pieces), sheet)
    for key, place in list(read.cells.items()):
        steps = key.split(".")
        for length in range(1, len(steps)):
            read.cells.setdefault(".".join(steps[:length]), place)


def _form_value(key: str, text: str, read: Read) -> Any:
    if key in ("product.sites", "goal.audience"):
        return [item.strip() for item in text.replace(";", "；").split("；") if item.strip()]
    if key == "boundary":
        return key_of(layout.BOUNDARIES, text) or text
    if key == "goal.public_comparison":
        known = key_of(layout.YES_NO, text)
        if known is None:
            read.say("excel_not_in_list", read.cells[key], value=text)
        return known == "true"
    plain = ("product.country", "gwp", "rule", "release", "period.from", "period.to", "carbon_content.biogenic")
    if key in (*plain, "scenarios.use.scenario") or key.startswith("unit."):
        return plain_of(text) if not key.endswith((".zh", ".en", "basis", "evidence")) else text
    return text


def _put(document: dict[str, Any], key: str, value: Any) -> None:
    if key.startswith("capital_goods."):
        return
    *path, last = key.split(".")
    for step in path:
        document = document.setdefault(step, {})
    document[last] = value


def _capital_goods(values: Mapping[str, str], read: Read) -> None:
    shown, reason = values.get("capital_goods.state", ""), values.get("capital_goods.reason", "")
    if not shown and not reason:
        return
    state = key_of(layout.GOODS, shown)
    if state is None:
        read.say("excel_not_in_list", read.cells["capital_goods.state"], value=shown or "—")
        return
    read.document["capital_goods"] = {state: reason}


def _more(read: Read, text: str, sheet: str) -> None:
    if not text:
        return
    try:
        extra = json.loads(text)
    except ValueError:
        read.say("excel_json", f"{sheet}!B{layout.PRODUCT_FIRST_ROW}")
        return
    if isinstance(extra, dict):
        _fill(read.document, extra)


def _fill(document: dict[str, Any], extra: Mapping[str, Any]) -> None:
    for key, value in extra.items():
        if isinstance(value, Mapping) and isinstance(document.get(key), dict):
            _fill(document[key], value)
        else:
            document.setdefault(key, value)


# --- tables ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    """A line of a table: its number, and column key → value; ``at`` gives the cell of a column."""

    sheet: str
    number: int
    cells: dict[str, Any]
    columns: Mapping[str, str]

    def at(self, key: str) -> str:
        return f"{self.sheet}!{self.columns.get(key, 'A')}{self.number}"


def _records(sheet: str, rows: list[Line], columns: tuple[Column, ...]) -> Iterator[_Record]:
    """Yield the filled lines; columns are found by their heading, so that they may be moved."""
    head = rows[layout.HEADER_ROW - 1] if len(rows) >= layout.HEADER_ROW else ()
    shown = {text_of(value): index for index, value in reversed(list(enumerate(head))) if text_of(value)}
    places: dict[str, int] = {}
    for index, column in enumerate(columns):
        places[column.key] = shown.get(column.zh, shown.get(column.en, index if not shown else -1))
    names = {key: letters(index) for key, index in places.items() if index >= 0}
    for number, row in enumerate(rows[layout.FIRST_ROW - 1 :], start=layout.FIRST_ROW):
        cells = {key: row[index] for key, index in places.items() if 0 <= index < len(row) and text_of(row[index])}
        if cells:
            yield _Record(sheet, number, cells, names)


_CELLS_OF_ROW = {
    "id": "id",
    "name": "name.zh",
    "amount": "amount",
    "bound": "bound",
    "reason": "reason",
    "per": "per",
    "process": "process",
    "from": "target",
    "fuel": "target",
    "gas": "target",
    "circular": "inputs",
    "fate": "inputs",
    "fate.material": "target",
    "circular.method": "target",
    "emission": "target",
    "emission.method": "target",
    "emission.of": "target",
    "emission.inputs": "inputs",
    "treatment": "target",
    "credit": "target",
    "electricity": "kind",
    "electricity.supply": "supply",
    "electricity.region": "region",
    "electricity.year": "year",
    "electricity.dataset": "target",
    "electricity.generation": "inputs",
    "electricity.claims": "inputs",
    "transport": "target",
    "data": "data.kind",
    "data.kind": "data.kind",
    "data.pedigree": "data.pedigree",
    "data.uncertainty": "data.uncertainty",
    "source": "source",
    "stand_in": "stand_in.for",
    "derivation": "derivation",
    "note": "note",
}


def _row(
    read: Read, record: _Record, where: str, taken: set[str], prefix: str, *, needs_id: bool = True
) -> dict[str, Any]:
    """Return a row document of a line, with its cells noted under ``where.{id}``."""
    row, wrong = from_cells(record.cells)
    for key in wrong:
        code = "excel_json" if key == "more" else "excel_not_in_list"
        value = text_of(record.cells.get(key)) or "—"
        read.say(code, record.at(key), value=value) if code == "excel_not_in_list" else read.say(code, record.at(key))
    if not needs_id:
        return row
    if "id" not in row:
        row = {"id": _free_id(prefix, taken), **row}
        read.say("excel_id_given", record.at("id"), Severity.INFO, id=row["id"])
    taken.add(row["id"])
    path = f"{where}.{row['id']}"
    # the first line keeps the path when an id stands twice: the finding names the second
    read.cells[path] = record.at("id")
    for part, column in _CELLS_OF_ROW.items():
        read.cells[f"{path}.{part}"] = record.at(column)
    return row


def _free_id(prefix: str, taken: set[str]) -> str:
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def _ids_in(sheets: Sheets) -> set[str]:
    """Return every id that is typed somewhere, so that given ones never clash with it."""
    found: set[str] = set()
    for key in layout.SHEETS:
        sheet = sheets.find(key)
        if sheet is not None:
            found |= {plain_of(value) for row in sheet[1][layout.FIRST_ROW - 1 :] for value in row[:4]}
    return found


_PREFIX = {"raw_materials": "r", "manufacturing": "m", "distribution": "d", "use": "u", "end_of_life": "e"}


def _stage(sheets: Sheets, name: str, read: Read) -> None:
    found = sheets.find(name)
    if found is None:
        read.say("excel_sheet_missing", "", Severity.BLOCKING, sheet=layout.SHEETS[name][0])
        return
    sheet, rows = found
    where, state_cell = f"stages.{name}", f"{sheet}!B{layout.STATE_ROW}"
    read.cells[where] = state_cell
    taken = _ids_in(sheets)
    body = [_row(read, record, where, taken, _PREFIX[name]) for record in _records(sheet, rows, layout.ROW_COLUMNS)]
    line = [*(rows[layout.STATE_ROW - 1] if len(rows) >= layout.STATE_ROW else ()), None, None, None, None]
    shown, reason = text_of(line[1]), text_of(line[3])
    state = key_of(layout.STATES, shown) if shown else None
    if shown and state is None:
        read.say("excel_not_in_list", state_cell, value=shown)
    if state in (None, "rows"):
        if body:
            read.document["stages"][name] = body
        return
    if body:
        read.say("excel_stage_contradicts", state_cell, state=shown)
        read.document["stages"][name] = body
    else:
        read.document["stages"][name] = {str(state): reason} if reason else {str(state): None}
        if not reason:
            read.say("excel_stage_without_reason", f"{sheet}!D{layout.STATE_ROW}", state=shown)


def _processes(sheets: Sheets, read: Read) -> None:
    found = sheets.find("processes")
    if found is None:
        return
    sheet, rows = found
    taken, processes = _ids_in(sheets), read.document.setdefault("processes", {})
    for record in _records(sheet, rows, layout.PROCESS_COLUMNS):
        cells = dict(record.cells)
        owner = plain_of(cells.pop("owner", ""))
        part = key_of(layout.PARTS, plain_of(cells.pop("part", "")))
        if not owner or part is None:
            read.say("excel_process_line", record.at("owner" if not owner else "part"))
            continue
        process = processes.setdefault(owner, {})
        read.cells.setdefault(f"processes.{owner}", record.at("owner"))
        line = _Record(record.sheet, record.number, cells, record.columns)
        if part == "process":
            process.update(_row(read, line, "", taken, "", needs_id=False))
        elif part == "gives":
            read.cells[f"processes.{owner}.gives"] = record.at("amount")
            _gives(process, _output(read, line, taken), plain_of(cells.get("target")))
        else:
            where = f"processes.{owner}.{part}"
            process.setdefault(part, []).append(_row(read, line, where, taken, "p"))
    if not processes:
        del read.document["processes"]


def _output(read: Read, record: _Record, taken: set[str]) -> dict[str, Any]:
    kept = {key: value for key, value in record.cells.items() if key != "target"}
    line = _Record(record.sheet, record.number, kept, record.columns)
    return _row(read, line, "", taken, "", needs_id=False)


def _gives(process: dict[str, Any], output: dict[str, Any], product: str) -> None:
    """Add an output: one without a product's name is the process's only one."""
    if not product:
        process["gives"] = output.get("amount", "")
        return
    if not isinstance(process.get("gives"), list):
        process["gives"] = []
    process["gives"].append({"product": product, **output})


def _parameters(sheets: Sheets, read: Read) -> None:
    body: dict[str, Any] = {}
    for record in _table(sheets, "parameters", layout.PARAMETER_COLUMNS):
        key = plain_of(record.cells.pop("key", ""))
        parameter, _ = from_cells(record.cells)
        body[key or f"row_{record.number}"] = parameter
        read.cells[f"parameters.{key}"] = record.at("key")
        read.cells[f"parameters.{key}.amount"] = record.at("amount")
    if body:
        read.document["parameters"] = body


def _table(sheets: Sheets, key: str, columns: tuple[Column, ...]) -> Iterator[_Record]:
    found = sheets.find(key)
    if found is not None:
        yield from _records(found[0], found[1], columns)


def _cut_off(sheets: Sheets, read: Read) -> None:
    body = []
    for record in _table(sheets, "cut_off", layout.CUT_OFF_COLUMNS):
        entry: dict[str, Any] = {"what": {}}
        for key, value in record.cells.items():
            if key.startswith("what."):
                entry["what"][key.removeprefix("what.")] = text_of(value)
            else:
                entry[key] = text_of(value) if key == "reason" else plain_of(value)
        where = f"cut_off.{entry.get('id', '')}"
        read.cells[where] = record.at("id")
        for key in ("bound", "energy", "emission", "reason", "what", "process"):
            read.cells[f"{where}.{key}"] = record.at("what.zh" if key == "what" else key)
        body.append(entry)
    if body:
        read.document["cut_off"] = body


def _sources(sheets: Sheets, read: Read) -> None:
    body: dict[str, Any] = {}
    for record in _table(sheets, "sources", layout.SOURCE_COLUMNS):
        key = plain_of(record.cells.pop("key", ""))
        source: dict[str, Any] = {name: text_of(value) for name, value in record.cells.items()}
        if source.get("year", "").isdigit():
            source["year"] = int(source["year"])
        body[key or f"row-{record.number}"] = source
        read.cells[f"sources.{key}"] = record.at("key")
    if body:
        read.document["sources"] = body
