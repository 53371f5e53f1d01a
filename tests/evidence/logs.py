"""A log in memory, with its public files, for the tests of witness and monitor; it can be made to lie."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evidence.world import NOW
from tanbiao.evidence import leaf, merkle, notes
from tanbiao.evidence.keys import KeyStore
from tanbiao.evidence.tiles import WIDTH, bundle_bytes, tile_bytes, tiles_of
from tanbiao.evidence.witness import Request

AT = "2026-11-21T03:00:00Z"
HASH = "sha256:" + "ab" * 32


def entry(number: int, *, act: str = "certificate_intent", name: str = "", credential: str = HASH) -> bytes:
    """Return a leaf: the ``number``-th of the tests, about the certificate ``name``."""
    named = name or f"DEMO-{number:05d}"
    public = {"certificate": named}
    if act == "certificate_intent":
        public["intent"] = HASH
    else:
        public |= {"status": "valid", "credential": credential}
    if act == "certificate_changed":
        public["replaces"] = named
    made, _ = leaf.make_leaf(act, AT, "0123456789abcdef0123", {"n": number}, public, number.to_bytes(16, "big"))
    return made


def begun(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a witness as a process of its own on a free port; return it and its address."""
    command = [sys.executable, "-m", "tanbiao", "witness", "--lang", "en", "serve", "--port", "0", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


class MemoryLog:
    """A log whose entries and files lie in memory."""

    def __init__(self, folder: Path, origin: str = "log.example/log") -> None:
        self.origin = origin
        self.key = KeyStore(folder).ensure("log", now=NOW)
        self.entries: list[bytes] = []
        self.changed: dict[str, bytes | None] = {}
        """Files that are handed out instead of the true ones; None: gone."""

    @property
    def vkey(self) -> str:
        return notes.verifier(self.origin, self.key).vkey

    def hashes(self) -> list[bytes]:
        return [merkle.leaf_hash(data) for data in self.entries]

    def grow(self, count: int) -> None:
        begin = len(self.entries)
        self.entries += [entry(number) for number in range(begin, begin + count)]

    def note(self, size: int | None = None) -> str:
        upto = len(self.entries) if size is None else size
        return notes.sign_checkpoint(self.origin, upto, merkle.root(self.entries[:upto]), self.key)

    def request(self, old: int, size: int | None = None) -> bytes:
        upto = len(self.entries) if size is None else size
        proof = tuple(merkle.consistency_proof(old, self.hashes(), upto)) if old <= upto else ()
        return Request(old, proof, self.note(upto)).body()

    def fetch(self, path: str) -> bytes | None:
        """Return a public file, as :data:`tanbiao.evidence.monitor.Fetch`."""
        if path in self.changed:
            return self.changed[path]
        if path == "checkpoint":
            return self.note().encode()
        nodes = merkle.nodes_of(self.hashes())
        for tile in tiles_of(len(self.entries)):
            if tile.path != path:
                continue
            begin = tile.number * WIDTH
            return (
                bundle_bytes(self.entries[begin : begin + tile.width])
                if tile.level is None
                else tile_bytes(nodes, tile)
            )
        return None
