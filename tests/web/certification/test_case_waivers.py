"""Waivers in a case: asked for in the study, granted or refused by the verification, before a decision."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from factories import World, api_token, client_of, make_actor
from tanbiao.core.rules.kit import study_bytes
from tanbiao.core.strict_text import parse_text
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import papers, queries, waivers
from tanbiao.web.certification.models import CaseWaiver
from tanbiao.web.certification.workbook import workbook_of
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.register import declaring, orders
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies import show as study_show
from tanbiao.web.studies import waiver_requests
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
ASKED = {"check": "site-data", "process": "pressing", "reason": "全厂一块电表，干燥与热压没有分表"}
SITE_DATA = {"check": "site-data", "process": "pressing"}
REASON = "核对了计量网络图，分表下季度装好"
PLAN_OF_METERS = Upload("meters.pdf", "application/pdf", b"%PDF-1.7 plan of the meters")
KEY = ("site-data", "pressing")


def board(**changes: Any) -> dict[str, Any]:
    """Return a board whose presses have a supplier's data, not the site's, under a rule that lets it be waived."""
    document = dict(parse_text(study_bytes("examples/wood-panel-board.yaml"))[0])
    document["rule"] = "wood-panel@2.0.0"
    document["stages"]["manufacturing"][0]["data"]["kind"] = "primary"
    return {**document, **changes}


@dataclass
class Board(Play):
    """A case of that board."""

    asked: tuple[dict[str, str], ...] = (ASKED,)

    def submit_study(self) -> UUID:
        assert self._installed
        made = studies.create(self.manager, title_zh="刨花板")
        document = board(**({"waiver_requests": list(self.asked)} if self.asked else {}))
        studies.save(self.manager, study_id=made.id, document=document, expected_parent="")
        self.study_id = made.id
        self.resubmit_study()
        return made.id

    def answer(self, who: Actor | None = None, **changes: Any) -> CaseWaiver:
        """Grant the waiver with a reason and evidence."""
        given: dict[str, Any] = {**SITE_DATA, "granted": True, "reason": REASON, "upload": PLAN_OF_METERS}
        return cases.answer_waiver(who or self.verifier, case_id=self.case.id, **(given | changes))

    def state(self) -> str:
        """Return where the waiver of site data stands."""
        found = {(line.item.check, line.item.process): line.state for line in waivers.lines(self.case)}
        return found[KEY]

    def shown(self) -> dict[str, Any]:
        """Return the check as the study's result shows it."""
        assert self.study_id is not None
        body = study_show.result(study_queries.result_document(self.manager, self.study_id), "zh")
        return next(item for item in body["checks"] if item["check"] == "site-data")


@pytest.fixture
def play(world: World) -> Board:
    """A case in the footprint verification, with the waiver asked for."""
    made = Board(world)
    made.until("footprint_verification")
    return made


def refused(kind: type[Exception], code: str, run: Any) -> None:
    """Ask for a refusal by its code."""
    with pytest.raises(kind) as caught:
        run()
    assert code in {item.code for item in caught.value.findings}, caught.value  # type: ignore[attr-defined]


def test_without_a_request_the_study_is_not_submitted(world: World) -> None:
    refused(Conflict, "findings_block", Board(world, asked=()).submit_study)


def test_no_decision_while_it_is_open_and_none_to_grant_without_it(play: Board) -> None:
    play.sample()
    assert play.state() == "open"
    for kind in ("unmodified", "adverse"):
        refused(Conflict, "waivers_unanswered", lambda kind=kind: play.state_opinion(kind=kind))
    play.answer(granted=False, upload=None, reason="分表早已安装")
    assert (play.state(), play.shown()["state"]) == ("refused", "failed")
    refused(Conflict, "check_not_waived", play.state_opinion)
    play.state_opinion(kind="adverse", statement="现场数据缺失。")
    play.review()
    refused(Conflict, "opinion_not_favourable", play.grant)
    cases.decide(
        play.decider, case_id=play.case.id, builds_on=play.case.head, grant=False, reason="adverse_opinion", text="否"
    )
    assert play.case.state == "not_granted"


