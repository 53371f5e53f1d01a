"""What the pages show of a case: values in the reader's language, ready for the templates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.functional import Promise

from tanbiao.core.findings import Finding as Sentence
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds.statement import statement_of
from tanbiao.core.schemes.unit import site_mean
from tanbiao.documents.claim_certificate import facts_of_statement, is_not
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.impartiality import risk_refusals
from tanbiao.web.certification import audit, claims, forms, queries, recalculation, rounds, units, words
from tanbiao.web.certification import clocks as clock_data
from tanbiao.web.certification.acting import ACTS, Act
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.commands.attaching import OPEN as ATTACHABLE
from tanbiao.web.certification.commands.discovering import REPORTING
from tanbiao.web.certification.commands.findings import ANSWERING, EVALUATING
from tanbiao.web.certification.commands.stepping import PAUSED_IN
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.facts import current_opinion, current_review, sampled_share, terms_of_case
from tanbiao.web.certification.models import Case, Finding, SampledRow
from tanbiao.web.certification.show_round import round_view
from tanbiao.web.certification.show_waivers import waiver_views
from tanbiao.web.commanding import Invalid, allowed
from tanbiao.web.language import current
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies import queries as studies
from tanbiao.web.words import STAGE_WORDS

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
    paused: bool
    """Whether a clock stands still because the applicant is waited for."""
    rule: str = ""
    high_risks: int = 0
    """Rows of the round whose inherent or control risk was assessed as high."""
    parts: tuple[str, ...] = ()
    """Why it is not the reader's to judge, in words; empty: nothing is known against it."""


FOREIGN_DUTIES = {
    Role.VERIFIER: ("reviewer", "decider"),
    Role.REVIEWER: ("team", "decider"),
    Role.DECIDER: ("team", "reviewer"),
}
"""Role of a desk → duties in a case that keep a person from it."""


def parts_of(actor: Actor, case: Case, role: Role | None) -> tuple[str, ...]:
    """Return in words what of the reader's own part in a case speaks against judging it."""
    if actor.person is None or actor.organisation_id != case.body_id:
        return ()
    found = []
    if Membership.objects.filter(person=actor.person, organisation_id=case.owner_id).exists():
        found.append("applicant")
    if risk_refusals(case.body, case.owner):
        found.append("risk")
    held = case.duties.filter(person=actor.person, duty__in=FOREIGN_DUTIES.get(role, ()) if role else ())
    found += sorted(set(held.values_list("duty", flat=True)))
    return tuple(str(words.PART_WORDS[name]) for name in found)


def _rule_of(case: Case) -> str:
    """Return the rule that a case's study stands under; of a claim its kind of certification."""
    if case.study is None:
        return case.certification
    return case.study.head.rule if case.study.head else ""


