"""Two studies compared as tab and API: P(A < B) and the difference, of studies that the actor sees."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def made(editor: Actor, power: str, **changes: Any) -> str:
    """Return the id of a study of clinker with another use of electricity."""
    loaded = yaml_study.load(example("cement-clinker").read()).study
    assert loaded is not None
    body = {**loaded.canonical(), **changes}
    rows = [row for stage in body["stages"].values() if isinstance(stage, list) for row in stage]
    next(row for row in rows if row.get("electricity"))["amount"] = power
    study = commands.create(editor, title_zh="熟料")
    assert commands.bring_in(editor, study_id=study.id, filename="a.yaml", data=yaml_study.dump(body)).accepted
    return str(study.id)


def test_tab_and_api_tell_how_sure_it_is(editor: Actor) -> None:
    one, two = made(editor, "50 kWh"), made(editor, "90 kWh")
    zh, en = client_of(editor, "zh"), client_of(editor, "en")
    assert two in zh.get(f"/studies/{one}/compare/").content.decode()
    for browser, words in ((zh, "A 低于 B 的概率"), (en, "Probability that A is below B")):
        page = browser.get(f"/studies/{one}/compare/?with={two}").content.decode()
        assert words in page
        assert "Woodruff" not in page
    told = Client().get(f"/api/v1/studies/{one}/compare/{two}?samples=300", **api_token(editor)).json()
    # the grid's factor and every other row are shared: what is left is 40 kWh more, whatever the draws
    assert told["first_is_less"]["value"] > 0.95
    assert told["difference"]["nominal"] < 0
    assert told["samples"] == 300
    assert Client().get(f"/api/v1/studies/{one}/compare/{two}?samples=1", **api_token(editor)).status_code == 422


def test_what_cannot_be_compared_is_said_on_the_page_and_refused_by_the_api(editor: Actor) -> None:
    one, two = made(editor, "50 kWh"), made(editor, "90 kWh", gwp="AR5")
    assert "different GWP sets" in client_of(editor, "en").get(f"/studies/{one}/compare/?with={two}").content.decode()
    refused = Client().get(f"/api/v1/studies/{one}/compare/{two}", **api_token(editor))
    assert refused.status_code == 422
    assert "pair_gwp_differs" in refused.content.decode()


def test_a_strangers_study_is_not_there(editor: Actor, world: World) -> None:
    mine, other = made(editor, "50 kWh"), made(world.actor(world.beta, Role.ENTERPRISE_EDITOR), "50 kWh")
    browser = client_of(editor, "en")
    assert other not in browser.get(f"/studies/{mine}/compare/").content.decode()
    assert browser.get(f"/studies/{mine}/compare/?with={other}").status_code == 404
    assert browser.get(f"/studies/{mine}/compare/?with=nonsense").status_code == 404
    assert Client().get(f"/api/v1/studies/{mine}/compare/{other}", **api_token(editor)).status_code == 404
