"""The writers of the catalogue: an authority states a gate, opens a category that is ready, closes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from tanbiao.core.catalogue.readiness import STATED, GateName, load_criteria
from tanbiao.core.findings import Severity, finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.catalogue import queries
from tanbiao.web.catalogue.models import CategoryEvent, GateStatement
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.ledger import commands as ledger

GATES = get_args(GateName)
MAX_TEXT = 2000


@command("catalogue.state_gate")
def state_gate(
    actor: Actor,
    *,
    category: str,
    gate: str,
    green: bool,
    evidence: str,
    bodies: Sequence[UUID] = (),
    builds_on: str = "",
) -> GateStatement:
    """Say whether a gate that nobody can compute is met, and what shows it.

    Raises
    ------
    NotFound
        ``category_unknown``
    Invalid
        ``gate_not_stated``: no such gate, or a computed one; ``category_reason_missing``; ``gate_body_unknown``
    Conflict
        ``category_moved_on``
    """
    found = _seen(actor, category, builds_on)
    if gate not in STATED:
        raise Invalid.of("gate_not_stated", "gate", gate=gate[:40], known=", ".join(STATED))
    if not evidence.strip():
        raise Invalid.of("category_reason_missing", "evidence")
    named = list(Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY, id__in=bodies))
    if len(named) != len(set(bodies)):
        raise Invalid.of("gate_body_unknown", "bodies", count=len(set(bodies)) - len(named))
    row = GateStatement.objects.create(
        category=found.category.id,
        gate=gate,
        green=green,
        evidence=evidence.strip()[:MAX_TEXT],
        by=actor.person,
        organisation=actor.organisation,
        day=clock.today(),
        at=clock.now(),
    )
    row.bodies.set(named)
    said = f"gate_{gate}_{'green' if green else 'red'}"
    _log(actor, row.id, found.category.id, said, {"evidence": row.evidence, "bodies": [str(one.id) for one in named]})
    return row


@command("catalogue.open_category")
def open_category(actor: Actor, *, category: str, reason: str, builds_on: str = "") -> CategoryEvent:
    """Open a category: only when every gate is green today; what they rest on is kept with the act.

    Raises
    ------
    NotFound
        ``category_unknown``
    Invalid
        ``category_reason_missing``
    Conflict
        ``category_not_ready`` and what is missing; ``category_state_same``; ``category_moved_on``
    """
    found = _seen(actor, category, builds_on)
    _check(found, "open", reason)
    if not found.readiness.is_ready:
        red = sum(not gate.green for gate in found.readiness.gates)
        told = finding("category_not_ready", Severity.ERROR, "category", category=found.category.id, count=red)
        raise Conflict(told, *found.readiness.missing)
    basis = {gate.gate: gate.evidence for gate in found.readiness.gates} | {"criteria": load_criteria().version}
    return _write(actor, found, "open", reason, basis)


@command("catalogue.open_category")
def close_category(actor: Actor, *, category: str, reason: str, builds_on: str = "") -> CategoryEvent:
    """Close a category: no new case begins in it; what runs is not touched.

    Raises
    ------
    NotFound, Invalid, Conflict
        As :func:`open_category`, without the gates.
    """
    found = _seen(actor, category, builds_on)
    _check(found, "closed", reason)
    return _write(actor, found, "closed", reason, {})


def _seen(actor: Actor, category: str, builds_on: str) -> queries.Entry:
    found = queries.entry(actor, category)
    if builds_on and builds_on != found.head:
        raise Conflict.of("category_moved_on", "builds_on", category=category)
    return found


def _check(found: queries.Entry, state: str, reason: str) -> None:
    if not reason.strip():
        raise Invalid.of("category_reason_missing", "reason")
    if found.state == state or (state == "closed" and found.state == "planned"):
        raise Conflict.of("category_state_same", "category", category=found.category.id, state=found.state)


def _write(actor: Actor, found: queries.Entry, state: str, reason: str, basis: dict[str, str]) -> CategoryEvent:
    opened = state == "open"
    row = CategoryEvent.objects.create(
        category=found.category.id,
        state=state,
        is_demonstration=opened and found.readiness.is_demonstration,
        rule=(found.readiness.rule or "") if opened else "",
        basis=basis,
        reason=reason.strip()[:MAX_TEXT],
        by=actor.person,
        organisation=actor.organisation,
        at=clock.now(),
    )
    _log(actor, row.id, found.category.id, f"category_{state}", {"reason": row.reason, "basis": basis})
    ledger.emit("catalogue.category_changed", {"category": found.category.id, "state": state})
    return row


def _log(actor: Actor, subject: UUID, category: str, said: str, event: dict[str, object]) -> None:
    public = {"category": category, "reason": said}
    ledger.record(actor, type="category_event", subject=str(subject), event={"type": said, **event}, public=public)
