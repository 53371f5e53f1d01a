"""What on an organisation's record ends soon, or has ended: qualifications, declarations, competences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.models import Membership, Organisation
from tanbiao.web.bodies.functions import SAID, Function, scope_words
from tanbiao.web.bodies.models import Competence, ImpartialityDeclaration, ImpartialityRisk, Qualification

STAGES = (90, 30, 0)
"""Days before the last day at which an alarm is raised; 0 once the day has passed. Project default, not official."""
KIND_SAID = {
    "approval": {"zh": "机构批准", "en": "approval"},
    "accreditation": {"zh": "认可", "en": "accreditation"},
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Something with a last day."""

    organisation: Organisation
    kind: str
    subject: UUID
    words: dict[str, str]
    until: date

    @property
    def days_left(self) -> int:
        """Days to the last day; negative after it."""
        return (self.until - clock.today()).days

    @property
    def stage(self) -> int | None:
        """The alarm that is due: the nearest stage reached; None before the first."""
        if self.days_left < 0:
            return 0
        reached = [stage for stage in STAGES if stage and self.days_left <= stage]
        return min(reached, default=None)


def endings(organisation: Organisation | None = None) -> Iterator[Ending]:
    """Yield what ends within the first stage or has ended, and has no successor that stands."""
    horizon = clock.today() + timedelta(days=STAGES[0])
    yield from _qualifications(organisation, horizon)
    yield from _declarations(organisation, horizon)
    yield from _competences(organisation, horizon)
    yield from _risks(organisation, horizon)


def _qualifications(organisation: Organisation | None, horizon: date) -> Iterator[Ending]:
    rows = Qualification.objects.filter(state="confirmed").select_related("body")
    rows = rows if organisation is None else rows.filter(body=organisation)
    for row in rows.filter(valid_until__lte=horizon):
        later = Qualification.objects.filter(body=row.body, kind=row.kind, state="confirmed")
        if not later.filter(valid_until__gt=row.valid_until, issuer=row.issuer).exists():
            said = KIND_SAID[row.kind]
            words = {lang: f"{said[lang]} {row.number}" for lang in ("zh", "en")}
            yield Ending(row.body, row.kind, row.id, words, row.valid_until)


def _declarations(organisation: Organisation | None, horizon: date) -> Iterator[Ending]:
    rows = ImpartialityDeclaration.objects.select_related("body").order_by("body_id", "-valid_until")
    newest: dict[UUID, ImpartialityDeclaration] = {}
    for row in rows if organisation is None else rows.filter(body=organisation):
        newest.setdefault(row.body_id, row)
    for row in newest.values():
        if row.valid_until <= horizon:
            words = {"zh": "公正性声明", "en": "declaration of impartiality"}
            yield Ending(row.body, "declaration", row.id, words, row.valid_until)


def _competences(organisation: Organisation | None, horizon: date) -> Iterator[Ending]:
    rows = Competence.objects.filter(withdrawn_at__isnull=True).select_related("body", "person")
    rows = rows if organisation is None else rows.filter(body=organisation)
    for row in rows.filter(valid_until__lte=horizon):
        at_work = Membership.objects.filter(organisation=row.body, person=row.person, ended_at__isnull=True).exists()
        later = Competence.objects.filter(
            body=row.body, person=row.person, scope=row.scope, function=row.function, withdrawn_at__isnull=True
        )
        if at_work and not later.filter(valid_until__gt=row.valid_until).exists():
            said, scope = SAID[Function(row.function)], scope_words(row.scope)
            words = {
                "zh": f"{row.person.name('zh')}：{scope['zh']} × {said['zh']}",
                "en": f"{row.person.name('en')}: {scope['en']} × {said['en']}",
            }
            yield Ending(row.body, "competence", row.id, words, row.valid_until)


def _risks(organisation: Organisation | None, horizon: date) -> Iterator[Ending]:
    rows = ImpartialityRisk.objects.exclude(state="closed").select_related("body")
    for row in (rows if organisation is None else rows.filter(body=organisation)).filter(review_on__lte=horizon):
        words = {"zh": f"公正性风险 R{row.number} 的复评", "en": f"review of the risk to impartiality R{row.number}"}
        yield Ending(row.body, "risk", row.id, words, row.review_on)
