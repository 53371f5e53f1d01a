"""Every illegal edge, as every role, through the API: 403, 404 or 409, with a reason; and the same way by pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token
from tanbiao.web.accounts.roles import Role
from tanbiao.web.governance.acting import ACTS
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.models import GovernanceEvent, GovernedDataset
from web.governance.judging import Way

pytestmark = pytest.mark.django_db
BODY = {
    "text": "x",
    "positive": True,
    "source": "x",
    "own_value": 1,
    "other_value": 1,
    "unit": "kg",
    "evidence": ["x"],
    "classification": "open",
}
ROLES = {
    "provider": Role.DATA_PROVIDER,
    "secretariat": Role.OPERATOR,
    "metrologist": Role.METROLOGIST,
    "authority": Role.AUTHORITY_OFFICER,
    "reviewer": Role.FACTOR_REVIEWER,
}
PARTY = {"provider": "provider"}


@pytest.fixture
def way(world: World) -> Way:
    made = Way(world)
    made.found()
    return made


@pytest.mark.parametrize("who", list(ROLES))
def test_no_illegal_edge_is_taken(way: Way, who: str) -> None:
    way.until("published")
    actor = way.drawn()[0] if who == "reviewer" else getattr(way, who)
    token: dict[str, Any] = dict(api_token(actor))
    client, before = Client(), GovernanceEvent.objects.count()
    tried = 0
    for state in LIFECYCLE.states:
        GovernedDataset.objects.filter(id=way.id).update(state=state)
        for event in ACTS:
            edge = LIFECYCLE.edge(state, event)
            mine = edge and any(
                (rule.party, rule.role) == (PARTY.get(who, "platform"), ROLES[who].value) for rule in edge.actors
            )
            if mine or event == "close_majors":
                continue
            response = client.post(
                f"/api/v1/governed-datasets/{way.id}/acts/{event}",
                data=json.dumps({**BODY, "builds_on": way.entry.head, "reason": "obsolete"}),
                content_type="application/json",
                **token,
            )
            tried += 1
            assert response.status_code in (403, 404, 409), (state, event, response.content)
            assert json.loads(response.content)["code"]
            assert way.entry.state == state
    assert tried > 200
    assert GovernanceEvent.objects.count() == before


def test_the_way_by_the_api(way: Way) -> None:
    """The same commands: a draft is opened, described and submitted by calls, and a stale head is refused."""
    from web.governance.judging import steel, stored

    version = stored(way.provider, steel())
    client, token = Client(), dict(api_token(way.provider))

    def post(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        response = client.post(f"/api/v1/{path}", data=json.dumps(body), content_type="application/json", **token)
        return response.status_code, json.loads(response.content)

    status, made = post("governed-datasets", {"database": "demo-db", "version_id": str(version.id)})
    assert (status, made["state"]) == (201, "draft")
    acts = f"governed-datasets/{made['id']}/acts"
    status, problem = post(f"{acts}/submit", {"builds_on": made["head"]})
    codes = {item["code"] for item in problem["findings"]}
    assert (status, codes) == (
        409,
        {"dataset_source_missing", "dataset_licence_missing", "dataset_legal_basis_missing"},
    )
    said = {"source_statement": "x", "legal_basis": "own", "licence": "CC0-1.0"}
    status, made = post(f"{acts}/describe", said)
    assert status == 200
    status, problem = post(f"{acts}/submit", {"builds_on": "sha256:" + "0" * 64})
    assert (status, problem["code"]) == (409, "stale_decision")
    status, made = post(f"{acts}/submit", {"builds_on": made["head"]})
    assert (status, made["state"]) == (200, "submitted")
