"""Tables that give the codes of a classification their names: checked as a whole before any row of one is used.

No such table ships with the project: each comes from whoever holds a copy of the classification, with its source and
its licence. A table names codes; nothing is linked or chosen by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tanbiao.core.dataset.classifications import Scheme, plain_code, scheme
from tanbiao.core.findings import Finding, Severity, finding

LONGEST_CODE, LONGEST_NAME = 60, 400
REPLACEMENT = "\ufffd"
"""What a program writes for bytes that it could not read as text."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as a file has it: its place, the code, names in both languages (empty: not given), the wider code."""

    where: str
    code: str
    zh: str = ""
    en: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code with its names; ``parent`` is the next wider code of the table, empty for one of the widest."""

    code: str
    zh: str
    en: str
    parent: str

    def document(self) -> dict[str, str]:
        """Return it as it is hashed and shown."""
        return {"code": self.code, "zh": self.zh, "en": self.en, "parent": self.parent}


def key_of(name: str, code: str) -> tuple[str, str]:
    """Return classification and code as they are compared, however they are spelled.

    >>> key_of("统计用产品分类", "3216 0101"), key_of("UNSPSC", " 30102300 ")
    (('NBS', '32160101'), ('UNSPSC', '30102300'))
    """
    known = scheme(name)
    if known is None:
        return _plain(name), unicodedata.normalize("NFKC", code).strip()
    return known.id, plain_code(known, code)


def wider(known: Scheme | None, code: str) -> Iterator[str]:
    """Yield the wider codes that a classification's levels make of a code, the nearest first.

    >>> from tanbiao.core.dataset.classifications import schemes
    >>> list(wider(schemes()["NBS"], "32160101")), list(wider(schemes()["GB/T 4754"], "C32"))
    (['321601', '3216', '32'], ['C'])
    """
    if known is None:
        return
    for length in range(len(code) - 1, 0, -1):
        if known.fits(code[:length]):
            yield code[:length]


def checked(scheme_name: str, rows: Iterable[RawRow]) -> tuple[tuple[CodeRow, ...], tuple[Finding, ...]]:
    """Return the rows of a table in the order of their codes, and everything that is wrong or doubtful with them.

    A table with a finding that blocks is not to be used: which of two rows of one code is right is nobody's guess.

    Notes
    -----
    Where no wider code is stated, a classification whose levels are beginnings of its codes says it; one that is not in
    the table is then a warning, since a table may hold the narrow levels alone.
    """
    known, told = scheme(scheme_name), list[Finding]()
    taken: dict[str, RawRow] = {}
    for row in rows:
        code = key_of(scheme_name, row.code)[1]
        wrong = [*_wrong(scheme_name, known, code, row)]
        if code in taken and not wrong:
            first = taken[code].where
            wrong = [finding("code_table_code_twice", Severity.ERROR, row.where, value=code, first=first)]
        told += wrong
        if not wrong:
            taken[code] = row
    parents = {code: key_of(scheme_name, row.parent)[1] for code, row in taken.items()}
    told += _absent(taken, parents)
    told += _loops(taken, parents)
    holes: dict[str, list[str]] = {}
    for code in taken:
        if not parents[code]:
            parents[code] = next((one for one in wider(known, code) if one in taken), "")
            nearest = next(wider(known, code), "")
            if nearest and nearest not in taken:
                holes.setdefault(nearest, []).append(code)
    for code, below in sorted(holes.items()):
        where = taken[below[0]].where
        told.append(finding("code_table_wider_absent", Severity.WARNING, where, value=code, count=len(below)))
    made = (CodeRow(code, _plain(row.zh), _plain(row.en), parents[code]) for code, row in sorted(taken.items()))
    return tuple(made), tuple(told)


def _plain(text: str) -> str:
    """Return text with single blanks and without what no reader sees: marks of order, joiners, a stray mark."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(seen.split())


def _wrong(scheme_name: str, known: Scheme | None, code: str, row: RawRow) -> Iterator[Finding]:
    if not code:
        yield finding("code_table_code_missing", Severity.ERROR, row.where, name=(row.zh or row.en)[:80])
        return
    if known is not None and known.levels and not known.fits(code):
        params = {"value": row.code.strip()[:80], "scheme": known.id, "source": known.source}
        yield finding("code_table_code_form", Severity.ERROR, row.where, **params)
    elif len(code) > LONGEST_CODE or not code.isprintable():
        params = {"value": row.code.strip()[:80], "scheme": scheme_name, "limit": str(LONGEST_CODE)}
        yield finding("code_table_code_long", Severity.ERROR, row.where, **params)
    names = (_plain(row.zh), _plain(row.en))
    if not any(names):
        yield finding("code_table_name_missing", Severity.ERROR, row.where, value=code[:80])
    for name in filter(None, names):
        if REPLACEMENT in name or not name.isprintable():
            yield finding("code_table_text_damaged", Severity.ERROR, row.where, name=name[:80])
        elif len(name) > LONGEST_NAME:
            yield finding("code_table_name_long", Severity.ERROR, row.where, value=code[:80], limit=LONGEST_NAME)


def _absent(taken: Mapping[str, RawRow], parents: Mapping[str, str]) -> Iterator[Finding]:
    for code, parent in parents.items():
        if parent and parent not in taken:
            params = {"value": code, "parent": parent[:80]}
            yield finding("code_table_parent_absent", Severity.ERROR, taken[code].where, **params)


def _loops(taken: Mapping[str, RawRow], parents: Mapping[str, str]) -> Iterator[Finding]:
    """Yield each loop of codes that stand above one another once, at its smallest code."""
    done: set[str] = set()
    for start in taken:
        way: list[str] = []
        code = start
        while code and code in taken and code not in done and code not in way:
            way.append(code)
            code = parents[code]
        if code in way:
            loop = way[way.index(code) :]
            first = min(loop)
            named = " → ".join([*loop[:10], loop[0]])
            yield finding("code_table_parent_loop", Severity.ERROR, taken[first].where, codes=named)
        done.update(way)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a table has that the one before it had not, and the other way round; renamed: other names of one code."""

    added: int
    removed: int
    renamed: int
    same: int


def compare(old: Mapping[str, tuple[str, str]], new: Sequence[CodeRow]) -> Changes:
    """Return what changed between code → (zh, en) of an older table and the rows of a newer one."""
    here = {row.code: (row.zh, row.en) for row in new}
    both = here.keys() & old.keys()
    same = sum(here[code] == old[code] for code in both)
    return Changes(len(here.keys() - old.keys()), len(old.keys() - here.keys()), len(both) - same, same)
