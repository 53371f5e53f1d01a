"""How relative changes are distributed: a histogram whose outer bins are open, with its table twin."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tanbiao.core.findings import Lang
from tanbiao.documents import palette, svg
from tanbiao.documents.words import word

WIDTH, HEIGHT = 520.0, 186.0
_LEFT, _TOP, _BASE = 8.0, 4.0, 146.0
HALF = 5
"""Bins on either side of zero; the outermost take everything beyond."""
QUANTILE = 0.9
"""The inner bins span this share of the changes, so that a few large ones do not squeeze the others together."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Changes from ``low`` (included) to ``high`` (not), shares of the old figure; None: open."""

    low: float | None
    high: float | None
    count: int

    @property
    def label(self) -> str:
        """The bin in per cent."""
        if self.low is None:
            return f"< {_percent(self.high)}"
        if self.high is None:
            return f"≥ {_percent(self.low)}"
        return f"{_percent(self.low)} … {_percent(self.high)}"


def _percent(value: float | None) -> str:
    return f"{round((value or 0.0) * 100, 6):+g} %".replace("-", "−").replace("+0 %", "0 %")


def bins(changes: Sequence[float]) -> list[Bin]:
    """Return the bins of relative changes, ascending: round steps of 1, 2 or 5 × 10ⁿ on either side of zero."""
    if not changes:
        return []
    sizes = sorted(abs(value) for value in changes)
    span = sizes[min(len(sizes) - 1, math.ceil(QUANTILE * len(sizes)) - 1)] or sizes[-1] or 0.01
    raw = span / HALF
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= raw * (1 - 1e-12))
    edges = [round(number * step, 12) for number in range(-HALF, HALF + 1)]
    counts = [0] * (len(edges) + 1)
    for value in changes:
        counts[bisect_right(edges, value)] += 1
    lows: list[float | None] = [None, *edges]
    highs: list[float | None] = [*edges, None]
    return [Bin(low, high, count) for low, high, count in zip(lows, highs, counts, strict=True)]


def histogram(found: Sequence[Bin], lang: Lang, *, of: str = "changes") -> str:
    """Return the bins as bars with their counts; the edges stand in per cent under the axis.

    ``of``: what is counted, a key of this package's words (``chart.<of>``, ``chart.<of>_axis``).
    """
    description = "; ".join(f"{item.label}: {item.count}" for item in found if item.count)
    width = (WIDTH - 2 * _LEFT) / max(len(found), 1)
    most = max((item.count for item in found), default=0) or 1
    marks: list[str] = []
    colour = palette.STAGES["raw_materials"]
    for place, item in enumerate(found):
        x, size = _LEFT + place * width, (_BASE - _TOP - 16) * item.count / most
        if item.count:
            marks.append(svg.rect(x + 1, _BASE - max(size, 1), width - 2, max(size, 1), colour, class_="tb-spread"))
            shown = f"{item.count:,}"
            marks.append(svg.text(x + width / 2, _BASE - max(size, 1) - 4, shown, 11, text_anchor="middle"))
        if item.high is not None:
            edge = x + width
            marks.append(svg.line(edge, _BASE, edge, _BASE + 4, opacity=0.5))
            if place % 2 or len(found) <= HALF:
                marks.append(svg.text(edge, _BASE + 18, _percent(item.high), 11, text_anchor="middle", opacity=0.72))
    marks.append(svg.line(_LEFT, _BASE, WIDTH - _LEFT, _BASE, opacity=0.5))
    marks.append(svg.text(WIDTH, HEIGHT - 6, word(f"chart.{of}_axis", lang), 11, text_anchor="end", opacity=0.72))
    title = word(f"chart.{of}", lang)
    return svg.document(
        "".join(marks), width=WIDTH, height=HEIGHT, title=title, description=description, kind="histogram", lang=lang
    )
