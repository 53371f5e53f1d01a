"""Approvals and accreditations with scope and dates, branches, declarations, alarms; obligations with proof."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from factories import World, api_token, client_of, make_organisation
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts import uscc
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.bodies import commands, obligations, queries
from tanbiao.web.bodies.handlers import run_alarms
from tanbiao.web.bodies.models import BookLine, Competence, ExpiryNotice, ObligationText, Qualification
from tanbiao.web.bodies.standing import body_refusals
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import Task
from tanbiao.web.ledger.tasks import Progress, ask_for_the_night
from tanbiao.web.register import issuing
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("tests")
PAPER = Upload("approval.pdf", "application/pdf", b"%PDF-1.7 approval")


def refused(kind: type[TanbiaoError], code: str, run: Callable[[], Any]) -> TanbiaoError:
    with pytest.raises(kind) as caught:
        run()
    assert code in {item.code for item in caught.value.findings}
    return caught.value


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.body, Role.CASE_MANAGER)


@pytest.fixture
def operator(world: World) -> Actor:
    return world.actor(world.operator)


def bring(by: Actor, **changes: Any) -> Qualification:
    given: dict[str, Any] = {
        "kind": "approval",
        "number": "DEMO-2026-001",
        "issuer": "演示批准部门",
        "fields": "产品认证 07",
        "scopes": ["sector:metals"],
        "valid_from": clock.today(),
        "valid_until": clock.today() + timedelta(days=400),
        "paper": PAPER,
    }
    return commands.bring_qualification(by, **(given | changes))


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"kind": "medal"}, "qualification_kind_unknown"),
        ({"scopes": ["moon"]}, "competence_scope_unknown"),
        ({"scopes": []}, "qualification_scope_missing"),
        ({"valid_from": date(2099, 1, 1)}, "period_reversed"),
        ({"valid_from": date(2020, 1, 1), "valid_until": date(2021, 1, 1)}, "qualification_over"),
        ({"number": " "}, "text_missing"),
        ({"issuer": "x" * 201}, "book_text_too_long"),
        ({"paper": None}, "qualification_paper_missing"),
        ({"paper": Upload("x.pdf", "application/pdf", b"no pdf")}, "file_kind_refused"),
    ],
)
def test_a_qualification_that_can_not_stand_is_refused(office: Actor, changes: dict[str, Any], code: str) -> None:
    refused(Invalid, code, lambda: bring(office, **changes))
    assert not Qualification.objects.filter(number="DEMO-2026-001").exists()


@pytest.mark.requirement("JS-25d")
def test_a_body_settles_in_once_its_papers_are_confirmed(world: World, operator: Actor) -> None:
    body = make_organisation(Kind.CERTIFICATION_BODY, "演示新机构")
    assert {one.key for one in queries.onboarding(body) if one.met} == {"identity"}
    refusals = {item.code for item in body_refusals(body, "primary-aluminium")}
    assert refusals == {"body_approval_missing", "body_accreditation_missing", "body_declaration_missing"}
    for kind in ("approval", "accreditation"):
        made = bring(SYSTEM, body_id=body.id, kind=kind, number=kind)
        assert f"body_{kind}_missing" in {item.code for item in body_refusals(body, "primary-aluminium")}
        commands.judge_qualification(operator, qualification_id=made.id, confirms=True, text="与公开登记一致")
    commands.declare_impartiality(SYSTEM, body_id=body.id, text="不提供咨询")
    metal = next(one for one in _metals())
    assert body_refusals(body, metal) == ()
    assert {item.code for item in body_refusals(body, "cement-clinker-of-nowhere")} == {
        "body_approval_missing",
        "body_accreditation_missing",
    }
    later = clock.today() + timedelta(days=401)
    told = {item.code: dict(item.params) for item in body_refusals(body, metal, later)}
    assert told["body_approval_expired"]["number"] == "approval"
    assert set(told) == {"body_approval_expired", "body_accreditation_expired", "body_declaration_missing"}


def _metals() -> list[str]:
    from tanbiao.core.catalogue.load import load_catalogue

    return [one.id for one in load_catalogue().categories.categories if one.sector == "metals"]


def test_only_the_operator_confirms_once_and_ends(world: World, office: Actor, operator: Actor) -> None:
    made = bring(office)
    refused(Conflict, "qualification_known", lambda: bring(office))
    judge = {"qualification_id": made.id, "confirms": True, "text": "核对"}
    refused(NotAllowed, "not_allowed", lambda: commands.judge_qualification(office, **judge))
    refused(Invalid, "text_missing", lambda: commands.judge_qualification(operator, **(judge | {"text": ""})))
    refused(
        NotFound,
        "qualification_unknown",
        lambda: commands.judge_qualification(operator, **(judge | {"qualification_id": world.body.id})),
    )
    end = {"qualification_id": made.id, "text": "发证方撤销"}
    refused(Conflict, "qualification_not_confirmed", lambda: commands.end_qualification(operator, **end))
    commands.judge_qualification(operator, **judge)
    refused(Conflict, "qualification_judged", lambda: commands.judge_qualification(operator, **judge))
    commands.end_qualification(operator, **end)
    refused(NotFound, "body_unknown", lambda: bring(world.actor(world.body, Role.CASE_MANAGER), body_id=world.alpha.id))
    stranger = client_of(world.actor(world.other_body, Role.CASE_MANAGER))
    assert stranger.get(f"/body/qualifications/{made.id}/paper/").status_code == 404
    assert client_of(office).get(f"/body/qualifications/{made.id}/paper/").content == PAPER.data


@pytest.mark.parametrize("state, act", [("applied", "accept"), ("contracted", "plan"), ("decision", "grant")])
def test_an_accreditation_that_has_ended_blocks_on_that_day(world: World, state: str, act: str) -> None:
    play = Play(world)
    play.until(state)
    assert play.handler
    Qualification.objects.filter(body=world.body, kind="accreditation").update(valid_until=date(2020, 1, 1))
    refused(Conflict, "body_accreditation_expired", getattr(play, act))
    assert play.case.state == state


@pytest.mark.parametrize("kind", ["approval", "accreditation"])
@pytest.mark.parametrize("state, act", [("applied", "accept"), ("contracted", "plan"), ("decision", "grant")])
def test_a_body_suspended_by_its_issuer_goes_no_further_until_it_is_restored(
    world: World, operator: Actor, state: str, act: str, kind: str
) -> None:
    play = Play(world)
    play.until(state)
    assert play.handler
    row = Qualification.objects.get(body=world.body, kind=kind)
    desk, body = client_of(operator), {"text": "演示：发证方公告暂停"}
    assert "has suspended it" in desk.get("/bodies/").content.decode()
    assert desk.post(f"/bodies/qualifications/{row.id}/restore/", body).status_code == 409
    refused_page = desk.post(f"/bodies/qualifications/{row.id}/suspend/", {"text": ""})
    assert refused_page.status_code == 422
    # The refusal stands at the form that was sent, and the form that ends the same row is another one.
    shown = refused_page.content.decode()
    assert [shown.count(f'id="{row.id}-{act}-text"') for act in ("turn", "end")] == [1, 1]
    assert desk.post(f"/bodies/qualifications/{row.id}/suspend/", body).status_code == 302
    assert desk.post(f"/bodies/qualifications/{row.id}/suspend/", body).status_code == 409
    refused(Conflict, f"body_{kind}_suspended", getattr(play, act))
    assert play.case.state == state
    call = f"/api/v1/bodies/qualifications/{row.id}/restore"
    sent = {"data": json.dumps({"text": "演示：公告恢复"}), "content_type": "application/json"}
    assert desk.post(call, **sent, **api_token(play.handler)).status_code == 403
    answer = desk.post(call, **sent, **api_token(operator))
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    getattr(play, act)()
    said = list(BookLine.objects.filter(subject=row.id).order_by("index").values_list("event", flat=True))
    assert said[-2:] == ["qualification_suspended", "qualification_restored"]


def test_an_accreditation_that_ends_between_decision_and_issue_voids_the_issue(world: World) -> None:
    play = Play(world)
    play.until("granted")
    Qualification.objects.filter(body=world.body, kind="accreditation").update(valid_until=date(2020, 1, 1))
    ledger.settle()
    issuing.resume()
    assert play.case.state == "decision"
    line = play.case.history.get(event="void_issue")
    assert (line.reason, line.details["text"]) == ("lint_failed", "body_accreditation_expired")


def test_a_branch_has_a_checked_code_or_a_register_entry(world: World, office: Actor) -> None:
    given = {"name_zh": "演示分公司", "jurisdiction": "CN-SH", "activities": "现场检查"}
    refused(Invalid, "branch_identity_missing", lambda: commands.open_branch(office, **given))
    refused(Invalid, "uscc_length", lambda: commands.open_branch(office, uscc="123", **given))
    wrong = uscc.build("12345678")[:-1] + "0"
    refused(Invalid, "uscc_check", lambda: commands.open_branch(office, uscc=wrong, **given))
    refused(
        Invalid,
        "jurisdiction_malformed",
        lambda: commands.open_branch(office, uscc=uscc.build("12345678"), **(given | {"jurisdiction": "Moon"})),
    )
    made = commands.open_branch(office, uscc=uscc.build("12345678"), **given)
    refused(Conflict, "branch_known", lambda: commands.open_branch(office, uscc=made.uscc, **given))
    other = world.actor(world.other_body, Role.CASE_MANAGER)
    refused(NotFound, "branch_unknown", lambda: commands.close_branch(other, branch_id=made.id, text="x"))
    commands.close_branch(office, branch_id=made.id, text="迁出")
    refused(Conflict, "branch_closed", lambda: commands.close_branch(office, branch_id=made.id, text="x"))


def test_alarms_come_at_90_30_and_0_days_each_once(world: World, office: Actor, operator: Actor) -> None:
    made = bring(office)
    commands.judge_qualification(operator, qualification_id=made.id, confirms=True, text="核对")
    person = world.actor(world.body, Role.VERIFIER).person
    Competence.objects.filter(person=person).update(valid_until=made.valid_until)
    ask_for_the_night()
    assert Task.objects.filter(name="bodies.alarms").count() == 1
    progress = Progress(Task.objects.get(name="bodies.alarms").id)
    stages = []
    for days in (91, 90, 89, 30, 1, 0, -1, -2):
        with clock.at(clock.wall() + timedelta(days=400 - days)):
            raised = run_alarms({}, progress)["raised"]
            stages.append((days, raised))
    assert stages == [(91, 0), (90, 2), (89, 0), (30, 2), (1, 0), (0, 0), (-1, 2), (-2, 0)]
    told = ExpiryNotice.objects.filter(subject=made.id).order_by("id")
    assert [row.stage for row in told] == [90, 30, 0]
    desk = client_of(office).get("/desk/").content.decode()
    assert "6 alarms of what ends" in desk
    assert client_of(office).post("/body/alarms/read/", {"next": "desk"}).status_code == 302
    assert "alarms of what ends" not in client_of(office).get("/desk/").content.decode()
    # What has a successor that stands longer is quiet.
    later = bring(office, number="DEMO-2027", valid_until=made.valid_until + timedelta(days=700))
    commands.judge_qualification(operator, qualification_id=later.id, confirms=True, text="核对")
    with clock.at(clock.wall() + timedelta(days=330)):
        ExpiryNotice.objects.all().delete()
        assert run_alarms({}, progress)["raised"] == 1


def publish(operator: Actor, **changes: str) -> ObligationText:
    given = {
        "kind": "enterprise",
        "title_zh": "企业权利义务",
        "title_en": "Rights of enterprises",
        "text_zh": "一、数据真实。",
        "text_en": "1. Data are true.",
    }
    return commands.publish_obligations(operator, **(given | changes))


@pytest.mark.requirement("GBA-03b")
def test_obligations_are_asked_by_version_and_block_what_is_new(world: World, operator: Actor) -> None:
    play = Play(world)
    play.submit_study()
    first = publish(operator)
    error = refused(Conflict, "obligations_not_accepted", lambda: play.apply())
    assert error.findings[0].params["version"] == 1
    seen = {"document_id": first.id, "seen": first.hash}
    refused(
        Conflict,
        "obligation_not_seen",
        lambda: commands.accept_obligations(play.manager, document_id=first.id, seen="sha256:" + "0" * 64),
    )
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    refused(NotAllowed, "not_allowed", lambda: commands.accept_obligations(editor, **seen))
    refused(NotFound, "obligation_unknown", lambda: commands.accept_obligations(play.handler, **seen))
    accepted = commands.accept_obligations(play.manager, **seen)
    refused(Conflict, "obligation_accepted", lambda: commands.accept_obligations(play.manager, **seen))
    play.apply()
    refused(Conflict, "obligation_unchanged", lambda: publish(operator))
    refused(Invalid, "obligation_kind_unknown", lambda: publish(operator, kind="operator"))
    second = publish(operator, text_zh="一、数据真实且可追溯。")
    assert second.version == 2
    refused(Conflict, "obligation_replaced", lambda: commands.accept_obligations(play.manager, **seen))
    cases_open = obligations.acceptance_refusal(world.alpha)
    assert cases_open is not None
    assert cases_open.params["version"] == 2
    ledger.settle(batches=True)
    proof = obligations.proof_of(accepted)
    assert (proof["document"], proof["line"]["hash"]) == (first.hash, accepted.line)
    assert proof["log"]["batch"]["size"] >= 1


def test_a_body_that_has_not_accepted_takes_no_case(world: World, operator: Actor) -> None:
    play = Play(world)
    play.until("applied")
    text = publish(operator, kind="certification_body")
    refused(Conflict, "obligations_not_accepted", play.accept)
    commands.accept_obligations(play.handler, document_id=text.id, seen=text.hash)
    play.accept()


def test_pages_and_api_of_body_operator_and_participants(world: World, office: Actor, operator: Actor) -> None:
    client, desk = client_of(office), client_of(operator)
    form = {
        "kind": "approval",
        "number": "DEMO-7",
        "issuer": "演示",
        "areas": "产品",
        "scopes": ["*"],
        "valid_from": "2026-01-01",
        "valid_until": "2025-01-01",
    }
    from django.core.files.uploadedfile import SimpleUploadedFile

    def paper() -> SimpleUploadedFile:
        return SimpleUploadedFile("a.pdf", b"%PDF-1.7", content_type="application/pdf")

    assert client.post("/body/qualifications/", form | {"paper": paper()}).status_code == 422
    assert (
        client.post("/body/qualifications/", form | {"valid_until": "2090-01-01", "paper": paper()}).status_code == 302
    )
    made = Qualification.objects.get(number="DEMO-7")
    assert "waits for you" in desk.get("/desk/").content.decode()
    assert desk.post(f"/bodies/qualifications/{made.id}/judge/", {"confirms": "yes", "text": ""}).status_code == 422
    assert desk.post(f"/bodies/qualifications/{made.id}/judge/", {"confirms": "yes", "text": "ok"}).status_code == 302
    assert desk.post(f"/bodies/qualifications/{made.id}/judge/", {"confirms": "no", "text": "x"}).status_code == 409
    assert "DEMO-7" in client.get("/body/standing/").content.decode()
    told = {"name_zh": "港", "foreign_id": "HK BR 12345678", "jurisdiction": "HK", "activities": "x"}
    assert client.post("/body/branches/", told).status_code == 302
    assert client.post("/body/declarations/", {"text": ""}).status_code == 422
    assert client.post("/body/declarations/", {"text": "公正"}).status_code == 302
    new = {"kind": "enterprise", "title_zh": "标", "title_en": "T", "text_zh": "文", "text_en": "X"}
    assert desk.post("/obligations/", new).status_code == 302
    assert desk.post("/obligations/", new).status_code == 409
    manager = client_of(world.actor(world.alpha))
    text = ObligationText.objects.get()
    assert "has not accepted" in manager.get("/desk/").content.decode()
    assert manager.post(f"/organisation/obligations/{text.id}/accept/", {"seen": text.hash}).status_code == 302
    assert manager.get(f"/organisation/obligations/{text.id}/proof/").json()["version"] == 1
    token = api_token(office)
    body = {
        **{key: form[key] for key in ("kind", "issuer", "scopes", "valid_from")},
        "number": "DEMO-8",
        "fields_of_certification": "产品",
        "valid_until": "2090-01-01",
        "paper": {"filename": "a.pdf", "content_base64": b64encode(b"%PDF-1.7").decode()},
    }
    sent = client.post("/api/v1/body/qualifications", json.dumps(body), content_type="application/json", **token)
    assert sent.status_code == 201, sent.content
    assert client.get("/api/v1/body/qualifications", **token).json()["total"] == 4
    assert all(one["met"] for one in client.get("/api/v1/body/onboarding", **token).json()[:4])
    mine = client.get("/api/v1/organisation/obligations", **api_token(world.actor(world.alpha))).json()
    assert mine[0]["accepted_at"] is not None
