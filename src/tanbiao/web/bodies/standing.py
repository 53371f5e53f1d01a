"""What stands on a day: competence of a person for category × function, years, full-time. It decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.bodies.functions import SAID, Function, scope_words, scopes_over
from tanbiao.web.bodies.models import Competence, ImpartialityDeclaration, Qualification, Staff

DAYS_PER_YEAR = 365.2425


def granted(body: Organisation, person_id: UUID, function: Function, category: str) -> QuerySet[Competence]:
    """Return what a person was granted for a category and function and was not withdrawn, whenever it stands."""
    return Competence.objects.filter(
        body=body,
        person_id=person_id,
        function=function.value,
        scope__in=scopes_over(category),
        withdrawn_at__isnull=True,
    )


def standing_on(rows: QuerySet[Competence], day: date) -> QuerySet[Competence]:
    """Return those that stand on a day."""
    return rows.filter(valid_from__lte=day, valid_until__gte=day)


def competence_refusal(
    body: Organisation, person: Person, function: Function, category: str, day: date | None = None
) -> Finding | None:
    """Return why a person may not do a function for a category on a day (today), or None.

    ``competence_missing`` or ``competence_expired``: who, which category × function, what to do.
    """
    day = day or clock.today()
    rows = granted(body, person.id, function, category)
    if standing_on(rows, day).exists():
        return None
    words = scope_words(category)
    said: dict[str, Any] = {
        "who": person.name_zh,
        "who_en": person.name("en"),
        "category_zh": words["zh"],
        "category_en": words["en"],
        "function_zh": SAID[function]["zh"],
        "function_en": SAID[function]["en"],
    }
    last = rows.filter(valid_until__lt=day).order_by("-valid_until").first()
    if last is not None:
        return finding("competence_expired", Severity.BLOCKING, "team", until=last.valid_until.isoformat(), **said)
    return finding("competence_missing", Severity.BLOCKING, "team", **said)


def qualifications_on(body: Organisation, kind: str, day: date, category: str) -> list[Qualification]:
    """Return the confirmed approvals or accreditations of a body that stand on a day and cover a category."""
    rows = Qualification.objects.filter(
        body=body, kind=kind, state="confirmed", valid_from__lte=day, valid_until__gte=day
    )
    wanted = set(scopes_over(category))
    return [row for row in rows if wanted & set(row.scopes)]


def body_refusals(body: Organisation, category: str, day: date | None = None) -> tuple[Finding, ...]:
    """Return why a body may not take up, plan, decide or issue for a category on a day (today).

    ``body_approval_missing``, ``body_accreditation_missing``; ``…_expired`` with the last day of one that has ended,
    ``…_suspended`` with what its issuer said; ``body_declaration_missing``.
    """
    day = day or clock.today()
    words = scope_words(category)
    said = {"who": body.name_zh, "who_en": body.name("en"), "category_zh": words["zh"], "category_en": words["en"]}
    found = []
    for kind in ("approval", "accreditation"):
        if qualifications_on(body, kind, day, category):
            continue
        halted = _suspended_on(body, kind, day, category)
        last = _ended_before(body, kind, day, category)
        if halted is not None:
            more = {"number": halted.number, "text": halted.said[:200]}
            found.append(finding(f"body_{kind}_suspended", Severity.BLOCKING, "body", **more, **said))
        elif last is None:
            found.append(finding(f"body_{kind}_missing", Severity.BLOCKING, "body", **said))
        else:
            more = {"number": last.number, "until": (last.ended_on or last.valid_until).isoformat()}
            found.append(finding(f"body_{kind}_expired", Severity.BLOCKING, "body", **more, **said))
    declared = ImpartialityDeclaration.objects.filter(body=body, valid_from__lte=day, valid_until__gte=day)
    if not declared.exists():
        found.append(
            finding("body_declaration_missing", Severity.BLOCKING, "body", who=said["who"], who_en=said["who_en"])
        )
    return tuple(found)


def _suspended_on(body: Organisation, kind: str, day: date, category: str) -> Qualification | None:
    rows = Qualification.objects.filter(
        body=body, kind=kind, state="suspended", valid_from__lte=day, valid_until__gte=day
    )
    wanted = set(scopes_over(category))
    return next((row for row in rows if wanted & set(row.scopes)), None)


def _ended_before(body: Organisation, kind: str, day: date, category: str) -> Qualification | None:
    rows = Qualification.objects.filter(body=body, kind=kind, state__in=("confirmed", "ended"))
    wanted = set(scopes_over(category))
    over = [row for row in rows if wanted & set(row.scopes) and (row.state == "ended" or row.valid_until < day)]
    return max(over, key=lambda row: row.ended_on or row.valid_until, default=None)


def staff_of(body: Organisation, person_id: UUID) -> Staff | None:
    """Return what is on record of a person besides the competences."""
    return Staff.objects.filter(body=body, person_id=person_id).first()


def years_since(begun: date | None, day: date | None = None) -> float | None:
    """Return the years from a first day to a day (today), in tenths, rounded down; None without a first day."""
    if begun is None:
        return None
    return int(((day or clock.today()) - begun).days / DAYS_PER_YEAR * 10) / 10
