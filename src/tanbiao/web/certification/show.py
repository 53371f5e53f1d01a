"""What the pages show of a case: values in the reader's language, ready for the templates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise

from tanbiao.core.findings import Finding as Sentence
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import forms, queries, recalculation, words
from tanbiao.web.certification.acting import ACTS, Act
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.commands.findings import ANSWERING, EVALUATING
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.facts import current_opinion, current_review, sampled_share, terms_of_case
from tanbiao.web.certification.models import Case, Finding, SampledRow
from tanbiao.web.commanding import Invalid
from tanbiao.web.language import current
from tanbiao.web.studies import queries as studies

ROWS_PER_PAGE = 50


def number(text: str) -> float | None:
    """Read a number that somebody typed; None when nothing was typed.

    Raises
    ------
    Invalid
        ``number_malformed``
    """
    if not text.strip():
        return None
    try:
        value = float(text.strip())
    except ValueError as error:
        raise Invalid.of("number_malformed", "own") from error
    if not math.isfinite(value):
        raise Invalid.of("number_malformed", "own")
    return value


def state_name(state: str) -> str:
    """Return a state's name in the reader's language."""
    name = LIFECYCLE.state_name(state)
    return name.zh if current() == "zh" else name.en


def event_name(event: str) -> str:
    """Return an event's name in the reader's language."""
    known = LIFECYCLE.document.events.get(event)
    if known is None:
        return str(words.NOTE_WORDS.get(event, event))
    return known.zh if current() == "zh" else known.en


def reason_name(reason: str) -> str:
    """Return a reason's name in the reader's language."""
    known = LIFECYCLE.document.reasons.get(reason)
    return "" if known is None else (known.zh if current() == "zh" else known.en)


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list."""

    case: Case
    state: str
    tone: str
    clock: int | None
    product: str
    open_findings: int


def line(case: Case) -> Line:
    """Return what a list shows of a case."""
    clocks = queries.clocks(case)
    title = case.study.title_zh if current() == "zh" else (case.study.title_en or case.study.title_zh)
    return Line(
        case=case,
        state=state_name(case.state),
        tone=words.STATE_TONES[case.state],
        clock=min((item.days_left for item in clocks), default=None),
        product=title,
        open_findings=case.findings.exclude(state="closed").count(),
    )


def tabs(counts: Mapping[str, int]) -> list[tuple[str, Promise | str, int]]:
    """Return (tab, words, number of cases) of a desk."""
    return [(tab, words.TAB_WORDS[tab], counts[tab]) for tab in queries.TABS]


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that is this actor's to do: its form, or why it is not possible now."""

    event: str
    name: str
    act: Act
    form: forms.ActForm
    refusals: tuple[Sentence, ...]
    plain: bool
    """Whether the form has nothing to fill in."""


def offers(actor: Actor, case: Case, tried: Mapping[str, Any]) -> list[Offer]:
    """Return the acts that are this actor's, each with its form (the one just tried keeps what was typed)."""
    found = []
    for option in queries.options(actor, case):
        act = ACTS.get(option.event)
        if act is None:
            continue
        form = tried.get(option.event) or act.form(actor=actor, case=case, event=option.event)
        name = option.name.zh if current() == "zh" else option.name.en
        found.append(Offer(option.event, name, act, form, option.refusals, len(form.fields) == 1))
    return sorted(found, key=lambda item: (item.act.grave, bool(item.refusals)))


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A row of the frozen result as the desk shows it."""

    row: recalculation.Row
    stage: Promise | str
    sample: SampledRow | None
    findings: int
    changed: bool


def study_rows(case: Case, page: str | None) -> Page[Any]:
    """Return a page of the frozen result's rows, with pins, sample and what changed since the last round."""
    rows = recalculation.contributions(case)
    sample = {item.row: item for item in case.sample.filter(round=case.round)}
    pins = Counter(case.findings.exclude(state="closed").values_list("row", flat=True))
    changed = changed_rows(case)
    shown: Page[Any] = Paginator(rows, ROWS_PER_PAGE).get_page(page)
    shown.object_list = [
        StudyRow(
            item,
            words.STAGE_WORDS.get(item.stage, item.stage),
            sample.get(item.row),
            pins[item.row],
            item.row in changed,
        )
        for item in shown.object_list
    ]
    return shown


def changed_rows(case: Case) -> frozenset[str]:
    """Return the rows whose amount, unit, dataset or value differs from the last round's package."""
    previous = _package_before(case)
    if not previous or previous == case.package_hash:
        return frozenset()
    old = {row["row"]: _marks(row) for row in studies.read_json(previous)["result"]["contributions"]}
    new = {row["row"]: _marks(row) for row in recalculation.package_of(case)["result"]["contributions"]}
    return frozenset(row for row, marks in new.items() if old.get(row) != marks)


