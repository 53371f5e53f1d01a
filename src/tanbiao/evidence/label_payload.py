"""The signed payload in a label's QR: an address to open, and enough in it to check the figure without any network.

The address carries one query parameter ``s`` of eight fields joined by ``~``::

    1~<number>~<value>~<unit, base64url>~<last day, YYYYMMDD>~<key>~<d or c>~<signature, base64url>

``key`` is the end of the signing key's id, ``d`` marks a demonstration. The signature (ES256) is over the lines that
:func:`signed_bytes` gives. The whole address stays below 300 characters, so that the code is legible at 20 mm. The
payload says nothing of suspension: read alone, a good one is "valid, but" at best.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.claims import BEIJING, CertificateClaims
from tanbiao.evidence.encoding import b64url, b64url_decode, parse_utc
from tanbiao.evidence.issuers import Issuer, issuer_of
from tanbiao.evidence.keys import SigningKey, did_of, load_jwk, verify_signature
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Step, Verdict, conclude, figure_step

MAX_LENGTH = 300
PARAMETER = "s"
_NUMBER = re.compile(r"[A-Z0-9][A-Za-z0-9._-]{2,63}")
_VALUE = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?")
_DAY = re.compile(r"\d{8}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class LabelPayload:
    """What the label's code says. ``valid_until`` is ``YYYY-MM-DD``; ``key`` the end of the signing key's id."""

    number: str
    value: str
    unit: str
    valid_until: str
    key: str
    demo: bool
    signature: bytes
    host: str = ""
    """Scheme and host of the address that carried it, such as ``https://tanbiao.example``; it is not signed."""


def signed_bytes(payload: LabelPayload) -> bytes:
    """Return what is signed: seven lines of UTF-8 text, each ended by a newline."""
    flag = "d" if payload.demo else "c"
    lines = ("tanbiao-label/1", payload.number, payload.value, payload.unit, payload.valid_until, payload.key, flag)
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def encode(url: str, claims: CertificateClaims, key: SigningKey) -> str:
    """Return the address for the QR: ``url`` with the signed payload as its query parameter ``s``.

    Raises
    ------
    TanbiaoError
        ``label_too_long``: the address would pass 300 characters; ``label_malformed``: the number or value does not fit
        the payload; ``key_purpose_unknown``: no key for certificates.
    """
    if key.info.purpose != "certificate":
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    if _NUMBER.fullmatch(claims.number) is None or _VALUE.fullmatch(claims.value) is None or "\n" in claims.unit:
        raise TanbiaoError.of("label_malformed", reason=claims.number)
    thumb = key.kid.removeprefix("certificate-")
    bare = LabelPayload(claims.number, claims.value, claims.unit, claims.valid_until, thumb, claims.demo, b"")
    fields = (
        "1",
        claims.number,
        claims.value,
        b64url(claims.unit.encode("utf-8")),
        claims.valid_until.replace("-", ""),
        thumb,
        "d" if claims.demo else "c",
        b64url(key.sign(signed_bytes(bare))),
    )
    joint = "&" if "?" in url else "?"
    text = f"{url}{joint}{PARAMETER}={quote('~'.join(fields), safe='~')}"
    if len(text) > MAX_LENGTH:
        raise TanbiaoError.of("label_too_long", length=len(text), most=MAX_LENGTH)
    return text


def decode(text: str) -> LabelPayload:
    """Read the address, with the payload as parameter or fragment, or the bare payload; nothing is believed yet.

    Raises
    ------
    TanbiaoError
        ``label_malformed``.
    """
    text = text.strip()
    if len(text) > 2 * MAX_LENGTH:
        raise TanbiaoError.of("label_malformed", reason="too long")
    host, raw = "", text
    try:
        if "://" in text:
            parts = urlsplit(text)
            host = f"{parts.scheme}://{parts.netloc}"
            raw = parse_qs(parts.query).get(PARAMETER, [unquote(parts.fragment).removeprefix(f"{PARAMETER}=")])[0]
        version, number, value, unit, day, key, flag, signature = raw.split("~")
        good = _NUMBER.fullmatch(number) and _VALUE.fullmatch(value) and _DAY.fullmatch(day) and _KEY.fullmatch(key)
        if version != "1" or not good or flag not in ("d", "c"):
            raise ValueError("a field")
        sealed = b64url_decode(signature)
        until = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        return LabelPayload(number, value, b64url_decode(unit).decode("utf-8"), until, key, flag == "d", sealed, host)
    except (ValueError, KeyError) as error:
        raise TanbiaoError.of("label_malformed", reason=str(error)[:60]) from error


