"""A product footprint of Catena-X (aspect model Pcf 9.0.0) as a supplier's footprint.

Each group is an array of one. The figure is the production stage's, in which the packaging is included; the way to the
customer stands apart and is a row of transport of the study, never of the product. A certificate of a company's
programme says that it calculates by the rulebook; the figure itself is verified where a third party did so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tanbiao.core.lca.supplier import Boundary, Recycling, SupplierFootprint, Verification
from tanbiao.formats import supplier_file as file

__all__ = ["is_one", "read"]

BOUNDARIES: Final[dict[str, Boundary]] = {"Cradle-to-gate": "cradle_to_gate", "Cradle-to-grave": "cradle_to_grave"}
RECYCLING: Final[dict[str, Recycling]] = {
    "cut-off": "cut_off",
    "upstream system expansion": "upstream_system_expansion",
}


def is_one(body: Mapping[str, Any]) -> bool:
    """Whether a JSON object is of this aspect model."""
    return "productLifeCycleStagesAndEmissions" in body and "companyAndProductInformation" in body


def read(body: Mapping[str, Any]) -> tuple[SupplierFootprint, str, str]:
    """Return (footprint, name of the product, who verified it).

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong``
    """
    made = _at(body, "companyAndProductInformation")
    company, product = _at(made, "companyInformation"), _at(made, "productInformation")
    work = _at(body, "pcfAssessmentAndMethodology")
    told, method = _at(work, "pcfAssessmentInformation"), _at(work, "pcfMethodology", needed=False)
    times, identity = _at(told, "time"), _at(told, "idAndVersion")
    stage = _at(_at(body, "productLifeCycleStagesAndEmissions"), "productionStage")
    form = _at(body, "scopeOfPcfForm")
    where = "productInformation"
    amount = file.positive(product, "declaredUnitAmount", where)
    name, maker = file.text(product, "productNameCompany"), file.text(company, "companyName")
    start, end = file.day(times, "referencePeriodStart"), file.day(times, "referencePeriodEnd")
    valid = file.validity(file.day(times, "validityPeriodStart"), file.day(times, "validityPeriodEnd"), end)
    verification, verifier = _verified(body)
    weighed = _at(method, "gwpCharacterizationFactorDetails", needed=False)
    scraps = _at(method, "allocationInForeground", needed=False)
    footprint = SupplierFootprint(
        id=file.text(identity, "id"),
        name=f"{name} ({maker})",
        unit=file.unit(product, "declaredUnitOfMeasurement", where),
        place=file.place(_at(told, "geography", needed=False)),
        co2e={kind: value / amount for kind, value in _kinds(stage).items()},
        gwp_set=file.gwp_set([weighed.get("ipccCharacterizationFactors")]),
        valid_from=valid[0],
        valid_until=valid[1],
        boundary=BOUNDARIES.get(str(form.get("partialFullPcf")), "unstated"),
        green_power_stated=False,
        recycling=RECYCLING.get(str(scraps.get("allocationRecycledCarbon")), "unstated"),
        verification=verification,
        replaced=identity.get("status") == "Deprecated",
        company=maker,
        version=file.day(times, "created"),
        period_from=start,
        period_until=end,
        primary_share=file.share(_at(work, "dataSourcesAndQuality", needed=False)),
        form=f"Catena-X {str(form.get('specVersion') or '').rpartition(':')[2]}".strip()[:40],
    )
    return footprint, name, verifier


def _at(body: Mapping[str, Any], key: str, *, needed: bool = True) -> Mapping[str, Any]:
    """Return the one entry of a group; an empty mapping where one that is optional is not there."""
    found = body.get(key)
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return found[0]
    if needed or found not in (None, []):
        raise file.wrong(key)
    return {}


def _kinds(stage: Mapping[str, Any]) -> dict[str, float]:
    where = "productionStage"
    without = file.number(stage, "pcfExcludingBiogenicUptake", where)
    whole = file.number(stage, "pcfIncludingBiogenicUptake", where)
    fossil = file.number(stage, "fossilGhgEmissions", where, 0.0)
    change = file.number(stage, "landUseChangeGhgEmissions", where, 0.0)
    return file.kinds(fossil=fossil, change=change, uptake=whole - without, total=whole)


def _verified(body: Mapping[str, Any]) -> tuple[Verification, str]:
    for told in body.get("attestationOfConformance") or ():
        if not isinstance(told, dict) or not told.get("completedAt"):
            continue
        kind = str(told.get("attestationType") or "").lower()
        name = " ".join(str(told.get("providerName") or "").split())[:120]
        if name and "3rd party" in kind:
            return "verified", name
    return "self_declared", ""
