"""The signed payload in a label's QR: an address to open, and enough in it to check the label without any network.

The address carries one query parameter ``s`` of fields joined by ``~`` (texts in base64url, days as YYYYMMDD)::

    2~number~value~unit~declared unit~boundary~scheme~first day~last day~index~holder~key~d or c~signature

``index`` is the certificate's place in the status lists of the address's host, list × 131,072 + place: the first lists
are ``/status/suspension`` and ``/status/revocation``, the others ``…/<list>``. Whoever keeps those lists on the phone
sees in flight mode whether the certificate was suspended or withdrawn. ``holder`` is the beginning of SHA-256 of the
holder's id, ``key`` the end of the signing key's id, ``d`` marks a demonstration. The signature (of the issuer's
certificate key, ES256 or SM2) is over the lines that :func:`signed_bytes` gives. The whole address stays below 300
characters, so that the code is legible at 20 mm; where it would pass them, the short form of before is used::

    1~number~value~unit~last day~key~d or c~signature

The short form says nothing of suspension: read alone, a good one is "valid, but" at best.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import BEIJING, CertificateClaims, StatusEntry
from tanbiao.evidence.encoding import b64url, b64url_decode, parse_utc
from tanbiao.evidence.issuers import Issuer, issuer_of
from tanbiao.evidence.keys import SigningKey, algorithm_of, did_of, load_jwk, verify_signature
from tanbiao.evidence.status_check import check_status
from tanbiao.evidence.status_list import MIN_ENTRIES
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Step, Verdict, conclude, figure_step

MAX_LENGTH = 300
PARAMETER = "s"
_NUMBER = re.compile(r"[A-Z0-9][A-Za-z0-9._-]{2,63}")
_VALUE = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?")
_DAY = re.compile(r"\d{8}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16}")
_HOLDER = re.compile(r"[A-Za-z0-9_-]{11}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,60}")
_INDEX = re.compile(r"0|[1-9]\d{0,7}")
SHORT, FLIGHT = 1, 2
"""Forms of the payload: the short one, and the one that is checked whole in flight mode."""


@dataclass(frozen=True, slots=True)
class LabelPayload:
    """What the label's code says. Days are ``YYYY-MM-DD``; ``key`` is the end of the signing key's id.

    The members after ``host`` stand in the flight form only.
    """

    number: str
    value: str
    unit: str
    valid_until: str
    key: str
    demo: bool
    signature: bytes
    host: str = ""
    """Scheme and host of the address that carried it, such as ``https://tanbiao.example``; it is not signed."""
    version: int = SHORT
    declared_unit: str = ""
    boundary: str = ""
    scheme: str = ""
    valid_from: str = ""
    index: int = 0
    holder: str = ""

    def status(self, host: str) -> StatusEntry | None:
        """Return its place in the status lists of a host; None for the short form."""
        if self.version == SHORT or not host:
            return None
        shard, place = divmod(self.index, MIN_ENTRIES)
        tail = f"/{shard}" if shard else ""
        return StatusEntry(place, f"{host}/status/suspension{tail}", f"{host}/status/revocation{tail}")


def holder_hash(identifier: str) -> str:
    """Return how the flight form names a holder: eight bytes of SHA-256 of the id, base64url."""
    return b64url(hashlib.sha256(identifier.encode("utf-8")).digest()[:8])


def signed_bytes(payload: LabelPayload) -> bytes:
    """Return what is signed: lines of UTF-8 text, each ended by a newline."""
    flag = "d" if payload.demo else "c"
    head = (f"tanbiao-label/{payload.version}", payload.number, payload.value, payload.unit)
    more: tuple[str, ...] = ()
    if payload.version == FLIGHT:
        more = (payload.declared_unit, payload.boundary, payload.scheme, payload.valid_from)
    tail: tuple[str, ...] = (payload.valid_until, payload.key, flag)
    if payload.version == FLIGHT:
        tail = (payload.valid_until, str(payload.index), payload.holder, payload.key, flag)
    return "".join(f"{line}\n" for line in (*head, *more, *tail)).encode("utf-8")


