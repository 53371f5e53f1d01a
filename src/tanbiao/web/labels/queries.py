"""The readers of labels: holder and body see their own, an authority all; what a shop shows is public."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.surveillance.queries import narrowed, own_rows


def licences(actor: Actor, *, number: str = "", state: str = "") -> QuerySet[Licence]:
    """Return licences."""
    require(actor, "labels.view")
    rows = own_rows(actor, Licence.objects.select_related("body", "owner"))
    return narrowed(rows, number=number, state=state)


def licence(actor: Actor, licence_id: UUID) -> Licence:
    """Return one licence.

    Raises
    ------
    NotFound
        ``label_licence_unknown``
    """
    found = licences(actor).filter(id=licence_id).first()
    if found is None:
        raise NotFound.of("label_licence_unknown", str(licence_id))
    return found


def uses(actor: Actor, *, number: str = "", state: str = "", licence_id: UUID | None = None) -> QuerySet[LabelUse]:
    """Return uses, the newest first."""
    require(actor, "labels.view")
    rows = own_rows(actor, LabelUse.objects.select_related("body", "owner", "licence"))
    return narrowed(rows, number=number, licence_id=licence_id, state=state)


def use(actor: Actor, use_id: UUID) -> LabelUse:
    """Return one use.

    Raises
    ------
    NotFound
        ``use_unknown``
    """
    found = uses(actor).filter(id=use_id).first()
    if found is None:
        raise NotFound.of("use_unknown", str(use_id))
    return found


def public(actor: Actor, number: str) -> QuerySet[Licence]:  # noqa: ARG001 (it is public)
    """Return the licences that the public is told of: every one that was ever granted."""
    return Licence.objects.filter(number=number).exclude(artwork="").order_by("-version", "licence")