def line(case: Case, actor: Actor | None = None, role: Role | None = None) -> Line:
    """Return what a list shows of a case; to a reader of a desk also his own part in it."""
    clocks = queries.clocks(case)
    return Line(
        case=case,
        state=state_name(case.state),
        tone=words.STATE_TONES[case.state],
        clock=min((item.days_left for item in clocks), default=None),
        product=case.title(current()),
        open_findings=case.findings.exclude(state="closed").count(),
        paused=any(item.paused for item in clocks),
        rule=_rule_of(case),
        high_risks=case.risks.filter(Q(inherent="high") | Q(control="high"), round=case.round).count(),
        parts=parts_of(actor, case, role) if actor else (),
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
    change = rounds.round_change(case)
    changed = frozenset(row.row for row in change.rows) if change else frozenset()
    shown: Page[Any] = Paginator(rows, ROWS_PER_PAGE).get_page(page)
    shown.object_list = [
        StudyRow(
            item,
            STAGE_WORDS.get(item.stage, item.stage),
            sample.get(item.row),
            pins[item.row],
            item.row in changed,
        )
        for item in shown.object_list
    ]
    return shown


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


def unit_view(case: Case) -> dict[str, Any] | None:
    """Return the certification unit with each site's producer and share, and the man-days that it asks for."""
    unit, size = units.unit_of(case), units.size_of(case)
    if unit is None or size is None:
        return None
    mean = site_mean(unit)
    shares = mean.shares if mean else (None,) * len(unit.sites)
    makers = {maker.id: maker for maker in unit.producers}
    return {
        "document": unit,
        "sites": [(site, makers.get(site.producer), share) for site, share in zip(unit.sites, shares, strict=True)],
        "mean": mean,
        "size": size,
        "man_days": units.man_days_needed(case),
    }


def audit_view(case: Case, *, body_side: bool) -> dict[str, Any]:
    """Return how the audit is planned: the body sees its day, the applicant the day that he may know."""
    plan = audit.plan_of(case)
    return {
        "audit_mode": words.MODE_WORDS[plan.mode] if plan else "",
        "audit_day": (plan.day if body_side else audit.day_told(case)) if plan else None,
        "audit_fences": audit.fences_of(case),
    }


def attached_view(actor: Actor, case: Case) -> dict[str, Any]:
    """Return what supports the case besides the study: the management system's pieces, certificates of other kinds."""
    scheme, lang = scheme_queries.scheme(case.scheme), current()
    kit = scheme.management_system.kit if scheme.management_system else ()
    titles = {kind.id: kind.title.best(lang) for kind in scheme.kinds}
    today = clock.today()
    return {
        "kit": [(item.title.best(lang), item.id in case.system_kit) for item in kit],
        "attached": [
            (row, titles.get(row.kind, row.kind), row.valid_from <= today <= row.valid_until)
            for row in case.attached.all()
        ],
        "may_attach": actor.organisation_id == case.owner_id
        and case.state in ATTACHABLE
        and allowed(actor, "certification.apply", case),
    }


def claim_view(actor: Actor, case: Case) -> dict[str, Any] | None:
    """Return the claim of the case's round: what it says, what it is not, how each requirement is met."""
    kind = claims.kind_of(case) if case.is_of_claim else None
    if kind is None or kind.claim is None:
        return None
    lang, package = current(), claims.package_of(case)
    statement = statement_of(package)
    how = {one["requirement"]: one["how"][lang] for one in package["claim"].get("fulfils", ())}
    return {
        "title": kind.title.best(lang),
        "facts": facts_of_statement(statement, lang),
        "is_not": is_not(kind.form, lang),
        "fulfils": [(one.title.best(lang), how[one.id]) for one in kind.claim.requirements if one.id in how],
        "may_state": actor.organisation_id == case.owner_id and case.state == "rectification",
    }


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
        "waiting": clock_data.pause_of(clock_data.running(case)),
        "may_ask": body_side and case.state in PAUSED_IN and allowed(actor, "certification.ask", case),
        "may_answer_waiting": not body_side and allowed(actor, "certification.answer", case),
        "offers": offers(actor, case, tried),
        "body_side": body_side,
        "unit": unit_view(case),
        **attached_view(actor, case),
        "claim_view": claim_view(actor, case),
        "may_state_unit": actor.organisation_id == case.owner_id
        and case.state in ("applied", "rectification")
        and actor.has(Role.ENTERPRISE_MANAGER),
        "documents": [(words.DOCUMENT_WORDS.get(row.kind, row.kind), row) for row in queries.documents(actor, case.id)],
        "findings": finding_views(actor, case),
        "timeline": timeline(actor, case),
        "team": case.team.select_related("person"),
        "visits": case.visits.select_related("by"),
        **audit_view(case, body_side=body_side),
        "commitment": queries.commitment(case),
        "may_commit": in_team and case.state in EVALUATING,
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
        "later_facts": queries.later_facts(actor, case.id),
        "may_report": case.state in REPORTING,
        "may_settle": body_side and (in_team if case.state == "footprint_verification" else case.state == "issued"),
        "running_visit": case.visits.filter(by_id=actor.person_id, checked_out__isnull=True).first(),
    }
    return context | _figures(actor, case, page)


def _figures(actor: Actor, case: Case, page: str | None) -> dict[str, Any]:
    """Return the study's rows, total, evidence and replay; a package that can't be read says so."""
    try:
        package = recalculation.package_of(case)
        figures: dict[str, Any] = {
            "rows": study_rows(case, page),
            "round_view": round_view(actor, case),
            "total": package["result"]["total"],
            "evidence": studies.evidence(actor, case.study_id) if case.study_id else (),
            "waivers": waiver_views(actor, case),
        }
    except TanbiaoError as error:
        return {"figures_missing": error.findings}
    if case.state == "footprint_verification" and actor.organisation_id == case.body_id:
        figures["replay"] = recalculation.replay_of(case)
    return figures
