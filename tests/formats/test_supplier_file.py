"""Suppliers' files: PACT 2 and Catena-X beside PACT 3; what they state, and what they leave open."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sample_files import SHARED
from supplier_files import CATENA_X, FOOTPRINT, OLDER
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.supplier import SupplierFootprint, SupplierTerms, check_supplier
from tanbiao.formats.supplier_file import Beside, read

BESIDE = Beside("cradle_to_gate", "cut_off", False, ())
TERMS = SupplierTerms("AR6", "2024-02-01", "2024-12-31")


def taken(body: Any, beside: Beside = BESIDE) -> SupplierFootprint:
    return read(json.dumps(body).encode(), beside).footprint


def codes(footprint: SupplierFootprint) -> list[str]:
    return [item.code for item in check_supplier(footprint, TERMS)]


def older(**pcf: Any) -> dict[str, Any]:
    return OLDER | {"pcf": OLDER["pcf"] | pcf}


def test_a_file_of_pact_2_is_per_declared_unit_whatever_the_product_holds() -> None:
    # 8.9 = 9 fossil + 0.1 land use change − 0.5 withdrawn + 0.3 that the fields do not tell apart; iLUC stands outside
    found = taken(OLDER)
    kinds = {"fossil": 9.0, "land_use_change": 0.1, "biogenic_uptake": -0.5, "undivided": 0.3}
    assert found.co2e == pytest.approx(kinds)
    assert (found.unit, found.place, found.gwp_set, found.form) == ("kg", "CN", "AR6", "PACT 2.3.0")
    assert found.primary_share == pytest.approx(0.455)
    # no validity stated: three years after the reference period
    assert (found.valid_from, found.valid_until) == ("2024-01-01", "2027-01-01")
    assert codes(found) == []


def test_a_file_of_pact_2_without_biogenic_emissions_says_so() -> None:
    body = older()
    del body["pcf"]["pCfIncludingBiogenic"]
    found = taken(body)
    assert found.co2e == pytest.approx({"fossil": 9.0, "undivided": 0.2})
    assert codes(found) == ["supplier_biogenic_unstated"]


@pytest.mark.parametrize(
    "assurance",
    [
        None,
        {**OLDER["pcf"]["assurance"], "assurance": False},
        {**OLDER["pcf"]["assurance"], "coverage": "corporate level"},
        {**OLDER["pcf"]["assurance"], "boundary": "Gate-to-Gate"},
        {**OLDER["pcf"]["assurance"], "completedAt": None},
    ],
)
def test_an_assurance_of_something_else_is_no_verification_of_the_figure(assurance: Any) -> None:
    assert codes(taken(older(assurance=assurance))) == ["supplier_unverified"]


def test_the_older_field_of_one_gwp_set_counts_where_the_newer_is_missing() -> None:
    body = older(characterizationFactors="AR5")
    del body["pcf"]["ipccCharacterizationFactorsSources"]
    assert taken(body).gwp_set == "AR5"
    assert taken(older(ipccCharacterizationFactorsSources=["AR5", "AR6"])).gwp_set == "unknown"


def test_a_file_of_catena_x_says_boundary_and_recycling_itself() -> None:
    found = taken(CATENA_X, Beside("gate_to_gate", "closed_loop", False, ()))
    # 8 kg CO2e for four pieces: fossil 2, land use change 0.1, uptake −0.5, undivided 0.4; the way to the customer is
    # not the product's
    assert found.co2e == pytest.approx(
        {"fossil": 2.0, "land_use_change": 0.1, "biogenic_uptake": -0.5, "undivided": 0.4}
    )
    assert (found.unit, found.boundary, found.recycling) == ("piece", "cradle_to_gate", "cut_off")
    assert (found.primary_share, found.verification, found.form) == (0.5612, "verified", "Catena-X 9.0.0")
    assert found.notes == (
        "Stated beside the file: offsets: none",
        "Stated beside the file: certificates of electricity: none",
    )
    assert codes(found) == []


def test_a_certified_programme_does_not_verify_the_figure() -> None:
    body = copy.deepcopy(CATENA_X)
    body["attestationOfConformance"][0]["attestationType"] = "PCF Program Certification"
    assert codes(taken(body)) == ["supplier_unverified"]


@pytest.mark.parametrize("body", [OLDER, CATENA_X], ids=["pact-2", "catena-x"])
def test_without_a_word_beside_the_file_nothing_is_assumed(body: dict[str, Any]) -> None:
    open_points = {"supplier_offsets_unstated", "supplier_green_power_unstated"}
    wanted = open_points if body is CATENA_X else open_points | {"supplier_boundary", "supplier_recycling"}
    assert set(codes(taken(body, Beside()))) == wanted


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("pcf", "declaredUnit"), "barrel"),
        (("pcf", "fossilGhgEmissions"), "many"),
        (("pcf", "pCfIncludingBiogenic"), "NaN"),
        (("pcf", "biogenicCarbonWithdrawal"), "0.5"),
        (("pcf", "primaryDataShare"), 120),
        (("companyName",), " "),
        (("pcf",), []),
    ],
)
def test_a_wrong_field_is_named(path: tuple[str, ...], value: Any) -> None:
    body = copy.deepcopy(OLDER)
    part = body
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(TanbiaoError) as caught:
        taken(body)
    assert caught.value.code == "supplier_file_wrong"
    assert path[-1] in str(caught.value.findings[0].params["what"])


def test_a_group_of_catena_x_that_is_missing_is_named() -> None:
    body = copy.deepcopy(CATENA_X)
    del body["pcfAssessmentAndMethodology"][0]["pcfAssessmentInformation"][0]["time"]
    with pytest.raises(TanbiaoError) as caught:
        taken(body)
    assert caught.value.findings[0].params["what"] == "time"


@pytest.mark.skipif(not (SHARED / "specs" / "catenax").is_dir(), reason="the sample of Catena-X is not here")
def test_the_published_sample_of_catena_x_is_read() -> None:
    data = (SHARED / "specs" / "catenax" / "Pcf-9.0.0-sample.json").read_bytes()
    found = read(data, Beside())
    assert (found.product, found.footprint.gwp_set, found.footprint.unit) == ("My Product Name", "AR5", "L")
    assert found.footprint.total == pytest.approx(1.9)
    assert found.footprint.recycling == "upstream_system_expansion"


def test_the_newer_file_keeps_its_primary_data_share() -> None:
    assert taken(FOOTPRINT).primary_share == pytest.approx(0.6)
