"""A product footprint for Catena-X: semantic model Pcf 9.0.0, JSON numbers, each group a list of one, stages apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.formats.forms.basis import Basis, decimal, first_moment, last_moment, stamp, urns, without
from tanbiao.formats.forms.declared import declared_unit

SPECIFICATION: Final = "urn:io.catenax.pcf:datamodel:version:9.0.0"
NOT_APPLICABLE: Final = "not applicable"
DISTRIBUTION: Final = "distributionStage"
EXEMPT_AT_MOST: Final = Decimal(10)
"""Limit of the published schema, in per cent."""
PARTS: Final = ("biogenicNonCO2Emissions", "biogenicCO2Uptake", "landUseChangeGhgEmissions", "aircraftGhgEmissions")


def write(basis: Basis) -> dict[str, Any]:
    """Return the footprint; what the study leaves out is said through the basis."""
    return {
        "scopeOfPcfForm": [{"specVersion": SPECIFICATION, "partialFullPcf": "Cradle-to-gate"}],
        "companyAndProductInformation": [_company_and_product(basis)],
        "pcfAssessmentAndMethodology": [_assessment(basis)],
        "general": [{"comment": basis.comment()}],
        "carbonContent": _carbon(basis),
        "productLifeCycleStagesAndEmissions": [_stages(basis)],
    }


def number(value: Decimal | str | None) -> float | None:
    """Return a figure as a JSON number."""
    return None if value is None else float(value)


def _company_and_product(basis: Basis) -> dict[str, Any]:
    company, product = basis.company(), basis.details.product
    unit, amount = declared_unit(basis)
    mass = basis.need(basis.mass(), "productMassPerDeclaredUnit", "product.properties.mass")
    ids = list(product.ids) if product else []
    return {
        "companyInformation": [
            without(
                {
                    "companyName": company.name if company else None,
                    "companyIds": basis.need(list(company.ids) if company else [], "companyIds", "forms.company.ids"),
                }
            )
        ],
        "productInformation": [
            without(
                {
                    "productNameCompany": basis.name,
                    "productIds": basis.need(ids, "productIds", "forms.product.ids"),
                    "productClassifications": urns(basis.study),
                    "productDescription": basis.description,
                    "declaredUnitOfMeasurement": unit,
                    "declaredUnitAmount": number(amount or None),
                    "productMassPerDeclaredUnit": None if mass is None else number(decimal(mass)),
                }
            )
        ],
    }


def _assessment(basis: Basis) -> dict[str, Any]:
    study, exempted = basis.study, basis.exempted()
    if exempted is not None and Decimal(exempted[0]) > EXEMPT_AT_MOST:
        basis.unfit("exemptedEmissionsPercent", "cut_off", f"{exempted[0]} > {EXEMPT_AT_MOST}")
    until = basis.need(basis.details.valid_until, "validityPeriodEnd", "forms.valid_until")
    identity = {"id": basis.identifier(), "version": 0, "status": "Active"}
    return {
        "pcfAssessmentInformation": [
            {
                "technology": [{"ccsTechnologicalCO2CaptureIncluded": basis.stored() is not None}],
                "idAndVersion": [{**identity, "retroOrProspectivePcfType": "Retrospective PCF"}],
                "boundarySpecifications": [
                    without(
                        {
                            "exemptedEmissionsPercent": number(exempted[0]) if exempted else None,
                            "exemptedEmissionsDescription": exempted[1] if exempted else None,
                        }
                    )
                ],
                "geography": [_geography(basis)],
                "time": [
                    without(
                        {
                            "referencePeriodStart": first_moment(study.period.from_),
                            "referencePeriodEnd": last_moment(study.period.to),
                            "created": stamp(basis.created),
                            "validityPeriodEnd": last_moment(until) if until else None,
                        }
                    )
                ],
            }
        ],
        "dataSourcesAndQuality": [
            without(
                {
                    "primaryDataShare": number(basis.primary_share()),
                    "secondaryEmissionFactorSources": [
                        f"{name} {version}".strip() for name, version in basis.secondary_sources()
                    ],
                }
            )
        ],
        "pcfMethodology": [_methodology(basis)],
    }


def _methodology(basis: Basis) -> dict[str, Any]:
    details = basis.details
    standards = basis.need(list(details.standards), "crossSectoralStandards", "forms.standards")
    waste = basis.need(details.waste_incineration, "allocationWasteIncineration", "forms.waste_incineration")
    rule = basis.rule
    named = [] if rule is None else [f"{rule.reference} {rule.title.best(basis.lang)}"]
    allocation = {"allocationWasteIncineration": waste, "allocationRulesDescription": basis.allocation()}
    return {
        "massBalancingInformation": [_mass_balance(basis)],
        "standards": [{"crossSectoralStandards": standards, "productOrSectorSpecificRules": named}],
        "gwpCharacterizationFactorDetails": [{"ipccCharacterizationFactors": name} for name in basis.gwp_sets()],
        "allocationInForeground": [without(allocation)],
    }


def _mass_balance(basis: Basis) -> dict[str, Any]:
    """Return the three fields that the model wants in any case; without a mass balance two do not apply."""
    if not basis.mass_balanced():
        return {
            "massBalancingUsed": False,
            "freeAttributionInMassBalancing": NOT_APPLICABLE,
            "massBalancingCertificateScheme": NOT_APPLICABLE,
        }
    stated = basis.need(basis.details.mass_balance, "massBalancingCertificateScheme", "forms.mass_balance.scheme")
    return {
        "massBalancingUsed": True,
        "freeAttributionInMassBalancing": "true" if stated is not None and stated.free_attribution else "false",
        "massBalancingCertificateScheme": "" if stated is None else stated.scheme,
    }


def _carbon(basis: Basis) -> list[dict[str, float | None]]:
    """Return the carbon in the product; an empty list where the study states none."""
    held = {key: basis.carbon(key) for key in ("fossil", "biogenic", "packaging")}
    fossil, biogenic, packaging = held["fossil"], held["biogenic"], held["packaging"]
    inside = None if biogenic is None else biogenic + (packaging or Decimal(0))
    found = {
        "carbonContentTotal": None if fossil is None or inside is None else number(fossil + inside),
        "fossilCarbonContent": number(fossil),
        # the model's biogenic content holds the packaging's as well
        "biogenicCarbonContent": number(inside),
        "packagingBiogenicCarbonContent": number(packaging),
    }
    kept = without(found)
    return [kept] if kept else []


def _stages(basis: Basis) -> dict[str, Any]:
    totals = basis.fields
    production = {
        "pcfIncludingBiogenicUptake": number(totals.value("pcfIncludingBiogenicUptake")),
        "pcfExcludingBiogenicUptake": number(totals.value("pcfExcludingBiogenicUptake")),
        "fossilGhgEmissions": number(totals.value("fossilGhgEmissions")),
        **{key: number(basis.told(key)) for key in PARTS},
    }
    packaging = basis.need(basis.details.packaging, "packagingEmissionsIncluded", "forms.packaging")
    return {
        "productionStage": [without(production)],
        "distributionStage": [_distribution(basis)],
        "packagingStage": [{"packagingEmissionsIncluded": packaging == "included"}],
    }


def _distribution(basis: Basis) -> dict[str, Any]:
    """Return the stage apart; a stage that is not whole is not included, and has no figures."""
    if basis.view.states["distribution"] != "complete":
        return {"distributionStageIncluded": False}
    totals = {key: number(basis.fields.totals[key]) for key in basis.fields.totals if key.startswith(DISTRIBUTION)}
    parts = {
        row.id: number(basis.told(row.id))
        for row in basis.fields.rows
        if row.id.startswith(DISTRIBUTION) and row.role == "memo"
    }
    return {"distributionStageIncluded": True, **without({**totals, **parts})}


def _geography(basis: Basis) -> dict[str, Any]:
    country, subdivision = basis.place()
    region = regions().get(country)
    if region is None:
        basis.unfit("geographyRegionOrSubregion", "product.country", country)
    return without(
        {
            "geographyRegionOrSubregion": region,
            "geographyCountry": country,
            "geographyCountrySubdivision": subdivision,
        }
    )


@lru_cache(maxsize=1)
def regions() -> Mapping[str, str]:
    """Return country code → subregion of the United Nations (M49) in the words of PACT and Catena-X."""
    text = resources.files("tanbiao.data.study").joinpath("un_subregions.json").read_text(encoding="utf-8")
    table: Mapping[str, str] = json.loads(text)["subregions"]
    return {country: name for name, countries in table.items() for country in countries.split()}
