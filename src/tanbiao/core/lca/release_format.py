"""The release file: a manifest, open-ended sections, and one hash over all of it.

Layout (little-endian)::

    magic        16 bytes  b"TANBIAO-RELEASE1"
    length        8 bytes  of the manifest
    manifest               canonical JSON: header, sections {name: dtype, shape, offset, length, encoding, sha256}
    sections               each at a multiple of 64 bytes after the manifest

The hash of a release is the RFC 6962 Merkle root over one leaf per dataset (canonical JSON, in the order of ids) and a
last leaf: the canonical manifest without offsets, lengths, root and path. So a proof for one dataset needs only its own
block, while a change of any section (its SHA-256 stands in that last leaf) changes the hash too. The manifest carries
the last leaf's path to the root, so that opening checks a dozen hashes and not one per dataset. Hashes of sections are
over the uncompressed bytes: another version of zlib makes another file with the same hash.

Sections that later versions add (matrices, orderings, samples) need no new format: a reader takes what it knows.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from tanbiao.core import merkle
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError

MAGIC: Final = b"TANBIAO-RELEASE1"
_HEAD: Final = struct.Struct("<16sQ")
ALIGN: Final = 64
MAX_MANIFEST: Final = 4_000_000
_PIECE: Final = 1_000_000
"""Bytes of a large section that are copied at a time."""
ENCODINGS: Final = ("raw", "zlib")

BLOCKS: Final = "blocks"
"""Dataset blocks, each a zlib stream with the dictionary of section ``dictionary``; checked block by block."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section stands in the file and what it holds."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    encoding: str
    offset: int
    length: int
    sha256: str
    stored: str
    """SHA-256 of the bytes in this file; not in the last leaf, so that zlib may differ. Deflate leaves free bits."""

    @classmethod
    def read(cls, name: str, entry: Mapping[str, Any]) -> Section:
        """Read the manifest's entry; an encoding that nobody writes is a ``ValueError``."""
        if entry["encoding"] not in ENCODINGS:
            raise ValueError(f"encoding {entry['encoding']!r} of section {name}")
        return cls(
            name,
            str(entry["dtype"]),
            tuple(int(size) for size in entry["shape"]),
            str(entry["encoding"]),
            int(entry["offset"]),
            int(entry["length"]),
            str(entry["sha256"]),
            str(entry["stored"]),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """A section to be written: bytes, or for the large ones the file that holds them, and how they are kept."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | Path
    compress: bool = False


def copied(source: Path, sink: BinaryIO) -> None:
    """Write a file's bytes to another, a piece at a time."""
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            sink.write(piece)


def _digest_of(data: bytes | Path) -> str:
    if isinstance(data, bytes):
        return hashlib.sha256(data).hexdigest()
    with data.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def header_leaf(header: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the last leaf: what the manifest says, without where things stand in this very file."""
    said = {name: {key: entry[key] for key in ("dtype", "shape", "sha256")} for name, entry in sections.items()}
    return canonical_bytes({"header": dict(header), "sections": said})


def compress_block(data: bytes, dictionary: bytes) -> bytes:
    """Return one dataset block as a zlib stream with the shared dictionary."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return packer.compress(data) + packer.flush()


def expand_block(data: bytes, dictionary: bytes, limit: int = 1_000_000) -> bytes:
    """Return the block's bytes; a block that is no stream, or swells beyond ``limit``, raises ``zlib.error``."""
    return _expand(zlib.decompressobj(zlib.MAX_WBITS, dictionary), data, limit)


def expand_section(data: bytes, limit: int = 2_000_000_000) -> bytes:
    """Return a compressed section's bytes; anything before, after or missing raises ``zlib.error``."""
    return _expand(zlib.decompressobj(), data, limit)


def _expand(unpacker: zlib._Decompress, data: bytes, limit: int) -> bytes:
    plain = unpacker.decompress(data, limit)
    if unpacker.unconsumed_tail or unpacker.unused_data or not unpacker.eof:
        raise zlib.error("too large, cut off, or followed by something")
    return plain


def arrange(
    header: Mapping[str, Any], hashes: Sequence[bytes], packed: Sequence[bytes], extra: Mapping[str, Piece]
) -> list[bytes | Path]:
    """Return the pieces that make a release file when they are written one after another: bytes, or files to copy.

    Parameters
    ----------
    header
        Name, version, standing, statement and so on; JSON values.
    hashes
        Leaf hashes of the canonical dataset blocks, in the order of ids.
    packed
        The blocks, compressed with :func:`compress_block`.
    extra
        Every other section, with ``dictionary`` and ``ids`` among them.
    """
    offsets = [0]
    for block in packed:
        offsets.append(offsets[-1] + len(block))
    pieces = {
        **extra,
        "leaf_hashes": Piece("uint8", (len(hashes), 32), b"".join(hashes)),
        "block_offsets": Piece("uint64", (len(offsets),), struct.pack(f"<{len(offsets)}Q", *offsets)),
    }
    entries: dict[str, dict[str, Any]] = {}
    bodies: list[bytes | Path] = []
    at = 0
    for name in sorted(pieces):
        piece = pieces[name]
        body = zlib.compress(piece.data, 9) if piece.compress and isinstance(piece.data, bytes) else piece.data
        digest = _digest_of(piece.data)
        stored = digest if body is piece.data else _digest_of(body)
        at = _place(entries, bodies, at, name, piece, body, (digest, stored))
    # The blocks are bound one by one through the leaves; their section has no hash of its own.
    joined = b"".join(packed)
    _place(
        entries,
        bodies,
        at,
        BLOCKS,
        Piece("blocks", (len(packed),), b""),
        joined,
        ("", hashlib.sha256(joined).hexdigest()),
    )
    leaf = merkle.leaf_hash(header_leaf(header, entries))
    tree = [*hashes, leaf]
    path = [digest.hex() for digest in merkle.inclusion_path(len(hashes), tree)]
    said = {"header": dict(header), "sections": entries, "root": merkle.root_of_hashes(tree).hex(), "path": path}
    manifest = canonical_bytes(said)
    start = aligned(_HEAD.size + len(manifest))
    return [_HEAD.pack(MAGIC, len(manifest)), manifest, b"\0" * (start - _HEAD.size - len(manifest)), *bodies]


def aligned(position: int) -> int:
    """Return the next multiple of 64 at or after a position."""
    return -(-position // ALIGN) * ALIGN


def _place(
    entries: dict[str, dict[str, Any]],
    bodies: list[bytes | Path],
    at: int,
    name: str,
    piece: Piece,
    body: bytes | Path,
    digests: tuple[str, str],
) -> int:
    """Enter a section in the table and append its padded body; return the next free offset."""
    length = len(body) if isinstance(body, bytes) else body.stat().st_size
    entries[name] = {
        "dtype": piece.dtype,
        "shape": list(piece.shape),
        "encoding": "zlib" if piece.compress else "raw",
        "offset": at,
        "length": length,
        "sha256": digests[0],
        "stored": digests[1],
    }
    padded = aligned(length)
    bodies += [body, b"\0" * (padded - length)]
    return at + padded


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the head of a release file says."""

    header: Mapping[str, Any]
    sections: Mapping[str, Section]
    root: bytes
    """The Merkle root: the release's hash."""
    leaf: bytes
    """Hash of the last leaf, recomputed from the manifest and led to the root by its path."""
    start: int
    """Position of the first section."""


def manifest_end(data: memoryview) -> int:
    """Return the position after the manifest; the manifest must be in canonical form, so no other spelling hides.

    Raises
    ------
    TanbiaoError
        ``release_hash_wrong``.
    """
    _, length = _HEAD.unpack(data[: _HEAD.size])
    end: int = _HEAD.size + length
    text = bytes(data[_HEAD.size : end])
    if canonical_bytes(json.loads(text)) != text:
        raise TanbiaoError.of("release_hash_wrong", part="manifest")
    return end


def _digest(text: str) -> bytes:
    """Return the 32 bytes of lower-case hexadecimal; another spelling of the same digest is refused."""
    digest = bytes.fromhex(text)
    if digest.hex() != text or len(digest) != 32:
        raise ValueError("a digest is not 64 lower-case hexadecimal digits")
    return digest


def read_manifest(data: memoryview, where: str) -> Manifest:
    """Return the manifest of a release file.

    Raises
    ------
    TanbiaoError
        ``release_malformed``: not a release file, cut off, or a manifest that can't be read; ``release_hash_wrong``:
        what the manifest says does not lead to its root.
    """
    if len(data) < _HEAD.size:
        raise TanbiaoError.of("release_malformed", where, reason="too short")
    magic, length = _HEAD.unpack(data[: _HEAD.size])
    if magic != MAGIC or length > MAX_MANIFEST or _HEAD.size + length > len(data):
        raise TanbiaoError.of("release_malformed", where, reason="not a release file, or cut off")
    try:
        document = json.loads(bytes(data[_HEAD.size : _HEAD.size + length]))
        entries = document["sections"]
        sections = {name: Section.read(name, entry) for name, entry in entries.items()}
        leaf = merkle.leaf_hash(header_leaf(document["header"], entries))
        root, path = _digest(document["root"]), [_digest(text) for text in document["path"]]
        header = dict(document["header"])
        size = int(entries["leaf_hashes"]["shape"][0]) + 1
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TanbiaoError.of("release_malformed", where, reason=f"manifest: {error}") from error
    # The last leaf binds every section by its hash and the path binds the last leaf to the root: opening needs no more.
    if merkle.root_from_path(size - 1, size, leaf, path) != root:
        raise TanbiaoError.of("release_hash_wrong", where, part="manifest")
    return Manifest(header, sections, root, leaf, aligned(_HEAD.size + length))
