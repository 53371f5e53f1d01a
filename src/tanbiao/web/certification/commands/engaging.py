"""Before the tests: terms of the verification, strategic analysis, risk assessment, evidence plan (ISO 14064-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.verification.risk import LEVELS, Risk, proposed
from tanbiao.core.verification.rows import ResultRow
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.commands.verifying import ASSURANCES, EVALUATING
from tanbiao.web.certification.engagement import Engagement, engagement_of
from tanbiao.web.certification.models import Case, RowRisk, RowTest, SampledRow, StrategicAnalysis, VerificationTerms
from tanbiao.web.certification.rounds import round_change
from tanbiao.web.commanding import Conflict, Invalid, command

LONG = 8000
TERMS_STATES = ("planned", *EVALUATING)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verifier's assessment of one row."""

    row: str
    inherent: str
    control: str
    reason: str = ""


def _texts(**texts: str) -> dict[str, str]:
    """Return the texts trimmed.

    Raises
    ------
    Invalid
        ``verification_text_missing``, for each that is empty.
    """
    empty = [name for name, text in texts.items() if not text.strip()]
    if empty:
        raise Invalid.of("verification_text_missing", empty[0])
    return {name: text.strip()[:LONG] for name, text in texts.items()}


@command("certification.verify")
def agree_terms(
    actor: Actor, *, case_id: UUID, assurance: str, criteria: str, scope: str, materiality_percent: float | None
) -> VerificationTerms:
    """Write the terms of the verification: level of assurance, criteria, scope, materiality. The newest stand.

    Raises
    ------
    Invalid
        ``assurance_unknown``, ``verification_text_missing``; ``materiality_out_of_range``: none, or above the scheme's.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "agree_terms", *TERMS_STATES)
    limit = engagement_of(case).terms.materiality_percent
    if assurance not in ASSURANCES:
        raise Invalid.of("assurance_unknown", "assurance", assurance=assurance)
    if materiality_percent is None or not 0 < materiality_percent <= limit:
        raise Invalid.of("materiality_out_of_range", "materiality_percent", limit=limit)
    texts = _texts(criteria=criteria, scope=scope)
    made = VerificationTerms(
        case=case,
        version=case.verification_terms.count() + 1,
        assurance=assurance,
        materiality_percent=decimal12(materiality_percent),
        by=person_of(actor),
        at=clock.now(),
        **texts,
    )
    made.hash = content_hash(
        {
            "case": str(case.id),
            "version": made.version,
            "assurance": assurance,
            "materiality_percent": made.materiality_percent,
            **texts,
            "at": clock.stamp(made.at),
        }
    )
    made.save()
    note(actor, case, "terms_agreed", terms=made.hash, version=made.version)
    return made


@command("certification.verify")
def analyse(
    actor: Actor, *, case_id: UUID, activities: str, data_flow: str, controls: str, changes: str = ""
) -> StrategicAnalysis:
    """Write the strategic analysis: what makes the figure, how data flow, what the company controls itself."""
    case = of_my_team(actor, case_id)
    require_state(case, "analyse", *TERMS_STATES)
    made = StrategicAnalysis.objects.create(
        case=case,
        version=case.analyses.count() + 1,
        round=case.round,
        changes=changes.strip()[:LONG],
        by=person_of(actor),
        at=clock.now(),
        **_texts(activities=activities, data_flow=data_flow, controls=controls),
    )
    note(actor, case, "analysis_written", version=made.version)
    return made


@command("certification.verify")
def assess_risks(actor: Actor, *, case_id: UUID, assessments: Sequence[Assessment]) -> Case:
    """Assess rows: inherent and control risk; the detection risk that may be taken follows.

    Raises
    ------
    Invalid
        ``risk_level_unknown``, ``row_not_in_package``.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "assess_risks", *EVALUATING)
    known = {row.row for row in engagement_of(case).rows}
    for item in assessments:
        if item.row not in known:
            raise Invalid.of("row_not_in_package", item.row, row=item.row)
        for level in (item.inherent, item.control):
            if level not in LEVELS:
                raise Invalid.of("risk_level_unknown", item.row, level=level)
    for item in assessments:
        _assess(actor, case, item)
    note(actor, case, "risks_assessed", rows=len(assessments))
    return case


