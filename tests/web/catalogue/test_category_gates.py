"""Categories on the platform: an authority states gates and opens what is ready; page and API by the same commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.catalogue.facts import ModelFacts, PackageFacts
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.catalogue import commands, queries
from tanbiao.web.catalogue.models import CategoryEvent, GateStatement
from tanbiao.web.ledger.models import LogEntry

pytestmark = pytest.mark.django_db
WHOLE = PackageFacts(
    rule="furniture@1.0.0",
    hash="sha256:00",
    standing="demonstration",
    title={"zh": "家具", "en": "furniture"},
    categories=("furniture",),
    missing=(),
    examples=4,
    failed=(),
    failing=2,
    basis="inventory",
    replaced_by=None,
    models=(ModelFacts("m", "m.yaml", "starter-2026.1", 5.0, "kg CO2e/t", "partial", 0.1, 0, "cited"),),
)


@pytest.fixture(autouse=True)
def one_complete_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Furniture has a complete package; nothing else has."""
    monkeypatch.setattr(queries, "packaged_facts", lambda: (WHOLE,))


def officer(world: World) -> Actor:
    return world.actor(world.authority, Role.AUTHORITY_OFFICER)


def refused(run: Any, *args: Any, **values: Any) -> list[str]:
    with pytest.raises(TanbiaoError) as caught:
        run(*args, **values)
    return [item.code for item in caught.value.findings]


def state_both(world: World) -> None:
    bodies = [world.body.id, world.other_body.id]
    commands.state_gate(officer(world), category="furniture", gate="bodies", green=True, evidence="two", bodies=bodies)
    commands.state_gate(officer(world), category="furniture", gate="demand", green=True, evidence="on a policy's list")


@pytest.mark.requirement("SH-01b", "GBA-T02")
def test_a_category_opens_when_every_gate_is_green_and_closes_again(world: World) -> None:
    """Planned → open (for demonstration, as its rule is) → closed; what the gates rested on is kept and logged."""
    actor = officer(world)
    assert queries.entry(actor, "furniture").state == "planned"
    told = refused(commands.open_category, actor, category="furniture", reason="try")
    assert told == ["category_not_ready", "readiness_not_stated", "readiness_not_stated"]
    state_both(world)
    commands.open_category(actor, category="furniture", reason="all gates are green")
    found = queries.entry(actor, "furniture")
    assert (found.state, found.is_demonstration, queries.is_open("furniture")) == ("open", True, True)
    assert found.event is not None
    assert found.event.basis["rule"] == "furniture@1.0.0 sha256:00"
    assert refused(commands.open_category, actor, category="furniture", reason="again") == ["category_state_same"]
    commands.close_category(actor, category="furniture", reason="catalogue changed")
    assert queries.entry(actor, "furniture").state == "closed"
    assert not queries.is_open("furniture")
    assert LogEntry.objects.filter(type="category_event").count() == 4


def test_statements_are_checked(world: World) -> None:
    actor = officer(world)
    common = {"category": "furniture", "green": True, "evidence": "x"}
    assert refused(commands.state_gate, actor, gate="rule", **common) == ["gate_not_stated"]
    assert refused(commands.state_gate, actor, gate="moon", **common) == ["gate_not_stated"]
    assert refused(commands.state_gate, actor, gate="demand", **(common | {"evidence": "  "})) == [
        "category_reason_missing"
    ]
    assert refused(commands.state_gate, actor, gate="demand", **(common | {"category": "sofa"})) == ["category_unknown"]
    stranger = [world.alpha.id]
    assert refused(commands.state_gate, actor, gate="bodies", bodies=stranger, **common) == ["gate_body_unknown"]
    seen = queries.entry(actor, "furniture").head
    commands.state_gate(actor, gate="demand", builds_on=seen, **common)
    assert refused(commands.state_gate, actor, gate="demand", builds_on=seen, **common) == ["category_moved_on"]
    assert refused(commands.close_category, actor, category="furniture", reason="x") == ["category_state_same"]
    assert refused(commands.close_category, actor, category="furniture", reason="") == ["category_reason_missing"]


