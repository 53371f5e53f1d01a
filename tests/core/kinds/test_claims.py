"""Claims of other kinds than a footprint: what follows from them, and what stands against each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from claim_samples import (
    APPLICANT,
    BASELINE,
    DAY,
    KINDS,
    LATER,
    ME,
    REDUCED,
    TITLE,
    credit,
    kind,
    neutral,
    reduction,
    system,
)
from tanbiao.core.findings import TanbiaoError, catalogue
from tanbiao.core.kinds import Cited, check_claim, freeze, parse_claim, recompute, verification_view
from tanbiao.core.kinds.check import months_between
from tanbiao.core.kinds.model import FORMS
from tanbiao.core.kinds.package import cited_of, headline_of
from tanbiao.core.kinds.schema import schema, shipped


def refusals(form: str, cited: dict[str, Cited] | None = None, **changes: Any) -> list[str]:
    name, make, known = KINDS[form]
    found = check_claim(kind(name), parse_claim(make(**changes)), {**known, **(cited or {})}, applicant_id=ME, day=DAY)
    return [one.code for one in found]


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_claim_of_each_form_is_certified_as_it_is(form: str) -> None:
    name, make, cited = KINDS[form]
    assert refusals(form) == []
    package = freeze(parse_claim(make()), cited, certification=name, applicant=APPLICANT)
    assert recompute(package) == package["computed"]
    assert cited_of(package) == cited
    jsonschema.Draft202012Validator(shipped()).validate(make())
    view = verification_view(package)
    assert view["result"]["contributions"]
    assert float(view["result"]["total"]["value"]) > 0


def test_the_published_schema_is_the_models() -> None:
    assert shipped() == schema()


@pytest.mark.requirement("SH-06f")
def test_a_reduction_is_the_difference_of_two_certified_figures() -> None:
    package = freeze(parse_claim(reduction()), KINDS["reduction"][2], certification="x", applicant=APPLICANT)
    assert package["computed"] == {
        "baseline": "845", "later": "799.5", "reduced": "45.5", "reduced_percent": "5.38", "unit": "kg CO2e/t",
    }  # fmt: skip
    assert headline_of(package) == ("45.5", "kg CO2e/t")


@pytest.mark.requirement("GBA-T12")
def test_neutrality_states_the_footprint_as_certified_and_the_credits_beside_it() -> None:
    package = freeze(parse_claim(neutral()), KINDS["neutral"][2], certification="x", applicant=APPLICANT)
    said = package["computed"]
    assert (said["footprint"], said["emitted_tonnes"], said["retired_tonnes"]) == ("799.5", "79.95", "80")
    assert "net" not in str(said)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"value": "845"}, "claim_nothing_reduced"),
        ({"state": "expired"}, "claim_citation_not_valid"),
        ({"valid_until": "2026-11-21"}, "claim_citation_not_valid"),
        ({"holder_id": "another"}, "claim_citation_other_holder"),
        ({"kind": "neutral"}, "claim_citation_no_footprint"),
        ({"product_zh": "水泥"}, "claim_other_product"),
        ({"rule": "cement-clinker@2.0.0"}, "claim_not_comparable"),
        ({"declared_unit": "1 kg"}, "claim_not_comparable"),
        ({"release": "starter-2026.2"}, "claim_not_comparable"),
        ({"period_from": "2024-01-01"}, "claim_periods_order"),
    ],
)
def test_a_reduction_is_refused_where_the_figures_do_not_bear_it(change: dict[str, str], code: str) -> None:
    assert refusals("reduction", {"later": replace(LATER, **change)}) == [code]


def test_an_expired_or_withdrawn_baseline_is_refused() -> None:
    for state in ("expired", "withdrawn", "cancelled", "suspended"):
        assert refusals("reduction", {"baseline": replace(BASELINE, state=state)}) == ["claim_citation_not_valid"]


def test_offsets_are_no_measure_of_a_reduction() -> None:
    assert refusals("reduction", measures=[{"kind": "offset", "text": "买碳汇"}]) == ["reduction_by_offset"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"credits": [credit(last=79)]}, "claim_credits_short"),
        ({"credits": [credit(), credit(first=80, last=90)]}, "credit_twice"),
        ({"credits": [credit(), credit(first=80, last=90, registry="demo  registry")]}, "credit_twice"),
        ({"credits": [credit(first=200, last=1), credit()]}, "credit_serials_reversed"),
        ({"credits": [credit(retired_on="2026-12-01")]}, "credit_not_retired"),
        ({"credits": [credit(vintage=2027)]}, "credit_vintage_later"),
        ({"quantity": "0"}, "claim_amount_zero"),
        ({"period": {"begin": "2026-07-01", "end": "2026-06-30"}}, "claim_period_reversed"),
        ({"period": {"begin": "2026-07-01", "end": "2027-06-30"}}, "claim_period_to_come"),
        ({"reduction": None}, "claim_reduction_missing"),
    ],
)
def test_neutrality_is_refused_where_credits_or_reduction_do_not_bear_it(changes: dict[str, Any], code: str) -> None:
    assert code in refusals("neutral", **changes)


def test_a_commitment_stands_in_for_a_reduction_certificate_where_the_scheme_says_so() -> None:
    assert refusals("neutral", {"footprint": replace(LATER, committed=True)}, reduction=None) == []
    assert refusals("neutral", {"reduction": replace(REDUCED, state="withdrawn")}) == ["claim_citation_not_valid"]
    assert refusals("neutral", {"reduction": replace(REDUCED, kind="certified")}) == ["claim_citation_no_reduction"]


def test_a_removal_that_stands_in_the_footprint_is_not_certified_again() -> None:
    assert refusals("removal", in_footprint=True) == ["claim_removal_counted_twice"]
    assert refusals("removal", amount="0") == ["claim_amount_zero"]
    assert refusals("removal", {"footprint": replace(LATER, state="suspended")}) == ["claim_citation_not_valid"]


@pytest.mark.requirement("SH-06a")
@pytest.mark.parametrize("form", ["management_system", "service"])
def test_an_organisation_says_of_every_requirement_how_it_is_met(form: str) -> None:
    assert refusals(form, fulfils=[]) == ["claim_requirement_missing"]
    assert "claim_requirement_unknown" in refusals(form, fulfils=[{"requirement": "nothing", "how": TITLE}])
    assert refusals(form, since="2026-09-01") == ["claim_too_young"]


def test_a_claim_of_another_form_is_refused_by_its_kind() -> None:
    found = check_claim(kind("carbon-service"), parse_claim(system()), {}, applicant_id=ME, day=DAY)
    assert [one.code for one in found] == ["claim_of_another_kind"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "claim_form_unknown"),
        ([], "claim_form_unknown"),
        ({"form": {"a": 1}}, "claim_form_unknown"),
        (neutral(net_value="0"), "unknown_key"),
        (neutral(quantity="-1"), "claim_malformed"),
        (neutral(quantity="1e9"), "claim_malformed"),
        (neutral(credits=[]), "claim_malformed"),
        (reduction(later=None), "field_missing"),
    ],
)
def test_a_malformed_claim_is_refused_with_its_place(document: Any, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_claim(document)
    assert caught.value.code == code


def test_every_code_has_words() -> None:
    said = catalogue()
    assert all(said[code] for code in ("claim_credits_short", "credit_used", "claim_missing"))


def test_months_are_counted_whole() -> None:
    assert [months_between("2026-01-31", day) for day in ("2026-02-28", "2026-03-31", "2025-12-31")] == [0, 2, -1]
