"""Surveillance: the plan from the scheme's interval, what is looked at, and how it is concluded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.rules.declared import round_half_even
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.bodies.functions import Function
from tanbiao.web.bodies.matrix import Step
from tanbiao.web.certification import queries as cases
from tanbiao.web.certification.models import ReductionCommitment
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.orders import last_day
from tanbiao.web.studies import queries as studies
from tanbiao.web.surveillance import acting, competence
from tanbiao.web.surveillance.models import HistoryLine, Looked, Surveillance
from tanbiao.web.uploads import Upload, checked_upload
from tanbiao.workflow.life_facts import SurveillanceFacts
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("surveillance")
LOG = "surveillance_event"
OUTCOMES = ("ok", "observation", "not_ok")
FOOTPRINT = "footprint_change"
REDUCTION = "reduction"


def due_days(certificate: Certificate) -> list[date]:
    """Return the days by which a certificate is to be looked at: each interval that ends within its validity.

    The intervals are counted from the first version's first day: a change does not put surveillance off.
    """
    months = terms_of(certificate.terms).surveillance_months
    first = (
        Certificate.objects.filter(number=certificate.number).order_by("version").values_list("valid_from", flat=True)
    )
    days: list[date] = []
    count = 1
    while True:
        day = last_day(first[0], months * count) + timedelta(days=1)
        if day >= certificate.valid_until:
            return days
        days.append(day)
        count += 1


def plan(certificate: Certificate) -> None:
    """Plan the next surveillance, unless one is planned or under way."""
    rows = Surveillance.objects.filter(number=certificate.number)
    if rows.filter(cause="planned", state__in=("planned", "running")).exists():
        return
    last = rows.exclude(state="called_off").order_by("-due").values_list("due", flat=True).first()
    coming = [day for day in due_days(certificate) if last is None or day > last]
    if coming:
        make(acting.SYSTEM, certificate, coming[0], "planned")


def make(actor: Actor, certificate: Certificate, due: date, cause: str) -> Surveillance:
    """Plan one surveillance."""
    row = Surveillance(
        number=certificate.number,
        body=certificate.body,
        owner=certificate.owner,
        due=due,
        cause=cause,
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
    )
    acting.advance(actor, row, LIFECYCLE, "plan", facts_of(actor, row, certificate), LOG, due=due.isoformat())
    return row


def facts_of(actor: Actor, row: Surveillance, certificate: Certificate, **more: Any) -> SurveillanceFacts:
    """Gather what the guards of a surveillance look at."""
    found = newest_looks(row)
    wanted = terms_of(certificate.terms).surveillance_items
    change = found.get(FOOTPRINT)
    percent = change.figures.get("percent") if change else None
    return SurveillanceFacts(
        **acting.known(actor, row, certificate),
        items_missing=tuple(item for item in wanted if item not in found),
        items_failed=tuple(item for item, look in found.items() if look.outcome == "not_ok"),
        change_percent=None if percent is None else float(percent),
        surveyors=surveyors(row),
        hand_refusals=_by_book(actor, row, certificate),
        **more,
    )


def _by_book(actor: Actor, row: Surveillance, certificate: Certificate) -> tuple[Finding, ...]:
    """Return what the body's book says against the actor's next act on a surveillance."""
    wanted = competence.SURVEILLANCE.get(row.state, ())
    refused = competence.hand_refusals(actor, row, certificate, Step.SURVEILLANCE, wanted)
    return refused + (competence.overload(actor, row.body) if row.state == "planned" else ())


def newest_looks(row: Surveillance) -> dict[str, Looked]:
    """Return the newest record of each thing that was looked at."""
    return {look.item: look for look in row.looked.all()} if row.pk and row.state else {}


def surveyors(row: Surveillance) -> frozenset[str]:
    """Return everybody who began a surveillance or recorded something."""
    acts = HistoryLine.objects.filter(subject=row.id, event__in=("begin", "record"), person__isnull=False)
    return frozenset(str(one) for one in acts.values_list("person_id", flat=True))


def locked(actor: Actor, surveillance_id: UUID) -> Surveillance:
    """Return a surveillance of the actor's own body, locked.

    Raises
    ------
    NotFound
        ``surveillance_unknown``
    """
    rows = Surveillance.objects.select_for_update(of=("self",)).select_related("body", "owner")
    found = rows.filter(id=surveillance_id).first()
    if found is None or (not actor.is_system and actor.organisation_id != found.body_id):
        raise NotFound.of("surveillance_unknown", str(surveillance_id))
    return found


@command("surveillance.plan")
def order(actor: Actor, *, number: str, due: date, text: str = "") -> Surveillance:
    """Order an extra surveillance of one's own certificate: after a complaint, a change, a sampling.

    Raises
    ------
    Invalid
        ``surveillance_day_past``
    Conflict
        ``surveillance_that_day``
    """
    certificate = acting.newest(number)
    if certificate.body_id != actor.organisation_id:
        raise NotFound.of("certificate_unknown", number)
    if due < clock.today():
        raise Invalid.of("surveillance_day_past", "due")
    if Surveillance.objects.filter(number=number, due=due).exists():
        raise Conflict.of("surveillance_that_day", "due", day=due.isoformat())
    row = make(actor, certificate, due, "extra")
    acting.tell(certificate.owner_id, number, "surveillance_coming", str(row.id), due=due.isoformat(), text=text)
    return row


@command("surveillance.appeal")
def hand_in(actor: Actor, *, surveillance_id: UUID, study_id: UUID) -> Surveillance:
    """Hand in one's calculated study on the new data: the surveillance compares its figure with the certified one.

    Raises
    ------
    NotFound
        ``surveillance_unknown``, ``study_unknown``
    Conflict
        ``surveillance_closed``
    Invalid
        ``result_missing``, ``study_not_comparable``
    """
    row = Surveillance.objects.select_for_update(of=("self",)).filter(id=surveillance_id).first()
    if row is None or not actor.owns(row):
        raise NotFound.of("surveillance_unknown", str(surveillance_id))
    study = studies.study(actor, study_id)
    if not actor.owns(study):
        raise NotFound.of("study_unknown", str(study_id))
    if row.state not in ("planned", "running"):
        raise Conflict.of("surveillance_closed", row.number)
    _of_study(acting.newest(row.number), study_id)
    row.study = study
    acting.note(actor, row, "hand_in", LOG, study=str(study_id))
    return row


@command("surveillance.survey")
def begin(actor: Actor, *, surveillance_id: UUID, builds_on: str) -> Surveillance:
    """Begin a surveillance; the certificate's page says that it is under way."""
    row = locked(actor, surveillance_id)
    if Surveillance.objects.filter(number=row.number, state="running").exists():
        raise Conflict.of("surveillance_running", row.number)
    certificate = acting.newest(row.number)
    row.version = certificate.version
    acting.advance(actor, row, LIFECYCLE, "begin", facts_of(actor, row, certificate, builds_on=builds_on), LOG)
    return row


