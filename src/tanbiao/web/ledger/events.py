"""Domain events: how a feature lets higher ones know, without calling them.

:func:`emit` writes the event and one delivery per subscribed handler in the command's transaction. :func:`deliver` runs
each handler in a transaction together with the mark that it is done: what a handler writes to the database happens
exactly once; a handler that fails is tried again, later each time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from tanbiao.core.canonical import canonical_bytes
from tanbiao.web import clock
from tanbiao.web.ledger.models import Delivery, DomainEvent

Handler = Callable[[Mapping[str, Any]], None]
logger = logging.getLogger("tanbiao.events")
MAX_WAIT_SECONDS = 600
_handlers: dict[str, dict[str, Handler]] = {}


def subscribe(name: str) -> Callable[[Handler], Handler]:
    """Register a handler for the events of a name; it gets the payload and may be called more than once."""

    def register(handler: Handler) -> Handler:
        _handlers.setdefault(name, {})[f"{handler.__module__}.{handler.__qualname__}"] = handler
        return handler

    return register


def emit(name: str, payload: Mapping[str, Any]) -> DomainEvent:
    """Write an event (JSON values only) for everyone who subscribed to its name."""
    event = DomainEvent.objects.create(name=name, payload=canonical_bytes(payload).decode(), at=clock.now())
    Delivery.objects.bulk_create(Delivery(event=event, handler=key) for key in sorted(_handlers.get(name, {})))
    return event


def deliver(limit: int = 100) -> int:
    """Deliver what is due and return how many deliveries were tried; call until 0 to have everything delivered."""
    due = Delivery.objects.filter(done_at__isnull=True, next_at__lte=clock.wall()).order_by("next_at", "id")
    keys = list(due.values_list("id", flat=True)[:limit])
    for key in keys:
        _deliver_one(key)
    return len(keys)


def _deliver_one(key: int) -> None:
    try:
        with transaction.atomic():
            locked = Delivery.objects.filter(id=key, done_at__isnull=True).select_related("event")
            if connection.features.has_select_for_update_skip_locked:
                locked = locked.select_for_update(skip_locked=True, of=("self",))
            delivery = locked.first()
            if delivery is None:
                return
            handler = _handlers.get(delivery.event.name, {}).get(delivery.handler)
            if handler is not None:
                handler(json.loads(delivery.event.payload))
            delivery.done_at = clock.wall()
            delivery.attempts += 1
            delivery.error = "" if handler else "no such handler any more"
            delivery.save(update_fields=["done_at", "attempts", "error"])
    except Exception as error:
        logger.exception("delivery %s failed", key)
        _put_off(key, error)


def _put_off(key: int, error: Exception) -> None:
    delivery = Delivery.objects.get(id=key)
    delivery.attempts += 1
    delivery.error = f"{type(error).__name__}: {error}"[:2000]
    delivery.next_at = clock.wall() + timedelta(seconds=min(2**delivery.attempts, MAX_WAIT_SECONDS))
    delivery.save(update_fields=["attempts", "error", "next_at"])
