"""The REST API of the impact: ask what a release changes, follow the run, read its lines, see one's own dates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import from_json, render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.impact import commands, dry_runs, queries
from tanbiao.web.impact.models import FactorAlert, Line, Notice, RuleEffect, RuleRun, Run
from tanbiao.web.impact.resting import resting_on
from tanbiao.web.impact.wanted import wanted_factors
from tanbiao.web.language import current
from tanbiao.web.register import queries as register
from tanbiao.web.rulebook import watch_queries
from tanbiao.web.studies import queries as study_queries

router = Router()

Word = Annotated[str, Field(max_length=200)]
Many = Annotated[list[Word], Field(min_length=1, max_length=100)]


class RestingOut(BaseModel):
    """What rests on a rule that a foreign change touches; studies are those that the caller may see."""

    rule: str
    studies: Count
    certificates: Count
    numbers: list[str]


class ImpactAskIn(BaseModel):
    """A release: installed here, or lying in the platform's data folder."""

    release: Word


class ImpactRunOut(BaseModel):
    """A run: ``waiting``, ``running``, ``done``, ``cancelled`` or ``failed``; ``done`` of ``total`` entries."""

    id: UUID
    release: str
    release_hash: str
    preview: bool
    cause: str
    predecessors: list[str]
    state: str
    done: Count
    total: Count
    looked_at: Count
    samples: Count
    findings: list[FindingOut]
    at: datetime
    finished_at: datetime | None


class ImpactCauseOut(BaseModel):
    """A factor that moves a figure: what is asked of the release, how much of it, by how much the total moves."""

    question: str
    amount: float
    change: float


class ImpactLineOut(BaseModel):
    """What a release would make of one figure (kg CO2e per declared unit); null: there is no such figure."""

    id: UUID | None
    """null: found just now, for what came after the release's own run."""
    run: UUID | None
    release: str
    certificate: str | None
    study: UUID
    revision: Count
    owner_id: UUID
    body_id: UUID | None
    old_release: str
    old: float | None
    new: float | None
    relative: float | None
    p2_5: float | None
    p50: float | None
    p97_5: float | None
    unit: str
    completeness: str
    how: str
    class_defined: bool
    old_class: str
    new_class: str
    class_may_change: bool
    class_source: str
    who: str
    why: str
    over_threshold: bool
    threshold_percent: float
    threshold_source: str
    recalculate_by: date | None
    recalculate_by_basis: str
    causes: list[ImpactCauseOut]
    findings: list[FindingOut]


class CertificateDatesOut(BaseModel):
    """The three dates of a certificate; ``newer_release`` empty: none has come since."""

    certificate: str
    period_from: str
    period_to: str
    release: str
    release_date: str
    newer_release: str
    newer_since: date | None
    recalculate_by: date
    recalculate_by_basis: str
    recalculate_by_source: str
    past: bool
    line: ImpactLineOut | None


class StudyHintOut(BaseModel):
    """A newer release than the study's; ``newer_release`` empty: there is none, or a certificate rests on the study."""

    newer_release: str
    line: ImpactLineOut | None


class ImpactNoticeOut(BaseModel):
    """A line that waits on the desk of one's organisation."""

    id: UUID
    side: str
    at: datetime
    line: ImpactLineOut


class FactorAlertOut(BaseModel):
    """A factor behind a figure of one's organisation that was suspended, corrected or retired."""

    id: UUID
    identifier: str
    state: str
    release: str
    dataset: str
    study: UUID
    certificate: str | None
    at: datetime
    seen_at: datetime | None


class DependentOut(BaseModel):
    """A revision that leans on a dataset, and the certificate and label that rest on it."""

    dataset: str
    release: str
    question: str
    study: UUID
    owner_id: UUID
    revision: Count
    certificate: str
    version: Count
    state: str
    label: str


class ImpactLinesQuery(BaseModel):
    """Which lines: ``who`` holder, body, nobody; ``only`` certificates, studies, over, none."""

    who: Word = ""
    only: Word = ""
    limit: Limit = 50
    offset: Offset = 0


