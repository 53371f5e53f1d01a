"""A rule's alignment record as a table (CSV or Excel): clause, document, degree, clause there, source, reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from pydantic import TypeAdapter, ValidationError

from tanbiao.core.catalogue.framework import Framework
from tanbiao.core.catalogue.framework_model import Read
from tanbiao.core.catalogue.rule_alignment import DEGREES, AlignedClause, check_lines
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.parts import Clause, Title
from tanbiao.formats.reading import Log
from tanbiao.formats.table_headers import Header, find_header
from tanbiao.formats.table_rows import Grid, grids

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "clause": ("条款", "本规则条款", "rule clause"),
    "document": ("文件", "国际文件", "文件编号", "standard"),
    "degree": ("一致程度", "程度", "alignment"),
    "at": ("对应条款", "clause there"),
    "read": ("依据方式", "读法", "how read"),
    "source": ("来源", "出处", "where read"),
    "reason_zh": ("理由", "中文理由", "reason"),
    "reason_en": ("英文理由", "english reason"),
}
"""Column → its spellings; the order in which a table is written."""
OPTIONAL: Final = frozenset({"at", "read", "source"})
DEGREE_WORDS: Final = {
    "等同": "equal",
    "一致": "equal",
    "修改": "modified",
    "修改采用": "modified",
    "无": "none",
    "无对应": "none",
}
READS: Final = get_args(Read)
MAX_LINES: Final = 500
MAX_TEXT: Final = 1_000
"""Lines of a record, characters of a cell: project defaults, not official."""
_CLAUSE: Final = TypeAdapter(Clause)


@dataclass(frozen=True, slots=True)
class _Line:
    place: str
    cells: Mapping[str, str]

    def wrong(self, code: str, column: str, **params: str | int) -> Finding:
        """Return an error at a column of this line."""
        return finding(code, Severity.ERROR, f"{self.place}:{column}", **params)


def read(data: bytes, name: str, rule: Rule, framework: Framework) -> tuple[AlignedClause, ...]:
    """Read a record and check it against the rule and the framework: all of it or nothing.

    Raises
    ------
    TanbiaoError
        ``list_no_column``, ``list_empty``, ``list_too_long``; every finding of the lines, at line and column:
        ``alignment_cell_missing``, ``alignment_clause_unknown``, ``alignment_document_unknown``,
        ``alignment_document_national``, ``alignment_degree_unknown``, ``alignment_read_unknown``,
        ``alignment_not_cited``, ``alignment_cited_none``, ``alignment_twice``, ``list_cell_long``.
    """
    log = Log()
    grid, header = _headed(grids(data, None, log, name), name)
    lines = list(_lines(grid, header))
    if not lines:
        raise TanbiaoError.of("list_empty", name)
    if len(lines) > MAX_LINES:
        raise TanbiaoError.of("list_too_long", name, limit=MAX_LINES)
    wrong = [one for one in log.close() if one.severity.blocks or one.code == "encoding_damaged"]
    found: list[tuple[str, AlignedClause]] = []
    for line in lines:
        told = list(_wrong(line))
        wrong += told
        if not told:
            found.append((line.place, _made(line)))
    wrong += check_lines(rule, found, framework)
    if wrong:
        raise TanbiaoError(*wrong)
    return tuple(line for _, line in found)


def _headed(sheets: list[Grid], name: str) -> tuple[Grid, Header]:
    for grid in sheets:
        header = find_header(grid.head(), COLUMNS, OPTIONAL, by_years=False)
        if header is not None:
            return grid, header
    raise TanbiaoError.of("list_no_column", name, column=", ".join(one for one in COLUMNS if one not in OPTIONAL))


def _lines(grid: Grid, header: Header) -> Iterator[_Line]:
    for number, (place, cells) in enumerate(grid.rows()):
        if number < header.rows:
            continue
        said = {column: cells[at].strip() for column, at in header.columns.items() if at < len(cells)}
        if any(said.values()):
            yield _Line(place, said)


def _degree(line: _Line) -> str:
    said = line.cells.get("degree", "")
    return DEGREE_WORDS.get(said, said.lower())


def _wrong(line: _Line) -> Iterator[Finding]:
    for column in COLUMNS:
        if column not in OPTIONAL and not line.cells.get(column):
            yield line.wrong("alignment_cell_missing", column)
        if len(line.cells.get(column, "")) > MAX_TEXT:
            yield line.wrong("list_cell_long", column, limit=MAX_TEXT)
    clause, degree = line.cells.get("clause", ""), _degree(line)
    if clause:
        try:
            _CLAUSE.validate_python(clause)
        except ValidationError:
            yield line.wrong("alignment_clause_unknown", "clause", clause=clause[:40], known="—")
    if degree and degree not in DEGREES:
        yield line.wrong("alignment_degree_unknown", "degree", value=degree[:40], known=", ".join(DEGREES))
    read = line.cells.get("read", "")
    if read and read not in READS:
        yield line.wrong("alignment_read_unknown", "read", value=read[:40], known=", ".join(READS))
    cited = [column for column in ("at", "read", "source") if line.cells.get(column)]
    if degree in ("equal", "modified") and len(cited) < 3:
        missing = ", ".join(column for column in ("at", "read", "source") if column not in cited)
        yield line.wrong("alignment_not_cited", missing.split(",", maxsplit=1)[0], missing=missing)
    if degree == "none" and "at" in cited:
        yield line.wrong("alignment_cited_none", "at")


def _made(line: _Line) -> AlignedClause:
    said = line.cells
    return AlignedClause(
        clause=said["clause"],
        document=said["document"],
        degree=_degree(line),
        at=said.get("at") or None,
        read=said.get("read") or None,
        source=said.get("source") or None,
        reason=Title(zh=said["reason_zh"], en=said["reason_en"]),
    )


def write(lines: Iterable[AlignedClause]) -> bytes:
    """Return a record as the CSV that :func:`read` takes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in lines:
        said = (
            line.clause,
            line.document,
            line.degree,
            line.at,
            line.read,
            line.source,
            line.reason.zh,
            line.reason.en,
        )
        writer.writerow([one or "" for one in said])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
