"""A published study grows old: it needs a new calculation, another one takes its place, or its data run out.

Nothing that was certified on it changes by any of these; a certificate changes at its own next event.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db.models import Max, Q

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, command, require
from tanbiao.web.studies import moves
from tanbiao.web.studies.commands import locked
from tanbiao.web.studies.models import Study
from tanbiao.workflow.terms import Terms, terms_of


@command("studies.recalculate")
def require_recalculation(
    actor: Actor, *, study_id: UUID, reason: str, percent: float, text: str = "", terms: Terms | None = None
) -> Study:
    """Say that a published study no longer describes its product: it opens for a new calculation and a new case.

    What was certified or published on it stays as it is until the certificate's own next event.

    Parameters
    ----------
    percent
        By how much the figure moves, as far as it is known; below the threshold nothing changes.
    terms
        Those of the certificate's scheme, where one rests on the study; else the project's defaults.

    Raises
    ------
    Invalid
        ``number_malformed``
    Conflict
        ``change_not_material``, or a state in which nothing is published.
    """
    study = locked(actor, study_id)
    require(actor, "studies.recalculate", study)
    if not math.isfinite(percent):
        raise Invalid.of("number_malformed", "percent")
    facts = moves.facts_of(actor, study, reason=reason, change_percent=percent)
    known = replace(facts, terms=terms) if terms is not None else facts
    moves.move(actor, study, "require_recalculation", known, percent=percent, text=text.strip()[:4000])
    return study


@command("studies.verify_states")
def supersede(actor: Actor, *, study_id: UUID, by: UUID) -> bool:
    """Another study has taken the place of this one, as its certificate's; return whether its state let it."""
    study = locked(actor, study_id)
    if study.id == by or study.state not in ("verified", "published", "recalc_needed"):
        return False
    moves.move(actor, study, "supersede", moves.facts_of(actor, study), by=str(by))
    return True


@command("studies.verify_states")
def expire_due(actor: Actor) -> int:
    """Let studies expire whose data stayed valid for their term since they were last published; return how many."""
    cutoff = clock.now() - timedelta(days=terms_of().days("validity_months"))
    rows = Study.objects.filter(state__in=("published", "recalc_needed")).annotate(
        last=Max("transitions__at", filter=Q(transitions__event="publish"))
    )
    due = list(rows.filter(last__lt=cutoff).order_by("last", "id").values_list("id", flat=True))
    for study_id in due:
        study = locked(actor, study_id)
        moves.move(actor, study, "expire", moves.facts_of(actor, study))
    return len(due)
