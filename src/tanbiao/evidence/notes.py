"""Signed notes and checkpoints of the C2SP (signed-note, tlog-checkpoint, tlog-proof) with Ed25519.

A note is a text that ends in a newline, an empty line, and signature lines ``— name base64(key hash ‖ signature)``. A
checkpoint is a note whose text says origin, size and root of a log. Unknown signatures are ignored, as the format
wants, so that witnesses can add theirs; a line under a known key that does not verify makes the whole note bad.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import merkle
from tanbiao.evidence.encoding import b64, b64_decode
from tanbiao.evidence.keys import SigningKey, load_jwk, verify_signature

_ED25519 = b"\x01"
"""Signature type of the signed-note format."""
_DASH = "— "
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9]\d{0,18}")
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key as a note names it: ``name+hash+base64(type ‖ key)``."""

    name: str
    key_hash: bytes
    public: bytes

    @property
    def vkey(self) -> str:
        """The key as one line of text."""
        return f"{self.name}+{self.key_hash.hex()}+{b64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read a verifier key.

        Raises
        ------
        TanbiaoError
            ``note_key_malformed``: no such line, another kind of key, or a hash that is not its own.
        """
        try:
            name, hashed, encoded = text.strip().split("+", 2)
            raw = b64_decode(encoded)
            if raw[:1] != _ED25519 or len(raw) != 33:
                raise ValueError("kind of key")
            made = verifier_of(name, raw[1:])
            if made.key_hash.hex() != hashed:
                raise ValueError("hash of key")
        except ValueError as error:
            raise TanbiaoError.of("note_key_malformed", reason=str(error)) from error
        return made

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the signature over a note's text is this key's."""
        key = ed25519.Ed25519PublicKey.from_public_bytes(self.public)
        return verify_signature(key, "EdDSA", text.encode("utf-8"), signature)


def verifier_of(name: str, public: bytes) -> Verifier:
    """Return the verifier of a raw 32-byte Ed25519 key; its hash is SHA-256(name ‖ "\\n" ‖ type ‖ key), first 4 bytes.

    Raises
    ------
    TanbiaoError
        ``note_key_malformed``: the name holds spaces or a plus sign.
    """
    if _NAME.fullmatch(name) is None:
        raise TanbiaoError.of("note_key_malformed", reason="name")
    digest = hashlib.sha256(name.encode("utf-8") + b"\n" + _ED25519 + public).digest()
    return Verifier(name, digest[:4], public)


def verifier(name: str, key: SigningKey) -> Verifier:
    """Return what is published of a log's signing key.

    Raises
    ------
    TanbiaoError
        ``key_purpose_unknown``: the key is not an Ed25519 key.
    """
    public = load_jwk(key.info.jwk)
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise TanbiaoError.of("key_purpose_unknown", key.kid, purpose=key.info.purpose)
    return verifier_of(name, public.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note taken apart: its text, and (name, key hash, signature) of each signature line."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


def sign_note(text: str, signers: Iterable[tuple[str, SigningKey]]) -> str:
    """Return the note of a text with one signature line per (name, key).

    Raises
    ------
    TanbiaoError
        ``note_malformed``: the text does not end in a newline, or holds control characters.
    """
    _check_text(text)
    lines = []
    for name, key in signers:
        made = verifier(name, key)
        lines.append(f"{_DASH}{name} {b64(made.key_hash + key.sign(text.encode('utf-8')))}\n")
    return text + "\n" + "".join(lines)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(char) < 0x20 and char != "\n" for char in text):
        raise TanbiaoError.of("note_malformed", reason="the text")


