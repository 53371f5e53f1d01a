"""Signed notes, checkpoints, tiles and offline proofs, against a real log."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.support import VECTORS
from evidence.world import NOW, World
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import merkle, notes, tiles
from tanbiao.evidence.keys import KeyStore
from tanbiao.evidence.tiles import Tile

LOG = VECTORS / "tessera-testlog"
ORIGIN = "example.com/log/testdata"
KEY = notes.Verifier.parse((LOG / "VKEY.txt").read_text())
SIZE = 15


def read(tile: Tile) -> bytes:
    return (LOG / tile.path).read_bytes()


def test_the_key_of_the_real_log_reads_and_writes_back() -> None:
    assert KEY.name == ORIGIN
    assert KEY.vkey == (LOG / "VKEY.txt").read_text().strip()


@pytest.mark.parametrize("size", range(SIZE + 1))
def test_every_checkpoint_of_the_real_log_opens_and_states_the_root_of_its_entries(size: int) -> None:
    found = notes.open_checkpoint((LOG / f"checkpoint.{size}").read_text(), [KEY])
    leaves = tiles.bundle_leaves(read(Tile(None, 0, size))) if size else []
    assert (found.origin, found.size, found.root) == (ORIGIN, size, merkle.root(leaves))


def test_the_newest_checkpoint_is_the_last() -> None:
    assert notes.open_checkpoint((LOG / "checkpoint").read_text(), [KEY]).size == SIZE


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_the_tiles_of_the_real_log_are_what_we_make_of_its_entries(size: int) -> None:
    leaves = tiles.bundle_leaves(read(Tile(None, 0, size)))
    nodes = merkle.nodes_of([merkle.leaf_hash(leaf) for leaf in leaves])
    for tile in tiles.tiles_of(size):
        made = tiles.bundle_bytes(leaves) if tile.level is None else tiles.tile_bytes(nodes, tile)
        assert made == read(tile)


def test_proofs_made_from_the_real_tiles_lead_to_the_signed_root() -> None:
    nodes = tiles.nodes_from_tiles(read, SIZE)
    leaves = tiles.bundle_leaves(read(Tile(None, 0, SIZE)))
    note = (LOG / "checkpoint").read_text()
    for index, leaf in enumerate(leaves):
        proof = notes.LogProof(index, tuple(merkle.inclusion_proof_from(nodes, index, SIZE)), note)
        assert notes.LogProof.parse(proof.text()) == proof
        assert proof.verify(leaf, [KEY]).size == SIZE
        with pytest.raises(TanbiaoError):
            proof.verify(leaf + b"!", [KEY])


def test_every_pair_of_checkpoints_of_the_real_log_is_consistent() -> None:
    nodes = tiles.nodes_from_tiles(read, SIZE)
    heads = [notes.open_checkpoint((LOG / f"checkpoint.{n}").read_text(), [KEY]) for n in range(SIZE + 1)]
    for old in heads:
        for new in heads[old.size :]:
            proof = merkle.consistency_proof_from(nodes, old.size, new.size)
            merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)


def test_any_changed_character_of_a_checkpoint_is_refused() -> None:
    note = (LOG / "checkpoint").read_text()
    for at, char in enumerate(note):
        changed = note[:at] + ("A" if char != "A" else "B") + note[at + 1 :]
        with pytest.raises(TanbiaoError):
            notes.open_checkpoint(changed, [KEY])


class TestOwnNotes:
    def test_a_checkpoint_we_sign_opens(self, world: World) -> None:
        key = world.store.current("log")
        note = notes.sign_checkpoint("tanbiao.example/log", 3, bytes(32), key)
        found = notes.open_checkpoint(note, [notes.verifier("tanbiao.example/log", key)])
        assert found == notes.Checkpoint("tanbiao.example/log", 3, bytes(32))

    def test_a_witness_may_add_its_signature_and_strangers_are_ignored(self, world: World, tmp_path) -> None:
        log, witness = world.store.current("log"), KeyStore(tmp_path / "w").rotate("log", now=NOW)
        text = notes.Checkpoint("a/log", 1, bytes(32)).text()
        note = notes.sign_note(text, [("a/log", log), ("witness.example", witness)])
        known = [notes.verifier("a/log", log)]
        assert notes.open_note(note, known) == (text, ("a/log",))
        both = [*known, notes.verifier("witness.example", witness)]
        assert notes.open_note(note, both)[1] == ("a/log", "witness.example")

    def test_a_witness_alone_does_not_make_a_checkpoint(self, world: World) -> None:
        key = world.store.current("log")
        note = notes.sign_note(notes.Checkpoint("a/log", 1, bytes(32)).text(), [("witness.example", key)])
        with pytest.raises(TanbiaoError) as caught:
            notes.open_checkpoint(note, [notes.verifier("witness.example", key)])
        assert caught.value.code == "note_unsigned"

    def test_a_known_key_under_another_name_is_a_stranger(self, world: World) -> None:
        key = world.store.current("log")
        note = notes.sign_checkpoint("a/log", 1, bytes(32), key)
        with pytest.raises(TanbiaoError) as caught:
            notes.open_checkpoint(note, [notes.verifier("b/log", key)])
        assert caught.value.code == "note_unsigned"

    @pytest.mark.parametrize("text", ["no newline", "tab\there\n", ""])
    def test_texts_that_are_no_note_are_not_signed(self, world: World, text: str) -> None:
        with pytest.raises(TanbiaoError):
            notes.sign_note(text, [("a/log", world.store.current("log"))])

    @pytest.mark.parametrize("body", ["o\n01\nAAAA\n", "o\n-1\nAAAA\n", "\n1\nAAAA\n", "o\n1\nAAAA\n", "o\n1\n"])
    def test_malformed_checkpoints_are_refused(self, body: str) -> None:
        with pytest.raises(TanbiaoError):
            notes.Checkpoint.parse(body)

    @pytest.mark.parametrize(
        "text",
        ["", "x", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nx", "c2sp.org/tlog-proof@v1\n\n"],
    )
    def test_malformed_proofs_are_refused(self, text: str) -> None:
        with pytest.raises(TanbiaoError):
            notes.LogProof.parse(text)

    def test_extra_data_travels_with_a_proof(self) -> None:
        proof = notes.LogProof(3, (bytes(32),), "note\n", b"leaf")
        assert notes.LogProof.parse(proof.text()) == proof
        assert dataclasses.replace(proof, extra=b"").text() != proof.text()


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),  # the example of C2SP tlog-tiles
        (Tile(None, 0, 15), "tile/entries/000.p/15"),
        (Tile(3, 999), "tile/3/999"),
        (Tile(1, 1000), "tile/1/x001/000"),
    ],
)
def test_tile_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path", ["tile/8/000", "tile/0/0", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "x"]
)
def test_other_spellings_of_tile_paths_are_refused(path: str) -> None:
    with pytest.raises(TanbiaoError):
        Tile.parse(path)


@settings(deadline=None)
@given(st.integers(1, 700), st.data())
def test_proofs_from_tiles_equal_proofs_from_hashes(size: int, data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(n.to_bytes(2, "big")) for n in range(size)]
    memory = merkle.nodes_of(hashes)
    nodes = tiles.nodes_from_tiles(lambda tile: tiles.tile_bytes(memory, tile), size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert merkle.inclusion_proof_from(nodes, index, size) == merkle.inclusion_proof(index, hashes)
    assert merkle.consistency_proof_from(nodes, old, size) == merkle.consistency_proof(old, hashes)
    assert merkle.root_from(nodes, size) == merkle.root_of_hashes(hashes)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=256))
def test_entry_bundles_hold_any_leaves(leaves: list[bytes]) -> None:
    assert tiles.bundle_leaves(tiles.bundle_bytes(leaves)) == leaves


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05ab", b"\x00\x00" * 257])
def test_cut_or_overlong_bundles_are_refused(data: bytes) -> None:
    with pytest.raises(TanbiaoError):
        tiles.bundle_leaves(data)


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(TanbiaoError):
        tiles.nodes_from_tiles(lambda _: b"\0" * 31, 1)(0, 0)