def test_only_an_authority_states_and_opens(world: World) -> None:
    for organisation in (world.alpha, world.body, world.operator):
        actor = world.actor(organisation)
        assert refused(commands.open_category, actor, category="furniture", reason="x") == ["not_allowed"]
        page = client_of(actor).post("/catalogue/furniture/", {"act": "open", "reason": "x"})
        assert page.status_code == 403
    assert CategoryEvent.objects.count() == GateStatement.objects.count() == 0


def test_the_pages_show_gates_and_the_authority_acts_on_them(world: World) -> None:
    desk = client_of(officer(world))
    shown = desk.get("/catalogue/furniture/").content.decode()
    assert "State a gate" in shown
    assert "Nobody has stated the gate bodies" in shown
    refusal = desk.post("/catalogue/furniture/", {"act": "open", "reason": "x"})
    assert refusal.status_code == 409
    assert "can&#x27;t be opened" in refusal.content.decode()
    assert desk.post("/catalogue/furniture/", {"gate": "demand", "green": "yes"}).status_code == 422
    state_both(world)
    assert desk.post("/catalogue/furniture/", {"act": "open", "reason": "ready"}).status_code == 302
    visitor = Client(headers={"accept-language": "zh"})
    page = visitor.get("/catalogue/furniture/").content.decode()
    for words in ("已开放", "演示 DEMO", "示范规则，不具有官方效力", "on a policy"):
        assert words in page
    assert "说明关口" not in page
    listed = visitor.get("/catalogue/?q=9403&state=open").content.decode()
    assert "家具" in listed
    assert "没有符合条件的类别" in visitor.get("/catalogue/?q=zzzz").content.decode()
    assert "轮胎" in visitor.get("/catalogue/?only=national").content.decode()


def test_lists_and_rules_are_public(world: World) -> None:
    visitor = Client(headers={"accept-language": "en"})
    assert "batch 1" in visitor.get("/catalogue/lists/").content.decode()
    page = visitor.get("/catalogue/lists/cn-certification-catalogue@1.0.0/").content.decode()
    assert "2025-07-09" in page
    assert "tyres" in page
    assert visitor.get("/catalogue/lists/none/").status_code == 404
    assert visitor.get("/catalogue/none/").status_code == 404
    assert "model study with a cited inventory" in visitor.get("/catalogue/rules/?all=1").content.decode()


def test_the_api_does_the_same(world: World) -> None:
    program = api_token(officer(world))
    assert any(item["id"] == "tyre" for item in Client().get("/api/v1/categories").json())
    head = Client().get("/api/v1/categories/furniture").json()["head"]
    body = {"gate": "demand", "green": True, "evidence": "exports", "builds_on": head}

    def post(place: str, said: dict[str, Any], **headers: str) -> Any:
        return Client().post(f"/api/v1/categories/{place}", said, content_type="application/json", **headers)

    assert post("furniture/statements", body).status_code == 401
    answer = post("furniture/statements", body, **program)
    assert answer.status_code == 201
    assert {item["gate"]: item["green"] for item in answer.json()["gates"]}["demand"]
    assert post("furniture/statements", body, **program).json()["code"] == "category_moved_on"
    refusal = post("furniture/state", {"state": "open", "reason": "x"}, **program)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "category_not_ready")
    bodies = [str(world.body.id)]
    post("furniture/statements", {"gate": "bodies", "green": True, "evidence": "one", "bodies": bodies}, **program)
    assert post("furniture/state", {"state": "open", "reason": "x"}, **program).json()["is_demonstration"] is True
    lists = Client().get("/api/v1/catalogue-lists?on=2025-01-01").json()
    assert not next(item for item in lists if item["reference"] == "cn-certification-catalogue@1.0.0")["in_force"]
    assert len(Client().get("/api/v1/catalogue-lists/cn-certification-catalogue").json()["entries"]) == 17
    assert Client().get("/api/v1/rule-packages").json()[0]["rule"] == "furniture@1.0.0"


def test_a_rule_of_standing_opens_without_demonstration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "packaged_facts", lambda: (replace(WHOLE, standing="adopted"),))
    state_both(world)
    assert not commands.open_category(officer(world), category="furniture", reason="ready").is_demonstration