class DependentsQuery(BaseModel):
    """Which datasets, of which release (empty: any)."""

    dataset: Many
    release: Word = ""


def _told(findings: list[Any]) -> list[FindingOut]:
    return [FindingOut(**render(from_json(item), current())) for item in findings]


def _run(run: Run) -> ImpactRunOut:
    return ImpactRunOut(
        id=run.id,
        release=run.release,
        release_hash=run.release_hash,
        preview=run.preview,
        cause=run.cause,
        predecessors=run.predecessors,
        state=run.state,
        done=run.done,
        total=run.total,
        looked_at=run.looked_at,
        samples=run.samples,
        findings=_told(run.problem),
        at=run.at,
        finished_at=run.finished_at,
    )


def _line(line: Line) -> ImpactLineOut:
    return ImpactLineOut(
        id=None if line._state.adding else line.id,
        run=None if line._state.adding else line.run_id,
        release=line.run.release,
        certificate=line.certificate.number if line.certificate else None,
        study=line.study_id,
        revision=line.revision.number,
        owner_id=line.owner_id,
        body_id=line.body_id,
        old_release=line.old_release,
        old=line.old,
        new=line.new,
        relative=line.relative,
        p2_5=line.p2_5,
        p50=line.p50,
        p97_5=line.p97_5,
        unit=line.unit,
        completeness=line.completeness,
        how=line.how,
        class_defined=bool(line.class_source),
        old_class=line.old_class,
        new_class=line.new_class,
        class_may_change=line.class_may_change,
        class_source=line.class_source,
        who=line.who,
        why=line.why,
        over_threshold=line.is_over,
        threshold_percent=line.threshold_percent,
        threshold_source=line.threshold_source,
        recalculate_by=line.recalculate_by,
        recalculate_by_basis=line.by_basis,
        causes=[ImpactCauseOut(question=one, amount=two, change=three) for one, two, three in line.causes],
        findings=_told(line.findings),
    )


def _notice(notice: Notice) -> ImpactNoticeOut:
    return ImpactNoticeOut(id=notice.id, side=notice.side, at=notice.at, line=_line(notice.line))


def _alert(row: FactorAlert) -> FactorAlertOut:
    return FactorAlertOut(
        id=row.id,
        identifier=row.identifier,
        state=row.state,
        release=row.release,
        dataset=row.dataset_id,
        study=row.study_id,
        certificate=row.certificate.number if row.certificate else None,
        at=row.at,
        seen_at=row.seen_at,
    )


