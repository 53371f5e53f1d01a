"""The search entries of the register: written from public records, found by words and facets, sorted, paged by key.

One table serves search, lists, open data and statistics. Words and facets are tokens of one index (PostgreSQL: a
generated ``tsvector`` with GIN; SQLite: FTS5), so that "battery, Guangdong, suspended" is one look-up on both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction

from tanbiao.web import clock, search
from tanbiao.web.register import records
from tanbiao.web.register.models import Entry, FacetName, Tally

TABLE = "register_entry_fts"
"""SQLite only; PostgreSQL has a column of its own in the entry's table."""
FACETS = ("kind", "state", "category", "region", "body", "scheme", "grade")
_UNSAFE = re.compile(r"[^0-9a-z\u3400-\u9fff]+")


def facet_token(name: str, value: str) -> str:
    """Return the token that stands for a facet's value; no word of a text can be the same.

    >>> facet_token("region", "CN-GD")
    'regionxcnxgdxx'
    """
    return f"{name}x{_UNSAFE.sub('x', search.fold(value))}xx"


def tokens_of(record: Mapping[str, Any], columns: Mapping[str, Any]) -> str:
    """Return everything an entry is found under, in one line."""
    facets = [facet_token(name, str(columns[name])) for name in FACETS if columns[name]]
    words = dict.fromkeys(search.tokens(records.searched_text(record)))
    return " ".join([*words, *facets])


def put(record: Mapping[str, Any], snapshot: str) -> Entry:
    """Write the entry of a record, in place of the one its number had."""
    columns = records.columns_of(record)
    values = columns | {
        "tokens": tokens_of(record, columns),
        "record": record,
        "snapshot": snapshot,
        "changed_at": clock.now(),
    }
    with transaction.atomic():
        old = Entry.objects.select_for_update().filter(number=record["number"]).first()
        if old is not None:
            _unfind(old)
            _count(old, -1)
        entry, _ = Entry.objects.update_or_create(number=record["number"], defaults=values)
        _find([entry])
        _count(entry, 1)
        _name_body(record)
    return entry


def put_many(rows: Iterable[tuple[Mapping[str, Any], str]]) -> int:
    """Write the entries of many records whose numbers are new; return how many."""
    made, sums, bodies = [], dict[tuple[str, ...], int](), dict[str, Mapping[str, Any]]()
    now = clock.now()
    for record, snapshot in rows:
        columns = records.columns_of(record)
        entry = Entry(
            number=record["number"],
            tokens=tokens_of(record, columns),
            record=record,
            snapshot=snapshot,
            changed_at=now,
            **columns,
        )
        made.append(entry)
        sums[_cell(entry)] = sums.get(_cell(entry), 0) + 1
        bodies[columns["body"]] = record
    with transaction.atomic():
        made = Entry.objects.bulk_create(made, batch_size=500)
        _find(made)
        Tally.objects.bulk_create(_tally(cell, n) for cell, n in sums.items())
        for record in bodies.values():
            _name_body(record)
    return len(made)


def _find(made: list[Entry]) -> None:
    """Add entries to the index of words; PostgreSQL has done so itself."""
    if connection.vendor == "sqlite":
        search.fts_add(TABLE, [(entry.id, entry.tokens) for entry in made])


def _unfind(entry: Entry) -> None:
    if connection.vendor == "sqlite":
        search.fts_remove(TABLE, entry.id, entry.tokens)


# -- sums ---------------------------------------------------------------------------------------------------------

CELL = ("kind", "state", "category", "region", "body", "scheme", "grade", "month")


def _cell(entry: Entry) -> tuple[str, ...]:
    return (*(str(getattr(entry, name)) for name in CELL[:-1]), entry.issued_on.isoformat()[:7])


def _tally(cell: tuple[str, ...], n: int) -> Tally:
    return Tally(**dict(zip(CELL, cell, strict=True)), n=n)


def _count(entry: Entry, n: int) -> None:
    _tally(_cell(entry), n).save()


def fold_tallies() -> int:
    """Fold the rows of every cell into one; return how many rows there are afterwards."""
    with transaction.atomic():
        rows = list(Tally.objects.select_for_update().order_by("id"))
        sums: dict[tuple[str, ...], int] = {}
        for row in rows:
            cell = tuple(str(getattr(row, name)) for name in CELL)
            sums[cell] = sums.get(cell, 0) + row.n
        kept = {cell: n for cell, n in sums.items() if n}
        if len(kept) < len(rows):
            Tally.objects.filter(id__in=[row.id for row in rows]).delete()
            Tally.objects.bulk_create((_tally(cell, n) for cell, n in sorted(kept.items())), batch_size=500)
    return len(kept)


def _name_body(record: Mapping[str, Any]) -> None:
    """Keep the name of the body as its newest entry says it; it is written only when it is another one."""
    body = record.get("body")
    if not body:
        return
    named = {"zh": body["zh"][:200], "en": body["en"][:200]}
    code = records.code_of(body)
    if not FacetName.objects.filter(code=code, **named).exists():
        FacetName.objects.update_or_create(code=code, defaults=named)
