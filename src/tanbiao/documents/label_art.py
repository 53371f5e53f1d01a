"""Drawing the label. One unit is a quarter of a millimetre at the variant's own size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tanbiao.core.findings import Lang
from tanbiao.core.standing import notice_text
from tanbiao.documents import fonts, palette, qr, svg, text
from tanbiao.documents.model import STAGES
from tanbiao.documents.words import entry, pick, term, word

if TYPE_CHECKING:
    from tanbiao.documents.label import Ink, LabelFacts

_PER_MM = 4
_GAP = 2.4
"""Degrees left free between two arcs."""
FIELD_OF = {
    "label.product": "product",
    "label.maker": "maker",
    "label.unit": "declared_unit",
    "label.boundary": "boundary",
    "label.valid_until": "validity",
    "label.number": "number",
}
"""Word of a row → the scheme's name of the field."""
_ABSENT_ARC = 34.0
"""Degrees of a not-declared stage when the declared ones are drawn by share: a sign, not a size."""


def description(facts: LabelFacts, lang: Lang) -> str:
    """Return in one sentence what the label says."""
    absent = [term("stage", key, lang) for key in _not_declared(facts)]
    excluded = [term("stage", key, lang) for key in facts.excluded]
    parts = [
        word("demo.line", lang) if facts.demo else "",
        f"{word('label.title', lang)}: {_value(facts)} {text.unit(facts.unit)}",
        f"{word('label.maker', lang)}: {pick(facts.maker, lang)}",
        f"{word('label.product', lang)}: {pick(facts.product, lang)}",
        f"{word('label.boundary', lang)}: {term('boundary', facts.boundary, lang)}",
        f"{word('absent.not_declared', lang)}: {text.joined(absent, lang)}" if absent else "",
        f"{word('absent.excluded', lang)}: {text.joined(excluded, lang)}" if excluded else "",
        f"{word('label.valid_until', lang)}: {text.date(facts.valid_until, lang)}",
        f"{word('label.number', lang)}: {facts.number}",
        notice(facts, lang),
    ]
    return "; ".join(part for part in parts if part)


def notice(facts: LabelFacts, lang: Lang) -> str:
    """Return what must be said of the rule's standing; empty where there is nothing to say."""
    return notice_text(facts.rule, facts.rule_standing, lang)


def _value(facts: LabelFacts) -> str:
    return text.number(facts.value, facts.digits)


def _arcs(facts: LabelFacts) -> list[tuple[str, float, float]]:
    """Return (stage, first degree, last degree), clockwise from the top."""
    sizes = dict.fromkeys(STAGES, 72.0)
    shares = facts.shares
    if shares and all(shares.get(key, -1.0) >= 0 for key in facts.stages) and sum(shares.values()) > 0:
        left = 360.0 - _ABSENT_ARC * sum(key not in facts.stages for key in STAGES)
        whole = sum(shares[key] for key in facts.stages)
        sizes = {key: left * shares[key] / whole if key in facts.stages else _ABSENT_ARC for key in STAGES}
    found = []
    at = 0.0
    for key in STAGES:
        found.append((key, at, at + sizes[key]))
        at += sizes[key]
    return found


