"""Templates on a platform: what opens one, who may, what stays when it is locked again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import load_scheme
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.schemes import acts, commands, queries
from tanbiao.web.schemes.models import BodyApproval, SchemeEntry
from tanbiao.web.uploads import Upload
from tanbiao.workflow import load_lifecycle
from tanbiao.workflow.machine import Step
from web.schemes.opening import APPROVAL, DOCUMENT, approve, needs, papers, png, unlock

pytestmark = pytest.mark.django_db


def refused(kind: type[TanbiaoError], act: Callable[[], object]) -> list[str]:
    with pytest.raises(kind) as caught:
        act()
    return [item.code for item in caught.value.findings]


def logged(kind: str) -> list[dict[str, Any]]:
    """Return the public fields of the log's entries of a type, in order."""
    rows = LogEntry.objects.filter(type=kind).order_by("at", "id")
    return [json.loads(bytes(row.leaf))["public"] for row in rows]


def test_every_effect_of_the_lifecycle_is_bound() -> None:
    named = {effect for edge in load_lifecycle("scheme").document.edges for effect in edge.effects}
    assert named == set(acts.EFFECTS)


@pytest.mark.requirement("JS-30b")
@pytest.mark.parametrize("scheme", ["cn-national", "gba", "js-provincial"])
def test_a_template_opens_with_everything_and_says_so_in_the_log(world: World, scheme: str) -> None:
    assert queries.scheme(scheme).is_locked
    approve(world, scheme)
    unlock(world, scheme, regions=["CN-GD"] if "regions" in needs(scheme) else [])
    opened = queries.scheme(scheme)
    assert not opened.is_locked
    assert opened.standing == "official"
    assert opened.number_pattern == "TEST-{year}-{serial:05d}"
    packaged = load_scheme(scheme)
    assert opened.openings[0].regions == (("CN-GD",) if scheme == "cn-national" else packaged.openings[0].regions)
    said = logged("scheme_published")
    assert said == [{"scheme": packaged.id, "version": packaged.version, "hash": opened.hash}]
    assert [entry["reason"] for entry in logged("scheme_event")] == ["body_approved", "scheme_unlocked"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document": None}, "scheme_needs_authority_document"),
        ({"document_date": None}, "scheme_needs_authority_document"),
        ({"regions": []}, "scheme_needs_regions"),
        ({"number_pattern": " "}, "scheme_needs_number_pattern"),
        ({"artwork": None}, "scheme_needs_artwork"),
        ({"minimum_width_mm": 0.0}, "scheme_needs_artwork"),
    ],
)
def test_without_one_of_them_it_stays_locked(world: World, changes: dict[str, Any], code: str) -> None:
    approve(world)
    assert refused(Conflict, lambda: unlock(world, **changes)) == [code]
    assert queries.scheme("cn-national").is_locked
    assert not SchemeEntry.objects.exists()


def test_without_an_approval_that_stands_today_it_stays_locked(world: World) -> None:
    assert refused(Conflict, lambda: unlock(world)) == ["scheme_needs_body_approval"]
    today = clock.today()
    approve(world, valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=1))
    assert refused(Conflict, lambda: unlock(world)) == ["scheme_needs_body_approval"]
    approve(world, "gba")
    assert refused(Conflict, lambda: unlock(world)) == ["scheme_needs_body_approval"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document": Upload("a.txt", "text/plain", b"words")}, "scheme_document_not_pdf"),
        ({"document_title": " "}, "scheme_text_missing"),
        ({"artwork": Upload("a.pdf", "application/pdf", b"%PDF-1.7")}, "scheme_artwork_not_png"),
        ({"artwork": Upload("a.png", "image/png", b"\x89PNG\r\n\x1a\nnot a picture")}, "scheme_artwork_not_png"),
        # 30 mm at 300 dpi: 30 / 25.4 × 300 = 354 pixels
        ({"artwork": Upload("a.png", "image/png", png(353))}, "scheme_artwork_coarse"),
        ({"number_pattern": "NO-SERIAL-{year}"}, "scheme_setting_malformed"),
        ({"number_pattern": "{year}{serial:05d}{0.__class__}"}, "scheme_setting_malformed"),
        ({"regions": ["Guangdong"]}, "scheme_setting_malformed"),
    ],
)
def test_what_is_malformed_is_refused(world: World, changes: dict[str, Any], code: str) -> None:
    approve(world)
    assert refused(Invalid, lambda: unlock(world, **changes)) == [code]
    assert not SchemeEntry.objects.exists()


