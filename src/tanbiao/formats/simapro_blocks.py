"""The text of a SimaPro CSV as header, blocks and sections: nothing is interpreted here, only cut.

A file begins with lines ``{Key: value}``, then come blocks that end with ``End``. In a process block a line of one
cell is the name of a section: of a text, which stands on the next line, or of a table, whose rows follow to the next
empty line. Other programs leave out empty lines, add empty cells to every line (spreadsheets) or break texts over
several lines in quotes; SimaPro itself writes a line break as the sign DEL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tanbiao.formats.reading import Log

_HEADER: Final = re.compile(r'^\s*"?\{(.*?)\}"?[\s;,]*$')
_SEPARATORS: Final = {"semicolon": ";", "comma": ",", "tab": "\t", ";": ";", ",": ",", "|": "|", "pipe": "|"}
_MAX_JOINED: Final = 100
"""Lines that one quoted text may go over; more is taken for a quote that never closes. Project default."""

LIBRARY_BLOCKS: Final = frozenset(
    {
        "system description",
        "literature reference",
        "quantities",
        "units",
        "raw materials",
        "airborne emissions",
        "waterborne emissions",
        "final waste flows",
        "emissions to soil",
        "non material emissions",
        "social issues",
        "economic issues",
        "database input parameters",
        "database calculated parameters",
        "project input parameters",
        "project calculated parameters",
    }
)
METHOD_BLOCKS: Final = frozenset({"method", "impact category", "damage category", "normalization-weighting set"})
DATASET_BLOCKS: Final = frozenset({"process", "product stage"})
BLOCKS: Final = LIBRARY_BLOCKS | METHOD_BLOCKS | DATASET_BLOCKS
_NEVER_SECTIONS: Final = frozenset(
    {"process", "product stage", "quantities", "units", "raw materials", "airborne emissions", "waterborne emissions"}
    | {name for name in LIBRARY_BLOCKS if name.startswith(("database", "project"))}
)
"""Names that only begin a block, so that one met inside another shows a missing ``End``."""

TEXTS: Final = frozenset(
    {
        "platformid",
        "category type",
        "process identifier",
        "type",
        "process name",
        "status",
        "time period",
        "geography",
        "technology",
        "representativeness",
        "multiple output allocation",
        "substitution allocation",
        "waste treatment allocation",
        "cut off rules",
        "capital goods",
        "boundary with nature",
        "infrastructure",
        "date",
        "record",
        "generator",
        "external documents",
        "literature references",
        "collection method",
        "data treatment",
        "verification",
        "comment",
        "allocation rules",
        "system description",
        "name",
        "category",
        "description",
        "sub-systems",
        "cut-off rules",
        "energy model",
        "transport model",
        "waste model",
        "other assumptions",
        "other information",
        "documentation link",
        "image",
        "version",
        "method",
        "formula",
    }
)
TABLES: Final = frozenset(
    {
        "products",
        "waste treatment",
        "waste scenario",
        "avoided products",
        "resources",
        "materials/fuels",
        "electricity/heat",
        "emissions to air",
        "emissions to water",
        "emissions to soil",
        "final waste flows",
        "non material emissions",
        "social issues",
        "economic issues",
        "waste to treatment",
        "separated waste",
        "remaining waste",
        "input parameters",
        "calculated parameters",
        "materials/assemblies",
        "processes",
        "assembly",
        "reference assembly",
        "waste scenarios",
        "disposal scenarios",
        "disassemblies",
        "reuses",
        "waste/disposal scenario",
        "additional life cycles",
        "linked processes",
        "linked process",
    }
)
SECTIONS: Final = TEXTS | TABLES


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines say: signs between cells and in numbers, form of dates, and everything by its key."""

    separator: str
    decimal: str
    date_format: str
    date_separator: str
    fields: Mapping[str, str]
    lines: int
    """How many lines the header has."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line: its number, from 1, and its cells without trailing empty ones; ``raw`` with the blanks around them."""

    line: int
    cells: tuple[str, ...]
    raw: tuple[str, ...]


@dataclass(slots=True)
class Block:
    """A block: its name in lower case and its rows up to ``End``."""

    name: str
    line: int
    rows: list[Row] = field(default_factory=list)


def lines_of(text: str) -> Iterator[str]:
    """Give the lines of a text, however they end, without making a list of them all."""
    begin = 0
    for match in re.finditer(r"\r\n|\n|\r", text):
        yield text[begin : match.start()]
        begin = match.end()
    if begin < len(text):
        yield text[begin:]


def read_header(text: str, log: Log, where: str) -> Header:
    """Return the header; signs it does not state are guessed from the text, with a finding."""
    fields: dict[str, str] = {}
    count = 0
    for line in lines_of(text):
        match = _HEADER.match(line)
        if match is None:
            if line.strip(' ;,\t"'):
                break
            count += 1
            continue
        count += 1
        key, _, value = match[1].partition(":")
        fields[key.strip().lower()] = value.strip()
    separator = _SEPARATORS.get(fields.get("csv separator", "").lower(), "")
    decimal = fields.get("decimal separator", "")
    if not separator:
        sample = text[:20_000]
        separator = max(";,\t", key=sample.count)
        log.warn("simapro_header_incomplete", where, field="CSV separator", used=separator)
    if decimal not in (".", ","):
        decimal = "," if separator != "," and re.search(r"[;\t]\d+,\d+[;\t]", text[:200_000]) else "."
        log.warn("simapro_header_incomplete", where, field="Decimal separator", used=decimal)
    date_format = fields.get("short date format", "")
    return Header(separator, decimal, date_format, fields.get("date separator", ""), fields, count)


