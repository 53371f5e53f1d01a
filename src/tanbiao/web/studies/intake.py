"""Between files, documents and tables: what a study file is, what a result's row in the database holds.

Private to the feature's commands.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import to_json
from tanbiao.core.study import Result as Outcome
from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.formats import yaml_study
from tanbiao.formats.yaml_study import Loaded
from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger.blobs import put_blob

MEDIA_TYPES = {
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml",
    "json": "application/json",
}


def put_json(value: Any) -> str:
    """Store a JSON value in canonical form and return its content hash."""
    return put_blob(canonical_bytes(value), MEDIA_TYPES["json"])


def kind_of(filename: str, data: bytes) -> str:
    """Return ``excel``, ``json`` or ``yaml``; the content decides, the name only where content can't.

    A ``.xlsx`` that is no workbook goes to the Excel reader all the same: it says what the file really is.
    """
    suffix = PurePath(filename).suffix.lower()
    if data.startswith(b"PK\x03\x04") or suffix in (".xlsx", ".xlsm", ".xls"):
        return "excel"
    return "json" if data.lstrip()[:1] == b"{" else "yaml"


def read(filename: str, data: bytes) -> tuple[str, Loaded]:
    """Read a study file; the findings have places in the file's own terms (cell, line and column)."""
    kind = kind_of(filename, data)
    if kind != "excel":
        return kind, yaml_study.load(data)
    from tanbiao.formats import excel_study

    return kind, excel_study.read(data)


def groups(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the lists of rows of a document by their path, to be changed in place."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, stage in document.get("stages", {}).items():
        if isinstance(stage, list):
            found[f"stages.{name}"] = stage
    for name, process in document.get("processes", {}).items():
        for part in PROCESS_PARTS:
            if process.get(part):
                found[f"processes.{name}.{part}"] = process[part]
    return found


def find_row(document: dict[str, Any], row_id: str) -> dict[str, Any] | None:
    """Return the row of this id, to be changed in place; None when there is none."""
    return next((row for rows in groups(document).values() for row in rows if row.get("id") == row_id), None)


def process_of(document: dict[str, Any], row_id: str, group: str) -> dict[str, Any]:
    """Return the process that a row stands in, or a group of new rows; empty for a stage."""
    inside = [path for path, rows in groups(document).items() if any(row.get("id") == row_id for row in rows)]
    path = inside[0] if row_id and inside else group
    kind, _, rest = path.partition(".")
    found: dict[str, Any] = (
        document.get("processes", {}).get(rest.rpartition(".")[0], {}) if kind == "processes" else {}
    )
    return found


def add_row(document: dict[str, Any], group: str, row: dict[str, Any]) -> None:
    """Append a row to a group; a stage that only said why it is empty becomes a list of rows.

    Raises
    ------
    Invalid
        ``group_unknown``
    """
    parts = group.split(".")
    stages, processes = document.get("stages", {}), document.get("processes", {})
    if len(parts) == 2 and parts[0] == "stages" and parts[1] in stages:
        if not isinstance(stages[parts[1]], list):
            stages[parts[1]] = []
        stages[parts[1]].append(row)
    elif len(parts) == 3 and parts[1] in processes and parts[2] in PROCESS_PARTS:
        processes[parts[1]].setdefault(parts[2], []).append(row)
    else:
        raise Invalid.of("group_unknown", group)


def remove_row(document: dict[str, Any], row_id: str) -> None:
    """Remove a row. The last one of a stage stays: an empty stage must say why it is empty.

    Raises
    ------
    Invalid
        ``row_unknown``, ``last_row``
    """
    for path, rows in groups(document).items():
        for row in rows:
            if row.get("id") == row_id:
                if len(rows) == 1 and path.startswith("stages."):
                    raise Invalid.of("last_row", path)
                rows.remove(row)
                return
    raise Invalid.of("row_unknown", row_id)


def result_document(outcome: Outcome) -> dict[str, Any]:
    """Return the result as it is stored: the contract's document, with findings as code and parameters.

    They are said in the reader's language when they are shown.
    """
    return {**outcome.document, "findings": [to_json(item) for item in outcome.findings]}
