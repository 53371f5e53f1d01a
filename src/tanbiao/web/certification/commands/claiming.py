"""Applying for a certification of another kind than a footprint, and stating its claim anew in rectification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds import Claim, parse_claim
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import claims, schemes
from tanbiao.web.certification.acts import advance, facts, locked, note, require_head, require_state
from tanbiao.web.certification.commands.application import body_of, new_case, store_documents
from tanbiao.web.certification.models import Case, CaseClaim
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, command, require
from tanbiao.web.uploads import Upload

KINDS = ("initial", "recertification")
"""A claim that changes is another claim: nothing of a certificate of these kinds is changed but by a new case."""


def claim_of(document: Mapping[str, Any]) -> Claim:
    """Return a stated claim.

    Raises
    ------
    Invalid
        What is malformed, with its place.
    """
    try:
        return parse_claim(document)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


@command("certification.apply")
def apply_with_claim(
    actor: Actor,
    *,
    body_id: UUID,
    scheme: str,
    certification: str,
    claim: Mapping[str, Any],
    kind: str = "initial",
    replaces: str = "",
    documents: Mapping[str, Upload] | None = None,
) -> Case:
    """Apply to a certification body for a certification that rests on a claim (``tanbiao: claim/1``).

    The claim is checked and frozen at once; retired credits that it names are taken out of everybody else's reach.

    Raises
    ------
    Invalid
        ``case_kind_unknown``, ``body_unknown``, a malformed claim, a file that is not accepted.
    Conflict
        ``scheme_kind_unknown``, ``scheme_kind_without_figure``; what stands against the claim; ``credit_used``; what
        the guards of *apply* miss.
    """
    if kind not in KINDS:
        raise Invalid.of("case_kind_unknown", "kind", kind=kind)
    if actor.organisation is None:
        raise NotAllowed.of("not_allowed")
    body, label_scheme, stated = body_of(body_id), schemes.load(scheme), claim_of(claim)
    asked = label_scheme.kind(certification)
    if asked is None or asked.claim is None:
        raise Conflict.of("claim_not_asked", "certification", kind=certification[:64])
    case = new_case(
        actor.organisation,
        body,
        label_scheme,
        certification=certification,
        kind=kind,
        replaces=replaces,
    )
    case.save()
    case.package_hash = claims.keep(actor, case, asked, stated).package_hash
    case.save(update_fields=["package_hash"])
    store_documents(actor, case, documents or {})
    details = {"scheme": case.scheme, "package": case.package_hash, "certification": certification}
    advance(actor, case, "apply", facts(actor, case), **details)
    return case


@command("certification.apply")
def state_claim(actor: Actor, *, case_id: UUID, builds_on: str, claim: Mapping[str, Any]) -> CaseClaim:
    """State the claim anew in rectification; the next round is about it.

    Raises
    ------
    Invalid
        A malformed claim.
    Conflict
        ``act_out_of_place``, ``stale_decision``; what stands against the claim; ``credit_used``.
    """
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    require_state(case, "claim", "rectification")
    require_head(case, builds_on)
    asked = claims.kind_of(case)
    if asked is None or asked.claim is None or not case.is_of_claim:
        raise Conflict.of("claim_not_asked", "certification", kind=case.certification)
    made = claims.keep(actor, case, asked, claim_of(claim))
    note(actor, case, "claim_stated", version=made.version, claim=made.package_hash)
    return made
