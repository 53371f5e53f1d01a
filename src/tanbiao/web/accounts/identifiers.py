"""Where an organisation is registered and under which identifier: what is checked of each, and what is not.

No register is asked: a check says that a code is well formed, never that somebody holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tanbiao.core.findings import Finding, Severity, finding

PROVINCES = {
    "BJ": "11",
    "TJ": "12",
    "HE": "13",
    "SX": "14",
    "NM": "15",
    "LN": "21",
    "JL": "22",
    "HL": "23",
    "SH": "31",
    "JS": "32",
    "ZJ": "33",
    "AH": "34",
    "FJ": "35",
    "JX": "36",
    "SD": "37",
    "HA": "41",
    "HB": "42",
    "HN": "43",
    "GD": "44",
    "GX": "45",
    "HI": "46",
    "CQ": "50",
    "SC": "51",
    "GZ": "52",
    "YN": "53",
    "XZ": "54",
    "SN": "61",
    "GS": "62",
    "QH": "63",
    "NX": "64",
    "XJ": "65",
}
"""ISO 3166-2:CN letters of the mainland's provinces → the first two digits of GB/T 2260."""
JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
CITY = re.compile(r"\d{4}")
LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
HONG_KONG_BR = re.compile(r"(HK)?BR\d{8}([A-Z0-9]*)")
"""Number of a Hong Kong business registration: eight digits, possibly with those of branch and period; no published
check digit."""
NAMED = re.compile(r"(?=.*[A-Z])(?=.*\d).{4,80}")
"""A register's name and a number in it."""


def is_mainland(jurisdiction: str) -> bool:
    """Whether organisations of a jurisdiction have a unified social credit code."""
    return jurisdiction == "CN" or jurisdiction.removeprefix("CN-") in PROVINCES


def plain(identifier: str) -> str:
    """Return an identifier as it is compared: capitals and digits alone."""
    return "".join(char for char in identifier.upper() if char.isascii() and char.isalnum())


def lei_checks(lei: str) -> bool:
    """Whether a legal entity identifier checks: ISO 17442-1, with the check digits of ISO/IEC 7064 MOD 97-10."""
    return bool(LEI.fullmatch(lei)) and int("".join(str(int(char, 36)) for char in lei)) % 97 == 1


def lei_of(foreign_id: str) -> str:
    """Return what follows the word LEI in an identifier, or nothing where it names another register."""
    return plain(foreign_id)[3:] if foreign_id.strip().upper().startswith("LEI") else ""


def checked_as(jurisdiction: str, uscc: str | None, foreign_id: str) -> str:
    """Return what was checked: ``uscc``, ``lei``, ``hk_form`` or ``named`` (nothing but that register and number are
    there)."""
    if uscc:
        return "uscc"
    if lei_of(foreign_id):
        return "lei"
    return "hk_form" if jurisdiction in ("HK", "CN-HK") else "named"


def wrong_place(jurisdiction: str, city: str) -> Iterator[Finding]:
    """Yield what is wrong with a place: ``jurisdiction_malformed``, ``city_malformed``, ``city_elsewhere``."""
    region = jurisdiction.partition("-")[2]
    chinese = jurisdiction.startswith("CN-")
    if not JURISDICTION.fullmatch(jurisdiction) or (chinese and region not in (*PROVINCES, "HK", "MO", "TW")):
        yield finding("jurisdiction_malformed", Severity.BLOCKING, "jurisdiction", jurisdiction=jurisdiction[:20])
        return
    if not city:
        return
    if not CITY.fullmatch(city):
        yield finding("city_malformed", Severity.BLOCKING, "city", city=city[:20])
    elif PROVINCES.get(region if chinese else "") != city[:2]:
        yield finding("city_elsewhere", Severity.BLOCKING, "city", city=city, jurisdiction=jurisdiction)


def wrong_identifier(jurisdiction: str, uscc: str, foreign_id: str) -> Iterator[Finding]:
    """Yield what is wrong with an identifier beside the credit code, which :mod:`tanbiao.web.accounts.uscc` checks.

    ``uscc_needed`` (mainland), ``foreign_id_needed`` (elsewhere), ``lei_check``, ``hk_br_malformed``,
    ``foreign_id_malformed``.
    """
    if is_mainland(jurisdiction) and not uscc:
        yield finding("uscc_needed", Severity.BLOCKING, "uscc", jurisdiction=jurisdiction)
    if not foreign_id:
        if not uscc and not is_mainland(jurisdiction):
            yield finding("foreign_id_needed", Severity.BLOCKING, "foreign_id", jurisdiction=jurisdiction[:20])
        return
    lei = lei_of(foreign_id)
    if lei:
        if not lei_checks(lei):
            yield finding("lei_check", Severity.BLOCKING, "foreign_id", lei=lei[:40])
    elif jurisdiction in ("HK", "CN-HK"):
        if not HONG_KONG_BR.match(plain(foreign_id)):
            yield finding("hk_br_malformed", Severity.BLOCKING, "foreign_id")
    elif not NAMED.fullmatch(foreign_id.upper()):
        yield finding("foreign_id_malformed", Severity.BLOCKING, "foreign_id")