def test_granted_it_is_shown_as_waived_with_who_and_why_and_the_case_goes_on(play: Board) -> None:
    before = play.case.head
    made = play.answer()
    line = play.case.history.order_by("index").last()
    assert line is not None
    assert (play.state(), made.clause, line.event) == ("granted", "wood-panel@2.0.0 6", "waiver_granted")
    assert play.case.head != before
    shown = play.shown()
    assert shown["state"] == "waived"
    assert shown["waivers"][0]["by"] == play.world.body.name_zh
    messages = " ".join(item["message"] for item in shown["reasons"])
    assert REASON in messages
    assert "pressing" in messages
    assert {item["code"] for item in shown["reasons"]} >= {"process_waived", "rule_site_data_missing"}
    play.opinion()
    play.review()
    [cited] = orders.order_of_case(play.case)["waivers"]
    assert cited == {**SITE_DATA, "clause": made.clause, "role": "verifier", "hash": made.hash}
    play.grant()
    assert play.case.state == "granted"


def test_papers_and_workbook_name_every_answer(play: Board) -> None:
    withdrawn = play.answer()
    cases.withdraw_waiver(play.verifier, waiver_id=withdrawn.id, reason="图纸有误")
    play.answer()
    play.opinion()
    for kind in ("verification_report", "verification_statement"):
        content = papers.content_of(play.case, kind, "")
        [section] = [part for part in content["sections"] if part["key"] == "waivers"]
        rows = section["table"]["rows"]
        assert [row[3] for row in rows] == [{"word": "waiver_withdrawn"}, {"word": "waiver_granted"}]
        for row in rows:
            assert row[:3] == ["site-data", "pressing", "wood-panel@2.0.0 6"]
            assert REASON in row[5]
            assert row[8]["zh"] == play.verifier.person.name_zh  # type: ignore[union-attr]
    data, _ = workbook_of(play.verifier, play.case, "en")
    sheet = load_workbook(io.BytesIO(data))["Waivers"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [line[4] for line in lines] == ["answer taken back", "waived"]
    assert lines[1][:4] == ["site-data", "pressing", "wood-panel@2.0.0 6", ASKED["reason"]]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"check": "unit", "process": ""}, "waiver_nothing_to_waive"),
    ({"process": "resin"}, "waiver_nothing_to_waive"),
    ({"process": ""}, "waiver_nothing_to_waive"),
    ({"reason": "  "}, "waiver_without_reason"),
    ({"upload": None}, "waiver_without_evidence"),
    ({"upload": Upload("meters.exe", "", b"MZ")}, "file_kind_refused"),
)


def test_only_the_team_answers_once_and_not_in_other_states(play: Board) -> None:
    for role in (Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.DECIDER, Role.ADVISER):
        refused(NotAllowed, "not_allowed", lambda role=role: play.answer(play.who(role)))
    refused(NotAllowed, "waiver_role_wrong", lambda: play.answer(play.reviewer))
    refused(NotAllowed, "not_in_team", lambda: play.answer(make_actor(play.world.body, Role.VERIFIER)))
    for changes, code in WRONG:
        refused(Invalid, code, partial(play.answer, **changes))
    assert not CaseWaiver.objects.exists()
    made = play.answer()
    refused(Conflict, "waiver_answered", lambda: play.answer(granted=False))
    refused(NotAllowed, "waiver_of_another_hand", lambda: _withdraw(play, play.reviewer, made))
    refused(Invalid, "waiver_without_reason", lambda: _withdraw(play, play.verifier, made, " "))
    play.opinion()
    refused(NotAllowed, "waiver_role_wrong", lambda: play.answer(check="site-data"))
    play.review()
    refused(Conflict, "act_out_of_place", play.answer)


def _withdraw(play: Board, who: Actor, made: CaseWaiver, reason: str = "重新考虑") -> CaseWaiver:
    return cases.withdraw_waiver(who, waiver_id=made.id, reason=reason)