@router.get("/impact/runs", response=Page[ImpactRunOut])
@access("impact.view")
def list_impact_runs(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[ImpactRunOut]:
    """List the runs with lines the caller may see, newest first."""
    return page_of(queries.runs(actor_of(request)), limit, offset, _run)


@router.post("/impact/runs", response={202: ImpactRunOut})
@access("impact.run")
def ask_impact(request: HttpRequest, body: ImpactAskIn) -> Any:
    """Ask what a release would change; a worker finds out, and nothing that is published changes."""
    return Status(202, _run(commands.ask(actor_of(request), release=body.release)))


@router.get("/impact/runs/{uuid:run_id}", response=ImpactRunOut)
@access("impact.view")
def get_impact_run(request: HttpRequest, run_id: UUID) -> ImpactRunOut:
    """Return a run and how far it is."""
    return _run(queries.run(actor_of(request), run_id))


@router.post("/impact/runs/{uuid:run_id}/cancel", response=ImpactRunOut)
@access("impact.run")
def cancel_impact_run(request: HttpRequest, run_id: UUID) -> ImpactRunOut:
    """Stop a run; it can be resumed."""
    return _run(commands.cancel(actor_of(request), run_id=run_id))


@router.post("/impact/runs/{uuid:run_id}/resume", response=ImpactRunOut)
@access("impact.run")
def resume_impact_run(request: HttpRequest, run_id: UUID) -> ImpactRunOut:
    """Go on with a run that was cancelled or failed."""
    return _run(commands.resume(actor_of(request), run_id=run_id))


@router.get("/impact/runs/{uuid:run_id}/lines", response=Page[ImpactLineOut])
@access("impact.view")
def list_impact_lines(request: HttpRequest, run_id: UUID, query: Query[ImpactLinesQuery]) -> Page[ImpactLineOut]:
    """List the lines of a run that the caller may see, the worst first."""
    rows = queries.lines_of(actor_of(request), run_id, queries.Choice(query.who, query.only))
    return page_of(rows, query.limit, query.offset, _line)


@router.get("/impact/between", response=Page[ImpactLineOut])
@access("impact.view")
def list_impact_between(
    request: HttpRequest, old: Word, new: Word, limit: Limit = 20, offset: Offset = 0
) -> Page[ImpactLineOut]:
    """List what a release makes of each study and certificate on an earlier one, by its newest finished run."""
    actor = actor_of(request)
    found = queries.between(actor, old, new)
    rows = found.lines if found is not None else queries.lines(actor).none()
    return page_of(rows, limit, offset, _line)


@router.get("/impact/certificates/{str:number}", response=CertificateDatesOut)
@access("impact.view")
def get_certificate_dates(request: HttpRequest, number: str) -> CertificateDatesOut:
    """Return the three dates of a certificate: data period, factor release, by when to recalculate."""
    actor = actor_of(request)
    found = queries.dates_of(actor, register.certificate(actor, number))
    return CertificateDatesOut(
        certificate=number,
        period_from=found.period_from,
        period_to=found.period_to,
        release=found.release,
        release_date=found.release_date,
        newer_release=found.newer,
        newer_since=found.newer_since,
        recalculate_by=found.event.day,
        recalculate_by_basis=found.event.basis,
        recalculate_by_source=found.event.source,
        past=found.event.is_past,
        line=_line(found.line) if found.line else None,
    )


@router.get("/impact/studies/{uuid:study_id}", response=StudyHintOut)
@access("impact.view")
def get_study_hint(request: HttpRequest, study_id: UUID) -> StudyHintOut:
    """Return what a newer release would make of a study's newest revision."""
    actor = actor_of(request)
    found = queries.hint(actor, study_queries.study(actor, study_id))
    if found is None:
        return StudyHintOut(newer_release="", line=None)
    return StudyHintOut(newer_release=found.release, line=_line(found.line) if found.line else None)


@router.get("/impact/notices", response=Page[ImpactNoticeOut])
@access("impact.view")
def list_impact_notices(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[ImpactNoticeOut]:
    """List what waits on the desks of the caller's organisation."""
    return page_of(queries.notices(actor_of(request)), limit, offset, _notice)


@router.post("/impact/notices/{uuid:notice_id}/seen", response={204: None})
@access("impact.acknowledge")
def acknowledge_impact_notice(request: HttpRequest, notice_id: UUID) -> Any:
    """Take a notice from the desk."""
    commands.acknowledge(actor_of(request), notice_id=notice_id)
    return Status(204, None)


@router.get("/impact/alerts", response=Page[FactorAlertOut])
@access("impact.view")
def list_factor_alerts(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[FactorAlertOut]:
    """List the factors behind figures of the caller's organisation that lost their standing."""
    return page_of(queries.alerts(actor_of(request)), limit, offset, _alert)


@router.post("/impact/alerts/{uuid:alert_id}/seen", response={204: None})
@access("impact.acknowledge")
def acknowledge_factor_alert(request: HttpRequest, alert_id: UUID) -> Any:
    """Take an alert from the desk."""
    commands.acknowledge_alert(actor_of(request), alert_id=alert_id)
    return Status(204, None)


@router.get("/impact/dependents", response=list[DependentOut])
@access("impact.run")
def list_dependents(request: HttpRequest, query: Query[DependentsQuery]) -> list[DependentOut]:
    """Return the revisions, certificates and labels that lean on datasets."""
    found = queries.dependents(actor_of(request), query.dataset, release=query.release)
    return [
        DependentOut(
            dataset=item.dataset_id,
            release=item.release,
            question=item.question,
            study=item.study_id,
            owner_id=item.owner_id,
            revision=item.revision,
            certificate=item.certificate,
            version=item.version,
            state=item.state,
            label=item.label,
        )
        for item in found
    ]


class RuleDryRunOut(BaseModel):
    """A dry run of a rule's draft: waiting, done or failed; ``summary`` counts what changes over all studies."""

    id: UUID
    rule: str
    draft: Count
    document: str
    state: str
    summary: dict[str, Any]
    findings: list[FindingOut]
    at: datetime


class RuleEffectOut(BaseModel):
    """What the draft would do to one study: both sides, checks whose state differs, findings that come and go."""

    study: UUID
    revision: Count
    effect: dict[str, Any]


def _dry_run(actor: Actor, row: RuleRun) -> RuleDryRunOut:
    return RuleDryRunOut(
        id=row.id,
        rule=row.rule.reference,
        draft=row.draft,
        document=row.document,
        state=row.state,
        summary=dry_runs.told(actor, row),
        findings=[FindingOut(**render(from_json(item), current())) for item in row.findings],
        at=row.at,
    )


@router.post("/rulebook/{uuid:entry_id}/dry-runs", response={202: RuleDryRunOut})
@access("impact.dry_run")
def ask_rule_dry_run(request: HttpRequest, entry_id: UUID) -> Any:
    """Ask what the newest draft of a rule would do to past studies."""
    actor = actor_of(request)
    return Status(202, _dry_run(actor, dry_runs.ask(actor, entry_id=entry_id)))


@router.get("/rule-dry-runs/{uuid:run_id}", response=RuleDryRunOut)
@access("impact.dry_run")
def get_rule_dry_run(request: HttpRequest, run_id: UUID) -> RuleDryRunOut:
    """Return a dry run with what it found over all studies."""
    actor = actor_of(request)
    return _dry_run(actor, dry_runs.run(actor, run_id))


@router.get("/rule-dry-runs/{uuid:run_id}/effects", response=Page[RuleEffectOut])
@access("impact.dry_run")
def list_rule_effects(request: HttpRequest, run_id: UUID, limit: Limit = 50, offset: Offset = 0) -> Page[RuleEffectOut]:
    """List the studies of a dry run that the caller may see, those that are hit most first."""
    actor = actor_of(request)
    return page_of(dry_runs.effects(actor, dry_runs.run(actor, run_id)), limit, offset, _effect)


def _effect(row: RuleEffect) -> RuleEffectOut:
    return RuleEffectOut(study=row.revision.study_id, revision=row.revision.number, effect=row.effect)


class WantedFactorOut(BaseModel):
    """A missing factor; ``factor`` empty: those that too few companies miss. ``emission`` in kg CO2e.

    ``kinds``: how factors came to stand in: ``named`` (by an author), else taken by the release itself: of another
    ``place`` or ``year``, or one that the ``release`` holds as a stand-in. ``subject``: what the release lacked
    (``electricity``, ``generation``, ``fuel_upstream``), where it took another by itself.
    """

    subject: str
    factor: str
    kinds: list[str]
    factors: Count
    holders: Count
    certificates: Count
    emission: float | None
    is_lower_bound: bool
    share: float | None
    datasets: list[str]


@router.get("/impact/wanted-factors", response=list[WantedFactorOut])
@access(PUBLIC)
def list_wanted_factors(request: HttpRequest, release: Word = "") -> list[WantedFactorOut]:
    """Rank the missing factors by the certified emission that leans on their stand-ins; no holder shows."""
    return [WantedFactorOut(**asdict(row)) for row in wanted_factors(actor_of(request), release)]


@router.get("/foreign-changes/{uuid:change_id}/impact", response=list[RestingOut])
@access(PUBLIC)
def show_resting(request: HttpRequest, change_id: UUID) -> list[RestingOut]:
    """Show which studies and certificates rest on the rules that a foreign change touches."""
    actor = actor_of(request)
    return [
        RestingOut(rule=one.rule, studies=one.studies, certificates=one.certificates, numbers=list(one.numbers))
        for one in resting_on(actor, watch_queries.change(actor, change_id))
    ]
