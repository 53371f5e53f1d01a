"""The table of a factory's carbon-market data: one emission per row, as CSV or Excel, read into ``carbon_market``.

Columns are named in English or Chinese. What holds for the report or a step (its output, its emission) stands in its
first row and may be left empty in the others.
"""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.market_parts import MARKET_KINDS
from tanbiao.core.units import parse_amount, parse_unit
from tanbiao.formats.reading import Log, decode
from tanbiao.formats.table_workbook import open_book, sheet_values

COLUMNS: Final[dict[str, str]] = {
    "report": "报告",
    "year": "年份",
    "guide": "核算指南",
    "verifier": "核查机构",
    "step": "工序编号",
    "step_name": "工序名称",
    "process": "研究工序",
    "output": "工序产量",
    "step_reported": "工序报告排放",
    "line": "行号",
    "name": "排放源",
    "kind": "类别",
    "activity": "活动数据",
    "factor": "排放因子",
    "reported": "报告排放",
    "row": "研究行号",
    "outside": "不属于本产品的原因",
}
"""Column → its Chinese name."""
NEEDED: Final = (
    "report",
    "year",
    "step",
    "process",
    "output",
    "step_reported",
    "line",
    "kind",
    "activity",
    "factor",
    "reported",
)
HEAD: Final = ("report", "year", "guide", "verifier")
OF_STEP: Final = (("process", "process"), ("output", "output"), ("step_reported", "reported"))
"""Column → key of a step."""
AMOUNTS: Final = {
    "output": "1500000 t", "step_reported": "1242400 t", "activity": "200000 t", "factor": "1.9333 t/t",
    "reported": "386660 t",
}  # fmt: skip
"""Columns that hold an amount → one as it should be."""
KINDS: Final = {"化石燃料燃烧": "combustion", "过程排放": "process", "电力": "electricity", "热力": "heat"}
MAX_LINES: Final = 2000


