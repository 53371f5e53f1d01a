"""Technical review and decision: two duties for two persons (or one, or a committee, where the scheme says so)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import LIFECYCLE, SYSTEM, advance, facts, hold, locked
from tanbiao.web.certification.facts import current_opinion, current_review, terms_of_case
from tanbiao.web.certification.models import Case, Review, Vote
from tanbiao.web.certification.recalculation import package_of
from tanbiao.web.claims.queries import not_held
from tanbiao.web.commanding import Conflict, Invalid, command, fired, require
from tanbiao.workflow.facts import Duty


@command("certification.review")
def review(actor: Actor, *, case_id: UUID, builds_on: str, positive: bool, text: str) -> Review:
    """Conclude the technical review of the opinion.

    Raises
    ------
    Invalid
        ``text_missing``
    Conflict
        The reviewer has another duty in the case; a stale head; another state.
    """
    case = locked(actor, case_id)
    require(actor, "certification.review", case)
    known = facts(actor, case, builds_on=builds_on)
    fired(LIFECYCLE, case.state, "review", known, since=case.state_since)
    opinion = current_opinion(case)
    if opinion is None:
        raise Conflict.of("opinion_not_favourable", "opinion")
    if not text.strip():
        raise Invalid.of("text_missing", "text")
    concluded = Review(
        case=case,
        round=case.round,
        opinion=opinion,
        positive=positive,
        text=text.strip()[:8000],
        by=person_of(actor),
        at=clock.now(),
    )
    concluded.hash = content_hash(_body(concluded, opinion=opinion.hash, positive=positive))
    concluded.save()
    hold(case, actor, Duty.REVIEWER)
    advance(actor, case, "review", known, review=concluded.hash, positive=positive)
    return concluded


@command("certification.review")
def return_to_team(actor: Actor, *, case_id: UUID, builds_on: str, reason: str, text: str = "") -> Case:
    """Return the case to the team: the opinion is not founded well enough."""
    case = locked(actor, case_id)
    require(actor, "certification.review", case)
    known = facts(actor, case, builds_on=builds_on, reason=reason)
    advance(actor, case, "return_to_team", known, text=text)
    hold(case, actor, Duty.REVIEWER)
    return case


@command("certification.decide")
def decide(actor: Actor, *, case_id: UUID, builds_on: str, grant: bool, text: str, reason: str = "") -> Case:
    """Decide on the certification, or vote where a committee decides; the last vote carries the case on.

    Raises
    ------
    Invalid
        ``text_missing``
    Conflict
        The decider has another duty in the case; a stale head; no ground to grant; no reason to deny; a second vote;
        ``claim_not_held``: the study holds no claim on what its result uses up.
    """
    case = locked(actor, case_id)
    require(actor, "certification.decide", case)
    wanted = "grant" if grant else "deny"
    concluded = current_review(case)
    cast = list(Vote.objects.filter(review=concluded, void=False)) if concluded else []
    me = str(actor.person_id)
    known = facts(
        actor,
        case,
        builds_on=builds_on,
        reason=reason,
        grants=tuple([str(vote.by_id) for vote in cast if vote.grants] + [me] * grant),
        denials=tuple([str(vote.by_id) for vote in cast if not vote.grants] + [me] * (not grant)),
    )
    size = terms_of_case(case).committee_size if terms_of_case(case).review_and_decision == "committee" else 1
    event = _event(wanted, len(cast) + 1, size, len(known.grants), len(known.denials))
    if event == "deny" and not reason:
        known = replace(known, reason=next((vote.reason for vote in cast if vote.reason), ""))
    fired(LIFECYCLE, case.state, event, known, since=case.state_since)
    if grant:
        _refuse_lost_claims(case)
    if not text.strip():
        raise Invalid.of("text_missing", "text")
    if any(vote.by_id == actor.person_id for vote in cast):
        raise Conflict.of("voted_already", "decision")
    vote = Vote(
        case=case,
        review=concluded,
        grants=grant,
        reason=reason,
        text=text.strip()[:8000],
        by=person_of(actor),
        at=clock.now(),
    )
    vote.hash = content_hash(_body(vote, review=concluded.hash if concluded else "", grants=grant, reason=reason))
    vote.save()
    hold(case, actor, Duty.DECIDER)
    advance(actor, case, event, known, vote=vote.hash, grants=grant)
    return case


def _refuse_lost_claims(case: Case) -> None:
    """Refuse to certify what rests on a certificate or pass that the study does not hold (any more)."""
    if case.study is None:
        return
    lost = not_held(case.study.id, case.study.owner_id, package_of(case)["result"].get("instruments") or ())
    if lost:
        raise Conflict.of("claim_not_held", "decision", certificates=", ".join(lost))


def _event(wanted: str, cast: int, size: int, grants: int, denials: int) -> str:
    """Return which event the vote is: one of several, or the one that completes the committee."""
    if cast < size:
        return "vote"
    if size == 1:
        return wanted
    return "grant" if grants > denials else "deny"


def _body(row: Review | Vote, **more: Any) -> dict[str, Any]:
    return {
        "case": str(row.case_id),
        "package": row.case.package_hash,
        "head": row.case.head,
        "text": row.text,
        "by": str(row.by_id),
        "at": clock.stamp(row.at),
        **more,
    }


@command("certification.decide")
def lapse(actor: Actor, *, case_id: UUID, reason: str = "not_rectified_in_term", text: str = "") -> Case:
    """Deny the certificate because the term for rectification has run out."""
    case = locked(actor, case_id)
    require(actor, "certification.decide", case)
    advance(actor, case, "lapse", facts(actor, case, reason=reason), text=text)
    hold(case, actor, Duty.DECIDER)
    return case


@command("certification.void_issue")
def void_issue(actor: Actor, *, case_id: UUID, reason: str, text: str = "") -> Case:
    """Void an issue that can't be completed: its number is lost for ever, and the case is to be decided again."""
    case = locked(actor, case_id)
    require(actor, "certification.void_issue", case)
    advance(actor, case, "void_issue", facts(actor, case, reason=reason), text=text)
    return case


@command("certification.system")
def mark_issued(actor: Actor, *, case_id: UUID, certificate: str) -> Case:
    """Close a case whose certificate stands in the register (called by the register's saga as the system)."""
    case = locked(actor, case_id)
    if case.state == "issued":
        return case
    advance(SYSTEM, case, "issue", facts(SYSTEM, case, issue_complete=True), certificate=certificate)
    return case
