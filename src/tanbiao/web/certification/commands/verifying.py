"""The evaluation: document review, site visits, evidence sample, rectification, and the opinion with its replay."""

from __future__ import annotations

from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification import claims, recalculation
from tanbiao.web.certification.acts import advance, facts, hold, locked
from tanbiao.web.certification.commands.seconding import draw_second
from tanbiao.web.certification.engagement import rows_in_dispute
from tanbiao.web.certification.facts import opinion_fact, own_difference_percent, sampled_share
from tanbiao.web.certification.models import Case, Opinion, SampledRow
from tanbiao.web.commanding import Invalid, command, require
from tanbiao.workflow.facts import Duty

VISITING = ("on_site", "footprint_verification")
EVALUATING = ("doc_review", "on_site", "footprint_verification")
OPINIONS = ("unmodified", "modified", "adverse", "disclaimed")
ASSURANCES = ("limited", "reasonable")


def _verifier(actor: Actor, case_id: UUID) -> Case:
    case = locked(actor, case_id)
    require(actor, "certification.verify", case)
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
def complete_site(actor: Actor, *, case_id: UUID) -> Case:
    """Complete the site inspection."""
    case = _verifier(actor, case_id)
    advance(actor, case, "complete_site", facts(actor, case))
    return case


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
    advance(
        actor,
        case,
        "resubmit",
        facts(actor, case),
        package=case.study.package_hash if case.study else claims.newest_hash(case),
    )
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
    difference = own_difference_percent(sample, rows_in_dispute(case))
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
    draw_second(actor, case, opinion)
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
