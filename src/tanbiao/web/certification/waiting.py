"""What of certification waits for whom: cases by role, and their terms and visits in the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import queries, second
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.models import Case, HeldDuty, Pause, SecondOpinion, Visit
from tanbiao.web.language import current

CASE = gettext_lazy("Certification case")
_PAUSED = Exists(Pause.objects.filter(step__case=OuterRef("pk"), step__ended_at__isnull=True, ended_at__isnull=True))
_ONE_PERSON = Q(terms__review_and_decision="one_person") | Q(terms__review_and_decision__value="one_person")
STEPS = {
    role: waiting.steps(LIFECYCLE.document, role, "body")
    for role in (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
}
APPLICANT = waiting.steps(LIFECYCLE.document, Role.ENTERPRISE_MANAGER, "applicant")


def _rows(actor: Actor, role: Role) -> QuerySet[Case]:
    """Return the cases of the actor's body that a role takes on next; not while the applicant is waited for."""
    rows = queries.listing(actor).filter(body_id=actor.organisation_id, state__in=STEPS[role]).exclude(_PAUSED)
    if role is Role.CASE_MANAGER:
        return rows.exclude(Q(state="accepted") & Q(id__in=_signed("body")))
    if role is Role.VERIFIER:
        return rows.filter(Exists(Case.objects.filter(pk=OuterRef("pk"), team__person=actor.person)))
    held = HeldDuty.objects.filter(person=actor.person)
    rows = rows.exclude(id__in=held.filter(duty="team").values("case"))
    if role is Role.DECIDER:
        rows = rows.exclude(~_ONE_PERSON & Q(id__in=held.filter(duty="reviewer").values("case")))
    return rows


def _signed(side: str) -> QuerySet[Case, Any]:
    return Case.objects.filter(signatures__side=side).values("id")


def _applied(actor: Actor) -> QuerySet[Case]:
    """Return the enterprise's cases that wait for it: a signature, a correction, an answer."""
    rows = queries.listing(actor).filter(owner_id=actor.organisation_id)
    unsigned = Q(state="accepted") & ~Q(id__in=_signed("applicant"))
    return rows.filter(Q(state="rectification") | unsigned | Q(_PAUSED))


def _about(case: Case) -> str:
    title = case.title(current())
    return f"{title} · {case.owner.name(current())} · {case.body.name(current())}"


def _due(case: Case) -> date | None:
    left = [one.days_left for one in queries.clocks(case) if not one.paused]
    return clock.today() + timedelta(days=min(left)) if left else None


def _line(case: Case, why: str) -> waiting.Waiting:
    return waiting.Waiting(case.number, why, reverse("certification:case", args=(case.id,)), _due(case), _about(case))


def _lines_of(role: Role) -> waiting.Lines:
    def lines(actor: Actor, rows: Iterable[Case]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are the actor's)
        for case in rows:
            yield _line(case, waiting.why(LIFECYCLE, case.state, STEPS[role][case.state]))

    return lines


def _lines_applied(actor: Actor, rows: Iterable[Case]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (the same)
    for case in rows:
        asked = case.state not in ("rectification", "accepted") or any(
            pause.ended_at is None for step in case.steps.all() for pause in step.pauses.all()
        )
        why = _("The body asks: answer") if asked else waiting.why(LIFECYCLE, case.state, APPLICANT[case.state])
        yield _line(case, why)


def _register(role: Role, page: str) -> None:
    waiting.source(
        f"case_{role.value}",
        CASE,
        roles=(role,),
        page=page,
        rows=lambda actor: _rows(actor, role),
        lines=_lines_of(role),
    )


_register(Role.CASE_MANAGER, "certification:cases")
_register(Role.VERIFIER, "certification:verifier_desk")
_register(Role.REVIEWER, "certification:reviewer_desk")
_register(Role.DECIDER, "certification:decider_desk")
waiting.source(
    "case_applicant",
    CASE,
    roles=(Role.ENTERPRISE_MANAGER,),
    page="certification:applications",
    rows=_applied,
    lines=_lines_applied,
)


def _lines_second(actor: Actor, rows: Iterable[SecondOpinion]) -> Iterator[waiting.Waiting]:  # noqa: ARG001
    for row in rows:
        href = reverse("certification:second_opinion", args=(row.id,))
        yield waiting.Waiting(row.case.number, _("State the second opinion"), href, None, _about(row.case))


waiting.source(
    "second_opinion",
    gettext_lazy("Second opinion"),
    roles=(Role.VERIFIER, Role.REVIEWER),
    page="certification:second_opinions",
    rows=second.mine,
    lines=_lines_second,
)


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the terms that run in visible cases, and the visits to their sites."""
    rows = queries.listing(actor)
    for case in rows.exclude(state__in=queries.ENDED)[: waiting.MOST_ROWS]:
        href, about = reverse("certification:case", args=(case.id,)), _about(case)
        for one in queries.clocks(case):
            day = clock.today() + timedelta(days=one.days_left)
            if first <= day <= last and not one.paused:
                yield waiting.Term(f"case_{one.id}", CASE, case.number, day, href, one.name(current()), about)
    visits = Visit.objects.filter(case__in=queries.visible(actor)).select_related("case")
    for visit in visits.order_by("-checked_in")[: waiting.MOST_ROWS]:
        day = clock.day_of(visit.checked_in)
        if first <= day <= last:
            href = reverse("certification:case", args=(visit.case_id,)) + f"#visit-{visit.id}"
            yield waiting.Term(
                "visit", gettext_lazy("Audit"), visit.case.number, day, href, _("Audit on site or remote")
            )
