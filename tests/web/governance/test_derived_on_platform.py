"""Derived datasets of a platform: defined, calculated, judged like any other, calculated anew when an input changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from factories import World
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_lineage import lineage
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance import commands, queries
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import DatasetNotice, Derivation, GovernedDataset
from tanbiao.web.ledger.commands import settle
from tanbiao.web.ledger.tasks import run_next
from web.governance.judging import Way, steel

pytestmark = pytest.mark.django_db


def work() -> None:
    """Deliver every event and do every task that is due."""
    settle()
    while run_next():
        settle()


def mix(shares: dict[str, float]) -> dict[str, Any]:
    """Return a mix by shares, of the demo database."""
    inputs = [{"dataset": f"demo-db:{name}", "share": share} for name, share in shares.items()]
    return {"operation": "mix", "inputs": inputs, "source": "invented shares"}


SAID: dict[str, Any] = {
    "database": "demo-db",
    "name_zh": "虚构区域混合",
    "name_en": "invented regional mix",
    "geography": "CN-32",
    "valid_from": "2024",
    "technology": "invented",
    "legal_basis": "own data",
    "licence": "CC-BY-4.0",
}


@pytest.fixture
def way(world: World) -> Way:
    made = Way(world)
    made.found()
    made.until("published", steel(1.8, key="p-one"))
    made.until("published", steel(0.8, key="p-two"))
    work()
    return made


def defined(way: Way, key: str = "mix", **changes: Any) -> Derivation:
    """Define a mix of 0.6 and 0.4, and let the worker calculate it."""
    said = {**SAID, "key": key, "derivation": mix({"p-one": 0.6, "p-two": 0.4}), **changes}
    made = commands.define_derivation(way.provider, **said)
    work()
    made.refresh_from_db()
    return made


def newest(key: str = "mix") -> GovernedDataset:
    """The newest governed version of a derived dataset."""
    rows = GovernedDataset.objects.filter(version__dataset_id=key).select_related("version__source", "database")
    return rows.latest("created_at", "id")


def figure(entry: GovernedDataset) -> float:
    """kg CO2e per kg of a derived version."""
    return float(document(entry.version)["derivation"]["figures"]["co2e"])


def published(way: Way, entry: GovernedDataset) -> GovernedDataset:
    """Let a draft go the whole way of review."""
    way.entry_id = entry.id
    made = way.onward("published")
    work()
    return made


def test_a_mix_is_calculated_and_waits_as_a_draft_for_its_provider(way: Way) -> None:
    made = defined(way)
    assert made.findings == []
    entry = newest()
    assert (entry.state, entry.version.version, entry.owner_id) == ("draft", "1", way.provider.organisation_id)
    # 0.6 · 1.8 + 0.4 · 0.8
    assert figure(entry) == pytest.approx(1.4, rel=1e-12)
    inputs = document(entry.version)["derivation"]["inputs"]
    assert [(one["id"], one["amount"], one["co2e"]) for one in inputs] == [
        ("demo-db:p-one", 0.6, pytest.approx(1.08)),
        ("demo-db:p-two", 0.4, pytest.approx(0.32)),
    ]
    used = {row.version.dataset_id: row.content_hash for row in GovernedDataset.objects.filter(state="published")}
    assert [one["hash"] for one in inputs] == [used["p-one"], used["p-two"]]
    assert DatasetNotice.objects.filter(entry=entry, event="derive", person=way.provider.person).count() == 1
    assert not queries.published(way.provider).filter(id=entry.id).exists()


@pytest.mark.requirement("GBA-06c")
def test_a_new_version_of_an_input_leads_to_a_new_draft_that_says_which(way: Way) -> None:
    defined(way)
    first = published(way, newest())
    way.until("published", steel(2.3, version="2.0", key="p-one"))
    work()
    entry = newest()
    assert (entry.id != first.id, entry.state, entry.version.version) == (True, "draft", "2")
    assert entry.version.predecessor_id == first.version_id
    # 0.6 · 2.3 + 0.4 · 0.8
    assert figure(entry) == pytest.approx(1.7, rel=1e-12)
    said = {item["key"]: (item["before"], item["after"]) for item in entry.changelog if item["part"] == "derivation"}
    assert set(said) == {"虚构炼钢 (demo-db:p-one)", "kg CO2e"}
    assert said["kg CO2e"] == ("1.4 kg CO2e/kg (AR6)", "1.7 kg CO2e/kg (AR6)")
    # What stands is untouched until the new version has gone every step of review.
    first.refresh_from_db()
    assert first.state == "published"
    assert published(way, entry).number == 2
    first.refresh_from_db()
    assert first.state == "superseded"
    assert GovernedDataset.objects.filter(version__dataset_id="mix").count() == 2


def test_nothing_new_comes_of_asking_twice_and_a_draft_takes_the_newer_figure(way: Way) -> None:
    made = defined(way)
    commands.recalculate_derivation(way.provider, derivation_id=made.id)
    work()
    assert newest().version.version == "1"
    way.until("published", steel(2.3, version="2.0", key="p-one"))
    work()
    (entry,) = GovernedDataset.objects.filter(version__dataset_id="mix")
    assert (entry.version.version, entry.state, figure(entry)) == ("2", "draft", pytest.approx(1.7))


def test_what_follows_from_a_derived_dataset_follows_its_new_version(way: Way) -> None:
    defined(way)
    published(way, newest())
    defined(way, "half", derivation=mix({"mix": 0.5, "p-two": 0.5}))
    assert figure(newest("half")) == pytest.approx(0.5 * 1.4 + 0.5 * 0.8)
    published(way, newest("half"))
    way.until("published", steel(2.3, version="2.0", key="p-one"))
    work()
    assert newest("half").state == "published", "its input's new version is a draft: nothing of it stands yet"
    published(way, newest())
    assert (newest("half").state, newest("half").version.version) == ("draft", "2")
    assert figure(newest("half")) == pytest.approx(0.5 * 1.7 + 0.5 * 0.8)


def test_a_cycle_is_refused_where_it_is_defined(way: Way) -> None:
    defined(way)
    published(way, newest())
    defined(way, "half", derivation=mix({"mix": 0.5, "p-two": 0.5}))
    published(way, newest("half"))
    with pytest.raises(Invalid, match="form a cycle") as caught:
        defined(way, derivation=mix({"half": 0.5, "p-one": 0.5}))
    assert "demo-db:mix" in str(caught.value)
    assert Derivation.objects.get(key="mix", is_current=True).number == 1


def test_a_suspended_input_is_named_and_the_provider_is_told_once(way: Way) -> None:
    made = defined(way)
    stands = published(way, newest())
    other = GovernedDataset.objects.get(version__dataset_id="p-two")
    commands.suspend(way.authority, entry_id=other.id, builds_on=other.head, reason="error_reported")
    work()
    made.refresh_from_db()
    (told,) = made.findings
    assert (told["code"], told["params"]["input"], told["params"]["state"]) == (
        "derivation_input_withdrawn",
        "demo-db:p-two",
        "suspended",
    )
    commands.recalculate_derivation(way.provider, derivation_id=made.id)
    work()
    assert DatasetNotice.objects.filter(entry=stands, event="derivation_failed").count() == 1
    other.refresh_from_db()
    commands.restore(way.authority, entry_id=other.id, builds_on=other.head, reason="cause_resolved")
    work()
    made.refresh_from_db()
    assert made.findings == []
    assert newest().id == stands.id


def test_a_release_pins_a_derived_dataset_with_its_inputs_and_leaves_out_what_they_outran(way: Way) -> None:
    defined(way)
    entry = published(way, newest())
    made = carry_through(commands.ask_release(way.secretariat, name="derived-1", version="1", databases=["demo-db"]).id)
    assert made.state == "built", made.findings
    (pin,) = [one for one in made.pins if one["dataset"] == "mix"]
    assert [one["id"] for one in pin["derived_from"]] == ["demo-db:p-one", "demo-db:p-two"]
    release = find_release("derived-1", data_dir=settings.TANBIAO_DATA)
    dataset = release.get("demo-db:mix")
    assert release.intensity(dataset.id, "AR6").total == pytest.approx(1.4, rel=1e-12)
    told = lineage(release, dataset)
    assert told is not None
    assert [(one["dataset"], one["current"]) for one in told["inputs"]] == [
        ("demo-db:p-one", True),
        ("demo-db:p-two", True),
    ]
    way.until("published", steel(2.3, version="2.0", key="p-one"))
    work()
    later = carry_through(
        commands.ask_release(way.secretariat, name="derived-2", version="2", databases=["demo-db"]).id
    )
    assert later.state == "built", later.findings
    assert later.report["left_out"] == [entry.identifier]
    (why,) = later.report["derived"]
    assert (why["code"], why["params"]["input"]) == ("derived_input_changed", "demo-db:p-one")


def test_allocation_and_change_of_unit_go_the_same_way(way: Way) -> None:
    products = [
        {"name": "a", "amount": 0.75, "unit": "kg", "share": 0.9},
        {"name": "b", "amount": 0.25, "unit": "kg", "share": 0.1},
    ]
    split = {
        "operation": "allocation",
        "input": {"dataset": "demo-db:p-one"},
        "basis": "economic",
        "products": products,
        "product": "a",
        "source": "invented prices",
    }
    defined(way, "split", derivation=split)
    # 0.9 of 1.8 kg CO2e fall to 0.75 kg
    assert figure(newest("split")) == pytest.approx(0.9 * 1.8 / 0.75, rel=1e-12)
    tonne = {"operation": "unit", "input": {"dataset": "demo-db:p-one"}, "source": "unit"}
    defined(way, "tonne", derivation=tonne, unit="t")
    assert figure(newest("tonne")) == pytest.approx(1800.0, rel=1e-12)
    assert document(newest("tonne").version)["derivation"]["figures"]["unit"] == "t"


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"key": "Mix"}, "not valid"),
        ({"technology": " "}, "technology"),
        ({"valid_from": "now"}, "valid_from"),
        ({"licence": "none"}, "none"),
        ({"derivation": {"operation": "mix", "inputs": [], "source": "x"}}, "derivation.mix.inputs"),
        ({"derivation": mix({"p-one": 0.6, "p-two": 0.3})}, "0.9"),
        ({"derivation": mix({"p-none": 1.0})}, "demo-db:p-none"),
    ],
)
def test_what_a_definition_lacks_is_named(way: Way, changes: dict[str, Any], match: str) -> None:
    with pytest.raises(Invalid) as caught:
        defined(way, **changes)
    assert match in f"{caught.value} {caught.value.where}"
    assert not Derivation.objects.exists()


def test_whose_it_is(way: Way) -> None:
    made = defined(way)
    beta = way.world.actor(way.world.beta, Role.DATA_PROVIDER)
    with pytest.raises(Conflict, match="not of your deriving"):
        commands.define_derivation(beta, **SAID, key="mix", derivation=mix({"p-one": 1.0}))
    with pytest.raises(NotFound):
        queries.derivation(beta, made.id)
    with pytest.raises(NotFound):
        commands.end_derivation(beta, derivation_id=made.id)
    with pytest.raises(NotAllowed):
        commands.define_derivation(way.metrologist, **SAID, key="other", derivation=mix({"p-one": 1.0}))
    assert queries.derivation(way.secretariat, made.id) == made
    commands.end_derivation(way.provider, derivation_id=made.id)
    way.until("published", steel(2.3, version="2.0", key="p-one"))
    work()
    assert newest().version.version == "1"
    # The secretariat's own definition makes a dataset of the database's owner.
    theirs = commands.define_derivation(way.secretariat, **SAID, key="theirs", derivation=mix({"p-one": 1.0}))
    assert theirs.owner_id == theirs.database.owner_id