def parse_note(note: str) -> Note:
    """Take a signed note apart; nothing is believed yet.

    Raises
    ------
    TanbiaoError
        ``note_malformed``.
    """
    if len(note) > MAX_NOTE or not note.endswith("\n"):
        raise TanbiaoError.of("note_malformed", reason="length or end")
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail:
        raise TanbiaoError.of("note_malformed", reason="no signatures")
    _check_text(text + "\n")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise TanbiaoError.of("note_malformed", reason="too many signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    try:
        name, encoded = line.removeprefix(_DASH).split(" ")
        raw = b64_decode(encoded)
        if not line.startswith(_DASH) or _NAME.fullmatch(name) is None or len(raw) < 5:
            raise ValueError(line[:40])
    except ValueError as error:
        raise TanbiaoError.of("note_malformed", reason="a signature line") from error
    return name, raw[:4], raw[4:]


def open_note(note: str, verifiers: Sequence[Verifier]) -> tuple[str, tuple[str, ...]]:
    """Return a note's text and the names of the known keys that signed it.

    Raises
    ------
    TanbiaoError
        ``note_malformed``; ``note_unsigned``: no known key signed it; ``note_signature_bad``: a known key's line does
        not verify.
    """
    read = parse_note(note)
    signed: list[str] = []
    for name, key_hash, signature in read.signatures:
        for known in verifiers:
            if (known.name, known.key_hash) != (name, key_hash):
                continue
            if not known.verifies(read.text, signature):
                raise TanbiaoError.of("note_signature_bad", name=name)
            signed.append(name)
    if not signed:
        raise TanbiaoError.of("note_unsigned")
    return read.text, tuple(signed)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log states of itself: origin, number of leaves, root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the note text."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text; extension lines are allowed and ignored.

        Raises
        ------
        TanbiaoError
            ``checkpoint_malformed``.
        """
        lines = text.split("\n")
        try:
            origin, size, root = lines[:3]
            digest = b64_decode(root)
            if not origin or _SIZE.fullmatch(size) is None or len(digest) != 32 or "" in lines[:-1]:
                raise ValueError("form")
        except ValueError as error:
            raise TanbiaoError.of("checkpoint_malformed") from error
        return cls(origin, int(size), digest)


def sign_checkpoint(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """Return the signed note that states a log's size and root; the key's name in it is the origin."""
    return sign_note(Checkpoint(origin, size, root).text(), [(origin, key)])


def open_checkpoint(note: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """Return the checkpoint of a note signed by a key of the checkpoint's own origin.

    Raises
    ------
    TanbiaoError
        As :func:`open_note`; ``checkpoint_malformed``; ``note_unsigned`` when only others (witnesses) signed.
    """
    text, signed = open_note(note, verifiers)
    found = Checkpoint.parse(text)
    if found.origin not in signed:
        raise TanbiaoError.of("note_unsigned")
    return found


@dataclass(frozen=True, slots=True)
class LogProof:
    """An offline proof that a leaf is in a log (C2SP tlog-proof, ``.tlog-proof`` file)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def text(self) -> str:
        """Return the file's text."""
        lines = [PROOF_HEADER]
        if self.extra:
            lines.append(f"extra {b64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(b64(digest) for digest in self.path)
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> LogProof:
        """Read a proof; nothing is believed yet.

        Raises
        ------
        TanbiaoError
            ``log_proof_malformed``.
        """
        head, gap, note = text.partition("\n\n")
        lines = head.split("\n")
        try:
            if len(text) > MAX_NOTE or not gap or lines[0] != PROOF_HEADER:
                raise ValueError("header")
            at = 1
            extra = b""
            if lines[at].startswith("extra "):
                extra = b64_decode(lines[at].removeprefix("extra "))
                at += 1
            index = lines[at].removeprefix("index ")
            if not lines[at].startswith("index ") or _SIZE.fullmatch(index) is None:
                raise ValueError("index")
            path = tuple(b64_decode(line) for line in lines[at + 1 :])
            if any(len(digest) != 32 for digest in path):
                raise ValueError("hash")
        except (ValueError, IndexError) as error:
            raise TanbiaoError.of("log_proof_malformed", reason=str(error)[:60]) from error
        return cls(int(index), path, note, extra)

    def verify(self, leaf: bytes, verifiers: Sequence[Verifier]) -> Checkpoint:
        """Check that the leaf (its raw bytes) is in the log of the signed checkpoint, which is returned.

        Raises
        ------
        TanbiaoError
            As :func:`open_checkpoint` and :func:`tanbiao.evidence.merkle.verify_inclusion`.
        """
        signed = open_checkpoint(self.checkpoint, verifiers)
        merkle.verify_inclusion(self.index, signed.size, merkle.leaf_hash(leaf), self.path, signed.root)
        return signed
