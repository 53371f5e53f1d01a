"""Whether a certificate is suspended or withdrawn: its place in both signed status lists, as fresh as they are at
hand."""

from __future__ import annotations

from datetime import datetime

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import jws
from tanbiao.evidence.claims import StatusEntry
from tanbiao.evidence.encoding import utc_text
from tanbiao.evidence.issuers import Issuer, ask
from tanbiao.evidence.status_list import PublishedList, read_status_credential, token_of
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Step

TYPE = "vc+jwt"


def check_status(
    entry: StatusEntry | None, resolver: Resolver, trusted: Issuer | None, issuer: str, now: datetime
) -> tuple[Step, str | None]:
    """Look an entry up in both lists; return the step, and the time of the older list if any was at hand."""
    if entry is None or trusted is None:
        return Step("status", None, "step_status_not_checked"), None
    wanted = (("revocation", entry.revocation_list), ("suspension", entry.suspension_list))
    found = [(purpose, _list_at(resolver, trusted, issuer, url, purpose)) for purpose, url in wanted]
    at_hand = [one for _, one in found if one is not None]
    as_of = utc_text(min(one.as_of for one in at_hand)) if at_hand else None
    for purpose, one in found:
        if one is not None and entry.index < len(one.bits) and one.bits[entry.index]:
            return Step("status", False, f"step_status_{purpose}", {"as_of": utc_text(one.as_of)}), as_of
    if as_of is None:
        return Step("status", None, "step_status_absent"), None
    shown = {"as_of": as_of}
    if len(at_hand) < len(found) or any(entry.index >= len(one.bits) for one in at_hand):
        return Step("status", None, "step_status_incomplete", shown), as_of
    if not all(one.fresh(now) for one in at_hand):
        return Step("status", None, "step_status_old", shown), as_of
    return Step("status", True, "step_status_ok", shown), as_of


def _list_at(resolver: Resolver, trusted: Issuer, issuer: str, url: str, purpose: str) -> PublishedList | None:
    """Return a list whose signature holds; a list that can't be believed is a list that is not there."""
    document = ask(resolver, url)
    if document is None:
        return None
    try:
        token = jws.take_apart(token_of(document), TYPE)
        method = trusted.method(token.kid, "status")
        jwk = None if method is None else method.get("publicKeyJwk")
        if not isinstance(jwk, dict) or not jws.signature_holds(token, jwk):
            return None
        published = read_status_credential(token.payload, url, issuer)
    except TanbiaoError:
        return None
    return published if purpose in published.purpose else None