@command("surveillance.survey")
def record(
    actor: Actor,
    *,
    surveillance_id: UUID,
    item: str,
    outcome: str,
    text: str,
    figure: str = "",
    baseline: str = "",
    target: str = "",
    upload: Upload | None = None,
) -> Looked:
    """Record what was found on one thing.

    Parameters
    ----------
    figure
        For the change of the footprint the recalculated figure in the certificate's unit, where the holder has handed
        in no study; for the reduction the present value of what was promised.
    baseline, target
        Of the reduction: where it began and where it is to come to, in the same unit; those of the case's commitment
        where there is one.

    Raises
    ------
    Conflict
        ``surveillance_not_running``
    Invalid
        ``surveillance_item_unknown``, ``surveillance_outcome_unknown``, ``explanation_needed``, ``figure_needed``,
        ``figure_unreadable``, ``study_not_comparable``.
    """
    row = locked(actor, surveillance_id)
    if row.state != "running":
        raise Conflict.of("surveillance_not_running", row.number)
    certificate = acting.newest(row.number)
    refused = competence.hand_refusals(actor, row, certificate, Step.SURVEILLANCE, (Function.VERIFIER,))
    if refused:
        raise Conflict(*refused)
    if item not in terms_of(certificate.terms).surveillance_items:
        raise Invalid.of("surveillance_item_unknown", "item", item=item)
    if outcome not in OUTCOMES:
        raise Invalid.of("surveillance_outcome_unknown", "outcome", outcome=outcome)
    if not text.strip():
        raise Invalid.of("explanation_needed", "text")
    figures: dict[str, str] = {}
    if item == FOOTPRINT:
        figures = _change(certificate, figure, row.study_id)
    elif item == REDUCTION and (figure.strip() or baseline.strip() or target.strip()):
        figures = _reduction(certificate, figure, baseline, target)
    blob, media_type = "", ""
    if upload is not None:
        media_type = checked_upload(upload.filename, upload.media_type, upload.data)
        blob = ledger.put_blob(upload.data, media_type)
    look = Looked.objects.create(
        surveillance=row,
        item=item,
        outcome=outcome,
        text=text.strip()[:4000],
        figures=figures,
        blob=blob,
        filename=upload.filename[:200] if upload else "",
        media_type=media_type,
        by=person_of(actor),
        at=clock.now(),
    )
    details = {"item": item, "outcome": outcome, "figures": figures, "blob": blob}
    acting.note(actor, row, "record", LOG, **details)
    return look


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise Invalid.of("figure_unreadable", where, text=text[:40]) from error
    if not -1e18 < number < 1e18:
        raise Invalid.of("figure_unreadable", where, text=text[:40])
    return number


