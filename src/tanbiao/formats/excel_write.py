"""Write a study, or an empty template, as an Excel workbook (the same study gives the same bytes)."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.formats import excel_layout as layout
from tanbiao.formats.excel_cells import Cells, to_cells
from tanbiao.formats.excel_layout import Column, Lang, word

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

STAMP = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Written as the time of creation: the bytes must not depend on a clock."""
CHUNK = 30_000
"""Characters of JSON in one cell (Excel holds 32,767)."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A line of the factor list that a template carries."""

    id: str
    name: str
    unit: str
    geography: str
    year: str


class Book:
    """A workbook being written."""

    def __init__(self, lang: Lang, factors: Sequence[Factor]) -> None:
        import xlsxwriter

        self.lang: Lang = lang
        self.factors = factors
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._bytes, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties({"title": "tanbiao study/1", "created": STAMP})
        self._formats = {
            "title": self._book.add_format({"bold": True, "font_size": 14, "font_color": "#0b5d3b"}),
            "head": self._book.add_format(
                {"bold": True, "bg_color": "#e3f1ea", "border": 1, "border_color": "#b7c9c0", "text_wrap": True}
            ),
            "hint": self._book.add_format({"font_color": "#6b7280", "italic": True, "text_wrap": True, "font_size": 9}),
            "cell": self._book.add_format({"border": 1, "border_color": "#d7dedb", "valign": "top"}),
            "text": self._book.add_format(
                {"border": 1, "border_color": "#d7dedb", "valign": "top", "num_format": "@", "text_wrap": True}
            ),
            "must": self._book.add_format({"bold": True, "font_color": "#9a3412"}),
            "plain": self._book.add_format({"text_wrap": True, "valign": "top"}),
        }
        self._sheets = {key: self._book.add_worksheet(word(names, lang)) for key, names in layout.SHEETS.items()}
        self._list_names: dict[str, str] = {}
        self._lists()

    def bytes(self) -> bytes:
        """Close the workbook and return it."""
        self._book.close()
        return self._bytes.getvalue()

    # --- drop-down lists --------------------------------------------------------------------------------------

    def _lists(self) -> None:
        factors = self._book.add_worksheet("因子清单" if self.lang == "zh" else "Factors")
        heads = (
            ("编号", "名称", "单位", "地区", "年份") if self.lang == "zh" else ("Id", "Name", "Unit", "Place", "Year")
        )
        factors.write_row(0, 0, heads, self._formats["head"])
        for index, item in enumerate(self.factors, start=1):
            factors.write_row(index, 0, (item.id, item.name, item.unit, item.geography, item.year))
        factors.set_column(0, 0, 34)
        factors.set_column(1, 1, 60)
        factors.freeze_panes(1, 0)
        lists = self._book.add_worksheet(layout.LISTS_SHEET)
        lists.hide()
        columns: dict[str, Sequence[str]] = {
            key: [word(pair, self.lang) for pair in words.values()] for key, words in layout.LISTS.items()
        }
        columns |= {"units": layout.UNITS, "regions": layout.REGIONS, "gwp": ("AR6", "AR5", "AR4")}
        for index, (key, values) in enumerate(columns.items()):
            lists.write_column(0, index, values)
            letter = _letter(index)
            self._list_names[key] = f"={layout.LISTS_SHEET}!${letter}$1:${letter}${len(values)}"
        if self.factors:
            name = factors.get_name()
            self._list_names["targets"] = f"='{name}'!$A$2:$A${len(self.factors) + 1}"

    def _drop_down(self, sheet: Any, first: int, last: int, column: int, choices: str) -> None:
        source = self._list_names.get(choices)
        if source is None:
            return
        free = choices in ("targets", "units", "regions")
        rule: dict[str, Any] = {"validate": "list", "source": source, "show_error": not free}
        if not free:
            rule |= {
                "error_title": "碳标" if self.lang == "zh" else "Tanbiao",
                "error_message": "请从下拉表选择。" if self.lang == "zh" else "Choose from the list.",
            }
        sheet.data_validation(first, column, last, column, rule)

    # --- sheets ----------------------------------------------------------------------------------------------

    def guide(self, lines: Sequence[str]) -> None:
        """Write the guide."""
        sheet = self._sheets["guide"]
        sheet.set_column(0, 0, 110)
        for index, line in enumerate(lines):
            sheet.write_string(index, 0, line, self._formats["title" if index == 0 else "plain"])

    def form(self, values: Mapping[str, str], more: Sequence[str]) -> None:
        """Write the product sheet."""
        sheet = self._sheets["product"]
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 2, 50)
        sheet.set_column(3, 3, 10, None, {"hidden": True})
        sheet.write_string(0, 0, word(layout.SHEETS["product"], self.lang), self._formats["title"])
        row = layout.PRODUCT_FIRST_ROW - 1
        for item in layout.PRODUCT_FIELDS:
            label = f"{word((item.zh, item.en), self.lang)}{' *' if item.must else ''}"
            texts = [values.get(item.key, "")] if item.key != "more" else [*more] or [""]
            for text in texts:
                sheet.write_string(row, 0, label, self._formats["must" if item.must else "plain"])
                sheet.write_string(row, 1, text, self._formats["text"])
                sheet.write_string(row, 2, word((item.hint_zh, item.hint_en), self.lang), self._formats["hint"])
                sheet.write_string(row, 3, item.key)
                if item.choices:
                    self._drop_down(sheet, row, row, 1, item.choices)
                row += 1

    def table(self, key: str, columns: Sequence[Column], rows: Sequence[Cells], *, first_hint: str = "") -> None:
        """Write a sheet of rows with its headings, hints and drop-downs."""
        sheet = self._sheets[key]
        sheet.write_string(0, 0, word(layout.SHEETS[key], self.lang), self._formats["title"])
        sheet.write_string(1, 0, first_hint, self._formats["hint"])
        last = layout.FIRST_ROW - 1 + max(len(rows), layout.TEMPLATE_ROWS) - 1
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
            hint = word((column.hint_zh, column.hint_en), self.lang)
            sheet.write_string(layout.HEADER_ROW - 2, index, hint, self._formats["hint"])
            sheet.write_string(
                layout.HEADER_ROW - 1, index, word((column.zh, column.en), self.lang), self._formats["head"]
            )
            if column.choices:
                self._drop_down(sheet, layout.FIRST_ROW - 1, last, index, column.choices)
        sheet.freeze_panes(layout.HEADER_ROW, 2)
        for number, cells in enumerate(rows, start=layout.FIRST_ROW - 1):
            for index, column in enumerate(columns):
                value = cells.get(column.key)
                if isinstance(value, int | float):
                    sheet.write_number(number, index, value, self._formats["cell"])
                elif value:
                    sheet.write_string(number, index, str(value), self._formats["cell"])

    def state(self, key: str, state: str, reason: str) -> None:
        """Write what a stage sheet says of the stage as a whole (row 3)."""
        sheet, row = self._sheets[key], layout.STATE_ROW - 1
        labels = ("本阶段", "理由") if self.lang == "zh" else ("This stage", "Reason")
        sheet.write_string(row, 0, labels[0], self._formats["must"])
        sheet.write_string(row, 1, state, self._formats["text"])
        sheet.write_string(row, 2, labels[1], self._formats["must"])
        sheet.write_string(row, 3, reason, self._formats["text"])
        self._drop_down(sheet, row, row, 1, "states")


