"""The evaluation: document review, site visits, evidence sample, rectification, and the opinion with its replay."""

from __future__ import annotations

import math
from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.acts import advance, facts, hold, locked, note, person_of, require_state
from tanbiao.web.certification.facts import facts_of, opinion_fact, own_difference_percent, sampled_share
from tanbiao.web.certification.models import Case, Opinion, SampledRow, Visit
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.workflow.case_guards import in_team
from tanbiao.workflow.facts import Duty

VISITING = ("on_site", "footprint_verification")
EVALUATING = ("doc_review", "on_site", "footprint_verification")
OPINIONS = ("unmodified", "modified", "adverse", "disclaimed")
ASSURANCES = ("limited", "reasonable")


def _verifier(actor: Actor, case_id: UUID) -> Case:
    case = locked(actor, case_id)
    require(actor, "certification.verify", case)
    return case


def _of_my_team(actor: Actor, case_id: UUID) -> Case:
    case = _verifier(actor, case_id)
    refusal = in_team(facts_of(actor, case))
    if refusal is not None:
        raise NotAllowed(refusal)
    return case


@command("certification.verify")
def pass_documents(actor: Actor, *, case_id: UUID, builds_on: str) -> Case:
    """Pass the document review; the site visit follows."""
    case = _verifier(actor, case_id)
    advance(actor, case, "pass_documents", facts(actor, case, builds_on=builds_on))
    return case


@command("certification.verify")
def skip_site(actor: Actor, *, case_id: UUID, builds_on: str) -> Case:
    """Pass the document review and go on without a visit, where the scheme leaves it out."""
    case = _verifier(actor, case_id)
    advance(actor, case, "skip_site", facts(actor, case, builds_on=builds_on))
    return case


@command("certification.verify")
def check_in(actor: Actor, *, case_id: UUID, place: str, remote: bool = False) -> Visit:
    """Check in at the site (or to a remote session); the time is the platform's.

    Raises
    ------
    Invalid
        ``visit_without_place``
    Conflict
        ``visit_running``: the actor is checked in already.
    """
    case = _of_my_team(actor, case_id)
    require_state(case, "check_in", *VISITING)
    if not place.strip():
        raise Invalid.of("visit_without_place", "place")
    if case.visits.filter(by=actor.person, checked_out__isnull=True).exists():
        raise Conflict.of("visit_running", "place")
    visit = Visit.objects.create(
        case=case,
        round=case.round,
        remote=remote,
        place=place.strip()[:200],
        checked_in=clock.now(),
        by=person_of(actor),
    )
    note(actor, case, "checked_in", visit=str(visit.id), remote=remote)
    return visit


@command("certification.verify")
def check_out(actor: Actor, *, visit_id: UUID, interviews: int, samples: int, text: str = "") -> Visit:
    """Check out, with the number of people met and of things sampled.

    Raises
    ------
    NotFound
        ``visit_unknown``: it is not the actor's running visit.
    """
    visit = Visit.objects.filter(id=visit_id, by_id=actor.person_id, checked_out__isnull=True).first()
    if visit is None:
        raise NotFound.of("visit_unknown", str(visit_id))
    case = _of_my_team(actor, visit.case_id)
    require_state(case, "check_out", *VISITING)
    if min(interviews, samples) < 0:
        raise Invalid.of("number_negative", "interviews")
    visit.checked_out = clock.now()
    visit.interviews, visit.samples, visit.note = interviews, samples, text.strip()[:4000]
    visit.save()
    note(actor, case, "checked_out", visit=str(visit.id), interviews=interviews, samples=samples)
    return visit


@command("certification.verify")
def complete_site(actor: Actor, *, case_id: UUID) -> Case:
    """Complete the site inspection."""
    case = _verifier(actor, case_id)
    advance(actor, case, "complete_site", facts(actor, case))
    return case


