"""A report as a Word document (Office Open XML, ECMA-376 part 1): headings, facts, tables and sentences, no pictures.

Every picture of a report has a table with the same figures, which is what stands here. The same report and time give
the same bytes.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from tanbiao.documents.report.content import Block, Cell, Facts, Figure, Report, Section, Table, Words

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no place for (section 2.2)."""
_STAMP = (1980, 1, 1, 0, 0, 0)
_PAGE = 9_638
"""Width between the margins of an A4 page, in twentieths of a point."""

_STYLES = (
    ("Normal", "paragraph", '<w:pPr><w:spacing w:after="80"/></w:pPr><w:rPr><w:sz w:val="20"/></w:rPr>'),
    ("Title", "paragraph", '<w:rPr><w:b/><w:sz w:val="40"/></w:rPr>'),
    ("Headline", "paragraph", '<w:rPr><w:b/><w:sz w:val="56"/></w:rPr>'),
    ("Heading1", "paragraph",
     '<w:pPr><w:keepNext/><w:spacing w:before="280" w:after="120"/><w:outlineLvl w:val="0"/></w:pPr>'
     '<w:rPr><w:b/><w:sz w:val="26"/></w:rPr>'),
    ("Strong", "paragraph", '<w:pPr><w:shd w:val="clear" w:fill="F5F6F5"/></w:pPr><w:rPr><w:b/></w:rPr>'),
    ("Caption", "paragraph", '<w:pPr><w:keepNext/><w:spacing w:before="160"/></w:pPr><w:rPr><w:b/></w:rPr>'),
    ("Muted", "paragraph", '<w:rPr><w:color w:val="5B625E"/><w:sz w:val="16"/></w:rPr>'),
    ("Cell", "paragraph", '<w:pPr><w:spacing w:after="0"/></w:pPr><w:rPr><w:sz w:val="16"/></w:rPr>'),
)  # fmt: skip


def render(report: Report, created: datetime.datetime) -> bytes:
    """Return the document's bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in _files(report, created):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
    return stream.getvalue()


def _files(report: Report, created: datetime.datetime) -> Iterator[tuple[str, str]]:
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            f'relationships+xml"/><Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
            f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
            '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.'
            'core-properties+xml"/></Types>'
        ),
    )
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    yield "_rels/.rels", _relations((f"{_OFFICE}/officeDocument", "word/document.xml"), (core, "docProps/core.xml"))
    yield "word/_rels/document.xml.rels", _relations((f"{_OFFICE}/styles", "styles.xml"))
    yield "docProps/core.xml", _core(report, created)
    yield "word/styles.xml", _styles(report)
    yield "word/document.xml", _document(report)


def _relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def _core(report: Report, created: datetime.datetime) -> str:
    at = created.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{_plain(report.title)} · {_plain(report.product)}</dc:title>"
        f"<dc:description>{_plain(report.standing)}</dc:description>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{at}</dcterms:created></cp:coreProperties>'
    )


def _styles(report: Report) -> str:
    latin, east = ("Noto Sans", "Noto Sans SC") if report.lang == "en" else ("Noto Sans SC", "Noto Sans SC")
    lang = "zh-CN" if report.lang == "zh" else "en-GB"
    defaults = (
        f'<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{east}"/>'
        f'<w:lang w:val="{lang}" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
    )
    rows = "".join(
        f'<w:style w:type="{kind}" w:styleId="{name}"{default}><w:name w:val={quoteattr(name)}/>{body}</w:style>'
        for name, kind, body in _STYLES
        for default in (' w:default="1"' if name == "Normal" else "",)
    )
    return f'<w:styles xmlns:w="{_W}">{defaults}{rows}</w:styles>'


def _document(report: Report) -> str:
    parts = [
        _paragraph(report.standing, "Strong"),
        _paragraph(report.title, "Title"),
        _paragraph(report.product, "Muted"),
        _paragraph(f"{report.headline} {report.unit}", "Headline"),
        *(_paragraph(note, "Strong") for note in report.notes),
    ]
    for number, section in enumerate(report.sections, 1):
        parts += _section(number, section)
    sides = "".join(f' w:{side}="1134"' for side in ("top", "right", "bottom", "left"))
    margins = f'<w:pgMar{sides} w:header="567" w:footer="567" w:gutter="0"/>'
    page = f'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>{margins}</w:sectPr>'
    return f'<w:document xmlns:w="{_W}"><w:body>{"".join(parts)}{page}</w:body></w:document>'


def _section(number: int, section: Section) -> Iterator[str]:
    yield _paragraph(f"{number}. {section.title}", "Heading1")
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield _paragraph(block.title, "Caption")
        rows = [*block.rows, *([block.total] if block.total is not None else [])]
        weights = [column.weight for column in block.columns]
        right = [column.figures for column in block.columns]
        yield _grid([column.heading for column in block.columns], rows, weights, right)
        yield _paragraph(block.note, "Muted")
    elif isinstance(block, Facts):
        yield _grid(None, block.pairs, [1.0, 2.2], [False, False])
        yield _paragraph("", "Muted")
    elif isinstance(block, Words):
        for line in block.lines:
            yield _paragraph(line, "Strong" if block.strong else "Normal")


def _grid(
    heads: Sequence[str] | None, rows: Sequence[Sequence[Cell]], weights: Sequence[float], right: Sequence[bool]
) -> str:
    whole = sum(weights)
    widths = [round(_PAGE * weight / whole) for weight in weights]
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:color="D9DCDA"/>' for side in ("top", "bottom", "insideH"))
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = "" if heads is None else _row(heads, widths, right, head=True)
    body += "".join(_row(row, widths, right) for row in rows)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_PAGE}" w:type="dxa"/><w:tblBorders>{lines}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>'
    )


def _row(cells: Sequence[Cell], widths: Sequence[int], right: Sequence[bool], *, head: bool = False) -> str:
    marks = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if head else ""
    return f"<w:tr>{marks}{''.join(_cell(*item, head) for item in zip(cells, widths, right, strict=True))}</w:tr>"


def _cell(cell: Cell, width: int, right: bool, head: bool) -> str:
    shown = cell.shown if isinstance(cell, Figure) else cell
    side = '<w:jc w:val="right"/>' if right else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="Cell"/>{side}</w:pPr>{_run(shown, bold=head)}</w:p></w:tc>'
    )


def _paragraph(text: str, style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{_run(text)}</w:p>'


def _run(text: str, *, bold: bool = False) -> str:
    if not text:
        return ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{_plain(line)}</w:t>' for line in text.split("\n"))
    return f"<w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}{lines}</w:r>"


def _plain(text: str) -> str:
    """Return text as XML holds it; what XML can't hold becomes the replacement character."""
    return escape(_FORBIDDEN.sub("\ufffd", text))
