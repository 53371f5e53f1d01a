"""A thing's history as a chain: every act is a line whose hash covers the line before, and an entry of the log.

A feature gives its lines a table by extending :class:`HistoryLine` with a foreign key of the related name ``history``,
and writes them with :func:`write_line` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from tanbiao.core.canonical import content_hash
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import HASH_LENGTH


class HistoryLine(models.Model):
    """A line of a history: a transition, or an act within a state. Its hash chains over the one before."""

    index = models.PositiveIntegerField()
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)
    hash = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.index} {self.event} {self.hash}"


def write_line(
    actor: Actor,
    thing: Any,
    event: str,
    *,
    about: Mapping[str, Any],
    source: str,
    reason: str = "",
    details: Mapping[str, Any],
    leaf: str,
    said: str,
    public: Mapping[str, str] | None = None,
    **columns: Any,
) -> None:
    """Save a locked thing with the next line of its history and one pending log entry.

    Parameters
    ----------
    thing
        A row with ``state`` (as it is after the act), ``head`` and ``changed_at``, whose lines are its ``history``.
    about
        What the line's hash covers of the thing itself: its id under its own name, its round, its document.
    source
        The state before the act.
    leaf, said, public
        Type of the log's leaf, the event's own type in its private part, and what is public of it.
    columns
        What this history's table holds besides.
    """
    now, index = clock.now(), thing.history.count()
    line = {
        "index": index,
        "event": event,
        "reason": reason,
        "details": dict(details),
    }
    body = {
        **about,
        **line,
        "parent": thing.head,
        "from": source,
        "to": thing.state,
        "actor": actor.describe(),
        "at": clock.stamp(now),
    }
    thing.head, thing.changed_at = content_hash(body), now
    thing.save()
    thing.history.create(
        **line,
        **columns,
        source=source,
        target=thing.state,
        person=actor.person,
        organisation=actor.organisation,
        hash=thing.head,
        at=now,
    )
    ledger.record(actor, type=leaf, subject=str(thing.id), event={"type": said, **body}, public=public or {})
