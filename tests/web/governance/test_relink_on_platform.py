"""Re-linking as a derivation of a platform: its figure is the hand calculation, and follows every input's new version.

1 kg of an invented alloy uses kWh of electricity from grid a and emits CO2 of its own; re-linked, it uses grid b's.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from factories import World
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.core.lca.release_find import find_release
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance import commands
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import Derivation, GovernedDataset
from tanbiao.web.ledger.commands import settle
from tanbiao.web.ledger.tasks import run_next
from web.governance.judging import CO2, Way

pytestmark = pytest.mark.django_db

POWER = Flow("f-power", {"zh": "虚构电力", "en": "invented electricity"}, FlowKind.PRODUCT, unit="kWh")
ALLOY = Flow("f-alloy", {"zh": "虚构合金", "en": "invented alloy"}, FlowKind.PRODUCT, unit="kg")


def process(key: str, version: str, flow: Flow, co2: float, power: float = 0.0) -> Inventory:
    """Return a process that makes 1 of a flow, emits so many kg of CO2 and uses so many kWh of grid a."""
    rows = [
        Exchange(flow.id, False, 1.0, flow.unit, is_reference=True),
        Exchange("f-co2", False, co2, "kg"),
    ]
    if power:
        rows.append(Exchange("f-power", True, power, "kWh", provider="p-grid-a"))
    made = Process(
        key,
        {"zh": f"虚构 {key}", "en": f"invented {key}"},
        ProcessKind.UNIT,
        tuple(rows),
        version=version,
        location="CN",
        valid_from="2024",
        technology="invented",
    )
    flows = {one.id: one for one in (flow, CO2, *((POWER,) if power else ()))}
    return Inventory("openlca-jsonld-2", (made,), flows)


def work() -> None:
    """Deliver every event and do every task that is due."""
    settle()
    while run_next():
        settle()


@pytest.fixture
def way(world: World) -> Way:
    made = Way(world)
    made.found()
    made.until("published", process("p-grid-a", "1.0", POWER, 0.9))
    made.until("published", process("p-grid-b", "1.0", POWER, 0.6))
    made.until("published", process("p-alloy", "1.0", ALLOY, 0.5, power=3.0))
    work()
    return made


def defined(way: Way) -> Derivation:
    """Define the alloy on grid b, and let the worker calculate it."""
    relink = {
        "operation": "relink",
        "input": {"dataset": "demo-db:p-alloy"},
        "replaced": [{"before": "demo-db:p-grid-a", "after": "demo-db:p-grid-b"}],
        "source": "invented",
    }
    said: dict[str, Any] = {
        "database": "demo-db",
        "key": "alloy-b",
        "name_zh": "虚构合金（电网乙）",
        "name_en": "invented alloy on grid b",
        "geography": "CN-32",
        "valid_from": "2024",
        "technology": "invented",
        "legal_basis": "own data",
        "licence": "CC-BY-4.0",
        "derivation": relink,
    }
    made = commands.define_derivation(way.provider, **said)
    work()
    made.refresh_from_db()
    return made


def newest() -> GovernedDataset:
    rows = GovernedDataset.objects.filter(version__dataset_id="alloy-b").select_related("version__source", "database")
    return rows.latest("created_at", "id")


def figure() -> float:
    """kg CO2e per kg of the newest version."""
    return float(document(newest().version)["derivation"]["figures"]["co2e"])


@pytest.mark.requirement("GBA-06c")
def test_a_relinked_dataset_has_the_figure_of_a_hand_calculation_and_follows_its_inputs(way: Way) -> None:
    made = defined(way)
    assert made.findings == []
    # 0.5 of its own + 3 kWh · 0.6; on grid a it was 0.5 + 3 · 0.9 = 3.2
    assert figure() == pytest.approx(2.3, rel=1e-12)
    told = document(newest().version)["derivation"]["inputs"]
    used = {row.version.dataset_id: row.content_hash for row in GovernedDataset.objects.filter(state="published")}
    assert {one["id"]: one["hash"] for one in told} == {
        "demo-db:p-alloy": used["p-alloy"],
        "demo-db:p-grid-b": used["p-grid-b"],
    }
    way.until("published", process("p-grid-b", "2.0", POWER, 0.4))
    work()
    # the supplier is cleaner: 0.5 + 3 · 0.4
    assert (newest().version.version, figure()) == ("2", pytest.approx(1.7, rel=1e-12))
    way.until("published", process("p-alloy", "2.0", ALLOY, 0.7, power=2.0))
    work()
    # the process itself changed: 0.7 + 2 · 0.4
    assert (newest().version.version, figure()) == ("3", pytest.approx(1.5, rel=1e-12))
    way.until("published", process("p-grid-a", "2.0", POWER, 5.0))
    work()
    assert (newest().version.version, figure()) == ("3", pytest.approx(1.5, rel=1e-12)), "nothing comes from grid a"


def test_a_release_solves_the_relinked_process_to_the_same_figure(way: Way) -> None:
    defined(way)
    way.entry_id = newest().id
    way.onward("published")
    work()
    made = carry_through(
        commands.ask_release(way.secretariat, name="relinked-1", version="1", databases=["demo-db"]).id
    )
    assert made.state == "built", made.findings
    release = find_release("relinked-1", data_dir=settings.TANBIAO_DATA)
    assert release.intensity("demo-db:alloy-b", "AR6").total == pytest.approx(2.3, rel=1e-12)
    assert release.intensity("demo-db:p-alloy", "AR6").total == pytest.approx(3.2, rel=1e-12)
    derivation = release.get("demo-db:alloy-b").derivation
    assert derivation is not None
    # what comes through grid b: 3 · 0.6 of 2.3
    assert derivation.share == pytest.approx(1.8 / 2.3, rel=1e-8)  # type: ignore[union-attr]


def test_a_supplier_that_the_process_does_not_use_is_named(way: Way) -> None:
    way.until("published", process("p-grid-c", "1.0", POWER, 0.1))
    work()
    made = defined(way)
    made.about["derivation"]["replaced"][0]["before"] = "demo-db:p-grid-c"
    made.save()
    commands.recalculate_derivation(way.provider, derivation_id=made.id)
    work()
    made.refresh_from_db()
    assert [item["code"] for item in made.findings] == ["derivation_not_an_input"]