def encode(url: str, claims: CertificateClaims, key: SigningKey) -> str:
    """Return the address for the QR: ``url`` with the signed payload as its query parameter ``s``.

    The flight form, unless the address would be too long or the status lists lie elsewhere than it says.

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
    short = LabelPayload(claims.number, claims.value, claims.unit, claims.valid_until, thumb, claims.demo, b"")
    whole = replace(
        short,
        version=FLIGHT,
        declared_unit=claims.declared_unit,
        boundary=claims.boundary,
        scheme=claims.scheme_id,
        valid_from=claims.valid_from,
        index=_index(url, claims.status),
        holder=holder_hash(claims.holder.id),
    )
    texts = [_address(url, one, key) for one in ([whole] if _fits(whole, url, claims) else [])]
    texts = [text for text in texts if len(text) <= MAX_LENGTH] or [_address(url, short, key)]
    if len(texts[0]) > MAX_LENGTH:
        raise TanbiaoError.of("label_too_long", length=len(texts[0]), most=MAX_LENGTH)
    return texts[0]


def _index(url: str, entry: StatusEntry) -> int:
    """Return list × 131,072 + place of a status entry; one that lies elsewhere does not come back as itself."""
    tail = entry.suspension_list.removeprefix(f"{_host(url)}/status/suspension").removeprefix("/")
    return entry.index + MIN_ENTRIES * (int(tail) if _INDEX.fullmatch(tail) else 0)


def _fits(payload: LabelPayload, url: str, claims: CertificateClaims) -> bool:
    """Whether the flight form can say it: plain words, and status lists where everybody will look for them."""
    words = all(_WORD.fullmatch(word) for word in (payload.boundary, payload.scheme))
    return words and "\n" not in payload.declared_unit and payload.status(_host(url)) == claims.status


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _address(url: str, payload: LabelPayload, key: SigningKey) -> str:
    """Sign a payload and put it into the address."""
    fields = [str(payload.version), payload.number, payload.value, b64url(payload.unit.encode("utf-8"))]
    if payload.version == FLIGHT:
        fields += [b64url(payload.declared_unit.encode("utf-8")), payload.boundary, payload.scheme]
        fields.append(payload.valid_from.replace("-", ""))
    fields.append(payload.valid_until.replace("-", ""))
    if payload.version == FLIGHT:
        fields += [str(payload.index), payload.holder]
    fields += [payload.key, "d" if payload.demo else "c", b64url(key.sign(signed_bytes(payload)))]
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{PARAMETER}={quote('~'.join(fields), safe='~')}"


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
        return replace(_read(raw.split("~")), host=host)
    except (ValueError, KeyError) as error:
        raise TanbiaoError.of("label_malformed", reason=str(error)[:60]) from error


def _read(fields: list[str]) -> LabelPayload:
    """Read a payload's fields strictly: every one has one spelling."""
    version, number, value, unit, *middle, until, key, flag, signature = _ordered(fields)
    good = _NUMBER.fullmatch(number) and _VALUE.fullmatch(value) and _KEY.fullmatch(key)
    if not good or flag not in ("d", "c"):
        raise ValueError("a field")
    made = LabelPayload(
        number, value, _text(unit), _day(until), key, flag == "d", b64url_decode(signature), version=int(version)
    )
    if not middle:
        return made
    declared_unit, boundary, scheme, begin, index, holder = middle
    words = _WORD.fullmatch(boundary) and _WORD.fullmatch(scheme)
    if not words or _INDEX.fullmatch(index) is None or _HOLDER.fullmatch(holder) is None:
        raise ValueError("a field")
    return replace(
        made,
        declared_unit=_text(declared_unit),
        boundary=boundary,
        scheme=scheme,
        valid_from=_day(begin),
        index=int(index),
        holder=holder,
    )


