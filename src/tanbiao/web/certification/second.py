"""Reading the blind second opinion: the draw, whether one is asked for, and what it came to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification.models import Case, Opinion, OpinionDraw, SecondOpinion
from tanbiao.web.commanding import NotFound
from tanbiao.web.studies import queries as studies
from tanbiao.workflow.facts import SecondOpinionFact


def draw_on(opinion: Opinion | None) -> OpinionDraw | None:
    """Return the draw that an opinion went through."""
    return OpinionDraw.objects.filter(opinion=opinion).first() if opinion is not None else None


def fact_of(opinion: Opinion | None) -> SecondOpinionFact | None:
    """Return where the second opinion stands, as the guards see it; None where the opinion was not drawn."""
    draw = draw_on(opinion)
    if draw is None or not draw.drawn:
        return None
    found = SecondOpinion.objects.filter(first=opinion).first()
    if found is None or found.stated_at is None:
        return SecondOpinionFact()
    return SecondOpinionFact(stated=True, differs=bool(found.differs), stands=found.stands)


def mine(actor: Actor) -> QuerySet[SecondOpinion]:
    """Return the second opinions that the actor has to state."""
    rows = SecondOpinion.objects.filter(person=actor.person, case__body_id=actor.organisation_id)
    return rows.filter(stated_at__isnull=True).select_related("case", "case__study", "case__owner", "case__body")


@studies.veil
def _blind(actor: Actor) -> dict[UUID, datetime]:
    """Hide what the first opinion made of a study from whoever has to state the second one."""
    if actor.person is None or actor.organisation is None:
        return {}
    rows = mine(actor).select_related("case", "first")
    return {row.case.study_id: row.first.at for row in rows if row.case.study_id}


def blind_case(actor: Actor, second_id: int) -> tuple[SecondOpinion, Case]:
    """Return a second opinion to state, with its case: the one way in which its person sees that case.

    Raises
    ------
    NotFound
        ``second_opinion_unknown``
    """
    found = mine(actor).filter(id=second_id).first()
    if found is None:
        raise NotFound.of("second_opinion_unknown", str(second_id))
    return found, found.case
