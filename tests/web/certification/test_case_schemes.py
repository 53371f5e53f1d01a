"""A case and its label scheme: a wrong combination is refused at application, at acceptance, at grant and at issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playing import Play

from factories import World
from tanbiao.core.schemes import Scheme, load_scheme, parse_scheme
from tanbiao.web import clock
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import schemes
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Issue
from tanbiao.web.schemes import queries as scheme_queries

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
    assert refused(lambda: play.apply(certification="product-neutral")) == {"scheme_kind_without_figure"}
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
