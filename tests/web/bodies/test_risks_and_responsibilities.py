"""The register of risks to impartiality, departments and the responsibility matrix: what they block, and whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from factories import World, api_token, client_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import commands, queries
from tanbiao.web.bodies.handlers import SYSTEM
from tanbiao.web.bodies.models import BookLine, ExpiryNotice, ImpartialityRisk
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


def refused(kind: type[TanbiaoError], code: str, run: Callable[[], Any]) -> TanbiaoError:
    with pytest.raises(kind) as caught:
        run()
    assert code in {item.code for item in caught.value.findings}
    return caught.value


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.body, Role.CASE_MANAGER)


def soon() -> date:
    return clock.today() + timedelta(days=100)


def enter(by: Actor, **changes: Any) -> ImpartialityRisk:
    given: dict[str, Any] = {
        "source": "finance",
        "text": "该委托人占本机构收入四成",
        "likelihood": 3,
        "consequence": 2,
        "owner_id": by.person_id,
        "review_on": soon(),
    }
    return commands.enter_risk(by, **(given | changes))


def test_an_open_high_risk_that_names_the_applicant_blocks_acceptance_and_planning(world: World, office: Actor) -> None:
    play = Play(world)
    play.until("applied")
    enter(office, applicant_id=world.beta.id)
    enter(office, likelihood=2, applicant_id=world.alpha.id)
    risk = enter(office, applicant_id=world.alpha.id)
    error = refused(Conflict, "impartiality_risk_open", play.accept)
    assert [item.params["number"] for item in error.findings] == [3]
    level = {"risk_id": risk.id, "review_on": soon()}
    refused(
        Conflict,
        "risk_grew",
        lambda: commands.mitigate_risk(office, measures="x", likelihood=3, consequence=3, **level),
    )
    commands.mitigate_risk(office, measures="另一机构复核", likelihood=3, consequence=2, **level)
    play.accept()
    play.sign()
    commands.reopen_risk(office, text="复核停止", likelihood=3, consequence=3, **level)
    refused(Conflict, "impartiality_risk_open", lambda: play.plan())
    commands.close_risk(office, risk_id=risk.id, text="合同结束")
    play.plan()
    refused(Conflict, "risk_closed", lambda: commands.close_risk(office, risk_id=risk.id, text="x"))
    events = BookLine.objects.filter(subject=risk.id).order_by("index").values_list("event", flat=True)
    assert list(events) == ["risk_entered", "risk_mitigated", "risk_reopened", "risk_closed"]


@pytest.mark.parametrize(
    "changes, kind, code",
    [
        ({"source": "weather"}, Invalid, "risk_source_unknown"),
        ({"likelihood": 4}, Invalid, "risk_level_wrong"),
        ({"text": ""}, Invalid, "text_missing"),
        ({"review_on": date(2020, 1, 1)}, Invalid, "risk_review_past"),
    ],
)
def test_a_risk_that_says_too_little_is_refused(
    office: Actor, changes: dict[str, Any], kind: type[TanbiaoError], code: str
) -> None:
    refused(kind, code, lambda: enter(office, **changes))
    assert not ImpartialityRisk.objects.exists()


def test_the_register_is_the_bodys_own_and_reminds_of_its_reviews(world: World, office: Actor) -> None:
    risk = enter(office)
    verifier, other = world.actor(world.body, Role.VERIFIER), world.actor(world.other_body, Role.CASE_MANAGER)
    refused(NotAllowed, "not_allowed", lambda: enter(verifier))
    refused(NotFound, "person_unknown", lambda: enter(office, owner_id=other.person_id))
    refused(NotFound, "risk_unknown", lambda: commands.close_risk(other, risk_id=risk.id, text="x"))
    assert not queries.risks(other).exists()
    with clock.at(clock.wall() + timedelta(days=75)):
        commands.raise_alarms(SYSTEM)
    told = ExpiryNotice.objects.get(subject=risk.id)
    assert (told.stage, told.kind, told.organisation) == (30, "risk", world.body)


@pytest.mark.requirement("NAT-14a")
def test_the_matrix_says_which_department_may_do_a_step(world: World, office: Actor) -> None:
    play = Play(world)
    play.until("technical_review")
    made = commands.open_department(office, name_zh="技术部", name_en="Technical")
    refused(Conflict, "department_known", lambda: commands.open_department(office, name_zh="技术部"))
    commands.set_responsibility(office, step="review", departments=[made.id])
    error = refused(Conflict, "matrix_department", lambda: play.review())
    assert error.findings[0].params["departments_en"] == "Technical"
    refused(Conflict, "department_responsible", lambda: commands.close_department(office, department_id=made.id))
    stranger = world.actor(world.alpha)
    refused(
        NotFound,
        "person_unknown",
        lambda: commands.staff_department(office, department_id=made.id, people=[stranger.person_id or made.id]),
    )
    assert play.reviewer.person_id is not None
    commands.staff_department(office, department_id=made.id, people=[play.reviewer.person_id])
    play.review()
    commands.set_responsibility(office, step="decision", roles=["case_manager"])
    refused(Conflict, "matrix_role", lambda: play.grant())
    assert commands.set_responsibility(office, step="decision") is None
    play.grant()
    commands.set_responsibility(office, step="review")
    commands.close_department(office, department_id=made.id)
    # Whoever is no body has duties of its own, for the record.
    authority = world.actor(world.authority)
    international = commands.open_department(authority, name_zh="国际合作处")
    commands.set_responsibility(authority, duty="跟踪国际碳足迹有关动态", departments=[international.id])
    assert [row.duty for row in queries.responsibilities(authority)] == ["跟踪国际碳足迹有关动态"]


@pytest.mark.parametrize(
    "given, code",
    [
        ({}, "matrix_line_empty"),
        ({"step": "review", "duty": "x"}, "matrix_line_empty"),
        ({"step": "dance", "roles": ["reviewer"]}, "matrix_step_unknown"),
        ({"step": "review", "roles": ["adviser"]}, "role_not_of_kind"),
        ({"step": "review", "roles": ["king"]}, "role_not_of_kind"),
    ],
)
def test_a_line_that_says_nothing_is_refused(office: Actor, given: dict[str, Any], code: str) -> None:
    refused(Invalid, code, lambda: commands.set_responsibility(office, **given))


def test_only_the_manager_organises_and_only_his_own(world: World, office: Actor) -> None:
    made = commands.open_department(office, name_zh="办公室")
    verifier, other = world.actor(world.body, Role.VERIFIER), world.actor(world.other_body, Role.CASE_MANAGER)
    refused(NotAllowed, "not_allowed", lambda: commands.open_department(verifier, name_zh="x"))
    refused(NotFound, "department_unknown", lambda: commands.close_department(other, department_id=made.id))
    refused(
        NotFound,
        "department_unknown",
        lambda: commands.set_responsibility(other, step="review", departments=[made.id]),
    )


def test_pages_and_api_of_risks_and_departments(world: World, office: Actor) -> None:
    client, token = client_of(office), api_token(office)
    form = {
        "source": "familiarity",
        "text": "多年合作",
        "likelihood": "2",
        "consequence": "3",
        "owner_id": str(office.person_id),
        "review_on": soon().isoformat(),
    }
    assert client.post("/body/risks/new/", form | {"text": ""}).status_code == 422
    assert client.post("/body/risks/new/", form).status_code == 302
    risk = ImpartialityRisk.objects.get()
    grown = {"likelihood": "3", "consequence": "3", "review_on": form["review_on"], "measures": "轮换"}
    assert client.post(f"/body/risks/{risk.id}/mitigate/", grown).status_code == 409
    assert client.post(f"/body/risks/{risk.id}/mitigate/", grown | {"likelihood": "1"}).status_code == 302
    assert client.post(f"/body/risks/{risk.id}/eat/", grown).status_code == 404
    assert "mitigated" in client.get("/body/risks/").content.decode()
    (listed,) = client.get("/api/v1/body/risks", **token).json()["items"]
    assert (listed["state"], listed["high"], listed["number"]) == ("mitigated", False, 1)
    assert client.post("/organisation/departments/new/", {"name_zh": "认证部"}).status_code == 302
    (department,) = client.get("/api/v1/organisation/departments", **token).json()
    address = f"/organisation/departments/{department['id']}/people/"
    assert client.post(address, {"people": [str(office.person_id)]}).status_code == 302
    line = {"step": "planning", "departments": [department["id"]]}
    assert client.post("/organisation/matrix/", line).status_code == 302
    assert client.post("/organisation/matrix/", line | {"duty": "x"}).status_code == 422
    shown = client_of(office, "zh").get("/organisation/departments/").content.decode()
    assert "认证策划" in shown
    sent = client.put(
        "/api/v1/organisation/matrix", json.dumps({"step": "planning"}), content_type="application/json", **token
    )
    assert (sent.status_code, sent.json()) == (200, [])
    assert client_of(world.actor(world.alpha)).get("/body/risks/").status_code == 403