def test_354_pixels_are_enough_for_30_mm(world: World) -> None:
    approve(world)
    assert unlock(world, artwork=Upload("a.png", "image/png", png(354))).state == "open"


def test_two_schemes_never_number_alike(world: World) -> None:
    approve(world)
    pattern = "TB-DEMO-{year}-{serial:09d}"
    assert refused(Conflict, lambda: unlock(world, number_pattern=pattern)) == ["scheme_pattern_taken"]
    unlock(world)
    approve(world, "gba")
    assert refused(Conflict, lambda: unlock(world, "gba", regions=[])) == ["scheme_pattern_taken"]


def test_the_open_demonstration_is_no_template(world: World) -> None:
    approve(world, "tanbiao-demo")
    assert refused(Conflict, lambda: unlock(world, "tanbiao-demo")) == ["scheme_no_template"]


def test_only_operators_open_and_only_operators_and_authorities_lock(world: World) -> None:
    approve(world)
    for name, actor in world.everyone().items():
        if actor is None or actor.has(Role.OPERATOR):
            continue
        attempt = partial(commands.unlock, actor, scheme="cn-national", builds_on="", **papers())
        assert refused(NotAllowed, attempt) == ["not_allowed"], name
    unlock(world)
    head = queries.standing(acts.SYSTEM, "cn-national").head
    handler = world.actor(world.body, Role.CASE_MANAGER)
    asked = {"scheme": "cn-national", "builds_on": head, "reason": "authority_order"}
    assert refused(NotAllowed, lambda: commands.lock(handler, **asked)) == ["not_allowed"]
    commands.lock(world.actor(world.authority), **asked)
    assert queries.scheme("cn-national").is_locked


def test_it_is_locked_and_opened_again_and_its_history_replays(world: World) -> None:
    operator = world.actor(world.operator)
    approve(world)
    unlock(world)
    assert refused(Conflict, lambda: unlock(world)) == ["illegal_transition"]
    stale = "sha256:" + "0" * 64
    asked: dict[str, Any] = {"scheme": "cn-national", "reason": "approval_ended", "text": "演示"}
    assert refused(Conflict, lambda: commands.lock(operator, builds_on=stale, **asked)) == ["stale_decision"]
    commands.lock(operator, builds_on=queries.standing(operator, "cn-national").head, **asked)
    unlock(world, number_pattern="AGAIN-{year}-{serial:05d}")
    assert queries.scheme("cn-national").number_pattern == "AGAIN-{year}-{serial:05d}"
    rows = queries.history(operator, "cn-national@1.0.0")
    assert [row.event for row in rows] == ["unlock", "lock", "unlock"]
    steps = [Step(row.event, row.source, row.target) for row in rows]
    assert load_lifecycle("scheme").replay(steps) == "open"


