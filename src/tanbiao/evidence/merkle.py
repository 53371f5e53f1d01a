"""Proofs of a Merkle log: making them, and refusing them with a reason.

Hashing is that of RFC 6962, section 2.1 (:mod:`tanbiao.core.merkle`); proofs are checked by the algorithms of RFC 9162,
2.1.3.2 (inclusion) and 2.1.4.2 (consistency). Hashes are 32 bytes everywhere. A ``verify_*`` function returns None or
raises :class:`ProofError`; there is no boolean that a caller could forget to look at.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

from tanbiao.core import merkle as primitive
from tanbiao.core.findings import Finding, Severity, TanbiaoError
from tanbiao.core.merkle import EMPTY_ROOT, leaf_hash, node_hash, root, root_of_hashes, split

__all__ = [
    "EMPTY_ROOT",
    "Nodes",
    "ProofError",
    "consistency_proof",
    "consistency_proof_from",
    "inclusion_proof",
    "inclusion_proof_from",
    "leaf_hash",
    "node_hash",
    "nodes_of",
    "range_root",
    "root",
    "root_from",
    "root_of_hashes",
    "verify_consistency",
    "verify_inclusion",
]

HASH_LENGTH = 32
MAX_SIZE = 2**63 - 1
"""A tree size is an unsigned 63-bit number (C2SP tlog-checkpoint)."""

Nodes = Callable[[int, int], bytes]
"""``nodes(level, index)`` → hash of the complete subtree of 2**level leaves that starts at leaf index · 2**level."""


class ProofError(TanbiaoError):
    """A Merkle proof does not lead where it claims. ``code`` says which of the ways it failed."""

    @classmethod
    def because(cls, code: str, **params: str | int | float) -> ProofError:
        """Make the error of one blocking finding."""
        return cls(Finding(code, Severity.BLOCKING, "", params))


def _check_hashes(*groups: Sequence[bytes]) -> None:
    for group in groups:
        for digest in group:
            if not isinstance(digest, bytes) or len(digest) != HASH_LENGTH:
                raise ProofError.because("proof_malformed", reason="a hash is not 32 bytes")


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with ``leaf_hash`` is entry ``index`` of the tree of ``size`` leaves with ``root``.

    Raises
    ------
    ProofError
        ``proof_index_out_of_range``, ``proof_malformed`` (wrong length of proof or hash) or ``proof_root_differs``.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError.because("proof_index_out_of_range", index=index, size=size)
    _check_hashes([leaf_hash, root], proof)
    reached = primitive.root_from_path(index, size, leaf_hash, proof)
    if reached is None:
        raise ProofError.because("proof_malformed", reason=f"{len(proof)} hashes do not fit a tree of {size} leaves")
    if not hmac.compare_digest(reached, root):
        raise ProofError.because("proof_root_differs", size=size)


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the tree (``size1``, ``root1``) is a prefix of the tree (``size2``, ``root2``).

    Raises
    ------
    ProofError
        ``proof_index_out_of_range``, ``proof_malformed`` or ``proof_root_differs``.
    """
    if not 0 <= size1 <= size2 <= MAX_SIZE:
        raise ProofError.because("proof_index_out_of_range", index=size1, size=size2)
    _check_hashes([root1, root2], proof)
    if size1 in (0, size2):
        _verify_trivial(size1, size2, proof, root1, root2)
        return
    first, last = _fold_consistency(size1, size2, proof, root1)
    if not hmac.compare_digest(first, root1):
        raise ProofError.because("proof_root_differs", size=size1)
    if not hmac.compare_digest(last, root2):
        raise ProofError.because("proof_root_differs", size=size2)


