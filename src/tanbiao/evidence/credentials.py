"""Issuing, reading and verifying certificates as VC-JWT (or with an ``eddsa-jcs-2022`` proof).

:func:`verify` takes the document and a resolver and never anything from the network: the resolver hands over the
issuer's DID document by its DID and the status lists by their URLs, or raises ``KeyError``. It is never asked for
contexts. Whether an issuer is trusted is the resolver's business: what it hands over is believed
(:meth:`tanbiao.evidence.trust.TrustList.resolver`). The verdict's rules are those of
:func:`tanbiao.evidence.verdict.conclude`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import bundles, data_integrity, jws, label_payload
from tanbiao.evidence.certified import AnyClaims, claims_of, credential_of, lint
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import CertificateClaims
from tanbiao.evidence.encoding import parse_utc, strict_json, utc_text
from tanbiao.evidence.issuers import Issuer, ask, issuer_of
from tanbiao.evidence.keys import SigningKey
from tanbiao.evidence.log_evidence import LogEvidence, credential_hash, log_keys, policy_of
from tanbiao.evidence.notes import Verifier
from tanbiao.evidence.status_check import check_status
from tanbiao.evidence.status_list import token_of
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Step, StepId, Verdict, conclude, figure_step

__all__ = [
    "CertificateClaims",
    "LogEvidence",
    "Verdict",
    "credential_hash",
    "issue",
    "issue_twin",
    "parse",
    "twin_of",
    "verify",
]

TYPE = "vc+jwt"


def issue(claims: AnyClaims, key: SigningKey) -> str:
    """Return the certificate as VC-JWT; it is linted before it is signed.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.evidence.claims.lint` raises; ``key_purpose_unknown``: the key is not one for certificates.
    """
    if key.info.purpose != "certificate":
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    credential = credential_of(claims)
    lint(credential)
    return jws.sign_compact(credential, TYPE, f"{claims.issuer}#{key.kid}", key)


def issue_twin(claims: AnyClaims, key: SigningKey, *, now: datetime) -> dict[str, Any]:
    """Return the same credential with an ``eddsa-jcs-2022`` Data Integrity proof, for readers without JOSE.

    Raises
    ------
    TanbiaoError
        As :func:`issue`; the key must be one of purpose ``twin``.
    """
    credential = credential_of(claims)
    lint(credential)
    return twin_of(credential, key, now=now)


def twin_of(credential: Mapping[str, Any], key: SigningKey, *, now: datetime) -> dict[str, Any]:
    """Return a linted credential with its Data Integrity proof; the signer makes it of the logged document itself.

    Raises
    ------
    TanbiaoError
        ``key_purpose_unknown``: the key is not one of purpose ``twin``.
    """
    if key.info.purpose != "twin":
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    return data_integrity.sign(credential, f"{credential['issuer']['id']}#{key.kid}", key, created=utc_text(now))


def parse(token: str) -> AnyClaims:
    """Return the claims of a credential of any form *without* checking its signature: for those who signed it.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.evidence.jws.take_apart`, :func:`tanbiao.evidence.data_integrity.method_of` and
        :func:`tanbiao.evidence.claims.claims_of` raise.
    """
    return claims_of(_read(token).credential)


@dataclass(frozen=True, slots=True)
class _Document:
    """A credential of either form, read but not believed."""

    credential: Mapping[str, Any]
    kid: str
    token: jws.Unverified | None

    def signed_by(self, method: Mapping[str, Any]) -> bool:
        if self.token is None:
            return data_integrity.holds(self.credential, method)
        jwk = method.get("publicKeyJwk")
        return isinstance(jwk, dict) and jws.signature_holds(self.token, jwk)


@dataclass(slots=True)
class _Steps:
    done: list[Step] = field(default_factory=list)

    def add(self, id: StepId, ok: bool | None, code: str, **params: str | int | float) -> bool | None:
        self.done.append(Step(id, ok, code, params))
        return ok


def verify(
    document: str | bytes,
    resolver: Resolver,
    *,
    now: datetime | None = None,
    value: str | None = None,
    label: str | None = None,
    log: LogEvidence | None = None,
    statement: bytes | None = None,
    twin: str | None = None,
) -> Verdict:
    """Verify a certificate.

    Parameters
    ----------
    document
        VC-JWT, EnvelopedVerifiableCredential, or a credential with an ``eddsa-jcs-2022`` proof.
    resolver
        Hands over the issuer's DID document and status lists by name; raises KeyError for what it does not know.
    now
        The moment to judge by. None means the clock of this computer: the only place of the package that reads it.
    value
        The figure printed on the pack, typed in; None if nobody typed one.
    label
        The address or payload of the label that led here: it must be signed by the same issuer and say the same.
    log
        The log leaf of the issue and its proof file: they must show this very credential to be in the log.
    statement
        The public statement of the calculation: it must be the one that the certificate names, and hold.
    twin
        The other form of the same credential, with its Data Integrity proof: it must say the very same, be signed by
        the same issuer, and, where ``log`` and the log's key are known, be named by the leaf of the issue.

    Returns
    -------
    Verdict
        Never an exception for a bad document: that is an invalid one, with the reason in its first step.
    """
    moment = datetime.now(UTC) if now is None else now
    steps = _Steps()
    try:
        read = _read(document)
    except TanbiaoError as error:
        reason = error.findings[0]
        steps.add("document", False, reason.code, **reason.params)
        return conclude(steps.done, demo=False, status_as_of=None, claims=None)
    steps.add("document", True, "step_document_ok")
    issuer = _issuer_of(read.credential)
    trusted = issuer_of(resolver, issuer)
    claims = _check_claims(steps, read.credential)
    _check_issuer(steps, read, issuer, trusted, claims)
    _check_accreditation(steps, trusted, claims)
    _check_signature(steps, read, trusted)
    _check_validity(steps, read.credential, moment)
    status, as_of = check_status(None if claims is None else claims.status, resolver, trusted, issuer, moment)
    steps.done.append(status)
    _check_value(steps, claims, value)
    if label is not None:
        steps.done.append(label_payload.label_step(label, claims, trusted))
    keys: tuple[Verifier, ...] = ()
    if log is not None and claims is not None:
        known = ask(resolver, claims.log_origin)
        keys = log_keys(claims.log_origin, known, trusted)
        secured = read.credential if read.token is None else read.token.compact
        steps.done.append(log.step(secured, claims, keys))
        seen = log.witness_step(policy_of(known)) if keys else None
        steps.done.extend([] if seen is None else [seen])
    if statement is not None and claims is not None:
        steps.done.append(bundles.statement_step(statement, claims))
    if twin is not None and claims is not None:
        steps.done.append(_twin_step(twin, read.credential, trusted, lambda it: _in_leaf(it, claims, log, keys)))
    demo = (trusted is not None and trusted.demo) or (claims is not None and claims.demo)
    return conclude(steps.done, demo=demo, status_as_of=as_of, claims=claims)


def _twin_step(
    text: str, credential: Mapping[str, Any], trusted: Issuer | None, in_leaf: Callable[[Mapping[str, Any]], bool]
) -> Step:
    """Check the other form of a credential: the same statement, one's own signature, and the leaf that names it."""
    try:
        twin = _read(text)
    except TanbiaoError as error:
        return Step("twin", False, "step_twin_unreadable", {"reason": error.findings[0].code})
    unsecured = {key: value for key, value in twin.credential.items() if key != "proof"}
    if twin.token is not None or unsecured != credential:
        return Step("twin", False, "step_twin_differs")
    if trusted is None:
        return Step("twin", None, "step_signature_no_key")
    method = trusted.method(twin.kid, "twin")
    if method is None:
        return Step("twin", False, "step_signature_unknown_key", {"kid": twin.kid})
    if not twin.signed_by(method):
        return Step("twin", False, "step_twin_bad")
    return (
        Step("twin", True, "step_twin_ok") if in_leaf(twin.credential) else Step("twin", False, "step_twin_not_logged")
    )


