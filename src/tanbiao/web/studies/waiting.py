"""What of the studies waits for whom: those that a case wants corrected, or a new release recalculated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tanbiao.web import waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.language import current
from tanbiao.web.studies import queries
from tanbiao.web.studies.models import Study
from tanbiao.workflow.machine import load_lifecycle

STUDY = gettext_lazy("Footprint study")
LIFECYCLE = load_lifecycle("study")
WAITS = ("correction_needed", "recalc_needed")


def _rows(actor: Actor) -> QuerySet[Study]:
    return queries.listing(actor).filter(owner=actor.organisation, state__in=WAITS)


def _lines(actor: Actor, rows: Iterable[Study]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    steps = waiting.steps(LIFECYCLE.document, Role.ENTERPRISE_EDITOR, "owner")
    for row in rows:
        title = row.title_zh if current() == "zh" else (row.title_en or row.title_zh)
        why = waiting.why(LIFECYCLE, row.state, steps[row.state])
        yield waiting.Waiting(str(row.id)[:8], why, reverse("studies:study", args=(row.id,)), None, title)


waiting.source(
    "study",
    STUDY,
    roles=(Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR),
    page="studies:list",
    rows=_rows,
    lines=_lines,
)
