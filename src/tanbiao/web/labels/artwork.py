"""The artwork of a licence: the certificate's label with the licence's number, in every variant, ink, size, format."""

from __future__ import annotations

from typing import Literal

from tanbiao.core.findings import Lang
from tanbiao.documents import label
from tanbiao.evidence.claims import CertificateClaims
from tanbiao.web.commanding import NotFound
from tanbiao.web.labels.models import Licence
from tanbiao.web.register import artefacts, orders
from tanbiao.web.register.models import Certificate

Format = Literal["svg", "pdf", "png"]
DENSITIES = (150, 300, 600, 1200)
"""Dots per inch of a PNG: for a page on the web, and for print."""
MEDIA: dict[str, str] = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}


def facts(row: Licence, certificate: Certificate) -> label.LabelFacts:
    """Return what stands on it: the frozen claims of its version, the licence's number, a grade if one is in force."""
    stages = {stage.name: stage.output for stage in certificate.issue.stages.filter(done_at__isnull=False)}
    statement = stages["intent"]["statement"]
    claims: CertificateClaims = orders.footprint_claims(certificate.issue, public_bundle_hash=statement)
    known = artefacts.label_facts(certificate.issue.order, claims, stages["sign"]["label"])
    return label.with_licence(known, row.licence, str(certificate.shown.get("grade", "")))


def svg(row: Licence, certificate: Certificate) -> bytes:
    """Return the artwork that is kept: full size, in colour, Chinese."""
    return label.label_svg(facts(row, certificate)).encode()


def draw(
    row: Licence,
    certificate: Certificate,
    form: str,
    *,
    variant: str = "full",
    ink: str = "colour",
    width_mm: float | None = None,
    lang: Lang = "zh",
    dpi: int = 300,
) -> tuple[bytes, str]:
    """Return (bytes, media type) of an artwork; ``dpi`` is of a PNG (at most 4,000 pixels wide).

    Raises
    ------
    NotFound
        ``artefact_unknown``: no such format, variant, ink or density.
    TanbiaoError
        ``label_width_small``
    """
    inks: dict[str, label.Ink] = {"colour": "colour", "mono": "mono"}
    variants: dict[str, label.Variant] = {"full": "full", "compact": "compact", "bar": "bar"}
    if form not in MEDIA or variant not in variants or ink not in inks or dpi not in DENSITIES:
        raise NotFound.of("artefact_unknown", form)
    shown = facts(row, certificate)
    look, paint = variants[variant], inks[ink]
    if form == "svg":
        data = label.label_svg(shown, lang, variant=look, ink=paint, width_mm=width_mm).encode()
    elif form == "pdf":
        created = certificate.issued_at.replace(microsecond=0)
        data = label.label_pdf(shown, created, lang, variant=look, ink=paint, width_mm=width_mm)
    else:
        data = label.label_png(shown, lang, variant=look, ink=paint, width_mm=width_mm, dpi=dpi)
    return data, MEDIA[form]
