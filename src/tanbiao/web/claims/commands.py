"""The writers of the claim ledger: a submitted study registers what it uses up, a withdrawn one gives it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.instruments import PLANTS
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.claims.keys import key_of
from tanbiao.web.claims.models import Claim, Instrument
from tanbiao.web.commanding import Conflict, NotAllowed, command
from tanbiao.web.ledger import commands as ledger

PLACES = Decimal("0.000000001")
NEAR = Decimal("1.000000001")
"""Sums may exceed a whole by so much for the sake of rounding."""


@command("claims.register")
def register(
    actor: Actor,
    *,
    owner: Organisation,
    study_id: UUID,
    title_zh: str,
    title_en: str,
    revision: str,
    instruments: Sequence[Mapping[str, Any]],
) -> list[Claim]:
    """Register everything that a study's result uses up; what the study held before and no longer uses is released.

    Parameters
    ----------
    instruments
        The table ``instruments`` of the result: ``kind``, ``code``, ``amount``, ``whole``, ``row``, ``where``.

    Raises
    ------
    NotAllowed
        The study is another organisation's.
    Conflict
        One finding per instrument that is used already: ``claim_taken`` (by another organisation: its reference and day
        only), ``claim_taken_own`` (names the own study), ``claim_over_whole`` (more than it holds); of a plant's output
        ``claim_plant_unsaid`` (one of the studies does not say it, or they differ), ``claim_over_plant``.
    """
    if not actor.is_system and (actor.organisation is None or actor.organisation.id != owner.id):
        raise NotAllowed.of("not_allowed", permission="claims.register")
    wanted = sorted(instruments, key=lambda item: (*_key(item, owner), item["where"]))
    locked = _locked(wanted, owner)
    sums = _sums(wanted, owner)
    found = (_refusal(item, locked[_key(item, owner)], owner, study_id, sums[_key(item, owner)]) for item in wanted)
    refused = [one for one in found if one is not None]
    if refused:
        raise Conflict(*refused)
    before = {(item.instrument_id, item.place): item for item in _held(study_id)}
    made = []
    for item in wanted:
        row = locked[_key(item, owner)]
        claim = before.pop((row.id, item["where"]), None) or Claim(
            instrument=row, owner=owner, study=study_id, place=item["where"], registered_at=clock.now()
        )
        claim.code, claim.row, claim.revision = str(item["code"])[:200], item["row"], revision
        claim.title_zh, claim.title_en = title_zh[:200], title_en[:200]
        claim.amount, claim.whole = _exact(item["amount"]), _whole(item)
        _tell(actor, claim, "claim.registered" if claim._state.adding else "claim.kept")
        claim.save()
        made.append(claim)
    for claim in before.values():
        _release(actor, claim, "replaced")
    return made


@command("claims.register")
def release(actor: Actor, *, owner: Organisation, study_id: UUID, reason: str = "withdrawn") -> int:
    """Release what a study holds: others may use it. Return how many claims were released.

    Raises
    ------
    NotAllowed
        The study is another organisation's.
    """
    if not actor.is_system and (actor.organisation is None or actor.organisation.id != owner.id):
        raise NotAllowed.of("not_allowed", permission="claims.register")
    held = list(_held(study_id))
    for claim in held:
        _release(actor, claim, reason)
    return len(held)


def _held(study_id: UUID) -> list[Claim]:
    rows = Claim.objects.select_for_update(of=("self",)).select_related("instrument")
    return list(rows.filter(study=study_id, released_at__isnull=True))


def _key(item: Mapping[str, Any], owner: Organisation) -> tuple[str, str]:
    return str(item["kind"]), key_of(str(item["kind"]), str(item["code"]), owner.id)


def _locked(wanted: Sequence[Mapping[str, Any]], owner: Organisation) -> dict[tuple[str, str], Instrument]:
    """Return the instruments' rows, made where new, locked in one order: two never wait for each other in a ring."""
    found = {}
    for kind, code in dict.fromkeys(_key(item, owner) for item in wanted):
        row, _ = Instrument.objects.get_or_create(kind=kind, code=code)
        found[kind, code] = Instrument.objects.select_for_update().get(id=row.id)
    return found


def _sums(wanted: Sequence[Mapping[str, Any]], owner: Organisation) -> dict[tuple[str, str], Decimal]:
    """Return how much of each instrument the study's rows use together."""
    found: dict[tuple[str, str], Decimal] = {}
    for item in wanted:
        found[_key(item, owner)] = found.get(_key(item, owner), Decimal(0)) + _exact(item["amount"])
    return found


def _refusal(
    item: Mapping[str, Any], row: Instrument, owner: Organisation, study_id: UUID, together: Decimal
) -> Finding | None:
    """Return why a use is refused: another has it, or all of it is used by the others and this study together."""
    others = list(
        Claim.objects.filter(instrument=row, released_at__isnull=True)
        .exclude(study=study_id)
        .order_by("registered_at", "id")
    )
    if not others:
        return None
    first = others[0]
    told = {"certificate": str(item["code"]), "reference": first.reference, "since": f"{first.registered_at:%Y-%m-%d}"}
    where = str(item["where"])
    if any(one.owner_id != owner.id for one in others):
        stranger = next(one for one in others if one.owner_id != owner.id)
        told |= {"reference": stranger.reference, "since": f"{stranger.registered_at:%Y-%m-%d}"}
        return finding("claim_taken", Severity.ERROR, where, **told)
    whole, is_plant = _whole(item), row.kind in PLANTS
    if whole is None or any(one.whole != whole for one in others):
        study = first.title_zh or first.title_en
        code = "claim_plant_unsaid" if is_plant else "claim_taken_own"
        return finding(code, Severity.ERROR, where, **told, study=study, row=first.row)
    used = sum((one.amount for one in others), together)
    if used <= whole * NEAR:
        return None
    amounts = {"used": f"{used.normalize():f}", "whole": f"{whole.normalize():f}"}
    return finding("claim_over_plant" if is_plant else "claim_over_whole", Severity.ERROR, where, **told, **amounts)


def _exact(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(PLACES)


def _whole(item: Mapping[str, Any]) -> Decimal | None:
    return None if item["whole"] is None else _exact(item["whole"])


def _release(actor: Actor, claim: Claim, reason: str) -> None:
    claim.released_at, claim.reason = clock.now(), reason[:40]
    _tell(actor, claim, "claim.released")
    claim.save()


def _tell(actor: Actor, claim: Claim, what: str) -> None:
    """Write the log entry: its leaf tells nothing, what happened stands in the private event."""
    event = {
        "what": what,
        "claim": str(claim.id),
        "kind": claim.instrument.kind,
        "code": claim.instrument.code,
        "study": str(claim.study),
        "revision": claim.revision,
        "reason": claim.reason,
    }
    ledger.record(actor, type="claim_event", subject=str(claim.id), event=event)
