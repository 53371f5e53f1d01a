"""Stacked bars: the total divided by stage or by kind, with a direct label for every part.

Positive parts stand right of zero, negative ones (uptake, credit) left of it with a dashed edge. A part that is not
declared is a hatched field without a size of its own, an unknown one a field with a question mark: neither is ever a
part of width zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.amounts import Absence, AbsenceKind, add
from tanbiao.core.findings import Lang
from tanbiao.documents import fonts, model, palette, svg, text
from tanbiao.documents.charts import tables
from tanbiao.documents.words import word

WIDTH = 520.0
_PUBLIC = 360.0
"""Width of the bar of a public page: its words keep their size on a phone."""
_STRIP_TOP, _STRIP = 34.0, 34.0
_ROW = 25.0
_FIELD = 40.0
_SIZE = 14.0


@dataclass(frozen=True, slots=True)
class _Item:
    part: model.Part
    row: tables.Row
    colour: str


def stage_bar(result: model.Result, lang: Lang) -> str:
    """Return the total divided by the five life cycle stages."""
    model.check(result)
    parts = model.stages(result)
    items = _items(parts, tables.stage_rows(result, lang), palette.STAGES)
    return _picture("stage-bar", word("chart.stages", lang), items, result, lang)


def public_stage_bar(stages: Mapping[str, Any], unit: str, lang: Lang) -> str:
    """Return published stages as a bar alone, whose text says every stage; the page's table is its legend.

    Parameters
    ----------
    stages
        Stage → kg CO2e per declared unit, or its absence, as a public record says them.
    unit
        Unit of the figures.
    """
    result = _of_stages(stages, unit)
    items = _items(model.stages(result), tables.stage_rows(result, lang), palette.STAGES)
    return _picture("public-stage-bar", word("chart.stages", lang), items, result, lang, legend=False, width=_PUBLIC)


def stage_swatches(stages: Mapping[str, Any]) -> dict[str, str]:
    """Return stage → the mark of its colour or absence, for the table beside :func:`public_stage_bar`."""
    made = {}
    result = _of_stages(stages, "")
    for item in _items(model.stages(result), tables.stage_rows(result, "en"), palette.STAGES):
        pattern = svg.identity("swatch", item.part.key)
        body = svg.element("defs", {}, svg.hatch(pattern)) + _swatch(0, item, pattern)
        frame: dict[str, svg.Value] = {"xmlns": svg.NAMESPACE, "viewBox": "0 0 13 13", "width": 13, "height": 13}
        made[item.part.key] = svg.element("svg", {**frame, "aria-hidden": "true", "class": "tb-swatch"}, body)
    return made


def public_stage_rows(stages: Mapping[str, Any], lang: Lang) -> list[tables.Row]:
    """Return the table twin of :func:`public_stage_bar`: each stage with its share of the stages' sum, signs kept."""
    return tables.stage_rows(_of_stages(stages, ""), lang)


def _of_stages(stages: Mapping[str, Any], unit: str) -> model.Result:
    """Return as much of a Result document as its stages tell; the total is their sum."""
    amounts = {name: model.amount(value) for name, value in stages.items()}
    known = [value for value in amounts.values() if not isinstance(value, Absence)]
    kinds = {value.kind for value in amounts.values() if isinstance(value, Absence)}
    whole = "incomplete" if AbsenceKind.UNKNOWN in kinds else "complete"
    total = {"value": add(0.0, *known), "unit": unit, "completeness": whole}
    return {"study": {}, "total": total, "stages": stages, "kinds": {}, "contributions": (), "versions": {}}


def kinds_bar(result: model.Result, lang: Lang) -> str:
    """Return the total divided by kind: fossil, biogenic, land use change, undivided."""
    model.check(result)
    parts = model.kinds(result)
    items = _items(parts, tables.kind_rows(result, lang), palette.KINDS)
    return _picture("kinds-bar", word("chart.kinds", lang), items, result, lang)


def _items(parts: Sequence[model.Part], rows: Sequence[tables.Row], colours: dict[str, str]) -> list[_Item]:
    return [_Item(part, row, colours[part.key]) for part, row in zip(parts, rows, strict=True)]


def _picture(
    kind: str,
    title: str,
    items: list[_Item],
    result: model.Result,
    lang: Lang,
    *,
    legend: bool = True,
    width: float = WIDTH,
) -> str:
    unit = text.unit(result["total"]["unit"])
    total = tables.total_row(result, lang)
    shown_total = f"{total.shown} {unit}"
    description = "; ".join(f"{item.row.label} {_said(item)}" for item in items)
    description += f"; {total.label} {shown_total}"
    pattern = svg.identity("hatch", kind, description)
    body = [
        svg.element("defs", {}, svg.hatch(pattern)),
        svg.text(0, 18, total.label, _SIZE, class_="tb-muted", opacity=0.72),
        svg.text(width, 19, shown_total, 17, text_anchor="end", font_weight="bold", class_="tb-total"),
        _strip(items, result, pattern, width),
        *(_legend(index, item, pattern) for index, item in enumerate(items) if legend),
    ]
    height = _STRIP_TOP + _STRIP + 16 + (_ROW * len(items) - 2 if legend else 0)
    return svg.document(
        "".join(body), width=width, height=height, title=title, description=description, kind=kind, lang=lang
    )


