"""Checking many numbers at once: what each stands for today, found by one look-up for every 500."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.evidence.receipts import entity_match
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid
from tanbiao.web.register import finding
from tanbiao.web.register.models import Entry
from tanbiao.web.uploads import Upload, checked_upload

LIMIT = 10_000
MAX_LENGTH = 200
HEADS = ("number", "found", "state", "valid_until", "value", "unit", "product", "holder", "holder_match", "remark")
_HEAD_WORDS = re.compile(r"(number|no\.?|编号|证书编号|登记编号|certificate( number)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the list: a number, and the holder it should belong to (code or name), if one was given."""

    number: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The answer to a line; ``remark``: empty, ``unknown``, ``not_in_force``, ``other_holder`` or ``repeated``."""

    number: str
    entry: Entry | None
    holder_match: str
    remark: str

    @property
    def ok(self) -> bool:
        """Whether nothing is to be said against it."""
        return self.entry is not None and self.remark in ("", "repeated")

    def cells(self, lang: str) -> list[str]:
        """Return the line as a table has it."""
        if self.entry is None:
            return [self.number, "no", "", "", "", "", "", "", self.holder_match, self.remark]
        record = self.entry.record
        product = record["product"][lang] or record["product"]["zh"]
        holder = record["holder"][lang] or record["holder"]["zh"]
        until = record["valid_until"]
        named = (product, holder, self.holder_match, self.remark)
        return [self.number, "yes", self.entry.state, until, record["value"], record["unit"], *named]


def check(actor: Actor, asked: Sequence[Asked]) -> list[Line]:
    """Return what each number stands for, in the order of the list.

    Raises
    ------
    Invalid
        ``batch_empty``, ``batch_too_long``
    """
    if not asked:
        raise Invalid.of("batch_empty", "numbers")
    if len(asked) > LIMIT:
        raise Invalid.of("batch_too_long", "numbers", limit=LIMIT, found=len(asked))
    known = finding.by_numbers(actor, list(dict.fromkeys(one.number for one in asked)))
    lines, seen, today = [], set[str](), clock.today()
    for one in asked:
        entry = known.get(one.number)
        match = "not_asked" if entry is None else entity_match(one.holder, _names(entry.record["holder"]))
        if entry is None:
            remark = "unknown"
        elif entry.state != "valid" or entry.valid_until < today:
            remark = "not_in_force"
        elif match == "no":
            remark = "other_holder"
        else:
            remark = "repeated" if one.number in seen else ""
        seen.add(one.number)
        lines.append(Line(one.number, entry, match, remark))
    return lines


def _names(party: dict[str, str]) -> dict[str, str]:
    return {"name_zh": party["zh"], "name_en": party["en"], "registered_id": party["code"]}


def summary(lines: Iterable[Line]) -> dict[str, int]:
    """Return how many lines there are of each remark; ``ok`` counts those with none."""
    counts: dict[str, int] = {"ok": 0}
    for line in lines:
        counts[line.remark or "ok"] = counts.get(line.remark or "ok", 0) + 1
    return counts


# -- lists as people send them -------------------------------------------------------------------------------------


def lines_of_text(text: str) -> list[Asked]:
    """Return the numbers of a pasted list: one a line, the holder behind a comma, semicolon or tab."""
    return _asked(re.split(r"[,;\t，；]", line, maxsplit=1) for line in text.splitlines())


def lines_of_file(sent: Upload) -> list[Asked]:
    """Return the numbers of a CSV or XLSX file: first column the number, second (if any) the holder.

    Raises
    ------
    Invalid
        What an upload is refused for; ``batch_file_unreadable``.
    """
    name = sent.filename.lower()
    if name.endswith(".csv"):
        return _asked(csv.reader(io.StringIO(_decoded(sent))))
    kind = checked_upload(sent.filename, sent.media_type, sent.data)
    if not kind.endswith("sheet"):
        raise Invalid.of("batch_file_unreadable", sent.filename)
    return _asked(_sheet(sent))


def _decoded(sent: Upload) -> str:
    if not sent.data:
        raise Invalid.of("file_empty", sent.filename)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = sent.data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid.of("batch_file_unreadable", sent.filename)


def _sheet(sent: Upload) -> list[list[str]]:
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(sent.data), read_only=True, data_only=True)
        sheet: Any = book.worksheets[0]
        rows = sheet.iter_rows(max_col=2, max_row=LIMIT + 2, values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, TypeError) as error:
        raise Invalid.of("batch_file_unreadable", sent.filename) from error


def _asked(rows: Iterable[Sequence[str]]) -> list[Asked]:
    made: list[Asked] = []
    try:
        for at, row in enumerate(rows):
            cells = [str(cell).strip()[:MAX_LENGTH] for cell in row]
            if not cells or not cells[0] or (at == 0 and _HEAD_WORDS.fullmatch(cells[0])):
                continue
            made.append(Asked(cells[0], cells[1] if len(cells) > 1 else ""))
            if len(made) > LIMIT:
                break
    except csv.Error as error:
        raise Invalid.of("batch_file_unreadable", "file") from error
    return made
