"""The label as a strip: figure, code, a bar of the stages, and a slot for the grade where a table is in force.

60 × 36 mm; one unit is a quarter of a millimetre. It says the same as the full label, and no colour grades: a
stage keeps its colour, a grade is a word in a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tanbiao.core.findings import Lang
from tanbiao.documents import fonts, palette, qr, svg, text
from tanbiao.documents.label_art import _PER_MM, _across, _figure, _fitted, _not_declared, _sheet, notice
from tanbiao.documents.model import STAGES
from tanbiao.documents.words import entry, pick, term, word

if TYPE_CHECKING:
    from tanbiao.documents.label import Ink, LabelFacts

_NARROW = 0.1
"""Share of the bar that a stage without a number takes: a sign, not a size."""


def bar(facts: LabelFacts, lang: Lang, ink: Ink) -> str:
    """Return the strip."""
    width, height = 60 * _PER_MM, 36 * _PER_MM
    pattern = svg.identity("bar", facts.number, lang, ink)
    title = word("label.title", lang)
    parts = [
        svg.element("defs", {}, svg.hatch(pattern, gap=4.2, weight=1.1, ground=palette.PAPER)),
        svg.rect(0.8, 0.8, width - 1.6, height - 1.6, palette.PAPER, stroke=palette.INK, stroke_width=1.4, rx=7),
        svg.text(12, 20, title, _fitted(title, 13, 92 if facts.demo else 150, bold=True), font_weight="bold"),
        _figure(facts, 62 if facts.grade else 82, 50, 28, 96 if facts.grade else 136),
        _slot(facts, lang),
        qr.group(facts.qr_text or facts.query_url, width - 72, 12, 60),
        _stages(facts, lang, ink, pattern, width),
        _lines(facts, lang, width, height),
        _tag(width) + _across(82, 58, 24, -14) if facts.demo else "",
    ]
    return _sheet("".join(parts), facts, lang, width, height)


def _slot(facts: LabelFacts, lang: Lang) -> str:
    """Draw the frame with the grade; without a table in force there is none."""
    if not facts.grade:
        return ""
    frame = svg.rect(118, 32, 44, 38, palette.PAPER, stroke=palette.INK, stroke_width=1.2, rx=3)
    size = _fitted(facts.grade, 20, 38, bold=True)
    named = svg.text(140, 42, word("label.grade", lang), 7, text_anchor="middle")
    return frame + named + svg.text(140, 62, facts.grade, size, text_anchor="middle", font_weight="bold")


def _widths(facts: LabelFacts, room: float) -> dict[str, float]:
    """Return how wide each stage is drawn: by share where the scheme publishes shares, else in equal fifths."""
    shares = facts.shares
    if not shares or any(shares.get(key, -1.0) < 0 for key in facts.stages) or sum(shares.values()) <= 0:
        return dict.fromkeys(STAGES, room / len(STAGES))
    absent = [key for key in STAGES if key not in facts.stages]
    left, whole = room * (1 - _NARROW * len(absent)), sum(shares[key] for key in facts.stages)
    return {key: room * _NARROW if key in absent else left * shares[key] / whole for key in STAGES}


def _stages(facts: LabelFacts, lang: Lang, ink: Ink, pattern: str, width: float) -> str:
    marks, x, y, high = [], 12.0, 84.0, 15.0
    for key, wide in _widths(facts, width - 24).items():
        if key in facts.stages:
            fill, kind = (palette.STAGES[key] if ink == "colour" else palette.INK), f"tb-{key}"
        elif key in facts.excluded:
            fill, kind = palette.PAPER, "tb-excluded"
        else:
            fill, kind = f"url(#{pattern})", "tb-absent"
        marks.append(
            svg.rect(
                x,
                y,
                wide,
                high,
                fill,
                stroke=palette.PAPER if key in facts.stages else palette.INK,
                stroke_width=0.8,
                class_=kind,
            )
        )
        name = term("short", key, lang)
        if fonts.width(name, 7) < wide:
            marks.append(svg.text(x + wide / 2, y + high + 8, name, 7, text_anchor="middle"))
        x += wide
    return "".join(marks)


def _lines(facts: LabelFacts, lang: Lang, width: float, height: float) -> str:
    product = fonts.ellipsis(f"{pick(facts.product, lang)} · {facts.declared_unit}", 7.4, width - 24)
    absent = word("absent.not_declared", lang) if _not_declared(facts) else ""
    partial = word("label.partial", lang) if facts.completeness == "partial" else ""
    named = [facts.licence or facts.number, text.date(facts.valid_until, lang), term("boundary", facts.boundary, lang)]
    low = text.joined([part for part in (*named, partial, absent, notice(facts, lang)) if part], lang)
    return svg.text(12, height - 21, product, 7.4, font_weight="bold") + svg.text(
        12, height - 10, low, _fitted(low, 6.6, width - 24)
    )


def _tag(width: float) -> str:
    shape = svg.rect(width - 132, 9, 54, 14, palette.INK, rx=3)
    return shape + svg.text(width - 105, 19.4, entry("demo")["zh"], 9, text_anchor="middle", fill=palette.PAPER)
