"""What of labels waits for whom: licences asked for, uses declared, violations to put right; and run-offs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.labels import licences, queries, uses
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.language import current
from tanbiao.workflow.machine import Lifecycle

LICENCE = gettext_lazy("Label licence")
USE = gettext_lazy("Use of the label")
SIDES = {
    Role.CASE_MANAGER: "body",
    Role.VERIFIER: "body",
    Role.DECIDER: "body",
    Role.ENTERPRISE_MANAGER: "holder",
}
WAITS = ("pending", "declared", "sampled", "violation", "rectified")
"""States in which somebody has to act; elsewhere nothing but a sampling of choice could be done."""


def _wanted(actor: Actor, lifecycle: Lifecycle) -> Q:
    wanted = Q(pk__in=())
    for role, party in SIDES.items():
        if role in actor.roles:
            states = [state for state in waiting.steps(lifecycle.document, role, party) if state in WAITS]
            side = {"body_id" if party == "body" else "owner_id": actor.organisation_id}
            wanted |= Q(state__in=states, **side)
    return wanted


def _why(actor: Actor, lifecycle: Lifecycle, state: str) -> str:
    events = [
        event
        for role, party in SIDES.items()
        if role in actor.roles
        for event in waiting.steps(lifecycle.document, role, party).get(state, ())
    ]
    return waiting.why(lifecycle, state, dict.fromkeys(events))


def _licences(actor: Actor) -> QuerySet[Licence]:
    return queries.licences(actor).filter(_wanted(actor, licences.LIFECYCLE)).order_by("state_since", "id")


def _licence_lines(actor: Actor, rows: Iterable[Licence]) -> Iterator[waiting.Waiting]:
    for row in rows:
        href = reverse("labels:licence", args=(row.id,))
        about = f"{row.owner.name(current())} · {row.body.name(current())}"
        yield waiting.Waiting(row.licence, _why(actor, licences.LIFECYCLE, row.state), href, None, about)


def _uses(actor: Actor) -> QuerySet[LabelUse]:
    return queries.uses(actor).filter(_wanted(actor, uses.LIFECYCLE)).order_by("due", "created_at")


def _use_lines(actor: Actor, rows: Iterable[LabelUse]) -> Iterator[waiting.Waiting]:
    for row in rows:
        href = reverse("labels:use", args=(row.id,))
        about = f"{row.owner.name(current())} · {row.body.name(current())}"
        yield waiting.Waiting(row.licence.licence, _why(actor, uses.LIFECYCLE, row.state), href, row.due, about)


waiting.source(
    "label_licence",
    LICENCE,
    roles=(Role.CASE_MANAGER, Role.DECIDER),
    page="labels:desk",
    rows=_licences,
    lines=_licence_lines,
)
waiting.source(
    "label_use",
    USE,
    roles=(Role.CASE_MANAGER, Role.VERIFIER, Role.DECIDER, Role.ENTERPRISE_MANAGER),
    page="labels:desk",
    rows=_uses,
    lines=_use_lines,
)


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the ends of run-offs and the terms of violations of the actor's organisation."""
    if not actor.has(*SIDES):
        return
    ended = queries.licences(actor).filter(run_off_until__gte=first, run_off_until__lte=last)
    for row in ended[: waiting.MOST_ROWS]:
        assert row.run_off_until is not None
        href = reverse("labels:licence", args=(row.id,))
        yield waiting.Term("run_off", LICENCE, row.licence, row.run_off_until, href, _("Last day of the run-off"))
    for use in queries.uses(actor).filter(state="violation", due__gte=first, due__lte=last)[: waiting.MOST_ROWS]:
        assert use.due is not None
        href = reverse("labels:use", args=(use.id,))
        yield waiting.Term("label_use", USE, use.licence.licence, use.due, href, _("A violation is to be put right"))
