"""Search that finds Chinese: one tokeniser, two databases.

Text is folded (NFKC, lower case) and cut: runs of letters and digits are words, runs of Chinese characters are single
characters and overlapping pairs. SQLite keeps the tokens in a contentless FTS5 table, PostgreSQL in a ``tsvector`` with
a GIN index; neither database's own idea of words is used. A query asks for all of its words (the last one as a
beginning) and all of its pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.db import connection, transaction

from tanbiao.web.models import SearchEntry

TABLE = "web_search_fts"
MAX_QUERY = 200
_CJK = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def fold(text: str) -> str:
    """Return text as it is compared: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def tokens(text: str) -> list[str]:
    """Return the tokens under which a text is stored.

    >>> tokens("LFP 动力电池 32Ah")
    ['lfp', '动', '动力', '力', '力电', '电', '电池', '池', '32ah']
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if not _IS_CJK.match(run):
            found.append(run)
            continue
        for position, char in enumerate(run):
            found.append(char)
            if position + 1 < len(run):
                found.append(run[position : position + 2])
    return found


def query_tokens(text: str) -> list[tuple[str, bool]]:
    """Return what a query asks for: tokens, and whether each is only the beginning of a word."""
    asked: list[tuple[str, bool]] = []
    runs = _RUN.findall(fold(text[:MAX_QUERY]))
    for number, run in enumerate(runs):
        if not _IS_CJK.match(run):
            asked.append((run, number == len(runs) - 1))
        elif len(run) == 1:
            asked.append((run, False))
        else:
            asked.extend((run[at : at + 2], False) for at in range(len(run) - 1))
    return asked


def index(kind: str, key: str, text: str) -> None:
    """Make a thing findable under ``text``; what it was found under before is forgotten."""
    line = " ".join(tokens(text))
    with transaction.atomic():
        entry, made = SearchEntry.objects.select_for_update().get_or_create(
            kind=kind, key=str(key), defaults={"tokens": line}
        )
        if not made:
            if entry.tokens == line:
                return
            _remove(entry)
            entry.tokens = line
            entry.save(update_fields=["tokens"])
        _add(entry)


def index_many(kind: str, things: Iterable[tuple[str, str]]) -> None:
    """Make many new things findable at once: pairs of key and text, none of which is indexed yet."""
    rows = [SearchEntry(kind=kind, key=str(key), tokens=" ".join(tokens(text))) for key, text in things]
    with transaction.atomic(), connection.cursor() as cursor:
        made = SearchEntry.objects.bulk_create(rows, batch_size=500)
        if connection.vendor == "postgresql":
            lines = [(entry.id, sorted(set(entry.tokens.split()))) for entry in made]
            cursor.executemany(f"INSERT INTO {TABLE} (id, vector) VALUES (%s, array_to_tsvector(%s))", lines)  # noqa: S608
        else:
            fts_add(TABLE, [(entry.id, entry.tokens) for entry in made])


def forget(kind: str, key: str) -> None:
    """Make a thing unfindable."""
    with transaction.atomic():
        entry = SearchEntry.objects.select_for_update().filter(kind=kind, key=str(key)).first()
        if entry is not None:
            _remove(entry)
            entry.delete()


def search(kind: str | Iterable[str], query: str, limit: int = 1000) -> list[str]:
    """Return the keys of what matches, best first; an empty query finds nothing.

    ``kind`` may be several; the caller filters by what the actor may see.
    """
    kinds = [kind] if isinstance(kind, str) else list(kind)
    asked = query_tokens(query)
    if not asked or not kinds:
        return []
    run = _search_postgres if connection.vendor == "postgresql" else _search_sqlite
    return run(kinds, asked, limit)


def _quote(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'


def fts_query(asked: Iterable[tuple[str, bool]]) -> str:
    """Return what SQLite's FTS5 is asked for all of these tokens."""
    return " AND ".join(_quote(token) + ("*" if beginning else "") for token, beginning in asked)


def tsquery(asked: Iterable[tuple[str, bool]]) -> str:
    """Return what PostgreSQL's ``to_tsquery('simple', …)`` is asked for all of these tokens."""
    return " & ".join("'" + token.replace("'", "''") + "'" + (":*" if start else "") for token, start in asked)


def fts_add(table: str, rows: Iterable[tuple[int, str]]) -> None:
    """Add rows of id and tokens to a contentless FTS5 table (SQLite)."""
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} (rowid, tokens) VALUES (%s, %s)", list(rows))  # noqa: S608


def fts_remove(table: str, rowid: int, tokens: str) -> None:
    """Take a row out of a contentless FTS5 table (SQLite); it must be told the tokens that were added."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({table}, rowid, tokens) VALUES ('delete', %s, %s)",  # noqa: S608
            [rowid, tokens],
        )


def _search_sqlite(kinds: list[str], asked: list[tuple[str, bool]], limit: int) -> list[str]:
    match = fts_query(asked)
    places = ", ".join(["%s"] * len(kinds))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.key FROM {TABLE} f JOIN web_searchentry e ON e.id = f.rowid "  # noqa: S608 (constants only)
            f"WHERE {TABLE} MATCH %s AND e.kind IN ({places}) ORDER BY f.rank, e.key LIMIT %s",
            [match, *kinds, limit],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _search_postgres(kinds: list[str], asked: list[tuple[str, bool]], limit: int) -> list[str]:
    lexemes = tsquery(asked)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.key FROM {TABLE} f JOIN web_searchentry e ON e.id = f.id, to_tsquery('simple', %s) q "  # noqa: S608
            "WHERE f.vector @@ q AND e.kind = ANY(%s) ORDER BY ts_rank(f.vector, q) DESC, e.key LIMIT %s",
            [lexemes, kinds, limit],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _add(entry: SearchEntry) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {TABLE} (id, vector) VALUES (%s, array_to_tsvector(%s))",  # noqa: S608
                [entry.id, sorted(set(entry.tokens.split()))],
            )
        else:
            fts_add(TABLE, [(entry.id, entry.tokens)])


def _remove(entry: SearchEntry) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [entry.id])  # noqa: S608
        else:
            fts_remove(TABLE, entry.id, entry.tokens)
