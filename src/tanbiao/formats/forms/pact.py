"""A product footprint for PACT: the data model of the Technical Specifications 3.0.4, numbers as decimal text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from tanbiao.core.findings import Severity, finding
from tanbiao.formats.forms.basis import (
    Basis,
    decimal,
    first_moment,
    last_moment,
    moment_after,
    plain,
    stamp,
    urns,
    without,
)
from tanbiao.formats.forms.declared import declared_unit

SPECIFICATION: Final = "3.0.4"
VALID_YEARS: Final = 3
"""Longest validity after the reference period (PACT Technical Specifications 3.0.4, validityPeriodStart)."""
MEMO: Final = ("aircraftGhgEmissions", "outboundLogisticsGhgEmissions")
OPTIONAL: Final = ("landUseChangeGhgEmissions", "biogenicNonCO2Emissions", "biogenicCO2Uptake")
"""Parts that stay blank where they are not known."""
ENERGY: Final = ("kilowatt hour", "megajoule", "ton kilometer", "hour")
"""Units of energy, logistics and services, whose product has no mass: the specification wants 0 there."""


def write(basis: Basis) -> dict[str, Any]:
    """Return the footprint; what the study leaves out is said through the basis."""
    company, details = basis.company(), basis.details
    product_ids = list(details.product.ids) if details.product else []
    if any(item.lower() == "urn:pact:null" for item in product_ids):
        basis.unfit("productIds", "forms.product.ids", "urn:pact:null")
    return without(
        {
            "id": basis.identifier(),
            "specVersion": SPECIFICATION,
            "created": stamp(basis.created),
            "status": "Active",
            "validityPeriodEnd": _valid_until(basis),
            "companyName": company.name if company else None,
            "companyIds": basis.need(list(company.ids) if company else [], "companyIds", "forms.company.ids"),
            "productDescription": basis.need(basis.description, "productDescription", "product.function"),
            "productIds": basis.need(product_ids, "productIds", "forms.product.ids"),
            "productClassifications": urns(basis.study),
            "productNameCompany": basis.name,
            "comment": basis.comment(),
            "pcf": _footprint(basis),
        }
    )


def _valid_until(basis: Basis) -> str | None:
    stated = basis.details.valid_until
    if stated is None:
        return None
    end = date.fromisoformat(basis.study.period.to)
    last = date(end.year + VALID_YEARS, end.month, min(end.day, 28) if end.month == 2 else end.day)
    if date.fromisoformat(stated) > last:
        basis.unfit("validityPeriodEnd", "forms.valid_until", f"{stated} > {last}")
    return last_moment(stated)


def _footprint(basis: Basis) -> dict[str, Any]:
    study, totals = basis.study, basis.fields
    unit, amount = declared_unit(basis)
    country, subdivision = basis.place()
    exempted = basis.exempted()
    standards = basis.need(list(basis.details.standards), "crossSectoralStandards", "forms.standards")
    packaging = basis.need(basis.details.packaging, "packagingEmissionsIncluded", "forms.packaging")
    share = basis.primary_share()
    if share is None:
        basis.unfit("primaryDataShare", "stages", plain(basis.view.total))
    return without(
        {
            "declaredUnitOfMeasurement": unit,
            "declaredUnitAmount": amount,
            "productMassPerDeclaredUnit": _mass(basis, unit),
            "referencePeriodStart": first_moment(study.period.from_),
            "referencePeriodEnd": moment_after(study.period.to),
            "geographyCountrySubdivision": subdivision,
            "geographyCountry": None if subdivision else country,
            "pcfExcludingBiogenicUptake": plain(totals.value("pcfExcludingBiogenicUptake")),
            "pcfIncludingBiogenicUptake": plain(totals.value("pcfIncludingBiogenicUptake")),
            **_carbon(basis),
            **_fossil(basis),
            **{key: basis.told(key) for key in (*OPTIONAL, *MEMO)},
            "packagingEmissionsIncluded": packaging == "included",
            "ipccCharacterizationFactors": basis.gwp_sets(),
            "crossSectoralStandards": standards,
            "productOrSectorSpecificRules": _rules(basis),
            "exemptedEmissionsPercent": exempted[0] if exempted else None,
            "exemptedEmissionsDescription": exempted[1] if exempted else None,
            "allocationRulesDescription": basis.allocation(),
            "secondaryEmissionFactorSources": [
                {"name": name, "version": version} for name, version in basis.secondary_sources()
            ],
            "primaryDataShare": share,
        }
    )


def _fossil(basis: Basis) -> dict[str, Any]:
    """Return the fossil emissions before what is kept in a store, and that beside them: they add up to the total's."""
    net, stored = basis.fields.value("fossilGhgEmissions"), basis.stored()
    if stored is None:
        return {"fossilGhgEmissions": plain(net), "ccsTechnologicalCO2CaptureIncluded": False}
    held, origin = stored
    return {
        "fossilGhgEmissions": plain(net + decimal(held)),
        "ccsTechnologicalCO2CaptureIncluded": True,
        "ccsTechnologicalCO2Capture": plain(-decimal(held)),
        "technologicalCO2CaptureOrigin": origin,
    }


def _mass(basis: Basis, unit: str) -> str | None:
    found = basis.mass()
    if found is not None:
        return plain(decimal(found))
    if unit in ENERGY:
        return "0"
    basis.missing("productMassPerDeclaredUnit", "product.properties.mass")
    return None


def _carbon(basis: Basis) -> dict[str, str | None]:
    """Return the carbon in the product; capture that a study tells as a memo item stands in no field of its total."""
    if any(item.kind in ("captured_carbon", "stored_carbon") for item in basis.study.memo):
        basis.findings.append(finding("form_memo_left_out", Severity.INFO, "memo", form=basis.form))
    held = {
        "fossilCarbonContent": basis.carbon("fossil"),
        "biogenicCarbonContent": basis.carbon("biogenic"),
        "packagingBiogenicCarbonContent": basis.carbon("packaging"),
    }
    basis.need(held["fossilCarbonContent"], "fossilCarbonContent", "carbon_content.fossil")
    return {key: None if value is None else plain(Decimal(value)) for key, value in held.items()}


def _rules(basis: Basis) -> list[dict[str, Any]] | None:
    if basis.rule is None:
        return None
    owner = basis.rule.owner
    name = "Tanbiao" if owner is None else owner.name.best(basis.lang)
    title = basis.rule.title.best(basis.lang)
    return [{"operator": "Other", "ruleNames": [f"{basis.rule.reference} {title}"], "otherOperatorName": name}]
