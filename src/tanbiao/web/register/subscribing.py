"""Telling subscribers of changes: signed web hooks with retries, and an Atom feed for everybody."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from tanbiao.web import clock, outgoing
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register.models import Entry, Notice, Subscription

TOPICS = ("number", "holder", "category", "body")
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
"""How long after each failure the next try comes; then a notice is given up. Project default, not official."""
PAUSED_AFTER = 20
"""Notices given up in a row after which a subscription ends by itself. Project default, not official."""
MOST = 200
"""Subscriptions of one organisation at most (project default)."""


@command("register.subscribe")
def subscribe(actor: Actor, *, topic: str, value: str, url: str) -> Subscription:
    """Subscribe to the changes of a certificate, a maker, a category or a body; the secret is shown this once.

    Raises
    ------
    Invalid
        ``subscription_topic_unknown``, ``subscription_empty``, ``subscriptions_too_many``, ``outgoing_refused``
    """
    if topic not in TOPICS:
        raise Invalid.of("subscription_topic_unknown", "topic", known=", ".join(TOPICS))
    if not value.strip():
        raise Invalid.of("subscription_empty", "value")
    outgoing.check(url.strip())
    if subscriptions(actor).filter(ended_at__isnull=True).count() >= MOST:
        raise Invalid.of("subscriptions_too_many", "value", limit=MOST)
    assert actor.organisation is not None
    return Subscription.objects.create(
        owner=actor.organisation,
        person=person_of(actor),
        topic=topic,
        value=value.strip()[:120],
        url=url.strip(),
        secret=secrets.token_urlsafe(32),
        created_at=clock.now(),
    )


@command("register.subscribe")
def unsubscribe(actor: Actor, *, subscription_id: UUID) -> Subscription:
    """End a subscription of one's organisation; asked twice, it is ended once.

    Raises
    ------
    NotFound
        ``subscription_unknown``
    """
    found = subscriptions(actor).select_for_update(of=("self",)).filter(id=subscription_id).first()
    if found is None:
        raise NotFound.of("subscription_unknown", str(subscription_id))
    if found.ended_at is None:
        found.ended_at = clock.now()
        found.save(update_fields=["ended_at"])
    return found


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """Return the subscriptions of the actor's organisation."""
    require(actor, "register.subscribe")
    return Subscription.objects.filter(owner=actor.organisation)


def tell(number: str, snapshot: str) -> int:
    """Make a notice for every subscriber of an entry and ask a worker to deliver it; told twice, it is one."""
    entry = Entry.objects.filter(number=number).first()
    if entry is None:
        return 0
    wanted = Q()
    for topic in TOPICS:
        wanted |= Q(topic=topic, value=getattr(entry, topic))
    told = 0
    for subscription in Subscription.objects.filter(wanted, ended_at__isnull=True):
        notice, is_new = Notice.objects.get_or_create(
            subscription=subscription, snapshot=snapshot, defaults={"number": number, "at": clock.now()}
        )
        if is_new:
            told += 1
            _ask(notice)
    return told


def _ask(notice: Notice) -> None:
    wait = WAITS[notice.attempts - 1] if notice.attempts else timedelta()
    key = f"notify/{notice.id}/{notice.attempts}"
    ledger.enqueue("register.notify", key=key, payload={"notice": notice.id}, not_before=clock.wall() + wait)


def body_of(notice: Notice, entry: Entry) -> bytes:
    """Return what is sent: the entry's state now, and where the rest is found."""
    record = entry.record
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    return json.dumps(
        {
            "type": "register.entry",
            "id": str(notice.id),
            "at": clock.stamp(notice.at),
            "number": entry.number,
            "kind": entry.kind,
            "state": entry.state,
            "reason": record["reason"],
            "since": record["state_since"],
            "valid_until": record["valid_until"],
            "snapshot": entry.snapshot,
            "entry": f"{base}/api/v1/register/entries/{entry.number}",
            "demonstration": entry.is_demo,
        },
        ensure_ascii=False,
    ).encode()


def signature(secret: str, moment: int, body: bytes) -> str:
    """Return the header that proves who sends: HMAC-SHA-256 over the time, a point, and the body."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def deliver(notice_id: int) -> str:
    """Try to deliver a notice; return ``delivered``, ``later`` or ``given_up``."""
    notice = Notice.objects.select_related("subscription").get(id=notice_id)
    subscription = notice.subscription
    entry = Entry.objects.filter(number=notice.number).first()
    if notice.delivered_at is not None or subscription.ended_at is not None or entry is None:
        return "delivered"
    notice.attempts += 1
    notice.error = _sent(notice, subscription, body_of(notice, entry))
    if not notice.error:
        notice.delivered_at, subscription.failures = clock.now(), 0
    elif notice.attempts > len(WAITS):
        subscription.failures += 1
        if subscription.failures >= PAUSED_AFTER:
            subscription.ended_at = clock.now()
    notice.save(update_fields=["attempts", "error", "delivered_at"])
    subscription.save(update_fields=["failures", "ended_at"])
    if not notice.error:
        return "delivered"
    if notice.attempts > len(WAITS):
        return "given_up"
    _ask(notice)
    return "later"


def _sent(notice: Notice, subscription: Subscription, body: bytes) -> str:
    """Send; return why it was not taken, nothing when it was."""
    headers: Mapping[str, str] = {
        "Content-Type": "application/json",
        "User-Agent": f"tanbiao/{settings.TANBIAO_VERSION}",
        "Tanbiao-Delivery": str(notice.id),
        "Tanbiao-Signature": signature(subscription.secret, int(clock.wall().timestamp()), body),
    }
    try:
        status = outgoing.post(subscription.url, body, headers)
    except Invalid as error:
        return error.code
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    return "" if 200 <= status < 300 else f"status {status}"


def feed_entries(actor: Actor, asked: Mapping[str, str], limit: int = 50) -> list[Entry]:  # noqa: ARG001 (public)
    """Return the newest changes of what a feed is asked for: topic → value; nothing asked is everything."""
    wanted: dict[str, Any] = {topic: asked[topic] for topic in TOPICS if asked.get(topic)}
    return list(Entry.objects.filter(**wanted).order_by("-changed_at", "number")[:limit])
