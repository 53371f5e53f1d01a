"""What of a certificate's life waits for whom: surveillances, work items, complaints and appeals, transfers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.language import current
from tanbiao.web.register.models import ProblemReport
from tanbiao.web.register.words import REPORT_WORDS
from tanbiao.web.surveillance import acting, queries, words
from tanbiao.web.surveillance.commands import grievances, surveys, transfers
from tanbiao.web.surveillance.models import Grievance, Surveillance, Transfer, WorkItem
from tanbiao.web.surveillance.show import detail, report_of
from tanbiao.workflow.terms import terms_of

SURVEILLANCE = gettext_lazy("Surveillance")
WORK = gettext_lazy("Work item")
GRIEVANCE = gettext_lazy("Complaint or appeal")
TRANSFER = gettext_lazy("Transfer")
REPORT = gettext_lazy("Report of the public")
BODY = (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
HOLDER = Role.ENTERPRISE_MANAGER
HOLDERS_ITEMS = ("renewal", "rule_change", "value_change", "suspension")
"""Work items of a body that want an act of the holder too."""
PAGE = "surveillance:desk"


def _about(row: Any) -> str:
    return f"{row.owner.name(current())} · {row.body.name(current())}"


def _events(actor: Actor, lifecycle: Any, row: Any, sides: dict[str, Any]) -> list[str]:
    """Return what the actor's roles, on the sides on which he stands, can do next about a thing."""
    found: list[str] = []
    for party, organisation in sides.items():
        for role in Role if organisation == actor.organisation_id else ():
            if role in actor.roles:
                found += waiting.steps(lifecycle.document, role, party).get(row.state, ())
    return list(dict.fromkeys(found))


def _surveys(actor: Actor) -> QuerySet[Surveillance]:
    """Return the surveillances that were announced or run: a verifier's to look, a decider's to conclude."""
    rows = queries.surveillances(actor)
    wanted = Q(pk__in=())
    of_body = Q(body_id=actor.organisation_id)
    if actor.has(Role.VERIFIER):
        wanted |= of_body & (Q(state="running") | Q(state="planned", told_at__isnull=False))
    if actor.has(Role.DECIDER):
        wanted |= of_body & Q(state="running", id__in=Surveillance.objects.filter(looked__isnull=False).values("id"))
    if actor.has(HOLDER):
        told = Q(state="running") | Q(state="planned", told_at__isnull=False)
        wanted |= Q(owner_id=actor.organisation_id, study__isnull=True) & told
    return rows.filter(wanted)


def _survey_lines(actor: Actor, rows: Iterable[Surveillance]) -> Iterator[waiting.Waiting]:
    for row in rows:
        events = _events(actor, surveys.LIFECYCLE, row, {"body": row.body_id})
        if events:
            why = waiting.why(surveys.LIFECYCLE, row.state, events)
        elif row.body_id == actor.organisation_id:
            why = _("Look and record what was found")
        else:
            why = _("Hand in a study on the new data")
        href = reverse("surveillance:survey", args=(row.id,))
        yield waiting.Waiting(row.number, why, href, row.due, _about(row))


def _items(actor: Actor) -> QuerySet[WorkItem]:
    """Return the open work items of the body, or those of the holder's certificates that want an act of his."""
    rows = queries.work_items(actor)
    wanted = Q(pk__in=())
    if actor.has(Role.CASE_MANAGER, Role.DECIDER):
        wanted |= Q(body_id=actor.organisation_id)
    if actor.has(HOLDER):
        wanted |= Q(owner_id=actor.organisation_id, kind__in=HOLDERS_ITEMS)
    return rows.filter(wanted)


