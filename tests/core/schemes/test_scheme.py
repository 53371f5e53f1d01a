"""The label scheme document: what it publishes, how it rounds, what it may not say."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import list_schemes, load_scheme, newest_schemes, parse_scheme
from tanbiao.core.schemes.schema import schema, shipped
from tanbiao.workflow.machine import load_lifecycle

TITLE = {"zh": "某", "en": "some"}


def demo(**changes: Any) -> dict[str, Any]:
    """Return the demonstration scheme's document with changes."""
    body = load_scheme("tanbiao-demo").model_dump(mode="json", by_alias=True)
    return {**body, **changes}


def test_the_demonstration_scheme_says_what_it_is() -> None:
    scheme = load_scheme("tanbiao-demo")
    assert scheme.reference == "tanbiao-demo@1.3.0"
    assert scheme.standing == "demonstration"
    assert "not official" in scheme.thresholds
    assert "不构成认证" in scheme.statement.zh
    assert scheme.document["terms"]["man_days_min"] == 2.0
    assert scheme.source_of("validity_months").startswith("CNCA-CFP-00:2025")
    assert scheme.source_of("fees.man-day") == scheme.source_of("fees")
    assert scheme.source_of("man_days.base") == "project default, not official"
    assert newest_schemes()[0] == scheme


def test_an_earlier_version_stays_what_it_was() -> None:
    before = load_scheme("tanbiao-demo@1.1.0")
    assert before.hash == "sha256:2fa1cc0e80fbfe4ac6ce40e5f315cfdab93c593a0e305913f40899c2017835a6"
    assert "pact" not in before.consent
    old = load_scheme("tanbiao-demo@1.0.0")
    assert old.hash == "sha256:0e4e54730d4abbbba363fcb52bcf6e47614f2531540691898f385f9b71439d4a"
    assert old.document["terms"] == {
        "validity_months": 24,
        "surveillance_months": 12,
        "review_and_decision": "two_persons",
    }


# round half to even on three significant digits, worked by hand
@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("96.905", "96.9"),
        ("0.6205", "0.620"),
        ("0.6215", "0.622"),
        ("1234.5", "1230"),
        ("1235", "1240"),
        ("1245", "1240"),
        ("-2.345", "-2.34"),
        ("0.00012345", "0.000123"),
        ("0", "0"),
        ("999.6", "1000"),
    ],
)
def test_rounding_is_half_to_even(exact: str, shown: str) -> None:
    assert load_scheme("tanbiao-demo").round(exact) == shown


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"decision": {"mode": "nobody"}}, "scheme_malformed"),
        ({"published": ["recipe"]}, "scheme_malformed"),
        ({"number_pattern": "{name}"}, "scheme_malformed"),
        ({"rounding": {"digits": 0, "method": "half_even"}}, "scheme_malformed"),
        ({"slogan": "best"}, "unknown_key"),
        ({"published": ["unit", "value"]}, "scheme_malformed"),
        ({"number_pattern": None}, "scheme_malformed"),
        ({"standing": "template"}, "scheme_malformed"),
        ({"label": {"fields": ["value", "unit"]}}, "scheme_malformed"),
        ({"kinds": [{"id": "x", "title": TITLE, "subject": "product", "carbon": "direct"}]}, "scheme_malformed"),
        ({"openings": [{"id": "a"}, {"id": "a"}]}, "scheme_malformed"),
        ({"openings": [{"id": "a", "begins": "2026-01-01", "until": "2025-01-01"}]}, "scheme_malformed"),
    ],
)
def test_a_malformed_scheme_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        parse_scheme(demo(**changes))
    assert caught.value.code == code


def test_a_committee_has_its_size_in_the_terms() -> None:
    scheme = parse_scheme(demo(decision={"mode": "committee", "committee_size": 3}))
    assert scheme.document["terms"]["committee_size"] == 3


