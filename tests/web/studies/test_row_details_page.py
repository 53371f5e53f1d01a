"""What a row needs more than one line for, on its page: the records of claimed electricity, the legs of a transport."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.study import Study
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands, queries
from web.tenants import assert_unseen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]

SITE = "CN-GD-DEMO-1"
RECORD = {
    "certificate": "DEMO-GEC-1",
    "plant": "演示风电场",
    "technology": "wind",
    "production": "2023-05",
    "energy": "300 MWh",
    "claimant": "广东演示电池有限公司",
    "cancelled_for": "广东演示电池有限公司",
    "cancelled_on": "2024-01-10",
    "site": SITE,
}
HEAD = {"generation": "wind", "site": SITE, "use": "300 MWh", "metered": "1000 MWh"}


@pytest.fixture
def editor(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def study(editor: Actor) -> str:
    """Return the id of the battery example's study."""
    made = commands.create(editor, title_zh="电池")
    data = example("lfp-battery").read()
    assert commands.bring_in(editor, study_id=made.id, filename="a.yaml", data=data).accepted
    return str(made.id)


def row_of(editor: Actor, study: str, row_id: str) -> dict[str, Any]:
    document, found = Study.parse(queries.document(editor, study))
    assert document is not None, found
    row = next(row for _path, row in document.rows() if row.id == row_id)
    return row.model_dump(mode="json", by_alias=True, exclude_none=True)


def parent(editor: Actor, study: str) -> str:
    return str(queries.revision(editor, study).hash)


def posted(browser: Client, address: str, parent_hash: str, *records: dict[str, str], **head: str) -> Any:
    sent = {
        "expected_parent": parent_hash,
        "records-TOTAL_FORMS": str(len(records)),
        "records-INITIAL_FORMS": "0",
        **head,
    }
    sent |= {f"records-{at}-{key}": text for at, record in enumerate(records) for key, text in record.items()}
    return browser.post(address, sent)


def as_green(editor: Actor, study: str) -> str:
    """Make row m1 one of green certificates by the row's form; return the address of its records."""
    browser = client_of(editor)
    page = f"/studies/{study}/rows/m1/"
    fields = {"name": "电芯制造用电", "amount": "3.76 kWh", "activity": "electricity", "supply": "green_certificate"}
    fields |= {"generation": "wind"}
    sent = fields | {"region": "CN", "data_kind": "secondary", "expected_parent": parent(editor, study)}
    assert browser.post(page, sent).status_code == 302
    return f"{page}supply/"


def test_records_are_typed_field_by_field_and_cover_the_row(editor: Actor, study: str) -> None:
    address, browser = as_green(editor, study), client_of(editor, "zh-Hans")
    before = browser.get(address).content.decode()
    assert "记录覆盖本行的 0" in before
    assert "没有主张记录" in before
    assert f'href="{address}"' in browser.get(f"/studies/{study}/rows/m1/").content.decode()
    assert posted(browser, address, parent(editor, study), RECORD, {}, **HEAD).status_code == 302
    stated = row_of(editor, study, "m1")["electricity"]
    assert stated["region"] == "CN"
    assert stated["claims"][0]["cancelled"] == {"for": "广东演示电池有限公司", "on": "2024-01-10"}
    assert len(stated["claims"]) == 1
    after = browser.get(address).content.decode()
    assert "DEMO-GEC-1" in after
    assert 'class="remark"' not in after
    # The row's own form leaves the records as they are.
    again = {"name": "电芯制造用电", "amount": "3.70 kWh", "activity": "electricity", "supply": "green_certificate"}
    again |= {"generation": "wind", "region": "CN", "expected_parent": parent(editor, study)}
    assert browser.post(f"/studies/{study}/rows/m1/", again).status_code == 302
    assert row_of(editor, study, "m1")["electricity"] == stated


def test_what_a_record_lacks_stands_at_its_field(editor: Actor, study: str) -> None:
    address, browser = as_green(editor, study), client_of(editor)
    wrong = {**RECORD, "technology": "solar", "cancelled_for": "somebody else", "other_claims": "CCER"}
    assert posted(browser, address, parent(editor, study), wrong, **HEAD).status_code == 302
    page = browser.get(address).content.decode()
    assert "The records cover 0" in page
    for name in ("technology", "cancelled_for", "other_claims"):
        field = page[page.index(f'name="records-0-{name}"') :]
        assert 'class="remark"' in field.split("col-4")[0], name


