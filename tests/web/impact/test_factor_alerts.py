"""A factor that loses its standing is told to whose figure leans on it, and to nobody else, until it has it again."""

from __future__ import annotations

import pytest

from factories import SYSTEM, World, api_token, client_of
from study_background import document, stages
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import NotFound
from tanbiao.web.governance import commands as governance
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.impact import commands, queries
from tanbiao.web.impact.models import FactorAlert
from tanbiao.web.studies import commands as studies
from web.governance.judging import Way, steel
from web.impact.two_releases import work

pytestmark = pytest.mark.django_db


def test_a_suspended_dataset_is_told_to_its_dependents_and_a_restored_one_ends_it(world: World) -> None:
    way = Way(world)
    way.found()
    entry = way.until("published", steel(1.8, key="p-steel-alert"))
    asked = governance.ask_release(way.secretariat, name="demo-alerts-1", version="1", databases=["demo-db"])
    made = carry_through(asked.id)
    (dataset_id,) = made.pins[0]["ids"]
    editor = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    study = studies.create(editor, title_zh="用钢的演示产品")
    rows = [{"id": "a", "amount": "2 kg", "from": f"dataset/{dataset_id}"}]
    body = document(release="demo-alerts-1", stages=stages(raw_materials=rows))
    studies.save(editor, study_id=study.id, document=body, expected_parent="")
    studies.calculate(editor, study_id=study.id, samples=0)
    work()
    assert not FactorAlert.objects.exists()

    way.seen(governance.suspend, way.authority, reason="error_reported", text="unit")
    work()
    alert = FactorAlert.objects.get()
    assert (alert.organisation, alert.study_id, alert.state) == (world.beta, study.id, "suspended")
    assert (alert.identifier, alert.dataset_id) == (entry.identifier, dataset_id)
    # The same event once more writes nothing.
    assert (
        commands.alert(SYSTEM, identifier=entry.identifier, state="suspended", uses={"demo-alerts-1": [dataset_id]})
        == 0
    )
    client = client_of(editor)
    assert entry.identifier in client.get("/desk/").content.decode()
    assert "suspended: no new use" in client.get(f"/studies/{study.id}/").content.decode()
    listed = client_of(None).get("/api/v1/impact/alerts", **api_token(editor)).json()
    assert [item["identifier"] for item in listed["items"]] == [entry.identifier]
    stranger = world.actor(world.other_body)
    assert entry.identifier not in client_of(stranger).get("/desk/").content.decode()
    with pytest.raises(NotFound):
        commands.acknowledge_alert(stranger, alert_id=alert.id)
    assert client.post(f"/impact/alerts/{alert.id}/seen/").status_code == 302
    assert entry.identifier not in client.get("/desk/").content.decode()
    assert entry.identifier in client.get(f"/studies/{study.id}/").content.decode()

    way.seen(governance.restore, way.authority, reason="cause_resolved", text="the unit is right")
    work()
    assert not queries.alerts(editor).exists()
    assert entry.identifier not in client.get(f"/studies/{study.id}/").content.decode()
