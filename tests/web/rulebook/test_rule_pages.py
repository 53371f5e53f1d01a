"""The pages of the rulebook: the same way as by commands, in both languages; refusals stand where they belong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.rules.assessment import checklist
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.rulebook import commands
from tanbiao.web.rulebook.models import RuleEntry, RuleNotice
from tanbiao.web.rulebook.words import SECTION_WORDS
from web.rulebook.ruling import EXAMPLES, STUDY, RuleWay, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
PROPOSAL = {
    "title_zh": "演示烧结砌块",
    "title_en": "DEMO fired blocks",
    "rule_id": "fired-block",
    "version": "1.0.0",
    "layer": "local",
    "categories": "fired-block",
    "purpose": "needed",
}


def text(response: Any) -> str:
    return str(response.content.decode())


def act(client: Client, way: RuleWay, event: str, **values: Any) -> int:
    body = {f"{event}-{key}": value for key, value in {"builds_on": way.entry.head, **values}.items()}
    status: int = client.post(f"/rules/{way.id}/{event}/", body).status_code
    return status


@pytest.mark.requirement("GBA-04d", "SH-05f")
def test_a_rule_goes_its_way_by_pages(world: World) -> None:
    way = RuleWay(world)
    drafter, secretariat, authority = (client_of(one) for one in (way.drafter, way.secretariat, way.authority))
    assert drafter.post("/rules/propose/", PROPOSAL | {"categories": ""}).status_code == 422
    made = drafter.post("/rules/propose/", PROPOSAL)
    assert made.status_code == 302
    place = made.headers["Location"]
    way.entry_id = RuleEntry.objects.get(rule_id="fired-block").id
    assert client_of(world.actor(world.beta)).get(place).status_code == 404
    assert place in text(secretariat.get("/rules/desk/"))
    assert act(secretariat, way, "accept") == 302
    assert "things missing" in text(drafter.get(place))

    bench = f"{place}workbench/"
    shown = text(drafter.get(f"{bench}?tab=structure"))
    assert "before the rule can be issued" in shown
    said = {"builds_on": way.entry.head, "text": text_of("fired-block", "local"), "note": "first"}
    assert drafter.post(f"{bench}?tab=text", said).status_code == 302
    assert drafter.post(f"{bench}?tab=text", said).status_code == 409
    file = SimpleUploadedFile(STUDY, (EXAMPLES / STUDY).read_bytes())
    assert drafter.post(f"{bench}study/", {"file": file}).status_code == 302
    wrong = SimpleUploadedFile("../x.exe", b"x")
    assert drafter.post(f"{bench}study/", {"file": wrong}).status_code == 422
    sections = {f"{name}-{part}": "" for name in SECTION_WORDS for part in ("clause", "zh", "en")}
    sections |= {"scope-clause": "1", "scope-zh": "适用于砌块。", "scope-en": "For blocks."}
    sections |= {"boundary-zh": "边界。", "boundary-en": "Boundary.", "boundary-clause": "3"}
    assert drafter.post(bench, sections | {"builds_on": way.entry.head}).status_code == 302
    assert "For blocks." in text(drafter.get(bench))
    assert act(drafter, way, "open_consultation") == 409
    assert "rule_section_missing" not in text(drafter.get(place))
    assert drafter.post(f"{bench}?tab=text", said | {"builds_on": way.entry.head}).status_code == 302
    assert act(drafter, way, "run_examples") == 302
    assert "holds" in text(drafter.get(f"{bench}?tab=examples"))
    assert act(drafter, way, "open_consultation") == 302

    visitor = client_of(None, "zh-Hans")
    opened = f"{place}consultation/"
    assert "采用 AR6 的 100 年增温潜势" in text(visitor.get(opened))
    assert visitor.post(opened, {"text": "太严", "clause": "5.1"}).status_code == 422
    assert visitor.post(opened, {"text": "太严", "clause": "5.1", "said_by": "读者"}).status_code == 302
    assert "太严" in text(visitor.get(opened))
    comment = way.entry.comments.get()
    answered = {"outcome": "partly", "text": "relaxed"}
    assert client_of(world.actor(world.beta)).post(f"{place}comments/{comment.id}/", answered).status_code == 403
    assert drafter.post(f"{place}comments/{comment.id}/", {"outcome": "partly", "text": ""}).status_code == 422
    assert drafter.post(f"{place}comments/{comment.id}/", answered).status_code == 302
    assert "relaxed" in text(visitor.get(opened))
    assert act(drafter, way, "close_consultation") == 409
    with clock.at(clock.now() + timedelta(days=30)):
        assert act(drafter, way, "close_consultation") == 302
        points = {f"points_{item.id}": "2" for item in checklist().items}
        for one in way.assessors:
            assessor = client_of(one)
            assert act(assessor, way, "assess", recommends="on", text="good", **(points | {"points_unit": ""})) == 422
            assert act(assessor, way, "assess", recommends="on", text="good", **points) == 302
        assert act(authority, way, "approve") == 409
        way.now = clock.now()
        way.reason()
        assert act(authority, way, "approve") == 302
        assert "批准发布" in text(visitor.get(place))
        assert way.entry.content_hash[7:17] in text(visitor.get(place))
        listed = {"batch": "2026-1", "entries": f"{way.id} {way.entry.head}"}
        assert authority.post("/rules/adopted/", listed).status_code == 302
    assert "2026-1" in text(visitor.get("/rules/adopted/"))
    assert "已采信" in text(visitor.get("/rules/?layer=local"))
    assert visitor.get(f"{place}document/")["Content-Type"] == "application/json"


def test_a_proposal_under_a_national_rule_is_refused_on_its_page(world: World) -> None:
    RuleWay(world, rule_id="national-block", layer="national").until("issued")
    drafter = client_of(RuleWay(world).drafter, "zh-Hans")
    answer = drafter.post("/rules/propose/", PROPOSAL)
    assert answer.status_code == 409
    assert "national-block@1.0.0" in text(answer)
    assert "发改环资〔2023〕1529号" in text(answer)


def test_a_filing_says_what_is_wrong_at_the_field_and_is_handed_in_when_it_is_right(world: World) -> None:
    way = RuleWay(world, layer="group", kind="certification_rule")
    way.until("issued")
    body = client_of(way.drafter)
    place = f"/rules/{way.id}/filing/"
    shown = text(body.get(place))
    assert "fired-block@1.0.0" in shown
    assert "20260402" in shown  # issued on 2 April 2026
    values = {"RZLB": "B", "RZLY": "C05", "RZXMFLDM": "B0501", "SSGZMC": "砌块", "SSGZBH": "fired-block@1.0.0"}
    values |= {"RZGZFBDW": "演示", "RZGZFBGXSJ": "20260402", "RZYJBZMC": "GB/T 24067-2024"}
    assert body.post(place, values).status_code == 302
    said = text(body.get(place))
    assert "2 fields are wrong" in said
    assert "The code C05 of the field RZLY (Field of certification) does not belong to B" in said
    assert body.get(f"{place}export/").status_code == 409
    assert act(body, way, "file", filing_number="CNCA-1") == 409
    assert body.post(place, values | {"RZLY": "B05"}).status_code == 302
    handed = body.get(f"{place}export/")
    assert handed["Content-Type"] == "text/csv"
    assert text(handed).splitlines()[2] == "B,B05,B0501,砌块,fired-block@1.0.0,演示,20260402,GB/T 24067-2024"
    assert act(body, way, "file", filing_number="CNCA-1") == 302
    assert way.entry.state == "filed"
    assert client_of(world.actor(world.beta)).get(place).status_code == 404


@pytest.mark.requirement("JS-23c")
def test_the_alarm_of_a_filing_rings_before_and_after_its_last_day(world: World) -> None:
    from tanbiao.web.ledger.models import Task

    way = RuleWay(world, layer="group", kind="certification_rule")
    way.until("issued")
    alarms = Task.objects.filter(name="rulebook.filing_alarm").order_by("next_at")
    # Issued on 2 April 2026: due 30 days later, on 2 May; the reminder comes when 7 days remain.
    assert [row.next_at.isoformat() for row in alarms] == ["2026-04-24T16:00:00+00:00", "2026-05-02T16:00:00+00:00"]
    assert commands.filing_alarm(SYSTEM, entry_id=way.id, what="filing_overdue")
    reader = client_of(way.drafter)
    assert "The filing is overdue" in text(reader.get("/desk/"))
    assert reader.post("/rules/notices/", {"next": "desk"})["Location"] == "/desk/"
    assert "The filing is overdue" not in text(reader.get("/desk/"))
    assert "The filing is overdue" in text(reader.get("/rules/notices/"))
    way.file()
    before = RuleNotice.objects.count()
    assert not commands.filing_alarm(SYSTEM, entry_id=way.id, what="filing_overdue")
    assert RuleNotice.objects.count() == before


def test_the_same_way_by_the_api(world: World) -> None:
    way = RuleWay(world)
    tokens: dict[str, Any] = {name: api_token(getattr(way, name)) for name in ("drafter", "secretariat", "authority")}

    def call(method: str, path: str, body: Any, who: str) -> tuple[int, Any]:
        answer = getattr(Client(), method)(f"/api/v1/{path}", body, content_type="application/json", **tokens[who])
        return answer.status_code, answer.json()

    proposal = PROPOSAL | {"categories": ["fired-block"]}
    status, made = call("post", "rulebook", proposal, "drafter")
    assert (status, made["state"]) == (201, "proposed")
    way.entry_id = RuleEntry.objects.get().id
    acts = f"rulebook/{way.id}/acts"
    status, problem = call("post", f"{acts}/accept", {"builds_on": "sha256:" + "0" * 64}, "authority")
    assert (status, problem["code"]) == (409, "stale_decision")
    status, made = call("post", f"{acts}/accept", {"builds_on": made["head"]}, "authority")
    assert (status, made["state"]) == (200, "drafting")
    status, problem = call("post", f"{acts}/open_consultation", {"builds_on": made["head"]}, "drafter")
    assert (status, problem["code"]) == (409, "rule_document_incomplete")
    said = {"builds_on": made["head"], "text": text_of("fired-block", "local")}
    status, made = call("put", f"rulebook/{way.id}/draft", said, "drafter")
    assert status == 200
    study = {"name": STUDY, "text": (EXAMPLES / STUDY).read_text(encoding="utf-8")}
    assert call("post", f"rulebook/{way.id}/studies", study, "drafter")[0] == 201
    sections = {"scope": {"clause": "1", "zh": "范围。", "en": "Scope."}}
    status, made = call(
        "put", f"rulebook/{way.id}/sections", {"builds_on": way.entry.head, "sections": sections}, "drafter"
    )
    status, made = call("post", f"{acts}/open_consultation", {"builds_on": made["head"]}, "drafter")
    assert (status, made["state"]) == (200, "consultation")
    public = Client()
    draft = public.get(f"/api/v1/rulebook/{way.id}/draft").json()
    assert (draft["gaps"], draft["differs"]) == (0, [])
    comment = public.post(
        f"/api/v1/rulebook/{way.id}/comments",
        {"text": "x", "said_by": "a reader"},
        content_type="application/json",
    )
    assert comment.status_code == 201
    answered = {"outcome": "accepted", "text": "yes"}
    assert call("post", f"rulebook/comments/{comment.json()['id']}/answer", answered, "drafter")[0] == 200
    assert public.get(f"/api/v1/rulebook/{way.id}/comments").json()["items"][0]["answer"] == "yes"
    history = public.get(f"/api/v1/rulebook/{way.id}/history").json()
    assert history[0]["event"] == "propose"
    assert public.get("/api/v1/rulebook?state=open").json()["total"] == 1


def test_a_comment_of_another_tenant_shows_the_organisation_and_no_person(world: World) -> None:
    way = RuleWay(world)
    way.until("consultation")
    reader = world.actor(world.beta)
    commands.comment(reader, entry_id=way.id, text="add sand")
    shown = text(client_of(None).get(f"/rules/{way.id}/consultation/"))
    assert world.beta.name_en in shown
    assert reader.person is not None
    assert reader.person.name_en not in shown


def test_a_tool_is_scored_against_an_issued_rule_and_gets_a_signed_report(world: World, starter: object) -> None:
    from tanbiao.evidence import conformity
    from tanbiao.web.ledger.models import LogEntry
    from tanbiao.web.ledger.signing import published_keys

    way = RuleWay(world, layer="group")
    way.until("consultation")
    browser: Any = Client()
    token: Any = api_token(world.actor(world.alpha, Role.ENTERPRISE_EDITOR))
    assert browser.get(f"/api/v1/rulebook/{way.id}/test-pack").status_code == 401
    answer = browser.get(f"/api/v1/rulebook/{way.id}/test-pack", **token)
    assert (answer.status_code, answer.json()["code"]) == (409, "rule_not_issued")
    way.onward("issued")
    pack = browser.get(f"/api/v1/rulebook/{way.id}/test-pack", **token).json()
    assert len(pack["cases"]) == 3
    assert pack["rule"]["hash"] == way.entry.content_hash
    answers = {
        "tanbiao": "rule-answers/1",
        "pack": pack["hash"],
        "tool": {"name": "Another tool", "version": "1"},
        "answers": [{"id": "by-hand", "total": 131.1, "declared": "131"}],
    }
    place = f"/api/v1/rulebook/{way.id}/conformity"
    assert browser.post(place, answers, content_type="application/json").status_code == 401
    before = LogEntry.objects.count()
    report = browser.post(place, answers, content_type="application/json", **token).json()
    assert (report["conforms"], report["failed"]) == (False, 3)  # a bare total says nothing of the checks
    said = conformity.verify(report, published_keys(), settings.TANBIAO_BASE_URL)
    assert said["rule"] == pack["rule"]
    assert LogEntry.objects.count() == before + 1
    wrong = browser.post(place, {**answers, "pack": "sha256:0"}, content_type="application/json", **token)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "answers_of_another_pack")
