"""Suppliers' footprints as files: PACT 3, PACT 2, Catena-X; invented figures that can be added up by hand."""

from __future__ import annotations

import copy
import json
from typing import Any

FOOTPRINT: dict[str, Any] = {
    "id": "12345678-9abc-4ef0-9234-567812345678",
    "specVersion": "3.0.0",
    "created": "2025-02-01T00:00:00Z",
    "status": "Active",
    "validityPeriodStart": "2024-12-31T00:00:00Z",
    "validityPeriodEnd": "2027-12-31T00:00:00Z",
    "companyName": "Demo metals",
    "companyIds": ["urn:company:example:demo"],
    "productDescription": "ingot",
    "productIds": ["urn:gtin:5695872369587"],
    "productNameCompany": "Ingot A",
    "pcf": {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "2",
        "productMassPerDeclaredUnit": "2",
        "referencePeriodStart": "2024-01-01T00:00:00Z",
        "referencePeriodEnd": "2024-12-31T00:00:00Z",
        "geographyCountry": "CN",
        "pcfExcludingBiogenicUptake": "10.5",
        "pcfIncludingBiogenicUptake": "10.1",
        "fossilGhgEmissions": "9",
        "landUseChangeGhgEmissions": "1",
        "ipccCharacterizationFactors": ["AR6"],
        "primaryDataShare": "60",
        "verification": {"providerName": "Verifier", "completedAt": "2025-01-15T00:00:00Z"},
    },
}
OLDER: dict[str, Any] = {
    "id": "91715e5e-fd0b-4d1c-8fab-76290c46e6ed",
    "specVersion": "2.3.0",
    "version": 1,
    "created": "2024-02-01T00:00:00Z",
    "status": "Active",
    "companyName": "演示金属",
    "companyIds": ["urn:company:example:demo-2"],
    "productDescription": "ingot",
    "productIds": ["urn:gtin:5695872369588"],
    "productCategoryCpc": "41431",
    "productNameCompany": "铝锭 B",
    "comment": "",
    "pcf": {
        "declaredUnit": "kilogram",
        "unitaryProductAmount": "20",
        "pCfExcludingBiogenic": "9.2",
        "pCfIncludingBiogenic": "8.9",
        "fossilGhgEmissions": "9",
        "dLucGhgEmissions": "0.1",
        "biogenicCarbonWithdrawal": "-0.5",
        "iLucGhgEmissions": "7",
        "fossilCarbonContent": "0",
        "biogenicCarbonContent": "0.1",
        "characterizationFactors": "AR6",
        "ipccCharacterizationFactorsSources": ["AR6"],
        "referencePeriodStart": "2023-01-01T00:00:00Z",
        "referencePeriodEnd": "2024-01-01T00:00:00Z",
        "geographyCountry": "CN",
        "primaryDataShare": 45.5,
        "assurance": {
            "assurance": True,
            "coverage": "product level",
            "level": "limited",
            "boundary": "Cradle-to-Gate",
            "providerName": "Verifier",
            "completedAt": "2024-02-15T00:00:00Z",
        },
    },
}
CATENA_X: dict[str, Any] = {
    "scopeOfPcfForm": [
        {"partialFullPcf": "Cradle-to-gate", "specVersion": "urn:io.catenax.pcf:datamodel:version:9.0.0"}
    ],
    "companyAndProductInformation": [
        {
            "companyInformation": [{"companyName": "Demo metals", "companyIds": ["urn:BPNL000000000DWF"]}],
            "productInformation": [
                {
                    "productNameCompany": "Sheet C",
                    "productIds": ["urn:demo:c"],
                    "declaredUnitOfMeasurement": "piece",
                    "declaredUnitAmount": 4.0,
                    "productMassPerDeclaredUnit": 1.0,
                    "productDescription": "sheet",
                }
            ],
        }
    ],
    "productLifeCycleStagesAndEmissions": [
        {
            "productionStage": [
                {
                    "fossilGhgEmissions": 8.0,
                    "landUseChangeGhgEmissions": 0.4,
                    "biogenicCO2Uptake": -2.0,
                    "pcfExcludingBiogenicUptake": 10.0,
                    "pcfIncludingBiogenicUptake": 8.0,
                }
            ],
            "distributionStage": [
                {"distributionStageIncluded": True, "distributionStagePcfIncludingBiogenicUptake": 5.0}
            ],
        }
    ],
    "pcfAssessmentAndMethodology": [
        {
            "dataSourcesAndQuality": [{"primaryDataShare": 56.12}],
            "pcfMethodology": [
                {
                    "gwpCharacterizationFactorDetails": [{"ipccCharacterizationFactors": "AR6"}],
                    "allocationInForeground": [{"allocationRecycledCarbon": "cut-off"}],
                }
            ],
            "pcfAssessmentInformation": [
                {
                    "time": [
                        {
                            "created": "2024-05-22T21:47:32Z",
                            "referencePeriodStart": "2023-01-01T00:00:01Z",
                            "referencePeriodEnd": "2023-12-31T23:59:59Z",
                            "validityPeriodStart": "2023-01-01T00:00:01Z",
                            "validityPeriodEnd": "2026-12-31T23:59:59Z",
                        }
                    ],
                    "geography": [{"geographyCountry": "DE"}],
                    "idAndVersion": [{"id": "3893bb5d-da16-4dc1-9185-11d97476c254", "version": 0, "status": "Active"}],
                }
            ],
        }
    ],
    "general": [{}],
    "carbonContent": [{}],
    "attestationOfConformance": [
        {
            "attestationType": "PCF 3rd party verification",
            "providerName": "Verifier",
            "completedAt": "2024-03-01T00:00:00Z",
        }
    ],
}


def of_year(year: int, **changes: Any) -> bytes:
    """Return the PACT 3 file as valid in a year of data; ``pcf_KEY`` changes the figures, other keys the document."""
    body = copy.deepcopy(FOOTPRINT)
    body |= {"validityPeriodStart": f"{year}-01-01T00:00:00Z", "validityPeriodEnd": f"{year + 2}-12-31T00:00:00Z"}
    body |= {key: value for key, value in changes.items() if not key.startswith("pcf_")}
    body["pcf"] |= {key[4:]: value for key, value in changes.items() if key.startswith("pcf_")}
    return json.dumps(body, ensure_ascii=False).encode()
