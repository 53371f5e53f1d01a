"""Where an auditor stands: inside or outside the fence of a site, and how far the reading can be trusted.

A fence is a circle. The distance is the great circle's on a sphere of the Earth's mean radius (IUGG R1, as in WGS 84:
(2a + b) / 3 = 6 371 008.8 m); against an ellipsoid it is off by 0.5 % at most, far less than a phone's reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

EARTH_RADIUS_M = 6_371_008.8
MODES = ("on_site", "remote", "unannounced")
"""How an audit can be planned; a scheme says which of them it allows."""


@dataclass(frozen=True, slots=True)
class Position:
    """A reading of a device: degrees (WGS 84), and the radius in metres within which it believes to stand."""

    latitude: float
    longitude: float
    accuracy_m: float

    @property
    def is_possible(self) -> bool:
        """Whether such a place exists and the accuracy is a length."""
        numbers = (self.latitude, self.longitude, self.accuracy_m)
        if not all(math.isfinite(number) for number in numbers):
            return False
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180 and self.accuracy_m >= 0


@dataclass(frozen=True, slots=True)
class Fence:
    """The circle around a site: centre in degrees (WGS 84), radius in metres."""

    latitude: float
    longitude: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept in clear of a reading: on which side of the fence, and a class of accuracy."""

    fence: Literal["inside", "outside"]
    accuracy: Literal["fine", "coarse"]


def distance_m(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Return the great-circle distance in metres between two places in degrees (haversine).

    >>> round(distance_m(0.0, 0.0, 0.0, 1.0))
    111195
    """
    north, to_north = math.radians(latitude), math.radians(to_latitude)
    half_north = (to_north - north) / 2
    half_east = math.radians(to_longitude - longitude) / 2
    chord = math.sin(half_north) ** 2 + math.cos(north) * math.cos(to_north) * math.sin(half_east) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def standing_of(position: Position, fence: Fence, *, fine_m: float) -> Standing:
    """Return on which side of the fence a position lies; its accuracy is fine up to ``fine_m`` metres, else coarse."""
    away = distance_m(position.latitude, position.longitude, fence.latitude, fence.longitude)
    return Standing(
        "inside" if away <= fence.radius_m else "outside",
        "fine" if position.accuracy_m <= fine_m else "coarse",
    )
