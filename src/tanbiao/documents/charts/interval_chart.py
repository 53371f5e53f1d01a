"""The result with its uncertainty: the 95 % interval, the median, and the declared value, which is neither of them."""

from __future__ import annotations

import math
from collections.abc import Callable

from tanbiao.core.findings import Lang
from tanbiao.documents import fonts, model, palette, svg, text
from tanbiao.documents.charts import tables
from tanbiao.documents.words import word

WIDTH, HEIGHT = 520.0, 158.0
_LEFT, _RIGHT = 24.0, 24.0
_Y = 66.0
_SIZE = 13.0


def interval(result: model.Result, lang: Lang) -> str:
    """Return the declared value on an axis with the median and the 95 % interval.

    Without samples the picture shows the declared value alone and says that nothing was sampled.
    """
    model.check(result)
    rows = {row.key: row for row in tables.interval_rows(result, lang)}
    unit = text.unit(result["total"]["unit"])
    description = "; ".join(f"{row.label} {row.shown} {unit}" for row in rows.values())
    if "p2_5" not in rows or "p97_5" not in rows or "p50" not in rows:
        body = _unsampled(rows["declared"], unit, lang)
        description += f"; {word('chart.not_sampled', lang)}"
        height = 70.0
    else:
        body = _sampled(rows, result, unit, lang)
        height = HEIGHT
    return svg.document(
        body,
        width=WIDTH,
        height=height,
        title=word("chart.interval", lang),
        description=description,
        kind="interval",
        lang=lang,
    )


def _unsampled(declared: tables.Row, unit: str, lang: Lang) -> str:
    return svg.text(
        0, 24, f"{declared.label} {declared.shown} {unit}", 17, font_weight="bold", class_="tb-total"
    ) + svg.text(0, 52, word("chart.not_sampled", lang), _SIZE)


def _value(row: tables.Row) -> float:
    if not isinstance(row.amount, float | int):
        raise TypeError("the rows of an interval are numbers")
    return float(row.amount)


def _sampled(rows: dict[str, tables.Row], result: model.Result, unit: str, lang: Lang) -> str:
    low, mid, high = (_value(rows[key]) for key in ("p2_5", "p50", "p97_5"))
    declared = _value(rows["declared"])
    first, last = min(low, declared), max(high, declared)
    pad = (last - first) * 0.12 or abs(last) * 0.1 or 1.0
    start, end = first - pad, last + pad

    def x(value: float) -> float:
        return _LEFT + (value - start) / (end - start) * (WIDTH - _LEFT - _RIGHT)

    heading = f"{rows['declared'].label} {rows['declared'].shown} {unit}"
    bar = palette.STAGES["raw_materials"]
    spread = (
        svg.rect(x(low), _Y - 9, x(high) - x(low), 18, bar, fill_opacity=0.28, rx=2, class_="tb-spread")
        + svg.line(x(low), _Y - 13, x(low), _Y + 13, stroke=bar, stroke_width=2)
        + svg.line(x(high), _Y - 13, x(high), _Y + 13, stroke=bar, stroke_width=2)
        + svg.line(x(mid), _Y - 9, x(mid), _Y + 9, stroke=bar, stroke_width=3)
    )
    labels = _labels(rows, x(low), x(mid), x(high))
    note = svg.text(0, HEIGHT - 8, fonts.ellipsis(_basis(result, lang), 12, WIDTH), 12, opacity=0.72)
    return (
        svg.text(0, 18, heading, 17, font_weight="bold")
        + _axis(start, end, x)
        + spread
        + _diamond(x(declared))
        + labels
        + note
    )


def _diamond(x: float) -> str:
    return svg.path(
        f"M{svg.number(x)} {svg.number(_Y - 16)}l7 8l-7 8l-7 -8z", fill="currentColor", class_="tb-declared"
    ) + svg.line(x, _Y, x, _Y + 12, stroke_width=1.5)


def _labels(rows: dict[str, tables.Row], low: float, mid: float, high: float) -> str:
    marks = []
    edge = -math.inf
    for key, x, name in (("p2_5", low, "2.5 %"), ("p50", mid, rows["p50"].label), ("p97_5", high, "97.5 %")):
        shown = f"{name}: {rows[key].shown}"
        half = fonts.width(shown, _SIZE) / 2
        centre = min(max(x, half, edge + half + 8), WIDTH - half)
        edge = centre + half
        marks.append(svg.text(centre, _Y + 31, shown, _SIZE, text_anchor="middle"))
    return "".join(marks)


def _axis(start: float, end: float, place: Callable[[float], float]) -> str:
    y = _Y + 44
    marks = [svg.line(_LEFT, y, WIDTH - _RIGHT, y, opacity=0.5)]
    for tick, shown in ticks(start, end):
        at = place(tick)
        marks.append(svg.line(at, y, at, y + 5, opacity=0.5))
        marks.append(svg.text(at, y + 18, shown, 11, text_anchor="middle", opacity=0.72))
    return "".join(marks)


def ticks(start: float, end: float, about: int = 5) -> list[tuple[float, str]]:
    """Return round positions between ``start`` and ``end`` with their labels, steps of 1, 2 or 5 × 10ⁿ."""
    raw = (end - start) / about
    power = math.floor(math.log10(raw))
    step = next(size * 10.0**power for size in (1, 2, 5, 10) if size * 10.0**power >= raw)
    decimals = max(0, -math.floor(math.log10(step)))
    first = math.ceil(start / step)
    found: list[tuple[float, str]] = []
    while first * step <= end and len(found) < 3 * about:
        value = first * step
        found.append((value, f"{value:.{decimals}f}".replace("-", "−") if abs(value) < 1e9 else text.number(value)))
        first += 1
    return found


def _basis(result: model.Result, lang: Lang) -> str:
    basis = result["total"].get("interval_basis") or {}
    parts = [
        f"{word('basis.' + key, lang)} {text.percent(model.figure(basis[key]), 0)}"
        for key in ("stated", "scored", "assumed")
        if model.figure(basis.get(key)) is not None
    ]
    if not parts:
        return ""
    return word("chart.basis", lang) + text.joined(parts, lang)
