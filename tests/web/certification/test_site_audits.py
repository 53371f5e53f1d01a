"""The audit at the site: fence without positions, days that stay hidden, photos by hash, records sent once."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from factories import World, api_token, client_of
from formats.test_photo_metadata import EXIF, SCAN, jpeg
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.verification.onsite import Fence, Position, distance_m, standing_of
from tanbiao.evidence import sealing
from tanbiao.formats.photo_metadata import Part, with_metadata
from tanbiao.web import clock
from tanbiao.web.accounts import reader_keys
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import units
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.audit_items import PhotoItem
from tanbiao.web.certification.commands.audit_planning import SiteFence
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.models import AuditPhoto, Interview, SyncedItem, Visit
from tanbiao.web.commanding import Conflict, Invalid, TanbiaoError
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db

GATE = Position(23.129112, 113.264385, 12.0)
"""Guangzhou, people's park: a place of the test's own, no site of anybody."""
FAR = Position(23.2, 113.264385, 12.0)
PHOTO = jpeg(EXIF, SCAN)


def test_a_degree_of_latitude_is_a_degree_and_the_fence_is_a_circle() -> None:
    # 2 pi 6371008.8 m / 360 = 111 195.08 m; a degree of longitude at 60 degrees north is half of it (cos 60 = 1/2).
    assert distance_m(0, 0, 1, 0) == pytest.approx(111_195.08, abs=0.01)
    assert distance_m(60, 0, 60, 0.001) == pytest.approx(111.19508 / 2, rel=1e-6)
    fence = Fence(0.0, 0.0, 111.2)
    assert standing_of(Position(0.001, 0.0, 50.0), fence, fine_m=50.0).fence == "inside"
    assert standing_of(Position(0.0, 0.00101, 51.0), fence, fine_m=50.0) == standing_of(
        Position(0.0, -0.00101, 51.0), fence, fine_m=50.0
    )
    assert standing_of(Position(0.0, 0.00101, 51.0), fence, fine_m=50.0).accuracy == "coarse"


@pytest.fixture
def play(world: World) -> Play:
    made = Play(world)
    made.until("on_site")
    return made


@pytest.fixture
def key(play: Play) -> dict[str, str]:
    """Give the body a reader's key, and return the private half."""
    private, public = sealing.new_key()
    made = reader_keys.register_key(play.handler, public=json.dumps(public))
    reader_keys.prove_key(
        play.handler, key_id=made.id, answer=sealing.unseal(made.challenge.encode(), private).decode()
    )
    return private


def site_of(play: Play) -> str:
    unit = units.unit_of(play.case)
    assert unit is not None
    return unit.sites[0].name_zh


def plan(play: Play, mode: str = "on_site", **changes: Any) -> None:
    fence = SiteFence(site_of(play), GATE.latitude, GATE.longitude, 300.0)
    given: dict[str, Any] = {"mode": mode, "day": date(2031, 5, 17), "fences": [fence]}
    cases.plan_audit(play.handler, case_id=play.case.id, **(given | changes))


def refused(run: Any) -> str:
    with pytest.raises(TanbiaoError) as caught:
        run()
    return caught.value.code


