"""The demo's background database: published datasets, one that waits for its reviewers, a mix derived from two.

Figures invented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.datasets import commands as datasets
from tanbiao.web.datasets import handlers, queries
from tanbiao.web.governance import commands
from tanbiao.web.governance.handlers import calculate_derived
from tanbiao.web.governance.models import GovernedDataset

DATABASE: Final = "demo-base"
REVIEWERS: Final = ("north-factors", "south-factors")
QUALITY: Final = {"technology": 2, "geography": 1, "time": 2, "precision": 3}
"""Invented scores, mean 2.0."""
Who = Callable[[str], Actor]
"""User name → actor."""


def _invented(key: str, zh: str, en: str, amount: float) -> Inventory:
    product = Flow(f"demo-{key}", {"zh": f"演示 DEMO {zh}", "en": f"DEMO {en}"}, FlowKind.PRODUCT, unit="kg")
    gas = Flow("demo-co2", {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, categories=("air",), unit="kg")
    process = Process(
        f"demo-{key}-making",
        {"zh": f"演示 DEMO {zh}生产", "en": f"DEMO {en} making"},
        ProcessKind.UNIT,
        (Exchange(product.id, False, 1.0, "kg", is_reference=True), Exchange(gas.id, False, amount, "kg")),
        version="1.0",
        location="CN",
        valid_from="2024",
        technology="虚构 invented",
    )
    return Inventory("mapped-csv", (process,), {product.id: product, gas.id: gas})


def _act(command: Callable[..., Any], who: Actor, entry_id: UUID, **values: Any) -> None:
    head = GovernedDataset.objects.get(id=entry_id).head
    command(who, entry_id=entry_id, builds_on=head, **values)


def _in_review(who: Who, content: Inventory) -> UUID:
    """Bring a dataset, describe and submit it, and draw its reviewers."""
    provider, secretariat = who("jiangsu-provider"), who("operator")
    record = datasets.bring(provider, filename="demo.csv", data="演示 DEMO".encode())
    datasets.store(handlers.SYSTEM, import_id=record.id, inventory=content, findings=())
    version = queries.versions(provider, brought_by=record.id).get()
    entry = commands.open_dataset(provider, database=DATABASE, version_id=version.id)
    commands.describe(
        provider,
        entry_id=entry.id,
        source_statement="演示：数字虚构 DEMO: invented",
        legal_basis="演示 DEMO",
        licence="CC0-1.0",
    )
    _act(commands.submit, provider, entry.id)
    _act(commands.screen, secretariat, entry.id)
    _act(commands.pass_screening, secretariat, entry.id)
    return entry.id


def play(who: Who) -> None:
    """Found the database, publish one dataset, and leave another with its reviewers."""
    authority = who("authority")
    commands.found_database(
        authority,
        key=DATABASE,
        name_zh="演示背景数据库",
        name_en="Demo background database",
        level="provincial",
        access="public",
        licence="CC0-1.0",
    )
    _published(who, _invented("binder", "虚构胶凝材料", "invented binder", 0.62), 0.62)
    _published(who, _invented("slag", "虚构矿渣粉", "invented slag powder", 0.12), 0.12)
    _in_review(who, _invented("glass", "虚构玻璃", "invented glass", 0.9))
    _derived(who)


def _published(who: Who, content: Inventory, figure: float) -> None:
    """Let a dataset go the whole way to publication."""
    first = _in_review(who, content)
    for name in REVIEWERS:
        _act(commands.review, who(name), first, positive=True, text="演示 DEMO")
    _act(commands.close_reviews, who("operator"), first)
    compared = {"source": "演示年鉴 DEMO", "own_value": figure, "other_value": figure * 0.97, "unit": "kg CO2e/kg"}
    _act(commands.compare, who("operator"), first, **compared)
    _act(commands.pass_comparison, who("operator"), first)
    _act(commands.confirm_trace, who("south-metrology"), first, evidence=["演示台账 DEMO 1"], quality=QUALITY)
    _act(commands.publish, who("authority"), first, classification="open")


def _derived(who: Who) -> None:
    """Define a mix of the two published datasets; its first version waits as a draft on its provider's desk."""
    shares = {"demo-binder-making": 0.7, "demo-slag-making": 0.3}
    made = commands.define_derivation(
        who("jiangsu-provider"),
        database=DATABASE,
        key="demo-blend",
        name_zh="演示 DEMO 虚构混合胶凝材料",
        name_en="DEMO invented blended binder",
        geography="CN-32",
        valid_from="2024",
        technology="虚构 invented",
        derivation={
            "operation": "mix",
            "source": "演示份额 DEMO shares",
            "inputs": [{"dataset": f"{DATABASE}:{name}", "share": share} for name, share in shares.items()],
        },
        legal_basis="演示 DEMO",
        licence="CC0-1.0",
    )
    calculate_derived(made.id)
