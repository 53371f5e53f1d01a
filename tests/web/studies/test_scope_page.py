"""Goal and scope on page and API: what the form writes, what it leaves as it is, what is missing, who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands, forms_scope, queries
from web.tenants import assert_unseen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


@pytest.fixture
def editor(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def place(editor: Actor) -> str:
    """Return the address of the battery example's goal and scope."""
    study = commands.create(editor, title_zh="电池")
    data = example("lfp-battery").read()
    assert commands.bring_in(editor, study_id=study.id, filename="a.yaml", data=data).accepted
    return f"/studies/{study.id}/scope/"


def study_of(place: str) -> Any:
    return place.split("/")[2]


def document(editor: Actor, place: str) -> dict[str, Any]:
    return queries.document(editor, study_of(place))


def sent(editor: Actor, place: str, **changes: Any) -> dict[str, Any]:
    """Return what the browser sends of the form as it is shown, with changes."""
    values = forms_scope.initial(document(editor, place)) | changes
    values["expected_parent"] = queries.revision(editor, study_of(place)).hash
    return {key: value for key, value in values.items() if value not in (False, None)}


def test_what_is_shown_and_sent_again_changes_nothing(editor: Actor, place: str) -> None:
    before, browser = document(editor, place), client_of(editor)
    assert browser.post(place, sent(editor, place)).status_code == 302
    assert document(editor, place) == before
    assert len(list(queries.revisions(editor, study_of(place)))) == 1


def test_the_form_writes_goal_function_unit_and_what_is_left_out(editor: Actor, place: str) -> None:
    browser = client_of(editor, "zh-Hans")
    changes = {
        "reason": "演示理由",
        "audience": "采购方\n核查机构\n",
        "functional_zh": "行驶 1 km",
        "functional_en": "",
        "reference_amount": "8 kg",
        "reference_evidence": "称重记录 7",
        "capital": "included",
        "capital_text": "窑炉 20 年",
        "assumptions": "运输按 500 km | Transport is 500 km\nOnly English",
        "limitations": "",
    }
    assert browser.post(place, sent(editor, place, **changes)).status_code == 302
    now = document(editor, place)
    assert now["goal"]["audience"] == ["采购方", "核查机构"]
    assert now["unit"]["functional"] == {"zh": "行驶 1 km"}
    assert now["unit"]["reference_flow"]["amount"] == "8 kg"
    assert now["unit"]["reference_flow"]["evidence"] == "称重记录 7"
    assert now["capital_goods"] == {"included": "窑炉 20 年"}
    assert now["assumptions"] == [{"zh": "运输按 500 km", "en": "Transport is 500 km"}, {"en": "Only English"}]
    assert not now.get("limitations")
    assert "演示理由" in browser.get(place).content.decode()


def test_what_is_wrong_stands_at_its_field_and_nothing_is_written(editor: Actor, place: str) -> None:
    browser, before = client_of(editor), document(editor, place)
    wrong = browser.post(place, sent(editor, place, reference_amount="many"))
    assert wrong.status_code == 422
    assert 'id="id_reference_amount_error"' in wrong.content.decode()
    assert browser.post(place, sent(editor, place, application="")).status_code == 422
    assert browser.post(place, sent(editor, place) | {"expected_parent": "sha256:0"}).status_code == 409
    assert document(editor, place) == before


def test_a_public_comparison_of_a_part_is_said_and_what_is_missing_is_named(editor: Actor, place: str) -> None:
    browser = client_of(editor)
    changes = {"public_comparison": "on", "function_zh": "", "function_en": "", "audience": ""}
    assert browser.post(place, sent(editor, place, **changes)).status_code == 302
    shown = browser.get(place).content.decode()
    assert "Not said yet:" in shown
    assert "Audience" in shown.split("Not said yet:")[1][:120]
    token: Any = api_token(editor)
    body = Client().get(f"/api/v1{place.rstrip('/')}", **token).json()
    assert body["scope"]["missing"] == ["audience", "function"]
    assert [item["code"] for item in body["findings"]] == ["public_comparison_of_partial"]


def test_the_call_writes_parts_and_takes_them_out(editor: Actor, place: str) -> None:
    token: Any = api_token(editor)
    address = f"/api/v1{place.rstrip('/')}"
    parent = Client().get(address, **token).json()["revision"]
    body = {"expected_parent": parent, "function": {"en": "stores energy"}, "reference_flow": None}
    said = Client().put(address, body, content_type="application/json", **token)
    assert said.status_code == 200
    now = document(editor, place)
    assert now["product"]["function"] == {"en": "stores energy"}
    assert "reference_flow" not in now["unit"]
    assert now["goal"]["application"] == "product carbon footprint label (demonstration)"
    again = Client().put(address, body, content_type="application/json", **token)
    assert (again.status_code, again.json()["code"]) == (409, "stale_parent")


def test_nobody_else_sees_or_writes_it(world: World, editor: Actor, place: str) -> None:
    strangers = [client_of(world.actor(world.beta)), client_of(None)]
    assert_unseen(strangers, [place, f"/api/v1{place.rstrip('/')}"], ["LFP-DEMO-2023"])
    assert strangers[0].post(place, sent(editor, place, reason="x")).status_code in (403, 404)
