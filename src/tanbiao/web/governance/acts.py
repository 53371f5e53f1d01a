"""Acting on a dataset: ask the machine, carry out its effects, write the line of history and the log entry. Private."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from tanbiao.core.dataset.inventory_document import differences
from tanbiao.core.draw import draw
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import NotFound, fired
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.facts import candidates, facts_of
from tanbiao.web.governance.models import DatasetNotice, DrawnReviewer, GovernedDataset
from tanbiao.web.governance.queries import visible
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.history import write_line
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import DatasetFacts
from tanbiao.workflow.machine import Transition, load_lifecycle

LIFECYCLE = load_lifecycle("dataset")
SYSTEM = system_actor("governance")
EXPIRY = "governance.expire"
SHOWN_CHANGES = 200
"""Changes that a change log lists; the two versions tell the rest (project default)."""


def locked(actor: Actor, entry_id: UUID) -> GovernedDataset:
    """Return a dataset that the actor may see, locked until the transaction ends.

    Raises
    ------
    NotFound
        ``governed_dataset_unknown``
    """
    rows = GovernedDataset.objects.select_for_update(of=("self",)).select_related("database", "version", "owner")
    found = rows.filter(visible(actor), id=entry_id).first()
    if found is None:
        raise NotFound.of("governed_dataset_unknown", str(entry_id))
    return found


def advance(actor: Actor, entry: GovernedDataset, event: str, facts: DatasetFacts, **details: Any) -> Transition:
    """Fire an event on a locked dataset: new state, one line of history, one pending log entry, effects."""
    step = fired(LIFECYCLE, entry.state or START, event, facts, since=entry.state_since)
    entry.state = step.to
    if step.to != step.source:
        entry.state_since = clock.now()
    _write(actor, entry, event, step.source, facts.reason, details, step.log_type)
    for effect in step.effects:
        EFFECTS[effect](entry, event)
    return step


def note(actor: Actor, entry: GovernedDataset, event: str, **details: Any) -> None:
    """Write an act that changes no state into history and log; providers are told."""
    _write(actor, entry, event, entry.state, "", details, f"dataset.{event}")
    _notify(entry, event, _providers(entry))


def _write(
    actor: Actor, entry: GovernedDataset, event: str, source: str, reason: str, details: dict[str, Any], log_type: str
) -> None:
    write_line(
        actor,
        entry,
        event,
        about={"dataset": str(entry.id), "round": entry.round, "version": entry.content_hash},
        source=source,
        reason=reason,
        details=details,
        leaf="dataset_event",
        said=log_type,
    )


# -- effects: what the machine tells the shell to do in the same transaction -----------------------------------------


def _freeze(entry: GovernedDataset, _event: str) -> None:
    entry.content_hash = entry.version.content_hash
    entry.save(update_fields=["content_hash"])


def _draw(entry: GovernedDataset, _event: str) -> None:
    """Draw by lot; the seed is kept, so that anybody who knows the candidates can draw again."""
    entry.seed = secrets.token_hex(16)
    entry.save(update_fields=["seed"])
    needed = int(facts_of(SYSTEM, entry).terms.dataset_reviewers_min)
    chosen = draw([str(one) for one in candidates(entry)], needed, entry.seed)
    DrawnReviewer.objects.bulk_create(
        DrawnReviewer(entry=entry, person_id=UUID(one), round=entry.round) for one in chosen
    )
    for one in chosen:
        _notify(entry, "pass_screening", {UUID(one)})


def _tell_provider(entry: GovernedDataset, event: str) -> None:
    _notify(entry, event, _providers(entry))


def tell_providers(entry: GovernedDataset, event: str) -> None:
    """Put a line on the desks of a dataset's providers, without an act."""
    _notify(entry, event, _providers(entry))


def _open_round(entry: GovernedDataset, _event: str) -> None:
    entry.round += 1
    entry.checks, entry.seed = None, ""
    entry.save(update_fields=["round", "checks", "seed"])


def _publish(entry: GovernedDataset, event: str) -> None:
    """Number it, say what changed, put it into the public log, tell followers, and replace the version before."""
    alike = GovernedDataset.objects.filter(
        database=entry.database, version__dataset_id=entry.version.dataset_id, number__gt=0
    ).exclude(id=entry.id)
    before = alike.select_for_update(of=("self",)).order_by("-number").first()
    name = hashlib.sha256(entry.version.dataset_id.encode()).hexdigest()[:12]
    entry.number = before.number + 1 if before else 1
    entry.identifier = f"tanbiao/{entry.database.key}/{name}.{entry.number}"
    entry.predecessor, entry.published_at = before, clock.now()
    if before is not None:
        entry.changelog = differences(document(before.version), document(entry.version))[:SHOWN_CHANGES]
    entry.save()
    public = {"dataset": entry.identifier, "version": str(entry.number), "hash": entry.content_hash}
    ledger.record(SYSTEM, type="dataset_published", subject=str(entry.id), event=dict(public), public=public)
    ledger.emit("dataset.published", _payload(entry))
    _notify(entry, event, _providers(entry) | _followers(entry))
    if entry.valid_until is not None:
        # Its last day ends at midnight in China.
        end = datetime.combine(entry.valid_until + timedelta(days=1), time(), timezone(timedelta(hours=8)))
        ledger.enqueue(EXPIRY, key=f"{EXPIRY}/{entry.id}", payload={"entry": str(entry.id)}, not_before=end)
    if before is not None and before.state in ("published", "suspended"):
        follow = "correct" if entry.is_correction or before.state == "suspended" else "supersede"
        facts = facts_of(SYSTEM, before, successor_published=True)
        advance(SYSTEM, before, follow, facts, by=entry.identifier)


def _alert(entry: GovernedDataset, event: str) -> None:
    public = {"dataset": entry.identifier, "version": str(entry.number), "reason": event}
    ledger.record(SYSTEM, type="dataset_superseded", subject=str(entry.id), event=dict(public), public=public)
    ledger.emit("dataset.changed", _payload(entry))
    _notify(entry, event, _providers(entry) | _followers(entry))


def _payload(entry: GovernedDataset) -> dict[str, Any]:
    return {
        "entry": str(entry.id),
        "identifier": entry.identifier,
        "database": entry.database.key,
        "dataset": entry.version.dataset_id,
        "state": entry.state,
        "hash": entry.content_hash,
    }


def _providers(entry: GovernedDataset) -> set[UUID]:
    if entry.owner_id is None:
        return {entry.by_id} if entry.by_id else set()
    live = Membership.objects.filter(organisation_id=entry.owner_id, role=Role.DATA_PROVIDER, ended_at__isnull=True)
    return set(live.values_list("person_id", flat=True))


def _followers(entry: GovernedDataset) -> set[UUID]:
    return set(entry.database.followers.values_list("person_id", flat=True))


def _notify(entry: GovernedDataset, event: str, people: set[UUID]) -> None:
    now = clock.now()
    DatasetNotice.objects.bulk_create(
        DatasetNotice(entry=entry, person_id=one, event=event, at=now) for one in sorted(people, key=str)
    )


EFFECTS: dict[str, Callable[[GovernedDataset, str], None]] = {
    "freeze_version": _freeze,
    "draw_reviewers": _draw,
    "tell_provider": _tell_provider,
    "open_dataset_round": _open_round,
    "publish_dataset": _publish,
    "alert_dependants": _alert,
}
