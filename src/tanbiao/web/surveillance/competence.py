"""Who of a body may look after a certificate, by the body's own book: competence, responsibility matrix, load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.bodies import loads, standing
from tanbiao.web.bodies.functions import ROLE_OF, Function
from tanbiao.web.bodies.matrix import Step, matrix_refusal
from tanbiao.web.certification.models import HeldDuty
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.surveillance.models import HistoryLine, Living, Surveillance

SURVEILLANCE: Mapping[str, tuple[Function, ...]] = {"planned": (Function.VERIFIER,), "running": (Function.DECIDER,)}
"""State of a surveillance → the function of the body's person whose act is next."""
GRIEVANCE: Mapping[str, tuple[Function, ...]] = {
    **dict.fromkeys(("received", "in_hand"), (Function.PLANNER, Function.REVIEWER)),
    "investigated": (Function.DECIDER,),
}
"""State of a complaint or appeal → the functions of which the acting person needs one."""


def hand_refusals(
    actor: Actor, row: Living, certificate: Certificate, step: Step, functions: tuple[Function, ...]
) -> tuple[Finding, ...]:
    """Return why a person of the body may not act on this today; nothing for whoever stands on another side."""
    if actor.person is None or actor.organisation_id != row.body_id or not functions:
        return ()
    # One of the functions that the person's own roles stand for is enough; nobody is judged by another's.
    mine = [one for one in functions if actor.has(ROLE_OF[one])] or list(functions[:1])
    lacking = [standing.competence_refusal(row.body, actor.person, one, certificate.category) for one in mine]
    found = [] if None in lacking else [item for item in lacking[:1] if item is not None]
    others = (matrix_refusal(actor, row.body, step), belonged_refusal(actor.person, row.owner))
    return (*found, *(item for item in others if item is not None))


def belonged_refusal(person: Person, holder: Organisation) -> Finding | None:
    """Return why a person looks after nothing of a holder: he belongs or belonged to it, as adviser or otherwise."""
    if not Membership.objects.filter(organisation=holder, person=person).exists():
        return None
    return finding("belonged_to_holder", Severity.BLOCKING, "hand", who=person.name_zh, who_en=person.name("en"))


def dealt_refusal(person: Person, number: str) -> Finding | None:
    """Return why a person takes no certificate over: he had a duty in a case that it, or one before it, came from."""
    numbers: list[str] = []
    while number and number not in numbers:
        numbers.append(number)
        first = Issue.objects.filter(number=number).order_by("version").first()
        number = str(first.order.get("replaces", "")).split(" ")[0] if first else ""
    cases = Issue.objects.filter(number__in=numbers, case__isnull=False).values("case")
    if not HeldDuty.objects.filter(case__in=cases, person=person).exists():
        return None
    return finding("dealt_with_case", Severity.BLOCKING, "hand", who=person.name_zh, who_en=person.name("en"))


def overload(actor: Actor, body: Organisation) -> tuple[Finding, ...]:
    """Return why a person may not begin one more surveillance, where the body's limit of load blocks."""
    limit = loads.limit_of(body)
    if actor.person is None or not limit.blocks:
        return ()
    load = loads.loads(body, [actor.person.id])[actor.person.id].with_one_more(0.0)
    if not limit.is_over(load):
        return ()
    said = {"cases": load.cases, "man_days": round(load.man_days, 1)}
    most = {"cases_max": limit.cases, "man_days_max": limit.man_days}
    who = {"who": actor.person.name_zh, "who_en": actor.person.name("en")}
    return (finding("person_overloaded", Severity.BLOCKING, "team", **who, **said, **most),)


@loads.counter
def running(body: Organisation, people: Iterable[UUID]) -> Mapping[UUID, loads.Load]:
    """Return for each person the surveillances begun and not concluded; schemes state no man-days for them."""
    rows = Surveillance.objects.filter(body=body, state="running").values("id")
    found: dict[UUID, loads.Load] = {}
    for person in HistoryLine.objects.filter(subject__in=rows, event="begin", person__in=list(people)).values_list(
        "person_id", flat=True
    ):
        if person is not None:
            found[person] = found.get(person, loads.Load()).with_one_more(0.0)
    return found
