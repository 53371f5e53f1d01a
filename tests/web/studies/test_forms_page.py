"""The tab and the API of a study's forms: what is ready is handed out, what is not says what it misses."""

from __future__ import annotations

import json

import pytest

from factories import World, client_of
from tanbiao.core.study import Study as Document
from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db

FORMS = {
    "company": {"name": "Example Battery Ltd (DEMO)", "ids": ["urn:example:company:1"]},
    "product": {"ids": ["urn:gtin:4712345060507"]},
    "standards": ["ISO14067"],
    "packaging": "not_included",
    "valid_until": "2026-12-31",
    "waste_incineration": "cut-off",
}


def study_file() -> bytes:
    """Return the LFP example with what the exchange forms ask."""
    loaded = yaml_study.load(example("lfp-battery").read())
    assert loaded.study is not None
    body = loaded.study.canonical()
    body["forms"] = FORMS
    body["carbon_content"] = {"biogenic": "0 kg", "fossil": "0.5 kg", "source": "invented"}
    body["cut_off"] = [{**entry, "emission": "0.01 kg"} for entry in body["cut_off"]]
    study, findings = Document.parse(body)
    assert study is not None, findings
    return yaml_study.dump(study.canonical())


def test_the_tab_hands_out_what_is_ready_and_names_what_is_missing(world: World, starter: object) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="电池")
    commands.bring_in(editor, study_id=study.id, filename="lfp.yaml", data=study_file())
    for lang, words in (("zh", ("表格", "可下载", "尚缺")), ("en", ("Forms", "ready", "not yet"))):
        text = client_of(editor, lang).get(f"/studies/{study.id}/forms/").content.decode()
        assert all(word in text for word in words)
        assert f"/studies/{study.id}/forms/pact.json" in text
        assert f"/studies/{study.id}/forms/eu-battery.json" not in text
        assert "forms.battery.public_study" in text
    answer = client_of(editor).get(f"/studies/{study.id}/forms/pact.json")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content)["companyName"] == FORMS["company"]["name"]  # type: ignore[index]


def test_the_api_lists_the_forms_and_refuses_what_is_not_ready(world: World, starter: object) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="电池")
    commands.bring_in(editor, study_id=study.id, filename="lfp.yaml", data=study_file())
    client = client_of(editor)
    listed = {item["id"]: item for item in client.get(f"/api/v1/studies/{study.id}/forms").json()}
    assert {key: item["ready"] for key, item in listed.items() if key in ("pact", "catenax", "eu-battery")} == {
        "pact": True,
        "catenax": True,
        "eu-battery": False,
    }
    assert {item["code"] for item in listed["eu-battery"]["findings"]} >= {"form_field_missing", "form_incomplete"}
    assert client.get(f"/api/v1/studies/{study.id}/forms/catenax").json()["scopeOfPcfForm"]
    refused = client.get(f"/api/v1/studies/{study.id}/forms/eu-battery")
    assert refused.status_code == 422
    assert "form_incomplete" in {item["code"] for item in refused.json()["findings"]}
    assert client.get(f"/api/v1/studies/{study.id}/forms/word").status_code == 404
    stranger = client_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR))
    assert stranger.get(f"/api/v1/studies/{study.id}/forms").status_code == 404
