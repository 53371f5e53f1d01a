"""Finding a table's columns when nobody promises their spelling: order, width, brackets, merged rows, a title above.

A mapping names each column once and may give further spellings. A header cell is compared without blanks, brackets,
case and the width of its characters, whole, without what it has in brackets, and by that alone; a header of several
rows is compared joined, from the top down, and by its lowest row.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

HEAD_ROWS: Final = 20
"""Rows among which a header is looked for."""
DEEPEST: Final = 4
"""Rows that a header may have. Both project defaults, not official."""
_SIGNS: Final = re.compile(r"[\s\W_]+")
_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_YEAR: Final = re.compile(r"((?:19|20)\d{2})\s*年?.{0,12}")


_CACHED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Header:
    """Where a mapping's columns stand: canonical name → index, units found in the header, rows above the body."""

    columns: Mapping[str, int]
    units: Mapping[str, str]
    rows: int
    years: Mapping[int, str]
    """Index → year of columns that are headed by a year."""
    above: tuple[str, ...] = ()
    """What stands over the header, as titles and notes do."""

    @property
    def fit(self) -> int:
        """How many columns were found."""
        return len(self.columns)


@lru_cache(maxsize=_CACHED)
def folded(text: str) -> str:
    """Return a header cell as it is compared."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=_CACHED)
def _keys(cell: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", cell)
    inside = _BRACKETS.findall(plain)
    return tuple(dict.fromkeys(filter(None, (folded(cell), folded(_BRACKETS.sub("", plain)), *map(folded, inside)))))


def _joined(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return (whole heading, lowest cell) of each column; a merged cell stands in its first column only."""
    width = max(len(row) for row in rows)
    levels: list[list[str]] = []
    for number, row in enumerate(rows):
        cells = [row[index].strip() if index < len(row) else "" for index in range(width)]
        if number < len(rows) - 1:
            for index in range(1, width):
                # A blank cell continues the one at its left, unless another begins over it in the row above.
                if not cells[index] and not (levels and levels[-1][index] != levels[-1][index - 1]):
                    cells[index] = cells[index - 1]
        levels.append(cells)
    found = []
    for index in range(width):
        column = [level[index] for level in levels if level[index]]
        found.append((" ".join(dict.fromkeys(column)), levels[-1][index] or (column[-1] if column else "")))
    return found


def find_header(
    rows: Sequence[Sequence[str]], wanted: Mapping[str, Sequence[str]], optional: frozenset[str], *, by_years: bool
) -> Header | None:
    """Return the header among the first rows that has all wanted columns, else None.

    Parameters
    ----------
    wanted
        Canonical name → its other spellings.
    optional
        Canonical names that may be missing.
    by_years
        Whether columns headed by a year are wanted too.
    """
    best: Header | None = None
    best_depth = 0
    for start in range(min(len(rows), HEAD_ROWS)):
        for depth in range(1, min(DEEPEST, len(rows) - start) + 1):
            if not any(cell.strip() for cell in rows[start]):
                break
            found = _matched(_joined(rows[start : start + depth]), wanted)
            if (set(wanted) - optional) - set(found.columns) or (by_years and not found.years):
                continue
            # The fullest; then the shallowest, so that a title is no part of a header.
            if best is None or (found.fit, -depth) > (best.fit, -best_depth):
                best_depth = depth
                above = tuple(cell.strip() for row in rows[:start] for cell in row if cell.strip())
                best = Header(found.columns, found.units, start + depth, found.years if by_years else {}, above)
    return best


def _matched(headings: Sequence[tuple[str, str]], wanted: Mapping[str, Sequence[str]]) -> Header:
    by_key: dict[str, int] = {}
    lowest = Counter(folded(low) for _, low in headings)
    for index, (whole, low) in enumerate(headings):
        keys = list(_keys(whole))
        if lowest[folded(low)] == 1:
            keys += _keys(low)
        for rank, key in enumerate(keys):
            if rank == 0 or key not in by_key:
                by_key.setdefault(key, index)
    columns: dict[str, int] = {}
    for name, spellings in wanted.items():
        at = next((by_key[key] for key in map(folded, (name, *spellings)) if key in by_key), None)
        if at is not None and at not in columns.values():
            columns[name] = at
    units = {
        name: inside[-1]
        for name, index in columns.items()
        if (inside := _BRACKETS.findall(unicodedata.normalize("NFKC", headings[index][0]))) and "/" in inside[-1]
    }
    taken = set(columns.values())
    years = {
        index: year[1]
        for index, (_, low) in enumerate(headings)
        if index not in taken and (year := _YEAR.fullmatch(unicodedata.normalize("NFKC", low).strip()))
    }
    return Header(columns, units, 0, years)
