"""The calculation report: every input, factor, source and version, as HTML, PDF and Excel, in Chinese and English."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model
from tanbiao.documents.report.activities import Study

__all__ = ["docx", "html", "pdf", "policy", "stamp", "xlsx"]


def html(
    result: model.Result,
    study: Study,
    lang: Lang = "zh",
    *,
    standing: str | None = None,
    notes: Sequence[str] = (),
    interpreted: Mapping[str, Any] | None = None,
) -> str:
    """Return the report as one self-contained HTML page. Parameters and errors as :func:`build.build`."""
    from tanbiao.documents.report import as_html
    from tanbiao.documents.report.build import build

    return as_html.render(build(result, study, lang, standing=standing, notes=notes, interpreted=interpreted))


def policy() -> str:
    """Return the Content-Security-Policy header under which the HTML report works."""
    from tanbiao.documents.report import as_html

    return as_html.policy()


def pdf(
    result: model.Result,
    study: Study,
    lang: Lang = "zh",
    *,
    created: datetime.datetime | None = None,
    standing: str | None = None,
    notes: Sequence[str] = (),
    interpreted: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the report as PDF/A-3b.

    ``created`` is written into the file; the last day of the data period when None, so that the same result gives the
    same bytes without a clock. Other parameters and errors as :func:`build.build`; also ``typesetting_failed``.
    """
    from tanbiao.documents.report import as_pdf
    from tanbiao.documents.report.build import build

    return as_pdf.render(
        build(result, study, lang, standing=standing, notes=notes, interpreted=interpreted), created or stamp(result)
    )


def docx(
    result: model.Result,
    study: Study,
    lang: Lang = "zh",
    *,
    created: datetime.datetime | None = None,
    standing: str | None = None,
    notes: Sequence[str] = (),
    interpreted: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the report as a Word document, tables in the place of pictures. ``created`` as in :func:`pdf`."""
    from tanbiao.documents.report import as_docx
    from tanbiao.documents.report.build import build

    made = build(result, study, lang, standing=standing, notes=notes, interpreted=interpreted)
    return as_docx.render(made, created or stamp(result))


def xlsx(
    result: model.Result,
    study: Study,
    lang: Lang = "zh",
    *,
    created: datetime.datetime | None = None,
    standing: str | None = None,
    notes: Sequence[str] = (),
    interpreted: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the report as an Excel workbook, one sheet per table. ``created`` as in :func:`pdf`."""
    from tanbiao.documents.report import as_xlsx
    from tanbiao.documents.report.build import build

    return as_xlsx.render(
        build(result, study, lang, standing=standing, notes=notes, interpreted=interpreted, narrow=False),
        created or stamp(result),
    )


def stamp(result: model.Result) -> datetime.datetime:
    """Return the time that is written into a document where none is given: the last day of the data period."""
    last = str((result["study"].get("period") or {}).get("to", ""))
    try:
        day = datetime.date.fromisoformat(last[:10])
    except ValueError:
        day = datetime.date(2000, 1, 1)
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
