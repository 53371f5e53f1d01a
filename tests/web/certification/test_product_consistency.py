"""Product consistency: the list is of the sealed study, and every line is answered before the visit is complete."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.verification.consistency import items
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.models import ConsistencyAnswer, Finding
from tanbiao.web.commanding import Conflict, Invalid
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


def test_the_list_has_nameplate_parts_processes_sites_and_energy() -> None:
    study = {
        "product": {
            "name": {"zh": "电芯", "en": "Cell"},
            "model": "A1",
            "sites": ["广州"],
            "properties": {"mass": "2 kg"},
        },
        "stages": {
            "raw_materials": {"rows": [{"id": "m1", "name": {"zh": "正极"}, "amount": "1 kg"}]},
            "manufacturing": [{"id": "e1", "amount": "3 kWh", "electricity": {"grid": "CN"}}],
            "use": {"not_declared": "cradle to gate"},
        },
        "processes": {
            "coat": {
                "name": {"zh": "涂布"},
                "site": "佛山",
                "takes": [{"id": "f1", "amount": "1 m3", "fuel": {"id": "gas"}}],
            },
            "bought": {"control": "supplier", "site": "惠州"},
        },
    }
    found = {item.key: item.stated for item in items(study)}
    assert found == {
        "nameplate/name": "电芯",
        "nameplate/model": "A1",
        "nameplate/mass": "2 kg",
        "parts/m1": "1 kg",
        "process/coat": "佛山",
        "site/1": "广州",
        "site/2": "佛山",
        "site/3": "惠州",
        "energy/e1": "3 kWh",
        "energy/f1": "1 m3",
    }


@pytest.fixture
def play(world: World) -> Play:
    made = Play(world)
    made.until("on_site")
    return made


def test_a_visit_is_complete_only_when_every_line_is_answered(play: Play) -> None:
    listed = list_of(play.case)
    assert listed[0].key == "nameplate/name"
    with pytest.raises(Conflict) as caught:
        cases.complete_site(play.verifier, case_id=play.case_id)
    assert "consistency_not_checked" in {item.code for item in caught.value.findings}
    cases.check_consistency(play.verifier, case_id=play.case_id, answers=[Answer(listed[0].key, "consistent")])
    with pytest.raises(Conflict) as caught:
        cases.complete_site(play.verifier, case_id=play.case_id)
    assert "consistency_not_checked" in {item.code for item in caught.value.findings}
    play.visit()
    assert play.case.state == "footprint_verification"


def test_what_is_not_consistent_becomes_one_major_finding(play: Play) -> None:
    item = list_of(play.case)[-1]
    answers = [Answer(item.key, "not", "现场型号不同")]
    for _ in range(2):
        cases.check_consistency(play.verifier, case_id=play.case_id, answers=answers)
    finding = Finding.objects.get(case_id=play.case_id)
    assert (finding.severity, finding.row) == ("major", item.row)


@pytest.mark.parametrize(
    "item, answer, remark, code",
    [
        ("moon", "consistent", "", "consistency_item_unknown"),
        ("", "fine", "", "consistency_answer_unknown"),
        ("", "not", " ", "consistency_without_remark"),
        ("", "not_seen", "", "consistency_without_remark"),
    ],
)
def test_an_answer_that_says_nothing_is_refused(play: Play, item: str, answer: str, remark: str, code: str) -> None:
    key = item or list_of(play.case)[0].key
    with pytest.raises(Invalid) as caught:
        cases.check_consistency(play.verifier, case_id=play.case_id, answers=[Answer(key, answer, remark)])
    assert caught.value.code == code
    assert not ConsistencyAnswer.objects.exists()


def test_page_and_api_show_the_list_to_the_body_only(play: Play) -> None:
    first = list_of(play.case)[0]
    page, client = f"/cases/{play.case_id}/consistency/", client_of(play.verifier)
    assert client.post(page, {f"a-{first.key}": "not"}).status_code == 422
    assert client.post(page, {f"a-{first.key}": "consistent"}).status_code == 302
    for lang, word in (("en", "Product consistency"), ("zh-hans", "产品一致性")):
        assert word in client.get(page, headers={"accept-language": lang}).content.decode()
    token: Any = api_token(play.verifier)
    body = json.dumps({"answers": [{"item": first.key, "answer": "not_seen", "remark": "停产"}]})
    api = f"/api/v1/cases/{play.case_id}/consistency"
    told = Client().post(api, data=body, content_type="application/json", **token).json()
    assert (told[0]["answer"], told[0]["remark"]) == ("not_seen", "停产")
    assert client_of(play.manager).get(page).status_code == 404
    stranger: Any = api_token(play.manager)
    assert Client().get(api, **stranger).status_code == 404
