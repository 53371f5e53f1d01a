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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents import label_art, text, typeset
from tanbiao.documents.words import pick

Variant = Literal["full", "compact"]
Ink = Literal["colour", "mono"]
Bilingual = Mapping[str, str]

FIELDS = (
    "value", "unit", "product", "maker", "declared_unit", "boundary", "stages", "validity", "number", "code", "body",
    "scheme", "rule",
)  # fmt: skip
"""What can stand on a label."""
SIZES: dict[str, tuple[float, float]] = {"full": (60.0, 98.0), "compact": (20.0, 36.0)}
"""Width and height of the variants, mm."""


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
    demo
        Whether it belongs to the demonstration scheme: then "演示 DEMO" stands across it.
    fields
        What the scheme puts on its label; figure, unit, number and code always stand there.
    artwork
        The scheme's own artwork as PNG, in the place of the neutral ring; None: the ring.
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
    demo: bool = False
    fields: tuple[str, ...] = FIELDS
    artwork: bytes | None = None


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


def label_svg(facts: LabelFacts, lang: Lang = "zh", *, variant: Variant = "full", ink: Ink = "colour") -> str:
    """Return the label as SVG (fonts are named, not embedded: for print use :func:`label_pdf`).

    Raises
    ------
    TanbiaoError
        See :func:`check`.
    """
    check(facts)
    draw = label_art.full if variant == "full" else label_art.compact
    return draw(facts, lang, ink)


def label_pdf(
    facts: LabelFacts,
    created: datetime.datetime,
    lang: Lang = "zh",
    *,
    variant: Variant = "full",
    ink: Ink = "colour",
) -> bytes:
    """Return the label as PDF/A at its size, fonts embedded. Errors as :func:`label_svg`."""
    return typeset.pdf("picture.typ", _picture(facts, lang, variant, ink), created=created)


def label_png(
    facts: LabelFacts, lang: Lang = "zh", *, variant: Variant = "full", ink: Ink = "colour", dpi: float = 300
) -> bytes:
    """Return the label as PNG at its size and ``dpi``. Errors as :func:`label_svg`."""
    return typeset.png("picture.typ", _picture(facts, lang, variant, ink), ppi=dpi)


def _picture(facts: LabelFacts, lang: Lang, variant: Variant, ink: Ink) -> dict[str, object]:
    width, height = SIZES[variant]
    drawn = label_svg(facts, lang, variant=variant, ink=ink)
    said = label_art.description(facts, lang)
    return {"svg": drawn, "width": width, "height": height, "title": facts.number, "description": said, "lang": lang}