def _in_leaf(twin: Mapping[str, Any], claims: AnyClaims, log: LogEvidence | None, keys: tuple[Verifier, ...]) -> bool:
    """Whether the leaf of the issue names this twin; nothing is asked where there is no leaf or no key of its log."""
    return log is None or not keys or log.step(twin, claims, keys).ok is True


def _read(document: str | bytes) -> _Document:
    if isinstance(document, bytes):
        try:
            document = document.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TanbiaoError.of("document_not_text") from error
    text = document.strip()
    if len(text) > jws.MAX_LENGTH:
        raise TanbiaoError.of("jws_malformed", reason=f"longer than {jws.MAX_LENGTH} characters")
    if not text.startswith("{"):
        return _from_token(text)
    body = strict_json(text)
    if "EnvelopedVerifiableCredential" in str(body.get("type")):
        return _from_token(token_of(body))
    return _Document(body, data_integrity.method_of(body), None)


def _from_token(text: str) -> _Document:
    token = jws.take_apart(text, TYPE)
    if not isinstance(token.payload, dict):
        raise TanbiaoError.of("jws_malformed", reason="the payload is no object")
    return _Document(token.payload, token.kid, token)


def _issuer_of(credential: Mapping[str, Any]) -> str:
    issuer = credential.get("issuer")
    found = issuer.get("id") if isinstance(issuer, dict) else issuer
    return found if isinstance(found, str) else ""


