"""What supports an application: papers by scheme, the management system's pieces, certificates of other kinds."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.schemes import load_scheme
from tanbiao.core.schemes.attached import Attached, check_attached
from tanbiao.web import clock
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Refused
from tanbiao.web.uploads import Upload
from web.certification.playing import PIECES, Play

FILE = Upload("iso50001.pdf", "application/pdf", b"%PDF-1.7 energy")


def certificate(holder: str = "91MINE", **changes: str) -> Attached:
    said = {
        "kind": "energy-management-system",
        "standard": "GB/T 23331-2020",
        "number": "EN-7",
        "body_name": "演示体系认证机构",
        "holder_id": holder,
        "valid_from": "2026-01-01",
        "valid_until": "2028-12-31",
    }
    return Attached(**(said | changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"standard": "iso 50001:2018"}, None),
        ({"standard": "ISO 500012"}, "attached_standard_other"),
        ({"standard": "ISO 14001"}, "attached_standard_other"),
        ({"kind": "green-product", "standard": "GB/T 35612"}, None),
        ({"kind": "product-footprint"}, "attached_kind_unknown"),
        ({"number": " "}, "attached_unnamed"),
        ({"holder_id": "91OTHER"}, "attached_holder_other"),
        ({"valid_until": "2026-05-31"}, "attached_not_valid"),
        ({"valid_from": "2026-06-02"}, "attached_not_valid"),
        ({"valid_until": "2025-01-01"}, "attached_term_reversed"),
    ],
)
def test_an_attached_certificate_is_checked_against_scheme_holder_and_day(
    changes: dict[str, str], code: str | None
) -> None:
    found = check_attached(load_scheme("tanbiao-demo"), certificate(**changes), applicant_id="91MINE", day="2026-06-01")
    assert [item.code for item in found] == ([code] if code else [])


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(Refused) as caught:
        act()
    return {item.code for item in caught.value.findings}


def mine(play: Play, **changes: str) -> Attached:
    today = clock.today()
    term = {"valid_from": str(today - timedelta(days=9)), "valid_until": str(today + timedelta(days=9))}
    return certificate(str(play.world.alpha.uscc), **(term | changes))


@pytest.mark.django_db
@pytest.mark.requirement("SH-06d")
def test_indirect_certificates_are_attached_to_a_case_and_seen_by_its_body(world: World) -> None:
    play = Play(world)
    case = play.apply(system_kit=["meters", *reversed(PIECES)])
    assert case.system_kit == ["duties", "data-procedure", "meters", "records"]
    made = cases.attach_certificate(play.manager, case_id=case.id, certificate=mine(play), upload=FILE)
    again = lambda: cases.attach_certificate(play.manager, case_id=case.id, certificate=mine(play), upload=FILE)  # noqa: E731
    assert refused(again) == {"attached_twice"}
    wrong = mine(play, kind="carbon-service")
    attach = lambda: cases.attach_certificate(play.manager, case_id=case.id, certificate=wrong, upload=FILE)  # noqa: E731
    assert refused(attach) == {"attached_kind_unknown"}
    page = client_of(play.handler).get(f"/cases/{case.id}/").content.decode()
    assert "EN-7" in page
    assert "valid today" in page
    assert client_of(play.handler).get(f"/cases/attached/{made.id}/").content == FILE.data
    stranger = play.world.actor(play.world.beta)
    assert client_of(stranger).get(f"/cases/attached/{made.id}/").status_code == 404
    assert client_of(stranger).get(f"/cases/{case.id}/attach/").status_code == 404
    with clock.at(clock.now() + timedelta(days=30)):
        assert "not valid today" in client_of(play.handler).get(f"/cases/{case.id}/").content.decode()


@pytest.mark.django_db
def test_a_certificate_is_attached_by_form_and_by_call(world: World) -> None:
    play = Play(world)
    case = play.apply()
    client = client_of(play.manager)
    said: dict[str, Any] = dict(mine(play).__class__.__dataclass_fields__)
    said = {name: getattr(mine(play), name) for name in said}
    sent = client.post(f"/cases/{case.id}/attach/", {**said, "file": SimpleUploadedFile("a.pdf", FILE.data)})
    assert sent.status_code == 302, sent.content.decode()
    bad = {**said, "number": "EN-8", "valid_until": "2020-01-01", "valid_from": "2019-01-01"}
    late = client.post(f"/cases/{case.id}/attach/", {**bad, "file": SimpleUploadedFile("a.pdf", FILE.data)})
    assert late.status_code == 409
    assert "It is not valid on" in late.content.decode()
    file = {"filename": "b.pdf", "content_base64": base64.b64encode(FILE.data).decode()}
    body = json.dumps({**said, "number": "EN-9", "file": file})
    address = f"/api/v1/cases/{case.id}/attached"
    made = Client().post(address, body, content_type="application/json", **api_token(play.manager))
    assert made.status_code == 201, made.content
    listed = Client().get(address, **api_token(play.handler)).json()
    assert [(one["number"], one["valid_today"]) for one in listed] == [("EN-7", True), ("EN-9", True)]
    assert date.fromisoformat(listed[0]["valid_until"]) > clock.today()


@pytest.mark.django_db
def test_a_piece_of_the_management_system_that_nobody_knows_is_refused(world: World) -> None:
    play = Play(world)
    assert refused(lambda: play.apply(system_kit=["duties", "luck"])) == {"kit_unknown"}
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.requirement("NAT-06c")
def test_the_form_asks_for_the_schemes_own_papers_and_kinds(world: World) -> None:
    play = Play(world)
    page = client_of(play.manager, "zh-hans").get(f"/applications/new/{play.submit_study()}/").content.decode()
    scheme = load_scheme("tanbiao-demo")
    assert scheme.management_system is not None
    for text in (
        *(paper.title.zh for paper in scheme.papers if paper.comes_from == "applicant"),
        *(item.title.zh for item in scheme.management_system.kit),
        "产品碳足迹标识认证",
    ):
        assert text in page
    assert "产品碳中和认证" not in page  # a kind without a figure can't be applied for


@pytest.mark.django_db
@pytest.mark.requirement("NAT-P02")
def test_from_every_state_before_issue_the_applicant_may_withdraw_and_the_body_terminate(world: World) -> None:
    play = Play(world)
    assert play.manager.person is not None
    assert play.decider.person is not None  # both are made before the first rollback
    seen = []
    for reached, step in play.STEPS:
        getattr(play, step)()
        for ending, end in (("withdrawn", _withdraw), ("terminated", _terminate)):
            with transaction.atomic():
                end(play)
                assert play.case.state == ending, reached
                assert play.case.study.state not in ("submitted", "verifying", "verified"), reached
                transaction.set_rollback(True)
        assert play.case.state == reached
        seen.append(reached)
    assert seen == [state for state, _ in play.STEPS]


def _withdraw(play: Play) -> None:
    cases.withdraw(play.manager, case_id=play.case.id, reason="holder_request")


def _terminate(play: Play) -> None:
    cases.terminate(play.decider, case_id=play.case.id, builds_on=play.case.head, reason="no_cooperation")