def test_an_approval_ends_by_its_term_or_before(world: World) -> None:
    operator = world.actor(world.operator)
    row = approve(world, categories=["tyre"], regions=["CN-GD"])
    today = clock.today()

    def approved(category: str = "tyre", region: str = "CN-GD", day: Any = None) -> bool:
        return queries.is_approved("cn-national", world.body, category, region, day)

    assert approved()
    assert not approved(category="cement")
    assert not approved(region="CN-SD")
    assert not approved(day=row.valid_until + timedelta(days=1))
    assert not approved(day=row.valid_from - timedelta(days=1))
    assert not queries.is_approved("cn-national", world.other_body, "tyre", "CN-GD")
    commands.end_approval(operator, approval_id=row.id, reason="演示：撤回")
    assert not approved()
    assert approved(day=today - timedelta(days=1))
    assert refused(Conflict, lambda: commands.end_approval(operator, approval_id=row.id, reason="x")) == [
        "scheme_approval_ended"
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "scheme_text_missing"),
        ({"categories": ["gold"]}, "scheme_category_unknown"),
        ({"regions": ["?"]}, "scheme_setting_malformed"),
        ({"paper": None}, "scheme_document_not_pdf"),
        ({"valid_until": clock.today() - timedelta(days=400)}, "scheme_approval_term"),
    ],
)
def test_an_approval_that_cant_be_is_refused(world: World, changes: dict[str, Any], code: str) -> None:
    assert refused(Invalid, lambda: approve(world, **changes)) == [code]
    assert refused(Invalid, lambda: approve(world, body=world.alpha)) == ["scheme_body_unknown"]
    assert not BodyApproval.objects.exists()


# -- pages and API ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_everybody_reads_all_schemes(world: World, lang: str) -> None:
    browser = client_of(None, lang)
    listing = browser.get("/schemes/").content.decode()
    for scheme in ("tanbiao-demo", "cn-national", "gba", "js-provincial"):
        reference = load_scheme(scheme).reference
        assert f"/schemes/{reference}/" in listing
        page = browser.get(f"/schemes/{reference}/")
        assert page.status_code == 200
        text = page.content.decode()
        assert load_scheme(scheme).statement.best("en" if lang == "en" else "zh")[:20] in text
        assert 'name="act"' not in text
    assert browser.get("/schemes/nobody/").status_code == 404
    assert "projects default" not in listing


def test_an_operator_opens_a_scheme_on_its_page(world: World) -> None:
    browser = client_of(world.actor(world.operator))
    address = "/schemes/cn-national@1.0.0/"
    assert "Why it is locked" in browser.get(address).content.decode()
    today = clock.today()
    answer = browser.post(
        address,
        {
            "act": "approve",
            "body_id": str(world.body.id),
            "number": "FICTIONAL-2",
            "valid_from": today.isoformat(),
            "valid_until": (today + timedelta(days=365)).isoformat(),
            "categories": ["tyre"],
            "regions": "CN-GD, HK",
            "paper": SimpleUploadedFile("approval.pdf", APPROVAL.data),
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    assert "FICTIONAL-2" in browser.get(address).content.decode()
    form = {"act": "unlock", "builds_on": "", "number_pattern": "TEST-{year}-{serial:05d}"}
    missing = browser.post(address, form)
    assert missing.status_code == 409
    assert "The artwork is missing" in missing.content.decode()
    whole = form | {
        "document": SimpleUploadedFile("a.pdf", DOCUMENT.data),
        "document_title": "Fictional",
        "document_number": "1",
        "document_date": "2026-01-01",
        "artwork": SimpleUploadedFile("a.png", png(400)),
        "minimum_width_mm": "30",
        "regions": "CN-GD",
    }
    assert browser.post(address, whole).status_code == 302
    page = client_of(None).get(address).content.decode()
    assert "TEST-{year}-{serial:05d}" in page
    assert "FICTIONAL-2" in page
    assert client_of(None).get(f"{address}artwork/")["Content-Type"] == "image/png"
    assert client_of(None).get(f"{address}document/").content == DOCUMENT.data
    assert client_of(None).get(f"{address}recipe/").status_code == 404
    locking = {"act": "lock", "builds_on": queries.standing(acts.SYSTEM, "cn-national").head}
    assert browser.post(address, locking | {"reason": "entered_wrongly"}).status_code == 302
    assert "Locked again" in browser.get(address).content.decode()
    row = BodyApproval.objects.get()
    assert client_of(None).get(f"/schemes/approvals/{row.id}/").content == APPROVAL.data
    assert browser.post(address, {"act": "end", "approval_id": str(row.id), "reason": "x"}).status_code == 302


def test_programs_open_and_lock_a_scheme(world: World) -> None:
    token = api_token(world.actor(world.operator))
    program = Client()
    base = "/api/v1/schemes/gba@1.0.0"

    def sent(data: bytes, name: str) -> dict[str, str]:
        return {"filename": name, "content_base64": base64.b64encode(data).decode()}

    today = clock.today()
    approval = {
        "body": str(world.body.id),
        "number": "F-3",
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=9)).isoformat(),
        "paper": sent(APPROVAL.data, "a.pdf"),
    }
    made = program.post(f"{base}/approvals", approval, content_type="application/json", **token)  # type: ignore[arg-type]
    assert made.status_code == 201, made.content
    assert program.get(f"{base}/approvals").json()[0]["stands"] is True
    body = {
        "builds_on": "",
        "document": sent(DOCUMENT.data, "d.pdf"),
        "document_title": "Fictional",
        "document_number": "1",
        "document_date": "2026-01-01",
        "artwork": sent(png(400), "a.png"),
        "number_pattern": "G-{year}-{serial:05d}",
        "minimum_width_mm": 30,
    }
    opened = program.post(f"{base}/unlock", body, content_type="application/json", **token)  # type: ignore[arg-type]
    assert opened.status_code == 200, opened.content
    assert opened.json()["locked"] is False
    again = program.post(f"{base}/unlock", body, content_type="application/json", **token)  # type: ignore[arg-type]
    assert again.status_code == 409
    lock = {"builds_on": opened.json()["head"], "reason": "authority_order"}
    locked = program.post(f"{base}/lock", lock, content_type="application/json", **token)  # type: ignore[arg-type]
    assert locked.json()["state"] == "locked"
    assert [row["event"] for row in program.get(f"{base}/history").json()] == ["unlock", "lock"]
    end = f"/api/v1/scheme-approvals/{made.json()['id']}/end"
    ended = program.post(end, {"reason": "x"}, content_type="application/json", **token)  # type: ignore[arg-type]
    assert ended.json()["stands"] is False
    listed = {row["reference"]: row["state"] for row in program.get("/api/v1/schemes").json()}
    assert listed["gba@1.0.0"] == "locked"
    assert listed["cn-national@1.0.0"] == "template"
    stranger = api_token(world.actor(world.body))
    assert program.post(f"{base}/unlock", body, content_type="application/json", **stranger).status_code == 403  # type: ignore[arg-type]


