"""Tiles of a log (C2SP tlog-tiles): where they lie, what is in them, and proofs made from them alone.

A tile holds 256 hashes of tree level 8·L, or fewer at the right edge (a partial tile, ``.p/<width>``). An entry bundle
holds the raw leaves of a tile of level 0, each after its length as two bytes, big end first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.merkle import node_hash
from tanbiao.evidence.merkle import HASH_LENGTH, Nodes

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_LEVEL = 7
_PATH = re.compile(r"tile/(?P<level>entries|[0-7])/(?P<number>(?:x\d{3}/){0,5}\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile's place: ``level`` None means the entry bundle of that number."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: ``tile/0/x001/x234/067`` or ``tile/entries/000.p/15``."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number_path(self.number)}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a path back.

        Raises
        ------
        TanbiaoError
            ``tile_path_malformed``, also for a second spelling of the same number.
        """
        found = _PATH.fullmatch(path)
        if found is None:
            raise TanbiaoError.of("tile_path_malformed", path[:80])
        level = None if found["level"] == "entries" else int(found["level"])
        tile = cls(level, int(re.sub(r"[x/]", "", found["number"])), int(found["width"] or WIDTH))
        if tile.path != path or tile.width > WIDTH:
            raise TanbiaoError.of("tile_path_malformed", path[:80])
        return tile


def number_path(number: int) -> str:
    """Return a tile number in groups of three digits, all but the last with an x: 1234067 → ``x001/x234/067``."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile and entry bundle of a log of ``size`` leaves, the partial ones at the right edge too."""
    for number in range(-(-size // WIDTH)):
        yield Tile(None, number, min(WIDTH, size - number * WIDTH))
    level, count = 0, size
    while count:
        for number in range(-(-count // WIDTH)):
            yield Tile(level, number, min(WIDTH, count - number * WIDTH))
        level, count = level + 1, count // WIDTH


def tile_bytes(nodes: Nodes, tile: Tile) -> bytes:
    """Return a tile's content from a node reader.

    Raises
    ------
    TanbiaoError
        ``tile_path_malformed``: an entry bundle has no hashes.
    """
    if tile.level is None:
        raise TanbiaoError.of("tile_path_malformed", tile.path)
    begin = tile.number * WIDTH
    return b"".join(nodes(tile.level * HEIGHT, begin + offset) for offset in range(tile.width))


def bundle_bytes(leaves: Sequence[bytes]) -> bytes:
    """Return an entry bundle of up to 256 leaves.

    Raises
    ------
    TanbiaoError
        ``bundle_malformed``: too many leaves, or one of 64 KiB or more.
    """
    if len(leaves) > WIDTH or any(len(leaf) > 0xFFFF for leaf in leaves):
        raise TanbiaoError.of("bundle_malformed")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def bundle_leaves(data: bytes) -> list[bytes]:
    """Return the leaves of an entry bundle.

    Raises
    ------
    TanbiaoError
        ``bundle_malformed``: cut off, or more than 256.
    """
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaf = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(leaf) != length or len(leaves) == WIDTH:
            raise TanbiaoError.of("bundle_malformed")
        leaves.append(leaf)
        at += 2 + length
    return leaves


def nodes_from_tiles(read: Callable[[Tile], bytes], size: int) -> Nodes:
    """Return a node reader that reads tiles of a log of ``size`` leaves, each at most once.

    With :func:`tanbiao.evidence.merkle.inclusion_proof_from` a monitor makes its own proofs from public files.

    Raises
    ------
    TanbiaoError
        ``tile_malformed``, when asked: a tile of another length than its place says.
    """

    @lru_cache(maxsize=256)
    def hashes(level: int, number: int) -> tuple[bytes, ...]:
        width = min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH)
        tile = Tile(level, number, width)
        data = read(tile)
        if width < 1 or len(data) != width * HASH_LENGTH:
            raise TanbiaoError.of("tile_malformed", tile.path)
        return tuple(data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH))

    def node(level: int, index: int) -> bytes:
        tile_level, rise = min(level // HEIGHT, MAX_LEVEL), level % HEIGHT
        first = index << rise
        number, offset = divmod(first, WIDTH)
        row = list(hashes(tile_level, number)[offset : offset + (1 << rise)])
        if len(row) != 1 << rise:
            raise TanbiaoError.of("tile_malformed", f"{level}/{index}")
        while len(row) > 1:
            row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]

    return node