def _package_before(case: Case) -> str:
    apply = case.history.filter(event="apply").values_list("details", flat=True).first() or {}
    handed_in = list(case.history.filter(event="resubmit").order_by("index").values_list("details", flat=True))
    chain = [str(apply.get("package", "")), *(str(item.get("package", "")) for item in handed_in)]
    return chain[-2] if len(chain) > 1 else ""


def _marks(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return tuple(str(row.get(key, "")) for key in ("amount", "unit", "dataset", "value"))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding with what was said on it and what the reader may do."""

    finding: Finding
    severity: Promise
    state: Promise
    tone: str
    entries: list[tuple[Promise, Any]]
    may_answer: bool
    may_close: bool
    may_reopen: bool


def finding_views(actor: Actor, case: Case) -> list[FindingView]:
    """Return the findings of a case."""
    answers = actor.organisation_id == case.owner_id and case.state in ANSWERING
    answers = answers and actor.has(Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR)
    in_team = queries.in_team(actor, case)
    acts = in_team and case.state in EVALUATING
    return [
        FindingView(
            finding=row,
            severity=words.SEVERITY_WORDS[row.severity],
            state=words.FINDING_STATES[row.state],
            tone=words.FINDING_TONES[row.state],
            entries=[(words.ENTRY_WORDS[entry.kind], entry) for entry in row.entries.all()],
            may_answer=answers and row.state != "closed",
            may_close=acts and (row.state == "answered" or (row.severity == "observation" and row.state == "raised")),
            may_reopen=acts and row.state in ("answered", "closed"),
        )
        for row in queries.findings(actor, case.id)
    ]


def timeline(actor: Actor, case: Case) -> list[dict[str, Any]]:
    """Return the history as lines; the body's persons are named to the body only."""
    own = actor.organisation_id == case.body_id
    return [
        {
            "at": row.at,
            "name": event_name(row.event),
            "state": state_name(row.target) if row.is_transition else "",
            "reason": reason_name(row.reason),
            "text": row.details.get("text", ""),
            "who": row.person if own or row.organisation_id == actor.organisation_id else None,
            "organisation": row.organisation,
            "hash": row.hash,
        }
        for row in queries.history(actor, case.id)
    ]


def case_context(actor: Actor, case: Case, *, page: str | None, tried: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the case page shows."""
    body_side = actor.organisation_id == case.body_id
    in_team = queries.in_team(actor, case)
    sample = list(case.sample.filter(round=case.round))
    terms = terms_of_case(case)
    opinion, review = current_opinion(case), current_review(case)
    context: dict[str, Any] = {
        "case": case,
        "line": line(case),
        "kind": words.KIND_WORDS[case.kind],
        "clocks": queries.clocks(case),
        "offers": offers(actor, case, tried),
        "body_side": body_side,
        "documents": [(words.DOCUMENT_WORDS.get(row.kind, row.kind), row) for row in queries.documents(actor, case.id)],
        "findings": finding_views(actor, case),
        "timeline": timeline(actor, case),
        "team": case.team.select_related("person"),
        "visits": case.visits.select_related("by"),
        "opinion": opinion,
        "opinion_kind": words.OPINION_WORDS[opinion.kind] if opinion else "",
        "review": review,
        "votes": case.votes.filter(void=False).select_related("by") if body_side else (),
        "share_traced": sampled_share(sample),
        "share_needed": terms.sampled_share_min,
        "committee": terms.review_and_decision == "committee",
        "terms": terms,
        "finding_form": tried.get("finding") or forms.FindingForm(),
        "check_in_form": tried.get("check_in") or forms.CheckInForm(),
        "check_out_form": tried.get("check_out") or forms.CheckOutForm(),
        "may_find": in_team and case.state in EVALUATING,
        "may_visit": in_team and case.state in VISITING,
        "running_visit": case.visits.filter(by_id=actor.person_id, checked_out__isnull=True).first(),
    }
    return context | _figures(actor, case, page)


def _figures(actor: Actor, case: Case, page: str | None) -> dict[str, Any]:
    """Return the study's rows, total, evidence and replay; a package that can't be read says so."""
    try:
        package = recalculation.package_of(case)
        figures: dict[str, Any] = {
            "rows": study_rows(case, page),
            "total": package["result"]["total"],
            "evidence": studies.evidence(actor, case.study_id),
        }
    except TanbiaoError as error:
        return {"figures_missing": error.findings}
    if case.state == "footprint_verification" and actor.organisation_id == case.body_id:
        figures["replay"] = recalculation.replay_of(case)
    return figures
