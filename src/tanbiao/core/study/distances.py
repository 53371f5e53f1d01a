"""Default distances: between provinces by road or rail, to export markets by sea. Estimates, and they say so.

Road and rail: the great circle between the seats of government times a detour factor. Sea: the shortest way along the
usual lanes, whose legs are great circles. Places, lanes and factors are data (``data/transport/distances.json``); a
company's own distance goes before them, with a reason.
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from tanbiao.core.findings import TanbiaoError

MODES = ("road", "rail", "sea")


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """Return the published table: seats, ports, way points, sea lanes, detour factors, statement."""
    text = resources.files("tanbiao.data.transport").joinpath("distances.json").read_text(encoding="utf-8")
    body: Mapping[str, Any] = json.loads(text)
    return body


def great_circle(first: tuple[float, float], second: tuple[float, float], radius: float) -> float:
    """Return the great-circle distance of two points (latitude, longitude in degrees) in units of ``radius``.

    Haversine formula (R. W. Sinnott, Sky and Telescope 68, 159, 1984).
    """
    (lat1, lon1), (lat2, lon2) = (tuple(math.radians(value) for value in point) for point in (first, second))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * radius * math.asin(min(1.0, math.sqrt(half)))


def default_distance(start: str, end: str, mode: str, where: str = "") -> float:
    """Return the default distance in whole km.

    Parameters
    ----------
    start, end
        Province codes (``CN-GD``) by road or rail, port codes (``CNSHA``) by sea.

    Raises
    ------
    TanbiaoError
        ``distance_place_unknown``; ``distance_same_place``: no default exists inside one place.
    """
    body = table()
    places = body["ports"] if mode == "sea" else body["seats"]
    for code in (start, end):
        if code not in places:
            raise TanbiaoError.of("distance_place_unknown", where, place=code, mode=mode, known=", ".join(places))
    if start == end:
        raise TanbiaoError.of("distance_same_place", where, place=start)
    if mode == "sea":
        return float(round(_by_sea(start, end)))
    points = (tuple(places[start]["at"]), tuple(places[end]["at"]))
    return float(round(great_circle(*points, body["earth_radius_km"]) * body["detour"][mode]))


def pairs(mode: str) -> dict[str, dict[str, float]]:
    """Return every default distance by first and second place, km; each pair once."""
    places = list(table()["ports" if mode == "sea" else "seats"])
    return {
        first: {second: default_distance(first, second, mode) for second in places[place + 1 :]}
        for place, first in enumerate(places)
    }


@lru_cache(maxsize=1)
def _lanes() -> Mapping[str, Mapping[str, float]]:
    body = table()
    points = {key: tuple(value["at"]) for key, value in body["ports"].items()}
    points |= {key: tuple(value) for key, value in body["way_points"].items()}
    found: dict[str, dict[str, float]] = {key: {} for key in points}
    for first, second in body["sea_lanes"]:
        length = great_circle(points[first], points[second], body["earth_radius_km"])
        found[first][second] = found[second][first] = length
    return found


def _by_sea(start: str, end: str) -> float:
    """Return the length of the shortest way along the lanes (Dijkstra, Numerische Mathematik 1, 269, 1959)."""
    lanes = _lanes()
    waiting, done = [(0.0, start)], set()
    while waiting:
        length, place = heapq.heappop(waiting)
        if place == end:
            return length
        if place in done:
            continue
        done.add(place)
        for onward, leg in lanes[place].items():
            heapq.heappush(waiting, (length + leg, onward))
    raise TanbiaoError.of("distance_place_unknown", "", place=end, mode="sea", known=", ".join(table()["ports"]))
