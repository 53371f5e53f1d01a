"""Who supplies what in a database: the products that several published processes could supply, and what was decided.

What is published in a database is linked here as it is for a release. A decision is a row that is never changed; the
newest row of a process and product is in force, one that names no supplier takes the decision back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.dataset.inventory_document import inventory_of
from tanbiao.core.findings import Finding, Lang
from tanbiao.core.lca.linking import Linked, link
from tanbiao.core.lca.linking_choices import WRONG, Undecided, undecided
from tanbiao.core.lca.linking_model import Decision, DecisionKey, LinkOptions
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import NotAllowed, require
from tanbiao.web.governance import queries
from tanbiao.web.governance.models import Database, GovernedDataset, SupplierChoice
from tanbiao.web.governance.pinning import pinned

Decided = Mapping[DecisionKey, Decision]
DECIDERS: Final = (Role.AUTHORITY_OFFICER, Role.DATA_PROVIDER, Role.OPERATOR)
REFUSED: Final = WRONG | {"choice_of_another_product", "choice_not_needed"}
"""What keeps a decision from being stored. Another product's supplier is for who links files, where both are seen."""


def decidable(actor: Actor, key: str) -> Database:
    """Return a database whose suppliers the actor may choose: its owner's people, and the platform's operator.

    Raises
    ------
    NotFound
        ``database_unknown``
    NotAllowed
        ``database_not_own``
    """
    require(actor, "governance.choose_supplier")
    found = queries.database(actor, key)
    if not may_decide(actor, found):
        raise NotAllowed.of("database_not_own", "database", database=found.key)
    return found


def may_decide(actor: Actor, database: Database) -> bool:
    """Whether the actor may choose suppliers of a database."""
    if actor.is_system or actor.has(Role.OPERATOR):
        return True
    return actor.has(*DECIDERS) and actor.organisation_id == database.owner_id


def role_of(actor: Actor, database: Database) -> str:
    """Return in which role the actor decides: his own at the owner, else the operator's."""
    own = DECIDERS if actor.organisation_id == database.owner_id else ()
    return next((one.value for one in own if actor.has(one)), Role.OPERATOR.value)


def history(database: Database) -> QuerySet[SupplierChoice]:
    """Return every decision on a database and every withdrawal, the newest first."""
    return database.supplier_choices.select_related("by").order_by("-at", "-number", "-id")


def in_force(database: Database) -> list[SupplierChoice]:
    """Return the decisions that hold now, by product and process."""
    newest: dict[DecisionKey, SupplierChoice] = {}
    for row in database.supplier_choices.select_related("by").order_by("number"):
        newest[row.process, row.product] = row
    return [row for _, row in sorted(newest.items(), key=lambda item: item[0][::-1]) if row.provider]


def decided(database: Database) -> dict[DecisionKey, Decision]:
    """Return the decisions that hold now as linking takes them."""
    return read(documents(in_force(database)))


def documents(rows: Iterable[SupplierChoice]) -> list[dict[str, str]]:
    """Return decisions as JSON values, to be pinned with a release."""
    return [{key: getattr(row, key) for key in ("process", "product", "provider", "role", "reason")} for row in rows]


def read(said: Iterable[Mapping[str, str]]) -> dict[DecisionKey, Decision]:
    """Return pinned decisions as linking takes them."""
    return {(one["process"], one["product"]): Decision(one["provider"], one["role"], one["reason"]) for one in said}


def linked(database: Database, chosen: Decided) -> tuple[Inventory, Linked]:
    """Return what is published in a database now, without what is derived, linked under some decisions."""
    rows = GovernedDataset.objects.filter(database=database, state="published").order_by("identifier")
    versions = tuple(rows.values_list("id", "content_hash"))
    return _linked(versions, tuple(sorted(chosen.items(), key=lambda item: item[0])))


@lru_cache(maxsize=8)
def _linked(
    versions: Sequence[tuple[UUID, str]], chosen: Sequence[tuple[DecisionKey, Decision]]
) -> tuple[Inventory, Linked]:
    rows = GovernedDataset.objects.filter(id__in=[one for one, _ in versions]).order_by("identifier")
    pins = pinned(rows.select_related("database", "version__source"))
    stock = inventory_of(one.document for one in pins if one.derivation is None)
    return stock, link(stock, options=LinkOptions(chosen=dict(chosen)))


def waiting(database: Database) -> tuple[Undecided, ...]:
    """Return the products that several could supply and nobody decided on, see ``linking_choices.undecided``."""
    return undecided(*linked(database, decided(database)))


def titles(database: Database, lang: Lang) -> dict[str, str]:
    """Return process or product id → its name in a language, of what is published in a database."""
    stock, _ = linked(database, decided(database))
    named = {key: flow.name for key, flow in stock.flows.items()} | {one.id: one.name for one in stock.processes}
    return {
        key: words.get(lang) or next((text for text in words.values() if text), key) for key, words in named.items()
    }


def stale(database: Database) -> tuple[Finding, ...]:
    """Return what linking says of the decisions in force: those that the data have outrun."""
    _, found = linked(database, decided(database))
    return tuple(one for one in found.findings if one.code.startswith("choice_"))


def refusals(database: Database, key: DecisionKey, decision: Decision) -> tuple[Finding, ...]:
    """Return why a decision can't be carried out on what is published now, or that it would change nothing."""
    _, found = linked(database, {key: decision})
    return tuple(one for one in found.findings if one.code in REFUSED)
