"""The Excel template of a study: written in Chinese or English, read back with patience, returned with comments.

People do to a workbook what they like: merge cells, leave blanks, type full-width digits, put words where numbers
belong. Everything that can be understood is; everything else is a finding with the sheet and cell, never an exception.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tanbiao.core import zip_guard
from tanbiao.core.findings import Finding, Lang, TanbiaoError, render
from tanbiao.core.study.model import Study
from tanbiao.formats import excel_layout as layout
from tanbiao.formats.excel_read import Sheets, document_of
from tanbiao.formats.excel_write import Factor, template_document, write_document
from tanbiao.formats.yaml_study import Loaded

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

__all__ = ["MAX_BYTES", "annotate", "read", "template", "write"]

MAX_BYTES = 20 * 1024 * 1024
LIMITS = zip_guard.Limits(files=2_000, file=200 * 1024 * 1024, total=200 * 1024 * 1024, small=1_000_000)


def template(rule: Rule | None = None, lang: Lang = "zh") -> bytes:
    """Return an empty template, filled with what the rule decides and one row for each process it requires."""
    guide = []
    if rule is not None:
        title = rule.title.zh if lang == "zh" else rule.title.en
        guide = [f"规则：{rule.reference} {title}" if lang == "zh" else f"Rule: {rule.reference} {title}"]
    return write_document(template_document(rule), lang, _factors(rule, lang), guide)


def write(study: Study, lang: Lang = "zh") -> bytes:
    """Return a study as a workbook that :func:`read` reads back to the same study."""
    return write_document(study.canonical(), lang, _factors(None, lang))


COMMON = (
    "钢", "铝", "铜", "玻璃", "水泥", "聚丙烯", "聚乙烯", "PVC", "橡胶", "纸板", "木材", "棉", "自来水",
    "重型货车", "铁路货运", "集装箱船", "填埋", "焚烧", "回收",
)  # fmt: skip
"""What most factories look for: words for the search that fills the factor list."""


def _factors(rule: Rule | None, lang: Lang) -> list[Factor]:
    """Return the factor list of a template: China, what the rule's processes and common words find, fuels, gases."""
    from tanbiao.core.lca.release_find import find_release

    words = [*COMMON]
    for process in () if rule is None else rule.processes:
        words += [process.name.zh, process.name.en] if process.name else [process.id]
    try:
        return list(_found(find_release().hash, tuple(words), lang))
    except TanbiaoError:
        return []


@lru_cache(maxsize=32)
def _found(_release_hash: str, words: tuple[str, ...], lang: Lang) -> tuple[Factor, ...]:
    from tanbiao.core.gases import all_gases
    from tanbiao.core.lca.release_find import find_release

    release = find_release()
    wanted = [key for key in release.ids() if key.startswith("CN-ELEC-CF")]
    wanted += [hit.id for word in words for hit in release.search(word, 6)]
    factors = []
    for key in dict.fromkeys(wanted):
        item = release.get(key)
        usable = item.may_be_an_input or item.kind.value == "treatment" or item.pair is not None
        if usable and not item.screening:
            year = str(item.time.year or "")
            factors.append(Factor(item.id, item.name.best(lang), item.reference.unit, item.geography, year))
    for key, body in sorted(release.document("fuels").items()):
        if "@" not in key:
            factors.append(
                Factor(key, f"{'燃料' if lang == 'zh' else 'fuel'}: {body['name'].get(lang, key)}", "", "", "")
            )
    for gas in list(all_gases().values())[:12]:
        name = gas.name_zh if lang == "zh" else gas.name_en
        factors.append(Factor(gas.key, f"{'直接排放' if lang == 'zh' else 'direct emission'}: {name}", "kg", "", ""))
    return tuple(factors)


# --- reading --------------------------------------------------------------------------------------------------


def read(data: bytes) -> Loaded:
    """Read a workbook. Never raises for bad content: everything wrong is a finding with its cell."""
    try:
        guard(data)
        sheets = _open(data)
    except TanbiaoError as error:
        return Loaded(None, {}, list(error.findings))
    read_ = document_of(sheets)
    if any(item.severity.blocks for item in read_.findings):
        _, more = Study.parse(read_.document)
        return Loaded(None, read_.document, [*read_.findings, *more], cells=read_.cells)
    study, findings = Study.parse(read_.document)
    return Loaded(study, read_.document, [*read_.findings, *findings], cells=read_.cells)


