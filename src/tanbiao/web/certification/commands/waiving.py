"""Waiving a check of the sealed result in its verification: granted or refused with a reason, and withdrawn."""

from __future__ import annotations

from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import competence, waivers
from tanbiao.web.certification.acts import hold, is_in_team, locked, note, require_state
from tanbiao.web.certification.commands.verifying import EVALUATING
from tanbiao.web.certification.facts import held_duties, terms_of_case
from tanbiao.web.certification.models import Case, CaseWaiver
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload
from tanbiao.workflow.case_guards import duty_clash
from tanbiao.workflow.facts import Duty

REVIEWING = ("technical_review",)
"""States in which a reviewer looks at the sealed study; the team does in those of the evaluation."""
WITHDRAWN_IN = (*EVALUATING, *REVIEWING, "decision")
LONG = 4000


def answering_role(actor: Actor, case: Case) -> Role | None:
    """Return the role in which the actor answers in the case's present state; None where he has no part in it."""
    if case.state in EVALUATING:
        return Role.VERIFIER if actor.has(Role.VERIFIER) and is_in_team(actor, case) else None
    if case.state in REVIEWING and actor.has(Role.REVIEWER) and actor.organisation_id == case.body_id:
        return Role.REVIEWER if _clash(actor, case, Duty.REVIEWER) is None else None
    return None


@command("certification.waive")
def answer_waiver(
    actor: Actor,
    *,
    case_id: UUID,
    check: str,
    process: str = "",
    granted: bool,
    reason: str,
    upload: Upload | None = None,
) -> CaseWaiver:
    """Waive a failed check of the sealed result, of one process where one is named, or refuse to.

    The rule says which checks, of which processes, by which role, and whether a file has to show the reason. The team's
    verifiers answer while they evaluate, a reviewer in the technical review; the package is never changed.

    Raises
    ------
    NotAllowed
        ``not_in_team``; ``waiver_role_wrong``: the rule lets another role waive it; what the body's book holds against
        a reviewer.
    Conflict
        ``act_out_of_place``; ``waiver_answered``; ``duties_not_separate``.
    Invalid
        ``waiver_nothing_to_waive``, ``waiver_without_reason``, ``waiver_without_evidence``; what the upload refuses.
    """
    case = locked(actor, case_id)
    require(actor, "certification.waive", case)
    role = _role(actor, case)
    line = next((one for one in waivers.lines(case) if (one.item.check, one.item.process) == (check, process)), None)
    if line is None:
        raise Invalid.of("waiver_nothing_to_waive", "check", check=check[:64], process=process[:64] or "—")
    if role.value not in line.item.roles:
        raise NotAllowed.of("waiver_role_wrong", "check", check=check, roles=", ".join(line.item.roles))
    if line.standing is not None:
        raise Conflict.of("waiver_answered", "check", what=line.name)
    if not reason.strip():
        raise Invalid.of("waiver_without_reason", "reason")
    if granted and line.item.evidence and upload is None:
        raise Invalid.of("waiver_without_evidence", "file", what=line.name, clause=line.item.clause or "—")
    made = CaseWaiver(
        case=case,
        round=case.round,
        package_hash=case.package_hash,
        check_id=check,
        process=process,
        granted=granted,
        role=role.value,
        clause=line.item.clause[:200],
        asked=line.item.asked,
        reason=reason.strip()[:LONG],
        by=person_of(actor),
        at=clock.now(),
    )
    if upload is not None:
        made.media_type = checked_upload(upload.filename, upload.media_type, upload.data)
        made.blob, made.filename = ledger.put_blob(upload.data, made.media_type), upload.filename[:200]
    made.hash = content_hash(_body(made))
    made.save()
    hold(case, actor, Duty.TEAM if role is Role.VERIFIER else Duty.REVIEWER)
    event = "waiver_granted" if granted else "waiver_refused"
    note(actor, case, event, waiver=made.hash, check=check, process=process, role=made.role)
    return made


def _role(actor: Actor, case: Case) -> Role:
    """Return the role in which the actor answers, or refuse by saying what is missing."""
    require_state(case, "answer_waiver", *EVALUATING, *REVIEWING)
    role = Role.VERIFIER if case.state in EVALUATING else Role.REVIEWER
    if not actor.has(role) or actor.organisation_id != case.body_id:
        raise NotAllowed.of("waiver_role_wrong", "check", check="—", roles=role.value)
    if role is Role.VERIFIER and not is_in_team(actor, case):
        raise NotAllowed.of("not_in_team")
    clash = _clash(actor, case, Duty.TEAM if role is Role.VERIFIER else Duty.REVIEWER)
    if clash is not None:
        raise Conflict(clash)
    refused = competence.hand_refusals(actor, case)
    if refused:
        raise NotAllowed(*refused)
    return role


def _clash(actor: Actor, case: Case, duty: Duty) -> Finding | None:
    """Return the duty that keeps the actor from this one: of the applicant's side, or another one in the case."""
    return duty_clash(str(actor.person_id), duty, held_duties(case), terms_of_case(case).review_and_decision)


def _body(row: CaseWaiver) -> dict[str, object]:
    names = ("round", "check_id", "process", "granted", "role", "clause", "asked", "reason", "blob")
    return {
        "case": str(row.case_id),
        "package": row.package_hash,
        **{name: getattr(row, name) for name in names},
        "by": str(row.by_id),
        "at": clock.stamp(row.at),
    }


@command("certification.waive")
def withdraw_waiver(actor: Actor, *, waiver_id: UUID, reason: str) -> CaseWaiver:
    """Take an answer back before the decision: whoever gave it, or another verifier of the team for one of the team's.

    After the opinion nothing is granted on it any more; the way back to the team is a return by the reviewer or a fact
    that is reported.

    Raises
    ------
    NotFound
        ``waiver_unknown``
    NotAllowed
        ``waiver_of_another_hand``
    Conflict
        ``act_out_of_place``; ``waiver_withdrawn``; ``waiver_of_earlier_round``
    Invalid
        ``waiver_without_reason``
    """
    known = CaseWaiver.objects.filter(id=waiver_id).first()
    if known is None:
        raise NotFound.of("waiver_unknown", str(waiver_id))
    case = locked(actor, known.case_id)
    require(actor, "certification.waive", case)
    require_state(case, "withdraw_waiver", *WITHDRAWN_IN)
    found = CaseWaiver.objects.select_for_update().get(id=waiver_id)
    if not may_withdraw(actor, case, found):
        raise NotAllowed.of("waiver_of_another_hand", str(waiver_id))
    if found.withdrawn_at is not None:
        raise Conflict.of("waiver_withdrawn", str(waiver_id))
    if found.package_hash != case.package_hash:
        raise Conflict.of("waiver_of_earlier_round", str(waiver_id), round=found.round)
    if not reason.strip():
        raise Invalid.of("waiver_without_reason", "reason")
    found.withdrawn_at, found.withdrawn_by = clock.now(), person_of(actor)
    found.withdrawn_reason = reason.strip()[:LONG]
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    note(actor, case, "waiver_withdrawn", waiver=found.hash, check=found.check_id, process=found.process)
    return found


def may_withdraw(actor: Actor, case: Case, row: CaseWaiver) -> bool:
    """Whether an answer is this actor's to take back."""
    if actor.person is None or actor.organisation_id != case.body_id:
        return False
    if row.by_id == actor.person_id:
        return actor.has(Role(row.role))
    return row.role == Role.VERIFIER and actor.has(Role.VERIFIER) and is_in_team(actor, case)
