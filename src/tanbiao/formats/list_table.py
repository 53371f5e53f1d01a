"""A list of an authority as a table (CSV or Excel): its lines in the authority's words, mapped to our categories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.catalogue.load import Catalogue
from tanbiao.core.catalogue.model import ListEntry
from tanbiao.core.dataset.classifications import plain_code, scheme
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.parts import Title
from tanbiao.core.study.parse import suggest
from tanbiao.formats.reading import Log
from tanbiao.formats.table_headers import Header, find_header
from tanbiao.formats.table_rows import Grid, grids

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "number": ("序号", "编号", "no", "line"),
    "group": ("行业", "大类", "门类", "类别名称", "industry", "sector"),
    "name_zh": ("名称", "产品", "产品名称", "项目", "项目类别", "中文名称", "name", "product"),
    "name_en": ("英文名称", "英文", "english name"),
    "industry_code": ("行业代码", "国民经济行业代码", "gbt4754", "industry code"),
    "categories": ("产品类别编号", "类别编号", "本平台类别", "category"),
    "note": ("备注", "说明", "remark"),
}
"""Column → its spellings."""
OPTIONAL: Final = frozenset(COLUMNS) - {"name_zh"}
MAX_LINES: Final = 5_000
MAX_TEXT: Final = 400
"""Lines of a list, characters of a cell: project defaults, not official."""
INDUSTRIES: Final = "GB/T 4754"
_BETWEEN: Final = re.compile(r"[\s,;，；、/]+")
_CHINESE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a file holds: lines that may be used where no finding blocks."""

    entries: tuple[ListEntry, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    place: str
    cells: Mapping[str, str]
    headings: Mapping[str, str]

    def at(self, column: str) -> str:
        """Return the place of a cell: file, line and the heading of its column."""
        return f"{self.place}:{self.headings.get(column, column)}"


def read(data: bytes, name: str, catalogue: Catalogue) -> ReadList:
    """Read the lines of a list from a file and map them to categories: by their ids, and by codes of GB/T 4754.

    Every finding names line and column. Text whose encoding can only be guessed with loss makes the table unusable.

    Raises
    ------
    TanbiaoError
        ``list_no_column``, ``list_empty``, ``list_too_long``; of a workbook as
        :func:`tanbiao.formats.table_workbook.sheets`.
    """
    log = Log()
    grid, header = _headed(grids(data, None, log, name), name)
    lines = list(_lines(grid, header))
    if not lines:
        raise TanbiaoError.of("list_empty", name)
    if len(lines) > MAX_LINES:
        raise TanbiaoError.of("list_too_long", name, limit=MAX_LINES)
    told = [replace(one, severity=Severity.ERROR) if one.code == "encoding_damaged" else one for one in log.close()]
    told += _twice(lines)
    entries = [entry for index, line in enumerate(lines) if (entry := _entry(index, line, catalogue, told))]
    return ReadList(tuple(entries), tuple(told))


def _headed(sheets: list[Grid], name: str) -> tuple[Grid, Header]:
    for grid in sheets:
        header = find_header(grid.head(), COLUMNS, OPTIONAL, by_years=False)
        if header is not None:
            return grid, header
    raise TanbiaoError.of("list_no_column", name, column="name_zh / " + " / ".join(COLUMNS["name_zh"][:3]))


def _lines(grid: Grid, header: Header) -> Iterator[_Line]:
    lowest = grid.head()[header.rows - 1]
    headings = {column: lowest[at] for column, at in header.columns.items() if at < len(lowest) and lowest[at]}
    for number, (place, cells) in enumerate(grid.rows()):
        if number < header.rows:
            continue
        said = {column: cells[at].strip() for column, at in header.columns.items() if at < len(cells)}
        if any(said.values()):
            yield _Line(place, said, headings)


def _twice(lines: list[_Line]) -> Iterator[Finding]:
    for column in ("number", "name_zh"):
        seen: dict[str, str] = {}
        for line in lines:
            value = line.cells.get(column, "")
            if column == "name_zh":
                value = f"{line.cells.get('group', '')} {value}".strip() if value else ""
            if value and value in seen:
                yield finding("list_line_twice", Severity.ERROR, line.at(column), value=value[:80], first=seen[value])
            seen.setdefault(value, line.place)


def _entry(index: int, line: _Line, catalogue: Catalogue, told: list[Finding]) -> ListEntry | None:
    """Return a line as an entry; None, and why in ``told``, where it can't be one."""
    before = len(told)
    told += _wrong_text(line)
    named = _named(line, catalogue, told)
    coded = _coded(line, catalogue, told)
    if len(told) > before:
        return None
    categories = tuple(dict.fromkeys((*named, *coded)))
    if not categories:
        told.append(finding("list_line_unmapped", Severity.WARNING, line.at("name_zh"), name=line.cells["name_zh"]))
    return ListEntry(
        id=f"l{index + 1:04d}",
        number=line.cells.get("number") or None,
        group=_title(line.cells.get("group", "")),
        name=Title(zh=line.cells["name_zh"], en=line.cells.get("name_en") or line.cells["name_zh"]),
        categories=categories,
        note=_title(line.cells.get("note", "")),
    )


def _wrong_text(line: _Line) -> Iterator[Finding]:
    if not line.cells.get("name_zh"):
        yield finding("list_line_unnamed", Severity.ERROR, line.at("name_zh"))
    for column, value in line.cells.items():
        if len(value) > MAX_TEXT:
            yield finding("list_cell_long", Severity.ERROR, line.at(column), limit=MAX_TEXT)
    if _CHINESE.search(line.cells.get("name_en", "")):
        yield finding("list_name_not_english", Severity.ERROR, line.at("name_en"), value=line.cells["name_en"][:80])


def _title(text: str) -> Title | None:
    return Title(zh=text, en=text) if text else None


def _named(line: _Line, catalogue: Catalogue, told: list[Finding]) -> list[str]:
    """Return the categories that a line names by id."""
    found = []
    for word in filter(None, _BETWEEN.split(line.cells.get("categories", ""))):
        if word in catalogue.by_id:
            found.append(word)
            continue
        near = suggest(word, list(catalogue.by_id))
        told.append(finding("category_unknown", Severity.ERROR, line.at("categories"), category=word[:64], near=near))
    return found


def _coded(line: _Line, catalogue: Catalogue, told: list[Finding]) -> list[str]:
    """Return the categories under the industries that a line names by code (2017 edition: section letter optional)."""
    known = scheme(INDUSTRIES)
    if known is None:
        return []
    found = []
    for word in filter(None, _BETWEEN.split(line.cells.get("industry_code", ""))):
        code = _digits(plain_code(known, word))
        if not code or not known.fits(code):
            params = {"scheme": known.id, "value": word[:40], "source": known.source}
            told.append(finding("classification_code_form", Severity.ERROR, line.at("industry_code"), **params))
            continue
        found += [
            item.id
            for item in catalogue.categories.categories
            for one in item.codes
            if one.scheme == INDUSTRIES and _digits(plain_code(known, one.code)).startswith(code)
        ]
    return found


def _digits(code: str) -> str:
    """Return a code of an industry without the letter of its section, which alone would name too much."""
    return code[1:] if code[:1].isalpha() else code