def _said(item: _Item) -> str:
    if item.part.absent is not None:
        return item.row.shown
    return f"{item.row.shown} ({item.row.share_shown})"


def _strip(items: list[_Item], result: model.Result, pattern: str, width: float) -> str:
    fields = [item for item in items if item.part.absent is not None and _drawn(item)]
    tail = [*fields]
    open_end = model.incomplete(result)
    room = width - _FIELD * (len(tail) + (1 if open_end else 0))
    up = add(*(item.part.value for item in items if item.part.value > 0), 0.0)
    down = -add(*(item.part.value for item in items if item.part.value < 0), 0.0)
    scale = room / (up + down) if up + down > 0 else 0.0
    zero = down * scale
    marks = [_segments([item for item in items if item.part.value < 0], zero, scale, -1)]
    marks.append(_segments([item for item in items if item.part.value > 0], zero, scale, 1))
    x = zero + up * scale
    for _ in tail:
        marks.append(_field(x, f"url(#{pattern})"))
        x += _FIELD
    if open_end:
        marks.append(_field(x, "none"))
        marks.append(_mark(x + _FIELD / 2, "?"))
    if down > 0:
        top, bottom = _STRIP_TOP - 5, _STRIP_TOP + _STRIP + 5
        marks.append(svg.line(zero, top, zero, bottom, stroke_width=1.5))
        marks.append(svg.text(max(zero, 4), bottom + 9, "0", 11, text_anchor="middle", opacity=0.72))
    return "".join(marks)


def _drawn(item: _Item) -> bool:
    absent = item.part.absent
    return absent is not None and absent.kind is AbsenceKind.NOT_DECLARED


def _segments(items: list[_Item], zero: float, scale: float, direction: int) -> str:
    marks = []
    x = zero
    for item in items:
        size = abs(item.part.value) * scale
        left = x if direction > 0 else x - size
        marks.append(_segment(item, left, size))
        x += direction * size
    return "".join(marks)


def _segment(item: _Item, left: float, size: float) -> str:
    drawn = max(size - 1.5, 0.5)
    negative = item.part.value < 0
    mark = svg.rect(
        left,
        _STRIP_TOP,
        drawn,
        _STRIP,
        item.colour,
        class_=f"tb-part tb-{item.part.key}",
        fill_opacity=0.25 if negative else None,
        stroke=item.colour if negative else None,
        stroke_width=1.5 if negative else None,
        stroke_dasharray="4 3" if negative else None,
    )
    label = text.percent(item.row.share, 0)
    if item.row.share is None or fonts.width(label, 13) + 10 > size:
        return mark
    ink = "currentColor" if negative else on_colour(item.colour)
    return mark + svg.text(left + drawn / 2, _STRIP_TOP + _STRIP / 2 + 4.5, label, 13, text_anchor="middle", fill=ink)


def on_colour(colour: str) -> str:
    """Return ink or paper, whichever reads better on a ground (WCAG 2.2 relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return palette.PAPER if luminance < 0.3 else palette.INK


def _field(x: float, fill: str) -> str:
    return svg.rect(
        x + 0.5,
        _STRIP_TOP + 0.5,
        _FIELD - 2,
        _STRIP - 1,
        fill,
        stroke="currentColor",
        stroke_width=0.8,
        stroke_dasharray="3 3" if fill == "none" else None,
        class_="tb-absent",
    )


def _mark(x: float, sign: str) -> str:
    return svg.text(x - 0.5, _STRIP_TOP + _STRIP / 2 + 5, sign, 15, text_anchor="middle", font_weight="bold")


def _legend(index: int, item: _Item, pattern: str) -> str:
    y = _STRIP_TOP + _STRIP + 30 + _ROW * index
    absent = item.part.absent
    marks = [_swatch(y - 11.5, item, pattern), svg.text(22, y, item.row.label, _SIZE)]
    if absent is not None:
        room = WIDTH - 40 - fonts.width(item.row.label, _SIZE)
        marks.append(svg.text(WIDTH, y, fonts.ellipsis(item.row.shown, _SIZE, room), _SIZE, text_anchor="end"))
    else:
        marks.append(svg.text(WIDTH - 82, y, item.row.shown, _SIZE, text_anchor="end", font_weight="bold"))
        marks.append(svg.text(WIDTH, y, item.row.share_shown, _SIZE, text_anchor="end", opacity=0.72))
    return "".join(marks)


def _swatch(y: float, item: _Item, pattern: str) -> str:
    if item.part.absent is not None:
        hatched = item.part.absent.kind is AbsenceKind.NOT_DECLARED
        fill = f"url(#{pattern})" if hatched else "none"
        return svg.rect(0.5, y + 0.5, 12, 12, fill, stroke="currentColor", stroke_width=0.8)
    negative = item.part.value < 0
    return svg.rect(
        0.5,
        y + 0.5,
        12,
        12,
        item.colour,
        class_=f"tb-{item.part.key}",
        fill_opacity=0.25 if negative else None,
        stroke=item.colour if negative else None,
        stroke_dasharray="3 2" if negative else None,
    )