def test_a_demanded_commitment_and_demanded_pieces_of_the_system_are_terms_of_the_case() -> None:
    kit = [
        {"id": name, "title": {"zh": name, "en": name}, "asks": {"zh": name, "en": name}, "required": needed}
        for name, needed in (("duties", True), ("meters", False))
    ]
    scheme = parse_scheme(demo(reduction_commitment="required", management_system={"months": 3, "kit": kit}))
    assert scheme.document["terms"]["reduction_commitment"] == "required"
    assert scheme.document["terms"]["system_pieces"] == ["duties"]
    said = parse_scheme(demo()).document["terms"]
    assert "reduction_commitment" not in said
    assert said["system_pieces"] == ["duties", "data-procedure", "records"]
    assert load_scheme("tanbiao-demo").source_of("management_system.kit").startswith("project default")


def test_a_footprint_for_pact_is_the_holders_to_consent_to_and_no_schemes_to_publish() -> None:
    published = [*load_scheme("tanbiao-demo").published, "pact"]
    with pytest.raises(TanbiaoError) as caught:
        parse_scheme(demo(published=published))
    assert caught.value.code == "scheme_malformed"


def test_an_unknown_scheme_is_refused() -> None:
    for reference in ("nobody", "tanbiao-demo@9.0.0", "../x"):
        with pytest.raises(TanbiaoError) as caught:
            load_scheme(reference)
        assert caught.value.code == "scheme_unknown"


def test_the_workflow_knows_every_term_of_the_scheme() -> None:
    from tanbiao.workflow.terms import terms_of

    assert terms_of(load_scheme("tanbiao-demo").document["terms"]).validity_months == 24


def test_no_scheme_can_leave_out_what_carries_the_separation_of_duties() -> None:
    stages = demo()["stages"]
    for name in ("doc_review", "footprint_verification", "technical_review", "decision"):
        without = [stage for stage in stages if stage["id"] != name]
        optional = [{**stage, "optional": stage["id"] == name} for stage in stages]
        for changed in (without, optional):
            with pytest.raises(TanbiaoError) as caught:
                parse_scheme(demo(stages=changed))
            assert name in str(caught.value.findings[0].params["reason"])


def test_only_the_site_visit_can_be_optional() -> None:
    stages = [{**stage, "optional": stage["id"] == "on_site"} for stage in demo()["stages"]]
    assert parse_scheme(demo(stages=stages)).terms_stated["on_site"] == "optional"


def test_stages_are_states_of_the_case() -> None:
    states = set(load_lifecycle("certification-case").states)
    for scheme in list_schemes():
        assert {stage.id for stage in scheme.stages} <= states, scheme.reference


def test_the_shipped_schema_is_the_models() -> None:
    assert shipped() == schema()
    check = jsonschema.Draft202012Validator(shipped())
    for scheme in list_schemes():
        check.validate(scheme.model_dump(mode="json", by_alias=True))


def test_templates_bring_neither_artwork_nor_number_pattern() -> None:
    locked = [scheme for scheme in list_schemes() if scheme.is_locked]
    assert {scheme.id for scheme in locked} == {"cn-national", "gba", "js-provincial"}
    for scheme in locked:
        assert scheme.number_pattern is None
        assert scheme.artwork is None
        assert scheme.standing == "template"
        assert scheme.lock is not None
        assert {"authority_document", "artwork", "number_pattern", "body_approval"} <= set(scheme.lock.needs)
        assert "模板" in scheme.title.zh
        assert scheme.authority is not None
        assert all(document.read in ("text", "public_copy") for document in scheme.authority.documents)


def test_every_number_of_a_template_has_a_source_or_is_said_to_be_ours() -> None:
    for scheme in list_schemes():
        assert "not official" in scheme.thresholds
        for item in scheme.threshold_sources:
            assert item.source.strip()


def test_an_unlocked_template_is_whole_and_named_official() -> None:
    scheme = load_scheme("cn-national").unlocked(
        number_pattern="ABC-{year}-{serial:05d}", minimum_width_mm=30, regions=("CN-GD", "CN-JS")
    )
    assert not scheme.is_locked
    assert scheme.standing == "official"
    assert scheme.number_pattern == "ABC-{year}-{serial:05d}"
    assert scheme.openings[0].regions == ("CN-GD", "CN-JS")
    assert scheme.reference == load_scheme("cn-national").reference