def _change(certificate: Certificate, figure: str, study_id: UUID | None) -> dict[str, str]:
    """Return certified and recalculated figure and the change in percent of the certified one."""
    order = certificate.issue.order
    if "exact" not in order:
        raise Invalid.of("certificate_without_figure", "figure", number=certificate.number)
    certified = float(order["exact"])
    said = {"certified": str(order["exact"]), "unit": order["unit"]}
    if study_id is not None:
        recalculated = _of_study(certificate, study_id)
        said |= {"recalculated": str(recalculated), "study": str(study_id)}
    elif figure.strip():
        recalculated = _number(figure, "figure")
        said["recalculated"] = figure.strip()
    else:
        raise Invalid.of("figure_needed", "figure")
    if certified == 0:
        raise Invalid.of("figure_unreadable", "figure", text="0")
    return said | {"percent": f"{(recalculated - certified) / abs(certified) * 100:.4f}"}


def _of_study(certificate: Certificate, study_id: UUID) -> float:
    """Return the declared value of a study of the same unit, declared unit and boundary."""
    try:
        result = studies.result_document(acting.SYSTEM, study_id)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    order, total = certificate.issue.order, result["total"]
    same = (
        total["completeness"] in ("complete", "partial")
        and total["unit"] == order["unit"]
        and result["study"]["declared_unit"] == order["declared_unit"]
        and result["study"]["boundary"] == order["boundary"]
    )
    if not same:
        raise Invalid.of("study_not_comparable", "study_id", unit=order["unit"], declared_unit=order["declared_unit"])
    return float(result["declared"]["value"])


def promise_of(certificate: Certificate) -> ReductionCommitment | None:
    """Return the reduction commitment of the newest case behind a certificate that has one."""
    versions = Certificate.objects.filter(number=certificate.number).order_by("-version")
    for version in versions.select_related("issue__case"):
        found = cases.commitment(version.issue.case) if version.issue.case is not None else None
        if found is not None:
            return found
    return None


def _reduction(certificate: Certificate, figure: str, baseline: str, target: str) -> dict[str, str]:
    """Return how much of a promised reduction is reached, in percent of it; the case's commitment is the promise.

    Raises
    ------
    Invalid
        ``reduction_not_as_promised``: other numbers than those of the commitment.
    """
    said: dict[str, str] = {}
    promise = promise_of(certificate)
    if promise is not None:
        for typed, name in ((baseline, "baseline"), (target, "target")):
            if typed.strip() and _number(typed, name) != float(getattr(promise, name)):
                raise Invalid.of("reduction_not_as_promised", name, baseline=promise.baseline, target=promise.target)
        baseline, target = promise.baseline, promise.target
        said = {"unit": promise.unit, "target_year": str(promise.target_year), "commitment": promise.hash}
    now, begun, aim = (
        _number(text, name) for text, name in ((figure, "figure"), (baseline, "baseline"), (target, "target"))
    )
    if begun == aim:
        raise Invalid.of("figure_unreadable", "target", text=target[:40])
    reached = round_half_even(str((begun - now) / (begun - aim) * 100), 4)
    told = {"now": figure.strip(), "baseline": baseline.strip(), "target": target.strip(), "reached_percent": reached}
    return told | said


ENDINGS = ("pass", "require_change", "fail")


@command("surveillance.conclude")
def conclude(
    actor: Actor,
    *,
    surveillance_id: UUID,
    builds_on: str,
    outcome: str,
    reason: str = "",
    text: str = "",
    term_days: int | None = None,
) -> Surveillance:
    """Conclude a surveillance: it passes, the figure must be changed, or it fails and the certificate is suspended.

    Raises
    ------
    Invalid
        ``surveillance_outcome_unknown``
    NotAllowed, Conflict
        What the guards miss, and what the register's suspension refuses: then nothing is concluded either.
    """
    if outcome not in ENDINGS:
        raise Invalid.of("surveillance_outcome_unknown", "outcome", outcome=outcome)
    row = locked(actor, surveillance_id)
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, reason=reason)
    percent = facts.change_percent
    step = acting.advance(actor, row, LIFECYCLE, outcome, facts, LOG, text=text.strip()[:4000])
    register.lower_flag(acting.SYSTEM, number=row.number, name="surveillance_overdue")
    for effect in step.effects:
        if effect == "plan_next":
            plan(certificate)
        elif effect == "open_value_change":
            acting.open_item(certificate, "value_change", str(row.id), percent=percent)
            acting.tell(row.owner_id, row.number, "value_change_needed", str(row.id), percent=f"{percent:+.2f}")
            acting.recalculation_needed(certificate, "supervision_finding", float(percent or 0.0), str(row.id))
        elif effect == "suspend_certificate" and certificate.state == "valid":
            register.suspend(
                actor,
                number=row.number,
                builds_on=certificate.head,
                reason=reason,
                text=text.strip()[:4000],
                term_days=term_days,
            )
    acting.tell(row.owner_id, row.number, f"surveillance_{step.to}", str(row.id), text=text.strip()[:400])
    return row


def call_off(certificate: Certificate) -> None:
    """Call off what is planned or under way of a certificate that has ended."""
    rows = Surveillance.objects.select_for_update(of=("self",)).filter(
        number=certificate.number, state__in=("planned", "running")
    )
    for row in rows:
        acting.advance(acting.SYSTEM, row, LIFECYCLE, "call_off", facts_of(acting.SYSTEM, row, certificate), LOG)