@command("certification.verify")
def sample_row(actor: Actor, *, case_id: UUID, row: str, traced_to: str = "", own: float | None = None) -> SampledRow:
    """Take a row into the evidence plan, say to which document it was traced, and enter one's own figure for it.

    Called again it changes the entry. Share and declared figure come from the frozen package.

    Raises
    ------
    Invalid
        ``row_unknown``: the package has no such row; ``number_malformed``.
    """
    case = _of_my_team(actor, case_id)
    require_state(case, "sample_row", *EVALUATING)
    known = {item.row: item for item in recalculation.contributions(case)}.get(row)
    if known is None:
        raise Invalid.of("row_not_in_package", row, row=row)
    if own is not None and not math.isfinite(own):
        raise Invalid.of("number_malformed", "own")
    sample, _ = SampledRow.objects.update_or_create(
        case=case,
        round=case.round,
        row=row,
        defaults={
            "share": decimal12(known.share),
            "declared": decimal12(known.value),
            "own": "" if own is None else decimal12(own),
            "traced_to": traced_to.strip()[:300],
            "by": person_of(actor),
        },
    )
    note(actor, case, "row_sampled", row=row, own=sample.own, traced_to=sample.traced_to)
    return sample


@command("certification.verify")
def require_rectification(actor: Actor, *, case_id: UUID) -> Case:
    """Hand the open findings to the applicant; his study may be corrected and submitted again."""
    case = _verifier(actor, case_id)
    advance(actor, case, "require_rectification", facts(actor, case))
    return case


@command("certification.apply")
def resubmit(actor: Actor, *, case_id: UUID) -> Case:
    """Hand in the rectification: every finding answered, the study submitted again. A new round begins."""
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    advance(actor, case, "resubmit", facts(actor, case), package=case.study.package_hash)
    return case


@command("certification.verify")
def state_opinion(
    actor: Actor,
    *,
    case_id: UUID,
    builds_on: str,
    kind: str,
    assurance: str,
    materiality_percent: float | None,
    scope: str,
    statement: str,
) -> Opinion:
    """State the team's opinion on this round's package.

    The package is replayed here and now: a favourable opinion needs the same bits again, and the verifier's own figures
    of the rows of his evidence plan. What was found goes into the opinion and under its hash.

    Raises
    ------
    Invalid
        ``opinion_kind_unknown``
    Conflict
        Open findings, a replay that differs, too small a sample, a stale head.
    """
    case = _verifier(actor, case_id)
    if kind not in OPINIONS or assurance not in ASSURANCES:
        raise Invalid.of("opinion_kind_unknown", "kind", kind=kind, assurance=assurance)
    replayed = recalculation.replay_of(case) if case.state == "footprint_verification" else recalculation.NOT_RUN
    sample = list(case.sample.filter(round=case.round))
    difference = own_difference_percent(sample)
    opinion = Opinion(
        case=case,
        round=case.round,
        package_hash=case.package_hash,
        kind=kind,
        assurance=assurance,
        materiality_percent="" if materiality_percent is None else decimal12(materiality_percent),
        scope=scope.strip()[:8000],
        statement=statement.strip()[:8000],
        declared=replayed.declared,
        recomputed=replayed.recomputed,
        replay_identical=replayed.identical,
        own_rows=sum(bool(row.own) for row in sample),
        own_difference_percent="" if difference is None else decimal12(difference),
        sampled_share=decimal12(sampled_share(sample)),
        by=person_of(actor),
        at=clock.now(),
    )
    opinion.hash = content_hash(_opinion_body(opinion, sample))
    known = facts(actor, case, builds_on=builds_on, opinion=opinion_fact(opinion))
    opinion.save()
    advance(actor, case, "state_opinion", known, opinion=opinion.hash, kind=kind)
    hold(case, actor, Duty.TEAM)
    return opinion


def _opinion_body(opinion: Opinion, sample: list[SampledRow]) -> dict[str, object]:
    return {
        "case": str(opinion.case_id),
        "round": opinion.round,
        "package": opinion.package_hash,
        "kind": opinion.kind,
        "assurance": opinion.assurance,
        "materiality_percent": opinion.materiality_percent,
        "scope": opinion.scope,
        "statement": opinion.statement,
        "declared": opinion.declared,
        "recomputed": opinion.recomputed,
        "replay_identical": opinion.replay_identical,
        "sampled_share": opinion.sampled_share,
        "sample": [
            {"row": row.row, "declared": row.declared, "own": row.own, "traced_to": row.traced_to} for row in sample
        ],
        "by": str(opinion.by_id),
        "at": clock.stamp(opinion.at),
    }
