"""The label: Tanbiao's neutral artwork, or the one that an authority's scheme brings, around the same fields.

A ring divided by the five life cycle stages (hatched = not declared), the figure with its unit in the middle, and
around it maker, product, declared unit, boundary, validity, register number and QR code. It is no rank and no class:
no colour of merit, no position, no word like "low-carbon". It is not the national mark and does not resemble it (no
footprint, no green).

Two variants: ``full`` (60 × 98 mm, not to be printed smaller than 45 mm wide) and ``compact`` (20 × 36 mm: figure,
unit, register number and QR code). The sizes are project defaults, not official.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents import label_art, label_bar, text, typeset
from tanbiao.documents.words import pick

Variant = Literal["full", "compact", "bar"]
Ink = Literal["colour", "mono"]
Bilingual = Mapping[str, str]

FIELDS = (
    "value", "unit", "product", "maker", "declared_unit", "boundary", "stages", "validity", "number", "code", "body",
    "scheme", "rule",
)  # fmt: skip
"""What can stand on a label."""
SIZES: dict[str, tuple[float, float]] = {"full": (60.0, 98.0), "compact": (20.0, 36.0), "bar": (60.0, 36.0)}
"""Width and height of the variants, mm."""
NARROWEST = {"full": 45.0, "compact": 20.0, "bar": 45.0}
"""Least width at which a variant is legible, mm: project default, not official."""
WIDEST = 2000.0
"""Widest that is drawn, mm."""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What stands on a label.

    Parameters
    ----------
    number
        Register number.
    value, unit, digits
        The declared value, its unit (``kg CO2e/kWh``) and the significant digits that the scheme publishes.
    completeness
        ``complete`` or ``partial``; an ``incomplete`` value has no label.
    maker, product
        Names, ``{"zh": …, "en": …}``.
    declared_unit, declared_of
        ``1 kWh`` and what it is of.
    boundary
        ``cradle_to_gate`` or the like.
    valid_until
        Last day of validity.
    query_url
        Address of the register's page: printed by the compact variant's code.
    stages
        The stages that are declared; the others are hatched.
    excluded
        Stages that the rule or the study leaves out with a reason: an empty field, which is not the same as hatched.
    shares
        Share of the total of every declared stage, only where the scheme publishes it; without it all arcs are equal.
    qr_text
        What the full variant's code holds (address with signed payload); ``query_url`` when None.
    scheme, body, rule
        Name of the scheme, of the body that decided, and the rule with its version.
    rule_standing
        Standing of the rule; one that is not known counts as not official, and the label says so.
    demo
        Whether it belongs to the demonstration scheme: then "演示 DEMO" stands across it.
    fields
        What the scheme puts on its label; figure, unit, number and code always stand there.
    artwork
        The scheme's own artwork as PNG, in the place of the neutral ring; None: the ring.
    licence
        Number of the licence under which it is used; empty on the certificate's own label.
    grade
        Grade of the scheme's table in force, for the slot of the ``bar`` variant; empty: there is no slot.
    """

    number: str
    value: float
    unit: str
    completeness: str
    maker: Bilingual
    product: Bilingual
    declared_unit: str
    declared_of: Bilingual
    boundary: str
    valid_until: datetime.date
    query_url: str
    stages: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    shares: Mapping[str, float] | None = None
    qr_text: str | None = None
    digits: int = text.DIGITS
    scheme: Bilingual | None = None
    body: Bilingual | None = None
    rule: str = ""
    rule_standing: str = ""
    demo: bool = False
    fields: tuple[str, ...] = FIELDS
    artwork: bytes | None = None
    licence: str = ""
    grade: str = ""


def with_licence(facts: LabelFacts, licence: str, grade: str = "") -> LabelFacts:
    """Return the facts of a licence's artwork: with its number, and a grade where the scheme's table is in force."""
    return replace(facts, licence=licence, grade=grade)


def check(facts: LabelFacts) -> None:
    """Refuse facts from which no label may be made.

    Raises
    ------
    TanbiaoError
        ``label_incomplete``, ``label_value_invalid`` or ``label_field_missing``.
    """
    if facts.completeness not in ("complete", "partial"):
        raise TanbiaoError.of("label_incomplete")
    if not math.isfinite(facts.value) or not 1 <= facts.digits <= 6:
        raise TanbiaoError.of("label_value_invalid", value=str(facts.value))
    for field in ("number", "unit", "declared_unit", "boundary", "query_url", "stages"):
        if not getattr(facts, field):
            raise TanbiaoError.of("label_field_missing", field=field)
    for field in ("maker", "product"):
        if not pick(getattr(facts, field), "zh").strip():
            raise TanbiaoError.of("label_field_missing", field=field)


def label_svg(
    facts: LabelFacts,
    lang: Lang = "zh",
    *,
    variant: Variant = "full",
    ink: Ink = "colour",
    width_mm: float | None = None,
) -> str:
    """Return the label as SVG (fonts are named, not embedded: for print use :func:`label_pdf`).

    Parameters
    ----------
    width_mm
        Width on paper; None: the variant's own.

    Raises
    ------
    TanbiaoError
        See :func:`check`; ``label_width_small``.
    """
    check(facts)
    width, height = _size(variant, width_mm)
    drawn = _DRAW[variant](facts, lang, ink)
    if width_mm is None:
        return drawn
    own = SIZES[variant]
    old = f'width="{own[0]:g}mm" height="{own[1]:g}mm"'
    return drawn.replace(old, f'width="{width:g}mm" height="{height:g}mm"', 1)


_DRAW: dict[str, Callable[[LabelFacts, Lang, Ink], str]] = {
    "full": label_art.full,
    "compact": label_art.compact,
    "bar": label_bar.bar,
}


def _size(variant: Variant, width_mm: float | None) -> tuple[float, float]:
    """Return width and height on paper."""
    width, height = SIZES[variant]
    if width_mm is None:
        return width, height
    if not math.isfinite(width_mm) or not NARROWEST[variant] <= width_mm <= WIDEST:
        raise TanbiaoError.of("label_width_small", "width", least=f"{NARROWEST[variant]:g}", most=f"{WIDEST:g}")
    return width_mm, round(height * width_mm / width, 3)


def label_pdf(
    facts: LabelFacts,
    created: datetime.datetime,
    lang: Lang = "zh",
    *,
    variant: Variant = "full",
    ink: Ink = "colour",
    width_mm: float | None = None,
) -> bytes:
    """Return the label as PDF/A at its size, fonts embedded. Errors as :func:`label_svg`."""
    return typeset.pdf("picture.typ", _picture(facts, lang, variant, ink, width_mm), created=created)


def label_png(
    facts: LabelFacts,
    lang: Lang = "zh",
    *,
    variant: Variant = "full",
    ink: Ink = "colour",
    dpi: float = 300,
    width_mm: float | None = None,
) -> bytes:
    """Return the label as PNG at its size and ``dpi`` (at most 4,000 pixels wide). Errors as :func:`label_svg`."""
    width, _ = _size(variant, width_mm)
    fitting = min(dpi, 4000 / width * 25.4)
    return typeset.png("picture.typ", _picture(facts, lang, variant, ink, width_mm), ppi=fitting)


def _picture(
    facts: LabelFacts, lang: Lang, variant: Variant, ink: Ink, width_mm: float | None = None
) -> dict[str, object]:
    width, height = _size(variant, width_mm)
    drawn = label_svg(facts, lang, variant=variant, ink=ink)
    said = label_art.description(facts, lang)
    return {"svg": drawn, "width": width, "height": height, "title": facts.number, "description": said, "lang": lang}
