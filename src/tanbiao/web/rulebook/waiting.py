"""What of the rules waits for whom: judging, assessing, filing; consultations and transitions in the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.language import current
from tanbiao.web.rulebook import queries, watch_queries
from tanbiao.web.rulebook.acts import LIFECYCLE
from tanbiao.web.rulebook.models import ForeignChangeTask, RuleEntry
from tanbiao.workflow.terms import terms_of

RULE = gettext_lazy("Category rule")
FOREIGN = gettext_lazy("A foreign rule has changed")
DRAFTING = ("drafting", "consultation")
JUDGES = {Role.OPERATOR: "platform", Role.AUTHORITY_OFFICER: "platform", Role.RULE_ASSESSOR: "platform"}


def _consultation_end(row: RuleEntry) -> date:
    """Return the first day on which the consultation may be closed."""
    return clock.day_of(row.state_since) + timedelta(days=terms_of(row.terms).rule_consultation_days)


def _due(row: RuleEntry) -> date | None:
    if row.state == "consultation":
        return _consultation_end(row)
    return row.filing_due if row.state == "issued" and not row.filing_number else None


def _line(row: RuleEntry, events: Iterable[str]) -> waiting.Waiting:
    href = reverse("rulebook:rule", args=(row.id,))
    return waiting.Waiting(
        row.reference, waiting.why(LIFECYCLE, row.state, events), href, _due(row), row.name(current())
    )


def _judged(actor: Actor, rows: Iterable[RuleEntry]) -> Iterator[waiting.Waiting]:
    for row in rows:
        events = [
            event
            for role, party in JUDGES.items()
            if role in actor.roles
            for event in waiting.steps(LIFECYCLE.document, role, party).get(row.state, ())
        ]
        yield _line(row, dict.fromkeys(events))


def _own(actor: Actor) -> QuerySet[RuleEntry]:
    """Return the own rules that are drafted or consulted on, and those whose filing is due."""
    rows = queries.mine(actor)
    unfiled = rows.filter(state="issued", kind="certification_rule", filing_number="")
    return (rows.filter(state__in=DRAFTING) | unfiled).distinct().order_by("filing_due", "state_since", "id")


def _drafted(actor: Actor, rows: Iterable[RuleEntry]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    steps = waiting.steps(LIFECYCLE.document, Role.RULE_DRAFTER, "owner")
    for row in rows:
        yield _line(row, steps.get(row.state, ()))


def _changed(actor: Actor, rows: Iterable[ForeignChangeTask]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    for row in rows:
        href = f"{reverse('rulebook:foreign_change', args=(row.change_id,))}#task-{row.id}"
        yield waiting.Waiting(
            row.entry.reference, _("Say what it means for the rule"), href, row.change.due, row.change.name(current())
        )


waiting.source(
    "foreign_change",
    FOREIGN,
    roles=watch_queries.KEEPERS,
    page="rulebook:foreign_changes",
    rows=watch_queries.waiting,
    lines=_changed,
)
waiting.source("rule_judged", RULE, roles=JUDGES, page="rulebook:desk", rows=queries.desk, lines=_judged)
waiting.source("rule_drafted", RULE, roles=(Role.RULE_DRAFTER,), page="rulebook:mine", rows=_own, lines=_drafted)


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the ends of consultations, which concern everybody, and filings and transitions of rules one can see."""
    seen = queries.rules(actor)
    for row in seen.filter(state="consultation")[: waiting.MOST_ROWS]:
        day = _consultation_end(row)
        if first <= day <= last:
            yield _term(row, "consultation", day, _("The consultation may be closed"))
    inside = seen if actor.has(*JUDGES) else seen.filter(owner=actor.organisation)
    filings = inside.filter(state="issued", filing_number="", filing_due__gte=first, filing_due__lte=last)
    for row in filings[: waiting.MOST_ROWS]:
        assert row.filing_due is not None
        yield _term(row, "filing", row.filing_due, _("The filing is due"))
    ending = seen.filter(
        transition_until__gte=first, transition_until__lte=last, state__in=("superseding", "abolishing")
    )
    for row in ending[: waiting.MOST_ROWS]:
        assert row.transition_until is not None
        yield _term(row, "transition", row.transition_until, _("Last day of the rule's transition"))


def _term(row: RuleEntry, kind: str, day: date, what: str) -> waiting.Term:
    href = reverse("rulebook:rule", args=(row.id,))
    return waiting.Term(kind, RULE, row.reference, day, href, what, row.name(current()))
