"""What the public reports of a label: it reaches who must answer, with its photo, and may become a violation."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.labels import queries, uses
from tanbiao.web.labels.models import LabelUse
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register.models import ProblemReport
from tanbiao.web.surveillance import commands
from tanbiao.web.surveillance import queries as life_queries
from tanbiao.web.surveillance.models import HistoryLine, LifeNotice, WorkItem
from tanbiao.web.waiting import queue
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db
FORGED = "TB-DEMO-2026-777777"
GPS, MAKER = 0x8825, 0x010F


def camera_photo() -> bytes:
    """Return a JPEG as a phone makes it, which says where it was taken and with what."""
    exif = Image.Exif()
    exif[MAKER] = "PHONE-MAKER"
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


@pytest.fixture
def officer(world: World) -> Actor:
    return world.actor(world.authority)


def reported(number: str, **more: str) -> ProblemReport:
    """Report as a visitor on the public page."""
    sent: dict[str, Any] = {"number": number, "kind": "wrong_figure", "text": "包装上是 0.1", "contact": "", **more}
    sent["photo"] = SimpleUploadedFile("shot.jpg", camera_photo(), "image/jpeg")
    answer = Client().post("/verify/report", sent)
    assert answer.status_code == 302, answer.content[:500]
    return ProblemReport.objects.get(code=answer["Location"].split("/")[-2])


def waits(actor: Actor) -> list[str]:
    return [line.href for line in queue(actor)]


def test_the_photo_is_kept_without_place_and_maker_and_shown_to_the_body_alone(life: Life, world: World) -> None:
    row = reported(life.number, contact="visitor@example.org")
    life.carry()
    kept = get_blob(row.photo)
    assert b"PHONE-MAKER" in camera_photo()
    assert b"PHONE-MAKER" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    page = f"/life/reports/{row.id}/"
    assert page in waits(life.office)
    shown = client_of(life.office).get(page).content.decode()
    assert f'src="{page}photo/"' in shown
    assert "visitor@example.org" in shown
    assert client_of(life.office).get(f"{page}photo/").content == kept
    assert client_of(life.office).get("/life/?tab=reports").content.decode().count(page) == 1
    # Whom it is about learns nothing of who reported; another body has no such report; an authority reads it.
    for actor, status in (
        (life.holder, 403),
        (world.actor(world.other_body, Role.CASE_MANAGER), 404),
        (world.actor(world.authority), 200),
    ):
        assert client_of(actor).get(page).status_code == status
        assert client_of(actor).get(f"{page}photo/").status_code == status
    assert row.text not in client_of(life.holder).get("/certificates/").content.decode()


def test_a_body_answers_and_whoever_reported_reads_it_by_the_code(life: Life) -> None:
    row = reported(life.number)
    life.carry()
    follow = f"/verify/reports/{row.code}/"
    assert "looks into it and answers here" in client_of(None).get(follow).content.decode()
    item = WorkItem.objects.get(kind="misuse_report")
    with pytest.raises(Conflict) as caught:
        commands.resolve(life.office, item_id=item.id, resolution="done", text="看过")
    assert caught.value.code == "work_item_by_report"
    with pytest.raises(Invalid):
        commands.answer_report(life.office, report_id=row.id, outcome="moon", text="x")
    empty = client_of(life.office).post(f"/life/reports/{row.id}/", {"outcome": "not_confirmed", "text": " "})
    assert empty.status_code == 422
    told = {"outcome": "not_confirmed", "text": "该包装为旧版，数值属实。"}
    assert client_of(life.office).post(f"/life/reports/{row.id}/", told).status_code == 302
    page = client_of(None).get(follow).content.decode()
    assert told["text"] in page
    assert "not confirmed" in page
    item.refresh_from_db()
    assert (item.resolution, item.text) == ("done", told["text"])
    assert f"/life/reports/{row.id}/" not in waits(life.office)
    with pytest.raises(Conflict) as caught:
        commands.answer_report(life.office, report_id=row.id, **told)
    assert caught.value.code == "label_report_answered"


def test_a_report_of_a_number_that_nobody_issued_waits_for_the_authority(life: Life, officer: Actor) -> None:
    row = reported(FORGED, kind="forged")
    life.carry()
    assert not WorkItem.objects.exists()
    assert not life_queries.reports(life.office).exists()
    assert f"/life/reports/{row.id}/" in waits(officer)
    given: dict[str, Any] = {"report_id": row.id, "outcome": "forged", "text": "已移交市场监管部门。"}
    with pytest.raises(NotFound):
        commands.answer_report(life.office, **given)
    page = client_of(officer).get(f"/life/reports/{row.id}/").content.decode()
    assert "The register has no such number" in page
    assert "record the use that was found" not in page  # there is no licence that it could violate
    commands.answer_report(officer, **given)
    assert f"/life/reports/{row.id}/" not in waits(officer)
    assert given["text"] in client_of(None).get(f"/verify/reports/{row.code}/").content.decode()


def test_a_use_that_nobody_declared_becomes_a_violation_with_its_term(life: Life, world: World) -> None:
    row = reported(life.number)
    life.carry()
    page = client_of(life.office).get(f"/life/reports/{row.id}/").content.decode()
    place = f"/labels/found/{life.number}/"
    assert f"{place}?report={row.id}" in page
    form = {"report": str(row.id), "place": "演示超市 A 店", "figure": "0.1", "text": "数值被改为 0.1"}
    assert client_of(life.office).post(place, {**form, "reason": ""}).status_code in (409, 422)
    assert not LabelUse.objects.exists()
    sent = client_of(life.office).post(place, {**form, "reason": "false_value", "answer": "属实，已责令改正。"})
    use = LabelUse.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/labels/uses/{use.id}/")
    assert (use.state, use.figure_seen, use.due) == ("violation", "0.1", clock.today() + timedelta(days=30))
    assert LifeNotice.objects.filter(organisation=world.alpha, kind="use_violation").count() == 1
    row.refresh_from_db()
    assert (row.outcome, row.answer) == ("violation", "属实，已责令改正。")
    open_ones = WorkItem.objects.filter(resolved_at__isnull=True).values_list("kind", flat=True)
    assert list(open_ones) == ["mark_violation"]
    # From there on as any violation: the holder puts it right, another person than the finder closes it.
    use = uses.rectify(life.holder, use_id=use.id, builds_on=use.head, text="已下架")
    with pytest.raises(Conflict) as caught:
        uses.close(life.office, use_id=use.id, builds_on=use.head, text="已核实")
    assert caught.value.code == "sampler_closes"
    assert uses.close(life.judge, use_id=use.id, builds_on=use.head, text="已核实").state == "closed"
    assert list(HistoryLine.objects.filter(subject=use.id).order_by("index").values_list("event", flat=True)) == [
        "find", "rectify", "close",
    ]  # fmt: skip


def test_who_may_not_find_finds_nothing_and_a_refused_find_leaves_nothing(
    life: Life, world: World, officer: Actor
) -> None:
    other = reported(FORGED)
    given: dict[str, Any] = {"number": life.number, "place": "演示网店", "reason": "misuse", "text": "另一产品"}
    for actor, error in (
        (life.holder, NotAllowed),
        (life.judge, NotAllowed),
        (world.actor(world.other_body, Role.VERIFIER), NotFound),
    ):
        with pytest.raises(error):
            uses.find(actor, **given)
    for changes, code in (
        ({"place": " "}, "use_place_missing"),
        ({"text": " "}, "explanation_needed"),
        ({"reason": "outside_licence"}, "reason_needed"),
        ({"report_id": other.id}, "label_report_of_another"),
    ):
        with pytest.raises((Invalid, Conflict)) as caught:
            uses.find(officer, **(given | changes))
        assert code in {item.code for item in caught.value.findings}, changes
        assert not LabelUse.objects.exists()
        assert not ProblemReport.objects.filter(answered_at__isnull=False).exists()
    assert uses.find(officer, **given).state == "violation"
    assert queries.uses(life.holder).count() == 1


def test_the_same_over_the_api(life: Life, world: World, officer: Actor) -> None:
    client, kind = Client(), "application/json"
    made = client.post(
        "/api/v1/reports",
        {"number": life.number, "kind": "forged", "text": "仿冒", "contact": "a@b"},
        content_type=kind,
    ).json()
    life.carry()
    follow = f"/api/v1/reports/{made['code']}"
    assert client.get(follow).json()["outcome"] == ""
    assert "contact" not in client.get(follow).json()
    office: Any = api_token(life.office)
    (listed,) = client.get("/api/v1/label-reports?open_only=true", **office).json()["items"]
    assert (listed["id"], listed["photo"]) == (made["id"], False)
    assert client.get(f"/api/v1/label-reports/{made['id']}/photo", **office).status_code == 404
    stranger: Any = api_token(world.actor(world.other_body, Role.CASE_MANAGER))
    assert client.get(f"/api/v1/label-reports/{made['id']}", **stranger).status_code == 404
    body = {"place": "网店", "reason": "forged", "text": "仿冒标识", "report": made["id"]}
    found = client.post(
        f"/api/v1/certificates/{life.number}/label-uses/found", json.dumps(body), content_type=kind, **office
    )
    assert (found.status_code, found.json()["state"]) == (201, "violation")
    assert client.get(follow).json()["outcome"] == "violation"
    answer = f"/api/v1/label-reports/{made['id']}/answer"
    again = client.post(answer, {"outcome": "forged", "text": "x"}, content_type=kind, **api_token(officer))  # type: ignore[arg-type]
    assert (again.status_code, again.json()["code"]) == (404, "label_report_unknown")
