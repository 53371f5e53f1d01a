"""The Merkle hashes against the Certificate Transparency reference tree (RFC 6962, 2.1) and its own paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core import merkle

# Leaf inputs and roots: Certificate Transparency reference tree
# (transparency-dev/merkle testonly/constants.go, Apache-2.0).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_root_equals_the_reference_tree(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70), st.data())
def test_every_path_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    path = merkle.inclusion_path(index, hashes)
    assert merkle.root_from_path(index, len(leaves), hashes[index], path) == merkle.root(leaves)


def test_path_of_wrong_length_leads_nowhere() -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    path = merkle.inclusion_path(3, hashes)
    assert merkle.root_from_path(3, 8, hashes[3], path[:-1]) is None
    assert merkle.root_from_path(9, 8, hashes[3], path) is None


def test_leaf_outside_the_tree_is_refused() -> None:
    with pytest.raises(IndexError, match="leaf 3"):
        merkle.inclusion_path(3, [b"\0" * 32] * 3)
    with pytest.raises(ValueError, match="fewer than two"):
        merkle.split(1)
