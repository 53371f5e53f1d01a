"""Every transition that a lifecycle does not draw, and every drawn one by the wrong hand, by API as every role.

The table of what is tried is made from the lifecycle documents: a new state, event or actor is tried without a change
here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Model
from django.test import Client

from factories import World, api_token
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import ROLES_OF_KIND, Kind
from tanbiao.web.labels import acts as label_acts
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.schemes.models import SchemeEntry
from tanbiao.web.surveillance import acts, commands
from tanbiao.web.surveillance.models import Grievance, HistoryLine, Surveillance
from tanbiao.workflow.document import START
from tanbiao.workflow.machine import Lifecycle, load_lifecycle
from web.schemes.opening import approve, unlock
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db
REFUSED = (401, 403, 404, 409)
SENT = {
    "text": "x", "figure": "1", "open_points": "x", "qualified": True, "kind": "x", "holder_name_zh": "演示新名",
}  # fmt: skip


@dataclass
class Thing:
    """One thing with a lifecycle: its row, the addresses of its events, and on which side an organisation stands."""

    name: str
    row: Any
    addresses: dict[str, str]
    sides: dict[str, Organisation]

    @property
    def lifecycle(self) -> Lifecycle:
        return load_lifecycle(self.name)

    @property
    def model(self) -> type[Model]:
        return type(self.row)

    def put(self, state: str) -> None:
        self.model._default_manager.filter(pk=self.row.pk).update(state="" if state == START else state)

    def stands(self) -> tuple[str, str]:
        found: Any = self.model._default_manager.get(pk=self.row.pk)
        return found.state or START, found.head


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


@pytest.fixture
def people(world: World) -> dict[str, Actor | None]:
    """Return a visitor and everybody of two tenants and two bodies, of authority and operator: each role once."""
    found: dict[str, Actor | None] = {"visitor": None}
    sides = {"alpha": world.alpha, "beta": world.beta, "body": world.body, "other": world.other_body}
    for side, organisation in (sides | {"authority": world.authority, "operator": world.operator}).items():
        for role in sorted(ROLES_OF_KIND[Kind(organisation.kind)]):
            found[f"{side}:{role.value}"] = world.actor(organisation, role)
    return found


def _acts(place: str, row: Any, table: dict[str, Any]) -> dict[str, str]:
    return {event: f"/api/v1/{place}/{row.id}/acts/{event}" for event in table}


def things(life: Life) -> Iterator[Thing]:
    """Make one of each kind."""
    world, number = life.world, life.number
    sides = {"body": world.body, "holder": world.alpha}
    certificate = Certificate.objects.get(number=number)
    proposal = register.propose_change(
        life.office, number=number, builds_on=certificate.head, reason="holder_name", holder_name_zh="演示新名"
    )
    mine = f"/api/v1/certificates/{number}"
    named = {event: f"{mine}/{event}" for event in ("suspend", "restore", "withdraw", "cancel")}
    yield Thing("certificate", certificate, {**named, "change": f"{mine}/changes/{proposal.id}/decide"}, sides)
    survey = Surveillance.objects.get(number=number, state="planned")
    yield Thing("surveillance", survey, _acts("surveillances", survey, acts.SURVEILLANCE), sides)
    move = commands.request_transfer(life.holder, number=number, body_id=world.other_body.id, text="演示")
    receiving = {**sides, "receiver": world.other_body}
    yield Thing("transfer", move, _acts("transfers", move, acts.TRANSFER), receiving)
    matter = commands.complain(life.holder, number=number, text="演示投诉")
    Grievance.objects.filter(id=matter.id).update(kind="appeal")
    yield Thing("grievance", matter, _acts("grievances", matter, acts.GRIEVANCE), sides)
    licence = Licence.objects.get(number=number)
    yield Thing("label-licence", licence, _acts("label-licences", licence, label_acts.LICENCE), sides)
    use = LabelUse.objects.create(
        number=number,
        body=licence.body,
        owner=licence.owner,
        licence=licence,
        position="shop",
        state="declared",
        state_since=licence.state_since,
        created_at=licence.created_at,
        head="sha256:" + "1" * 64,
    )
    yield Thing("label-use", use, _acts("label-uses", use, label_acts.USE), {**sides, "authority": world.authority})
    approve(world)
    unlock(world)
    entry = SchemeEntry.objects.get()
    scheme = f"/api/v1/schemes/{entry.reference}"
    platform = {"platform": world.operator, "authority": world.authority}
    yield Thing("scheme", entry, {"lock": f"{scheme}/lock"}, platform)


def may(thing: Thing, state: str, event: str, actor: Actor | None) -> bool:
    """Whether the lifecycle draws this edge for a role on a side of the thing."""
    edge = thing.lifecycle.edge(state, event)
    if edge is None or actor is None:
        return False
    roles = {role.value for role in actor.roles}
    for rule in edge.actors:
        side = thing.sides.get(rule.party)
        here = side is not None and side.id == actor.organisation_id
        if rule.role in roles and (here or rule.party in ("platform", "authority")):
            return True
    return False


def test_no_role_walks_an_edge_by_api_that_its_lifecycle_does_not_draw_for_it(
    life: Life, people: dict[str, Actor | None]
) -> None:
    tokens: dict[str, Any] = {name: api_token(one) if one is not None else {} for name, one in people.items()}
    client, tried = Client(raise_request_exception=False), dict[str, int]()
    for thing in things(life):
        first, history = thing.stands()[0], HistoryLine.objects.count()
        for state in (*thing.lifecycle.states, START):
            thing.put(state)
            head = thing.stands()[1]
            for event, address in thing.addresses.items():
                edge = thing.lifecycle.edge(state, event)
                sent = {**SENT, "builds_on": head, "reason": edge.reasons[0] if edge and edge.reasons else ""}
                for name, actor in people.items():
                    if may(thing, state, event, actor):
                        continue
                    answer = client.post(address, sent, content_type="application/json", **tokens[name])
                    where = (thing.name, state, event, name, answer.status_code, answer.content[:300])
                    assert answer.status_code in REFUSED, where
                    problem = answer.json()
                    assert problem["code"], where
                    assert problem["detail"], where
                    if edge is None and name.startswith("body:") and answer.status_code == 409:
                        assert problem["code"] in ("illegal_transition", "surveillance_running"), where
                    tried[thing.name] = tried.get(thing.name, 0) + 1
                assert thing.stands() == (state, head), (thing.name, state, event)
        thing.put(first)
        assert HistoryLine.objects.count() == history
    assert set(tried) == {
        "certificate", "surveillance", "grievance", "transfer", "label-licence", "label-use", "scheme",
    }  # fmt: skip
    assert sum(tried.values()) > 5000, tried


def test_events_of_the_clock_and_unknown_ones_have_no_address(life: Life, people: dict[str, Actor | None]) -> None:
    client = Client(raise_request_exception=False)
    tokens: dict[str, Any] = {name: api_token(one) if one is not None else {} for name, one in people.items()}
    for thing in things(life):
        if thing.name in ("certificate", "scheme"):
            continue
        by_hand = next(iter(thing.addresses.values())).rpartition("/")[0]
        others = [event for event in thing.lifecycle.events if event not in thing.addresses]
        for event in (*others, "dance", str(uuid4())):
            for name in people:
                answer = client.post(f"{by_hand}/{event}", {}, content_type="application/json", **tokens[name])
                assert answer.status_code in (401, 403, 404, 422), (thing.name, event, name, answer.status_code)
    assert life.now.state == "valid"
    assert life.now.valid_until > date(2026, 1, 1)
