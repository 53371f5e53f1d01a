"""Status receipts: what a register says of a certificate as it stood on a day, signed, with the log's own proof.

A receipt is a JSON file ``{"format": "tanbiao-receipt/1", "receipt": <compact JWS>, "log": [{"leaf", "proof"}, …]}``.
The JWS (``typ`` ``tanbiao-receipt+jwt``) is signed with the issuer's key for status lists. Its payload says number,
day, state, value and versions as they were then, and whether the legal entity that was asked about is the holder. The
leaves show the issue, and the newest change of state up to that day, in the transparency log. Whoever holds the file
and a trust list can check it without the platform, years later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import jws
from tanbiao.evidence.encoding import parse_utc, strict_json, utc_text
from tanbiao.evidence.issuers import Issuer, ask, issuer_of
from tanbiao.evidence.keys import SigningKey
from tanbiao.evidence.leaf import parse_leaf
from tanbiao.evidence.log_evidence import log_keys
from tanbiao.evidence.notes import LogProof, Verifier
from tanbiao.evidence.trust import Resolver
from tanbiao.evidence.verdict import Step, Verdict, conclude

FORMAT = "tanbiao-receipt/1"
TYPE = "tanbiao-receipt+jwt"
STATES = ("valid", "suspended", "withdrawn", "cancelled", "expired", "superseded", "not_issued")
REQUIRED = (
    "format", "issuer", "issued_at", "at", "number", "state", "since", "version", "log_origin", "demonstration",
)  # fmt: skip
Match = Literal["yes", "no", "not_asked"]
CHINA = timedelta(hours=8)
"""The days of a certificate are days in China."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """A leaf of the log and the text of its ``.tlog-proof``."""

    leaf: bytes
    proof: str


def entity_match(asked: str, holder: Mapping[str, str]) -> Match:
    """Return whether the legal entity asked about (credit code or full name) is the holder.

    >>> entity_match(" 演示公司", {"name_zh": "演示公司", "registered_id": "X1"})
    'yes'
    """
    wanted = "".join(asked.split()).casefold()
    if not wanted:
        return "not_asked"
    known = (holder.get("registered_id", ""), holder.get("name_zh", ""), holder.get("name_en", ""))
    return "yes" if wanted in {"".join(text.split()).casefold() for text in known if text} else "no"


def make(payload: Mapping[str, Any], key: SigningKey, log: Sequence[LogPart]) -> str:
    """Return a receipt's file.

    Raises
    ------
    TanbiaoError
        ``key_purpose_unknown``: only the key for status lists signs receipts; ``receipt_malformed``.
    """
    if key.info.purpose != "status":
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    body = {"format": FORMAT, **payload}
    _check(body)
    token = jws.sign_compact(body, TYPE, f"{body['issuer']}#{key.kid}", key)
    parts = [{"leaf": part.leaf.decode("utf-8"), "proof": part.proof} for part in log]
    return json.dumps({"format": FORMAT, "receipt": token, "log": parts}, ensure_ascii=False, indent=1)


def _check(body: Mapping[str, Any]) -> None:
    lacking = [name for name in REQUIRED if name not in body]
    if lacking or body.get("format") != FORMAT:
        raise TanbiaoError.of("receipt_malformed", reason="lacks " + ", ".join(lacking) if lacking else "format")
    if body["state"] not in STATES:
        raise TanbiaoError.of("receipt_malformed", reason="state")
    if not isinstance(body["demonstration"], bool):
        raise TanbiaoError.of("receipt_malformed", reason="demonstration")
    try:
        issued, at = parse_utc(body["issued_at"]), parse_utc(body["at"])
    except (TypeError, ValueError) as error:
        raise TanbiaoError.of("receipt_malformed", reason="time") from error
    if at > issued:
        raise TanbiaoError.of("receipt_malformed", reason="speaks of a time after it was issued")


def is_receipt(data: bytes | str) -> bool:
    """Whether a file looks like a receipt."""
    head = data[:200] if isinstance(data, str) else data[:200].decode("utf-8", "replace")
    return head.lstrip().startswith("{") and FORMAT in head


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as read; nothing in it is believed."""

    token: jws.Unverified
    body: Mapping[str, Any]
    log: tuple[LogPart, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> Receipt:
        """Read a receipt's file strictly.

        Raises
        ------
        TanbiaoError
            ``json_not_strict``, ``receipt_malformed``, or what :func:`tanbiao.evidence.jws.take_apart` raises.
        """
        document = strict_json(data)
        if not isinstance(document, dict) or set(document) != {"format", "receipt", "log"}:
            raise TanbiaoError.of("receipt_malformed", reason="members")
        parts = document["log"]
        if document["format"] != FORMAT or not isinstance(document["receipt"], str):
            raise TanbiaoError.of("receipt_malformed", reason="format")
        if not isinstance(parts, list) or len(parts) > 4:
            raise TanbiaoError.of("receipt_malformed", reason="members")
        token = jws.take_apart(document["receipt"], TYPE)
        if not isinstance(token.payload, dict):
            raise TanbiaoError.of("receipt_malformed", reason="payload")
        _check(token.payload)
        return cls(token, token.payload, tuple(_part(part) for part in parts))


def _part(part: Any) -> LogPart:
    if not isinstance(part, dict) or set(part) != {"leaf", "proof"}:
        raise TanbiaoError.of("receipt_malformed", reason="log")
    if not all(isinstance(value, str) for value in part.values()):
        raise TanbiaoError.of("receipt_malformed", reason="log")
    return LogPart(part["leaf"].encode("utf-8"), part["proof"])


def verify(data: bytes | str, resolver: Resolver, *, now: datetime) -> Verdict:
    """Verify a receipt: form, issuer, signature, its time, and that the log bears out what it says.

    A genuine receipt of a withdrawn certificate is a valid receipt; the step ``status`` says which state it attests.
    """
    try:
        receipt = Receipt.parse(data)
    except TanbiaoError as error:
        first = error.findings[0]
        step = Step("document", False, first.code, first.params)
        return conclude([step], demo=False, status_as_of=None, claims=None)
    body = receipt.body
    issuer = str(body["issuer"])
    trusted = issuer_of(resolver, issuer)
    demo = bool(body["demonstration"]) or (trusted is not None and trusted.demo)
    origin = str(body["log_origin"])
    steps = [
        Step("document", True, "step_document_ok"),
        Step("claims", True, "step_receipt_number", {"number": str(body["number"])[:64]}),
        _issuer_step(receipt, issuer, trusted),
        _signature_step(receipt, trusted),
        _time_step(body, now),
        Step("status", True, "step_receipt_state", _said(body)),
        _log_step(receipt, log_keys(origin, ask(resolver, origin), trusted)),
    ]
    return conclude(steps, demo=demo, status_as_of=str(body["at"]), claims=None)


def _said(body: Mapping[str, Any]) -> dict[str, str | int | float]:
    return {"state": str(body["state"]), "at": str(body["at"])[:25], "value": str(body.get("value") or "–")[:40]}


def _issuer_step(receipt: Receipt, issuer: str, trusted: Issuer | None) -> Step:
    if trusted is None:
        return Step("issuer", None, "step_issuer_unknown", {"issuer": issuer})
    if trusted.id != issuer or not receipt.token.kid.startswith(f"{issuer}#"):
        return Step("issuer", False, "step_issuer_other_key", {"issuer": issuer})
    day = str(receipt.body["issued_at"])[:10]
    if not trusted.entitled(day):
        return Step("issuer", False, "step_issuer_not_entitled", {"issuer": issuer, "day": day})
    return Step("issuer", True, "step_issuer_ok" if trusted.begin else "step_issuer_keys", {"issuer": issuer})


def _signature_step(receipt: Receipt, trusted: Issuer | None) -> Step:
    if trusted is None:
        return Step("signature", None, "step_signature_no_key")
    method = trusted.method(receipt.token.kid, "status")
    jwk = None if method is None else method.get("publicKeyJwk")
    if not isinstance(jwk, dict):
        return Step("signature", False, "step_signature_unknown_key", {"kid": receipt.token.kid[:200]})
    if jws.signature_holds(receipt.token, jwk):
        return Step("signature", True, "step_signature_ok", {"kid": receipt.token.kid[:200]})
    return Step("signature", False, "step_signature_bad")


def _time_step(body: Mapping[str, Any], now: datetime) -> Step:
    issued = parse_utc(body["issued_at"])
    shown = {"issued": utc_text(issued)}
    return Step("validity", issued <= now, "step_receipt_time_ok" if issued <= now else "step_receipt_future", shown)


def _log_step(receipt: Receipt, keys: Sequence[Verifier]) -> Step:
    """Whether the leaves are in the signed log and say what the receipt says."""
    body = receipt.body
    if not receipt.log:
        # Before its issue there is nothing in the log; after it a receipt without proof is half a receipt.
        ok = True if body["state"] == "not_issued" else None
        return Step("log", ok, "step_receipt_log_absent")
    if not keys:
        return Step("log", None, "step_log_unknown", {"origin": str(body["log_origin"])[:100]})
    try:
        told = [_told(part, str(body["log_origin"]), keys) for part in receipt.log]
    except TanbiaoError as error:
        return Step("log", False, "step_log_bad", {"reason": error.code})
    reason = _differs(body, [leaf for leaf, _ in told])
    if reason:
        return Step("log", False, "step_log_bad", {"reason": reason})
    index, size = max(place for _, place in told)
    return Step("log", True, "step_log_ok", {"index": index, "size": size})


def _told(part: LogPart, origin: str, keys: Sequence[Verifier]) -> tuple[dict[str, Any], tuple[int, int]]:
    leaf = parse_leaf(part.leaf)
    proof = LogProof.parse(part.proof)
    signed = proof.verify(part.leaf, keys)
    if signed.origin != origin:
        raise TanbiaoError.of("receipt_malformed", reason="origin")
    return leaf, (proof.index, signed.size)


def _differs(body: Mapping[str, Any], leaves: Sequence[Mapping[str, Any]]) -> str:
    """Return what the leaves say otherwise than the receipt; nothing when they bear it out."""
    if any(leaf["public"].get("certificate") != body["number"] for leaf in leaves):
        return "number"
    if any(parse_utc(leaf["at"]) > parse_utc(body["at"]) for leaf in leaves):
        return "time"
    issued = [leaf for leaf in leaves if leaf["type"] == "certificate_issued"]
    if not issued or issued[-1]["public"].get("credential") != body.get("credential"):
        return "credential"
    newest = max(leaves, key=lambda leaf: parse_utc(leaf["at"]))
    status = newest["public"].get("status")
    if body["state"] == "expired" and status in ("valid", "suspended"):
        # The last day has passed, and nobody has written so yet: the leaf of the issue says which day that is.
        last = str(issued[-1]["public"].get("valid_until", "9999-12-31"))
        return "" if (parse_utc(body["at"]) + CHINA).date().isoformat() > last else "state"
    return "" if status == body["state"] else "state"