def guard(data: bytes) -> None:
    """Refuse what is no workbook, or one that is made to harm."""
    if len(data) > MAX_BYTES:
        raise TanbiaoError.of("file_too_large", size=len(data), limit=MAX_BYTES)
    if not zip_guard.is_zip(data):
        raise TanbiaoError.of("not_excel", kind=_kind_of(data))
    try:
        with zip_guard.opened(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            zip_guard.check(parts, LIMITS)
    except TanbiaoError as error:
        if error.code == "archive_too_large":
            raise TanbiaoError.of("excel_bomb", limit=LIMITS.total) from error
        raise TanbiaoError.of("excel_damaged", reason=str(error)) from error
    for part in parts:
        if part.filename.lower().endswith("vbaproject.bin"):
            raise TanbiaoError.of("excel_macros", part.filename)
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise TanbiaoError.of("not_excel", kind="zip")


_KINDS = ((b"%PDF-", "PDF"), (b"\xd0\xcf\x11\xe0", "xls / encrypted"), (b"\x89PNG", "PNG"), (b"<", "HTML / XML"))


def _kind_of(data: bytes) -> str:
    return next((name for mark, name in _KINDS if data.startswith(mark)), "unknown")


def _open(data: bytes) -> Sheets:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
    except Exception as error:
        # openpyxl raises whatever its parsers do; to the reader it is one thing: the file is damaged
        raise TanbiaoError.of("excel_damaged", reason=f"{type(error).__name__}: {error}"[:200]) from error
    rows: dict[str, list[tuple[Any, ...]]] = {}
    merged: list[str] = []
    for sheet in book.worksheets:
        if (sheet.max_row or 0) > layout.MAX_ROWS + layout.FIRST_ROW:
            raise TanbiaoError.of("excel_too_many_rows", sheet.title, limit=layout.MAX_ROWS)
        rows[sheet.title.strip()] = [tuple(row) for row in sheet.iter_rows(values_only=True, max_col=40)]
        merged += [f"{sheet.title}!{area.coord}" for area in sheet.merged_cells.ranges]
    return Sheets(rows, tuple(merged))


# --- comments --------------------------------------------------------------------------------------------------


def annotate(data: bytes, findings: Iterable[Finding], lang: Lang = "zh") -> bytes:
    """Return the same workbook with a comment at each finding's cell; what has no cell stands in the guide.

    Raises
    ------
    TanbiaoError
        The file is no workbook (as :func:`read` finds).
    """
    from openpyxl import load_workbook

    guard(data)
    loaded = read(data)
    try:
        book = load_workbook(io.BytesIO(data), keep_links=False)
    except Exception as error:
        raise TanbiaoError.of("excel_damaged", reason=f"{type(error).__name__}: {error}"[:200]) from error
    placed: dict[str, list[str]] = {}
    homeless: list[str] = []
    for item in findings:
        place = item.where if "!" in item.where else loaded.place(item.where)
        text = _sentence(item, lang)
        if "!" in place:
            placed.setdefault(place, []).append(text)
        else:
            homeless.append(f"{item.where} {text}".strip())
    for place, texts in placed.items():
        _comment(book, place, texts)
    _list_homeless(book, homeless, lang)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sentence(item: Finding, lang: Lang) -> str:
    told = render(item, lang)
    return f"{told['message']}\n→ {told['remedy']}" if told["remedy"] else told["message"]


_COMMENTED = "FFF3CD"


def _comment(book: Any, place: str, texts: Sequence[str]) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    title, _, address = place.rpartition("!")
    sheet = next((one for one in book.worksheets if one.title.strip() == title), None)
    if sheet is None or not re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}", address):
        return
    cell = sheet[address]
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if address in area)
        cell = sheet.cell(area.min_row, area.min_col)
    comment = Comment("\n".join(texts), "Tanbiao 碳标")
    comment.width, comment.height = 360, 60 + 40 * len(texts)
    cell.comment = comment
    cell.fill = PatternFill("solid", fgColor=_COMMENTED)


def _list_homeless(book: Any, texts: Sequence[str], lang: Lang) -> None:
    if not texts:
        return
    names = {name for pair in layout.SHEETS.values() for name in pair if pair == layout.SHEETS["guide"]}
    sheet = next((one for one in book.worksheets if one.title.strip() in names), book.worksheets[0])
    first = (sheet.max_row or 0) + 2
    sheet.cell(first, 1, "检查发现：" if lang == "zh" else "Findings:")
    for index, text in enumerate(texts, start=first + 1):
        sheet.cell(index, 1, text)