def everything_stored() -> str:
    """Return every text of every table, as the database holds it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.requirement("GBA-06h")
def test_a_check_in_keeps_the_side_of_the_fence_and_the_position_only_sealed(play: Play, key: dict[str, str]) -> None:
    plan(play)
    here = Position(23.129999, 113.264777, 17.250625)
    visit = cases.check_in(play.verifier, case_id=play.case_id, place="南门", position=here)
    assert (visit.fence, visit.accuracy, visit.site) == ("inside", "fine", site_of(play))
    stored = everything_stored()
    assert "23.129999" not in stored
    assert "17.250625" not in stored
    opened = json.loads(sealing.unseal(visit.sealed_position.encode(), key))
    assert opened == {"latitude": 23.129999, "longitude": 113.264777, "accuracy_m": 17.250625}
    page = client_of(play.verifier).get(f"/cases/{play.case_id}/visits/{visit.id}/position/")
    assert json.loads(sealing.unseal(page.content, key)) == opened
    assert client_of(play.manager).get(f"/cases/{play.case_id}/visits/{visit.id}/position/").status_code == 404


def test_outside_the_fence_or_without_a_reading_a_word_is_asked(play: Play, key: dict[str, str]) -> None:
    plan(play)
    run = {"case_id": play.case_id, "place": "厂外"}
    assert refused(lambda: cases.check_in(play.verifier, **run, position=FAR)) == "fence_without_remark"
    assert refused(lambda: cases.check_in(play.verifier, **run)) == "fence_without_remark"
    assert refused(lambda: cases.check_in(play.verifier, **run, site="月球")) == "fence_unknown"
    bad = Position(91.0, 0.0, 1.0)
    assert refused(lambda: cases.check_in(play.verifier, **run, position=bad)) == "position_impossible"
    visit = cases.check_in(play.verifier, **run, position=FAR, remark="大门在围栏外")
    assert (visit.fence, visit.fence_remark) == ("outside", "大门在围栏外")


@pytest.mark.parametrize("mode", ["on_site", "unannounced"])
def test_of_an_unannounced_audit_the_applicant_sees_no_day_before_the_check_in(
    play: Play, key: dict[str, str], mode: str
) -> None:
    plan(play, mode)
    applicant, hidden = client_of(play.manager), mode == "unannounced"
    token: Any = api_token(play.manager)
    pages = (
        f"/cases/{play.case_id}/",
        f"/cases/{play.case_id}/contract/",
        f"/cases/{play.case_id}/papers/",
        "/applications/",
        "/desk/",
    )
    seen = "".join(applicant.get(page, follow=True).content.decode() for page in pages)
    seen += Client().get(f"/api/v1/cases/{play.case_id}", **token).content.decode()
    assert ("2031-05-17" in seen) is not hidden
    assert applicant.get(f"/cases/{play.case_id}/audit/").status_code == 404
    assert "2031-05-17" in client_of(play.handler).get(f"/cases/{play.case_id}/").content.decode()
    if hidden:
        # The log's private parts are for the body's inspectors; still no line of the case holds the day.
        assert not any("2031-05-17" in str(entry.__dict__) for entry in LogEntry.objects.all())
        cases.check_in(play.verifier, case_id=play.case_id, place="南门", position=GATE)
        assert "2031-05-17" in applicant.get(f"/cases/{play.case_id}/").content.decode()


def test_the_plan_keeps_to_the_schemes_modes_and_its_share_of_days_from_afar(play: Play) -> None:
    # The demonstration scheme: at most 50 % of the days from afar; the case has 3.
    assert refused(lambda: plan(play, "remote", fences=(), remote_days=1.6)) == "remote_days_too_many"
    plan(play, "remote", fences=(), remote_days=1.5)
    assert refused(lambda: plan(play, "by_letter", fences=())) == "audit_mode_refused"
    assert refused(lambda: plan(play)) == "position_key_missing"
    case = play.case
    case.terms = {**case.terms, "audit_modes": ["on_site"]}
    case.save()
    assert refused(lambda: plan(play, "remote", fences=())) == "audit_mode_refused"
    run = {"case_id": play.case_id, "place": "视频", "remote": True}
    assert refused(lambda: cases.check_in(play.verifier, **run)) == "audit_mode_refused"


def test_an_audit_planned_on_site_is_not_complete_from_afar(play: Play, key: dict[str, str]) -> None:
    plan(play)
    with clock.at(clock.now() - timedelta(hours=5)):
        visit = cases.check_in(play.verifier, case_id=play.case_id, place="视频", remote=True)
    cases.check_out(play.verifier, visit_id=visit.id, interviews=1, samples=1)
    play.check_consistency()
    with pytest.raises(Conflict) as caught:
        cases.complete_site(play.verifier, case_id=play.case_id)
    assert "audit_not_on_site" in {item.code for item in caught.value.findings}
    cases.check_in(play.verifier, case_id=play.case_id, place="南门", position=GATE)
    visit = Visit.objects.get(case_id=play.case_id, remote=False)
    cases.check_out(play.verifier, visit_id=visit.id, interviews=0, samples=0)
    cases.complete_site(play.verifier, case_id=play.case_id)
    assert play.case.state == "footprint_verification"


def items_of(play: Play, began: Any) -> list[dict[str, Any]]:
    """Return what a phone recorded in a cellar: check-in, talk, photo, answer, check-out."""
    visit, at = str(uuid4()), lambda minutes: clock.stamp(began + timedelta(minutes=minutes))
    photo = {
        "filename": "IMG_1.jpg",
        "content_base64": base64.b64encode(PHOTO).decode(),
        "taken_hash": hash_bytes(PHOTO),
    }
    position = {"latitude": GATE.latitude, "longitude": GATE.longitude, "accuracy_m": 30.0}
    answer = {"item": list_of(play.case)[0].key, "answer": "consistent"}
    return [
        {"kind": "check_in", "client_id": visit, "at": at(0), "place": "一号窑", "position": position},
        {
            "kind": "interview",
            "client_id": str(uuid4()),
            "at": at(20),
            "visit": visit,
            "role": "窑长",
            "topic": "燃料计量",
            "notes": "皮带秤",
        },
        {"kind": "photo", "client_id": str(uuid4()), "at": at(30), "visit": visit, **photo, "caption": "铭牌"},
        {"kind": "answer", "client_id": str(uuid4()), "at": at(40), **answer},
        {"kind": "check_out", "client_id": str(uuid4()), "at": at(250), "visit": visit, "interviews": 0, "samples": 3},
    ]


def sync(play: Play, items: list[dict[str, Any]]) -> list[str]:
    token: Any = api_token(play.verifier)
    address = f"/api/v1/cases/{play.case_id}/audit/sync"
    answer = Client().post(address, data=json.dumps({"items": items}), content_type="application/json", **token)
    assert answer.status_code == 200, answer.content
    return [row["outcome"] + "".join(f" {item['code']}" for item in row["findings"]) for row in answer.json()]


def test_what_was_recorded_offline_is_sent_once_whatever_is_sent_twice(play: Play, key: dict[str, str]) -> None:
    plan(play)
    now = clock.now()
    items = items_of(play, now)
    with clock.at(now + timedelta(hours=6)):
        assert sync(play, items[:2]) == ["recorded"] * 2
        # The answer was lost on the way, and the phone sends everything again.
        assert sync(play, items) == ["known"] * 2 + ["recorded"] * 3
        assert sync(play, items) == ["known"] * 5
    visit = Visit.objects.get(case_id=play.case_id)
    assert (visit.fence, visit.interviews, visit.samples) == ("inside", 1, 3)
    assert visit.checked_out is not None
    assert visit.checked_out - visit.checked_in == timedelta(minutes=250)
    assert visit.received_at == now + timedelta(hours=6)
    assert Interview.objects.get().role == "窑长"
    photo = AuditPhoto.objects.get()
    assert b"GPS" not in get_blob(photo.blob)
    parts = json.loads(sealing.unseal(photo.sealed_parts.encode(), key))
    again = with_metadata(
        get_blob(photo.blob), [Part(part["offset"], base64.b64decode(part["data"])) for part in parts]
    )
    assert (again, hash_bytes(again)) == (PHOTO, photo.taken_hash)
    assert client_of(play.handler).get(f"/cases/{play.case_id}/audit/photos/{photo.id}/").content == get_blob(
        photo.blob
    )
    assert client_of(play.manager).get(f"/cases/{play.case_id}/audit/photos/{photo.id}/").status_code == 404


def test_what_can_not_be_taken_is_named_and_the_rest_is_recorded(play: Play) -> None:
    now = clock.now()
    items = items_of(play, now)
    items[1]["role"] = " "
    items[2]["taken_hash"] = hash_bytes(b"another photo")
    items[4]["at"] = clock.stamp(now + timedelta(days=2))
    cases.check_consistency(play.verifier, case_id=play.case_id, answers=[Answer(items[3]["item"], "not_seen", "停产")])
    with clock.at(now + timedelta(hours=6)):
        told = sync(play, items)
        assert told == [
            "recorded",
            "refused interview_incomplete",
            "refused photo_hash_differs",
            "refused answer_changed_meanwhile",
            "refused device_time_ahead",
        ]
        assert SyncedItem.objects.count() == 1
        # Its reader looked at the other's answer and sends his own again; a talk under a used id is no other talk.
        items[3]["seen"] = "not_seen"
        other = {**items[1], "client_id": items[0]["client_id"], "role": "窑长"}
        assert sync(play, [items[3], other]) == ["recorded", "refused sync_item_differs"]
    early = {**items[0], "client_id": str(uuid4()), "at": clock.stamp(now - timedelta(days=30))}
    assert sync(play, [early])[0].split()[1] in ("device_time_before", "visit_running")


def test_a_position_leaves_no_trace_in_what_is_kept_of_an_item() -> None:
    body = {"kind": "photo", "client_id": uuid4(), "at": clock.now(), "visit": uuid4(), "filename": "a.jpg"}
    one = PhotoItem(**body, content_base64="QQ==", taken_hash="x")  # type: ignore[arg-type]
    other = PhotoItem(**body, content_base64="Qg==", taken_hash="x")  # type: ignore[arg-type]
    assert one.hash != other.hash


def test_pages_and_api_plan_and_show(play: Play, key: dict[str, str]) -> None:
    manager, verifier = client_of(play.handler), client_of(play.verifier)
    planning = f"/cases/{play.case_id}/audit/plan/"
    assert verifier.get(planning).status_code == 403
    form = {"mode": "unannounced", "day": "2031-05-17", "latitude-0": "23.1", "longitude-0": "", "radius-0": "300"}
    assert manager.post(planning, form).status_code == 422
    assert manager.post(planning, {**form, "longitude-0": "113.2", "remote_days": "2"}).status_code == 409
    assert manager.post(planning, {**form, "longitude-0": "113.2"}).status_code == 302
    for lang, word in (("en", "unannounced"), ("zh-hans", "不预先通知")):
        page = verifier.get(f"/cases/{play.case_id}/audit/", headers={"accept-language": lang})
        assert word in page.content.decode()
        assert "geolocation=(self)" in page["Permissions-Policy"]
    token: Any = api_token(play.handler)
    told = Client().get(f"/api/v1/cases/{play.case_id}/audit", **token).json()
    assert (told["mode"], told["remote_share_max"], told["fences"][0]["radius_m"]) == ("unannounced", 0.5, 300.0)
    assert Client().get("/cases/audit-worker.js")["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name, data", [("a.txt", b"text"), ("a.jpg", b"\xff\xd8\xff\xe0")])
def test_what_is_no_photo_is_refused(play: Play, name: str, data: bytes) -> None:
    visit = cases.check_in(play.verifier, case_id=play.case_id, place="南门")
    with pytest.raises(Invalid):
        cases.record_photo(play.verifier, visit_id=visit.id, upload=Upload(name, "", data), taken_hash=hash_bytes(data))
    assert not AuditPhoto.objects.exists()
