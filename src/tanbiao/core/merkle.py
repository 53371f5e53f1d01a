"""The bare Merkle tree hash of RFC 6962, section 2.1: what a factor release and the transparency log share.

A leaf is hashed as ``SHA-256(0x00 ‖ data)``, a node as ``SHA-256(0x01 ‖ left ‖ right)``, and a tree of n leaves splits
at the largest power of two below n. Only hashing and making paths stands here; proofs that must be refused with a
reason, checkpoints and signatures belong to ``tanbiao.evidence``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The hash of a tree without leaves (RFC 6962, 2.1): SHA-256 of nothing."""


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of one leaf, ``SHA-256(0x00 ‖ data)``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an inner node, ``SHA-256(0x01 ‖ left ‖ right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """Return the largest power of two smaller than ``size`` (size ≥ 2): where RFC 6962 divides a tree."""
    if size < 2:
        raise ValueError("a tree of fewer than two leaves has no left and right part")
    return 1 << ((size - 1).bit_length() - 1)


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, without recursion (a log may have millions of leaves).

    Level by level, neighbours are joined and an odd last node moves up unchanged, which is the tree that
    :func:`split` describes.
    """
    return levels(hashes)[-1][0] if hashes else EMPTY_ROOT


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the 32-byte Merkle root over raw leaf bytes; of a stream, only O(log n) hashes are held."""
    complete: list[tuple[int, bytes]] = []  # level and hash of the complete subtrees, from the left
    for data in leaves:
        level, digest = 0, leaf_hash(data)
        while complete and complete[-1][0] == level:
            digest = node_hash(complete.pop()[1], digest)
            level += 1
        complete.append((level, digest))
    if not complete:
        return EMPTY_ROOT
    top = complete.pop()[1]
    while complete:
        top = node_hash(complete.pop()[1], top)
    return top


def levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return every level of the tree from the leaves to the root: made once, it gives any path without hashing."""
    made = [list(hashes)]
    while len(made[-1]) > 1:
        level = made[-1]
        pairs = iter(level)
        above = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)]
        made.append([*above, level[-1]] if len(level) % 2 else above)
    return made


def path_in(made: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """Return the audit path of leaf ``index`` from its sibling up to the root (RFC 6962, 2.1.1), out of :func:`levels`.

    Raises
    ------
    IndexError
        There is no such leaf.
    """
    size = len(made[0])
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size} leaves")
    path: list[bytes] = []
    for level in made[:-1]:
        sibling = index ^ 1
        # An odd last node moves up unchanged: on that level it has no sibling.
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def inclusion_path(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf ``index``; as :func:`path_in`, for a single path."""
    return path_in(levels(leaf_hashes), index)


def root_from_path(index: int, size: int, digest: bytes, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf hash and its audit path lead to, or None when the path has the wrong length.

    The caller compares it with the root it trusts (RFC 9162, 2.1.3.2).
    """
    if not 0 <= index < size:
        return None
    sides: list[bool] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        on_left = index < middle
        sides.append(on_left)
        low, high = (low, middle) if on_left else (middle, high)
    if len(sides) != len(path):
        return None
    for on_left, sibling in zip(reversed(sides), path, strict=True):
        digest = node_hash(digest, sibling) if on_left else node_hash(sibling, digest)
    return digest
