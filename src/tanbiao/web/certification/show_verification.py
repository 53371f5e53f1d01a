"""What the verification page shows: steps, rows with risk, plan and tests, ledger; in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from tanbiao.core.verification.ledger import MisstatementLedger
from tanbiao.core.verification.risk import Choice, Risk
from tanbiao.core.verification.rows import ResultRow
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import forms_verification as forms
from tanbiao.web.certification import queries, words
from tanbiao.web.certification.commands.discovering import REPORTING
from tanbiao.web.certification.commands.engaging import TERMS_STATES
from tanbiao.web.certification.commands.verifying import EVALUATING
from tanbiao.web.certification.engagement import Engagement
from tanbiao.web.certification.models import Misstatement, RowTest
from tanbiao.web.words import STAGE_WORDS


@dataclass(frozen=True, slots=True)
class TestView:
    """A test with its words."""

    test: RowTest
    kind: Promise
    result: Promise
    tone: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the page."""

    row: ResultRow
    stage: Promise | str
    risk: Risk
    detection: Promise
    assessed: bool
    reason: str
    why: tuple[Promise, ...]
    planned: bool
    proposed: bool
    tested: bool
    tests: list[TestView]


def row_views(engagement: Engagement) -> list[RowView]:
    """Return the rows, largest first."""
    proposal = {choice.row: choice for choice in engagement.proposal}
    return [_row(engagement, row, proposal.get(row.row)) for row in engagement.rows]


def _row(engagement: Engagement, row: ResultRow, choice: Choice | None) -> RowView:
    entry = engagement.plan.get(row.row)
    reasons = entry.reasons.split(",") if entry and entry.reasons else (choice.reasons if choice else ())
    risk = engagement.risk_of(row)
    return RowView(
        row=row,
        stage=STAGE_WORDS.get(row.stage, row.stage),
        risk=risk,
        detection=words.RISK_WORDS[risk.detection],
        assessed=row.row in engagement.risks,
        reason=engagement.reasons_of_risk.get(row.row, ""),
        why=tuple(words.REASON_WORDS[reason] for reason in reasons if reason in words.REASON_WORDS),
        planned=entry is not None,
        proposed=choice is not None,
        tested=engagement.is_tested(row.row),
        tests=[
            TestView(
                test, words.TEST_WORDS[test.kind], words.RESULT_WORDS[test.result], words.RESULT_TONES[test.result]
            )
            for test in engagement.tests.get(row.row, ())
        ],
    )


@dataclass(frozen=True, slots=True)
class MisstatementView:
    """A line of the ledger with the words that were written."""

    item: Any
    stored: Misstatement


def misstatement_views(engagement: Engagement, ledger: MisstatementLedger | None) -> list[MisstatementView]:
    """Return the lines of the ledger."""
    stored = {item.number: item for item in engagement.misstatements}
    return [MisstatementView(item, stored[item.number]) for item in ledger.misstatements] if ledger else []


def context(actor: Actor, engagement: Engagement, tried: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the page shows."""
    case, ledger, fact = engagement.case, engagement.ledger, engagement.fact
    mine = queries.in_team(actor, case)
    agreed, analysis = engagement.agreed, engagement.analysis
    rows = row_views(engagement)
    return {
        "case": case,
        "engagement": engagement,
        "fact": fact,
        "agreed": agreed,
        "assurance": words.ASSURANCE_WORDS[agreed.assurance] if agreed else "",
        "analysis": analysis,
        "rows": rows,
        "share_planned": sum(view.row.share for view in rows if view.planned),
        "share_tested": sum(view.row.share for view in rows if view.tested),
        "ledger": ledger,
        "strata": [(words.STRATUM_WORDS[item.name], item) for item in ledger.strata] if ledger else [],
        "misstatements": misstatement_views(engagement, ledger),
        "standing": words.STANDING_WORDS[ledger.standing.value] if ledger else "",
        "standing_tone": words.STANDING_TONES[ledger.standing.value] if ledger else "",
        "risk_choices": forms.risk_choices(),
        "may_agree": mine and case.state in TERMS_STATES,
        "may_test": mine and case.state in EVALUATING,
        "may_carry": mine and case.state in EVALUATING and case.round > 1,
        "terms_form": tried.get("terms") or forms.TermsForm(initial=_initial(agreed)),
        "analysis_form": tried.get("analysis") or forms.AnalysisForm(initial=_initial(analysis)),
        "test_form": forms.TestForm(auto_id=False),
        "misstatement_form": tried.get("misstatement") or forms.MisstatementForm(),
        "may_report": case.state in REPORTING,
    }


def _initial(row: Any) -> dict[str, Any]:
    names = ("assurance", "criteria", "scope", "materiality_percent", "activities", "data_flow", "controls", "changes")
    return {name: getattr(row, name) for name in names if hasattr(row, name)}
