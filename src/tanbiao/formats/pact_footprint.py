"""A product footprint of PACT as a supplier's footprint: data model 3, and 2 as it is still sent.

Data models: https://docs.carbon-transparency.org (ProductFootprint, CarbonFootprint). Version 3 states its figures for
``declaredUnitAmount`` units, version 2 for one declared unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.lca.supplier import SupplierFootprint, Verification
from tanbiao.formats import supplier_file as file

__all__ = ["read"]


def read(body: Mapping[str, Any]) -> tuple[SupplierFootprint, str, str]:
    """Return (footprint, name of the product, who verified it) of a ProductFootprint.

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong``
    """
    pcf = body.get("pcf")
    if not isinstance(pcf, dict):
        raise file.wrong("pcf")
    version = str(body.get("specVersion") or "3")
    older = version.startswith(("1.", "2."))
    unit = file.unit(pcf, "declaredUnit" if older else "declaredUnitOfMeasurement")
    # version 2: figures are per declared unit, whatever the product holds of it
    amount = 1.0 if older else file.positive(pcf, "declaredUnitAmount")
    co2e, biogenic = _kinds_of_2(pcf) if older else (_kinds_of_3(pcf), True)
    verification, verifier = _assured(pcf) if older else _verified(pcf)
    product, company = file.text(body, "productNameCompany"), file.text(body, "companyName")
    start, end = file.day(pcf, "referencePeriodStart"), file.day(pcf, "referencePeriodEnd")
    valid_from, valid_until = file.validity(
        file.day(body, "validityPeriodStart"), file.day(body, "validityPeriodEnd"), end
    )
    footprint = SupplierFootprint(
        id=file.text(body, "id"),
        name=f"{product} ({company})",
        unit=unit,
        place=file.place(pcf),
        co2e={kind: value / amount for kind, value in co2e.items()},
        gwp_set=file.gwp_set(_sets(pcf)),
        valid_from=valid_from,
        valid_until=valid_until,
        green_power_stated=False,
        verification=verification,
        replaced=body.get("status") == "Deprecated",
        company=company,
        version=file.day(body, "created"),
        period_from=start,
        period_until=end,
        primary_share=file.share(pcf),
        form=f"PACT {version}"[:40],
        biogenic_stated=biogenic,
    )
    return footprint, product, verifier


def _sets(pcf: Mapping[str, Any]) -> list[Any]:
    """Return the GWP sets that a file names; version 2 has an older field of one set, too."""
    for key in ("ipccCharacterizationFactors", "ipccCharacterizationFactorsSources"):
        found = pcf.get(key)
        if isinstance(found, list) and found:
            return found
    return [pcf["characterizationFactors"]] if pcf.get("characterizationFactors") else []


def _kinds_of_3(pcf: Mapping[str, Any]) -> dict[str, float]:
    """Return kg CO2e of the declared amount by kind; they add up to the figure with biogenic uptake."""
    without, whole = file.number(pcf, "pcfExcludingBiogenicUptake"), file.number(pcf, "pcfIncludingBiogenicUptake")
    fossil = file.number(pcf, "fossilGhgEmissions")
    change = file.number(pcf, "landUseChangeGhgEmissions", default=0.0)
    return file.kinds(fossil=fossil, change=change, uptake=whole - without, total=whole)


def _kinds_of_2(pcf: Mapping[str, Any]) -> tuple[dict[str, float], bool]:
    """Return (kg CO2e per declared unit by kind, whether biogenic emissions are stated).

    ``pCfIncludingBiogenic`` is optional for reference periods before 2025; without it nobody says how much is biogenic.
    Indirect land use change stands outside the figure.
    """
    fossil = file.number(pcf, "fossilGhgEmissions")
    if pcf.get("pCfIncludingBiogenic") in (None, ""):
        whole = file.number(pcf, "pCfExcludingBiogenic")
        return file.kinds(fossil=fossil, change=0.0, uptake=0.0, total=whole), False
    whole = file.number(pcf, "pCfIncludingBiogenic")
    change = file.number(pcf, "dLucGhgEmissions", default=0.0)
    uptake = file.number(pcf, "biogenicCarbonWithdrawal", default=0.0)
    if uptake > 0:
        raise file.wrong("pcf.biogenicCarbonWithdrawal > 0")
    return file.kinds(fossil=fossil, change=change, uptake=uptake, total=whole), True


def _verified(pcf: Mapping[str, Any]) -> tuple[Verification, str]:
    """Return ``verified`` where a third party is named and has finished; a certificate is nothing PACT can say."""
    return _state(pcf.get("verification"))


def _assured(pcf: Mapping[str, Any]) -> tuple[Verification, str]:
    """Return the same of version 2; an assurance of a company's inventory, or from gate to gate, is not enough."""
    told = pcf.get("assurance")
    if isinstance(told, dict) and (
        told.get("assurance") is False
        or told.get("coverage") == "corporate level"
        or told.get("boundary") == "Gate-to-Gate"
    ):
        return "self_declared", ""
    return _state(told)


def _state(told: Any) -> tuple[Verification, str]:
    if not isinstance(told, dict):
        return "self_declared", ""
    name = " ".join(str(told.get("providerName") or "").split())[:120]
    return ("verified", name) if name and told.get("completedAt") else ("self_declared", "")
