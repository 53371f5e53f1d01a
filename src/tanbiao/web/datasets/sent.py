"""Files of one request, from the page's form or a call of the API, as the groups that are each brought as one."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.together import Bundle, bundles
from tanbiao.web.commanding import Invalid

LONGEST_PATH = 1_000
"""Characters of a path that are taken."""


def sent(uploads: Sequence[UploadedFile[bytes]], paths: Sequence[str], asked_format: str) -> list[Bundle]:
    """Return what the files of a request are brought as.

    Parameters
    ----------
    paths
        One per file in the files' order, with the folders before the name: a form's files come without them. Left out
        of account where there are not as many.

    Raises
    ------
    Invalid
        ``archive_unsafe``, ``import_name_twice``
    """
    given = paths if len(paths) == len(uploads) else [""] * len(uploads)
    named = (
        (path[:LONGEST_PATH] or upload.name or "file", upload.read())
        for upload, path in zip(uploads, given, strict=True)
    )
    try:
        return bundles(named, asked_format)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
