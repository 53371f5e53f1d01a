"""Suppliers' footprints on the platform: page and API call one command; what is refused changes nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from study_background import document, stages
from supplier_files import of_year
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.claims.models import Claim, Instrument
from tanbiao.web.commanding import Conflict, Invalid, NotFound
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.models import Blob
from tanbiao.web.studies import commands, queries, supplier_claims, suppliers
from tanbiao.web.studies.api_suppliers import offered_of

pytestmark = pytest.mark.django_db

STATED = {
    "boundary": "cradle_to_gate",
    "recycling": "cut_off",
    "offsets": "none",
    "power": "certificates",
    "certificates": "GEC-2",
    "row": "r1",
    "accept_unverified": "",
}


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def study_id(editor: Actor, starter: Any) -> Any:
    rows = [{"id": "r1", "name": {"zh": "铝锭", "en": "ingot"}, "amount": "3 kg", "from": "dataset/none-yet"}]
    body = document(stages=stages(raw_materials=rows)) | {"release": starter.name}
    made = commands.create(editor, title_zh="型材")
    commands.save(editor, study_id=made.id, document=body, expected_parent="")
    return made.id


def head(actor: Actor, study_id: Any) -> str:
    return queries.revision(actor, study_id).hash


def file(**changes: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile("ingot.json", of_year(2023, **changes), "application/json")


def test_the_page_checks_shows_each_answer_and_takes_the_footprint(editor: Actor, study_id: Any) -> None:
    address, before = f"/studies/{study_id}/suppliers/", head(editor, study_id)
    browser = client_of(editor, "en")
    empty = browser.get(address).content.decode()
    assert "The study carries none yet." in empty
    shown = browser.post(address, {**STATED, "file": file(), "act": "check", "expected_parent": before})
    page = shown.content.decode()
    assert shown.status_code == 200
    assert page.count("passed") == 9
    assert "may be taken" in page
    assert "60" in page
    assert head(editor, study_id) == before
    # the next button needs no file: the page kept the one that was checked
    kept = shown.context["carried"]
    taken = browser.post(address, {**STATED, "carried": kept, "act": "take", "expected_parent": before})
    assert taken.status_code == 302, taken.content.decode()
    row = next(row for _, row in queries.parsed(editor, study_id).rows() if row.id == "r1")
    assert row.from_ == "supplier/ingot-a"
    assert [item.filename for item in queries.evidence(editor, study_id)] == ["footprint.json"]
    # 3 kg × 5.05 kg CO2e/kg
    commands.calculate(editor, study_id=study_id, samples=20)
    result = queries.result_document(editor, study_id)
    assert result["total"]["value"] == pytest.approx(15.15)
    assert result["primary_data_share"] == pytest.approx(0.6)
    for lang, words in (("zh", ("供应商足迹", "初级数据占比", "仍然有效")), ("en", ("still holds", "Taken by"))):
        later = client_of(editor, lang).get(address).content.decode()
        assert all(word in later for word in words), lang
        assert client_of(editor, lang).get(f"/studies/{study_id}/result/").status_code == 200


def test_a_refused_footprint_names_each_failure_and_changes_nothing(editor: Actor, study_id: Any) -> None:
    before, blobs = head(editor, study_id), Blob.objects.count()
    bad = {"pcf_ipccCharacterizationFactors": ["AR5"], "pcf_verification": None}
    form = {**STATED, "offsets": "taken_off", "boundary": "unstated", "act": "take", "expected_parent": before}
    answer = client_of(editor, "zh").post(f"/studies/{study_id}/suppliers/", {**form, "file": file(**bad)})
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("按 AR5 计", "扣减了碳抵消", "系统边界是", "核查状态为"):
        assert words in page
    call = Client().post(
        f"/api/v1/studies/{study_id}/suppliers",
        {**form, "file": file(**bad)},
        **api_token(editor),  # type: ignore[arg-type]
    )
    assert call.status_code == 422
    told = {item["code"] for item in call.json()["findings"]}
    assert told == {"supplier_gwp_set", "supplier_offsets", "supplier_boundary", "supplier_unverified"}
    assert head(editor, study_id) == before
    assert Blob.objects.count() == blobs
    assert not queries.evidence(editor, study_id).exists()


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"pcf": 3}', b"[" * 100_000])
def test_what_is_no_footprint_is_said(data: bytes, editor: Actor, study_id: Any) -> None:
    upload = SimpleUploadedFile("x.json", data, "application/json")
    answer = client_of(editor, "en").post(
        f"/studies/{study_id}/suppliers/", {**STATED, "file": upload, "act": "check", "expected_parent": ""}
    )
    assert answer.status_code == 422
    assert "findings" in answer.content.decode()


def test_the_api_checks_takes_lists_and_removes(editor: Actor, study_id: Any) -> None:
    address, token = f"/api/v1/studies/{study_id}/suppliers", api_token(editor)
    client = Client()
    before = head(editor, study_id)
    checked = client.post(f"{address}/check", {**STATED, "file": file()}, **token).json()  # type: ignore[arg-type]
    assert (checked["accepted"], len(checked["checks"])) == (True, 9)
    assert checked["total"] == pytest.approx(5.05)
    form = {**STATED, "row": "", "expected_parent": before}
    made = client.post(address, {**form, "file": file()}, **token)  # type: ignore[arg-type]
    assert (made.status_code, made.json()["key"], made.json()["rows"]) == (201, "ingot-a", [])
    stale = client.post(address, {**form, "file": file()}, **token)  # type: ignore[arg-type]
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_parent")
    listed = client.get(address, **token).json()  # type: ignore[arg-type]
    assert [(one["key"], one["accepted"], one["rows"]) for one in listed] == [("ingot-a", True, [])]
    gone = client.delete(f"{address}/ingot-a?expected_parent={made.json()['head']}", **token)  # type: ignore[arg-type]
    assert gone.status_code == 204
    assert client.get(address, **token).json() == []  # type: ignore[arg-type]


def test_a_footprint_that_a_row_takes_is_not_removed(editor: Actor, study_id: Any) -> None:
    taken(editor, study_id)
    with pytest.raises(Invalid) as caught:
        suppliers.drop(editor, study_id=study_id, key="ingot-a", expected_parent=head(editor, study_id))
    assert caught.value.code == "unknown_supplier"
    with pytest.raises(NotFound):
        suppliers.drop(editor, study_id=study_id, key="plate", expected_parent=head(editor, study_id))


def taken(actor: Actor, study_id: Any) -> None:
    offered = offered_of(STATED, of_year(2023))
    suppliers.take(actor, study_id=study_id, offered=offered, filename="a.json", expected_parent=head(actor, study_id))


def claim(owner: Any, code: str) -> None:
    instrument = Instrument.objects.create(kind="green_power", code=code)
    Claim.objects.create(
        instrument=instrument,
        code=code,
        amount=Decimal(1),
        owner=owner,
        study=new_id(),
        row="e1",
        revision="sha256:" + "0" * 64,
        registered_at=clock.now(),
    )


def test_a_certificate_that_another_company_has_claimed_is_refused_then_and_at_submission(
    editor: Actor, study_id: Any, world: World
) -> None:
    taken(editor, study_id)
    claim(world.beta, "GEC2")
    with pytest.raises(Conflict) as caught:
        supplier_claims.refuse_claimed(editor, study_id, queries.parsed(editor, study_id))
    assert caught.value.code == "supplier_green_power_twice"
    assert [one.holds for one in suppliers.standing(editor, study_id)] == [False]
    offer = suppliers.assess(editor, study_id, offered_of(STATED, of_year(2023)))
    assert [item.code for item in offer.told] == ["supplier_green_power_twice"]


def test_the_supplier_s_own_claim_is_no_second_use(editor: Actor, study_id: Any, world: World) -> None:
    claim(world.beta, "GEC2")
    data = of_year(2023, companyName=world.beta.name_zh)
    assert suppliers.assess(editor, study_id, offered_of(STATED, data)).accepted


def test_a_stranger_sees_and_takes_nothing(editor: Actor, study_id: Any, world: World) -> None:
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    with pytest.raises(NotFound):
        suppliers.assess(stranger, study_id, offered_of(STATED, of_year(2023)))
    with pytest.raises(NotFound):
        taken(stranger, study_id)
    assert client_of(stranger).get(f"/studies/{study_id}/suppliers/").status_code == 404
    found = Client().get(f"/api/v1/studies/{study_id}/suppliers", **api_token(stranger))  # type: ignore[arg-type]
    assert found.status_code == 404
    assert json.loads(found.content)["code"] == "study_unknown"
