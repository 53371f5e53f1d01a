"""Who supplies what in a database: decided by its owner with a reason, kept, used when a release is built."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from factories import World, api_token, client_of, make_actor
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory
from tanbiao.core.lca.linking_record import links_of
from tanbiao.core.lca.release_find import find_release
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.governance import commands, suppliers
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import Database, PlatformRelease, SupplierChoice
from tanbiao.web.ledger.models import LogEntry
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db

BEAM = Flow("f-beam", {"zh": "虚构梁", "en": "invented beam"}, FlowKind.PRODUCT, unit="kg")
KEYS = {"database": "demo-db", "product": "f-steel"}


def beam() -> Inventory:
    """A kilogram of beam from a kilogram of steel, which nothing names."""
    content = steel(0.0, key="p-beam")
    process = replace(
        content.processes[0],
        name={"zh": "虚构制梁", "en": "invented beam making"},
        exchanges=(
            Exchange("f-beam", False, 1.0, "kg", is_reference=True),
            Exchange("f-steel", True, 1.0, "kg", id="s"),
            Exchange("f-co2", False, 0.1, "kg"),
        ),
    )
    return replace(content, processes=(process,), flows=dict(content.flows) | {"f-beam": BEAM})


@pytest.fixture
def way(world: World, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Two steel makers of one place (1.8 and 1.2 kg CO2 per kg) and a beam of their product, all published."""
    monkeypatch.setattr(settings, "TANBIAO_DATA", tmp_path)
    made = Way(world)
    made.found()
    for content in (steel(1.8), steel(1.2, key="p-green"), beam()):
        made.until("published", content)
    return made


def built(way: Way, name: str) -> tuple[PlatformRelease, Any]:
    """Ask for a release of what stands, build it, and return it with the beam's own dataset."""
    row = commands.ask_release(way.secretariat, name=name, version="1", databases=["demo-db"], enqueue=False)
    row = carry_through(row.id)
    assert row.state == "built", row.findings
    return row, find_release(name, data_dir=str(settings.TANBIAO_DATA))


def test_the_owner_decides_and_the_release_keeps_role_and_reason(way: Way) -> None:
    database = Database.objects.get()
    (waits,) = suppliers.waiting(database)
    assert (waits.product, waits.users, [one.id for one in waits.candidates]) == (
        "f-steel", ("p-beam",), ["p-green", "p-steel"],
    )  # fmt: skip
    before, mixed = built(way, "mixed")
    # 0.1 + (1.8 + 1.2) / 2
    assert mixed.get("demo-db:p-beam").total == pytest.approx(1.6)
    made = commands.choose_supplier(way.authority, **KEYS, provider="p-green", reason="contract of 2024")
    assert (made.number, made.role, made.by) == (1, "authority_officer", way.authority.person)
    assert LogEntry.objects.filter(type="dataset_event", subject=str(made.id)).count() == 1
    assert suppliers.waiting(database) == ()
    after, release = built(way, "decided")
    # 0.1 + 1.2
    assert release.get("demo-db:p-beam").total == pytest.approx(1.3)
    (link,) = links_of(release, "demo-db:p-beam")
    assert (link.rank.name, link.providers, link.by, link.reason) == (
        "CHOSEN", ("demo-db:p-green",), "authority_officer", "contract of 2024",
    )  # fmt: skip
    assert after.report["suppliers"]["demo-db"][0]["provider"] == "p-green"
    assert "suppliers" not in before.report
    commands.withdraw_supplier(way.authority, **KEYS, reason="it ran out")
    assert (len(suppliers.waiting(database)), suppliers.in_force(database)) == (1, [])
    told = [(row.number, row.provider, row.reason) for row in suppliers.history(database)]
    assert told == [(2, "", "it ran out"), (1, "p-green", "contract of 2024")]
    with pytest.raises(Conflict, match="No choice"):
        commands.withdraw_supplier(way.authority, **KEYS, reason="again")


def test_a_release_keeps_what_was_decided_when_it_was_asked_for(way: Way) -> None:
    commands.choose_supplier(way.authority, **KEYS, process="p-beam", provider="p-steel", reason="the plant's own")
    row = commands.ask_release(way.secretariat, name="asked", version="1", databases=["demo-db"], enqueue=False)
    commands.choose_supplier(way.authority, **KEYS, process="p-beam", provider="p-green", reason="changed since")
    assert [one.provider for one in suppliers.in_force(Database.objects.get())] == ["p-green"]
    carry_through(row.id)
    assert find_release("asked", data_dir=str(settings.TANBIAO_DATA)).get("demo-db:p-beam").total == pytest.approx(1.9)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"provider": "p-none"}, "choice_provider_unknown"),
        ({"product": "f-none"}, "choice_not_used"),
        ({"process": "p-none"}, "choice_process_unknown"),
        ({"process": "p-steel"}, "choice_not_used"),
        ({"provider": "p-beam", "process": "p-beam"}, "choice_of_another_product"),
        ({"provider": ""}, "choice_malformed"),
        ({"product": "x" * 301}, "choice_malformed"),
        ({"reason": " "}, "choice_reason_missing"),
        ({"database": "no-such"}, "database_unknown"),
    ],
)
def test_a_decision_that_cannot_be_carried_out_is_refused_and_nothing_is_kept(
    way: Way, changes: dict[str, str], code: str
) -> None:
    said = KEYS | {"provider": "p-green", "reason": "because"} | changes
    with pytest.raises((Invalid, NotFound)) as refused:
        commands.choose_supplier(way.authority, **said)
    assert code in {item.code for item in refused.value.findings}
    assert not SupplierChoice.objects.exists()


