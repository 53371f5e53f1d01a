"""One certificate takes another's place: a new version after a change or a transfer, a successor after a renewal.

The old one holds until the new one is signed and logged; then both move in one transaction of the saga's last stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, actor_for
from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.certification import claims as stated
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.schemes import condition
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import states
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.workflow.facts import Duty

VERSIONS = ("change", "extension")
"""Kinds of case that make a new version of a certificate; its number stays."""
RENEWAL = "recertification"
REASONS = {"change": "value", "extension": "models"}


def _no(code: str, number: str) -> Finding:
    return finding(code, Severity.BLOCKING, "replaces", number=number or "—")


def _found(case: Case) -> Certificate | None:
    number = case.replaces.split(" ")[0]
    return Certificate.objects.filter(number=number, is_newest=True).first() if number else None


@condition
def replaced_is_open(case: Case) -> tuple[Finding, ...]:
    """Return why a case can't be about the certificate that it names, or that it may not name one."""
    if case.kind not in (*VERSIONS, RENEWAL):
        return (_no("replaces_not_asked", case.replaces),) if case.replaces else ()
    old = _found(case)
    if old is None or old.owner_id != case.owner_id:
        return (_no("replaces_unknown", case.replaces),)
    if old.issue.order.get("form", "") != _form(case):
        return (_no("replaces_other_kind", old.number),)
    if old.body_id != case.body_id:
        return (_no("replaces_other_body", old.number),)
    allowed = states.LIVING if case.kind == RENEWAL else ("valid",)
    if old.state not in allowed or old.valid_until < clock.today():
        return (_no("replaces_not_living", old.number),)
    if _issued_by(case):
        return ()
    if Issue.objects.filter(number=old.number, state="running").exclude(case=case).exists():
        return (_no("replaces_being_changed", old.number),)
    return ()


def _form(case: Case) -> str:
    kind = stated.kind_of(case) if case.is_of_claim else None
    return kind.form if kind else ""


def _issued_by(case: Case) -> bool:
    return Issue.objects.filter(case=case, state="running").exists()


def of_case(case: Case) -> Certificate | None:
    """Return the certificate that a granted case changes, extends or renews; None for any other kind.

    Raises
    ------
    TanbiaoError
        Why it can't be.
    """
    refused = replaced_is_open(case)
    if refused:
        raise TanbiaoError(*refused)
    return _found(case) if case.kind in (*VERSIONS, RENEWAL) else None


def order(case: Case, old: Certificate, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an order has in addition when it takes a certificate's place by a case."""
    if case.kind == RENEWAL:
        return {"replaces": old.number, "succeeds": {"number": old.number, "decided_on": new["decided_on"]}}
    decider = case.duties.filter(duty=Duty.DECIDER).order_by("-id").first()
    assert decider is not None, "a granted case has somebody who decided"
    before = float(old.issue.order["exact"])
    percent = (float(new["exact"]) - before) / before * 100 if before else 0.0
    return {
        "replaces": f"{old.number} v{old.version}",
        "change": {
            "person": str(decider.person_id),
            "organisation": str(case.body_id),
            "builds_on": old.head,
            "reason": REASONS[case.kind],
            "text": case.number,
            "case": str(case.id),
            "percent": percent,
        },
    }


def _deciding(change: Mapping[str, Any]) -> Actor:
    """Return who decided on a change, with the roles of today: one who has lost them decides nothing any more."""
    person = Person.objects.get(id=change["person"])
    return actor_for(person, Organisation.objects.get(id=change["organisation"]))


def before(issue: Issue) -> Certificate | None:
    """Return the certificate whose place an issue takes: the version before, the one handed over, the one renewed."""
    named = issue.order.get("succeeds") or issue.order.get("transfer") or {}
    number = str(named.get("number", issue.number))
    return Certificate.objects.filter(number=number).exclude(issue=issue).order_by("-version").first()


def supersede(issue: Issue) -> None:
    """End the version that a decided change replaces; refused if its state has moved since the decision."""
    change = issue.order["change"]
    actor = _deciding(change)
    old = states.locked(issue.number)
    facts = states.facts_of(
        actor,
        old,
        builds_on=change["builds_on"],
        reason=change["reason"],
        new_version_signed=True,
        case_decided="case" in change,
        proposed_by=change.get("proposer", ""),
        # Asked when it was decided, and of the body again before it was signed (:func:`orders.check_open`).
        standing_refusals=(),
        value_change_percent=float(change.get("percent", 0.0)),
    )
    states.advance(actor, old, "change", facts, change["text"])
    _make_room(old)


def _make_room(old: Certificate) -> None:
    old.is_newest = False
    old.save(update_fields=["is_newest"])


def hand_over(issue: Issue) -> None:
    """End the version of the body that has handed a certificate over.

    Raises
    ------
    Conflict
        ``stale_decision``: its state has moved since the receiving body accepted it.
    """
    accepted = issue.order["transfer"]
    old = states.locked(accepted["number"])
    if old.head != accepted["head"]:
        raise Conflict.of("stale_decision", "builds_on", seen=accepted["head"], current=old.head)
    facts = states.facts_of(states.SYSTEM, old, transfer_accepted=True, new_version_signed=True)
    if issue.number != old.number:
        old.succeeded_by = issue.number
    states.advance(states.SYSTEM, old, "transfer", facts)
    if issue.number == old.number:
        _make_room(old)


def record(certificate: Certificate) -> None:
    """Say in the log that a version has taken over."""
    order = certificate.issue.order
    change = order.get("change", {})
    actor = _deciding(change) if change else states.SYSTEM
    replaced = order["transfer"]["number"] if "transfer" in order else certificate.number
    ledger.record(
        actor,
        type="certificate_changed",
        subject=str(certificate.id),
        event={
            "number": certificate.number,
            "version": certificate.version,
            "reason": change.get("reason", "transfer"),
            "text": change.get("text", ""),
        },
        public={
            "certificate": certificate.number,
            "replaces": replaced,
            "status": "valid",
            "credential": certificate.credential_hash,
        },
    )


def succeed(certificate: Certificate) -> None:
    """Let a renewed certificate succeed the one before, if that still lives and was decided on before its last day."""
    named = certificate.issue.order["succeeds"]
    old = states.locked(named["number"])
    if old.state not in states.LIVING or named["decided_on"] > old.valid_until.isoformat():
        return
    old.succeeded_by = certificate.number
    facts = states.facts_of(states.SYSTEM, old, successor_valid=certificate.state == "valid")
    states.advance(states.SYSTEM, old, "succeed", facts)
