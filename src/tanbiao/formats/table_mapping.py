"""The mapping of a table's columns to datasets: a small YAML document, read strictly and checked against the columns.

::

    tanbiao: csv-mapping/1
    rows: process                      # each row a process with results; or "exchange": each row an exchange
    files: "*.csv"                     # which files it is for
    separator: ","                     # else guessed
    decimal: "."
    only: {redistribution: "yes"}      # rows to take
    units: {"USD (2022)": USD}         # unit as written → unit
    process: {id: "{code}", name: {en: "{title}"}, location: US, licence: "…", documentation: {basis: "{gwp}"}}
    reference: {flow: "{title}", amount: "1", unit: "{unit}"}
    results: [{indicator: GWP100, amount: "{kgco2e}", unit: kg CO2e}]
    flows: [{flow: "Carbon dioxide, fossil", cas: "124-38-9", categories: [air], amount: "{co2}", unit: kg}]
    exchange: {flow: "{flow}", direction: "{in/out}", amount: "{amount}", unit: "{unit}"}

A text holds columns in braces; everything else stands as it is. What a direction, a kind or a mark of the reference is
called is told by ``inputs``, ``kinds`` and ``marks``.

A table of emission factors has ``factor`` in place of ``reference`` and ``results``, and where nobody promises its
header's spelling it names the columns with their variants (:mod:`tanbiao.formats.table_headers`)::

    standing: public_description       # made from what is publicly known of the columns; said to the reader
    general: "yes"                     # tried after those that are made for one source
    columns: {名称: [产品名称, name], 数值: [因子值, value], 单位: []}
    title: [电力]                      # one of these words must stand above the header
    optional: [单位]                    # columns that may be missing
    turn: {year: 年份, value: 数值}     # columns headed by a year become rows
    redistribution: "no"               # what is read may not be passed on; goes before the licence
    factor:
      amount: "{数值}"                  # may hold its unit too
      unit: "{单位}"                    # else the amount's heading, else what stands above the table
      other_amount: "{下游}"            # a direct factor that is taken where the amount is not given; with other_unit
      boundary: "{边界}"
      boundaries: {摇篮到大门: footprint_factor}   # what a boundary makes of a factor; any other is a direct one
      direct: [二氧化碳排放因子]         # names that tell a factor of CO2 alone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.strict_text import parse_text

_Note = Callable[[str, str], None]
"""(path, reason) of something wrong."""
MARK: Final = "csv-mapping/1"
_COLUMN: Final = re.compile(r"\{([^{}]*)\}")

_TEXT, _WORDS, _LIST, _MAP, _LISTS_BY_NAME = "text", "words", "list", "map", "map of lists"
_FLOW: Final = {
    "flow": _WORDS,
    "flow_id": _TEXT,
    "cas": _TEXT,
    "categories": _LIST,
    "amount": _TEXT,
    "unit": _TEXT,
    "kind": _TEXT,
    "kinds": _MAP,
    "direction": _TEXT,
    "inputs": _LIST,
    "provider": _TEXT,
    "location": _TEXT,
    "comment": _TEXT,
    "reference": _TEXT,
    "marks": _LIST,
    "avoided": _TEXT,
    "distribution": _TEXT,
    "deviation": _TEXT,
    "minimum": _TEXT,
    "maximum": _TEXT,
}
_SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "process": {
        "id": _TEXT,
        "name": _WORDS,
        "version": _TEXT,
        "location": _TEXT,
        "valid_from": _TEXT,
        "valid_until": _TEXT,
        "technology": _TEXT,
        "categories": _LIST,
        "kind": _TEXT,
        "licence": _TEXT,
        "source": _TEXT,
        "source_url": _TEXT,
        "documentation": _MAP,
    },
    "reference": _FLOW,
    "exchange": _FLOW,
    "factor": {
        "amount": _TEXT,
        "unit": _TEXT,
        "other_amount": _TEXT,
        "other_unit": _TEXT,
        "boundary": _TEXT,
        "boundaries": _MAP,
        "direct": _LIST,
    },
}
_TOP: Final = {
    "tanbiao": _TEXT,
    "name": _TEXT,
    "rows": _TEXT,
    "files": _TEXT,
    "sheet": _TEXT,
    "separator": _TEXT,
    "decimal": _TEXT,
    "encoding": _TEXT,
    "skip_lines": _TEXT,
    "only": _MAP,
    "units": _MAP,
    "standing": _TEXT,
    "general": _TEXT,
    "columns": _LISTS_BY_NAME,
    "optional": _LIST,
    "turn": _MAP,
    "title": _LIST,
    "redistribution": _TEXT,
}
_ROWS: Final = ("reference", "exchange", "factor")
_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "results": {"indicator": _TEXT, "amount": _TEXT, "unit": _TEXT, "module": _TEXT},
    "flows": _FLOW,
}


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A checked mapping document: its sections as plain mappings of text, lists and mappings of text."""

    source: str
    top: Mapping[str, Any]
    process: Mapping[str, Any]
    reference: Mapping[str, Any]
    exchange: Mapping[str, Any]
    factor: Mapping[str, Any]
    results: tuple[Mapping[str, Any], ...] = ()
    flows: tuple[Mapping[str, Any], ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)
    """Every column it names."""

    @property
    def per_exchange(self) -> bool:
        """Whether a row is an exchange, not a process."""
        return self.top.get("rows") == "exchange"

    @property
    def is_loose(self) -> bool:
        """Whether the header is found by variants of its names instead of letter by letter."""
        return "columns" in self.top

    @property
    def wanted(self) -> Mapping[str, tuple[str, ...]]:
        """Canonical name of each column that the table must or may have → its other spellings."""
        made = set((self.top.get("turn") or {}).values())
        variants = self.top.get("columns") or {}
        return {name: tuple(variants.get(name) or ()) for name in sorted(self.columns - made)}

    @property
    def optional(self) -> frozenset[str]:
        """Columns that may be missing."""
        return frozenset(self.top.get("optional") or ())

    def text(self, key: str, default: str = "") -> str:
        """Return a setting of the top level."""
        return str(self.top.get(key, default))