def _letter(index: int) -> str:
    return chr(ord("A") + index)


def chunks(value: Any) -> list[str]:
    """Return JSON cut into pieces that a cell can hold; an empty value gives none."""
    if not value:
        return []
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]


# --- a document in cells ----------------------------------------------------------------------------------------


def form_values(document: Mapping[str, Any], lang: Lang) -> tuple[dict[str, str], dict[str, Any]]:
    """Return (key → text of the product sheet, what it can't hold)."""
    import copy

    rest = copy.deepcopy({key: document[key] for key in document if key not in _ELSEWHERE})
    values: dict[str, str] = {}
    for item in layout.PRODUCT_FIELDS:
        if item.key in ("more", "capital_goods.state", "capital_goods.reason"):
            continue
        value = _take(rest, item.key.split("."))
        if isinstance(value, list):
            values[item.key] = "；".join(value)
        elif isinstance(value, bool):
            values[item.key] = word(layout.YES_NO["true" if value else "false"], lang)
        elif value is not None:
            values[item.key] = word(layout.BOUNDARIES[value], lang) if item.key == "boundary" else str(value)
    for state, reason in rest.pop("capital_goods", {}).items():
        values["capital_goods.state"] = word(layout.GOODS[state], lang)
        values["capital_goods.reason"] = reason
    return values, _without_empty(rest)


_ELSEWHERE = ("tanbiao", "stages", "processes", "sources", "parameters", "cut_off")


