"""A case and its label scheme: a wrong combination is refused at application, at acceptance, at grant and at issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playing import Play

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.schemes import Scheme, load_scheme, parse_scheme
from tanbiao.examples import example
from tanbiao.web import clock
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import schemes
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Issue
from tanbiao.web.rulebook import commands as rulebook
from tanbiao.web.rulebook import queries as rulebook_queries
from tanbiao.web.rulebook.models import AdoptionBatch, RuleEntry
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries

pytestmark = pytest.mark.django_db


def variant(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Scheme:
    """Put a changed demonstration scheme in the place of every scheme."""
    body = load_scheme("tanbiao-demo").model_dump(mode="json", by_alias=True)
    scheme = parse_scheme({**body, **changes})
    monkeypatch.setattr(scheme_queries, "scheme", lambda reference: scheme)
    return scheme


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(Conflict) as caught:
        act()
    return {item.code for item in caught.value.findings}


@pytest.mark.parametrize("name", ["cn-national", "gba", "js-provincial"])
def test_a_locked_template_is_refused_by_name_and_leaves_no_case(world: World, name: str) -> None:
    play = Play(world)
    found = refused(lambda: play.apply(scheme=name))
    assert "scheme_locked" in found
    assert "scheme_refuses_demonstration_rule" in found
    assert "scheme_refuses_demonstration_release" in found
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        ({"categories": {"also": ["tyre"]}}, "scheme_category_not_open"),
        ({"regions": ["HK"]}, "scheme_region_not_open"),
        ({"bodies": "approved"}, "scheme_body_not_approved"),
        ({"begins": "2999-01-01"}, "scheme_not_begun"),
        ({"until": "2020-01-01"}, "scheme_ended"),
        ({"rules": {"ids": ["another"]}}, "scheme_rule_not_open"),
        ({"rules": {"standings": ["official"]}}, "scheme_rule_standing"),
    ],
)
def test_each_dimension_is_refused_at_application(
    world: World, monkeypatch: pytest.MonkeyPatch, opening: dict[str, Any], code: str
) -> None:
    variant(monkeypatch, openings=[{"id": "one", **opening}])
    play = Play(world)
    assert refused(play.apply) == {code}
    assert not Case.objects.exists()


def test_a_kind_without_a_figure_cant_be_applied_for(world: World) -> None:
    play = Play(world)
    assert refused(lambda: play.apply(certification="product-neutral")) == {"claim_missing"}
    assert refused(lambda: play.apply(certification="green-product")) == {"scheme_kind_without_figure"}
    before = "tanbiao-demo@1.2.0"
    assert refused(lambda: play.apply(scheme=before, certification="product-neutral")) == {"scheme_kind_without_figure"}
    assert refused(lambda: play.apply(certification="gold")) == {"scheme_kind_unknown"}


def test_the_place_is_where_the_product_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # the cement example is made in China, and its maker sits in Guangdong
    variant(monkeypatch, openings=[{"id": "one", "regions": ["CN-GD"]}])
    assert Play(world).apply().state == "applied"
    assert schemes.region_of("DE", world.alpha) == "DE"


def test_what_closes_after_the_application_is_refused_at_acceptance_and_at_the_grant(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(world)
    play.until("decision")
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    variant(monkeypatch, openings=[{"id": "one", "until": yesterday}])
    assert refused(play.grant) == {"scheme_ended"}
    assert play.case.state == "decision"
    cases.decide(
        play.decider, case_id=play.case.id, builds_on=play.case.head, grant=False, text="已关闭", reason="evidence_gap"
    )
    assert play.case.state == "not_granted"


def test_acceptance_asks_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(world)
    play.apply()
    variant(monkeypatch, openings=[{"id": "one", "regions": ["HK"]}])
    assert refused(play.accept) == {"scheme_region_not_open"}


def test_what_closes_between_grant_and_issue_goes_back_to_its_decision_without_a_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(world)
    play.until("granted")
    variant(monkeypatch, openings=[{"id": "one", "regions": ["HK"]}])
    ledger.settle()
    assert play.case.state == "decision"
    assert not Issue.objects.exists()


def test_what_closes_before_the_signature_voids_the_issue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    play = Play(world)
    play.until("granted")
    issue = issuing.open_issue(play.case.id)
    assert issue is not None
    issuing.run_stage(issue.id, "reserve")
    variant(monkeypatch, openings=[{"id": "one", "regions": ["HK"]}])
    assert issuing.run(issue.id).state == "voided"
    assert play.case.state == "decision"


def provisional(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submit a study of six months under a rule that asks for twelve and calls less provisional."""
    base = load_rule("cement-clinker@1.0.0")
    quality = {**base.canonical()["quality"], "shorter": "provisional"}
    rule = parse_rule({**base.canonical(), "quality": quality})
    monkeypatch.setattr(rulebook_queries, "load_rule", lambda reference: rule)
    play.study_id = studies.create(play.manager, title_zh="半年").id
    text = example("cement-clinker").read().replace(b"2023-12-31", b"2023-06-30")
    assert play._installed
    assert studies.bring_in(play.manager, study_id=play.study_id, filename="x.yaml", data=text).accepted
    play.resubmit_study()


