"""What a release covers: datasets by industry and region, by province and grid, and by the GWP set they rest on.

Counts of datasets, not of what an economy makes: an empty cell says that nothing is there, a full one not that enough
is. The grouping of industries is the project's own (``data/nomenclature/industries.json``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.dataset.nomenclature_places import place_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.linking_places import wider
from tanbiao.core.lca.release import Release

REGIONS: Final = (
    "national",
    "grid",
    "province",
    "asia",
    "europe",
    "north_america",
    "elsewhere",
    "global",
    "not_stated",
)
"""China's three levels first; ``elsewhere`` is every other part of the world."""
NOT_ASSIGNED: Final = "not_assigned"
_CONTINENTS: Final = {"RAS": "asia", "EAS": "asia", "RER": "europe", "RNA": "north_america"}
_ALSO_PROVINCES: Final = {
    "TW": ("71", "台湾", "Taiwan, China"),
    "HK": ("81", "香港", "Hong Kong, China"),
    "MO": ("82", "澳门", "Macao, China"),
}
"""What GB/T 2260 lists at the provincial level and ISO 3166-1 gives a code of its own: number and names."""
_WORLD: Final = frozenset({"GLO", "RoW"})
_NAICS: Final = re.compile(r"NAICS-6 (\w+)")


@lru_cache(maxsize=1)
def industries() -> tuple[Mapping[str, Any], ...]:
    """Return the industries in their order: ``code``, ``zh``, ``en``, ``gbt4754``, ``naics``, ``words``."""
    text = resources.files("tanbiao.data.nomenclature").joinpath("industries.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["industries"])


@lru_cache(maxsize=8192)
def industry_of(category: str) -> str:
    """Return the code of the industry of a dataset's category; ``not_assigned`` where none fits.

    >>> industry_of("Electricity / generation_type")
    'electricity_heat'
    """
    code = _NAICS.search(category)
    plain = category.casefold()
    for one in industries():
        if code is not None:
            if code[1].startswith(tuple(one["naics"])):
                return str(one["code"])
        elif any(word in plain for word in one["words"]):
            return str(one["code"])
    return NOT_ASSIGNED


@lru_cache(maxsize=4096)
def region_of(geography: str) -> str:
    """Return which of :data:`REGIONS` a geography lies in.

    >>> [region_of(place) for place in ("CN", "CN / 华东电网", "CN-GD", "FR", "GLO")]
    ['national', 'grid', 'province', 'europe', 'global']
    """
    first = geography.split(" / ")[0].strip()
    known = place_of(geography) or place_of(first) or place_of(first.removesuffix("-overseas"))
    if known is None:
        return "not_stated" if not geography.strip() else "elsewhere"
    if known.code in _ALSO_PROVINCES:
        return "province"
    if known.country == "CN" or known.code == "CN":
        levels = {"country": "national", "province": "province", "grid": "grid"}
        return levels.get(known.kind, "national")
    around = (known.code, *wider(known.code))
    if known.code in _WORLD:
        return "global"
    return next((_CONTINENTS[one] for one in around if one in _CONTINENTS), "elsewhere")


@lru_cache(maxsize=1)
def places() -> Mapping[str, Mapping[str, Any]]:
    """Return the file of Chinese provinces and grids."""
    text = resources.files("tanbiao.data.nomenclature").joinpath("places.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    category: str
    geography: str
    year: int | None
    basis: str


def coverage(release: Release, gwp_set: str = "AR6", incomplete: Collection[str] | None = None) -> dict[str, Any]:
    """Return how many datasets a release has by industry and region, and how many of them are incomplete.

    Parameters
    ----------
    incomplete
        Ids of the datasets whose chain lacks an input; by default the release is walked through for them.

    Returns
    -------
    dict
        ``datasets``; ``incomplete``: how many of them lack an input somewhere in their chain; ``industries``: code,
        names, ``regions`` (region → count), ``incomplete`` (region → count), ``total``, ``share`` of all datasets, each
        industry also when it is empty; ``regions``: region → count; ``places``: China, its grids and provinces,
        each with its count, newest year and industries, also when empty; ``gwp``: region → basis → count under
        ``gwp_set`` (``same``: published with it; ``recharacterised``; ``other``; ``unknown``).

    Raises
    ------
    TanbiaoError
        ``gwp_set_not_known``; ``release_hash_wrong``.
    """
    rows = _rows(release, gwp_set)
    lacking = {item.id for item in release if item.missing is not None} if incomplete is None else incomplete
    cells = Counter((industry_of(row.category), region_of(row.geography)) for row in rows)
    open_cells = Counter((industry_of(row.category), region_of(row.geography)) for row in rows if row.id in lacking)
    total = len(rows)
    named = [(one["code"], one["zh"], one["en"], one["gbt4754"]) for one in industries()]
    body = []
    for code, zh, en, official in [*named, (NOT_ASSIGNED, "未归类", "not assigned", "")]:
        counts = {region: cells[code, region] for region in REGIONS}
        number = sum(counts.values())
        body.append(
            {
                "code": code,
                "zh": zh,
                "en": en,
                "gbt4754": official,
                "regions": counts,
                "incomplete": {region: open_cells[code, region] for region in REGIONS},
                "total": number,
                "share": number / total if total else None,
            }
        )
    bases = Counter((region_of(row.geography), row.basis) for row in rows)
    codes = [str(one) for one in release.header["gwp_basis_codes"]]
    return {
        "release": release.name,
        "datasets": total,
        "incomplete": sum(open_cells.values()),
        "industries": body,
        "regions": {region: sum(cells[one["code"], region] for one in body) for region in REGIONS},
        "places": _chinese_places(rows),
        "gwp_set": gwp_set,
        "gwp": {region: {basis: bases[region, basis] for basis in codes} for region in REGIONS},
    }


def _rows(release: Release, gwp_set: str) -> list[_Row]:
    names = json.loads(release.section("names"))
    codes = [str(one) for one in release.header["gwp_basis_codes"]]
    section = f"gwp_basis/{gwp_set}"
    if section not in release.section_names():
        raise TanbiaoError.of("gwp_set_not_known", release.name, set=gwp_set)
    basis = release.section(section)
    order = {identifier: at for at, identifier in enumerate(release.ids())}
    return [
        _Row(row["id"], row["category"], row["geography"], row["year"], codes[basis[order[row["id"]]]]) for row in names
    ]


def _chinese_places(rows: list[_Row]) -> list[dict[str, Any]]:
    """Return China, the grids and the provinces in the order of their numbers, each with what is there."""
    known = places()
    listed = [("national", "CN", "全国", "China")]
    listed += [("grid", code, words[1], words[0]) for code, words in known["grids"].items()]
    numbered = [(words[2], code, words[1], words[0]) for code, words in known["provinces"].items()]
    numbered += [(number, code, zh, en) for code, (number, zh, en) in _ALSO_PROVINCES.items()]
    listed += [("province", code, zh, en) for _, code, zh, en in sorted(numbered)]
    found: dict[str, list[_Row]] = {}
    for row in rows:
        place = place_of(row.geography)
        if place is not None:
            found.setdefault(place.code, []).append(row)
    body = []
    for level, code, zh, en in listed:
        here = found.get(code, [])
        years = [row.year for row in here if row.year is not None]
        there = Counter(industry_of(row.category) for row in here)
        body.append(
            {
                "level": level,
                "code": code,
                "zh": zh,
                "en": en,
                "datasets": len(here),
                "newest_year": max(years, default=None),
                "industries": dict(sorted(there.items(), key=lambda item: (-item[1], item[0]))),
            }
        )
    return body
