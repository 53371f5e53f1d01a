"""A product footprint of PACT (data model v3, JSON) as a supplier's footprint, to be checked before it is used.

Data model: https://docs.carbon-transparency.org (ProductFootprint, CarbonFootprint). PACT has no field for offsets, for
the recycling method, for certificates of electricity, nor a plain word for the boundary: what a supplier states of
these comes beside the file (:class:`Beside`). What nobody states is not assumed, and the checks say so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET
from tanbiao.core.lca.supplier import Boundary, Recycling, SupplierFootprint, Verification

__all__ = ["Beside", "Read", "dataset_of", "read"]

MAX_BYTES: Final = 5_000_000
UNITS: Final = {
    "kilogram": "kg",
    "liter": "L",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "t*km",
    "square meter": "m2",
    "piece": "piece",
    "hour": "h",
}
"""Units of PACT → ours; a megabit second has no counterpart."""
LICENCE: Final = "Shared by the supplier with its customer"
FORBIDDEN: Final = "no redistribution"


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

    def notes(self) -> tuple[str, ...]:
        """Return what was stated, for the dataset."""
        told = {
            "boundary": self.boundary if self.boundary != "unstated" else "",
            "recycling method": self.recycling if self.recycling != "unstated" else "",
            "offsets": {True: "taken off", False: "none", None: ""}[self.offsets],
            "certificates of electricity": ", ".join(self.green_power or ("none",))
            if self.green_power is not None
            else "",
        }
        return tuple(f"Stated beside the file: {key}: {text}" for key, text in told.items() if text)


@dataclass(frozen=True, slots=True)
class Read:
    """A footprint as the checks take it, and what its dataset says besides."""

    footprint: SupplierFootprint
    beside: Beside
    document: Mapping[str, Any]

    @property
    def is_deprecated(self) -> bool:
        """Whether its maker has replaced it."""
        return bool(self.document.get("status") == "Deprecated")


def read(data: bytes, beside: Beside) -> Read:
    """Read a ProductFootprint, alone or under ``data`` as an answer of the interface has it.

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong`` with what is missing or of another kind.
    """
    if len(data) > MAX_BYTES:
        raise _wrong(f"{len(data)} > {MAX_BYTES} bytes")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _wrong(str(error)[:120]) from error
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    if not isinstance(body, dict) or not isinstance(body.get("pcf"), dict):
        raise _wrong("pcf")
    pcf: dict[str, Any] = body["pcf"]
    unit = UNITS.get(str(pcf.get("declaredUnitOfMeasurement", "")))
    if unit is None:
        raise _wrong(f"pcf.declaredUnitOfMeasurement = {str(pcf.get('declaredUnitOfMeasurement'))[:40]}")
    amount = _number(pcf, "declaredUnitAmount")
    if amount <= 0:
        raise _wrong("pcf.declaredUnitAmount")
    sets = [one for one in pcf.get("ipccCharacterizationFactors") or () if isinstance(one, str)]
    footprint = SupplierFootprint(
        id=_text(body, "id"),
        name=f"{_text(body, 'productNameCompany')} ({_text(body, 'companyName')})",
        unit=unit,
        place=_place(pcf),
        co2e={kind: value / amount for kind, value in _kinds(pcf).items() if value},
        gwp_set=sets[0] if len(sets) == 1 and sets[0] in GWP_SETS else UNKNOWN_SET,
        valid_from=str(body.get("validityPeriodStart") or "")[:10],
        valid_until=str(body.get("validityPeriodEnd") or "")[:10],
        boundary=beside.boundary,
        offsets=beside.offsets,
        green_power=beside.green_power or (),
        green_power_stated=beside.green_power is not None,
        recycling=beside.recycling,
        verification=_verification(pcf),
    )
    return Read(footprint, beside, body)


def dataset_of(found: Read) -> Dataset:
    """Return an accepted footprint as a dataset for a release; its licence keeps it with whoever received it."""
    footprint, pcf = found.footprint, found.document["pcf"]
    end = str(pcf.get("referencePeriodEnd") or "")[:4]
    period = f"{str(pcf.get('referencePeriodStart') or '')[:10]}/{str(pcf.get('referencePeriodEnd') or '')[:10]}"
    return parse_dataset(
        {
            "id": f"supplier:{footprint.id}",
            "version": str(found.document.get("created") or "1")[:10],
            "name": {"en": footprint.name, "zh": footprint.name},
            "kind": "supplier_footprint",
            "reference": {"unit": footprint.unit},
            "boundary": "cradle_to_gate",
            "geography": footprint.place,
            "time": {"year": int(end) if end.isdecimal() else None, "text": period.strip("/")},
            "co2e": {footprint.gwp_set: sum(footprint.co2e.values())},
            "kinds": dict(footprint.co2e),
            "uncertainty": {"type": "unknown"},
            "quality": {"note": f"PACT: primary data share {pcf.get('primaryDataShare', 'not stated')} %"},
            "source": {"title": str(found.document["companyName"]), "row": footprint.id},
            "licence": LICENCE,
            "redistribution": FORBIDDEN,
            "notes": [f"Verification: {footprint.verification}", *found.beside.notes()],
        }
    )


def _kinds(pcf: Mapping[str, Any]) -> dict[str, float]:
    """Return kg CO2e of the declared unit by kind; they add up to the figure with biogenic uptake.

    What is neither fossil nor of land use change nor uptake stays undivided: the data model has several fields for it,
    and not all of them are filled.
    """
    without, whole = _number(pcf, "pcfExcludingBiogenicUptake"), _number(pcf, "pcfIncludingBiogenicUptake")
    fossil = _number(pcf, "fossilGhgEmissions")
    change = _number(pcf, "landUseChangeGhgEmissions", 0.0)
    rest = without - fossil - change
    return {
        "fossil": fossil,
        "land_use_change": change,
        "biogenic_uptake": whole - without,
        "undivided": rest if abs(rest) > 1e-9 * abs(without) else 0.0,
    }


def _verification(pcf: Mapping[str, Any]) -> Verification:
    """Return ``verified`` where a third party is named and has finished; a certificate is nothing PACT can say."""
    told = pcf.get("verification")
    if not isinstance(told, dict):
        return "self_declared"
    return "verified" if str(told.get("providerName") or "").strip() and told.get("completedAt") else "self_declared"


def _place(pcf: Mapping[str, Any]) -> str:
    keys = ("geographyCountrySubdivision", "geographyCountry", "geographyRegionOrSubregion")
    return next((str(pcf[key]) for key in keys if pcf.get(key)), "GLO")


def _number(pcf: Mapping[str, Any], key: str, default: float | None = None) -> float:
    value = pcf.get(key, default)
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise _wrong(f"pcf.{key} = {str(value)[:40]}") from error
    if not math.isfinite(found):
        raise _wrong(f"pcf.{key}")
    return found


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(key)
    return " ".join(value.split())[:120]


def _wrong(what: str) -> TanbiaoError:
    return TanbiaoError.of("supplier_file_wrong", what=what)
