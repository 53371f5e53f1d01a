"""The pages and the API of derived datasets: defined in a form, shown with inputs, versions, weights and formula."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from factories import World, client_of
from tanbiao.web.governance.models import Derivation
from tanbiao.web.ledger.commands import settle
from tanbiao.web.ledger.tasks import run_next
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "database": "demo-db",
    "key": "mix",
    "name_zh": "虚构区域混合",
    "name_en": "invented regional mix",
    "geography": "CN-32",
    "valid_from": "2024",
    "technology": "invented",
    "input_1": "demo-db:p-one",
    "share_1": "0.6",
    "input_2": "demo-db:p-two",
    "share_2": "0.4",
    "source": "invented shares",
    "legal_basis": "own data",
    "licence": "CC-BY-4.0",
}


@pytest.fixture
def way(world: World) -> Way:
    made = Way(world)
    made.found()
    made.until("published", steel(1.8, key="p-one"))
    made.until("published", steel(0.8, key="p-two"))
    return made


def signed_in(way: Way) -> Any:
    """The provider's browser, in English."""
    client = client_of(way.provider)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def work() -> None:
    """Deliver every event and do every task that is due."""
    settle()
    while run_next():
        settle()


def test_a_form_defines_a_mix_and_the_page_shows_how_it_follows(way: Way) -> None:
    client = signed_in(way)
    wrong = client.post(reverse("governance:derivations"), FORM | {"share_2": "0.3"})
    assert (wrong.status_code, "add up to 0.9" in wrong.content.decode()) == (422, True)
    answer = client.post(reverse("governance:derivations") + "?operation=mix", FORM)
    row = Derivation.objects.get()
    assert answer["Location"] == reverse("governance:derivation", args=(row.id,))
    work()
    page = client.get(answer["Location"]).content.decode()
    for words in (
        "1 kg = 0.6 kg × invented steel making + 0.4 kg × invented steel making",
        "1.4 kg CO2e/kg (AR6)",
        "this version stands",
    ):
        assert words in page
    assert "demo-db:p-two" in page
    (entry,) = row.database.entries.filter(version__dataset_id="mix")
    shown = client.get(reverse("governance:dataset", args=(entry.id,))).content.decode()
    assert "How it follows from its inputs" in shown
    assert client.get(reverse("governance:derivations")).content.decode().count("invented regional mix") == 1
    for operation in ("allocation", "unit", "relink"):
        assert client.get(reverse("governance:derivations"), {"operation": operation}).status_code == 200
    assert client.post(reverse("governance:recalculate", args=(row.id,))).status_code == 302
    assert client.post(reverse("governance:end_derivation", args=(row.id,))).status_code == 302
    row.refresh_from_db()
    assert not row.is_current


def test_the_other_kinds_are_defined_by_their_own_rows(way: Way) -> None:
    client = signed_in(way)
    plain = {key: value for key, value in FORM.items() if not key.startswith(("input_", "share_"))}
    split = {
        "key": "split",
        "input": "demo-db:p-one",
        "basis": "mass",
        "name_1": "a",
        "amount_1": "0.75",
        "unit_1": "kg",
        "name_2": "b",
        "amount_2": "0.25",
        "unit_2": "kg",
        "product": "a",
    }
    tonne = {"key": "tonne", "input": "demo-db:p-one", "bridge": "", "unit": "t"}
    for operation, rows in (("allocation", split), ("unit", tonne)):
        address = f"{reverse('governance:derivations')}?operation={operation}"
        assert client.post(address, plain | rows).status_code == 302, operation
    work()
    figures = {
        row.key: client.get(reverse("governance:derivation", args=(row.id,))).content.decode() for row in _rows()
    }
    # three quarters of 1.8 kg CO2e fall to 0.75 kg; a tonne is a thousand kilograms
    assert "1.8 kg CO2e/kg (AR6)" in figures["split"]
    assert "1800 kg CO2e/t (AR6)" in figures["tonne"]


def _rows() -> list[Derivation]:
    return list(Derivation.objects.filter(is_current=True))


def test_the_api_defines_calculates_and_ends(way: Way) -> None:
    client = signed_in(way)
    rows = [{"dataset": "demo-db:p-one", "share": 0.6}, {"dataset": "demo-db:p-two", "share": 0.4}]
    plain = {key: value for key, value in FORM.items() if not key.startswith(("input_", "share_")) and key != "source"}
    body = plain | {"derivation": {"operation": "mix", "source": "invented", "inputs": rows}}
    made = client.post("/api/v1/derivations", body, content_type="application/json")
    assert made.status_code == 202, made.content
    work()
    told = client.get(f"/api/v1/derivations/{made.json()['id']}").json()
    assert (told["figure"], told["version"], told["findings"]) == ("1.4 kg CO2e/kg (AR6)", "1", [])
    assert [one["id"] for one in told["inputs"]] == ["demo-db:p-one", "demo-db:p-two"]
    assert client.get("/api/v1/derivations").json()["total"] == 1
    again = client.post(f"/api/v1/derivations/{told['id']}/recalculate")
    assert again.status_code == 202
    assert client.post(f"/api/v1/derivations/{told['id']}/end").json()["is_current"] is False
    wrong = client.post("/api/v1/derivations", body | {"key": "A"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["findings"][0]["code"]) == (422, "derivation_key_invalid")
