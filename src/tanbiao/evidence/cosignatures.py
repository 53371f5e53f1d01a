"""What witnesses say of a checkpoint: co-signatures with their time (C2SP tlog-cosignature v1), and how many count.

A witness states by its line under a checkpoint that, at that second, it had seen no other tree of this log that the
checkpoint does not extend. Who asks for N of M such lines can't be shown a log of his own, unless N witnesses take
part. A line is base64 of the key's hash, eight bytes of seconds since 1970 (big end first) and the signature over
``cosignature/v1``, ``time <seconds>`` and the checkpoint's text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import notes
from tanbiao.evidence.encoding import b64, b64_decode
from tanbiao.evidence.keys import SigningKey, load_jwk, verify_signature

_TYPE = b"\x04"
"""Signature type of a co-signature in the signed-note format."""
_TIME_BYTES = 8
_LENGTH = _TIME_BYTES + 64


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's public key: ``name+hash+base64(0x04 ‖ key)``."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ "\\n" ‖ 0x04 ‖ key)."""
        return hashlib.sha256(self.name.encode("utf-8") + b"\n" + _TYPE + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as one line of text."""
        return f"{self.name}+{self.key_hash.hex()}+{b64(_TYPE + self.public)}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a witness's key.

        Raises
        ------
        TanbiaoError
            ``witness_key_malformed``: no such line, a log's key, or a hash that is not its own.
        """
        try:
            name, hashed, encoded = text.strip().split("+", 2)
            raw = b64_decode(encoded)
            if raw[:1] != _TYPE or len(raw) != 33:
                raise ValueError("kind of key")
            made = cls(name, raw[1:])
            if not name or any(char.isspace() for char in name) or made.key_hash.hex() != hashed:
                raise ValueError("hash of key")
        except ValueError as error:
            raise TanbiaoError.of("witness_key_malformed", reason=str(error)) from error
        return made

    def verifies(self, text: str, blob: bytes) -> int | None:
        """Return when this witness signed a checkpoint's text (seconds since 1970), None if ``blob`` is not its
        line."""
        if len(blob) != _LENGTH:
            return None
        seconds = int.from_bytes(blob[:_TIME_BYTES], "big")
        key = ed25519.Ed25519PublicKey.from_public_bytes(self.public)
        good = seconds < 1 << 63 and verify_signature(key, "EdDSA", _message(text, seconds), blob[_TIME_BYTES:])
        return seconds if good else None


def witness_key(name: str, key: SigningKey) -> WitnessKey:
    """Return what is published of a witness's signing key.

    Raises
    ------
    TanbiaoError
        ``key_purpose_unknown``: not an Ed25519 key; ``witness_key_malformed``: a name with spaces or a plus sign.
    """
    public = load_jwk(key.info.jwk)
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    if not name or "+" in name or any(char.isspace() for char in name):
        raise TanbiaoError.of("witness_key_malformed", reason="name")
    return WitnessKey(name, public.public_bytes_raw())


def cosign(text: str, name: str, key: SigningKey, *, seconds: int) -> str:
    """Return a witness's line for a checkpoint's text, signed at ``seconds`` since 1970."""
    made = witness_key(name, key)
    blob = made.key_hash + seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_message(text, seconds))
    return f"— {name} {b64(blob)}\n"


def cosignatures(note: str, witnesses: Sequence[WitnessKey]) -> dict[str, int]:
    """Return which of the known witnesses signed a checkpoint: name → seconds since 1970 of its newest line.

    Raises
    ------
    TanbiaoError
        ``note_malformed``; ``cosignature_bad``: a line under a known witness's key does not verify.
    """
    read = notes.parse_note(note)
    found: dict[str, int] = {}
    for name, key_hash, blob in read.signatures:
        for known in witnesses:
            if (known.name, known.key_hash) != (name, key_hash):
                continue
            seconds = known.verifies(read.text, blob)
            if seconds is None:
                raise TanbiaoError.of("cosignature_bad", name=name)
            found[name] = max(seconds, found.get(name, 0))
    return found


@dataclass(frozen=True, slots=True)
class Policy:
    """Which witnesses somebody knows, where they answer, and how many of them must have signed."""

    witnesses: tuple[WitnessKey, ...] = ()
    quorum: int = 0
    addresses: Mapping[str, str] | None = None
    """Name of a witness → its submission address, for the log that asks them."""

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read a policy: lines ``witness VKEY [ADDRESS]`` and one ``quorum N``; # begins a comment.

        Without a ``quorum`` line all of them must sign.

        Raises
        ------
        TanbiaoError
            ``witness_policy_malformed`` with the line's number.
        """
        known: list[WitnessKey] = []
        addresses: dict[str, str] = {}
        quorum: int | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            if words[0] == "witness" and len(words) in (2, 3):
                made = _parsed(words[1], number)
                if any(made.name == one.name for one in known):
                    raise _malformed(number, "a name stands twice")
                known.append(made)
                if len(words) == 3:
                    addresses[made.name] = _address(words[2], number)
            elif words[0] == "quorum" and len(words) == 2 and words[1].isdecimal() and quorum is None:
                quorum = int(words[1])
            else:
                raise _malformed(number, "neither witness nor quorum")
        if quorum is not None and quorum > len(known):
            raise _malformed(len(text.splitlines()), "more asked for than named")
        return cls(tuple(known), len(known) if quorum is None else quorum, addresses)


def _malformed(number: int, reason: str) -> TanbiaoError:
    return TanbiaoError.of("witness_policy_malformed", str(number), line=number, reason=reason)


def _parsed(vkey: str, number: int) -> WitnessKey:
    try:
        return WitnessKey.parse(vkey)
    except TanbiaoError as error:
        raise _malformed(number, str(error.findings[0].params["reason"])) from error


def _address(text: str, number: int) -> str:
    if not text.startswith(("http://", "https://")):
        raise _malformed(number, "address")
    return text.rstrip("/")
