"""Case papers: drafted from the case, signed by their persons, released by a signatory, sealed, kept, deletable."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from factories import World, api_token, client_of
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.verification.reduction import Measure
from tanbiao.core.zip_guard import pack
from tanbiao.documents.papers import KINDS
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import papers, queries_papers, recalculation
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.models import CasePaper, Document
from tanbiao.web.commanding import NotFound, Refused
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry, PrivateRecord
from tanbiao.web.studies.queries import read_json
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(Refused) as caught:
        act()
    return {item.code for item in caught.value.findings}


def draft(play: Play, kind: str, remarks: str = "") -> CasePaper:
    return cases.draft_paper(play.handler, case_id=play.case.id, kind=kind, remarks=remarks)


def sign(paper: CasePaper, *actors: Actor) -> None:
    for actor in actors:
        cases.sign_paper(actor, paper_id=paper.id, content=paper.content)


def signatory(play: Play, actor: Actor) -> None:
    assert actor.person_id is not None
    cases.name_signatory(play.handler, person_id=actor.person_id)


def words_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return held.read("word/document.xml").decode()


def test_every_kind_of_paper_comes_from_a_granted_case_in_both_languages(play: Play) -> None:
    play.until("granted")
    client = client_of(play.handler)
    for kind in KINDS:
        made = draft(play, kind, "第一行\n第二行")
        for lang in ("zh", "en"):
            answer = client.get(f"/cases/papers/{made.id}/{lang}.docx")
            assert answer.status_code == 200, kind
            text = words_of(answer.content)
            assert play.case.number in text
            assert "第二行" in text
            assert "paper." not in text
    page = client.get(f"/cases/{play.case.id}/papers/").content.decode()
    assert "Verification statement" in page
    statement = CasePaper.objects.get(kind="verification_statement")
    pdf = client.get(f"/cases/papers/{statement.id}/zh.pdf")
    assert pdf.content.startswith(b"%PDF-")


def sections(play: Play, kind: str) -> dict[str, dict[str, Any]]:
    return {part["key"]: part for part in read_json(draft(play, kind).content)["sections"]}


def test_reports_hold_the_evaluation_and_the_applicant_gets_no_risk_assessment(play: Play) -> None:
    play.until("on_site")
    with clock.at(clock.now() - timedelta(hours=5)):
        visit = cases.check_in(play.verifier, case_id=play.case.id, place="南门")
    cases.check_out(play.verifier, visit_id=visit.id, interviews=2, samples=5)
    first, *others = list_of(play.case)
    answers = [Answer(first.key, "not_seen", "铭牌被遮"), *(Answer(item.key, "consistent") for item in others)]
    cases.check_consistency(play.verifier, case_id=play.case.id, answers=answers)
    cases.record_commitment(
        play.verifier,
        case_id=play.case.id,
        baseline="900",
        baseline_year=2025,
        target="800",
        target_year=2028,
        measures=[Measure("energy_efficiency", "余热发电", "100")],
    )
    cases.complete_site(play.verifier, case_id=play.case.id)
    play.sample()
    wrong = max(recalculation.contributions(play.case), key=lambda row: row.value)
    declared = float(recalculation.package_of(play.case)["result"]["declared"]["value"])
    cases.state_misstatement(
        play.verifier, case_id=play.case.id, row=wrong.row, correct=wrong.value * 0.999, text="四舍五入", isolated=True
    )
    play.state_opinion()
    play.review()
    play.grant()

    report = sections(play, "verification_report")
    told = dict(report["ledger"]["facts"])
    assert float(told["found"]) == pytest.approx(wrong.value * 0.001)
    assert float(told["limit"]) == pytest.approx(abs(declared) * 0.05)
    assert told["measured_in"] == "kg CO2e/t"
    assert told["standing"] == {"word": "standing_immaterial"}
    assert report["ledger"]["table"]["rows"][0][1] == wrong.row
    counts = {row[0]["word"]: row[1:] for row in report["tests"]["table"]["rows"]}
    sample = play.case.sample.count()
    assert counts == {"test_trace": [str(sample), "0", "0"], "test_recalculate": [str(sample), "0", "0"]}
    assert dict(report["verification_terms"]["facts"])["criteria"] == "GB/T 24067-2024"
    assert not {"analysis", "risks"} & set(report)

    plan = sections(play, "sampling_plan")
    assert len(plan["risks"]["table"]["rows"]) == len(recalculation.contributions(play.case))
    assert plan["analysis"]["facts"][0][1].startswith("水泥熟料煅烧")
    assert "sampling_plan" not in papers.APPLICANT_SEES

    audited = sections(play, "audit_report")
    assert dict(audited["consistency"]["facts"])["answer_not_seen"] == "1"
    assert audited["consistency"]["table"]["rows"][0][3] == "铭牌被遮"
    assert audited["commitment"]["table"]["rows"] == [[{"word": "measure_energy_efficiency"}, "余热发电", "100"]]
    assert "commitment" in sections(play, "decision_record")
    for kind in ("verification_report", "audit_report", "sampling_plan", "decision_record"):
        word = client_of(play.handler).get(f"/cases/papers/{draft(play, kind).id}/en.docx")
        assert "paper." not in words_of(word.content), kind


def test_a_paper_is_not_drafted_before_what_it_records(play: Play) -> None:
    play.until("applied")
    assert refused(lambda: draft(play, "contract")) == {"paper_not_yet"}
    assert refused(lambda: draft(play, "review_record")) == {"paper_not_yet"}
    assert refused(lambda: draft(play, "love_letter")) == {"paper_kind_unknown"}
    assert not CasePaper.objects.exists()


def test_signatures_come_from_the_persons_and_the_release_from_another(play: Play) -> None:
    play.until("planned")
    paper = draft(play, "nonconformities")
    signatory(play, play.verifier)
    assert refused(lambda: sign(paper, play.handler)) == {"paper_not_yours"}
    release = lambda actor: cases.release_paper(actor, paper_id=paper.id, content=paper.content)  # noqa: E731
    assert refused(lambda: release(play.decider)) == {"not_signatory"}
    assert refused(lambda: release(play.verifier)) == {"signatures_missing"}
    stale = lambda: cases.sign_paper(play.verifier, paper_id=paper.id, content="sha256:" + "0" * 64)  # noqa: E731
    assert refused(stale) == {"stale_decision"}
    sign(paper, play.verifier)
    assert refused(lambda: sign(paper, play.verifier)) == {"already_signed"}
    assert refused(lambda: release(play.verifier)) == {"released_by_signer"}
    signatory(play, play.decider)
    with pytest.raises(NotFound):
        queries_papers.paper(play.manager, paper.id)
    release(play.decider)
    assert refused(lambda: release(play.decider)) == {"paper_not_draft"}
    assert queries_papers.paper(play.manager, paper.id).state == "released"
    assert play.decider.person_id is not None
    cases.end_signatory(play.handler, person_id=play.decider.person_id)
    later = draft(play, "nonconformities")
    sign(later, play.verifier)
    gone = lambda: cases.release_paper(play.decider, paper_id=later.id, content=later.content)  # noqa: E731
    assert refused(gone) == {"not_signatory"}


def test_a_released_paper_is_sealed_logged_and_the_same_bytes_again(play: Play) -> None:
    play.until("contracted")
    signatory(play, play.decider)
    head = play.case.head
    paper = draft(play, "contract")
    sign(paper, play.manager, play.handler)
    cases.release_paper(play.decider, paper_id=paper.id, content=paper.content)
    assert refused_pdf(play, paper) == 409
    sealed = cases.seal_paper(paper.id).sealed
    assert set(sealed) == {"zh", "en"}
    data = client_of(play.manager).get(f"/cases/papers/{paper.id}/zh.pdf").content
    assert hash_bytes(data) == sealed["zh"]
    CasePaper.objects.filter(id=paper.id).update(sealed={})
    assert cases.seal_paper(paper.id).sealed == sealed
    said = [json.loads(row.event) for row in PrivateRecord.objects.filter(entry__subject=str(play.case.id))]
    acts = [event for event in said if event.get("paper") == str(paper.id)]
    assert [event["type"] for event in acts][:4] == [
        "case.paper_drafted",
        "case.paper_signed",
        "case.paper_signed",
        "case.paper_released",
    ]
    assert {event["content"] for event in acts} == {paper.content}
    assert play.case.head == head  # papers move no head: who decides meanwhile is not told that all has changed
    assert LogEntry.objects.filter(subject=str(play.case.id)).count() >= len(acts)


def refused_pdf(play: Play, paper: CasePaper) -> int:
    return client_of(play.manager).get(f"/cases/papers/{paper.id}/zh.pdf").status_code


def rewritten(data: bytes, *changes: tuple[str, str]) -> bytes:
    """Return a Word file as a text program would save it again, with some of its text replaced."""
    edited = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as held, zipfile.ZipFile(edited, "w") as out:
        for name in held.namelist():
            text = held.read(name).decode()
            for old, new in changes if name == "word/document.xml" else ():
                assert old in text, old
                text = text.replace(old, new)
            out.writestr(name, text)
    return edited.getvalue()


HINT = {"zh": "（在此书写，保存后交回。）", "en": "(Write here, save, and bring the file back.)"}
LINES = "审核安排在八月</w:t></w:r></w:p><w:p><w:r><w:t>到厂请提前一天告知"


def word_of(play: Play, paper: CasePaper, lang: str = "zh") -> bytes:
    return bytes(client_of(play.handler).get(f"/cases/papers/{paper.id}/{lang}.docx").content)


def take_in(play: Play, paper: CasePaper, data: bytes, actor: Actor | None = None) -> CasePaper:
    upload = Upload("plan.docx", "", data)
    return cases.file_word(actor or play.handler, paper_id=paper.id, upload=upload)


def test_the_text_of_an_edited_word_file_reaches_the_sealed_pdf(play: Play) -> None:
    play.until("planned")
    signatory(play, play.decider)
    first = draft(play, "plan")
    sign(first, play.handler)
    edited = rewritten(word_of(play, first), (HINT["zh"], LINES))
    sent = SimpleUploadedFile("plan.docx", edited)
    page = client_of(play.handler).post(f"/cases/papers/{first.id}/word/", {"file": sent}, follow=True)
    assert "to be signed" in page.content.decode()
    first.refresh_from_db()
    second = CasePaper.objects.get(kind="plan", version=2)
    assert (first.state, second.state, second.word) == ("superseded", "draft", hash_bytes(edited))
    old, new = json.loads(get_blob(first.content)), json.loads(get_blob(second.content))
    assert new["sections"] == [*old["sections"], {"key": "remarks", "words": ["审核安排在八月", "到厂请提前一天告知"]}]
    assert new["word"] == second.word
    assert not second.signatures.exists(), "what was signed was another content"
    # the next edit begins from the new version; the file that was brought back stays as it was
    assert "到厂请提前一天告知" in words_of(word_of(play, second, "en"))
    kept = client_of(play.handler).get(f"/cases/papers/{second.id}/edited.docx")
    assert kept.content == edited
    assert client_of(play.handler).get(f"/cases/papers/{first.id}/edited.docx").status_code == 404

    sign(second, play.handler)
    cases.release_paper(play.decider, paper_id=second.id, content=second.content)
    assert set(cases.seal_paper(second.id).sealed) == {"zh", "en"}
    pdf = client_of(play.manager).get(f"/cases/papers/{second.id}/zh.pdf").content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    assert "到厂请提前一天告知" in text
    assert second.word.removeprefix("sha256:")[:16] in text
    said = [json.loads(row.event) for row in PrivateRecord.objects.filter(entry__subject=str(play.case.id))]
    event = next(event for event in said if event["type"] == "case.paper_edited")
    assert (event["word"], event["edits"], event["content"]) == (second.word, first.content, second.content)


def test_an_edited_word_file_changes_no_fact_no_figure_and_no_signature(play: Play) -> None:
    play.until("planned")
    paper = draft(play, "plan")
    for lang in ("zh", "en"):
        made = word_of(play, paper, lang)
        mine = (HINT[lang], "mine")
        own = play.case.number
        for change, code in (
            ((own, f"{own}9"), "paper_word_changed"),
            ((paper.content, "sha256:" + "0" * 64), "paper_word_stale"),
            ((">1. ", ">7. "), "paper_word_changed"),
            (({"zh": "尚无签名。", "en": "Nobody has signed yet."}[lang], "演示决定人 已签"), "paper_word_changed"),
            ((HINT[lang] + "</w:t></w:r></w:p>", "</w:t></w:r></w:p>" + TABLE), "paper_word_table"),
        ):
            changed = rewritten(made, change) if HINT[lang] in change[0] else rewritten(made, mine, change)
            assert refused(lambda: take_in(play, paper, changed)) == {code}, (lang, change)  # noqa: B023
        heading = {"zh": ". 备注<", "en": ". Remarks<"}[lang]
        assert refused(lambda: take_in(play, paper, rewritten(made, (heading, "<")))) == {"paper_word_headings"}  # noqa: B023
        assert refused(lambda: take_in(play, paper, made)) == {"paper_word_same"}  # noqa: B023
    assert CasePaper.objects.get() == paper
    assert not CasePaper.objects.get().word
    wrong = lambda: cases.file_word(play.handler, paper_id=paper.id, upload=Upload("a.txt", "", b"text"))  # noqa: E731
    assert refused(wrong) == {"file_kind_refused"}
    assert refused(lambda: take_in(play, paper, pack({"a": b"b"}))) == {"word_unreadable"}
    edited = rewritten(word_of(play, paper), (HINT["zh"], LINES))
    assert refused(lambda: take_in(play, paper, edited, play.verifier)) == {"paper_not_yours"}
    long = rewritten(word_of(play, paper), (HINT["zh"], "长" * 8001))
    assert refused(lambda: take_in(play, paper, long)) == {"remarks_too_long"}
    told = client_of(play.handler, "zh-hans").post(
        f"/cases/papers/{paper.id}/word/",
        {"file": SimpleUploadedFile("p.docx", rewritten(word_of(play, paper), (play.case.number, "TB-9")))},
        follow=True,
    )
    assert "只能改“备注”一节" in told.content.decode()


TABLE = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>数值</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"


def test_retention_keeps_what_was_released_and_the_documents(play: Play) -> None:
    play.until("planned")
    signatory(play, play.decider)
    paper = draft(play, "plan")
    sign(paper, play.handler)
    cases.release_paper(play.decider, paper_id=paper.id, content=paper.content)
    assert refused(lambda: cases.delete_paper(play.handler, paper_id=paper.id)) == {"retention_runs"}
    document = Document.objects.filter(case=play.case, kind="business_licence").get()
    drop = lambda: cases.delete_document(play.handler, document_id=document.id)  # noqa: E731
    assert refused(drop) == {"case_still_runs"}
    cases.withdraw(play.manager, case_id=play.case.id, reason="holder_request")
    assert refused(drop) == {"retention_runs"}
    # the project's default keeps for 72 months, which is at most 2,192 days
    with clock.at(clock.now() + timedelta(days=2_193)):
        cases.delete_paper(play.handler, paper_id=paper.id)
        drop()
    assert not CasePaper.objects.exists()
    assert not Document.objects.filter(id=document.id).exists()
    assert get_blob(paper.content)


def test_papers_go_through_the_api_and_no_stranger_sees_them(play: Play) -> None:
    play.until("planned")
    kind = "application/json"
    address = f"/api/v1/cases/{play.case.id}/papers"
    token = api_token(play.handler)
    made = Client().post(address, json.dumps({"kind": "plan"}), content_type=kind, **token)
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["signatures_missing"] == 1
    one = f"/api/v1/papers/{body['id']}"
    seen = json.dumps({"content": body["content"]})
    assert Client().post(f"{one}/sign", seen, content_type=kind, **token).json()["signatures_missing"] == 0
    person = play.decider.person_id
    assert Client().post(f"/api/v1/signatories/{person}", content_type=kind, **token).status_code == 204
    assert Client().get(address, **api_token(play.manager)).json() == []
    released = Client().post(f"{one}/release", seen, content_type=kind, **api_token(play.decider))
    assert released.json()["state"] == "released"
    assert len(Client().get(address, **api_token(play.manager)).json()) == 1
    assert Client().get(f"{one}/file?form=docx&lang=en", **api_token(play.manager)).status_code == 200
    for stranger in (play.world.actor(play.world.beta), play.world.actor(play.world.other_body)):
        assert Client().get(address, **api_token(stranger)).status_code == 404
        assert Client().get(f"{one}/file", **api_token(stranger)).status_code == 404
        assert client_of(stranger).get(f"/cases/papers/{body['id']}/zh.pdf").status_code == 404
    assert Client().delete(one, **token).status_code == 409


def test_signatories_are_named_on_their_page(play: Play) -> None:
    client = client_of(play.handler)
    person = play.decider.person_id
    assert client.post("/cases/signatories/", {"person": str(person)}).status_code == 302
    page = client.get("/cases/signatories/").content.decode()
    assert "End the mandate" in page
    client.post("/cases/signatories/", {"person": str(person), "end": "1"})
    assert "Nobody is named yet" in client.get("/cases/signatories/").content.decode()
    other = play.world.actor(play.world.other_body)
    assert other.person_id is not None
    assert refused(lambda: cases.name_signatory(play.handler, person_id=other.person_id)) == {"not_of_this_body"}  # type: ignore[arg-type]
