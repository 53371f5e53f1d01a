"""The readers of a certificate's life: holder and body see their own, an authority and the operator see all."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.register.models import Certificate, ProblemReport
from tanbiao.web.surveillance.models import Grievance, HistoryLine, LifeNotice, Surveillance, Transfer, WorkItem
from tanbiao.web.surveillance.permissions import OVERSEERS

M = TypeVar("M", bound=Model)


def oversees(actor: Actor) -> bool:
    """Whether the actor sees every body's matters: an authority, the operator."""
    return actor.has(*OVERSEERS)


def own_rows(actor: Actor, rows: QuerySet[M], *more: str) -> QuerySet[M]:
    """Return the rows that an actor is body or owner of, or stands in one of the fields ``more``; overseers see all."""
    if oversees(actor):
        return rows
    mine = Q(body=actor.organisation) | Q(owner=actor.organisation)
    for name in more:
        mine |= Q(**{name: actor.organisation})
    return rows.filter(mine) if actor.organisation is not None else rows.none()


def narrowed(rows: QuerySet[M], **wanted: object) -> QuerySet[M]:
    """Return the rows whose fields are as wanted; what is empty is not asked for."""
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def surveillances(actor: Actor, *, state: str = "", number: str = "") -> QuerySet[Surveillance]:
    """Return surveillances, what is due first."""
    require(actor, "surveillance.view")
    rows = own_rows(actor, Surveillance.objects.select_related("body", "owner"))
    return narrowed(rows, number=number, state=state)


def surveillance(actor: Actor, surveillance_id: UUID) -> Surveillance:
    """Return one surveillance.

    Raises
    ------
    NotFound
        ``surveillance_unknown``
    """
    found = surveillances(actor).filter(id=surveillance_id).first()
    if found is None:
        raise NotFound.of("surveillance_unknown", str(surveillance_id))
    return found


def grievances(actor: Actor, *, state: str = "", number: str = "") -> QuerySet[Grievance]:
    """Return complaints and appeals; a holder sees his appeals, not who complained about him."""
    require(actor, "surveillance.view")
    rows = Grievance.objects.select_related("body", "owner", "handler")
    if not oversees(actor):
        mine = Q(body=actor.organisation) | Q(owner=actor.organisation, kind="appeal")
        rows = rows.filter(mine) if actor.organisation is not None else rows.none()
    return narrowed(rows, number=number, state=state)


def grievance(actor: Actor, grievance_id: UUID) -> Grievance:
    """Return one complaint or appeal.

    Raises
    ------
    NotFound
        ``grievance_unknown``
    """
    found = grievances(actor).filter(id=grievance_id).first()
    if found is None:
        raise NotFound.of("grievance_unknown", str(grievance_id))
    return found


def by_code(actor: Actor, code: str) -> Grievance:  # noqa: ARG001 (whoever has the code)
    """Return a matter by the code that whoever complained was given.

    Raises
    ------
    NotFound
        ``grievance_unknown``
    """
    found = Grievance.objects.select_related("body").filter(code=code.strip().upper()[:16]).first()
    if found is None:
        raise NotFound.of("grievance_unknown", code[:16])
    return found


def reports(actor: Actor, *, number: str = "", open_only: bool = False) -> QuerySet[ProblemReport]:
    """Return what the public reported, the newest first: a body what is about its certificates, overseers all.

    A holder does not see who reported what about him; he is told of a violation that was found.
    """
    require(actor, "surveillance.reports")
    rows = narrowed(ProblemReport.objects.select_related("answered_by").order_by("-at", "id"), number=number)
    rows = rows.filter(answered_at__isnull=True) if open_only else rows
    if oversees(actor):
        return rows
    own = Certificate.objects.filter(body=actor.organisation, is_newest=True)
    return rows.filter(number__in=own.values("number"))


def report(actor: Actor, report_id: UUID) -> ProblemReport:
    """Return one report of the public.

    Raises
    ------
    NotFound
        ``label_report_unknown``
    """
    found = reports(actor).filter(id=report_id).first()
    if found is None:
        raise NotFound.of("label_report_unknown", str(report_id))
    return found


def unknown_numbers(actor: Actor) -> QuerySet[ProblemReport]:
    """Return the open reports about numbers that no certificate has: they wait for an authority."""
    return reports(actor, open_only=True).exclude(number__in=Certificate.objects.values("number"))


def transfers(actor: Actor, *, state: str = "", number: str = "") -> QuerySet[Transfer]:
    """Return transfers, the newest first; the receiving body sees those to it."""
    require(actor, "surveillance.view")
    rows = own_rows(actor, Transfer.objects.select_related("body", "owner", "receiver"), "receiver")
    rows = rows.filter(Q(number=number) | Q(new_number=number)) if number else rows
    return rows.filter(state=state) if state else rows


def transfer(actor: Actor, transfer_id: UUID) -> Transfer:
    """Return one transfer.

    Raises
    ------
    NotFound
        ``transfer_unknown``
    """
    found = transfers(actor).filter(id=transfer_id).first()
    if found is None:
        raise NotFound.of("transfer_unknown", str(transfer_id))
    return found


def work_items(actor: Actor, *, open_only: bool = True, number: str = "") -> QuerySet[WorkItem]:
    """Return work items, what is due first."""
    require(actor, "surveillance.view")
    rows = own_rows(actor, WorkItem.objects.select_related("body", "owner"))
    rows = rows.filter(number=number) if number else rows
    return rows.filter(resolved_at__isnull=True) if open_only else rows


def history(actor: Actor, subject: UUID) -> QuerySet[HistoryLine]:  # noqa: ARG001 (who may see the thing has asked for it)
    """Return the history of a thing, in order."""
    return HistoryLine.objects.filter(subject=subject).select_related("person").order_by("index")


def notices(actor: Actor) -> QuerySet[LifeNotice]:
    """Return what the actor's organisation was told, the newest first."""
    require(actor, "surveillance.view")
    return LifeNotice.objects.filter(organisation=actor.organisation)
