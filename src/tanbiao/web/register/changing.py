"""Changes of a certificate by its body alone: one person proposes, another who decides carries it out.

Only what leaves figure and unit as they were evaluated: another name, fewer models, fewer sites. Whatever brings
something in, or moves the figure, goes through a case.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.bodies import standing
from tanbiao.web.bodies.functions import Function
from tanbiao.web.bodies.matrix import Step, matrix_refusal
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, fired, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing, orders
from tanbiao.web.register.models import Certificate, ChangeProposal, Issue
from tanbiao.web.register.states import LIFECYCLE, facts_of, locked
from tanbiao.workflow.facts import Hand

SECOND = Hand("", frozenset({"decider"}), frozenset({"body"}))
"""Whoever will decide: a proposal is refused at once where no second person could carry it out."""


def open_proposal(certificate: Certificate) -> ChangeProposal | None:
    """Return the change of a certificate that waits for its decision."""
    return ChangeProposal.objects.filter(certificate=certificate, state="open").select_related("person").first()


def order_of(certificate: Certificate, content: dict[str, Any]) -> dict[str, Any]:
    """Return the certificate's order as a change would have it.

    Raises
    ------
    Invalid
        ``change_without_content``
    """
    order = orders.changed(
        certificate.issue.order,
        holder_zh=content["holder_name_zh"],
        holder_en=content["holder_name_en"],
        models=tuple(content["models"]),
        sites=tuple(content["sites"]),
    )
    if order == certificate.issue.order:
        raise Invalid.of("change_without_content", certificate.number)
    return order


def change_facts(actor: Actor, certificate: Certificate, proposal: ChangeProposal | None) -> dict[str, Any]:
    """Return what the guards of an administrative change look at besides the certificate itself."""
    known: dict[str, Any] = {
        "new_version_signed": True,
        # Never taken for a change of the figure, however small: that goes through a case.
        "value_change_percent": None,
        "standing_refusals": _standing(actor, certificate),
    }
    if proposal is not None:
        after = order_of(certificate, proposal.content)
        known |= {
            "reason": proposal.reason,
            "proposed_by": str(proposal.person_id),
            "unit_added": orders.added(certificate.issue.order, after),
        }
    return known


def _standing(actor: Actor, certificate: Certificate) -> tuple[Finding, ...]:
    """Return what the body and the one who decides lack today for the certificate's category."""
    body, category = certificate.body, certificate.category
    found: list[Finding | None] = list(standing.body_refusals(body, category))
    if actor.person is not None:
        found.append(standing.competence_refusal(body, actor.person, Function.DECIDER, category))
        found.append(matrix_refusal(actor, body, Step.DECISION))
    return tuple(item for item in found if item is not None)


@command("register.change_state")
def propose_change(
    actor: Actor,
    *,
    number: str,
    builds_on: str,
    reason: str,
    holder_name_zh: str = "",
    holder_name_en: str = "",
    models: tuple[str, ...] = (),
    sites: tuple[str, ...] = (),
    text: str = "",
) -> ChangeProposal:
    """Propose a change of name, or of models or sites that are left out; another person decides on it.

    A proposal takes the place of one that is still open.

    Raises
    ------
    Invalid
        ``change_without_content``
    Conflict
        ``stale_decision``, ``change_running``, ``unit_change_needs_case``, ``value_change_needs_case``, a reason that
        is none, a certificate that is not valid.
    """
    old = locked(number)
    require(actor, "register.change_state", old)
    content = {
        "holder_name_zh": holder_name_zh.strip(),
        "holder_name_en": holder_name_en.strip(),
        "models": [model.strip() for model in models if model.strip()],
        "sites": [site.strip() for site in sites if site.strip()],
    }
    after = order_of(old, content)
    if Issue.objects.filter(number=number, state="running").exists():
        raise Conflict.of("change_running", number)
    facts = facts_of(
        actor,
        old,
        hand=SECOND,
        reason=reason,
        builds_on=builds_on,
        new_version_signed=True,
        unit_added=orders.added(old.issue.order, after),
        proposed_by=str(actor.person_id),
        standing_refusals=(),
    )
    fired(LIFECYCLE, old.state, "change", facts, since=old.state_since)
    now, person = clock.now(), person_of(actor)
    ChangeProposal.objects.filter(certificate=old, state="open").update(
        state="replaced", closed_by=person, closed_at=now
    )
    event = {"event": "change_proposed", "number": number, "builds_on": builds_on, "reason": reason, **content}
    proposal = ChangeProposal.objects.create(
        certificate=old,
        reason=reason,
        content=content,
        text=text.strip()[:4000],
        person=person,
        at=now,
        hash=content_hash({**event, "at": clock.stamp(now), "actor": actor.describe()}),
    )
    ledger.record(actor, type="evidence_event", subject=str(proposal.id), event=event)
    return proposal


@command("register.decide_state")
def change(actor: Actor, *, number: str, builds_on: str, proposal_id: UUID, text: str = "") -> Issue:
    """Decide as a second person for a proposed change: a new version is issued and takes over.

    Returns
    -------
    Issue
        The issue of the new version, begun. The present version holds until the new one stands in the log; then that
        one takes over and names it.

    Raises
    ------
    NotFound
        ``change_proposal_unknown``
    Conflict
        ``change_running``: an earlier change is still being issued; the guards' refusals: the proposer decides, what
        the body lacks today.
    """
    old = locked(number)
    require(actor, "register.decide_state", old)
    proposal = _open(old, proposal_id)
    facts = facts_of(actor, old, builds_on=builds_on, **change_facts(actor, old, proposal))
    fired(LIFECYCLE, old.state, "change", facts, since=old.state_since)
    if Issue.objects.filter(number=number, state="running").exists():
        raise Conflict.of("change_running", number)
    order = order_of(old, proposal.content) | {
        "replaces": f"{old.number} v{old.version}",
        "valid_from": clock.today().isoformat(),
        "change": {
            **actor.describe(),
            "builds_on": builds_on,
            "reason": proposal.reason,
            "text": text.strip()[:4000] or proposal.text,
            "proposer": str(proposal.person_id),
            "proposal": proposal.hash,
        },
    }
    issue = issuing.reserve(order, number=old.number)
    _close(actor, proposal, "decided")
    ledger.enqueue("register.issue", key=f"issue/{issue.id}", payload={"issue": str(issue.id)})
    return issue


@command("register.change_state")
def drop_change(actor: Actor, *, number: str, proposal_id: UUID, text: str = "") -> ChangeProposal:
    """Drop a proposed change that is not to be: by who proposed it, or by another person of the body.

    Raises
    ------
    NotFound
        ``change_proposal_unknown``
    """
    old = locked(number)
    require(actor, "register.change_state", old)
    proposal = _open(old, proposal_id)
    _close(actor, proposal, "dropped")
    event = {"event": "change_dropped", "number": number, "proposal": proposal.hash, "text": text.strip()[:4000]}
    ledger.record(actor, type="evidence_event", subject=str(proposal.id), event=event)
    return proposal


def _open(certificate: Certificate, proposal_id: UUID) -> ChangeProposal:
    found = open_proposal(certificate)
    if found is None or found.id != proposal_id:
        raise NotFound.of("change_proposal_unknown", str(proposal_id))
    return found


def _close(actor: Actor, proposal: ChangeProposal, state: str) -> None:
    proposal.state, proposal.closed_by, proposal.closed_at = state, person_of(actor), clock.now()
    proposal.save(update_fields=["state", "closed_by", "closed_at"])
