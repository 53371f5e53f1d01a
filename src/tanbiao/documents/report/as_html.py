"""The report as one HTML file: no script, no outside asset, its only style sheet allowed by hash.

The file carries its own Content-Security-Policy; a server that sends it with a header uses :data:`POLICY`.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib import resources

from tanbiao.documents.report.content import Block, Chart, Column, Facts, Figure, Report, Section, Table, Words


@cache
def _css() -> str:
    return resources.files("tanbiao.documents").joinpath("report/report.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """Return the Content-Security-Policy under which a report works: nothing but its own style sheet."""
    digest = base64.b64encode(hashlib.sha256(_css().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """Return the whole page."""
    lang = "zh-Hans" if report.lang == "zh" else "en"
    body = "".join(_section(number, section) for number, section in enumerate(report.sections, 1))
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in report.notes)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy())}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)} · {escape(report.product)}</title><style>{_css()}</style></head><body><main>"
        f'<header><p class="standing">{escape(report.standing)}</p><h1>{escape(report.title)}</h1>'
        f'<p class="product">{escape(report.product)}</p>'
        f'<p class="headline"><strong>{escape(report.headline)}</strong> {escape(report.unit)}</p>{notes}</header>'
        f"{_contents(report)}{body}</main></body></html>\n"
    )


def _contents(report: Report) -> str:
    items = "".join(f'<li><a href="#{item.key}">{escape(item.title)}</a></li>' for item in report.sections)
    return f"<nav><ol>{items}</ol></nav>"


def _section(number: int, section: Section) -> str:
    body = "".join(_block(block) for block in section.blocks)
    return f'<section id="{section.key}"><h2>{number}. {escape(section.title)}</h2>{body}</section>'


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Facts):
        pairs = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(shown)}</dd></div>" for label, shown in block.pairs)
        return f"<dl>{pairs}</dl>"
    if isinstance(block, Chart):
        return f'<figure class="{"wide" if block.wide >= 1 else "narrow"}">{block.svg}</figure>'
    return _words(block)


def _words(block: Words) -> str:
    kind = ' class="strong"' if block.strong else ""
    return "".join(f"<p{kind}>{escape(line)}</p>" for line in block.lines)


def _cell(cell: str | Figure, column: Column, tag: str = "td") -> str:
    shown = escape(cell.shown if isinstance(cell, Figure) else cell)
    kind = ' class="figure"' if column.figures else ""
    return f"<{tag}{kind}>{shown}</{tag}>"


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{" class=figure" if column.figures else ""}>{escape(column.heading)}</th>'
        for column in table.columns
    )
    rows = "".join(
        "<tr>" + "".join(_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)) + "</tr>"
        for row in table.rows
    )
    foot = ""
    if table.total is not None:
        cells = "".join(_cell(cell, column) for cell, column in zip(table.total, table.columns, strict=True))
        foot = f"<tfoot><tr>{cells}</tr></tfoot>"
    note = f'<p class="under">{escape(table.note)}</p>' if table.note else ""
    width = "full" if table.wide else "fit"
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(table.title)}">'
        f'<table class="{width}"><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody>{foot}</table></div>{note}"
    )