def test_the_form_refuses_at_the_field_and_keeps_what_was_typed(editor: Actor, study: str) -> None:
    address, browser = as_green(editor, study), client_of(editor)
    head = parent(editor, study)
    answer = posted(browser, address, head, {}, {**RECORD, "energy": "300 kg"}, **HEAD)
    page = answer.content.decode()
    assert answer.status_code == 422
    field = page[page.index('name="records-1-energy"') :]
    assert 'class="error"' in field.split("col-4")[0]
    assert 'value="DEMO-GEC-1"' in page
    assert parent(editor, study) == head


def test_one_more_record_writes_nothing(editor: Actor, study: str) -> None:
    address, browser = as_green(editor, study), client_of(editor)
    head = parent(editor, study)
    page = posted(browser, address, head, RECORD, **HEAD, more="1").content.decode()
    assert 'name="records-1-certificate"' in page
    assert 'value="DEMO-GEC-1"' in page
    assert parent(editor, study) == head


def test_a_row_that_takes_the_grid_drops_its_records(editor: Actor, study: str) -> None:
    address, browser = as_green(editor, study), client_of(editor)
    assert posted(browser, address, parent(editor, study), RECORD, **HEAD).status_code == 302
    sent = {"amount": "3.76 kWh", "activity": "electricity", "supply": "grid", "region": "CN-GD"}
    sent |= {"expected_parent": parent(editor, study)}
    assert browser.post(f"/studies/{study}/rows/m1/", sent).status_code == 302
    assert row_of(editor, study, "m1")["electricity"] == {"supply": "grid", "region": "CN-GD"}
    assert browser.get(address).status_code == 404


def test_the_api_tells_what_the_records_cover(editor: Actor, study: str) -> None:
    address = as_green(editor, study)
    assert posted(client_of(editor), address, parent(editor, study), RECORD, **HEAD).status_code == 302
    token: Any = api_token(editor)
    rows = Client().get(f"/api/v1/studies/{study}/electricity-claims", **token)
    assert rows.json() == [{"row": "m1", "supply": "green_certificate", "covered": 1.0, "findings": []}]


def test_a_new_row_of_claimed_power_leads_to_its_records(editor: Actor, study: str) -> None:
    sent = {"amount": "2 kWh", "activity": "electricity", "supply": "own_generation", "generation": "solar"}
    sent |= {"expected_parent": parent(editor, study), "target": "", "name": "屋顶光伏"}
    answer = client_of(editor).post(f"/studies/{study}/rows/new/?group=stages.manufacturing", sent)
    assert re.fullmatch(rf"/studies/{study}/rows/r-[0-9a-f]{{8}}/supply/", answer["Location"])
    page = client_of(editor).get(answer["Location"]).content.decode()
    assert 'name="records-0-instruments_sold"' in page
    assert 'name="records-0-certificate"' not in page


def test_a_transport_is_typed_by_its_way_and_its_legs(editor: Actor, study: str) -> None:
    browser = client_of(editor, "zh-Hans")
    row_id = next(row.id for _path, row in _parsed(editor, study).rows() if row.transport)
    vehicle = row_of(editor, study, row_id)["transport"][0]["by"]
    page = f"/studies/{study}/rows/{row_id}/"
    sent = {"amount": "7 kg", "activity": "transport", "target": vehicle, "way": "CN-GD > CN-BJ rail"}
    assert browser.post(page, sent | {"expected_parent": parent(editor, study)}).status_code == 302
    assert row_of(editor, study, row_id)["transport"] == [
        {"by": vehicle, "from": "CN-GD", "to": "CN-BJ", "mode": "rail"}
    ]
    first = {
        "by": vehicle,
        "from_": "CN-GD",
        "to": "CN-SH",
        "mode": "road",
        "empty_return": "50 %",
        "empty_consumption": "70 %",
    }
    second = {"by": vehicle, "distance": "30 km", "refrigeration": "20 %", "source": "tao2023"}
    legs = f"{page}legs/"
    assert posted(browser, legs, parent(editor, study), first, second).status_code == 302
    stored = row_of(editor, study, row_id)["transport"]
    assert [leg.get("distance") for leg in stored] == [None, "30 km"]
    assert (stored[0]["to"], stored[0]["empty_return"], stored[1]["refrigeration"]) == ("CN-SH", "50 %", "20 %")
    # Two places and a distance of one's own: the reason is asked for, at the field.
    answer = posted(browser, legs, parent(editor, study), {**first, "distance": "1000 km"})
    assert answer.status_code == 422
    assert 'class="remark"' in answer.content.decode() or 'class="error"' in answer.content.decode()


def _parsed(editor: Actor, study: str) -> Study:
    return queries.parsed(editor, study)


def test_nobody_else_sees_the_records(editor: Actor, study: str, world: World) -> None:
    address = as_green(editor, study)
    strangers = [client_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR)), Client()]
    assert_unseen(strangers, [address], [])
