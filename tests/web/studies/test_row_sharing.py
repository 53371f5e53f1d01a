"""A row of a process with several products says on the form page which product or driver it belongs to."""

from __future__ import annotations

import pytest

from factories import World, client_of
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands, queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]

STUDY = """
tanbiao: study/1
goal: {application: internal}
product: {name: {zh: 干酪（算例，非真实产品）, en: "cheese (arithmetic example, not a product)"}}
gwp: AR6
unit: {declared: 1 kg}
period: {from: 2023-01-01, to: 2023-12-31}
boundary: cradle_to_gate
capital_goods: {excluded: no data}
processes:
  dairy:
    gives: [{product: cheese, amount: 1 kg}, {product: whey, amount: 9 kg}]
    allocation:
      by: causal
      drivers: {hours: {name: {zh: 机时, en: machine hours}, amounts: {cheese: 3 h, whey: 1 h}, source: log}}
      reason: measured
    emits:
      - {id: e1, amount: 4 kg, gas: CO2 fossil, driver: hours, source: meter}
      - {id: e2, amount: 2 kg, gas: CO2 fossil, product: cheese, source: meter}
stages:
  raw_materials: {empty: arithmetic example}
  manufacturing:
    - {id: m1, amount: 1 kg, from: process/dairy/cheese}
  distribution: {not_declared: gate}
  use: {not_declared: gate}
  end_of_life: {not_declared: gate}
"""


@pytest.fixture
def editor(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def total(actor: Actor, study_id: object) -> float:
    commands.calculate(actor, study_id=study_id, samples=0)  # type: ignore[arg-type]
    return float(queries.result_document(actor, study_id)["total"]["value"])  # type: ignore[arg-type]


def test_product_and_driver_are_chosen_on_the_page_and_move_the_figure(editor: Actor) -> None:
    study = commands.create(editor, title_zh="干酪")
    assert commands.bring_in(editor, study_id=study.id, filename="x.yaml", data=STUDY.encode()).accepted
    # by hand: 4 kg by machine hours 3 : 1, and all of 2 kg: 3 + 2
    assert total(editor, study.id) == pytest.approx(5.0)
    client = client_of(editor)
    page = client.get(f"/studies/{study.id}/rows/e1/", headers={"accept-language": "en"}).content.decode()
    assert '<option value="cheese"' in page
    assert '<option value="hours" selected' in page
    assert "machine hours" in page
    head = queries.revision(editor, study.id).hash
    sent = {"name": "", "amount": "4 kg", "activity": "keep", "product": "whey", "driver": "", "source": "meter"}
    done = client.post(f"/studies/{study.id}/rows/e1/", {**sent, "expected_parent": head})
    assert done.status_code == 302, done.content.decode()
    # all of the 4 kg is the whey's now
    assert total(editor, study.id) == pytest.approx(2.0)
    row = next(item for item in queries.document(editor, study.id)["processes"]["dairy"]["emits"] if item["id"] == "e1")
    assert (row["product"], row.get("driver")) == ("whey", None)


def test_a_row_of_a_stage_has_no_such_choice(editor: Actor) -> None:
    study = commands.create(editor, title_zh="干酪")
    commands.bring_in(editor, study_id=study.id, filename="x.yaml", data=STUDY.encode())
    page = client_of(editor).get(f"/studies/{study.id}/rows/m1/", headers={"accept-language": "en"}).content.decode()
    assert 'name="product"' not in page
    assert 'name="driver"' not in page
    new = client_of(editor).get(f"/studies/{study.id}/rows/new/?group=processes.dairy.takes").content.decode()
    assert 'name="product"' in new
