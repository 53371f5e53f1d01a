"""A waterfall: from one figure to another by steps, each a bar between where it starts and where it ends.

The bars lie one under the other with their words above them, so that they can be read on a phone. A step that lowers
the figure has a dashed edge; neither direction is called good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tanbiao.core.findings import Lang
from tanbiao.documents import fonts, palette, svg, text
from tanbiao.documents.words import word

WIDTH = 420.0
_TOP, _ROW, _BAR = 6.0, 46.0, 15.0
_LABEL = 14.0
_ROOM_FOR_FIGURE = 150.0
_UP, _DOWN = palette.STAGES["manufacturing"], palette.STAGES["use"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its words, and what it adds."""

    label: str
    change: Decimal


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    shown: str
    low: float
    high: float
    colour: str
    dashed: bool = False


def waterfall(first: str, start: Decimal, steps: Sequence[Step], last: str, unit: str, lang: Lang) -> str:
    """Return the picture of ``start`` plus the steps; the last bar is their sum, exactly.

    Parameters
    ----------
    first, last
        Words of the figure that it starts from and of the one it ends at.
    unit
        Of every figure.
    """
    bars = [_bar(first, _number(start), Decimal(0), start, palette.NEUTRAL)]
    level = start
    for step in steps:
        shown = "0" if step.change == 0 else f"{'+' if step.change > 0 else ''}{_number(step.change)}"
        colour = _UP if step.change >= 0 else _DOWN
        bars.append(_bar(step.label, shown, level, level + step.change, colour, dashed=step.change < 0))
        level += step.change
    bars.append(_bar(last, _number(level), Decimal(0), level, palette.STAGES["raw_materials"]))
    description = "; ".join(f"{bar.label} {bar.shown}" for bar in bars) + f"; {text.unit(unit)}"
    return svg.document(
        _drawn(bars),
        width=WIDTH,
        height=_TOP + _ROW * len(bars),
        title=word("chart.waterfall", lang),
        description=description,
        kind="waterfall",
        lang=lang,
    )


def _number(value: Decimal) -> str:
    return text.number(float(value), 4)


def _bar(label: str, shown: str, one: Decimal, other: Decimal, colour: str, *, dashed: bool = False) -> _Bar:
    return _Bar(label, shown, float(min(one, other)), float(max(one, other)), colour, dashed)


def _drawn(bars: Sequence[_Bar]) -> str:
    low, high = min(bar.low for bar in bars), max(bar.high for bar in bars)
    scale = (WIDTH - 4) / (high - low) if high > low else 0.0
    marks = []
    for index, bar in enumerate(bars):
        top = _TOP + _ROW * index
        label = fonts.ellipsis(bar.label, _LABEL, WIDTH - _ROOM_FOR_FIGURE)
        left, width = (bar.low - low) * scale, max((bar.high - bar.low) * scale, 1.5)
        marks.append(svg.text(0, top + 14, label, _LABEL))
        marks.append(svg.text(WIDTH, top + 14, bar.shown, _LABEL, text_anchor="end", font_weight="bold"))
        marks.append(
            svg.rect(
                left,
                top + 20,
                width,
                _BAR,
                bar.colour,
                class_="tb-part",
                fill_opacity=0.25 if bar.dashed else None,
                stroke=bar.colour if bar.dashed else None,
                stroke_width=1.5 if bar.dashed else None,
                stroke_dasharray="4 3" if bar.dashed else None,
            )
        )
    if low < 0:
        zero = -low * scale
        marks.append(svg.line(zero, _TOP + 16, zero, _TOP + _ROW * len(bars), stroke_width=1, opacity=0.5))
    return "".join(marks)
