"""Product identifiers that others give: GS1's GTIN with its check digit, and identifiers of the industrial Internet.

A GTIN has 8, 12, 13 or 14 digits, the last of which is a check digit (GS1 General Specifications, 7.9: weights 3 and 1
from the right, modulo 10); it is kept with 14. An identifier of the industrial Internet (工业互联网标识) is a prefix
that a second-level node gives to a company, a slash, and what the company calls the thing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from tanbiao.core.findings import TanbiaoError

Scheme = Literal["gtin", "iiid"]
SCHEMES: tuple[Scheme, ...] = ("gtin", "iiid")
GTIN_LENGTHS = (8, 12, 13, 14)
MAX_IIID = 200
_IIID = re.compile(r"\d+(\.[0-9A-Za-z]+){1,6}/[\x21-\x7e\u4e00-\u9fff]+")


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of the digits before it.

    >>> check_digit("629104150021")
    '3'
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def gtin14(text: str) -> str:
    """Return a GTIN with 14 digits.

    Raises
    ------
    TanbiaoError
        ``gtin_malformed``, ``gtin_check_digit``

    >>> gtin14("6291041500213")
    '06291041500213'
    """
    digits = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS) or not digits.strip("0"):
        raise TanbiaoError.of("gtin_malformed", text[:40])
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        raise TanbiaoError.of("gtin_check_digit", text[:40], found=digits[-1], expected=expected)
    return digits.zfill(14)


def iiid(text: str) -> str:
    """Return an identifier of the industrial Internet as it is compared.

    Raises
    ------
    TanbiaoError
        ``iiid_malformed``
    """
    cleaned = unicodedata.normalize("NFKC", text).strip()
    if len(cleaned) > MAX_IIID or _IIID.fullmatch(cleaned) is None:
        raise TanbiaoError.of("iiid_malformed", text[:80])
    return cleaned


def normalised(scheme: str, value: str) -> str:
    """Return an identifier of a scheme as it is kept.

    Raises
    ------
    TanbiaoError
        ``identifier_scheme_unknown`` and what the schemes refuse.
    """
    if scheme == "gtin":
        return gtin14(value)
    if scheme == "iiid":
        return iiid(value)
    raise TanbiaoError.of("identifier_scheme_unknown", scheme[:20], known=", ".join(SCHEMES))
