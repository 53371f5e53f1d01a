"""Readers' keys: the public X25519 key under which an organisation gets sealed bundles, proved to be its own.

A key is registered with its public half alone. The platform encrypts a short text for it (the *challenge*); whoever
sends that text back holds the private half, and the key becomes the organisation's current one. The key before is
retired and stays in the history: what was sealed for it still opens with it. The private half never comes here.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.evidence import sealing
from tanbiao.evidence.keys import thumbprint
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation, ReaderKey
from tanbiao.web.accounts.queries import my_organisation
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, record, require

CHALLENGE_LASTS = timedelta(days=7)
"""How long a challenge may be answered (project default, not official)."""
MAX_WAITING = 5
"""Keys of an organisation that may wait for their proof at once (project default)."""
_ANSWER_BYTES = 24


@dataclass(frozen=True, slots=True)
class NamedReader:
    """An organisation that can be sealed for: its name, and its current key."""

    organisation: Organisation
    key: ReaderKey


@command("accounts.reader_keys")
def register_key(actor: Actor, *, public: str, note: str = "") -> ReaderKey:
    """Register a reader's key for one's own organisation and make its challenge.

    Parameters
    ----------
    public
        The public JWK, as ``tanbiao seal key`` prints it.
    note
        Where the private half lies, in the organisation's own words.

    Raises
    ------
    Invalid
        ``sealing_key_malformed``.
    Conflict
        ``reader_key_known``: this key is registered already, here or elsewhere; ``reader_keys_waiting``.
    """
    organisation = my_organisation(actor)
    require(actor, "accounts.reader_keys", organisation)
    jwk = _read(public)
    kid = thumbprint(jwk)
    ReaderKey.objects.filter(
        organisation=organisation, state="waiting", challenged_at__lt=clock.now() - CHALLENGE_LASTS
    ).delete()
    _refuse_known(kid, organisation)
    if ReaderKey.objects.filter(organisation=organisation, state="waiting").count() >= MAX_WAITING:
        raise Conflict.of("reader_keys_waiting", most=MAX_WAITING)
    answer = secrets.token_urlsafe(_ANSWER_BYTES)
    return ReaderKey.objects.create(
        organisation=organisation,
        kid=kid,
        x=jwk["x"],
        note=note.strip()[:120],
        state="waiting",
        challenge=sealing.seal(answer.encode(), [jwk]).decode(),
        answer_hash=hashlib.sha256(answer.encode()).hexdigest(),
        challenged_at=clock.now(),
        person=actor.person,
    )


def _refuse_known(kid: str, organisation: Organisation) -> None:
    """A key that was proved belongs to one organisation; one that only waits there hinders nobody else."""
    if ReaderKey.objects.filter(Q(proved_at__isnull=False) | Q(organisation=organisation), kid=kid).exists():
        raise Conflict.of("reader_key_known", "public", key=kid)


def _read(public: str) -> dict[str, str]:
    """Read a key, and try it: a point that nothing can be encrypted for is refused here, not when it is needed."""
    try:
        jwk = sealing.read_key(public)
        sealing.seal(b"test", [jwk])
    except Exception as error:
        findings = getattr(error, "findings", None)
        if not findings:
            raise
        raise Invalid(*findings) from error
    return jwk


@command("accounts.reader_keys")
def prove_key(actor: Actor, *, key_id: UUID, answer: str) -> ReaderKey:
    """Prove that one holds the private half; the key becomes current, and the one before is retired.

    Raises
    ------
    NotFound
        ``reader_key_unknown``.
    Conflict
        ``reader_key_settled``: it waits no longer; ``reader_key_late``.
    Invalid
        ``reader_key_unproved``: this is not what the challenge says.
    """
    key = _mine(actor, key_id)
    if key.state != "waiting":
        raise Conflict.of("reader_key_settled", "answer")
    if key.challenged_at < clock.now() - CHALLENGE_LASTS:
        raise Conflict.of("reader_key_late", "answer", days=CHALLENGE_LASTS.days)
    if not hmac.compare_digest(hashlib.sha256(answer.strip().encode()).hexdigest(), key.answer_hash):
        raise Invalid.of("reader_key_unproved", "answer")
    if ReaderKey.objects.filter(kid=key.kid, proved_at__isnull=False).exists():
        raise Conflict.of("reader_key_known", "answer", key=key.kid)
    for before in ReaderKey.objects.select_for_update().filter(organisation=key.organisation, state="current"):
        _retire(actor, before, "replaced")
    key.state, key.proved_at, key.challenge = "current", clock.now(), ""
    key.save(update_fields=["state", "proved_at", "challenge"])
    _log(actor, key, "reader_key_proved", {})
    return key


@command("accounts.reader_keys")
def retire_key(actor: Actor, *, key_id: UUID, reason: str) -> ReaderKey:
    """Take one's key out of use without another in its place: it is lost or disclosed, or no longer wanted.

    Raises
    ------
    NotFound
        ``reader_key_unknown``.
    Conflict
        ``reader_key_settled``: it is not in use.
    Invalid
        ``reader_key_reason``.
    """
    key = _mine(actor, key_id)
    if key.state == "retired":
        raise Conflict.of("reader_key_settled")
    if reason not in REASONS:
        raise Invalid.of("reader_key_reason", "reason", known=", ".join(REASONS))
    _retire(actor, key, reason)
    return key


REASONS = ("lost", "disclosed", "unused")


def _retire(actor: Actor, key: ReaderKey, reason: str) -> None:
    key.state, key.retired_at, key.reason, key.challenge = "retired", clock.now(), reason, ""
    key.save(update_fields=["state", "retired_at", "reason", "challenge"])
    _log(actor, key, "reader_key_retired", {"reason": reason})


def _log(actor: Actor, key: ReaderKey, event: str, more: Mapping[str, Any]) -> None:
    body = {"event": event, "organisation": str(key.organisation_id), "key": key.kid, **more}
    record(actor, type="organisation_event", subject=key.organisation_id, event=body)


def _mine(actor: Actor, key_id: UUID) -> ReaderKey:
    found = ReaderKey.objects.select_for_update().filter(id=key_id, organisation=actor.organisation).first()
    if found is None:
        raise NotFound.of("reader_key_unknown")
    require(actor, "accounts.reader_keys", found.organisation)
    return found


# -- reading ----------------------------------------------------------------------------------------------------------


def my_keys(actor: Actor) -> QuerySet[ReaderKey]:
    """Return the keys of the actor's organisation, newest first: waiting, current and retired ones."""
    organisation = my_organisation(actor)
    require(actor, "accounts.view_organisation", organisation)
    return ReaderKey.objects.filter(organisation=organisation).order_by("-challenged_at", "id")


