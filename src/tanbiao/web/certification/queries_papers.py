"""The readers of case papers: a body sees all of its own, an applicant what was released for him."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Person
from tanbiao.web.certification import queries
from tanbiao.web.certification.models import CasePaper, Signatory
from tanbiao.web.certification.papers import APPLICANT_SEES
from tanbiao.web.commanding import NotFound


def visible(actor: Actor) -> QuerySet[CasePaper]:
    """Return the papers the actor may see, of the cases he may see."""
    rows = CasePaper.objects.filter(case__in=queries.visible(actor)).select_related("case", "by", "released_by")
    if actor.is_system:
        return rows
    body = Q(case__body_id=actor.organisation_id)
    given = Q(kind__in=APPLICANT_SEES) & (Q(released_at__isnull=False) | Q(kind="contract"))
    return rows.filter(body | given)


def papers(actor: Actor, case_id: UUID) -> QuerySet[CasePaper]:
    """Return the papers of a visible case by kind, newest version first."""
    queries.case(actor, case_id)
    return visible(actor).filter(case_id=case_id).prefetch_related("signatures__person").order_by("kind", "-version")


def paper(actor: Actor, paper_id: UUID) -> CasePaper:
    """Return one visible paper.

    Raises
    ------
    NotFound
        ``paper_unknown``
    """
    found = visible(actor).prefetch_related("signatures__person").filter(id=paper_id).first()
    if found is None:
        raise NotFound.of("paper_unknown", str(paper_id))
    return found


def signatories(actor: Actor) -> list[Person]:
    """Return who releases papers for the actor's body now."""
    rows = Signatory.objects.filter(body=actor.organisation, ended_at__isnull=True).select_related("person")
    return [row.person for row in rows] if actor.organisation is not None else []


def people(actor: Actor) -> list[Person]:
    """Return everybody who has a role in the actor's body now."""
    if actor.organisation is None:
        return []
    rows = Membership.objects.filter(organisation=actor.organisation, ended_at__isnull=True).select_related("person")
    found = {row.person_id: row.person for row in rows}
    return sorted(found.values(), key=lambda one: (one.name_zh, str(one.id)))
