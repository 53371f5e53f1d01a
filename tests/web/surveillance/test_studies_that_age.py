"""A published study needs a new calculation, or its data run out; its certificate stays until its own next event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict
from tanbiao.web.studies import ageing
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.surveillance import commands
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.workflow import load_lifecycle
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


@pytest.mark.parametrize("percent, state", [(4.9, "published"), (-5.0, "recalc_needed"), (None, "published")])
def test_a_factor_that_moves_a_certified_figure_far_enough_opens_its_study(
    life: Life, percent: float | None, state: str
) -> None:
    before = (life.now.state, life.now.claims, life.now.package_hash, life.now.head)
    commands.follow_impact(SYSTEM, number=life.number, cause="release/demo", release="demo", percent=percent)
    commands.follow_impact(SYSTEM, number=life.number, cause="release/demo-2", release="demo-2", percent=percent)
    assert life.now.study.state == state
    assert (life.now.state, life.now.claims, life.now.package_hash, life.now.head) == before


def test_an_open_study_is_edited_calculated_and_submitted_again(life: Life) -> None:
    study_id = life.now.study_id
    said = {"study_id": study_id, "reason": "product_change", "percent": -12.5, "text": "改用余热"}
    with pytest.raises(Conflict):
        studies.save(life.holder, study_id=study_id, document={}, expected_parent="")
    assert ageing.require_recalculation(life.holder, **said).state == "recalc_needed"
    document = study_queries.document(life.holder, study_id)
    document["goal"]["reason"] = "改用余热后重新计算"
    head = study_queries.revision(life.holder, study_id).hash
    studies.save(life.holder, study_id=study_id, document=document, expected_parent=head)
    life.play.resubmit_study()
    life.now.study.refresh_from_db()
    assert life.now.study.state == "submitted"
    assert life.now.study.package_hash != life.now.issue.order["package_blob"]
    assert life.now.state == "valid"
    steps = list(life.now.study.transitions.order_by("at", "id").values_list("event", "source", "target"))
    assert ("require_recalculation", "published", "recalc_needed") in steps
    assert load_lifecycle("study").document.version == "1.1.0"


def test_page_and_api_ask_for_the_change_and_hold_it_against_the_threshold(life: Life, world: World) -> None:
    study = life.now.study
    page, address = client_of(life.holder), f"/studies/{study.id}/"
    assert 'name="percent"' in page.get(address).content.decode()
    act = f"{address}require_recalculation/"
    said = {"reason": "product_change", "text": "换了燃料"}
    assert page.post(act, {**said, "percent": "much"}).status_code == 422
    answer = page.post(act, {**said, "percent": "3"})
    assert answer.status_code == 409
    assert "5" in answer.content.decode()
    call = f"/api/v1/studies/{study.id}/require-recalculation"
    body: dict[str, Any] = {"reason": "product_change", "percent": 12}
    for actor, code in (
        (world.actor(world.beta), 404),
        (world.actor(world.alpha, Role.ENTERPRISE_EDITOR), 403),
        (world.actor(world.body, Role.CASE_MANAGER), 403),
    ):
        token: Any = api_token(actor)
        assert Client().post(call, body, content_type="application/json", **token).status_code == code
    token = api_token(life.holder)
    wrong = Client().post(call, {**body, "reason": "weather"}, content_type="application/json", **token)
    assert wrong.status_code == 409
    answer = Client().post(call, body, content_type="application/json", **token)
    assert (answer.status_code, answer.json()["state"]) == (200, "recalc_needed")
    assert Client().post(call, body, content_type="application/json", **token).status_code == 409


def test_a_study_whose_data_have_run_out_expires_once(life: Life) -> None:
    """validity_months is 24, a month counts 30 days in a clock: the data are valid for 720 days."""
    actor = system_actor("tests")
    published = life.now.study.transitions.get(event="publish").at
    with clock.at(published + timedelta(days=720)):
        assert ageing.expire_due(actor) == 0
    with clock.at(published + timedelta(days=720, seconds=1)):
        assert ageing.expire_due(actor) == 1
        assert ageing.expire_due(actor) == 0
    assert life.now.study.state == "expired"
    assert life.now.state == "valid"
