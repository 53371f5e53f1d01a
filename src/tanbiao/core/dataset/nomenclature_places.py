"""Locations of other programs as places of this one: countries, Chinese provinces and grids, regions.

Read are ISO 3166-1 and 3166-2:CN codes, numbers of GB/T 2260, English and Chinese names, the ILCD location list with
TianGong's Chinese extension (``DL-LN-CN``: city, province, country), and ecoinvent's geographies (``RoW``, ``CN-CSG``,
``US-WECC``, ``Europe without Switzerland``). What has no like here stays as it is written, and is a finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal

__all__ = ["Place", "grids_of", "place_of", "provinces_of"]

PlaceKind = Literal["country", "province", "grid", "region", "part", "unspecified"]
_PART: Final = re.compile(r"([A-Z]{2})-[A-Za-z0-9 ,-]{1,40}")
_REVERSED: Final = re.compile(r"(?:[A-Z]{1,6}-)?([A-Z]{2,4})-CN")


@dataclass(frozen=True, slots=True)
class Place:
    """A place: ``code`` as datasets here write it (``CN``, ``CN-GD``, ``CN / 华东电网``, ``RER``, ``RoW``).

    ``country`` is the ISO 3166-1 code of the country or area it lies in, empty for a region; a ``part`` is known only
    by that code or by its province.
    """

    code: str
    kind: PlaceKind
    en: str
    zh: str
    country: str = ""


@lru_cache(maxsize=2)
def _table(name: str) -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.nomenclature").joinpath(name).read_text(encoding="utf-8")
    return dict(json.loads(text))


def _key(text: str) -> str:
    return " ".join(text.replace("（", "(").replace("）", ")").split()).casefold()


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Place]:
    """Return every spelling → place; codes win over names."""
    table = _table("places.json")
    found: dict[str, Place] = {}

    def add(place: Place, *names: str) -> None:
        for name in (place.code, place.en, place.zh, *names):
            found.setdefault(_key(name), place)

    for code, (english, chinese) in _table("countries.json")["countries"].items():
        add(Place(code, "country", english, chinese, code), f"{english} (the)")
    for code, (english, chinese, *others) in table["provinces"].items():
        place = Place(code, "province", english, chinese, "CN")
        add(place, *(chinese + end for end in table["suffixes_zh"]), f"CN-{others[0]}", *others[2:])
    for code, (english, chinese, *others) in table["grids"].items():
        add(Place(code, "grid", english, chinese + "电网", "CN"), chinese, chinese + "区域电网", *others)
    for code, (english, chinese, *others) in table["regions"].items():
        country = "CN" if code.startswith("CN-") else ""
        add(Place(code, "region", english, chinese, country), *others)
    for name in table["unspecified"]:
        found.setdefault(_key(name), Place("", "unspecified", "not specified", "未说明"))
    for name, code in table["also"].items():
        found.setdefault(_key(name), found[_key(code)])
    return found


@lru_cache(maxsize=1)
def _suffixes() -> Mapping[str, str]:
    """Return the province's letters in TianGong's list → our code."""
    rows = _table("places.json")["provinces"]
    return {letters: code for code, row in rows.items() for letters in (code[3:], *row[3:4])}


@lru_cache(maxsize=4096)
def place_of(text: str) -> Place | None:
    """Return the place that a location code or name means, or None where it has no like here."""
    plain = text.strip()
    found = _known().get(_key(plain))
    if found is not None:
        return found
    reversed_ = _REVERSED.fullmatch(plain)
    if reversed_ and reversed_.group(1) in _suffixes():
        province = _known()[_key(_suffixes()[reversed_.group(1)])]
        whole = plain.count("-") == 1
        return province if whole else Place(province.code, "part", province.en, province.zh, "CN")
    part = _PART.fullmatch(plain)
    country = _known().get(_key(part.group(1))) if part else None
    if country is not None and country.kind == "country":
        return Place(plain, "part", f"{country.en} ({plain})", f"{country.zh}（{plain}）", country.code)
    base = re.split(r" without | w/o |(?<=^RoW)_|\(", plain, maxsplit=1)[0].strip()
    if base and base != plain and (wide := _known().get(_key(base))) is not None:
        return Place(plain, "region", plain, plain, wide.country if wide.kind != "region" else "")
    return None


def provinces_of(grid: str) -> tuple[str, ...]:
    """Return the provinces that a regional grid serves, by code or name of the grid; none for what is no grid.

    Source: ``grid_provinces.source`` in ``places.json``. Inner Mongolia stands in two grids.
    """
    known = place_of(grid)
    served: Mapping[str, list[str]] = _table("places.json")["grid_provinces"]["served"]
    return tuple(served.get(known.code, ())) if known is not None else ()


def grids_of(province: str) -> tuple[str, ...]:
    """Return the regional grids that serve a province, by its code or name: one, for Inner Mongolia two.

    >>> grids_of("四川")
    ('CN / 西南电网',)
    """
    known = place_of(province)
    served: Mapping[str, list[str]] = _table("places.json")["grid_provinces"]["served"]
    return tuple(grid for grid, parts in served.items() if known is not None and known.code in parts)
