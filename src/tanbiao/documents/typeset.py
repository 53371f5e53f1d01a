"""Setting documents with typst: templates of this package, text as data, fonts of this package, no system font, no
clock.

What users wrote reaches a template only as JSON through ``sys.inputs``; typst shows the strings as they are and never
reads them as markup or code.
"""

from __future__ import annotations

import datetime
import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import fonts

TEMPLATES = Path(__file__).resolve().parent / "templates"
ARCHIVE = "a-3b"
"""PDF/A-3b (ISO 19005-3, level B): archival, may carry attachments."""


def require(where: str = "") -> None:
    """Refuse early where no typesetter is installed: before a long calculation whose result could not be set.

    Raises
    ------
    TanbiaoError
        ``typesetting_needs_extra``.
    """
    if importlib.util.find_spec("typst") is None:
        raise TanbiaoError.of("typesetting_needs_extra", where, extra="pdf")


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.FOLDER)])


def _compile(template: str, data: Mapping[str, Any], **options: Any) -> bytes | list[bytes]:
    require(template)
    import typst

    inputs = {"data": json.dumps(fonts.printable_tree(data), ensure_ascii=False, sort_keys=True)}
    try:
        compiler = typst.Compiler(
            str(TEMPLATES / template),
            root=str(TEMPLATES),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs=inputs,
        )
        compiled = compiler.compile(**options)
    except typst.TypstError as error:
        raise TanbiaoError.of("typesetting_failed", template, reason=error.message) from error
    if compiled is None:
        raise TanbiaoError.of("typesetting_failed", template, reason="no output")
    return compiled


def pdf(template: str, data: Mapping[str, Any], *, created: datetime.datetime, standard: str | None = ARCHIVE) -> bytes:
    """Return the PDF of a template.

    Parameters
    ----------
    template
        File name in this package's ``templates``.
    data
        What the template reads with ``json(bytes(sys.inputs.data))``.
    created
        Creation time written into the file: given by the caller, so that the same input gives the same bytes.
    standard
        typst's name of the PDF standard to conform to; None for plain PDF 1.7.

    Raises
    ------
    TanbiaoError
        ``typesetting_failed``: typst refused, with its reason; ``typesetting_needs_extra``.
    """
    stamp = {"year": created.year, "month": created.month, "day": created.day}
    clock = {"hour": created.hour, "minute": created.minute, "second": created.second}
    found = _compile(
        template,
        {**data, "created": {**stamp, **clock}},
        format="pdf",
        pdf_standards=[standard] if standard else [],
        timestamp=created if created.tzinfo else created.replace(tzinfo=datetime.UTC),
    )
    return found if isinstance(found, bytes) else found[0]


def png(template: str, data: Mapping[str, Any], *, ppi: float) -> bytes:
    """Return the first page of a template as PNG at ``ppi`` pixels per inch.

    Raises
    ------
    TanbiaoError
        ``typesetting_failed``: typst refused, with its reason; ``typesetting_needs_extra``.
    """
    found = _compile(template, data, format="png", ppi=ppi)
    return found if isinstance(found, bytes) else found[0]
