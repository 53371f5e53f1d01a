"""The Merkle log: published vectors, and any tree and any changed byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.support import vectors
from tanbiao.core.findings import catalogue
from tanbiao.evidence import merkle
from tanbiao.evidence.merkle import ProofError

REFERENCE = vectors("rfc6962_vectors.json")
LEAVES = [bytes.fromhex(text) for text in REFERENCE["leaves_hex"]]
ROOTS = [bytes.fromhex(text) for text in REFERENCE["roots_by_size"]]


def unhex(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference_tree(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("case", REFERENCE["inclusion"], ids=lambda c: f"{c['leaf_index']}of{c['tree_size']}")
def test_inclusion_vectors_verify_and_are_what_we_make(case: dict) -> None:
    index, size, proof = case["leaf_index"], case["tree_size"], unhex(case["proof"])
    digest = bytes.fromhex(case["leaf_hash"])
    assert digest == merkle.leaf_hash(LEAVES[index])
    merkle.verify_inclusion(index, size, digest, proof, bytes.fromhex(case["root"]))
    assert merkle.inclusion_proof(index, [merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]) == proof


@pytest.mark.parametrize("case", REFERENCE["consistency"], ids=lambda c: f"{c['size1']}to{c['size2']}")
def test_consistency_vectors_verify_and_are_what_we_make(case: dict) -> None:
    size1, size2, proof = case["size1"], case["size2"], unhex(case["proof"])
    merkle.verify_consistency(size1, size2, proof, bytes.fromhex(case["root1"]), bytes.fromhex(case["root2"]))
    assert merkle.consistency_proof(size1, [merkle.leaf_hash(leaf) for leaf in LEAVES], size2) == proof


trees = st.lists(st.binary(max_size=20), min_size=1, max_size=70)


@settings(deadline=None)
@given(trees, st.data())
def test_every_inclusion_proof_verifies_and_no_changed_byte_does(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, top = merkle.inclusion_proof(index, hashes), merkle.root(leaves)
    merkle.verify_inclusion(index, len(leaves), hashes[index], proof, top)
    parts = [hashes[index], top, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    at, flip = data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255))
    changed = bytearray(parts[which])
    changed[at] ^= flip
    parts[which] = bytes(changed)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(index, len(leaves), parts[0], parts[2:], parts[1])


@settings(deadline=None)
@given(trees, st.data())
def test_every_consistency_proof_verifies_and_no_changed_byte_does(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    size1 = data.draw(st.integers(1, len(leaves)))
    old, new = merkle.root(leaves[:size1]), merkle.root(leaves)
    proof = merkle.consistency_proof(size1, hashes)
    merkle.verify_consistency(size1, len(leaves), proof, old, new)
    parts = [old, new, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    changed = bytearray(parts[which])
    changed[data.draw(st.integers(0, 31))] ^= data.draw(st.integers(1, 255))
    parts[which] = bytes(changed)
    with pytest.raises(ProofError):
        merkle.verify_consistency(size1, len(leaves), parts[2:], parts[0], parts[1])


@settings(deadline=None)
@given(trees, st.data())
def test_a_proof_with_a_hash_too_many_or_too_few_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, top = merkle.inclusion_proof(index, hashes), merkle.root(leaves)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(index, len(leaves), hashes[index], [*proof, top], top)
    if proof:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(index, len(leaves), hashes[index], proof[:-1], top)
    size1 = data.draw(st.integers(1, len(leaves)))
    path, old = merkle.consistency_proof(size1, hashes), merkle.root(leaves[:size1])
    with pytest.raises(ProofError):
        merkle.verify_consistency(size1, len(leaves), [*path, top], old, top)
    if path:
        with pytest.raises(ProofError):
            merkle.verify_consistency(size1, len(leaves), path[:-1], old, top)


@settings(deadline=None)
@given(trees)
def test_a_reordered_tree_is_another_tree(leaves: list[bytes]) -> None:
    turned = leaves[::-1]
    assert (merkle.root(turned) == merkle.root(leaves)) == (turned == leaves)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=8), max_size=200))
def test_the_root_of_a_stream_is_that_of_the_levels(leaves: list[bytes]) -> None:
    hashes = [merkle.leaf_hash(data) for data in leaves]
    assert merkle.root(iter(leaves)) == merkle.root_of_hashes(hashes)


def test_the_empty_tree_is_a_prefix_of_every_tree_and_only_by_its_own_root() -> None:
    merkle.verify_consistency(0, 8, [], ROOTS[0], ROOTS[8])
    with pytest.raises(ProofError):
        merkle.verify_consistency(0, 8, [], ROOTS[1], ROOTS[8])
    with pytest.raises(ProofError):
        merkle.verify_consistency(0, 8, [ROOTS[1]], ROOTS[0], ROOTS[8])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (5, 2), (0, 2**64)])
def test_positions_outside_the_tree_are_refused(index: int, size: int) -> None:
    with pytest.raises(ProofError) as caught:
        merkle.verify_inclusion(index, size, ROOTS[1], [], ROOTS[1])
    assert caught.value.code == "proof_index_out_of_range"


def test_a_log_that_shrinks_or_rewrites_its_history_is_refused() -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    with pytest.raises(ProofError):
        merkle.verify_consistency(6, 4, [], ROOTS[6], ROOTS[4])
    rewritten = [merkle.leaf_hash(b"other"), *hashes[1:]]
    with pytest.raises(ProofError):
        merkle.verify_consistency(
            4, 8, merkle.consistency_proof(4, rewritten), ROOTS[4], merkle.root_of_hashes(rewritten)
        )


def test_every_code_has_its_sentence() -> None:
    assert {"proof_index_out_of_range", "proof_malformed", "proof_root_differs"} <= set(catalogue())
