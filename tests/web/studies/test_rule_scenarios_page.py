"""What a rule prescribes, on the study's pages and in the API: scenarios taken over, defaults offered with source."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid
from tanbiao.web.studies import commands, prescribed, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def brought(editor: Actor) -> Any:
    """Return the study of the motor of the rules, without the scenario that its rule asks for."""
    folder = resources.files("tanbiao.data.rules").joinpath("examples")
    text = folder.joinpath("small-motor-induction.yaml").read_text(encoding="utf-8")
    before, _, rest = text.partition("scenarios:\n")
    text = before.replace("gwp: AR6", "gwp: AR6\nrule: small-motor@1.0.0", 1) + rest[rest.index("stages:\n") :]
    head, _, tail = text.partition('amount: "= running_hours')
    text = head + "amount: 1406.25 kWh" + tail[tail.index('"') + 1 :]
    made = commands.create(editor, title_zh="电动机")
    record = commands.bring_in(editor, study_id=made.id, filename="motor.yaml", data=text.encode())
    assert record.accepted, record.findings
    return made


def test_a_scenario_is_offered_taken_over_and_kept_from_change_without_reason(editor: Actor) -> None:
    study = brought(editor)
    browser = client_of(editor, "zh")
    page = browser.get(f"/studies/{study.id}/scope/").content.decode()
    for word in ("规则的情景", "必须采用", "未采用", 'name="q-hours" value="10000 h"', "running_hours"):
        assert word in page
    parent = queries.revision(editor, study.id).hash
    given = {"scenario": "running", "q-hours": "8000 h", "q-load": "75 %", "expected_parent": parent}
    refused = browser.post(f"/studies/{study.id}/scenarios/", given, follow=True).content.decode()
    assert "没有写明理由" in refused
    assert queries.revision(editor, study.id).hash == parent
    taken = browser.post(f"/studies/{study.id}/scenarios/", given | {"reason": "两班制"}, follow=True).content.decode()
    assert "已采用" in taken
    assert queries.document(editor, study.id)["scenarios"]["rule"] == [
        {"scenario": "running", "parameters": {"hours": "8000 h", "load": "75 %"}, "reason": "两班制"}
    ]
    with pytest.raises(Invalid) as caught:
        prescribed.follow_scenario(
            editor, study_id=study.id, scenario="walking", parameters={"x": "1"}, expected_parent=parent
        )
    assert caught.value.code == "rule_scenario_unknown"


def test_the_api_follows_a_scenario_and_the_result_says_so(editor: Actor) -> None:
    study = brought(editor)
    place, token = f"/api/v1/studies/{study.id}/rule-scenarios", api_token(editor)
    told = Client().get(place, **token).json()
    assert [(one["id"], one["mandatory"], one["followed"]) for one in told["scenarios"]] == [
        ("running", True, False),
        ("scrap", False, False),
    ]
    commands.calculate(editor, study_id=study.id, samples=0)
    found = Client().get(f"/api/v1/studies/{study.id}/result", **token).json()
    assert "rule_scenario_missing" in {item["code"] for item in found["findings"]}
    body = {"scenario": "running", "parameters": {"hours": "10000 h", "load": "75 %"}}
    body["expected_parent"] = told["revision"]
    answer = Client().put(place, body, content_type="application/json", **token)
    assert answer.status_code == 200
    assert answer.json()["scenarios"][0]["followed"]
    commands.calculate(editor, study_id=study.id, samples=0)
    found = Client().get(f"/api/v1/studies/{study.id}/result", **token).json()
    assert "rule_scenario_missing" not in {item["code"] for item in found["findings"]}
    assert found["rule_scenarios"]["items"][0]["followed"]
    page = client_of(editor, "en").get(f"/studies/{study.id}/result/").content.decode()
    assert "Scenarios of the rule" in page


def test_a_default_is_offered_in_the_form_of_a_row_with_its_source(editor: Actor) -> None:
    study = brought(editor)
    browser = client_of(editor, "en")
    shown = browser.get(f"/studies/{study.id}/rows/e1/").content.decode()
    assert "500 km by lorry" in shown
    assert "project default, not official" in shown
    filled = browser.get(f"/studies/{study.id}/rows/e1/?default=copper-distance").content.decode()
    assert 'value="500 km by lorry"' in filled
    assert '<option value="copper-distance" selected>' in filled
    assert '<option value="secondary" selected>' in filled