def _check_claims(steps: _Steps, credential: Mapping[str, Any]) -> AnyClaims | None:
    try:
        claims = claims_of(credential)
    except TanbiaoError as error:
        steps.add("claims", False, error.code, **error.findings[0].params)
        return None
    steps.add("claims", True, "step_claims_ok", number=claims.number)
    return claims


def _check_issuer(
    steps: _Steps,
    read: _Document,
    issuer: str,
    trusted: Issuer | None,
    claims: AnyClaims | None,
) -> None:
    """Whether the issuer is known, entitled on the day of issue, and the key one of the body that is named."""
    if trusted is None:
        steps.add("issuer", None, "step_issuer_unknown", issuer=issuer)
        return
    if trusted.id != issuer or not read.kid.startswith(f"{issuer}#"):
        steps.add("issuer", False, "step_issuer_other_key", issuer=issuer)
        return
    if claims is not None and not trusted.entitled(claims.valid_from):
        steps.add("issuer", False, "step_issuer_not_entitled", issuer=issuer, day=claims.valid_from)
        return
    body = trusted.body_of(read.kid)
    if claims is not None and body is not None and body != claims.body.id:
        steps.add("issuer", False, "step_issuer_other_body", body=claims.body.name)
        return
    # Without a term nobody said that this issuer was entitled: its keys are at hand, that is all.
    steps.add("issuer", True, "step_issuer_ok" if trusted.begin else "step_issuer_keys", issuer=issuer)


def _check_accreditation(steps: _Steps, trusted: Issuer | None, claims: AnyClaims | None) -> None:
    """Whether the body that decided was accredited on that day, where the trust list says anything of its
    accreditations."""
    if trusted is None or claims is None or not any(one.body == claims.body.id for one in trusted.accreditations):
        return
    said = {"body": claims.body.name, "day": claims.decided_on}
    found = trusted.accredited(claims.body.id, claims.decided_on)
    if found is None:
        steps.add("accreditation", False, "step_accreditation_none", **said)
    else:
        steps.add("accreditation", True, "step_accreditation_ok", number=found.number, by=found.by, **said)


def _check_signature(steps: _Steps, read: _Document, trusted: Issuer | None) -> None:
    if trusted is None:
        steps.add("signature", None, "step_signature_no_key")
        return
    method = trusted.method(read.kid, "certificate", "twin")
    if method is None:
        steps.add("signature", False, "step_signature_unknown_key", kid=read.kid)
    elif read.signed_by(method):
        steps.add("signature", True, "step_signature_ok", kid=read.kid)
    else:
        steps.add("signature", False, "step_signature_bad")


def _check_validity(steps: _Steps, credential: Mapping[str, Any], now: datetime) -> None:
    try:
        begin, end = parse_utc(credential["validFrom"]), parse_utc(credential["validUntil"])
    except (KeyError, TypeError, ValueError):
        steps.add("validity", False, "step_validity_unreadable")
        return
    shown = {"begin": str(credential["validFrom"])[:10], "end": str(credential["validUntil"])[:10]}
    if now < begin:
        steps.add("validity", False, "step_validity_not_yet", **shown)
    elif now > end:
        steps.add("validity", False, "step_validity_expired", **shown)
    else:
        steps.add("validity", True, "step_validity_ok", **shown)


def _check_value(steps: _Steps, claims: AnyClaims | None, value: str | None) -> None:
    if claims is None or (isinstance(claims, KindClaims) and value is None):
        steps.add("value", None, "step_value_not_asked")
        return
    if isinstance(claims, KindClaims):
        # A figure on a pack is none of a certificate that has no footprint.
        steps.add("value", False, "step_value_no_figure", typed=(value or "")[:40])
        return
    steps.done.append(figure_step(Decimal(claims.value), claims.value, claims.unit, value))
