"""Checking a certificate with this server's own means: the same verification as everybody's, fed from its own keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import credentials, label_payload
from tanbiao.evidence.status_list import enveloped
from tanbiao.evidence.trust import Accreditation, Name, Resolver, TrustedLog, TrustList, trust_list_of
from tanbiao.evidence.verdict import Step, Verdict
from tanbiao.web import clock
from tanbiao.web.bodies.models import Qualification
from tanbiao.web.ledger import cosigned
from tanbiao.web.ledger.signing import origin, published_keys, verifiers
from tanbiao.web.register import orders, status_lists
from tanbiao.web.register.models import Certificate

SUPERSEDED = ("changed", "succeeded")


def trust_list() -> TrustList:
    """Return this platform's own trust list: who verifies elsewhere chooses whether to believe it."""
    keys = published_keys()
    operator = settings.TANBIAO_OPERATOR
    first = min((key.created[:10] for key in keys), default=clock.today().isoformat())
    return trust_list_of(
        settings.TANBIAO_BASE_URL.rstrip("/"),
        keys,
        name=Name(zh=operator["zh"] or "碳标", en=operator["en"] or "Tanbiao"),
        valid_from=date.fromisoformat(first),
        demo=settings.TANBIAO_DEMO,
        logs=_logs(),
        accreditations=_accreditations(),
    )


def _accreditations() -> tuple[Accreditation, ...]:
    """Return the accreditations of every body as the operator confirmed them, those that have ended with their end."""
    rows = Qualification.objects.filter(kind="accreditation", state__in=("confirmed", "ended"))
    found = []
    for row in rows.select_related("body").order_by("body", "valid_from", "number"):
        last = row.valid_until if row.ended_on is None else min(row.valid_until, row.ended_on - timedelta(days=1))
        if last >= row.valid_from:
            identity = orders.identity_of(row.body)
            found.append(Accreditation(identity, row.number, row.issuer, row.valid_from, last))
    return tuple(found)


def _logs() -> tuple[TrustedLog, ...]:
    vkeys = tuple(one.vkey for one in verifiers())
    asked = cosigned.known()
    witnesses = tuple(one.vkey for one in asked.witnesses)
    return (TrustedLog(origin(), vkeys, witnesses, asked.quorum),) if vkeys else ()


def resolver() -> Resolver:
    """Return the resolver of this server: its own trust list and its newest status lists, each read when asked for."""
    trusted = trust_list().resolver()
    lists: dict[tuple[str, int], dict[str, Any]] = {}

    def resolve(name: str) -> dict[str, Any]:
        try:
            return trusted(name)
        except KeyError:
            place = status_lists.read_url(name)
        if place not in lists:
            lists[place] = enveloped(status_lists.current(*place).document)
        return lists[place]

    return resolve


def check(token: str, value: str | None = None) -> Verdict:
    """Verify a credential; ``value`` is the figure on the pack, if somebody typed it."""
    return credentials.verify(token, resolver(), now=clock.now(), value=value or None)


def check_certificate(certificate: Certificate, token: str, value: str | None = None) -> Verdict:
    """Verify a certificate of the register; one that a newer version or certificate has replaced is "valid, but"."""
    verdict = check(token, value)
    if certificate.state in SUPERSEDED and verdict.verdict == "valid":
        return replace(verdict, verdict="valid_but")
    return verdict


def with_label(verdict: Verdict, certificate: Certificate, address: str) -> Verdict:
    """Add what the signed payload of a label's code says: a bad signature or another number or figure is invalid.

    The figure of an older version of the same certificate is "valid, but": the pack is older than the change.
    """
    own = label_payload.verify(address, resolver(), now=clock.now(), issuer=certificate.claims["issuer"])
    failed = tuple(step for step in own.steps if step.ok is False)
    if failed:
        return replace(verdict, verdict="invalid", steps=(*failed, *verdict.steps))
    try:
        payload = label_payload.decode(address)
    except TanbiaoError:
        return replace(verdict, verdict="invalid")
    if payload.number == certificate.number and payload.value == certificate.claims["value"]:
        return verdict
    if _of_older_version(certificate, payload):
        return replace(verdict, verdict="valid_but") if verdict.verdict == "valid" else verdict
    differs = Step("value", False, "step_value_differs", _difference(payload.value, certificate))
    return replace(verdict, verdict="invalid", steps=(differs, *verdict.steps))


def _of_older_version(certificate: Certificate, payload: label_payload.LabelPayload) -> bool:
    if payload.number != certificate.number or payload.value == certificate.claims["value"]:
        return False
    older = Certificate.objects.filter(number=payload.number, version__lt=certificate.version)
    return any(row.claims["value"] == payload.value for row in older)


def is_older_label(certificate: Certificate, address: str) -> bool:
    """Whether an address is of a label printed for an older version, which a browser can't compare with this one."""
    try:
        return _of_older_version(certificate, label_payload.decode(address))
    except TanbiaoError:
        return False


def _difference(typed: str, certificate: Certificate) -> dict[str, str | int | float]:
    claims = certificate.claims
    return {"typed": typed, "certified": claims["value"], "unit": claims["unit"]}
