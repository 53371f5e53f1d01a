"""What shows that the issue of a certificate stands in the transparency log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tanbiao.core.canonical import content_hash, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import cosignatures, notes
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.cosignatures import Policy, WitnessKey
from tanbiao.evidence.issuers import Issuer
from tanbiao.evidence.keys import load_jwk
from tanbiao.evidence.leaf import parse_leaf
from tanbiao.evidence.notes import LogProof, Verifier
from tanbiao.evidence.verdict import Step

Key = TypeVar("Key", Verifier, WitnessKey)


def credential_hash(token: str) -> str:
    """Return ``sha256:…`` of a VC-JWT's text: what the log leaf of the issue publishes."""
    return hash_bytes(token.encode("ascii"))


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """The raw leaf of the issue and the text of its ``.tlog-proof`` file."""

    leaf: bytes
    proof: str

    def step(self, document: str | Mapping[str, Any], claims: AnyClaims, keys: Sequence[Verifier]) -> Step:
        """Check that the leaf publishes exactly this credential and is in the signed log; None without a known key.

        ``document`` is a VC-JWT's text, or the secured document of its Data Integrity twin.
        """
        if not keys:
            return Step("log", None, "step_log_unknown", {"origin": claims.log_origin})
        try:
            public = parse_leaf(self.leaf)["public"]
            said, found = (
                (public.get("credential"), credential_hash(document))
                if isinstance(document, str)
                else (public.get("twin"), content_hash(document))
            )
            if said != found or public.get("certificate") != claims.number:
                return Step("log", False, "step_log_bad", {"reason": "leaf"})
            proof = LogProof.parse(self.proof)
            signed = proof.verify(self.leaf, keys)
        except TanbiaoError as error:
            return Step("log", False, "step_log_bad", {"reason": error.code})
        if signed.origin != claims.log_origin:
            return Step("log", False, "step_log_bad", {"reason": "origin"})
        return Step("log", True, "step_log_ok", {"index": proof.index, "size": signed.size})

    def witness_step(self, policy: Policy) -> Step | None:
        """Check that enough known witnesses co-signed the checkpoint; None where nobody asks for any.

        Too few make no forgery, so ``ok`` is None then; a line of a known witness that is not its own does.
        """
        if not policy.witnesses:
            return None
        known, quorum = len(policy.witnesses), policy.quorum
        try:
            found = len(cosignatures.cosignatures(LogProof.parse(self.proof).checkpoint, policy.witnesses))
        except TanbiaoError as error:
            return Step("witness", False, "step_witness_bad", {"reason": error.code})
        enough = True if found >= quorum else None
        code = "step_witness_ok" if enough else "step_witness_few"
        return Step("witness", enough, code, {"found": found, "known": known, "quorum": quorum})


def policy_of(document: Mapping[str, Any] | None) -> Policy:
    """Return the witnesses that a resolver's document of a log names, and how many of them must have signed."""
    named = (document or {}).get("witnesses", [])
    known = tuple(_usable(WitnessKey.parse, [str(vkey) for vkey in named] if isinstance(named, list) else []))
    quorum = (document or {}).get("quorum", 0)
    return Policy(known, quorum if type(quorum) is int else len(known))


def log_keys(origin: str, document: Mapping[str, Any] | None, issuer: Issuer | None) -> tuple[Verifier, ...]:
    """Return a log's verifier keys.

    Parameters
    ----------
    origin
        The log's origin, as the certificate names it.
    document
        What the resolver knows of the log (``{"vkeys": […]}``), None if nothing.
    issuer
        The issuer; where the log itself is not known, its keys named ``#log-…`` are taken.
    """
    named = document.get("vkeys") if document is not None else None
    if named is not None:
        return tuple(_usable(Verifier.parse, [str(vkey) for vkey in named] if isinstance(named, list) else []))
    methods = [] if issuer is None else [item for item in issuer.methods if "#log-" in str(item.get("id"))]
    return tuple(_usable(lambda item: _verifier(origin, item.get("publicKeyJwk")), methods))


def _verifier(origin: str, jwk: Any) -> Verifier:
    public = load_jwk(jwk)
    if not isinstance(public, Ed25519PublicKey):
        raise TanbiaoError.of("key_unusable", reason="a log signs with Ed25519")
    return notes.verifier_of(origin, public.public_bytes_raw())


def _usable(make: Callable[[Any], Key], items: Iterable[Any]) -> Iterator[Key]:
    """Make keys; a key that can't be read is a key that is not there."""
    for item in items:
        with suppress(TanbiaoError):
            yield make(item)