def test_what_only_a_reviewer_may_waive_waits_for_the_review(play: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    found = waivers.items_of

    def for_reviewers(package: Any) -> Any:
        return tuple(replace(item, roles=("reviewer",)) for item in found(package))

    monkeypatch.setattr(waivers, "items_of", for_reviewers)
    refused(NotAllowed, "waiver_role_wrong", play.answer)
    play.opinion()
    refused(Conflict, "waivers_unanswered", play.review)
    assert 'value="grant"' in client_of(play.reviewer).get(f"/cases/{play.case_id}/").content.decode()
    Membership.objects.create(organisation=play.world.alpha, person=play.reviewer.person, role=Role.ADVISER)
    refused(Conflict, "duties_not_separate", lambda: play.answer(play.reviewer))
    Membership.objects.filter(organisation=play.world.alpha, person=play.reviewer.person).delete()
    made = play.answer(play.reviewer)
    assert (made.role, play.state()) == ("reviewer", "granted")
    refused(NotAllowed, "waiver_of_another_hand", lambda: _withdraw(play, play.verifier, made))
    play.review()
    play.grant()
    assert play.case.state == "granted"


def test_taken_back_before_the_decision_nothing_is_granted_on_it(play: Board) -> None:
    made = play.answer()
    play.opinion()
    play.review()
    _withdraw(play, play.verifier, made)
    refused(Conflict, "waiver_withdrawn", lambda: _withdraw(play, play.verifier, made))
    assert (play.state(), play.shown()["state"]) == ("withdrawn", "failed")
    refused(Conflict, "check_not_waived", play.grant)
    cases.report_fact(play.decider, case_id=play.case.id, text="豁免已撤回")
    cases.reopen_verification(play.decider, case_id=play.case.id)
    play.answer()
    fact = play.case.later_facts.get()
    cases.settle_fact(play.verifier, fact_id=fact.id, text="补充了图纸")
    play.state_opinion()
    play.review()
    play.grant()
    refused(Conflict, "act_out_of_place", lambda: _withdraw(play, play.verifier, CaseWaiver.objects.latest("at")))


def test_another_package_has_to_be_answered_for_itself(play: Board) -> None:
    made = play.answer()
    cases.raise_finding(play.verifier, case_id=play.case.id, severity="minor", text="含水率", row="r1")
    cases.require_rectification(play.verifier, case_id=play.case.id)
    assert play.study_id is not None
    head = study_queries.revision(play.manager, play.study_id).hash
    changes = {"amount": "610 kg"}
    studies.edit_row(play.manager, study_id=play.study_id, row_id="r1", changes=changes, expected_parent=head)
    play.resubmit_study()
    finding = play.case.findings.get()
    cases.answer_finding(play.manager, finding_id=finding.id, text="已更正")
    cases.resubmit(play.manager, case_id=play.case.id)
    assert (play.case.round, play.state()) == (2, "open")
    refused(Conflict, "waiver_of_earlier_round", lambda: _withdraw(play, play.verifier, made))
    assert play.shown()["state"] == "failed"


def test_page_and_api_say_and_do_the_same(play: Board) -> None:
    page, api = f"/cases/{play.case_id}/", f"/api/v1/cases/{play.case_id}/waivers"
    team, owner = client_of(play.verifier), client_of(play.manager)
    seen = team.get(page).content.decode()
    assert ASKED["reason"] in seen
    assert 'name="answer" value="grant"' in seen
    assert 'name="answer" value="grant"' not in owner.get(page).content.decode()
    post = f"{page}waivers/"
    for name, actor in play.world.everyone().items():
        if not name.endswith(":verifier"):
            status = client_of(actor).post(post, {**SITE_DATA, "reason": REASON, "answer": "grant"}).status_code
            assert status in (401, 403, 404), (name, status)
    assert not CaseWaiver.objects.exists()
    assert team.post(post, {**SITE_DATA, "reason": REASON, "answer": "grant"}).status_code == 422
    sent = SimpleUploadedFile("meters.pdf", PLAN_OF_METERS.data, "application/pdf")
    assert team.post(post, {**SITE_DATA, "reason": REASON, "answer": "grant", "file": sent}).status_code == 302
    made = CaseWaiver.objects.get()
    told = owner.get(page).content.decode()
    assert REASON in told
    assert play.verifier.person is not None
    assert play.verifier.person.name_zh not in told
    file = owner.get(f"/cases/waivers/{made.id}/")
    assert b"".join(file) == PLAN_OF_METERS.data  # type: ignore[call-overload]
    sender: Any = {"content_type": "application/json"}
    [line] = [
        item for item in Client().get(api, **api_token(play.manager)).json() if (item["check"], item["process"]) == KEY
    ]
    assert (line["state"], line["blocks"], line["answers"][0]["by"]) == ("granted", True, "")
    again = Client().post(
        f"/api/v1/waivers/{made.id}/withdraw", data=json.dumps({"reason": "x"}), **sender, **api_token(play.verifier)
    )
    assert (again.status_code, again.json()["withdrawn_reason"]) == (200, "x")
    body = {**SITE_DATA, "granted": False, "reason": "分表已有"}
    assert Client().post(api, data=json.dumps(body), **sender, **api_token(play.manager)).status_code == 403
    answer = Client().post(api, data=json.dumps(body), **sender, **api_token(play.verifier))
    assert (answer.status_code, answer.json()["granted"]) == (201, False)
    beta = play.world.actor(play.world.beta, Role.ENTERPRISE_MANAGER)
    assert Client().get(api, **api_token(beta)).status_code == 404
    refused(NotFound, "waiver_unknown", lambda: queries.waiver_file(beta, made.id))


def test_what_is_asked_for_is_not_published_as_self_calculated(world: World) -> None:
    play = Board(world)
    study_id = play.submit_study()
    refused(
        Invalid,
        "waiver_asked_of_figure",
        lambda: declaring.declare(play.manager, study_id=study_id, kind="self_calculated"),
    )


def test_it_is_asked_for_on_the_studys_page_and_by_the_api(world: World) -> None:
    play = Board(world, asked=())
    with pytest.raises(Conflict):
        play.submit_study()
    study_id = play.study_id
    assert study_id is not None
    client, page = client_of(play.manager), f"/studies/{study_id}/result/"
    seen = client.get(page).content.decode()
    assert 'name="process" value="pressing"' in seen
    head = study_queries.revision(play.manager, study_id).hash
    form = {**ASKED, "expected_parent": head}
    assert client.post(f"/studies/{study_id}/waivers/", form).status_code == 302
    assert waiver_requests.requests(play.manager, study_id) == [ASKED]
    play.resubmit_study()
    assert play.shown()["asked"] == [{"process": "pressing", "reason": ASKED["reason"], "severity": "error"}]
    assert ASKED["reason"] in client.get(page).content.decode()


def test_the_api_asks_and_takes_out_again_and_refuses_what_is_not_there(world: World) -> None:
    play = Board(world, asked=())
    with pytest.raises(Conflict):
        play.submit_study()
    api, sender = f"/api/v1/studies/{play.study_id}/waiver-requests", {"content_type": "application/json"}
    token = api_token(play.manager)

    def call(path: str, **body: Any) -> Any:
        return Client().post(path, data=json.dumps(body), **sender, **token)  # type: ignore[arg-type]

    known = Client().get(api, **token).json()
    assert [(one["check"], one["process"]) for one in known["may_be_asked"]] == [KEY]
    asked = call(api, expected_parent=known["revision"], **ASKED)
    assert (asked.status_code, asked.json()["requests"]) == (200, [ASKED])
    head = asked.json()["revision"]
    assert call(api, expected_parent=head, **ASKED).status_code == 409
    assert call(api, expected_parent=head, **{**ASKED, "process": "resin", "reason": " "}).status_code == 422
    assert call(f"{api}/remove", expected_parent=head, check="unit").status_code == 404
    out = call(f"{api}/remove", expected_parent=head, **SITE_DATA)
    assert (out.status_code, out.json()["requests"]) == (200, [])