def my_key(actor: Actor, key_id: UUID) -> ReaderKey:
    """Return one of the actor's organisation's keys.

    Raises
    ------
    NotFound
        ``reader_key_unknown``.
    """
    found = my_keys(actor).filter(id=key_id).first()
    if found is None:
        raise NotFound.of("reader_key_unknown")
    return found


def reader_named(actor: Actor, name: str) -> NamedReader:  # noqa: ARG001 (who may seal is asked where it is sealed)
    """Return the organisation of a name, credit code or id that has a key, with that key.

    Raises
    ------
    Invalid
        ``reader_without_key``: no organisation of exactly this name has a key; ``reader_ambiguous``: several do, so the
        credit code is wanted.
    """
    wanted = name.strip()
    match = Q(organisation__name_zh=wanted) | Q(organisation__name_en__iexact=wanted) | Q(organisation__uscc=wanted)
    with contextlib.suppress(ValueError):
        match |= Q(organisation_id=UUID(wanted))
    found = list(ReaderKey.objects.filter(match, state="current").select_related("organisation")[:2]) if wanted else []
    if not found:
        raise Invalid.of("reader_without_key", "readers", name=wanted[:80])
    if len(found) > 1:
        raise Invalid.of("reader_ambiguous", "readers", name=wanted[:80])
    return NamedReader(found[0].organisation, found[0])


def readers_among(organisations: QuerySet[Organisation]) -> list[NamedReader]:
    """Return those of some organisations that have a current key, by kind and name."""
    rows = ReaderKey.objects.filter(organisation__in=organisations, state="current").select_related("organisation")
    return [NamedReader(row.organisation, row) for row in rows.order_by("organisation__kind", "organisation__name_zh")]