def _item_lines(actor: Actor, rows: Iterable[WorkItem]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    for row in rows:
        said = str(words.WORK_WORDS.get(row.kind, row.kind))
        about = " · ".join(one for one in (_about(row), detail(row.details)) if one)
        report = report_of(row)
        href = (
            reverse("surveillance:report", args=(report,))
            if report
            else f"{reverse(PAGE)}?tab=work&number={row.number}"
        )
        yield waiting.Waiting(row.number, said, href, row.due, about)


def _matters(actor: Actor) -> QuerySet[Grievance]:
    """Return the complaints and appeals that the actor's roles take on; one in hand waits for its handler."""
    wanted = Q(pk__in=())
    if actor.has(Role.CASE_MANAGER, Role.REVIEWER):
        in_hand = Q(state="in_hand") & (Q(handler__isnull=True) | Q(handler_id=actor.person_id))
        wanted |= Q(state="received") | in_hand
    if actor.has(Role.DECIDER):
        wanted |= Q(state="investigated")
    return queries.grievances(actor).filter(wanted, body_id=actor.organisation_id)


def _matter_lines(actor: Actor, rows: Iterable[Grievance]) -> Iterator[waiting.Waiting]:
    for row in rows:
        why = waiting.why(
            grievances.LIFECYCLE, row.state, _events(actor, grievances.LIFECYCLE, row, {"body": row.body_id})
        )
        href = reverse("surveillance:grievance", args=(row.id,))
        yield waiting.Waiting(row.number, f"{words.KIND_WORDS[row.kind]}: {why}", href, row.due, _about(row))


def _moves(actor: Actor) -> QuerySet[Transfer]:
    """Return the transfers that wait for the actor: to hand the file over, to review it, to accept."""
    wanted = Q(pk__in=())
    if actor.has(Role.CASE_MANAGER):
        wanted |= Q(state="requested", body_id=actor.organisation_id)
    if actor.has(Role.REVIEWER):
        wanted |= Q(state="released", receiver_id=actor.organisation_id)
    if actor.has(Role.DECIDER):
        wanted |= Q(state="reviewed", receiver_id=actor.organisation_id)
    return queries.transfers(actor).filter(wanted)


def _released_by(row: Transfer) -> date | None:
    """Return until when the file has to be handed over; no term runs later."""
    if row.state != "requested":
        return None
    return clock.day_of(row.state_since) + timedelta(
        days=terms_of(acting.newest(row.number).terms).transfer_release_days
    )


def _move_lines(actor: Actor, rows: Iterable[Transfer]) -> Iterator[waiting.Waiting]:
    for row in rows:
        sides = {"body": row.body_id, "receiver": row.receiver_id}
        why = waiting.why(transfers.LIFECYCLE, row.state, _events(actor, transfers.LIFECYCLE, row, sides))
        href = reverse("surveillance:transfer", args=(row.id,))
        yield waiting.Waiting(row.number, why, href, _released_by(row), _about(row))


def _reported(actor: Actor) -> QuerySet[ProblemReport]:
    return queries.unknown_numbers(actor)


def _report_lines(actor: Actor, rows: Iterable[ProblemReport]) -> Iterator[waiting.Waiting]:  # noqa: ARG001
    for row in rows:
        href = reverse("surveillance:report", args=(row.id,))
        said = _("Answer a report about a label whose number the register does not know")
        yield waiting.Waiting(row.number or "–", said, href, None, str(REPORT_WORDS.get(row.kind, row.kind)))


waiting.source(
    "label_report",
    REPORT,
    roles=(Role.AUTHORITY_OFFICER,),
    page=PAGE,
    rows=_reported,
    lines=_report_lines,
)
waiting.source(
    "surveillance",
    SURVEILLANCE,
    roles=(Role.VERIFIER, Role.DECIDER, HOLDER),
    page=PAGE,
    rows=_surveys,
    lines=_survey_lines,
)
waiting.source("work", WORK, roles=(Role.CASE_MANAGER, Role.DECIDER, HOLDER), page=PAGE, rows=_items, lines=_item_lines)
waiting.source(
    "grievance",
    GRIEVANCE,
    roles=(Role.CASE_MANAGER, Role.REVIEWER, Role.DECIDER),
    page=PAGE,
    rows=_matters,
    lines=_matter_lines,
)
waiting.source(
    "transfer",
    TRANSFER,
    roles=(Role.CASE_MANAGER, Role.REVIEWER, Role.DECIDER),
    page=PAGE,
    rows=_moves,
    lines=_move_lines,
)


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the days of surveillances, work items, complaints and appeals of the actor's organisation."""
    if not actor.has(*BODY, HOLDER, Role.ENTERPRISE_EDITOR):
        return
    span = {"due__gte": first, "due__lte": last}
    for row in queries.surveillances(actor).filter(state__in=("planned", "running"), **span)[: waiting.MOST_ROWS]:
        href = reverse("surveillance:survey", args=(row.id,))
        what = _("Surveillance is to be concluded")
        yield waiting.Term("surveillance", SURVEILLANCE, row.number, row.due, href, what, _about(row))
    for item in queries.work_items(actor).filter(**span)[: waiting.MOST_ROWS]:
        href = f"{reverse(PAGE)}?tab=work&number={item.number}"
        what = str(words.WORK_WORDS.get(item.kind, item.kind))
        yield waiting.Term(f"work_{item.id}", WORK, item.number, item.due, href, what, _about(item))
    for matter in queries.grievances(actor).filter(state__in=grievances.OPEN, **span)[: waiting.MOST_ROWS]:
        href = reverse("surveillance:grievance", args=(matter.id,))
        what = _("%(matter)s: term of this step") % {"matter": words.KIND_WORDS[matter.kind]}
        yield waiting.Term("grievance", GRIEVANCE, matter.number, matter.due, href, what, _about(matter))
