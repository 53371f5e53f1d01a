"""Codes of certificates and passes as they are compared."""

from __future__ import annotations

import unicodedata


def normal_code(code: str) -> str:
    """Return a code as it is compared: full-width forms, case, blanks and dashes make no other certificate.

    >>> normal_code("gec－2023 0001")
    'GEC20230001'
    """
    plain = unicodedata.normalize("NFKC", code).upper()
    return "".join(sign for sign in plain if sign.isalnum())
