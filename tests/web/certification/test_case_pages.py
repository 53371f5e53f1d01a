"""The case's pages: every desk in both languages, acts by form, refusals on the same page with their reasons."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import World, client_of
from tanbiao.web import clock
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case, HeldDuty
from tanbiao.web.templatetags.tanbiao import unit_words
from web.certification.playing import PIECES, Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)


def page(play: Play, role: Role, address: str = "", lang: str = "en") -> Any:
    return client_of(play.who(role), lang).get(address or f"/cases/{play.case_id}/")


def act(play: Play, role: Role, event: str, **fields: Any) -> Any:
    data = {f"{event}-{key}": value for key, value in fields.items()}
    data.setdefault(f"{event}-builds_on", play.case.head)
    return client_of(play.who(role)).post(f"/cases/{play.case_id}/act/{event}/", data)


def test_a_factory_applies_on_the_page_and_sees_its_application(play: Play) -> None:
    study_id = play.submit_study()
    client = client_of(play.manager)
    assert "Apply for certification" in client.get("/applications/").content.decode()
    address = f"/applications/new/{study_id}/"
    form = {"body_id": str(play.world.body.id), "scheme": "tanbiao-demo@1.3.0", "kind": "initial", "system_months": "6"}
    refused = client.post(address, form)
    assert refused.status_code == 409
    assert "Documents are missing" in refused.content.decode()

    def files() -> dict[str, SimpleUploadedFile]:
        kinds = ("business_licence", "process_flow_chart", "reduction_plan")
        return {kind: SimpleUploadedFile(f"{kind}.pdf", b"%PDF-1.7 x", "application/pdf") for kind in kinds}

    incomplete = client.post(address, {**form, **files()})
    assert incomplete.status_code == 409
    assert "duties, data-procedure, records" in incomplete.content.decode()
    assert "required: an application without it is refused" in incomplete.content.decode()
    assert client.post(address, {**form, **files(), "system_kit": [*PIECES, "meters"]}).status_code == 302
    case = Case.objects.get()
    assert case.number in client.get("/applications/").content.decode()


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_state_shows_to_every_side_in_both_languages(play: Play, lang: str) -> None:
    sides = (Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
    for reached, step in play.STEPS:
        getattr(play, step)()
        for role in sides:
            answer = page(play, role, lang=lang)
            assert answer.status_code == 200, (reached, role)
            assert play.case.number in answer.content.decode()
    for address in ("/cases/", "/desk/verifier/", "/desk/reviewer/", "/desk/decider/"):
        role = {
            "/cases/": Role.CASE_MANAGER,
            "/desk/verifier/": Role.VERIFIER,
            "/desk/reviewer/": Role.REVIEWER,
            "/desk/decider/": Role.DECIDER,
        }[address]
        for tab in ("unassigned", "mine", "awaiting", "decided", "rejected"):
            assert page(play, role, f"{address}?tab={tab}", lang).status_code == 200
    assert page(play, Role.CASE_MANAGER, f"/cases/{play.case_id}/contract/", lang).status_code == 200


def test_a_desk_says_of_each_case_its_rule_its_risks_and_why_it_is_not_the_readers_to_judge(play: Play) -> None:
    play.until("technical_review")
    desk = "/desk/reviewer/?tab=unassigned"
    row = page(play, Role.REVIEWER, desk).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    assert "cement-clinker@" in row
    assert "chip-bad" not in row
    risky = play.case.risks.filter(round=play.case.round).first()
    assert risky is not None
    risky.inherent = "high"
    risky.save()
    person = play.reviewer.person
    assert person is not None
    HeldDuty.objects.create(case=play.case, person=person, duty="team", round=1)
    Membership.objects.create(
        organisation=play.world.alpha, person=person, role="adviser", granted_at=clock.now(), ended_at=clock.now()
    )
    row = page(play, Role.REVIEWER, desk).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    assert "you are in its team" in row
    assert "you belonged to the applicant" in row
    assert "of high risk" in row
    assert "you are in its team" not in page(play, Role.VERIFIER, "/desk/verifier/?tab=decided").content.decode()


def test_what_ended_without_a_certificate_stands_under_a_tab_of_its_own(play: Play) -> None:
    play.until("decision")
    play.grant(grant=False, reason="requirements_not_met")
    for role, address in ((Role.DECIDER, "/desk/decider/"), (Role.CASE_MANAGER, "/cases/")):
        shown = {tab: page(play, role, f"{address}?tab={tab}").content.decode() for tab in ("decided", "rejected")}
        assert f"/cases/{play.case_id}/" in shown["rejected"]
        assert f"/cases/{play.case_id}/" not in shown["decided"]
    assert "Ended without a certificate" in shown["decided"]


def test_opinion_and_decision_are_two_buttons_for_two_people_and_refusal_explains_itself(play: Play) -> None:
    play.until("technical_review")
    verifier = page(play, Role.VERIFIER).content.decode()
    assert "act/grant/" not in verifier
    assert "act/review/" not in verifier
    reviewer = page(play, Role.REVIEWER).content.decode()
    assert "act/review/" in reviewer
    assert "act/grant/" not in reviewer
    early = act(play, Role.DECIDER, "grant", text="早了")
    assert early.status_code == 409
    assert "is not possible in the state" in early.content.decode()
    assert act(play, Role.REVIEWER, "review", positive="yes", text="充分").status_code == 302
    assert "act/grant/" in page(play, Role.DECIDER).content.decode()
    stale = act(play, Role.DECIDER, "grant", text="准予", builds_on="sha256:" + "0" * 64)
    assert stale.status_code == 409
    assert "What you build on has changed" in stale.content.decode()
    assert act(play, Role.DECIDER, "grant", text="准予").status_code == 302
    assert play.case.state == "granted"


def test_the_desk_is_worked_by_forms_alone(play: Play) -> None:
    play.until("applied")
    assert act(play, Role.CASE_MANAGER, "accept").status_code == 409
    told = {"body_qualified": "yes", "body_competent": "yes", "advice_declared": "on"}
    assert act(play, Role.CASE_MANAGER, "accept", **told).status_code == 302
    assert act(play, Role.ENTERPRISE_MANAGER, "sign").status_code == 302
    assert act(play, Role.CASE_MANAGER, "sign").status_code == 302
    me = play.verifier.person_id
    team = {f"member-{me}": "on"}
    assert act(play, Role.CASE_MANAGER, "plan", man_days="3", lead=str(me), **team).status_code == 409
    team[f"no_conflict-{me}"] = "on"
    assert act(play, Role.CASE_MANAGER, "plan", man_days="3", lead=str(me), **team).status_code == 302
    assert act(play, Role.VERIFIER, "start").status_code == 302
    assert play.case.state == "doc_review"


def test_findings_pins_samples_and_visits_are_worked_on_the_page(play: Play) -> None:
    play.until("footprint_verification")
    row = recalculation.contributions(play.case)[0].row
    verifier, manager = client_of(play.verifier), client_of(play.manager)
    base = f"/cases/{play.case_id}"
    assert verifier.post(f"{base}/findings/", {"severity": "minor", "row": row, "text": ""}).status_code == 422
    raised = verifier.post(f"{base}/findings/", {"severity": "minor", "row": row, "text": "请补票据"})
    assert raised.status_code == 302
    finding = play.case.findings.get()
    shown = page(play, Role.ENTERPRISE_MANAGER).content.decode()
    assert "请补票据" in shown
    assert f"#row-{row}" in shown
    file = SimpleUploadedFile("evil.pdf", b"MZ\x00", "application/pdf")
    answer = f"{base}/findings/{finding.id}/answer/"
    assert manager.post(answer, {"text": "见附件", "file": file}).status_code == 422
    file = SimpleUploadedFile("bill.pdf", b"%PDF-1.7 bill", "application/pdf")
    assert manager.post(answer, {"text": "见附件", "file": file}).status_code == 302
    entry = finding.entries.get(kind="answered")
    sent = verifier.get(f"/cases/answers/{entry.id}/")
    assert sent.content == b"%PDF-1.7 bill"
    assert "attachment" in sent["Content-Disposition"]
    assert verifier.post(f"{base}/findings/{finding.id}/close/", {"text": "核对无误"}).status_code == 302
    assert verifier.post(f"{base}/sample/", {"row": row, "traced_to": "台账 3 页", "own": "abc"}).status_code == 422
    assert verifier.post(f"{base}/sample/", {"row": row, "traced_to": "台账 3 页", "own": "1.5"}).status_code == 302
    assert "台账 3 页" in page(play, Role.VERIFIER).content.decode()
    assert "identical to the last bit" in page(play, Role.VERIFIER).content.decode()


@pytest.mark.requirement("JS-25b")
def test_every_figure_of_a_result_is_traced_to_its_row_with_amount_and_source(play: Play) -> None:
    play.until("doc_review")
    shown = page(play, Role.VERIFIER).content.decode()
    for row in recalculation.contributions(play.case):
        assert f'id="row-{row.row}"' in shown
        assert unit_words(row.unit) in shown
        assert row.source


def test_another_tenants_case_document_and_answer_do_not_exist(play: Play, world: World) -> None:
    play.until("applied")
    document = play.case.documents.first()
    assert document is not None
    stranger = client_of(world.actor(world.beta, Role.ENTERPRISE_MANAGER))
    assert stranger.get(f"/cases/{play.case_id}/").status_code == 404
    assert stranger.get(f"/cases/documents/{document.id}/").status_code == 404
    assert stranger.post(f"/cases/{play.case_id}/act/withdraw/", {}).status_code == 404
    assert play.case.number not in stranger.get("/applications/").content.decode()
    assert client_of(play.verifier).get(f"/cases/documents/{document.id}/").status_code == 200
    assert client_of(None).get(f"/cases/{play.case_id}/").status_code == 302


def test_the_bodys_persons_are_named_to_the_body_only(play: Play) -> None:
    play.until("technical_review")
    name = play.verifier.person.name("en")  # type: ignore[union-attr]
    assert name in page(play, Role.REVIEWER).content.decode()
    assert name not in page(play, Role.ENTERPRISE_MANAGER).content.decode()