def _point(x: float, y: float, radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return x + radius * math.sin(angle), y - radius * math.cos(angle)


def _sector(x: float, y: float, outer: float, inner: float, start: float, end: float) -> str:
    large = 1 if end - start > 180 else 0
    corners = [
        _point(x, y, outer, start),
        _point(x, y, outer, end),
        _point(x, y, inner, end),
        _point(x, y, inner, start),
    ]
    a, b, c, d = (f"{svg.number(px)} {svg.number(py)}" for px, py in corners)
    out, into = svg.number(outer), svg.number(inner)
    return f"M{a}A{out} {out} 0 {large} 1 {b}L{c}A{into} {into} 0 {large} 0 {d}Z"


def _ring(facts: LabelFacts, x: float, y: float, outer: float, inner: float, ink: Ink, pattern: str) -> str:
    marks = []
    for key, start, end in _arcs(facts):
        if end - start <= _GAP:
            continue
        shape = _sector(x, y, outer, inner, start + _GAP / 2, end - _GAP / 2)
        if key in facts.stages:
            colour = palette.STAGES[key] if ink == "colour" else palette.INK
            marks.append(svg.path(shape, fill=colour, class_=f"tb-{key}"))
        else:
            empty = key in facts.excluded
            fill, kind = (palette.PAPER, "tb-excluded") if empty else (f"url(#{pattern})", "tb-absent")
            marks.append(svg.path(shape, fill=fill, stroke=palette.INK, stroke_width=0.8, class_=kind))
    return "".join(marks)


def _not_declared(facts: LabelFacts) -> list[str]:
    return [key for key in STAGES if key not in facts.stages and key not in facts.excluded]


def _fitted(content: str, size: float, limit: float, *, bold: bool = False) -> float:
    """Return the largest font size up to ``size`` at which the content is no wider than ``limit``."""
    return min(size, size * limit / max(fonts.width(content, size, bold=bold), 0.01))


def _figure(facts: LabelFacts, x: float, y: float, size: float, room: float) -> str:
    value = _value(facts)
    unit = text.unit(facts.unit)
    big = _fitted(value, size, room, bold=True)
    small = _fitted(unit, size * 0.33, room * 0.98)
    return svg.text(x, y + big * 0.22, value, big, text_anchor="middle", font_weight="bold") + svg.text(
        x, y + big * 0.22 + small * 1.5, unit, small, text_anchor="middle"
    )


def _across(x: float, y: float, size: float, angle: float) -> str:
    turned = f"rotate({svg.number(angle)} {svg.number(x)} {svg.number(y)})"
    return svg.text(
        x,
        y + size * 0.36,
        entry("demo")["zh"],
        size,
        text_anchor="middle",
        font_weight="bold",
        fill_opacity=0.1,
        stroke="currentColor",
        stroke_width=size * 0.018,
        stroke_opacity=0.42,
        transform=turned,
        class_="tb-demo",
    )


def full(facts: LabelFacts, lang: Lang, ink: Ink) -> str:
    """Return the full label, 60 × 98 mm."""
    width, height = 60 * _PER_MM, 98 * _PER_MM
    pattern = svg.identity("label", facts.number, lang, ink)
    body = [
        svg.element("defs", {}, svg.hatch(pattern, gap=4.2, weight=1.1, ground=palette.PAPER)),
        svg.rect(0.8, 0.8, width - 1.6, height - 1.6, palette.PAPER, stroke=palette.INK, stroke_width=1.4, rx=9),
        _head(facts, lang, width),
        _middle(facts, lang, width, ink, pattern),
        _rows(facts, lang),
        _code(facts, lang),
        _foot(facts, lang, height, pattern),
        _across(width / 2, 132, 46, -28) if facts.demo else "",
    ]
    return _sheet("".join(body), facts, lang, width, height)


def _middle(facts: LabelFacts, lang: Lang, width: float, ink: Ink, pattern: str) -> str:
    """Draw the figure in the ring of stages, or under the scheme's own artwork."""
    if facts.artwork is not None:
        return svg.picture(width / 2 - 60, 52, 120, 96, facts.artwork) + _figure(facts, width / 2, 168, 32, 200)
    names = _names(facts, lang, width / 2, 122, 67) if "stages" in facts.fields else ""
    return "".join(
        (
            _ring(facts, width / 2, 122, 62, 46, ink, pattern),
            names,
            _figure(facts, width / 2, 115, 36, 77),
        )
    )


def _sheet(body: str, facts: LabelFacts, lang: Lang, width: float, height: float) -> str:
    return svg.document(
        body,
        width=width,
        height=height,
        title=f"{word('label.title', lang)} {facts.number}",
        description=description(facts, lang),
        kind="label",
        lang=lang,
        millimetres=1 / _PER_MM,
        color=palette.INK,
    )


def _head(facts: LabelFacts, lang: Lang, width: float) -> str:
    other = word("label.other_title", lang)
    title = word("label.title", lang)
    room = width - 28 - (70 if facts.demo else 0)
    marks = svg.text(14, 30, title, _fitted(title, 19, room, bold=True), font_weight="bold")
    marks += svg.text(14, 43, other, 9.5, opacity=0.8)
    if facts.demo:
        marks += svg.rect(width - 76, 13, 62, 19, palette.INK, rx=3)
        marks += svg.text(width - 45, 26.5, entry("demo")["zh"], 11, text_anchor="middle", fill=palette.PAPER)
        marks += svg.text(width - 14, 43, word("label.no_certification", lang), 9, text_anchor="end")
    return marks


def _names(facts: LabelFacts, lang: Lang, x: float, y: float, radius: float) -> str:
    marks = []
    for key, start, end in _arcs(facts):
        middle = (start + end) / 2
        at, high = _point(x, y, radius, middle)
        side = math.sin(math.radians(middle))
        anchor = "middle" if abs(side) < 0.3 else ("start" if side > 0 else "end")
        below = -math.cos(math.radians(middle)) * 4
        marks.append(svg.text(at, high + 3 + below, term("short", key, lang), 8.6, text_anchor=anchor))
    return "".join(marks)


def _rows(facts: LabelFacts, lang: Lang) -> str:
    room = 134.0
    of = pick(facts.declared_of, lang)
    unit = f"{facts.declared_unit}（{of}）" if of and lang == "zh" else f"{facts.declared_unit} {of}".strip()
    rows = [
        ("label.product", pick(facts.product, lang), 2),
        ("label.maker", pick(facts.maker, lang), 2),
        ("label.unit", unit, 1),
        ("label.boundary", term("boundary", facts.boundary, lang), 1),
        ("label.valid_until", text.date(facts.valid_until, lang), 1),
        ("label.number", facts.number, 1),
    ]
    marks = []
    y = 215.0
    for key, value, most in (row for row in rows if FIELD_OF[row[0]] in facts.fields):
        marks.append(svg.text(14, y, word(key, lang), 7, opacity=0.8))
        size = 9.4 if most > 1 else _fitted(value, 9.4, room, bold=True)
        for line in fonts.wrap(value, size, room, lines=most, bold=True):
            y += 11
            marks.append(svg.text(14, y, line, size, font_weight="bold"))
        y += 11.2
    return "".join(marks)


def _code(facts: LabelFacts, lang: Lang) -> str:
    size, x, y = 80.0, 148.0, 214.0
    held = facts.qr_text or facts.query_url
    return qr.group(held, x, y, size) + svg.text(
        x + size / 2, y + size + 8, word("label.scan", lang), 8.6, text_anchor="middle"
    )


def _foot(facts: LabelFacts, lang: Lang, height: float, pattern: str) -> str:
    marks = []
    x, y = 152.0, 317.0
    drawn = facts.artwork is None
    for shown, fill, key in (
        (_not_declared(facts), f"url(#{pattern})", "absent.not_declared"),
        (facts.excluded, palette.PAPER, "absent.excluded"),
    ):
        if shown and drawn:
            marks.append(svg.rect(x, y, 7, 7, fill, stroke=palette.INK, stroke_width=0.6))
            marks.append(svg.text(x + 10, y + 6.2, word(key, lang), 7))
            y += 11
    partial = word("label.partial", lang) if facts.completeness == "partial" else ""
    note = " · ".join(part for part in (partial, notice(facts, lang)) if part)
    said = {"scheme": pick(facts.scheme, lang), "body": pick(facts.body, lang), "rule": facts.rule}
    named = [facts.licence] if facts.licence else []
    by = text.joined([*named, *(value for key, value in said.items() if key in facts.fields)], lang)
    marks.append(svg.text(14, height - 18, note, _fitted(note or " ", 7.6, 212), font_weight="bold"))
    marks.append(svg.text(14, height - 8, fonts.ellipsis(by, 6.6, 212), 6.6, opacity=0.8))
    return "".join(marks)


def compact(facts: LabelFacts, lang: Lang, ink: Ink) -> str:
    """Return the compact label, 20 × 36 mm: figure, unit, register number and QR code of the address."""
    width, height = 20 * _PER_MM, 36 * _PER_MM
    pattern = svg.identity("compact", facts.number, lang, ink)
    top = 11.0 if facts.demo else 5.0
    number = _fitted(facts.number, 6.6, width - 5)
    body = [
        svg.element("defs", {}, svg.hatch(pattern, gap=2.6, weight=0.8, ground=palette.PAPER)),
        svg.rect(0.5, 0.5, width - 1, height - 1, palette.PAPER, stroke=palette.INK, stroke_width=0.8, rx=4),
        _small_middle(facts, width, top, ink, pattern),
        qr.group(facts.query_url, 11.5, height - 65.5, 57),
        svg.text(width / 2, height - 3.8, facts.number, number, text_anchor="middle"),
        _band(width) if facts.demo else "",
    ]
    return _sheet("".join(body), facts, lang, width, height)


def _small_middle(facts: LabelFacts, width: float, top: float, ink: Ink, pattern: str) -> str:
    if facts.artwork is not None:
        return svg.picture(width / 2 - 32, top, 64, 38, facts.artwork) + _figure(facts, width / 2, top + 47, 17, 70)
    return _ring(facts, width / 2, top + 34, 32, 26, ink, pattern) + _figure(facts, width / 2, top + 31, 19, 45)


def _band(width: float) -> str:
    marks = svg.path(f"M0.5 11V4.5a4 4 0 0 1 4-4H{svg.number(width - 4.5)}a4 4 0 0 1 4 4V11z", fill=palette.INK)
    marks += svg.text(width / 2, 8.8, entry("demo")["zh"], 8, text_anchor="middle", fill=palette.PAPER)
    return marks + _across(width / 2, 48, 16.5, -28)


def mark(artwork: bytes, name: str, lang: Lang, size: float = 96) -> str:
    """Return a scheme's own artwork as a picture: the mark that its documents carry in the place of the ring."""
    drawn = svg.picture(0, 0, size, size, artwork)
    return svg.document(drawn, width=size, height=size, title=name, description=name, kind="mark", lang=lang)


def ring(stages: tuple[str, ...], lang: Lang, *, excluded: tuple[str, ...] = (), size: float = 96) -> str:
    """Return the ring alone, in equal fifths, without figure and names: the mark that documents carry."""
    title = word("chart.stage", lang)
    said = "; ".join(
        term("stage", key, lang)
        + ("" if key in stages else f" ({word('absent.' + ('excluded' if key in excluded else 'not_declared'), lang)})")
        for key in STAGES
    )
    pattern = svg.identity("ring", said)
    half = size / 2
    marks = [svg.element("defs", {}, svg.hatch(pattern, gap=4, weight=1.1, ground=palette.PAPER))]
    for index, key in enumerate(STAGES):
        shape = _sector(half, half, half - 1, half * 0.66, index * 72 + _GAP / 2, (index + 1) * 72 - _GAP / 2)
        here = key in stages
        absent = palette.PAPER if key in excluded else f"url(#{pattern})"
        fill = palette.STAGES[key] if here else absent
        marks.append(svg.path(shape, fill=fill, stroke=None if here else palette.INK, stroke_width=0.8))
    return svg.document(
        "".join(marks),
        width=size,
        height=size,
        title=title,
        description=said,
        kind="ring",
        lang=lang,
        color=palette.INK,
    )