def blank(lang: str) -> bytes:
    """Return the empty table (CSV, UTF-8 with mark, so that spreadsheets read it)."""
    out = io.StringIO()
    csv.writer(out).writerow([COLUMNS[key] if lang == "zh" else key for key in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def read(data: bytes, name: str) -> dict[str, Any]:
    """Return the section ``carbon_market`` that a table says.

    Raises
    ------
    TanbiaoError
        ``market_table_column``, ``market_table_cell``, ``market_table_empty``; of a workbook as :func:`open_book`.
    """
    rows = iter(_cells(data, name))
    header = _header(next(rows, ()), name)
    section: dict[str, Any] = {"steps": {}}
    for number, values in enumerate(rows, 2):
        said = {header[at]: value.strip() for at, value in enumerate(values) if at in header and value.strip()}
        if said:
            _take(section, said, f"{name}!{number}")
    if not section["steps"]:
        raise TanbiaoError.of("market_table_empty", name)
    return section


def _cells(data: bytes, name: str) -> Iterable[Sequence[str]]:
    if data.startswith(b"PK"):
        return [[_text(value) for value in row] for row in sheet_values(open_book(data, name).worksheets[0])]
    return csv.reader(io.StringIO(decode(data, Log(), name)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _header(cells: Sequence[str], name: str) -> dict[int, str]:
    known = {chinese: key for key, chinese in COLUMNS.items()} | {key: key for key in COLUMNS}
    header = {at: known[cell.strip().lower()] for at, cell in enumerate(cells) if cell.strip().lower() in known}
    for key in NEEDED:
        if key not in header.values():
            raise TanbiaoError.of("market_table_column", name, column=f"{key} / {COLUMNS[key]}")
    return header


def with_line(section: dict[str, Any] | None, said: dict[str, str]) -> dict[str, Any]:
    """Return the section with one line as it was typed, by column; it takes the place of the line of its id.

    What is said of the report and of the step takes the place of what stood there.

    Raises
    ------
    TanbiaoError
        ``market_table_cell``.
    """
    for column, rule in AMOUNTS.items():
        if column in said and not _is_amount(said[column], per=column == "factor"):
            raise TanbiaoError.of(
                "market_table_cell", "carbon_market", column=COLUMNS[column], value=said[column][:40], rule=rule
            )
    made: dict[str, Any] = {"steps": {}} if section is None else copy.deepcopy(section)
    made |= {key: said[key] for key in HEAD if key in said}
    step = made["steps"].setdefault(said.get("step", ""), {"lines": []})
    step |= {field: said[column] for column, field in OF_STEP if column in said}
    if "step_name" in said:
        step["name"] = {**(step.get("name") or {}), "zh": said["step_name"]}
    ids = [line["id"] for line in step["lines"]]
    _take(made, said, "carbon_market")
    if said.get("line") in ids:
        step["lines"][ids.index(said["line"])] = step["lines"].pop()
    return made


def _is_amount(text: str, *, per: bool) -> bool:
    """Whether a text is an amount with its unit, or (``per``) a mass for a unit of something."""
    over, slash, under = text.partition("/") if per else (text, "", "")
    try:
        parse_amount(over.strip(), "")
        if per:
            parse_unit(under.strip(), "")
    except TanbiaoError:
        return False
    return bool(slash) == per


def without_line(section: dict[str, Any], step: str, line: str) -> dict[str, Any] | None:
    """Return the section without a line; a step without lines goes, too, and None is what is left without steps.

    Raises
    ------
    TanbiaoError
        ``market_line_unknown``.
    """
    made = copy.deepcopy(section)
    found = made["steps"].get(step, {"lines": []})
    left = [item for item in found["lines"] if item["id"] != line]
    if len(left) == len(found["lines"]):
        raise TanbiaoError.of("market_line_unknown", f"carbon_market.steps.{step}", step=step, line=line)
    found["lines"] = left
    if not left:
        del made["steps"][step]
    return made if made["steps"] else None


def _take(section: dict[str, Any], said: dict[str, str], where: str) -> None:
    for key in HEAD:
        if key in said:
            section.setdefault(key, said[key])
    name = said.get("step", "")
    if not name:
        raise TanbiaoError.of("market_table_cell", where, column=COLUMNS["step"], value="", rule="kiln-1")
    step = section["steps"].setdefault(name, {"lines": []})
    for column, field in OF_STEP:
        if column in said:
            step.setdefault(field, said[column])
    if "step_name" in said:
        step.setdefault("name", {"zh": said["step_name"]})
    kind = KINDS.get(said.get("kind", ""), said.get("kind", ""))
    if kind not in MARKET_KINDS:
        choices = " / ".join((*MARKET_KINDS, *KINDS))
        raise TanbiaoError.of("market_table_cell", where, column=COLUMNS["kind"], value=kind[:40], rule=choices)
    line: dict[str, Any] = {"id": said.get("line", ""), "kind": kind}
    line |= {field: said[field] for field in ("activity", "factor", "reported", "row", "outside") if field in said}
    if "name" in said:
        line["name"] = {"zh": said["name"]}
    step["lines"].append(line)
    if sum(len(item["lines"]) for item in section["steps"].values()) > MAX_LINES:
        raise TanbiaoError.of("market_table_cell", where, column=COLUMNS["line"], value="", rule=f"≤ {MAX_LINES}")


def written(section: dict[str, Any], lang: str) -> bytes:
    """Return the table of a section (CSV), which reads back as it is."""
    out = io.StringIO()
    out.write(blank(lang).decode().lstrip("\ufeff"))
    rows = csv.writer(out)
    for line in _lines(section):
        rows.writerow([line.get(key, "") for key in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _lines(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    head = {key: section.get(key) or "" for key in HEAD}
    for key, step in section["steps"].items():
        base = head | {"step": key, "process": step["process"], "output": step["output"]}
        base |= {"step_reported": step["reported"], "step_name": _name(step)}
        for line in step["lines"]:
            yield base | {
                "line": line["id"],
                "name": _name(line),
                **{k: line[k] for k in line if k in COLUMNS and k != "name"},
            }


def _name(item: dict[str, Any]) -> str:
    name = item.get("name") or {}
    return str(name.get("zh") or name.get("en") or "")
