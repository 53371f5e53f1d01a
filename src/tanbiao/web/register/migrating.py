"""Certificates whose rule ends: who may see them, where each stands, and what a list shows of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import require
from tanbiao.web.register import show, words
from tanbiao.web.register.models import Certificate, Migration, MigrationNotice
from tanbiao.web.register.states import LIVING


def migrations(actor: Actor) -> QuerySet[Migration]:
    """Return the certificates whose rule ends, what is due first: one's own; an authority and the operator see all."""
    require(actor, "register.migrations")
    rows = Migration.objects.select_related("certificate__owner", "certificate__body")
    if actor.has(Role.AUTHORITY_OFFICER, Role.OPERATOR):
        return rows
    own = Q(certificate__owner=actor.organisation) | Q(certificate__body=actor.organisation)
    return rows.filter(own) if actor.organisation is not None else rows.none()


def with_outcome(rows: Iterable[Migration]) -> list[Migration]:
    """Return migrations with where each stands: open, overdue, migrated (on another rule, or succeeded) or ended."""
    listed, today = list(rows), clock.today()
    numbers = {row.certificate.number for row in listed}
    newest = {one.number: one for one in Certificate.objects.filter(number__in=numbers, is_newest=True)}
    for row in listed:
        now = newest.get(row.certificate.number, row.certificate)
        rests_on = f"{now.claims['rule_id']}@{now.claims['rule_version']}"
        if now.state == "succeeded" or (now.state in LIVING and rests_on != row.rule):
            row.outcome = "migrated"
        elif now.state in LIVING:
            row.outcome = "overdue" if row.until < today else "open"
        else:
            row.outcome = "ended"
    return listed


def untold(actor: Actor) -> QuerySet[MigrationNotice]:
    """Return what the actor's organisation was told of migrations and nobody has read."""
    require(actor, "register.migrations")
    return MigrationNotice.objects.filter(organisation=actor.organisation, read_at__isnull=True)


def lines(rows: Iterable[Migration]) -> list[dict[str, Any]]:
    """Return what a list shows of certificates whose rule ends."""
    return [
        {
            "row": row,
            "card": show.card(row.certificate),
            "cause": words.CAUSE_WORDS[row.cause],
            "outcome": words.MIGRATION_WORDS[row.outcome],
            "tone": words.MIGRATION_TONES[row.outcome],
        }
        for row in with_outcome(rows)
    ]
