"""The W3C's eddsa-rdfc-2022 and Ed25519Signature2020 vectors, from the document on: expanded and canonicalised by a
library for tests alone (PyLD), hashed, signed and verified by this project's own keys and encodings."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from evidence.support import VECTORS, vectors
from tanbiao.evidence import contexts, data_integrity
from tanbiao.evidence.encoding import base58, base58_decode
from tanbiao.evidence.keys import verify_signature

jsonld: Any = pytest.importorskip("pyld.jsonld", reason="PyLD is of the development group")

EDDSA = VECTORS / "eddsa"
OWN = {
    "https://www.w3.org/ns/credentials/examples/v2": "credentials-examples-v2.jsonld",
    "https://w3id.org/security/suites/ed25519-2020/v1": "lds-ed25519-2020-v1.json",
}
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
_SCHEMA, _VOCABULARY, _DATE = (
    "https://schema.org/",
    "https://w3id.org/citizenship#",
    "http://www.w3.org/2001/XMLSchema#dateTime",
)
TERMS: dict[str, Any] = {
    **{
        name: f"{_SCHEMA}{name}"
        for name in (
            "Person",
            "additionalName",
            "familyName",
            "gender",
            "givenName",
            "identifier",
            "name",
            "description",
        )
    },
    **{
        name: f"{_VOCABULARY}{name}"
        for name in (
            *("EmploymentAuthorizationDocumentCredential", "EmployablePerson", "EmploymentAuthorizationDocument"),
            *("birthCountry", "employmentAuthorizationDocument", "lprCategory", "lprNumber"),
        )
    },
    "image": {"@id": f"{_SCHEMA}image", "@type": "@id"},
    "birthDate": {"@id": f"{_SCHEMA}birthDate", "@type": _DATE},
    "residentSince": {"@id": f"{_VOCABULARY}residentSince", "@type": _DATE},
}
"""The terms that the employment vector uses; its vocabulary's context does not come with it, so they are read off its
published canonical text."""
SINGLE = (
    ("eddsa-rdfc-2022", "DataInt", "unsigned.json"),
    ("eddsa-rdfc-2022/employ", "DataInt", "employmentAuth.json"),
    ("Ed25519Signature2020", "EdSig", "unsigned.json"),
)


def load(url: str, _options: Any = None) -> dict[str, Any]:
    """Return a context that is pinned or lies with the vectors; nothing is ever fetched."""
    if url == CITIZENSHIP:
        document: Any = {"@context": TERMS}
    elif url in OWN:
        document = json.loads((VECTORS / "contexts" / OWN[url]).read_text(encoding="utf-8"))
    else:
        document = contexts.load(url)
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": document}


def canonical(document: Any) -> str:
    how = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return str(jsonld.normalize(document, how))


def hashed(proof: dict[str, Any], document: dict[str, Any]) -> bytes:
    """Return what is signed: SHA-256 of the canonical proof options, then of the canonical document."""
    options = {"@context": document["@context"], **{key: value for key, value in proof.items() if key != "proofValue"}}
    return b"".join(hashlib.sha256(canonical(one).encode()).digest() for one in (options, document))


def holds(proof: dict[str, Any], document: dict[str, Any]) -> bool:
    public = data_integrity.load_multibase(proof["verificationMethod"].partition("#")[2])
    return verify_signature(public, "EdDSA", hashed(proof, document), base58_decode(proof["proofValue"][1:]))


def signature(private: str, data: bytes) -> str:
    """Return a signature as a proof value, made with a published private key (multicodec ed25519-priv, 0x1300)."""
    key = base58_decode(private[1:])
    assert key[:2] == b"\x80\x26"
    return "z" + base58(ed25519.Ed25519PrivateKey.from_private_bytes(key[2:]).sign(data))


def unsecured(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "proof"}


@pytest.mark.parametrize(("folder", "end", "plain"), SINGLE)
def test_from_the_document_to_the_published_signature(folder: str, end: str, plain: str) -> None:
    place: Path = EDDSA / folder

    def told(name: str) -> str:
        return (place / f"{name}{end}.txt").read_text(encoding="utf-8")

    signed = json.loads((place / f"signed{end}.json").read_text(encoding="utf-8"))
    document, proof = unsecured(signed), signed["proof"]
    if end == "DataInt":
        assert document == vectors(f"eddsa/{plain}")
    config = json.loads((place / f"proofConfig{end}.json").read_text(encoding="utf-8"))
    assert canonical(document) == told("canonDoc")
    assert canonical(config) == told("proofCanon")
    data = hashed(proof, document)
    assert data.hex() == told("combinedHash").strip()
    assert signature(vectors("eddsa/keyPair.json")["privateKeyMultibase"], data) == proof["proofValue"]
    assert holds(proof, document)
    for name, other in (("validFrom", "2024-01-01T00:00:00Z"), ("name", "Another")):
        assert not holds(proof, {**document, name: other}), name
    assert not holds({**proof, "created": "2020-01-01T00:00:00Z"}, document)


def test_the_proof_set_stands_each_proof_alone() -> None:
    for name, count in (("signedProofSet1", 1), ("signedProofSet2", 2)):
        signed = vectors(f"eddsa/proof-set-chain/{name}.json")
        proofs = signed["proof"] if isinstance(signed["proof"], list) else [signed["proof"]]
        assert len(proofs) == count
        for proof in proofs:
            assert holds(proof, unsecured(signed)), (name, proof["id"])
            assert not holds(proof, {**unsecured(signed), "description": "Another."})


@pytest.mark.parametrize("name", ["signedProofChain1", "signedProofChain2"])
def test_a_proof_of_the_chain_covers_the_proofs_that_it_names(name: str) -> None:
    """Data Integrity 1.0, 4.3: before such a proof is verified, the document gets the proofs that it follows."""
    signed = vectors(f"eddsa/proof-set-chain/{name}.json")
    by_id = {proof["id"]: proof for proof in signed["proof"] if "id" in proof}
    chained = 0
    for proof in signed["proof"]:
        before = proof.get("previousProof", [])
        named = [before] if isinstance(before, str) else before
        document = unsecured(signed)
        if named:
            document["proof"] = [by_id[one] for one in named]
            chained += 1
        assert holds(proof, document), proof["verificationMethod"]
        if named:
            assert not holds(proof, unsecured(signed))  # without what it follows
            other = copy.deepcopy(document)
            value = other["proof"][0]["proofValue"]
            other["proof"][0]["proofValue"] = value[:-1] + ("1" if value[-1] != "1" else "2")
            assert not holds(proof, other)
    assert chained == (1 if name.endswith("1") else 2)


def test_the_chains_signatures_are_made_with_the_published_keys() -> None:
    keys = vectors("eddsa/proof-set-chain/multiKeyPairs.json")
    private = {pair["publicKeyMultibase"]: pair["privateKeyMultibase"] for pair in keys.values()}
    signed = vectors("eddsa/proof-set-chain/signedProofChain2.json")
    by_id = {proof["id"]: proof for proof in signed["proof"] if "id" in proof}
    for proof in signed["proof"]:
        before = proof.get("previousProof", [])
        document = unsecured(signed)
        if before:
            document["proof"] = [by_id[one] for one in ([before] if isinstance(before, str) else before)]
        key = private[proof["verificationMethod"].partition("#")[2]]
        assert signature(key, hashed(proof, document)) == proof["proofValue"]