def split_cells(line: str, separator: str) -> list[str] | None:
    """Return the cells of a line; None when a quoted one does not close on it."""
    if '"' not in line:
        return line.split(separator)
    cells: list[str] = []
    begin = 0
    while True:
        if line.startswith('"', begin):
            closed = _quoted(line, begin)
            if closed is None:
                return None
            text, after = closed
            end = line.find(separator, after)
            cells.append(text + (line[after:] if end < 0 else line[after:end]))
        else:
            end = line.find(separator, begin)
            cells.append(line[begin:] if end < 0 else line[begin:end])
        if end < 0:
            return cells
        begin = end + len(separator)


def _quoted(line: str, begin: int) -> tuple[str, int] | None:
    """Return the text of the quoted cell at ``begin`` and the place behind its closing quote."""
    parts: list[str] = []
    at = begin + 1
    while True:
        quote = line.find('"', at)
        if quote < 0:
            return None
        parts.append(line[at:quote])
        if not line.startswith('"', quote + 1):
            return "".join(parts), quote + 1
        parts.append('"')
        at = quote + 2


def rows_of(text: str, header: Header, log: Log, where: str) -> Iterator[Row]:
    """Give the rows behind the header, quoted texts over several lines joined; an empty line is a row without cells."""
    lines = enumerate(lines_of(text), 1)
    pending: list[tuple[int, str]] = []

    def following() -> tuple[int, str] | None:
        return pending.pop(0) if pending else next(lines, None)

    while (item := following()) is not None:
        number, line = item
        if number <= header.lines:
            continue
        cells = split_cells(line, header.separator)
        if cells is None:
            taken: list[tuple[int, str]] = []
            while cells is None and len(taken) < _MAX_JOINED and (more := following()) is not None:
                taken.append(more)
                if more[1].strip().lower() == "end":
                    break
                if '"' in more[1]:
                    cells = split_cells("\n".join([line, *(one for _, one in taken)]), header.separator)
            if cells is None:
                pending[:0] = taken
                log.warn("simapro_quote_open", f"{where}:{number}")
                cells = line.split(header.separator)
            elif any(more.count(header.separator) > 2 for _, more in taken):
                log.warn("simapro_quote_over_rows", f"{where}:{number}", count=len(taken))
        while cells and not cells[-1].strip():
            cells.pop()
        yield Row(number, tuple(cell.replace("\x7f", "\n").strip() for cell in cells), tuple(cells))


def blocks_of(text: str, header: Header, log: Log, where: str) -> Iterator[Block]:
    """Give the blocks; a missing ``End`` and lines outside any block are findings."""
    block: Block | None = None
    for row in rows_of(text, header, log, where):
        name = row.cells[0].lower() if len(row.cells) == 1 else ""
        if block is None:
            if name in BLOCKS:
                block = Block(name, row.line)
            elif row.cells and name != "end":
                log.warn("simapro_row_stray", f"{where}:{row.line}", text=" | ".join(row.cells)[:80])
        elif name == "end":
            yield block
            block = None
        elif name in _NEVER_SECTIONS and not _is_value(block):
            log.warn("simapro_end_missing", f"{where}:{row.line}", block=block.name)
            yield block
            block = Block(name, row.line)
        else:
            block.rows.append(row)
    if block is not None:
        log.warn("simapro_end_missing", f"{where}:{block.line}", block=block.name)
        yield block


def _is_value(block: Block) -> bool:
    """Whether the next line is the text of a section whose name stands on the line before."""
    last = block.rows[-1] if block.rows else None
    return last is not None and len(last.cells) == 1 and last.cells[0].lower() in TEXTS


def sections_of(block: Block, log: Log, where: str) -> tuple[dict[str, str], dict[str, list[Row]]]:
    """Return the texts and the tables of a process block, by their names in lower case."""
    texts: dict[str, str] = {}
    tables: dict[str, list[Row]] = {}
    current: list[Row] | None = None
    rows, at = block.rows, 0
    while at < len(rows):
        row = rows[at]
        name = row.cells[0].lower() if len(row.cells) == 1 else ""
        at += 1
        if name in TABLES and not (name in TEXTS and name in tables):
            current = tables.setdefault(name, [])
        elif name in TEXTS:
            current = None
            found, at = _text(rows, at)
            if name not in texts:
                texts[name] = found
        elif not row.cells:
            current = None
        elif current is not None:
            current.append(row)
        elif name:
            log.warn("simapro_section_unknown", f"{where}:{row.line}", section=row.cells[0])
            while at < len(rows) and rows[at].cells and not _is_section(rows[at]):
                at += 1
        else:
            log.warn("simapro_row_stray", f"{where}:{row.line}", text=" | ".join(row.cells)[:80])
    return texts, tables


def _is_section(row: Row) -> bool:
    return len(row.cells) == 1 and row.cells[0].lower() in SECTIONS


def _text(rows: list[Row], at: int) -> tuple[str, int]:
    """Return the text that begins at a row, its lines joined, and where the next section may begin.

    The first line behind a section's name is its text even where it reads like a name (category type "processing"),
    unless a table of that name could begin there with a capital letter.
    """
    parts: list[str] = []
    while at < len(rows) and rows[at].cells:
        if _is_section(rows[at]) and (parts or rows[at].cells[0][:1].isupper()):
            break
        parts.append("; ".join(cell for cell in rows[at].cells if cell))
        at += 1
    return "\n".join(parts), at
