"""Signed conformity reports: who says that a tool's answers agree with a rule's examples.

The report is signed as a document (``eddsa-jcs-2022``, :mod:`tanbiao.evidence.data_integrity`) with a key of the
purpose ``conformity``. Its key's id is of the platform (``did:web:…#…``), or says the public key itself (``did:key:…``)
where no platform stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import data_integrity
from tanbiao.evidence.encoding import utc_text
from tanbiao.evidence.keys import KeyInfo, SigningKey, did_of

FORMAT = "rule-conformity/1"


def method_id(key: KeyInfo, base_url: str | None = None) -> str:
    """Return the full id of a key: under the platform at ``base_url``, else as a ``did:key``."""
    if base_url is not None:
        return f"{did_of(base_url)}#{key.kid}"
    text = data_integrity.public_multibase(key.jwk)
    return f"did:key:{text}#{text}"


def sign(report: Mapping[str, Any], key: SigningKey, *, now: datetime, base_url: str | None = None) -> dict[str, Any]:
    """Return a report with ``issued`` and its proof.

    Raises
    ------
    TanbiaoError
        ``conformity_malformed``: not a report.
    """
    if report.get("tanbiao") != FORMAT:
        raise TanbiaoError.of("conformity_malformed", "tanbiao")
    moment = utc_text(now)
    body = {key_: value for key_, value in report.items() if key_ != "proof"}
    return data_integrity.sign({**body, "issued": moment}, method_id(key.info, base_url), key, created=moment)


def verify(document: Any, trusted: Iterable[KeyInfo], base_url: str | None = None) -> Mapping[str, Any]:
    """Return the report of a signed document whose key is among the trusted ones.

    Raises
    ------
    TanbiaoError
        ``conformity_malformed``; ``proof_unsupported``; ``conformity_key_unknown``: another, or a revoked key;
        ``conformity_altered``: the proof does not hold.
    """
    if not isinstance(document, Mapping) or document.get("tanbiao") != FORMAT:
        raise TanbiaoError.of("conformity_malformed", "tanbiao")
    named = data_integrity.method_of(dict(document))
    known = {
        name: key
        for key in trusted
        if key.purpose == "conformity" and key.revoked is None
        for name in (method_id(key), *(() if base_url is None else (method_id(key, base_url),)))
    }
    if named not in known:
        raise TanbiaoError.of("conformity_key_unknown", "proof.verificationMethod", key=named)
    if not data_integrity.holds(document, {"publicKeyJwk": dict(known[named].jwk)}):
        raise TanbiaoError.of("conformity_altered", "proof")
    return {key: value for key, value in document.items() if key != "proof"}