def _take(document: dict[str, Any], path: list[str]) -> Any:
    if path[0] not in document:
        return None
    if len(path) == 1:
        value = document[path[0]]
        # an item with a separator inside would come back as two: it stays in the JSON
        if isinstance(value, list) and any("；" in item or ";" in item for item in value):
            return None
        return document.pop(path[0])
    inner = document[path[0]]
    return _take(inner, path[1:]) if isinstance(inner, dict) else None


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    cleaned = {key: _without_empty(item) if isinstance(item, dict) else item for key, item in value.items()}
    return {key: item for key, item in cleaned.items() if item not in ({}, None)}


def process_rows(document: Mapping[str, Any], lang: Lang) -> list[Cells]:
    """Return the lines of the processes sheet."""
    lines: list[Cells] = []
    for key, process in document.get("processes", {}).items():
        attributes = {name: process[name] for name in process if name not in ("gives", *PROCESS_PARTS)}
        lines.append({"owner": key, "part": word(layout.PARTS["process"], lang), **to_cells(attributes, lang)})
        gives = process["gives"]
        outputs = [{"amount": gives}] if isinstance(gives, str) else gives
        for output in outputs:
            cells = to_cells({name: output[name] for name in output if name != "product"}, lang)
            if "product" in output:
                cells["target"] = output["product"]
            lines.append({"owner": key, "part": word(layout.PARTS["gives"], lang), **cells})
        for part in PROCESS_PARTS:
            shown = word(layout.PARTS[part], lang)
            lines += [{"owner": key, "part": shown, **to_cells(row, lang)} for row in process.get(part, [])]
    return lines


def parameter_rows(document: Mapping[str, Any], lang: Lang) -> list[Cells]:
    """Return the lines of the parameters sheet."""
    return [{"key": key, **to_cells(item, lang)} for key, item in document.get("parameters", {}).items()]


def source_rows(document: Mapping[str, Any]) -> list[Cells]:
    """Return the lines of the sources sheet."""
    return [{"key": key, **item} for key, item in document.get("sources", {}).items()]


def cut_off_rows(document: Mapping[str, Any]) -> list[Cells]:
    """Return the lines of the cut-off sheet."""
    return [
        {
            **{key: item for key, item in entry.items() if key != "what"},
            **{f"what.{k}": v for k, v in entry["what"].items()},
        }
        for entry in document.get("cut_off", [])
    ]


def template_document(rule: Rule | None) -> dict[str, Any]:
    """Return what an empty template is filled with: what the rule decides, and one row for each process it requires."""
    body: dict[str, Any] = {"gwp": "AR6", "stages": {}}
    if rule is None:
        return body
    body |= {"gwp": rule.gwp, "rule": rule.reference}
    body["product"] = {"category": rule.covers.categories[0]} if rule.covers.categories else {}
    declared = rule.unit.declared
    body["unit"] = {"declared": declared.amount}
    if declared.of is not None:
        body["unit"]["of"] = declared.of.model_dump()
    letters = {"raw_materials": "r", "manufacturing": "m", "distribution": "d", "use": "u", "end_of_life": "e"}
    for item in rule.processes:
        rows = body["stages"].setdefault(item.stage, [])
        name = item.name.model_dump() if item.name is not None else {"en": item.id}
        rows.append({"id": f"{letters[item.stage]}{len(rows) + 1}", "name": name, "process": item.id})
    return body


def write_document(
    document: Mapping[str, Any], lang: Lang, factors: Sequence[Factor] = (), extra_guide: Sequence[str] = ()
) -> bytes:
    """Return the workbook of a document in canonical form (complete or not)."""
    book = Book(lang, factors)
    book.guide([*layout.GUIDE[lang], *extra_guide])
    values, rest = form_values(document, lang)
    book.form(values, chunks(rest))
    hint = "每行一种材料、能源、运输或排放" if lang == "zh" else "one material, energy, transport or emission per row"
    for name in ("raw_materials", "manufacturing", "distribution", "use", "end_of_life"):
        stage = document.get("stages", {}).get(name, {})
        rows = stage if isinstance(stage, list) else []
        book.table(name, layout.ROW_COLUMNS, [to_cells(row, lang) for row in rows], first_hint=hint)
        state, reason = next(iter(stage.items()), ("", "")) if isinstance(stage, dict) else ("rows", "")
        book.state(name, word(layout.STATES[state], lang) if state else "", reason)
    book.table("processes", layout.PROCESS_COLUMNS, process_rows(document, lang))
    book.table("parameters", layout.PARAMETER_COLUMNS, parameter_rows(document, lang))
    book.table("cut_off", layout.CUT_OFF_COLUMNS, cut_off_rows(document))
    book.table("sources", layout.SOURCE_COLUMNS, source_rows(document))
    return book.bytes()