def _ordered(fields: list[str]) -> list[str]:
    """Return the fields with those that only the flight form has in the middle."""
    if fields[0] == str(SHORT) and len(fields) == 8:
        return fields
    if fields[0] == str(FLIGHT) and len(fields) == 14:
        _, _, _, _, declared, boundary, scheme, begin, until, index, holder, *tail = fields
        return [*fields[:4], declared, boundary, scheme, begin, index, holder, until, *tail]
    raise ValueError("form")


def _text(coded: str) -> str:
    text = b64url_decode(coded).decode("utf-8")
    if not text or "\n" in text:
        raise ValueError("no text of one line")
    return text


def _day(text: str) -> str:
    if _DAY.fullmatch(text) is None:
        raise ValueError("a day")
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


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
        With fresh status lists at hand the flight form may be ``valid``; the short one is at best ``valid_but``, since
        it can't know whether its certificate was suspended.
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
    status, as_of = _status_step(payload, resolver, trusted, did, now)
    steps.append(status)
    steps.append(figure_step(Decimal(payload.value), payload.value, payload.unit, value))
    demo = payload.demo or (trusted is not None and trusted.demo)
    return conclude(steps, demo=demo, status_as_of=as_of, claims=None)


def _status_step(
    payload: LabelPayload, resolver: Resolver, trusted: Issuer | None, did: str, now: datetime
) -> tuple[Step, str | None]:
    entry = payload.status(payload.host)
    if entry is None:
        return Step("status", None, "step_label_status"), None
    return check_status(entry, resolver, trusted, did, now)


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
        good = verify_signature(public, algorithm_of(public), signed_bytes(payload), payload.signature)
    except (KeyError, TanbiaoError):
        good = False
    return [issuer, Step("signature", good, "step_signature_ok" if good else "step_signature_bad", {"kid": kid})]


def _validity_step(payload: LabelPayload, now: datetime) -> Step:
    try:
        end = parse_utc(f"{payload.valid_until}T23:59:59{BEIJING}")
        begin = parse_utc(f"{payload.valid_from}T00:00:00{BEIJING}") if payload.valid_from else None
    except ValueError:
        return Step("validity", False, "step_validity_unreadable")
    if begin is not None and now < begin:
        shown = {"begin": payload.valid_from, "end": payload.valid_until}
        return Step("validity", False, "step_validity_not_yet", shown)
    if now > end:
        return Step("validity", False, "step_validity_expired", {"end": payload.valid_until})
    return Step("validity", True, "step_label_validity", {"end": payload.valid_until})


def label_step(text: str, claims: AnyClaims | None, trusted: Issuer | None) -> Step:
    """Check that a label belongs to a certificate: signed by the same issuer, and saying the same."""
    try:
        payload = decode(text)
    except TanbiaoError as error:
        return Step("label", False, error.code, error.findings[0].params)
    if claims is None or trusted is None:
        return Step("label", None, "step_label_not_checked")
    if isinstance(claims, KindClaims):
        return Step("label", False, "step_label_differs", {"number": payload.number, "value": payload.value})
    said = (payload.number, payload.value, payload.unit, payload.valid_until, payload.demo)
    agrees = said == (claims.number, claims.value, claims.unit, claims.valid_until, claims.demo)
    if payload.version == FLIGHT:
        more = (payload.declared_unit, payload.boundary, payload.scheme, payload.valid_from)
        own = (claims.declared_unit, claims.boundary, claims.scheme_id, claims.valid_from)
        place = (payload.index % MIN_ENTRIES, payload.holder)
        agrees = agrees and (more, place) == (own, (claims.status.index, holder_hash(claims.holder.id)))
    if not agrees:
        return Step("label", False, "step_label_differs", {"number": payload.number, "value": payload.value})
    if not _signature_steps(payload, claims.issuer, trusted)[1].ok:
        return Step("label", False, "step_label_bad")
    return Step("label", True, "step_label_matches")
