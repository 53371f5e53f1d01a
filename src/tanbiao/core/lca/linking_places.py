"""Which geography lies in which: how far a linker may look when the place itself supplies nothing.

Spellings are those of :mod:`tanbiao.core.dataset.nomenclature_places`. Sources of containment: ISO 3166 for parts of
countries; the UN M49 geoscheme for continents, written with the codes that the field's databases use (RAS Asia, RER
Europe, RAF Africa, RNA Northern America, RLA Latin America and the Caribbean, OCE Oceania) and for Eastern Asia (EAS);
membership of the European Union and of EFTA. Which provinces a Chinese grid serves isn't used: a province's next wider
place is the country. GLO contains everything; RoW (what a database leaves over) contains nobody by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from tanbiao.core.dataset.nomenclature_places import place_of

GLOBAL: Final = "GLO"

_CONTINENTS: Final[Mapping[str, str]] = {
    "RAS": "AF AM AZ BH BD BT BN KH CY GE IN ID IR IQ IL JO KZ KW KG LA LB MY MV MM NP OM PK PH PS QA SA SG LK SY TJ "
    "TH TL TR TM AE UZ VN YE EAS RME SAS PAS UN-SEASIA",
    "RER": "AX AL AD BY BA FO GI GG VA IM JE MD MC ME MK RU SM RS SJ UA XK EU-28+EFTA UCTE ENTSO-E NORDEL CENTREL "
    "BALTSO WEU EEU RoE",
    "RAF": "DZ AO BJ BW BF BI CV CM CF TD KM CG CD CI DJ EG GQ ER SZ ET GA GM GH GN GW KE LS LR LY MG MW ML MR MU YT "
    "MA MZ NA NE NG RE RW SH ST SN SC SL SO ZA SS SD TZ TG TN UG EH ZM ZW AFR",
    "RNA": "BM CA GL PM US",
    "RLA": "AI AG AR AW BS BB BZ BO BQ BR VG KY CL CO CR CU CW DM DO EC SV FK GF GD GP GT GY HT HN JM MQ MX MS NI PA "
    "PY PE PR BL KN LC MF VC SR TT TC VI UY VE",
    "OCE": "AS AU CK FJ PF GU KI MH FM NR NC NZ NU NF MP PW PG PN WS SB TK TO TV UM VU WF",
}
_SMALLER: Final[Mapping[str, str]] = {
    "EAS": "CN HK JP KP KR MN MO TW UN-EASIA",
    "EU-28+EFTA": "EU-28 IS LI NO CH",
    "EU-28": "EU-27 GB",
    "EU-27": "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE",
    "CN": "CN-SGCC",
}


def code(place: str) -> str:
    """Return a place in the nomenclature's spelling; one that has no like there stays as it is written."""
    known = place_of(place)
    return place.strip() if known is None else known.code


@cache
def _parents() -> Mapping[str, str]:
    return {
        part: whole for table in (_CONTINENTS, _SMALLER) for whole, parts in table.items() for part in parts.split()
    }


@cache
def wider(place: str) -> tuple[str, ...]:
    """Return the regions that contain a place, nearest first; all end in GLO.

    >>> wider("CN-GD")
    ('CN', 'EAS', 'RAS', 'GLO')
    """
    here = code(place)
    found: list[str] = []
    while here not in ("", GLOBAL):
        known = place_of(here)
        country = known.country if known is not None else ""
        here = _parents().get(here) or (country if country not in ("", here) else GLOBAL)
        found.append(here)
    return tuple(found)


def distance(user: str, supplier: str) -> int:
    """Return how many steps up from the user's place it takes to reach a region that holds both places."""
    around = (code(supplier), *wider(supplier))
    ways = (code(user), *wider(user), GLOBAL)
    return next(step for step, region in enumerate(ways) if region in around or region == GLOBAL)