def test_only_the_owner_and_the_operator_decide(way: Way) -> None:
    said = KEYS | {"provider": "p-green", "reason": "because"}
    with pytest.raises(NotAllowed) as refused:
        commands.choose_supplier(way.provider, **said)  # provides datasets, but the database is the authority's
    assert refused.value.code == "database_not_own"
    with pytest.raises(NotAllowed):
        commands.choose_supplier(make_actor(way.world.authority, Role.FACTOR_REVIEWER), **said)
    assert commands.choose_supplier(way.secretariat, **said).role == "operator"
    commands.choose_supplier(way.authority, **(said | {"provider": "p-steel"}))
    assert suppliers.decided(Database.objects.get())["", "f-steel"].role == "authority_officer"


def test_a_decision_that_the_data_outran_is_told_and_never_guessed(way: Way) -> None:
    commands.choose_supplier(way.authority, **KEYS, provider="p-green", reason="because")
    green = Database.objects.get().entries.get(version__dataset_id="p-green")
    commands.suspend(way.authority, entry_id=green.id, builds_on=green.head, reason="error_reported", text="wrong unit")
    assert [item.code for item in suppliers.stale(Database.objects.get())] == ["choice_provider_unknown"]
    row, release = built(way, "outrun")
    assert release.get("demo-db:p-beam").total == pytest.approx(1.9)
    assert row.report["readiness"]["databases"]["demo-db"]["codes"]["choice_provider_unknown"] == 1


def test_what_is_derived_is_calculated_anew(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    from tanbiao.web.governance.commands import suppliers as deciding
    from tanbiao.web.governance.models import Derivation, DerivationInput

    database = Database.objects.get()
    row = Derivation.objects.create(
        database=database, key="follows", number=1, about={"id": "follows"}, licence="CC0-1.0", at=way.entry.created_at
    )
    DerivationInput.objects.create(derivation=row, release_id="demo-db:p-beam", database=database, dataset_id="p-beam")
    asked: list[str] = []
    monkeypatch.setattr(deciding, "ask_calculation", lambda one, because: asked.append(f"{one.key} {because}"))
    made = commands.choose_supplier(way.authority, **KEYS, provider="p-green", reason="because")
    assert asked == [f"follows supplier/{made.id}"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_lists_candidates_takes_a_decision_and_takes_it_back(way: Way, lang: str) -> None:
    browser = client_of(way.authority, lang)
    address = "/databases/demo-db/suppliers/"
    assert address in browser.get("/databases/demo-db/").content.decode()
    shown = browser.get(address).content.decode()
    words = {"zh": ("待选择", "按等份混合", "虚构钢"), "en": ("To be decided", "equal shares")}[lang]
    for word in (*words, 'value="p-green"', 'value="p-steel"', "[p-green]"):
        assert word in shown, word
    answer = browser.post(address, {"product": "f-steel", "provider": "p-green", "process": "", "reason": ""})
    assert answer.status_code == 422
    assert browser.post(address, {"product": "f-beam"}).status_code == 409
    answer = browser.post(address, {"product": "f-steel", "provider": "p-green", "process": "", "reason": "a contract"})
    assert answer.status_code == 302
    shown = browser.get(address).content.decode()
    assert "a contract" in shown
    assert {"zh": "主管部门", "en": "the authority"}[lang] in shown
    answer = browser.post(f"{address}withdraw/", {"product": "f-steel", "process": "", "reason": ""})
    assert answer.status_code == 422
    assert browser.post(f"{address}withdraw/", {"product": "f-steel", "reason": "over"}).status_code == 302
    assert suppliers.in_force(Database.objects.get()) == []
    assert "over" in browser.get(address).content.decode()
    stranger = client_of(way.provider, lang)
    assert stranger.get(address).status_code == 403
    assert address not in stranger.get("/databases/demo-db/").content.decode()


def test_a_program_reads_decides_and_takes_back(way: Way) -> None:
    client, token = client_of(None), api_token(way.authority)
    base = "/api/v1/databases/demo-db"
    waiting = client.get(f"{base}/undecided-suppliers", **token).json()
    assert (waiting["count"], waiting["items"][0]["product"]) == (1, "f-steel")
    assert [one["id"] for one in waiting["items"][0]["candidates"]] == ["p-green", "p-steel"]
    said = {"product": "f-steel", "provider": "p-steel", "reason": "own plant", "process": "p-beam"}
    answer = client.post(f"{base}/supplier-choices", said, content_type="application/json", **token)
    assert (answer.status_code, answer.json()["role"]) == (201, "authority_officer")
    wrong = said | {"provider": "p-none"}
    refused = client.post(f"{base}/supplier-choices", wrong, content_type="application/json", **token)
    assert (refused.status_code, refused.json()["code"]) == (422, "choice_provider_unknown")
    back = {"product": "f-steel", "process": "p-beam", "reason": "sold"}
    assert (
        client.post(f"{base}/supplier-withdrawals", back, content_type="application/json", **token).status_code == 201
    )
    listed = client.get(f"{base}/supplier-choices", **token).json()
    assert [one["provider"] for one in listed["items"]] == ["", "p-steel"]
    assert client.get(f"{base}/supplier-choices", **api_token(way.provider)).status_code == 403
