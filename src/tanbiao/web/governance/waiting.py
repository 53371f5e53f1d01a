"""What of the governed datasets waits for whom: screening, review, trace check, approval; corrections of providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.governance import queries
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.models import GovernedDataset
from tanbiao.web.language import current
from tanbiao.workflow.terms import terms_of

DATASET = gettext_lazy("Dataset under review")
PROVIDERS = (Role.DATA_PROVIDER,)


def _due(row: GovernedDataset) -> date | None:
    if row.state != "peer_review":
        return None
    return clock.day_of(row.state_since) + timedelta(days=terms_of(row.terms).dataset_review_days)


def _line(row: GovernedDataset, why: str) -> waiting.Waiting:
    return waiting.Waiting(row.identifier, why, reverse("governance:dataset", args=(row.id,)), _due(row))


def _lines(actor: Actor, rows: Iterable[GovernedDataset]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (rows are his)
    for row in rows:
        yield _line(row, str(getattr(LIFECYCLE.state_name(row.state), current())))


def _returned(actor: Actor) -> QuerySet[GovernedDataset]:
    return queries.mine(actor).filter(state="returned").order_by("state_since", "id")


def _returned_lines(actor: Actor, rows: Iterable[GovernedDataset]) -> Iterator[waiting.Waiting]:  # noqa: ARG001 (his)
    steps = waiting.steps(LIFECYCLE.document, Role.DATA_PROVIDER, "provider")
    for row in rows:
        yield _line(row, waiting.why(LIFECYCLE, row.state, steps["returned"]))


waiting.source("dataset_judged", DATASET, roles=queries.WORK, page="governance:desk", rows=queries.desk, lines=_lines)
waiting.source(
    "dataset_returned", DATASET, roles=PROVIDERS, page="governance:mine", rows=_returned, lines=_returned_lines
)
