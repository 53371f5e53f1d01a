"""The readers of the claim ledger: one's own claims; all of them for those who oversee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.core.study.instruments import KINDS
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.claims.keys import key_of
from tanbiao.web.claims.models import Claim
from tanbiao.web.commanding import Invalid, allowed

Standing = Literal["free", "yours", "taken"]


def claims(actor: Actor) -> QuerySet[Claim]:
    """Return the claims that an actor may see, the newest first: those of the own organisation, or all."""
    found = Claim.objects.select_related("instrument", "owner")
    if allowed(actor, "claims.oversee"):
        return found
    return found.filter(owner=actor.organisation) if actor.organisation is not None else found.none()


@dataclass(frozen=True, slots=True)
class Check:
    """Whether an instrument is free; of a stranger's claim only its reference and day are told."""

    kind: str
    code: str
    standing: Standing
    claims: tuple[Claim, ...]


def check(actor: Actor, kind: str, code: str) -> Check:
    """Return how an instrument stands for an actor.

    Raises
    ------
    Invalid
        ``claim_kind_unknown``, ``claim_code_empty``
    """
    if kind not in KINDS:
        raise Invalid.of("claim_kind_unknown", "kind", kind=kind, known=", ".join(KINDS))
    plain = key_of(kind, code, actor.organisation_id)
    if not plain:
        raise Invalid.of("claim_code_empty", "code")
    held = Claim.objects.filter(instrument__kind=kind, instrument__code=plain, released_at__isnull=True)
    found = tuple(held.select_related("owner").order_by("registered_at", "id"))
    if not found:
        return Check(kind, code, "free", ())
    mine = actor.organisation is not None and found[0].owner_id == actor.organisation.id
    return Check(kind, code, "yours" if mine else "taken", found)


def held_by(study_id: UUID) -> QuerySet[Claim]:
    """Return the held claims of a study; the feature above has checked that the reader may see the study."""
    return Claim.objects.filter(study=study_id, released_at__isnull=True).select_related("instrument")


def not_held(study_id: UUID, owner_id: UUID, instruments: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the codes of a result's instruments on which the study of an owner holds no claim."""
    held = {(item.instrument.kind, item.instrument.code) for item in held_by(study_id)}
    wanted = ((item, key_of(str(item["kind"]), str(item["code"]), owner_id)) for item in instruments)
    return [str(item["code"]) for item, key in wanted if (item["kind"], key) not in held]
