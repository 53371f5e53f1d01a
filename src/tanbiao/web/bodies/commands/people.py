"""People of a certification body: competences with their evidence, full-time and years, the limit of their load."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tanbiao.core.findings import Finding, finding
from tanbiao.core.findings import Severity as Weight
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.bodies.functions import ROLE_OF, Function, is_scope
from tanbiao.web.bodies.models import Competence, LoadLimit, Staff
from tanbiao.web.bodies.writing import body_of, book_of, enter, text_of
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require

YEARS_MAX = 80


def _member(actor: Actor, body: Organisation, person_id: UUID) -> Person:
    """Return another person of the body: nobody enters anything about himself."""
    if actor.person_id == person_id:
        raise NotAllowed.of("competence_own", "person")
    member = Membership.objects.filter(organisation=body, person_id=person_id, ended_at__isnull=True)
    found = member.select_related("person").first()
    if found is None:
        raise NotFound.of("person_unknown", "person")
    return found.person


@command("bodies.judge")
def grant_competence(
    actor: Actor,
    *,
    person_id: UUID,
    scope: str,
    function: str,
    training: str,
    years: float,
    reason: str,
    valid_from: date,
    valid_until: date,
    witness: str = "",
    body_id: UUID | None = None,
) -> Competence:
    """Grant a person of the body a competence for categories × function, with its evidence and its term.

    Raises
    ------
    NotAllowed
        ``competence_own``: nobody grants it to himself.
    NotFound
        ``person_unknown``
    Invalid
        ``competence_scope_unknown``, ``competence_function_unknown``, ``competence_role_missing``, ``years_wrong``,
        ``period_reversed``, ``text_missing``.
    Conflict
        ``competence_stands``: one for the same scope and function stands in that time.
    """
    body = body_of(actor, "bodies.judge", body_id)
    book = book_of(body)
    person = _member(actor, body, person_id)
    wanted = _function(body, person, function)
    wrong = _wrong(scope, years, valid_from, valid_until)
    if wrong:
        raise Invalid(*wrong)
    rows = Competence.objects.filter(body=body, person=person, scope=scope, function=wanted.value)
    other = rows.filter(withdrawn_at__isnull=True, valid_from__lte=valid_until, valid_until__gte=valid_from).first()
    if other is not None:
        begins, ends = other.valid_from.isoformat(), other.valid_until.isoformat()
        raise Conflict.of("competence_stands", "valid_from", begins=begins, ends=ends)
    made = Competence.objects.create(
        body=body,
        person=person,
        scope=scope,
        function=wanted.value,
        training=text_of("training", training),
        years=f"{years:.1f}",
        witness=witness.strip()[:4000],
        reason=text_of("reason", reason),
        valid_from=valid_from,
        valid_until=valid_until,
        granted_by=actor.person,
        granted_at=clock.now(),
    )
    enter(
        actor,
        book,
        "competence_granted",
        "competence",
        made.id,
        person=str(person.id),
        scope=scope,
        function=wanted.value,
        training=made.training,
        years=f"{years:.1f}",
        witness=made.witness,
        text=made.reason,
        valid_from=valid_from.isoformat(),
        valid_until=valid_until.isoformat(),
    )
    return made


def _function(body: Organisation, person: Person, function: str) -> Function:
    if function not in Function.values:
        raise Invalid.of("competence_function_unknown", "function", known=", ".join(Function.values))
    wanted = Function(function)
    role = ROLE_OF[wanted]
    held = Membership.objects.filter(organisation=body, person=person, role=role, ended_at__isnull=True)
    if not held.exists():
        raise Invalid.of("competence_role_missing", "function", who=person.name_zh, role=str(role.label))
    return wanted


def _wrong(scope: str, years: float, valid_from: date, valid_until: date) -> list[Finding]:
    wrong = []
    if not is_scope(scope):
        wrong.append(finding("competence_scope_unknown", Weight.BLOCKING, "scope", scope=scope[:120]))
    if not 0 <= years <= YEARS_MAX:
        wrong.append(finding("years_wrong", Weight.BLOCKING, "years", limit=YEARS_MAX))
    if valid_until < valid_from:
        wrong.append(finding("period_reversed", Weight.BLOCKING, "valid_until"))
    return wrong


@command("bodies.judge")
def withdraw_competence(actor: Actor, *, competence_id: UUID, reason: str) -> Competence:
    """Take a competence back, from now on; what was done under it stays.

    Raises
    ------
    NotFound
        ``competence_unknown``
    Conflict
        ``competence_withdrawn``
    """
    found = Competence.objects.filter(id=competence_id).select_related("body", "person").first()
    if found is None or not (actor.is_system or found.body_id == actor.organisation_id):
        raise NotFound.of("competence_unknown", "competence")
    require(actor, "bodies.judge", found.body)
    book = book_of(found.body)
    found.refresh_from_db(fields=["withdrawn_at"])
    if found.withdrawn_at is not None:
        raise Conflict.of("competence_withdrawn", "competence")
    found.withdrawn_reason = text_of("reason", reason)
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    enter(
        actor,
        book,
        "competence_withdrawn",
        "competence",
        found.id,
        person=str(found.person_id),
        text=found.withdrawn_reason,
    )
    return found


@command("bodies.judge")
def set_staff(
    actor: Actor,
    *,
    person_id: UUID,
    full_time: bool,
    experience_since: date | None,
    body_id: UUID | None = None,
) -> Staff:
    """Say whether a person is full-time staff, and since when that person works with product carbon footprints.

    Raises
    ------
    NotAllowed
        ``competence_own``
    Invalid
        ``experience_in_future``
    Conflict
        ``full_time_elsewhere``: another body has the person as full-time staff; nobody is full-time twice.
    """
    body = body_of(actor, "bodies.judge", body_id)
    book = book_of(body)
    person = _member(actor, body, person_id)
    if experience_since is not None and experience_since > clock.today():
        raise Invalid.of("experience_in_future", "experience_since")
    elsewhere = Staff.objects.filter(person=person, full_time=True).exclude(body=body)
    if full_time and any(_works_for(row) for row in elsewhere):
        raise Conflict.of("full_time_elsewhere", "full_time", who=person.name_zh)
    made, _ = Staff.objects.update_or_create(
        body=body, person=person, defaults={"full_time": full_time, "experience_since": experience_since}
    )
    since = experience_since.isoformat() if experience_since else ""
    enter(actor, book, "staff_stated", "staff", made.id, person=str(person.id), full_time=full_time, since=since)
    return made


def _works_for(row: Staff) -> bool:
    return Membership.objects.filter(
        organisation_id=row.body_id, person_id=row.person_id, ended_at__isnull=True
    ).exists()


@command("bodies.judge")
def set_load_limit(actor: Actor, *, cases: int, man_days: float, blocks: bool) -> LoadLimit:
    """Set how many open cases and man-days one person of the body may have, and whether more is refused or only said.

    Raises
    ------
    Invalid
        ``load_limit_wrong``
    """
    body = body_of(actor, "bodies.judge")
    book = book_of(body)
    if not (1 <= cases <= 1000 and 0.5 <= man_days <= 10_000):
        raise Invalid.of("load_limit_wrong", "cases")
    made, _ = LoadLimit.objects.update_or_create(
        body=body, defaults={"cases": cases, "man_days": f"{man_days:.1f}", "blocks": blocks}
    )
    stated = {"cases": cases, "man_days": f"{man_days:.1f}", "blocks": blocks}
    enter(actor, book, "load_limit_set", "load_limit", body.id, **stated)
    return made
