"""Which geography lies in which: how far a linker may look when the place itself supplies nothing.

Sources: ISO 3166-1 codes; regions after the UN M49 geoscheme, written with the codes that the field's
databases use (RAS Asia, RER Europe, RAF Africa, RNA Northern America, RLA Latin America and the Caribbean, OCE
Oceania). Provinces follow from their ISO 3166-2 code. GLO contains everything; RoW (rest of world) is what a database
leaves over, so it contains nobody by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

GLOBAL: Final = "GLO"
REST: Final = "ROW"

_REGIONS: Final[Mapping[str, str]] = {
    "RAS": "AF AM AZ BH BD BT BN KH CN CY GE HK IN ID IR IQ IL JP JO KZ KP KR KW KG LA LB MO MY MV MN MM NP OM PK PH "
    "PS QA SA SG LK SY TW TJ TH TL TR TM AE UZ VN YE",
    "RER": "AX AL AD AT BY BE BA BG HR CZ DK EE FO FI FR DE GI GR GG VA HU IS IE IM IT JE LV LI LT LU MT MC MD ME NL "
    "MK NO PL PT RO RU SM RS SK SI ES SJ SE CH UA GB XK",
    "RAF": "DZ AO BJ BW BF BI CV CM CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU YT "
    "MA MZ NA NE NG RE RW SH ST SN SC SL SO ZA SS SD TZ TG TN UG EH ZM ZW",
    "RNA": "BM CA GL PM US",
    "RLA": "AI AG AR AW BS BB BZ BO BQ BR VG KY CL CO CR CU CW DM DO EC SV FK GF GD GP GT GY HT HN JM MQ MX MS NI PA "
    "PY PE PR BL KN LC MF VC SR TT TC VI UY VE",
    "OCE": "AS AU CK FJ PF GU KI MH FM NR NC NZ NU NF MP PW PG PN WS SB TK TO TV UM VU WF",
}
_SPELLINGS: Final[Mapping[str, str]] = {
    "GLOBAL": GLOBAL,
    "WORLD": GLOBAL,
    "UK": "GB",
    "RLAM": "RLA",
    "UN-OCEANIA": "OCE",
}


def code(place: str) -> str:
    """Return a place in the table's spelling: upper case, aliases resolved; empty stays empty."""
    upper = place.strip().upper()
    return _SPELLINGS.get(upper, upper)


@cache
def _parents() -> Mapping[str, str]:
    parents = {country: region for region, countries in _REGIONS.items() for country in countries.split()}
    parents |= dict.fromkeys(_REGIONS, GLOBAL)
    return parents


@cache
def wider(place: str) -> tuple[str, ...]:
    """Return the regions that contain a place, nearest first; all end in GLO.

    >>> wider("CN-GD")
    ('CN', 'RAS', 'GLO')
    """
    here = code(place)
    if here in ("", GLOBAL):
        return ()
    found: list[str] = []
    while here != GLOBAL:
        # ISO 3166-2 codes begin with their country's; what the table doesn't know is somewhere in the world.
        here = _parents().get(here) or (here.partition("-")[0] if "-" in here else GLOBAL)
        found.append(here)
    return tuple(found)


def distance(user: str, supplier: str) -> int:
    """Return how many steps up from the user's place it takes to reach a region that holds both places.

    RoW has no members of its own, so it counts as the world's.
    """
    around = (code(supplier), *wider(supplier))
    ways = (code(user), *wider(user), GLOBAL)
    return next(step for step, region in enumerate(ways) if region in around or region == GLOBAL)
