"""A person's decision on who supplies a product in a database: stored with its reason, withdrawn, never changed."""

from __future__ import annotations

from typing import Any, Final

from tanbiao.core.lca.linking_choices import LONGEST_REASON
from tanbiao.core.lca.linking_model import Decision
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.governance import suppliers
from tanbiao.web.governance.commands.derived import ask_calculation
from tanbiao.web.governance.models import Database, Derivation, DerivationInput, SupplierChoice
from tanbiao.web.ledger import commands as ledger

LONGEST_ID: Final = 300


@command("governance.choose_supplier")
def choose_supplier(
    actor: Actor, *, database: str, product: str, provider: str, reason: str, process: str = ""
) -> SupplierChoice:
    """Decide who supplies a product in a database, for one process or for every use that names no supplier.

    It holds for the releases that are asked for from now on; one that was asked for keeps what was decided then. What
    is derived from the database's datasets is calculated anew.

    Parameters
    ----------
    product
        Id of the product's flow.
    provider
        Id of the published process that supplies it (with ``#product`` where it makes several).
    process
        Id of the process that uses it; empty: every use of which the data name no supplier.

    Raises
    ------
    NotFound
        ``database_unknown``
    NotAllowed
        ``database_not_own``
    Invalid
        ``choice_reason_missing``; ``choice_malformed``; why it can't be carried out on what is published now
        (``choice_process_unknown``, ``choice_not_used``, ``choice_provider_unknown``, ``choice_supplies_another``,
        ``choice_of_another_product``, ``choice_not_needed``).
    """
    into = _locked(actor, database)
    said = {"process": process.strip(), "product": product.strip(), "provider": provider.strip()}
    for part, text in said.items():
        if len(text) > LONGEST_ID or (not text and part != "process"):
            raise Invalid.of("choice_malformed", part, part=part)
    _require_reason(reason)
    key = (said["process"], said["product"])
    found = suppliers.refusals(into, key, Decision(said["provider"]))
    if found:
        raise Invalid(*found)
    return _kept(actor, into, said, reason)


@command("governance.choose_supplier")
def withdraw_supplier(actor: Actor, *, database: str, product: str, reason: str, process: str = "") -> SupplierChoice:
    """Take a decision back: the product is supplied again as the data alone say.

    Raises
    ------
    NotFound
        ``database_unknown``
    NotAllowed
        ``database_not_own``
    Invalid
        ``choice_reason_missing``
    Conflict
        ``choice_not_in_force``
    """
    into = _locked(actor, database)
    _require_reason(reason)
    key = (process.strip(), product.strip())
    if key not in suppliers.decided(into):
        raise Conflict.of("choice_not_in_force", "product", product=key[1][:60] or "—", process=key[0][:60] or "—")
    return _kept(actor, into, {"process": key[0], "product": key[1], "provider": ""}, reason)


def _locked(actor: Actor, key: str) -> Database:
    """Return the database, locked: two who decide at once are numbered one after the other."""
    found = suppliers.decidable(actor, key)
    return Database.objects.select_for_update(of=("self",)).get(id=found.id)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid.of("choice_reason_missing", "reason")


def _kept(actor: Actor, into: Database, said: dict[str, Any], reason: str) -> SupplierChoice:
    made = SupplierChoice.objects.create(
        database=into,
        number=into.supplier_choices.count() + 1,
        role=suppliers.role_of(actor, into),
        reason=reason.strip()[:LONGEST_REASON],
        by=actor.person,
        at=clock.now(),
        **said,
    )
    event = {"type": "supplier.chosen" if made.provider else "supplier.withdrawn", "database": into.key, **said}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event | {"reason": made.reason})
    inputs = DerivationInput.objects.filter(database=into, derivation__is_current=True)
    for row in Derivation.objects.filter(id__in=inputs.values("derivation")).order_by("id"):
        ask_calculation(row, f"supplier/{made.id}")
    return made
