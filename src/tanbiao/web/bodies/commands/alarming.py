"""Alarms of what ends: raised by the night, read on the desk."""

from __future__ import annotations

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.bodies.expiring import endings
from tanbiao.web.bodies.models import ExpiryNotice
from tanbiao.web.commanding import Invalid, command


@command("bodies.alarm")
def raise_alarms(actor: Actor) -> int:  # noqa: ARG001 (checked by the decorator)
    """Say once at each stage that something ends or has ended; return how many alarms were new."""
    made = 0
    for ending in endings():
        if ending.stage is None:
            continue
        _, new = ExpiryNotice.objects.get_or_create(
            subject=ending.subject,
            until=ending.until,
            stage=ending.stage,
            defaults={
                "organisation": ending.organisation,
                "kind": ending.kind,
                "words_zh": ending.words["zh"][:300],
                "words_en": ending.words["en"][:300],
                "at": clock.now(),
            },
        )
        made += new
    return made


@command("bodies.people")
def read_alarms(actor: Actor, *, notice_id: int | None = None) -> int:
    """Mark alarms of the actor's organisation as read: one, or all; return how many were not read before."""
    if actor.organisation is None:
        raise Invalid.of("no_organisation")
    rows = ExpiryNotice.objects.filter(organisation=actor.organisation, read_at__isnull=True)
    rows = rows if notice_id is None else rows.filter(id=notice_id)
    return rows.update(read_at=clock.now())
