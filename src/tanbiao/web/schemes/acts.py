"""Acting on a template: ask the machine, write its state, one line of history and the log entries. Private."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.schemes import Scheme
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.commanding import fired
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.history import write_line
from tanbiao.web.schemes import queries
from tanbiao.web.schemes.models import SchemeEntry
from tanbiao.web.schemes.permissions import KEEPERS
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import Hand, SchemeFacts
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("scheme")
SYSTEM = system_actor("schemes")


def locked(packaged: Scheme) -> SchemeEntry:
    """Return a scheme's entry, locked until the transaction ends; one is made where there is none.

    A refused act takes a new row away with its transaction.
    """
    now = clock.now()
    found, _ = SchemeEntry.objects.select_for_update().get_or_create(
        reference=packaged.reference, defaults={"state": "", "head": "", "state_since": now, "changed_at": now}
    )
    return found


def hand_of(actor: Actor) -> Hand:
    """Return the actor as the machine sees him."""
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    parties = frozenset({"platform"}) if actor.has(*KEEPERS) else frozenset()
    return Hand(str(actor.person_id), frozenset(role.value for role in actor.roles), parties)


def facts_of(actor: Actor, entry: SchemeEntry, packaged: Scheme, **more: Any) -> SchemeFacts:
    """Gather what the guards look at, with what the act itself adds."""
    known: dict[str, Any] = {
        "hand": hand_of(actor),
        "terms": terms_of(),
        "current": entry.head,
        "reference": packaged.reference,
        "needs": packaged.lock.needs if packaged.lock else (),
    }
    return SchemeFacts(**{**known, **more})


def advance(
    actor: Actor,
    entry: SchemeEntry,
    packaged: Scheme,
    event: str,
    *,
    text: str = "",
    **more: Any,
) -> None:
    """Fire an event: new state, one line of history, one log entry, effects."""
    step = fired(
        LIFECYCLE, entry.state or START, event, facts_of(actor, entry, packaged, **more), since=entry.state_since
    )
    entry.state, entry.state_since = step.to, clock.now()
    details = {
        "number_pattern": entry.number_pattern,
        "minimum_width_mm": entry.minimum_width_mm,
        "regions": entry.regions,
        "adoption_list": entry.adoption,
        "document": entry.document,
        "document_number": entry.document_number,
        "artwork": entry.artwork,
        "text": text,
    }
    said = step.log_type.replace(".", "_")
    write_line(
        actor,
        entry,
        event,
        about={"scheme": packaged.reference},
        source=step.source,
        reason=more.get("reason", ""),
        details=details,
        leaf="scheme_event",
        said=said,
        public=_public(packaged, said),
    )
    for effect in step.effects:
        EFFECTS[effect](actor, entry, packaged)


def say(actor: Actor, scheme: Scheme, subject: UUID, what: str, event: Mapping[str, Any]) -> None:
    """Write a log entry about a scheme: in public what was done and when, never by whom."""
    event = {"type": what, **event}
    ledger.record(actor, type="scheme_event", subject=str(subject), event=event, public=_public(scheme, what))


def _public(scheme: Scheme, what: str) -> dict[str, str]:
    return {"scheme": scheme.id, "version": scheme.version, "reason": what, "since": clock.today().isoformat()}


def supersede_older(packaged: Scheme) -> None:
    """End the entries of older versions of a scheme that has just been opened in a newer one."""
    rows = SchemeEntry.objects.select_for_update().filter(reference__startswith=f"{packaged.id}@")
    for entry in rows.exclude(reference=packaged.reference).exclude(state="superseded"):
        older = queries.standing(SYSTEM, entry.reference).template
        if older is not None and _age(older) < _age(packaged):
            advance(SYSTEM, entry, older, "supersede", newer_open=True)


def _age(scheme: Scheme) -> tuple[int, ...]:
    return tuple(int(part) for part in scheme.version.split("."))


def _publish_scheme(actor: Actor, entry: SchemeEntry, packaged: Scheme) -> None:
    opened = queries.opened_with(packaged, entry)
    public = {"scheme": opened.id, "version": opened.version, "hash": opened.hash}
    ledger.record(actor, type="scheme_published", subject=str(entry.id), event=dict(public), public=public)


EFFECTS: dict[str, Callable[[Actor, SchemeEntry, Scheme], None]] = {"publish_scheme": _publish_scheme}