def verify(
    text: str, resolver: Resolver, *, now: datetime, value: str | None = None, issuer: str | None = None
) -> Verdict:
    """Verify a label's payload without its certificate.

    Parameters
    ----------
    text
        The address in the QR, or the bare payload (then ``issuer`` must be given).
    resolver
        Hands over the issuer's DID document, as for certificates.
    issuer
        DID of the issuer; by default the ``did:web`` of the address's host.

    Returns
    -------
    Verdict
        At best ``valid_but``: a label can't know whether its certificate was suspended.
    """
    try:
        payload = decode(text)
        did = issuer if issuer is not None else did_of(payload.host)
    except TanbiaoError as error:
        found = error.findings[0]
        return conclude([Step("document", False, found.code, found.params)], demo=False, status_as_of=None, claims=None)
    trusted = issuer_of(resolver, did)
    steps = [Step("document", True, "step_document_ok")]
    steps.append(Step("claims", True, "step_label_ok", {"number": payload.number}))
    steps.extend(_signature_steps(payload, did, trusted))
    steps.append(_validity_step(payload, now))
    steps.append(Step("status", None, "step_label_status"))
    steps.append(figure_step(Decimal(payload.value), payload.value, payload.unit, value))
    demo = payload.demo or (trusted is not None and trusted.demo)
    return conclude(steps, demo=demo, status_as_of=None, claims=None)


def _signature_steps(payload: LabelPayload, did: str, trusted: Issuer | None) -> list[Step]:
    if trusted is None:
        return [
            Step("issuer", None, "step_issuer_unknown", {"issuer": did}),
            Step("signature", None, "step_signature_no_key"),
        ]
    issuer = Step("issuer", True, "step_issuer_ok" if trusted.begin else "step_issuer_keys", {"issuer": did})
    kid = f"{did}#certificate-{payload.key}"
    method = trusted.method(kid, "certificate")
    if method is None:
        return [issuer, Step("signature", False, "step_signature_unknown_key", {"kid": kid})]
    try:
        public = load_jwk(method["publicKeyJwk"])
        good = verify_signature(public, "ES256", signed_bytes(payload), payload.signature)
    except (KeyError, TanbiaoError):
        good = False
    return [issuer, Step("signature", good, "step_signature_ok" if good else "step_signature_bad", {"kid": kid})]


def _validity_step(payload: LabelPayload, now: datetime) -> Step:
    try:
        end = parse_utc(f"{payload.valid_until}T23:59:59{BEIJING}")
    except ValueError:
        return Step("validity", False, "step_validity_unreadable")
    if now > end:
        return Step("validity", False, "step_validity_expired", {"end": payload.valid_until})
    return Step("validity", True, "step_label_validity", {"end": payload.valid_until})


def label_step(text: str, claims: CertificateClaims | None, trusted: Issuer | None) -> Step:
    """Check that a label belongs to a certificate: signed by the same issuer, and saying the same."""
    try:
        payload = decode(text)
    except TanbiaoError as error:
        return Step("label", False, error.code, error.findings[0].params)
    if claims is None or trusted is None:
        return Step("label", None, "step_label_not_checked")
    said = (payload.number, payload.value, payload.unit, payload.valid_until, payload.demo)
    if said != (claims.number, claims.value, claims.unit, claims.valid_until, claims.demo):
        return Step("label", False, "step_label_differs", {"number": payload.number, "value": payload.value})
    if not _signature_steps(payload, claims.issuer, trusted)[1].ok:
        return Step("label", False, "step_label_bad")
    return Step("label", True, "step_label_matches")