def test_a_provisional_result_is_submitted_with_a_notice_and_certified_only_where_the_scheme_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(world)
    provisional(play, monkeypatch)
    assert play.study_id is not None
    [notice] = study_queries.notices(play.manager, play.study_id)
    assert (notice.code, notice.params) == ("provisional_not_certified", {"months": 6, "required": 12})
    assert refused(play.apply) == {"scheme_refuses_provisional"}
    assert not Case.objects.exists()
    variant(monkeypatch, provisional="allowed")
    assert play.apply().state == "applied"
    # and a scheme that closes to it again stops the case at its next step
    variant(monkeypatch, provisional="refused")
    assert refused(play.accept) == {"scheme_refuses_provisional"}


def test_the_page_says_before_the_submission_what_a_scheme_will_refuse(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(world)
    provisional(play, monkeypatch)
    token: Any = api_token(play.manager)
    made = studies.create(play.manager, title_zh="又半年")
    text = example("cement-clinker").read().replace(b"2023-12-31", b"2023-06-30")
    studies.bring_in(play.manager, study_id=made.id, filename="x.yaml", data=text)
    studies.calculate(play.manager, study_id=made.id, samples=20)
    studies.settle(play.manager, study_id=made.id)
    shown = client_of(play.manager).get(f"/studies/{made.id}/", headers={"accept-language": "en"}).content.decode()
    assert "certified only under a label scheme" in shown
    head = study_queries.revision(play.manager, made.id).hash
    url = f"/api/v1/studies/{made.id}/submit"
    answer = Client().post(url, {"builds_on": head}, content_type="application/json", **token)
    assert (answer.status_code, answer.json()["notices"][0]["code"]) == (200, "provisional_not_certified")


@pytest.mark.requirement("NAT-04d")
def test_a_rule_must_stand_on_the_adoption_list_where_the_scheme_demands_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant(monkeypatch, openings=[{"id": "one", "rules": {"adoption_list": {"batches": ["2026-1"]}}}])
    rulebook.enrol_packaged(SYSTEM)
    play = Play(world)
    assert refused(play.apply) == {"scheme_rule_not_adopted"}
    assert not Case.objects.exists()
    rule = study_queries.document(world.actor(world.alpha), play.submit_study())["rule"]
    entry = RuleEntry.objects.get(rule_id=rule.split("@")[0], version=rule.split("@")[1])
    now = clock.now()
    entry.batch = AdoptionBatch.objects.create(number="2025-9", authority=world.authority, day=now.date(), at=now)
    entry.save()
    assert refused(play.apply) == {"scheme_rule_batch"}
    AdoptionBatch.objects.update(number="2026-1")
    play.until("decision")
    RuleEntry.objects.filter(id=entry.id).update(state="suspended")
    assert "scheme_rule_not_adopted" in refused(play.grant)
    RuleEntry.objects.filter(id=entry.id).update(state="adopted")
    play.grant()
    assert play.case.state == "granted"
