"""Data Integrity proofs with the cryptosuite ``eddsa-jcs-2022`` (W3C Data Integrity EdDSA Cryptosuites v1.0, 3.3).

The signed bytes are SHA-256 of the canonical proof options followed by SHA-256 of the canonical document, both by
RFC 8785; no JSON-LD processing takes place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import base58, base58_decode
from tanbiao.evidence.keys import (
    ED25519_PREFIX,
    PublicKey,
    SigningKey,
    load_jwk,
    public_multibase,
    verify_signature,
)

__all__ = ["SUITE", "hash_data", "holds", "load_multibase", "method_of", "public_multibase", "sign"]

SUITE = "eddsa-jcs-2022"
_OPTIONS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue", "@context"}
"""Members that we understand; one that we don't (``expires``, ``domain``) could restrict the proof, so it is
refused."""


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes that are signed: hash of the proof options, then hash of the unsecured document."""
    return hashlib.sha256(canonical_bytes(options)).digest() + hashlib.sha256(canonical_bytes(document)).digest()


def load_multibase(text: str) -> ed25519.Ed25519PublicKey:
    """Read an Ed25519 Multikey.

    Raises
    ------
    ValueError
        Another base, codec or length.
    """
    raw = base58_decode(text[1:]) if text.startswith("z") else b""
    if not raw.startswith(ED25519_PREFIX) or len(raw) != 34:
        raise ValueError("no Ed25519 Multikey")
    return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])


def sign(document: Mapping[str, Any], method: str, key: SigningKey, *, created: str) -> dict[str, Any]:
    """Return the document with its proof.

    Parameters
    ----------
    method
        The key's full id, ``did:…#…``.
    created
        UTC time as text.
    """
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = key.sign(hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": "z" + base58(signature)}}


def method_of(document: Any) -> str:
    """Return the id of the key that a document's proof names; nothing is believed yet.

    Raises
    ------
    TanbiaoError
        ``proof_unsupported``: no proof, or not exactly one of this suite.
    """
    proof = document.get("proof") if isinstance(document, dict) else None
    if not isinstance(proof, dict) or proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        raise TanbiaoError.of("proof_unsupported")
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or proof.get("proofPurpose") != "assertionMethod" or not set(proof) <= _OPTIONS:
        raise TanbiaoError.of("proof_unsupported")
    return method


def holds(document: Mapping[str, Any], method: Mapping[str, Any]) -> bool:
    """Whether the document's proof is good under a verification method (Multikey, or JsonWebKey of kind OKP)."""
    proof = document.get("proof")
    if not isinstance(proof, dict):
        return False
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    if "@context" in options and options["@context"] != unsecured.get("@context"):
        # 3.3.2, step 4, lets a document carry further contexts that the proof does not cover; ours never do.
        return False
    try:
        public = _public(method)
        value = str(proof["proofValue"])
        signature = base58_decode(value[1:]) if value.startswith("z") else b""
        return verify_signature(public, "EdDSA", hash_data(unsecured, options), signature)
    except (KeyError, ValueError, TanbiaoError):
        return False


def _public(method: Mapping[str, Any]) -> PublicKey:
    if isinstance(method.get("publicKeyMultibase"), str):
        return load_multibase(method["publicKeyMultibase"])
    return load_jwk(method["publicKeyJwk"])