def parse_mapping(data: bytes, source: str) -> TableMapping:
    """Read a mapping document.

    Raises
    ------
    TanbiaoError
        ``mapping_invalid`` with every place that is wrong; what :func:`tanbiao.core.strict_text.parse_text` raises.
    """
    document, positions = parse_text(data)
    wrong: list[Finding] = []

    def note(path: str, reason: str) -> None:
        line, column = positions.get(path, (1, 1))
        wrong.append(finding("mapping_invalid", Severity.ERROR, f"{source}:{line}:{column}", key=path, reason=reason))

    if isinstance(document, dict) and document.get("tanbiao") == MARK:
        _check_document(document, note)
    else:
        note("tanbiao", f"tanbiao: {MARK}")
    if wrong:
        raise TanbiaoError(*wrong)
    process, reference, exchange, factor = (document.get(key) or {} for key in ("process", *_ROWS))
    results, flows = (tuple(document.get(key) or ()) for key in ("results", "flows"))
    columns = frozenset(_columns([process, reference, exchange, factor, results, flows], document.get("only") or {}))
    top = {key: document[key] for key in _TOP if document.get(key) is not None}
    return TableMapping(source, top, process, reference, exchange, factor, results, flows, columns)


def _check_document(document: Mapping[str, Any], note: _Note) -> None:
    for key, value in document.items():
        if key in _TOP:
            _check(key, value, _TOP[key], note)
        elif key in _SECTIONS:
            _check_section(key, value, _SECTIONS[key], note)
        elif key in _LISTS:
            for index, item in enumerate(value if isinstance(value, list) else [None]):
                _check_section(f"{key}[{index}]", item, _LISTS[key], note)
        else:
            note(key, "unknown")
    rows = document.get("rows", "process")
    if rows not in ("process", "exchange"):
        note("rows", "process | exchange")
    body = "exchange" if rows == "exchange" else "factor" if "factor" in document else "reference"
    for key in ("process", body):
        if key not in document:
            note(key, "missing")
    skipped = document.get("skip_lines") or "0"
    if not (isinstance(skipped, str) and skipped.isascii() and skipped.isdigit() and len(skipped) < 4):
        note("skip_lines", "0, 1, 2, …")


def _check_section(path: str, value: Any, keys: Mapping[str, str], note: _Note) -> None:
    if not isinstance(value, dict):
        note(path, "mapping expected")
        return
    for key, item in value.items():
        if key in keys:
            _check(f"{path}.{key}", item, keys[key], note)
        else:
            note(f"{path}.{key}", "unknown")


def _check(path: str, value: Any, kind: str, note: _Note) -> None:
    plain = value is None or isinstance(value, str)
    words = isinstance(value, dict) and all(item is None or isinstance(item, str) for item in value.values())
    listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
    lists = isinstance(value, dict) and all(
        isinstance(item, list) and all(isinstance(one, str) for one in item) for item in value.values()
    )
    fits = {_TEXT: plain, _WORDS: plain or words, _LIST: plain or listed, _MAP: words, _LISTS_BY_NAME: lists}
    if not fits[kind]:
        note(path, f"{kind} expected")


def _columns(value: Any, only: Mapping[str, Any]) -> Iterator[str]:
    yield from only
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield from _COLUMN.findall(item)
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list | tuple):
            stack.extend(item)


def columns_in(template: Any) -> tuple[str, ...]:
    """Return the columns that a template names."""
    return tuple(_COLUMN.findall(str(template or "")))


def filled(template: Any, row: Mapping[str, str]) -> str:
    """Return a template with the row's cells in place of the columns in braces; "" for None."""
    if not template:
        return ""
    return _COLUMN.sub(lambda match: row.get(match[1], ""), str(template)).strip()


def filled_words(template: Any, row: Mapping[str, str]) -> dict[str, str]:
    """Return language → text of a template that is a text or a mapping by language; empty ones are left out."""
    words = template if isinstance(template, dict) else {"": template}
    return {language: text for language, item in words.items() if (text := filled(item, row))}


def filled_list(template: Any, row: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of a template that is a text or a list of texts; empty ones are left out."""
    items = template if isinstance(template, list) else [template]
    return tuple(text for item in items if (text := filled(item, row)))


@lru_cache(maxsize=1)
def packaged() -> tuple[TableMapping, ...]:
    """Return the mappings that come with the product, by file name."""
    folder = resources.files("tanbiao.data").joinpath("mappings")
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    return tuple(parse_mapping(entry.read_bytes(), entry.name) for entry in entries if entry.name.endswith(".yaml"))