def _verify_trivial(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check the two cases that need no hashes: an empty tree is a prefix of any, and a tree is one of itself."""
    if proof:
        raise ProofError.because("proof_malformed", reason="this pair of sizes needs no hashes")
    if size1 == 0 and root1 != EMPTY_ROOT:
        raise ProofError.because("proof_root_differs", size=0)
    if size1 == size2 and root1 != root2:
        raise ProofError.because("proof_root_differs", size=size2)


def _fold_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes) -> tuple[bytes, bytes]:
    """Return the two roots that a consistency proof leads to (RFC 9162, 2.1.4.2, steps 2 to 6)."""
    rest = list(proof)
    if size1 & (size1 - 1) == 0:
        # A first tree of a power of two is itself a node of the second: the proof leaves it out.
        rest.insert(0, root1)
    if not rest:
        raise ProofError.because("proof_malformed", reason="no hashes")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = last = rest[0]
    for digest in rest[1:]:
        if sn == 0:
            raise ProofError.because("proof_malformed", reason="too many hashes")
        if fn & 1 or fn == sn:
            first, last = node_hash(digest, first), node_hash(digest, last)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            last = node_hash(last, digest)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofError.because("proof_malformed", reason="too few hashes")
    return first, last


def nodes_of(leaf_hashes: Sequence[bytes]) -> Nodes:
    """Return a node reader over leaf hashes held in memory; levels are computed once, when first asked for."""
    levels: list[list[bytes]] = [list(leaf_hashes)]

    def read(level: int, index: int) -> bytes:
        while len(levels) <= level:
            below = levels[-1]
            levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
        return levels[level][index]

    return read


def range_root(nodes: Nodes, low: int, high: int) -> bytes:
    """Return the hash of the leaves [low, high) as RFC 6962 hashes them; ``low`` starts a subtree of the tree."""
    parts: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append(nodes(level, low >> level))
        low += 1 << level
    if not parts:
        return EMPTY_ROOT
    top = parts.pop()
    while parts:
        top = node_hash(parts.pop(), top)
    return top


def root_from(nodes: Nodes, size: int) -> bytes:
    """Return the root of the first ``size`` leaves, asking for O(log size) nodes."""
    return range_root(nodes, 0, size)


def inclusion_proof_from(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Return the audit path of entry ``index`` in the tree of ``size`` leaves, from the leaf's sibling upwards.

    Raises
    ------
    ProofError
        ``proof_index_out_of_range``.
    """
    if not 0 <= index < size:
        raise ProofError.because("proof_index_out_of_range", index=index, size=size)
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            path.append(range_root(nodes, middle, high))
            high = middle
        else:
            path.append(range_root(nodes, low, middle))
            low = middle
    path.reverse()
    return path


def consistency_proof_from(nodes: Nodes, size1: int, size2: int) -> list[bytes]:
    """Return the proof that the first ``size1`` leaves are a prefix of the first ``size2`` (RFC 6962, 2.1.2).

    Raises
    ------
    ProofError
        ``proof_index_out_of_range``: not 0 ≤ size1 ≤ size2.
    """
    if not 0 <= size1 <= size2:
        raise ProofError.because("proof_index_out_of_range", index=size1, size=size2)
    if size1 in (0, size2):
        return []
    proof: list[bytes] = []
    low, high = 0, size2
    whole = True  # the old tree's own root is known to the verifier as long as we have never gone right
    while size1 != high:
        middle = low + split(high - low)
        if size1 <= middle:
            proof.append(range_root(nodes, middle, high))
            high = middle
        else:
            proof.append(range_root(nodes, low, middle))
            low, whole = middle, False
    if not whole:
        proof.append(range_root(nodes, low, high))
    proof.reverse()
    return proof


def inclusion_proof(index: int, leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of entry ``index`` among all the given leaf hashes."""
    return inclusion_proof_from(nodes_of(leaf_hashes), index, len(leaf_hashes))


def consistency_proof(size1: int, leaf_hashes: Sequence[bytes], size2: int | None = None) -> list[bytes]:
    """Return the consistency proof from ``size1`` to ``size2`` (default: all the given leaf hashes)."""
    end = len(leaf_hashes) if size2 is None else size2
    if end > len(leaf_hashes):
        raise ProofError.because("proof_index_out_of_range", index=end, size=len(leaf_hashes))
    return consistency_proof_from(nodes_of(leaf_hashes), size1, end)
