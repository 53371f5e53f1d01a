"""The readers of foreign changes: what was reported, which rules it touches, what their keepers answered."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.rulebook.models import ForeignChange, ForeignChangeTask, RuleEntry
from tanbiao.web.rulebook.queries import visible

KEEPERS = (Role.RULE_DRAFTER, Role.OPERATOR)


def changes(actor: Actor, item: str = "") -> QuerySet[ForeignChange]:
    """Return the changes that were reported, newest first; they are public."""
    require(actor, "rulebook.view")
    rows = ForeignChange.objects.select_related("organisation").prefetch_related("tasks")
    return rows.filter(item=item) if item else rows


def change(actor: Actor, change_id: UUID) -> ForeignChange:
    """Return one change.

    Raises
    ------
    NotFound
        ``foreign_change_unknown``
    """
    found = changes(actor).filter(id=change_id).first()
    if found is None:
        raise NotFound.of("foreign_change_unknown", str(change_id))
    return found


def tasks(actor: Actor, found: ForeignChange) -> QuerySet[ForeignChangeTask]:
    """Return what a change asks of the rules that the actor may see, by rule."""
    rows = found.tasks.filter(entry__in=RuleEntry.objects.filter(visible(actor))).select_related("entry__owner")
    return rows.order_by("entry__rule_id", "entry__version", "id")


def task(actor: Actor, task_id: int) -> ForeignChangeTask:
    """Return one task, of a rule that the actor may see.

    Raises
    ------
    NotFound
        ``foreign_task_unknown``
    """
    rows = ForeignChangeTask.objects.filter(entry__in=RuleEntry.objects.filter(visible(actor)), id=task_id)
    found = rows.select_related("entry", "change").first()
    if found is None:
        raise NotFound.of("foreign_task_unknown", str(task_id))
    return found


def task_of(actor: Actor, found: ForeignChange, entry_id: UUID) -> ForeignChangeTask:
    """Return what a change asks of one rule.

    Raises
    ------
    NotFound
        ``foreign_task_unknown``
    """
    row = tasks(actor, found).filter(entry_id=entry_id).first()
    if row is None:
        raise NotFound.of("foreign_task_unknown", str(entry_id))
    return row


def waiting(actor: Actor) -> QuerySet[ForeignChangeTask]:
    """Return what waits for the actor's organisation: of the product's own rules the platform's operator answers."""
    require(actor, "rulebook.align")
    mine = Q(entry__owner=actor.organisation) if actor.organisation is not None else Q(pk__in=[])
    if actor.kind is Kind.OPERATOR:
        mine |= Q(entry__owner=None)
    rows = ForeignChangeTask.objects.filter(mine, answer="").select_related("entry", "change")
    return rows.order_by("change__due", "id")


def references(found: ForeignChange) -> list[str]:
    """Return the rules that a change touches, as studies name them."""
    rows = found.tasks.select_related("entry").order_by("entry__rule_id", "entry__version")
    return [task.entry.reference for task in rows]
