"""The blind second opinion: a draw that nobody can steer, formed without the first, a difference resolved."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of, make_actor
from tanbiao.core.draw import selected
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import CaseEvent, SecondOpinion
from tanbiao.web.commanding import TanbiaoError
from web.certification.playing import Play

STATEMENT = "第一组的意见全文：数值公允，不含重大错报。"


def test_a_share_is_drawn_whatever_the_candidates_are() -> None:
    drawn = sum(selected(f"opinion {number}", 0.2, "seed") for number in range(4000))
    # 4000 draws of 0.2: mean 800, standard deviation 25.3; five of them either way.
    assert 673 < drawn < 927
    assert [selected("a", 0.5, f"{n}") for n in range(20)] == [selected("a", 0.5, f"{n}") for n in range(20)]


def refused(run: Any) -> str:
    with pytest.raises(TanbiaoError) as caught:
        run()
    return caught.value.code


def played(world: World, share: float) -> Play:
    """Play a case whose scheme draws a share to the technical review."""
    play = Play(world)
    play.until("contracted")
    case = play.case
    case.terms = {**case.terms, "second_opinion_share": share}
    case.save()
    play.plan()
    play.start()
    play.pass_documents()
    play.visit()
    play.sample()
    play.state_opinion(statement=STATEMENT)
    return play


@pytest.mark.django_db
def test_the_seed_is_committed_before_the_opinion_and_anybody_can_draw_again(world: World) -> None:
    play = played(world, 1.0)
    events = list(CaseEvent.objects.filter(case_id=play.case_id).order_by("index").values_list("event", "details"))
    names = [event for event, _ in events]
    assert names.index("draw_committed") < names.index("state_opinion") < names.index("second_opinion_drawn")
    committed, drawn = dict(events[::-1])["draw_committed"], dict(events)["second_opinion_drawn"]
    assert committed["commitment"] == "sha256:" + hashlib.sha256(drawn["seed"].encode()).hexdigest()
    opinion = play.case.opinions.get()
    assert drawn["drawn"] is selected(opinion.hash, drawn["share"], drawn["seed"]) is True


def assign(play: Play, who: Actor, **changes: Any) -> SecondOpinion:
    given: dict[str, Any] = {"person_id": who.person_id, "unread": True, "no_conflict_declared": True}
    return cases.assign_second(play.handler, case_id=play.case.id, **(given | changes))


@pytest.mark.django_db
def test_a_scheme_that_draws_none_asks_for_none(world: World) -> None:
    play = played(world, 0.0)
    assert not play.case.draws.exists()
    assert refused(lambda: assign(play, make_actor(world.body, Role.VERIFIER))) == "second_not_drawn"
    play.review()
    play.grant()


@pytest.mark.django_db
def test_who_states_the_second_opinion_sees_study_and_evidence_and_not_the_first(world: World) -> None:
    play, other = played(world, 1.0), make_actor(world.body, Role.VERIFIER)
    assert refused(lambda: assign(play, play.verifier)) == "duties_not_separate"
    assert refused(lambda: assign(play, other, unread=False)) == "second_not_fit"
    assert refused(lambda: assign(play, make_actor(world.other_body, Role.VERIFIER))) == "second_not_fit"
    row = assign(play, other)
    assert refused(lambda: assign(play, other)) == "second_assigned"
    client, token = client_of(other), api_token(other)
    blind = ("", "verification/", "consistency/", "audit/", "papers/", "contract/")
    assert {client.get(f"/cases/{play.case_id}/{page}").status_code for page in blind} == {404}
    headers: Any = token
    assert Client().get(f"/api/v1/cases/{play.case_id}", **headers).status_code == 404
    page = f"/cases/second-opinions/{row.id}/"
    shown = client.get(page).content.decode()
    assert play.case.package_hash in shown
    listed = Client().get("/api/v1/second-opinions", **headers).content.decode()
    assert play.case.number in listed
    assert Client().post("/api/v1/second-opinions/none", data="{}", content_type="application/json").status_code == 401
    assert STATEMENT not in shown + listed + client.get("/desk/").content.decode()
    # Nor does the study say what the first opinion made of it, on its page, in the lists, or through the API.
    assert play.case.study.state == "verified"
    place, api = f"/studies/{play.study_id}/", f"/api/v1/studies/{play.study_id}"
    assert Client().get(api, **headers).json()["state"] == "verifying"
    seen = client.get(place).content.decode() + client.get(f"{place}revisions/").content.decode()
    assert "Verified" not in seen
    assert Client().get("/api/v1/studies?state=verified", **headers).json()["total"] == 0
    assert Client().get("/api/v1/studies", **headers).json()["total"] == 0
    assert Client().get(api, **api_token(play.verifier)).json()["state"] == "verified"  # type: ignore[arg-type]
    assert client_of(play.reviewer).get(page).status_code == 404
    # An own figure within the first opinion's materiality of 5 %, and the same kind: the two agree.
    figure = str(float(play.case.opinions.get().declared) * 1.049)
    assert client.post(page, {"kind": "unmodified", "statement": "同意", "figure": figure}).status_code == 302
    row.refresh_from_db()
    assert row.differs is False
    assert STATEMENT in client.get(f"/cases/{play.case_id}/").content.decode()
    assert Client().get(api, **headers).json()["state"] == "verified"
    play.review()
    play.grant()
    assert play.case.state == "granted"


@pytest.mark.django_db
@pytest.mark.parametrize("kind, factor, stands", [("adverse", 1.0, "first"), ("unmodified", 1.06, "second")])
def test_a_difference_blocks_the_decision_until_a_third_person_resolves_it(
    world: World, kind: str, factor: float, stands: str
) -> None:
    play, other = played(world, 1.0), make_actor(world.body, Role.VERIFIER, Role.REVIEWER)
    play.review()
    assert refused(play.grant) == "second_opinion_missing"
    row = assign(play, other)
    figure = str(float(play.case.opinions.get().declared) * factor)
    cases.state_second(other, second_id=row.id, kind=kind, statement="不同意", figure=figure)
    assert refused(play.grant) == "second_opinion_differs"
    run: dict[str, Any] = {"case_id": play.case.id, "stands": stands, "reason": "按原始凭证核对"}

    def resolve(actor: Actor, **changes: Any) -> SecondOpinion:
        return cases.resolve_second(actor, builds_on=play.case.head, **(run | changes))

    assert refused(lambda: resolve(other)) == "duties_not_separate"
    assert refused(lambda: resolve(play.verifier)) == "not_allowed"
    assert refused(lambda: resolve(play.reviewer, reason=" ")) == "text_missing"
    third = make_actor(world.body, Role.REVIEWER)
    told = client_of(third).get(f"/cases/{play.case_id}/").content.decode()
    assert "differs from the first" in told
    resolve(third)
    if stands == "first":
        play.grant()
        assert play.case.state == "granted"
    else:
        assert refused(play.grant) == "second_opinion_stands"
        given: dict[str, Any] = {"grant": False, "text": "以第二意见为准", "reason": "requirements_not_met"}
        cases.decide(play.decider, case_id=play.case.id, builds_on=play.case.head, **given)
        assert play.case.state == "not_granted"