@command("certification.verify")
def assess_as_proposed(actor: Actor, *, case_id: UUID) -> Case:
    """Take the proposed assessment for every row that has none yet, as the verifier's own."""
    case = of_my_team(actor, case_id)
    require_state(case, "assess_risks", *EVALUATING)
    engagement = engagement_of(case)
    taken = [row for row in engagement.rows if row.row not in engagement.risks]
    for row in taken:
        risk = proposed(row)
        _assess(actor, case, Assessment(row.row, risk.inherent, risk.control))
    note(actor, case, "risks_assessed", rows=len(taken), proposed=True)
    return case


def _assess(actor: Actor, case: Case, item: Assessment) -> None:
    RowRisk.objects.update_or_create(
        case=case,
        round=case.round,
        row=item.row,
        defaults={
            "inherent": item.inherent,
            "control": item.control,
            "detection": Risk(item.inherent, item.control).detection,
            "reason": item.reason.strip()[:500],
            "by": person_of(actor),
            "at": clock.now(),
        },
    )


@command("certification.verify")
def plan_evidence(actor: Actor, *, case_id: UUID, rows: Sequence[str] | None = None) -> Case:
    """Set the evidence plan: these rows, or those proposed from risks, shares and suppliers when none are named.

    A row that was tested stays in the plan.

    Raises
    ------
    Invalid
        ``row_not_in_package``
    Conflict
        ``risks_not_assessed``: the plan follows from the risks.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "plan_evidence", *EVALUATING)
    engagement = engagement_of(case)
    unassessed = engagement.fact.unassessed
    if unassessed:
        raise Conflict.of("risks_not_assessed", "risks", count=unassessed)
    known = {row.row: row for row in engagement.rows}
    why = {choice.row: choice.reasons for choice in engagement.proposal}
    chosen = list(why) if rows is None else list(dict.fromkeys(rows))
    for row in chosen:
        if row not in known:
            raise Invalid.of("row_not_in_package", row, row=row)
    case.sample.filter(round=case.round).exclude(row__in=[*chosen, *engagement.tests]).delete()
    for row in chosen:
        planned(actor, case, known[row], why.get(row, ("chosen",)))
    note(actor, case, "evidence_planned", rows=len(chosen), proposed=rows is None)
    return case


def planned(actor: Actor, case: Case, row: ResultRow, reasons: Iterable[str]) -> SampledRow:
    """Return the row's entry in the evidence plan, made where there is none."""
    entry, _ = SampledRow.objects.get_or_create(
        case=case,
        round=case.round,
        row=row.row,
        defaults={
            "share": decimal12(row.share),
            "declared": decimal12(row.value),
            "reasons": ",".join(reasons),
            "by": person_of(actor),
        },
    )
    return entry


@command("certification.verify")
def carry_over(actor: Actor, *, case_id: UUID) -> Case:
    """Take risks, plan and tests of the last round over for the rows whose package entries did not change.

    Raises
    ------
    Conflict
        ``first_round``: there is nothing to carry over.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "carry_over", *EVALUATING)
    change = round_change(case)
    if change is None:
        raise Conflict.of("first_round", "round")
    engagement = engagement_of(case)
    touched = {row.row for row in change.rows}
    same = {row.row for row in engagement.rows} - touched
    before = case.round - 1
    for risk in case.risks.filter(round=before, row__in=same - set(engagement.risks)):
        _assess(actor, case, Assessment(risk.row, risk.inherent, risk.control, risk.reason))
    carried = _carry_plan(case, engagement, same, before)
    note(actor, case, "carried_over", rows=carried, from_round=before)
    return case


def _carry_plan(case: Case, engagement: Engagement, same: set[str], before: int) -> int:
    """Copy plan entries and tests of unchanged rows; the verifier who made them stays named."""
    rows = list(case.sample.filter(round=before, row__in=same - set(engagement.plan)))
    kept = ("share", "declared", "own", "traced_to", "reasons", "by_id")
    SampledRow.objects.bulk_create(
        SampledRow(case=case, round=case.round, row=row.row, **_values(row, kept)) for row in rows
    )
    copied = ("kind", "result", "declared", "figure", "text", "blob", "filename", "media_type", "by_id", "at")
    tests = case.tests.filter(round=before, row__in=same - set(engagement.tests)).order_by("at", "id")
    for test in tests:
        RowTest.objects.create(
            case=case,
            round=case.round,
            row=test.row,
            carried_from=test.carried_from or before,
            package_hash=case.package_hash,
            **_values(test, copied),
        )
    return len(rows)


def _values(row: Any, names: Iterable[str]) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in names}
