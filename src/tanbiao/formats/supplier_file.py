"""A supplier's footprint from a file: PACT 3 and 2, Catena-X; which of them is found by content.

No data model has a field for everything that is asked of a supplier (PACT: offsets, recycling, certificates of
electricity, a plain word for the boundary). What a supplier states of these comes beside the file (:class:`Beside`);
what a file says itself stands before it, and what nobody states is not assumed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET
from tanbiao.core.lca.supplier import Boundary, Recycling, SupplierFootprint
from tanbiao.formats.forms.declared import UNITS

__all__ = ["UNITS", "Beside", "Read", "read"]

MAX_BYTES: Final = 5_000_000
VALID_YEARS: Final = 3
"""Years after its reference period for which a footprint holds that states no validity (so PACT's data models)."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a supplier states beside the file.

    Attributes
    ----------
    offsets
        Whether offsets were taken off; None: not stated.
    green_power
        Ids of the certificates that lower the footprint; () where none does; None: not stated.
    """

    boundary: Boundary = "unstated"
    recycling: Recycling = "unstated"
    offsets: bool | None = None
    green_power: tuple[str, ...] | None = None

    def added_to(self, footprint: SupplierFootprint) -> SupplierFootprint:
        """Return the footprint with what its file leaves open, each noted as stated beside it."""
        changes: dict[str, Any] = {}
        notes: list[str] = []
        if footprint.boundary == "unstated" and self.boundary != "unstated":
            changes["boundary"] = self.boundary
            notes.append(f"boundary: {self.boundary}")
        if footprint.recycling == "unstated" and self.recycling != "unstated":
            changes["recycling"] = self.recycling
            notes.append(f"recycling method: {self.recycling}")
        if footprint.offsets is None and self.offsets is not None:
            changes["offsets"] = self.offsets
            notes.append(f"offsets: {'taken off' if self.offsets else 'none'}")
        if not footprint.green_power_stated and self.green_power is not None:
            changes |= {"green_power": self.green_power, "green_power_stated": True}
            notes.append(f"certificates of electricity: {', '.join(self.green_power) or 'none'}")
        told = tuple(f"Stated beside the file: {item}" for item in notes)
        return replace(footprint, **changes, notes=(*footprint.notes, *told))


@dataclass(frozen=True, slots=True)
class Read:
    """A footprint as the checks take it, and what else its file says."""

    footprint: SupplierFootprint
    product: str
    """Name of the product, without its maker."""
    verifier: str
    hash: str
    """Content hash of the file."""


def read(data: bytes, beside: Beside) -> Read:
    """Read a footprint, alone or under ``data`` as an answer of PACT's interface has it.

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong`` with what is missing or of another kind.
    """
    from tanbiao.formats import catenax_footprint, pact_footprint

    if len(data) > MAX_BYTES:
        raise wrong(f"{len(data)} > {MAX_BYTES} bytes")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise wrong(str(error)[:120]) from error
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    if not isinstance(body, dict):
        raise wrong("{")
    reader = catenax_footprint.read if catenax_footprint.is_one(body) else pact_footprint.read
    footprint, product, verifier = reader(body)
    return Read(beside.added_to(footprint), product, verifier, hash_bytes(data))


# --- what the readers share -----------------------------------------------------------------------------------------


def wrong(what: str) -> TanbiaoError:
    """Return the refusal of a file, naming the field."""
    return TanbiaoError.of("supplier_file_wrong", what=what)


def number(part: Mapping[str, Any], key: str, where: str = "pcf", default: float | None = None) -> float:
    """Return a finite number, written as one or as decimal text."""
    value = part.get(key)
    value = default if value is None else value
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise wrong(f"{where}.{key} = {str(value)[:40]}") from error
    if not math.isfinite(found) or isinstance(value, bool):
        raise wrong(f"{where}.{key}")
    return found


def positive(part: Mapping[str, Any], key: str, where: str = "pcf") -> float:
    """Return a number above zero."""
    found = number(part, key, where)
    if found <= 0:
        raise wrong(f"{where}.{key}")
    return found


def text(part: Mapping[str, Any], key: str) -> str:
    """Return a text that must be there, on one line."""
    value = part.get(key)
    if not isinstance(value, str) or not value.strip():
        raise wrong(key)
    return " ".join(value.split())[:120]


def unit(part: Mapping[str, Any], key: str, where: str = "pcf") -> str:
    """Return our unit of a declared one."""
    found = UNITS.get(str(part.get(key, "")))
    if found is None:
        raise wrong(f"{where}.{key} = {str(part.get(key))[:40]}")
    return found


def day(part: Mapping[str, Any], key: str) -> str:
    """Return the date of a time stamp; empty where there is none."""
    return str(part.get(key) or "")[:10]


def place(part: Mapping[str, Any]) -> str:
    """Return the narrowest place that is stated."""
    keys = ("geographyCountrySubdivision", "geographyCountry", "geographyRegionOrSubregion")
    return next((str(part[key])[:40] for key in keys if part.get(key)), "GLO")


def gwp_set(named: list[Any]) -> str:
    """Return the one GWP set that is named; several, or one that we don't have, are ``unknown``."""
    return named[0] if len(named) == 1 and named[0] in GWP_SETS else UNKNOWN_SET


def share(part: Mapping[str, Any], key: str = "primaryDataShare") -> float | None:
    """Return the primary data share, 0 to 1, of a percentage; None where it isn't stated."""
    if part.get(key) in (None, ""):
        return None
    found = number(part, key)
    if not 0 <= found <= 100:
        raise wrong(f"{key} = {found:g}")
    return round(found / 100, 12)


def validity(start: str, end: str, data_end: str) -> tuple[str, str]:
    """Return the days between which a footprint may be used; three years after its data where none are stated."""
    if start or end or not data_end:
        return start, end
    try:
        last = date.fromisoformat(data_end)
    except ValueError:
        return "", ""
    leap_day = (last.month, last.day) == (2, 29)
    return data_end, last.replace(year=last.year + VALID_YEARS, day=28 if leap_day else last.day).isoformat()


def kinds(*, fossil: float, change: float, uptake: float, total: float) -> dict[str, float]:
    """Return kg CO2e by kind that add up to the total; what is none of the three stays undivided.

    The data models have several fields for it, and not all of them are filled.
    """
    rest = total - fossil - change - uptake
    scale = max(abs(total), abs(fossil), abs(uptake))
    found = {
        "fossil": fossil,
        "land_use_change": change,
        "biogenic_uptake": uptake,
        "undivided": rest if abs(rest) > 1e-9 * scale else 0.0,
    }
    return {kind: value for kind, value in found.items() if value} or {"fossil": 0.0}
