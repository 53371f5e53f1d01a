"""Every illegal edge, as every role, through the API: 403 or 409, with the reason; and no case of another tenant."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from factories import World, api_token
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification.models import Case, CaseEvent
from tanbiao.workflow import load_lifecycle
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
LIFECYCLE = load_lifecycle("certification-case")
ROLES = (
    Role.ENTERPRISE_MANAGER,
    Role.ENTERPRISE_EDITOR,
    Role.ADVISER,
    Role.CASE_MANAGER,
    Role.VERIFIER,
    Role.REVIEWER,
    Role.DECIDER,
)
BODIES: dict[str, dict[str, Any]] = {
    "accept": {"body_qualified": True, "body_competent": True, "advice_declared": True},
    "refuse": {"reason": "no_capacity"},
    "sign": {},
    "plan": {"team": [], "man_days": 3},
    "start": {},
    "pass_documents": {},
    "skip_site": {},
    "complete_site": {},
    "require_rectification": {},
    "resubmit": {},
    "state_opinion": {"kind": "adverse", "assurance": "limited", "materiality_percent": 5, "statement": "x"},
    "review": {"positive": True, "text": "x"},
    "reopen_verification": {},
    "return_to_team": {"reason": "evidence_gap"},
    "grant": {"grant": True, "text": "x"},
    "deny": {"grant": False, "text": "x", "reason": "evidence_gap"},
    "lapse": {"reason": "not_rectified_in_term"},
    "void_issue": {"reason": "technical_failure"},
    "withdraw": {"reason": "holder_request"},
    "terminate": {"reason": "contract_breach"},
}
"""Event → a body that is well formed, so that only the edge itself is refused."""


def post(client: Client, actor: Actor, path: str, body: dict[str, Any], lang: str = "en") -> tuple[int, dict[str, Any]]:
    response = client.post(
        f"/api/v1/{path}",
        data=json.dumps(body),
        content_type="application/json",
        headers={"accept-language": lang},
        **_tokens(actor),
    )
    return response.status_code, json.loads(response.content)


_KNOWN: dict[Any, dict[str, str]] = {}


def _tokens(actor: Actor) -> dict[str, Any]:
    if actor.person_id not in _KNOWN:
        _KNOWN[actor.person_id] = api_token(actor)
    return _KNOWN[actor.person_id]


@pytest.fixture
def applied(world: World) -> Play:
    play = Play(world)
    play.until("applied")
    return play


def path_of(event: str) -> str:
    return "decide" if event in ("grant", "deny") else event


def test_every_illegal_edge_is_refused_to_every_role_with_the_reason(applied: Play) -> None:
    client, case_id = Client(), applied.case_id
    tried = 0
    for state in LIFECYCLE.states:
        Case.objects.filter(id=case_id).update(state=state)
        for event, body in BODIES.items():
            if LIFECYCLE.edge(state, event) is not None:
                continue
            for role in ROLES:
                sent = {**body, "builds_on": applied.case.head}
                status, problem = post(client, applied.who(role), f"cases/{case_id}/{path_of(event)}", sent)
                assert status in (403, 409), (state, event, role, status, problem)
                assert problem["code"] in ("illegal_transition", "not_allowed", "not_your_part"), problem
                assert problem["detail"]
                assert problem["remedy"] or problem["code"] == "not_allowed"
                tried += 1
        assert Case.objects.get(id=case_id).state == state
    assert tried > 1500
    assert CaseEvent.objects.filter(case_id=case_id).count() == 1


def test_a_legal_edge_is_refused_to_every_other_role(applied: Play) -> None:
    client, case_id = Client(), applied.case_id
    for state in LIFECYCLE.states:
        Case.objects.filter(id=case_id).update(state=state)
        for event, body in BODIES.items():
            edge = LIFECYCLE.edge(state, event)
            if edge is None:
                continue
            allowed = {rule.role for rule in edge.actors}
            for role in ROLES:
                if role.value in allowed:
                    continue
                sent = {**body, "builds_on": applied.case.head}
                status, problem = post(client, applied.who(role), f"cases/{case_id}/{path_of(event)}", sent)
                assert status == 403, (state, event, role, status, problem)
        assert Case.objects.get(id=case_id).state == state


def test_the_reason_is_said_in_the_readers_language(applied: Play) -> None:
    body = {**BODIES["grant"], "builds_on": applied.case.head}
    for lang, word in (("en", "is not possible in the state"), ("zh-hans", "状态下不能")):
        status, problem = post(Client(), applied.decider, f"cases/{applied.case_id}/decide", body, lang)
        assert status == 409
        assert word in problem["detail"]


def test_a_decision_on_an_old_head_is_refused_as_stale(applied: Play) -> None:
    seen = applied.case.head
    applied.accept()
    status, problem = post(Client(), applied.manager, f"cases/{applied.case_id}/sign", {"builds_on": seen})
    assert (status, problem["code"]) == (409, "stale_decision")
    assert problem["where"] == "builds_on"


def test_another_tenants_case_does_not_exist(applied: Play, world: World) -> None:
    client, case_id = Client(), applied.case_id
    strangers = [
        world.actor(world.beta, Role.ENTERPRISE_MANAGER),
        world.actor(world.other_body, Role.CASE_MANAGER),
        world.actor(world.other_body, Role.VERIFIER),
        world.actor(world.other_body, Role.REVIEWER),
        world.actor(world.other_body, Role.DECIDER),
    ]
    for stranger in strangers:
        for address in (f"cases/{case_id}", f"cases/{uuid4()}"):
            answer = client.get(f"/api/v1/{address}", **_tokens(stranger))
            assert answer.status_code == 404
        listing = client.get("/api/v1/cases", **_tokens(stranger)).json()
        assert listing["total"] == 0
        for event, body in BODIES.items():
            sent = {**body, "builds_on": applied.case.head}
            here, there = (post(client, stranger, f"cases/{one}/{path_of(event)}", sent) for one in (case_id, uuid4()))
            assert here[0] in (403, 404), (event, here)
            assert here[0] == there[0]
            assert here[1]["code"] == there[1]["code"], "a stranger must not learn whether the case exists"


def test_an_authority_and_a_visitor_see_no_case(applied: Play, world: World) -> None:
    officer = world.actor(world.authority, Role.AUTHORITY_OFFICER)
    assert Client().get(f"/api/v1/cases/{applied.case_id}", **_tokens(officer)).status_code == 404
    assert Client().get(f"/api/v1/cases/{applied.case_id}").status_code == 401
