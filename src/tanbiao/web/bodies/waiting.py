"""What of a body's qualification waits for whom, and the days on which approvals, competences and declarations end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanbiao.web import waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import queries, words
from tanbiao.web.bodies.models import Competence, ImpartialityDeclaration, Qualification
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current

QUALIFICATION = gettext_lazy("Qualification of a body")


def _lines(actor: Actor, rows: Iterable[Qualification]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    for row in rows:
        why = _("Compare with the issuer's register, and confirm or refuse")
        about = f"{words.KIND_WORDS[row.kind]} · {row.body.name(current())}"
        yield waiting.Waiting(row.number, why, reverse("bodies:registry"), None, about)


waiting.source(
    "qualification",
    QUALIFICATION,
    roles=(Role.OPERATOR,),
    page="bodies:registry",
    rows=queries.to_confirm,
    lines=_lines,
)


@waiting.terms
def terms(actor: Actor, first: date, last: date) -> Iterator[waiting.Term]:
    """Yield the last days of a body's approvals and accreditations, declarations and people's competences."""
    if not allowed(actor, "bodies.people"):
        return
    own = {"body": actor.organisation, "valid_until__gte": first, "valid_until__lte": last}
    home = reverse("bodies:body")
    for row in Qualification.objects.filter(state="confirmed", **own)[: waiting.MOST_ROWS]:
        what = _("%(paper)s ends") % {"paper": words.KIND_WORDS[row.kind]}
        yield waiting.Term(f"paper_{row.id}", QUALIFICATION, row.number, row.valid_until, home, what, row.issuer)
    for said in ImpartialityDeclaration.objects.filter(**own)[: waiting.MOST_ROWS]:
        what = _("The declaration of impartiality ends")
        name = said.valid_from.isoformat()
        yield waiting.Term("declaration", QUALIFICATION, name, said.valid_until, home, what)
    people = Competence.objects.filter(withdrawn_at__isnull=True, **own).select_related("person")
    for held in people.order_by("valid_until", "id")[: waiting.MOST_ROWS]:
        what, about = _("A competence ends"), held.person.name(current())
        href = reverse("bodies:people")
        yield waiting.Term(f"competence_{held.id}", QUALIFICATION, held.function, held.valid_until, href, what, about)
