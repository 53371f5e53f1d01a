"""The isolated signer: it alone holds the keys that make certificates, and believes nobody.

Whoever wants a signature hands over the document of intent and the proof that it stands in the transparency log. The
signer lints the credential again, checks that this very document was logged under a log key it was told to trust, gives
a number's version one signature for ever (the VC-JWT with its Data Integrity twin, made together), and no more
signatures a minute than it was set to. What it signed it keeps
in its own journal (SQLite, append-only, durable before anything leaves), so that a caller who died gets the same answer
again instead of a second signature.

It takes and returns plain values; :mod:`tanbiao.evidence.signer_service` puts it into a process of its own.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import jws, label_payload
from tanbiao.evidence.certified import AnyClaims, claims_of, lint
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.credentials import TYPE, twin_of
from tanbiao.evidence.durable import durable_state
from tanbiao.evidence.encoding import parse_utc, strict_json, utc_text
from tanbiao.evidence.keys import KeyInfo, KeyStore
from tanbiao.evidence.leaf import parse_leaf
from tanbiao.evidence.notes import LogProof, Verifier
from tanbiao.evidence.token_keys import TokenSettings, TokenVault

PER_MINUTE = 600
"""Signatures a minute; project default, not official. A burst beyond it waits: it is nobody's normal work."""
CLOCK_SKEW = timedelta(minutes=5)
"""How far the computer's clock may be behind the last signature (project default); a clock that was set back further
would let a signature look older than it is, and would lift the pace."""
TEMPORARY = frozenset({"signer_unreachable", "signer_too_fast", "signer_clock_back", "token_unusable"})
"""Refusals that a later try may overcome; all others are final."""
_LOG_KEYS = "log-keys"
_JOURNAL = "journal.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS signed (
    number TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, kid TEXT NOT NULL,
    token TEXT NOT NULL, label TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (number, version)
) STRICT;
CREATE TABLE IF NOT EXISTS twins (
    number TEXT NOT NULL, version INTEGER NOT NULL, twin TEXT NOT NULL, PRIMARY KEY (number, version)
) STRICT;
CREATE INDEX IF NOT EXISTS signed_at ON signed (at);
CREATE TRIGGER IF NOT EXISTS signed_kept BEFORE DELETE ON signed BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS signed_fixed BEFORE UPDATE ON signed BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS twins_kept BEFORE DELETE ON twins BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER IF NOT EXISTS twins_fixed BEFORE UPDATE ON twins BEGIN SELECT RAISE(ABORT, 'append-only'); END;
"""


@dataclass(frozen=True, slots=True)
class SignOrder:
    """What is to be signed: the raw document of intent, and the leaf and proof that it was logged.

    The document is canonical JSON of ``issue``, ``number``, ``version`` and ``credential``.
    """

    document: bytes
    leaf: bytes
    proof: str

    def as_json(self) -> dict[str, str]:
        """Return the order as JSON values."""
        return {
            "document": base64.b64encode(self.document).decode(),
            "leaf": base64.b64encode(self.leaf).decode(),
            "proof": self.proof,
        }

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> SignOrder:
        """Read :meth:`as_json` back.

        Raises
        ------
        TanbiaoError
            ``sign_order_malformed``.
        """
        try:
            document, leaf = (base64.b64decode(str(body[name]), validate=True) for name in ("document", "leaf"))
            return cls(document, leaf, str(body["proof"]))
        except (KeyError, ValueError) as error:
            raise _malformed(str(error)) from error


@dataclass(frozen=True, slots=True)
class Signed:
    """The credential (VC-JWT), the label's signed address, the key, and every key the signer has published.

    ``twin`` is the same credential with an ``eddsa-jcs-2022`` proof, as canonical JSON; "" where the signer's device
    has no EdDSA, and for what was signed before there were twins.
    """

    token: str
    label: str
    kid: str
    keys: tuple[KeyInfo, ...]
    twin: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        keys = [asdict(key) for key in self.keys]
        return {"token": self.token, "label": self.label, "kid": self.kid, "keys": keys, "twin": self.twin}

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Signed:
        """Read :meth:`as_json` back."""
        keys = tuple(KeyInfo(**key) for key in body["keys"])
        return cls(body["token"], body["label"], body["kid"], keys, str(body.get("twin", "")))


class Signer(Protocol):
    """Who signs certificates: a folder in this process (:class:`FolderSigner`, whose keys are files or lie in a device)
    or another process (:class:`tanbiao.evidence.signer_service.RemoteSigner`)."""

    def sign(self, order: SignOrder) -> Signed:
        """Sign; the same order always gives the same answer."""

    def published(self) -> tuple[KeyInfo, ...]:
        """Return every key ever made, without secrets."""


class FolderSigner:
    """The signer on its own folder: keys (:class:`KeyStore`), journal, and the log keys it trusts.

    Where the folder names a device (:class:`TokenSettings`), new keys are made there and never leave it; journal, lints
    and pace are the same.

    Parameters
    ----------
    folder
        Its own: nothing else may write there. Several processes may open it; the journal's lock lets one sign at a
        time.
    per_minute
        Signatures a minute at most.
    clock
        Gives the moment that validity is judged by and a fresh key is dated with; None means this computer's clock.
    """

    def __init__(
        self, folder: Path, *, per_minute: int = PER_MINUTE, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.folder = Path(folder)
        device = TokenSettings.read(self.folder)
        keys = self.folder / "keys"
        self.store = KeyStore(keys, None if device is None else TokenVault(keys, device))
        self._per_minute = per_minute
        self._clock = clock or _wall

    def published(self) -> tuple[KeyInfo, ...]:
        """Return every key ever made, oldest first, without secrets."""
        return tuple(self.store.public())

    def trust_log(self, vkey: str) -> None:
        """Accept proofs under a log's verifier key from now on (C2SP note verifier, ``name+hash+key``).

        Raises
        ------
        TanbiaoError
            ``note_key_malformed``.
        """
        Verifier.parse(vkey)
        known = self._vkeys()
        if vkey not in known:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self.folder / f"{_LOG_KEYS}.new"
            draft.write_text("".join(f"{line}\n" for line in [*known, vkey]), encoding="utf-8")
            draft.replace(self.folder / _LOG_KEYS)

    def _vkeys(self) -> list[str]:
        path = self.folder / _LOG_KEYS
        return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []

    def sign(self, order: SignOrder, *, now: datetime | None = None) -> Signed:
        """Sign the credential of a logged intent, and the label that carries its figure.

        ``now`` stands for the signer's clock; the pace is always measured by this computer's.

        Raises
        ------
        TanbiaoError
            ``sign_order_malformed``; what :func:`tanbiao.evidence.claims.lint` raises; ``intent_not_logged`` with the
            reason; ``signed_already``: this version of the number has a signature over something else, or a later
            version has one; ``validity_over``; ``signer_too_fast``; ``signer_clock_back``; ``token_unusable``.
        """
        moment = self._clock() if now is None else now
        number, version, credential = _opened(order.document)
        claims = _linted(credential, number, moment)
        self._check_logged(order, number)
        digest = hash_bytes(order.document)
        with self._journal() as journal:
            known = self._known(journal, number, version, digest)
            if known is not None:
                token, label, kid, twin = known
                return Signed(token, label, kid, self.published(), twin)
            signed_at = self._checked_pace(journal)
            key = self.store.ensure("certificate", now=moment, owner=claims.body.id)
            token = jws.sign_compact(credential, TYPE, f"{claims.issuer}#{key.kid}", key)
            # Only a footprint has a label: no code of any other kind can carry a figure.
            label = "" if isinstance(claims, KindClaims) else label_payload.encode(claims.query_url, claims, key)
            twin = self._twin(credential, claims, moment)
            row = (number, version, digest, key.kid, token, label, signed_at)
            journal.execute("INSERT INTO signed VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            journal.execute("INSERT INTO twins VALUES (?, ?, ?)", (number, version, twin))
        return Signed(token, label, key.kid, self.published(), twin)

    def _twin(self, credential: Mapping[str, Any], claims: AnyClaims, moment: datetime) -> str:
        """Return the twin of a credential that is being signed; "" where keys lie in a device without EdDSA."""
        if not self.store.makes("twin"):
            return ""
        key = self.store.ensure("twin", now=moment, owner=claims.body.id)
        return canonical_bytes(twin_of(credential, key, now=moment)).decode()

    def _check_logged(self, order: SignOrder, number: str) -> None:
        try:
            leaf = parse_leaf(order.leaf)
            public = leaf["public"]
            wanted = ("certificate_intent", number, hash_bytes(order.document))
            if (leaf["type"], public.get("certificate"), public.get("intent")) != wanted:
                raise TanbiaoError.of("intent_not_logged", number, reason="leaf")
            LogProof.parse(order.proof).verify(order.leaf, [Verifier.parse(vkey) for vkey in self._vkeys()])
        except TanbiaoError as error:
            if error.code == "intent_not_logged":
                raise
            raise TanbiaoError.of("intent_not_logged", number, reason=error.code) from error

    def _journal(self) -> AbstractContextManager[sqlite3.Connection]:
        return durable_state(self.folder / _JOURNAL, _SCHEMA)

    @staticmethod
    def _known(journal: sqlite3.Connection, number: str, version: int, digest: str) -> tuple[str, str, str, str] | None:
        found = journal.execute(
            "SELECT version, document, token, label, kid, coalesce(twin, '') FROM signed LEFT JOIN twins"
            " USING (number, version) WHERE number = ? AND version >= ? ORDER BY version LIMIT 1",
            (number, version),
        ).fetchone()
        if found is None:
            return None
        if (found[0], found[1]) != (version, digest):
            raise TanbiaoError.of("signed_already", number, number=number, version=version)
        return found[2], found[3], found[4], found[5]

    def _checked_pace(self, journal: sqlite3.Connection) -> str:
        """Return the present time as it is journalled, unless a minute has had its signatures."""
        moment = datetime.now(UTC)
        (last,) = journal.execute("SELECT max(at) FROM signed").fetchone()
        if last is not None and parse_utc(last) > moment + CLOCK_SKEW:
            raise TanbiaoError.of("signer_clock_back", last=last, now=utc_text(moment))
        since = utc_text(moment - timedelta(minutes=1))
        (lately,) = journal.execute("SELECT count(*) FROM signed WHERE at > ?", (since,)).fetchone()
        if lately >= self._per_minute:
            raise TanbiaoError.of("signer_too_fast", most=self._per_minute)
        return utc_text(moment)


def _wall() -> datetime:
    return datetime.now(UTC)


def _malformed(reason: str) -> TanbiaoError:
    return TanbiaoError.of("sign_order_malformed", reason=reason[:120])


def _opened(document: bytes) -> tuple[str, int, dict[str, Any]]:
    body = strict_json(document)
    try:
        number, version, credential = body["number"], body["version"], body["credential"]
    except KeyError as error:
        raise _malformed(str(error)) from error
    if not (isinstance(number, str) and type(version) is int and version >= 1 and isinstance(credential, dict)):
        raise _malformed("number, version, credential")
    return number, version, credential


def _linted(credential: Mapping[str, Any], number: str, moment: datetime) -> AnyClaims:
    lint(credential)
    claims = claims_of(credential)
    if claims.number != number:
        raise _malformed("the credential is of another number")
    if not claims.demo and parse_utc(str(credential["validUntil"])) <= moment:
        # A demonstration may be of days gone by: its world is made with a clock that is set.
        raise TanbiaoError.of("validity_over", number, until=claims.valid_until)
    return claims
