"""Salted commitments to the rows of a calculation package.

A package is cut into rows, each a path and the value that stands there; each row is committed to by SHA-256(salt ‖
canonical row), and the commitments are the leaves of a Merkle tree. The root can be published: without the salts it
gives nothing away, not even of rows with few possible values. Any single row can later be shown, with its own salt, to
be the one that stood there when the root was published. The salts come from one master secret per package, so that
erasing it erases every link at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import merkle
from tanbiao.evidence.encoding import b64url, b64url_decode

MASTER_LENGTH = 32
SALT_LENGTH = 32
"""256 bits for each row: not even somebody who knows all but one value can find that one by trying."""
_DEPTH = 6
"""Objects are cut open down to this depth; what lies deeper belongs to its row. Lists are always cut into their
items."""


def rows_of(package: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the rows of a package as (JSON pointer, value), sorted by path; together they are the whole package."""
    return sorted(_cut("", package, _DEPTH), key=lambda row: row[0].encode("utf-8"))


def _cut(path: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value and depth > 0:
        for key, child in value.items():
            yield from _cut(f"{path}/{_escape(key)}", child, depth - 1)
    elif isinstance(value, list | tuple) and value and depth > 0:
        for at, child in enumerate(value):
            yield from _cut(f"{path}/{at}", child, 0 if isinstance(child, Mapping) else depth - 1)
    else:
        yield path, value


def _escape(key: str) -> str:
    """Return a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _salt(master: bytes, path: str, length: int) -> bytes:
    return hmac.new(master, b"tanbiao row " + path.encode("utf-8"), hashlib.sha256).digest()[:length]


def _commitment(path: str, value: Any, salt: bytes) -> bytes:
    return hashlib.sha256(salt + canonical_bytes({"path": path, "value": value})).digest()


@dataclass(frozen=True, slots=True)
class Commitments:
    """The commitments to one package: public are ``root`` and ``size`` only."""

    rows: tuple[tuple[str, Any], ...]
    hashes: tuple[bytes, ...]
    master: bytes
    salt_length: int = SALT_LENGTH

    @property
    def root(self) -> str:
        """``sha256:…`` of the tree over all rows."""
        return "sha256:" + merkle.root_of_hashes(self.hashes).hex()

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def disclose(self, path: str) -> dict[str, Any]:
        """Return a row with its salt and proof, to be shown to whom its owner chooses.

        Raises
        ------
        TanbiaoError
            ``committed_row_unknown``.
        """
        return self.disclose_all([path])[0]

    def disclose_all(self, paths: Sequence[str]) -> list[dict[str, Any]]:
        """Return several rows with their salts and proofs, in the order of ``paths``.

        Raises
        ------
        TanbiaoError
            ``committed_row_unknown``.
        """
        places = {path: index for index, (path, _) in enumerate(self.rows)}
        nodes = merkle.nodes_of(self.hashes)
        shown = []
        for path in paths:
            if path not in places:
                raise TanbiaoError.of("committed_row_unknown", path)
            index = places[path]
            proof = merkle.inclusion_proof_from(nodes, index, self.size)
            shown.append(
                {
                    "path": path,
                    "value": self.rows[index][1],
                    "salt": b64url(_salt(self.master, path, self.salt_length)),
                    "index": index,
                    "proof": [digest.hex() for digest in proof],
                }
            )
        return shown


def commit(package: Mapping[str, Any], master: bytes, *, salt_length: int = SALT_LENGTH) -> Commitments:
    """Commit to a package with a master secret of 32 random bytes, made by the caller and kept beside the package.

    ``salt_length`` is that of the statement at hand: :data:`SALT_LENGTH` for every new one.

    Raises
    ------
    TanbiaoError
        ``master_length``.
    """
    if len(master) != MASTER_LENGTH:
        raise TanbiaoError.of("master_length", expected=MASTER_LENGTH, found=len(master))
    rows = rows_of(package)
    hashes = [merkle.leaf_hash(_commitment(path, value, _salt(master, path, salt_length))) for path, value in rows]
    return Commitments(tuple(rows), tuple(hashes), master, salt_length)


def check_disclosure(disclosure: Mapping[str, Any], root: str, size: int, *, salt_length: int = SALT_LENGTH) -> Any:
    """Return the value of a disclosed row, once it is shown to be under the root.

    A salt of another length than the statement's is refused: it would allow a second reading of the same bytes.

    Raises
    ------
    TanbiaoError
        ``disclosure_malformed``, or a :class:`tanbiao.evidence.merkle.ProofError`.
    """
    try:
        salt = b64url_decode(disclosure["salt"])
        if len(salt) != salt_length:
            raise ValueError("salt")
        proof = [bytes.fromhex(text) for text in disclosure["proof"]]
        digest = _commitment(str(disclosure["path"]), disclosure["value"], salt)
        index, top = int(disclosure["index"]), bytes.fromhex(root.removeprefix("sha256:"))
    except (KeyError, TypeError, ValueError) as error:
        raise TanbiaoError.of("disclosure_malformed", reason=str(error)[:60]) from error
    merkle.verify_inclusion(index, size, merkle.leaf_hash(digest), proof, top)
    return disclosure["value"]