@pytest.mark.requirement("NAT-04d")
def test_an_operator_says_that_only_rules_of_the_adoption_list_are_taken(world: World) -> None:
    approve(world)
    unlock(world, adoption_required=True, adoption_batches=["2026-1", " ", "2026-1"], adoption_authorities=["cn"])
    rules = queries.scheme("cn-national").openings[0].rules
    assert rules is not None
    assert rules.adoption_list is not None
    assert (rules.adoption_list.batches, rules.adoption_list.authorities) == (("2026-1",), ("CN",))
    page = client_of(None).get("/schemes/cn-national@1.0.0/").content.decode()
    assert "rules on the adoption list, batches 2026-1 (CN)" in page
    details = queries.history(world.actor(world.operator), "cn-national@1.0.0")[-1].details
    assert details["adoption_list"] == {"batches": ["2026-1"], "authorities": ["CN"]}


def test_the_form_and_the_call_take_the_adoption_list(world: World) -> None:
    approve(world)
    operator, given = client_of(world.actor(world.operator)), papers()
    sent = {
        "act": "unlock",
        "document": SimpleUploadedFile("a.pdf", DOCUMENT.data),
        "artwork": SimpleUploadedFile("a.png", given["artwork"].data),
        "document_date": "2026-01-01",
        "regions": "CN-GD",
        "adoption_required": "on",
        "adoption_batches": "2026-1，2026-2",
    }
    sent |= {name: given[name] for name in ("document_title", "document_number", "minimum_width_mm", "number_pattern")}
    assert operator.post("/schemes/cn-national@1.0.0/", sent).status_code == 302
    shown = Client().get("/api/v1/schemes/cn-national@1.0.0").json()["document"]["openings"][0]["rules"]
    assert shown["adoption_list"]["batches"] == ["2026-1", "2026-2"]
