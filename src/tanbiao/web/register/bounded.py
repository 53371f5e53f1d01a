"""How one search stays cheap whatever the register's size: what it reads of the entries is bounded, and one look serves
the count, the facets and the page.

Words are answered by the index of tokens, which gives its hits in no order. Few hits (up to a limit) are all fetched,
counted and sorted. Many hits lie close together in every order: then the order's own index is walked until a page is
full. Only where that finds too little after :data:`WALK` rows are all hits sorted. A word that nearly every entry has
(or the beginning of nearly every number) is not looked up at all: reading entries one after another finds it sooner.

Which way is taken changes the cost of an answer, never the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from tanbiao.web import search
from tanbiao.web.register.entries import TABLE
from tanbiao.web.register.models import Entry

FACETS = ("state", "category", "region", "body", "scheme", "grade")
LIMIT = 5_000
"""Most hits that are counted, and fetched to be sorted (project default)."""
FEW = 1_000
"""Up to so many entries of some facets are fetched and sorted; for more, an order's index is walked."""
SAMPLE = 1_000
"""Newest entries looked at first: they tell how common the words are."""
COMMON = 0.25
"""From this share of the sample on, reading entries in turn finds the limit sooner than the index of tokens does."""
WALK = 15_000
"""Most entries walked in the order asked for before all hits are sorted instead."""
WALKED = (
    ("-issued_on", "number"),
    ("valid_until", "number"),
    ("product_key", "number"),
    ("holder_key", "product_key", "number"),
    ("body_key", "holder_key", "product_key", "number"),
    ("category", "product_key", "-issued_on", "number"),
    ("region", "holder_key", "-issued_on", "number"),
    ("number",),
)
"""Orders that have an index of their own (:class:`tanbiao.web.register.models.Entry`)."""

Tokens = Sequence[tuple[str, bool]]
Position = Sequence[tuple[str, Any]]
"""A row's place in an order: the columns (``-`` for downwards) with the row's values."""


def has(tokens: Tokens) -> RawSQL:
    """Return the condition that an entry has all of these tokens, as the index of tokens answers it."""
    if connection.vendor == "postgresql":
        condition, asked = "register_entry.vector @@ to_tsquery('simple', %s)", search.tsquery(tokens)
    else:
        condition = f"register_entry.id IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s)"  # noqa: S608 (constants)
        asked = search.fts_query(tokens)
    return RawSQL(condition, [asked], output_field=BooleanField())  # noqa: S611 (constants)


def _read_in_turn(tokens: Tokens) -> RawSQL:
    """Return the same condition in words that no index answers."""
    inner = has(tokens)
    return RawSQL(f"({inner.sql}) IS TRUE", inner.params, output_field=BooleanField())  # noqa: S611 (constants)


def beyond(position: Position) -> tuple[str, list[Any]]:
    """Return the condition (SQL and values) of what comes after a place in an order.

    The leading columns of one direction are also said as one comparison of rows: there an index can begin.
    """
    condition, params = "", list[Any]()
    for column, value in reversed(position):
        name, sign = column.removeprefix("-"), "<" if column.startswith("-") else ">"
        condition = f"({name} {sign} %s" + (f" OR ({name} = %s AND {condition}))" if condition else ")")
        params = [value, value, *params] if params else [value]
    down = position[0][0].startswith("-")
    leading: list[tuple[str, Any]] = []
    for column, value in position:
        if column.startswith("-") != down:
            break
        leading.append((column.removeprefix("-"), value))
    names, places = ", ".join(name for name, _ in leading), ", ".join(["%s"] * len(leading))
    bound = f"({names}) {'<=' if down else '>='} ({places})"
    return f"{bound} AND {condition}", [*(value for _, value in leading), *params]


@dataclass(frozen=True, slots=True)
class Hits:
    """What was looked at: how many hits, how many of each facet's values, and the numbers of the page asked for."""

    n: int
    values: Mapping[str, Counter[str]]
    page: tuple[str, ...] = ()
    complete: bool = True
    """Whether these are all hits there are; else every count is a lower bound."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that is wanted: its order, how many rows, and after which place."""

    order: Sequence[str]
    rows: int
    after: Position = field(default_factory=tuple)


def look(rows: QuerySet[Entry], wanted: Wanted) -> Hits:
    """Fetch the entries of a condition up to the limit once; count them and their facets, and sort for the page.

    The page is right only where these are all.
    """
    columns = dict.fromkeys(("number", *FACETS, *(name.removeprefix("-") for name in wanted.order)))
    inner, params = rows.order_by().values_list(*columns)[: LIMIT + 1].query.sql_with_params()
    parts = ["SELECT '', '', count(*) FROM hit"]
    parts += [f"SELECT '{name}', {name}, count(*) FROM hit GROUP BY {name}" for name in FACETS]  # noqa: S608
    asked = list(params)
    if wanted.rows:
        page_sql, place = _page_of_hits(wanted)
        parts.append(f"SELECT 'number', number, 0 FROM ({page_sql}) AS page")  # noqa: S608 (columns)
        asked += place
    with connection.cursor() as cursor:
        cursor.execute(f"WITH hit AS MATERIALIZED ({inner}) {' UNION ALL '.join(parts)}", asked)
        found = cursor.fetchall()
    n = next(count for name, _, count in found if not name)
    values = {name: Counter[str]() for name in FACETS}
    for name, value, count in found:
        if name in values and value:
            values[name][value] = count
    page = tuple(value for name, value, _ in found if name == "number")
    return Hits(min(n, LIMIT), values, page, n <= LIMIT)


def _page_of_hits(wanted: Wanted) -> tuple[str, list[Any]]:
    """Return what gives a page's numbers (SQL and values) from the rows that were fetched as ``hit``."""
    where, place = beyond(wanted.after) if wanted.after else ("1 = 1", [])
    page = f"SELECT number FROM hit WHERE {where} ORDER BY {_sorting(wanted.order)} LIMIT %s"  # noqa: S608 (columns)
    return page, [*place, wanted.rows]


def _sorting(order: Sequence[str]) -> str:
    return ", ".join(f"{name.removeprefix('-')}{' DESC' * name.startswith('-')}" for name in order)


def sorted_all(rows: QuerySet[Entry], wanted: Wanted) -> tuple[str, ...]:
    """Return the numbers of a page by sorting every entry of a condition: what the walk gives way to.

    The entries are fetched first: left to choose, a database walks the order from end to end for those few.
    """
    columns = dict.fromkeys(("number", *(name.removeprefix("-") for name in wanted.order)))
    inner, params = rows.order_by().values_list(*columns).query.sql_with_params()
    page, place = _page_of_hits(wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH hit AS MATERIALIZED ({inner}) {page}", [*params, *place])
        return tuple(str(row[0]) for row in cursor.fetchall())


def sample(tokens: Tokens) -> list[tuple[str, ...]]:
    """Return the facets of those of the newest entries that have the tokens."""
    newest = Entry.objects.order_by("-issued_on", "number")
    inner, params = _searched(newest, ("issued_on", "number", *FACETS), SAMPLE)
    condition = has(tokens)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(FACETS)} FROM ({inner}) AS register_entry WHERE {condition.sql}",  # noqa: S608
            [*params, *condition.params],
        )
        return [tuple(row) for row in cursor.fetchall()]


def _searched(rows: QuerySet[Entry], columns: Iterable[str], limit: int) -> tuple[str, Any]:
    """Return a query (SQL and values) of the first rows' columns with what :func:`has` looks at."""
    named = dict.fromkeys(("id", *columns))
    if connection.vendor == "postgresql":  # The model does not know the column.
        named["vector"] = None
        rows = rows.annotate(vector=RawSQL("register_entry.vector", []))
    return rows.values_list(*named)[:limit].query.sql_with_params()


def has_index(order: Sequence[str]) -> bool:
    """Whether an index gives the entries in this order, forwards or backwards (at last by number either way)."""
    keys = list(order[:-1]) or list(order)
    turned = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in keys]
    return any(list(walked[: len(keys)]) in (keys, turned) for walked in WALKED)


def walk(tokens: Tokens, wanted: Wanted) -> tuple[str, ...] | None:
    """Return the numbers of a page by walking an order's index; None where too few are found on the way."""
    rows = Entry.objects.order_by(*wanted.order)
    if wanted.after:
        rows = rows.filter(condition_of(wanted.after))
    inner, params = _searched(rows, ("number", *(name.removeprefix("-") for name in wanted.order)), WALK)
    condition = has(tokens)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT number FROM ({inner}) AS register_entry WHERE {condition.sql} "  # noqa: S608 (columns)
            f"ORDER BY {_sorting(wanted.order)} LIMIT %s",
            [*params, *condition.params, wanted.rows],
        )
        found = tuple(str(row[0]) for row in cursor.fetchall())
    return found if len(found) == wanted.rows else None


def condition_of(position: Position) -> RawSQL:
    """Return the condition of what comes after a place, for a query of entries."""
    sql, params = beyond(position)
    return RawSQL(f"({sql})", params, output_field=BooleanField())  # noqa: S611 (columns)


def by_words(tokens: Tokens, wanted: Wanted) -> Hits:
    """Answer a search whose conditions are all tokens."""
    seen = sample(tokens)
    common = len(seen) >= COMMON * SAMPLE
    found = look(Entry.objects.filter(_read_in_turn(tokens) if common else has(tokens)), wanted)
    if found.complete:
        return found
    values = {name: found.values[name] | Counter(row[at] for row in seen if row[at]) for at, name in enumerate(FACETS)}
    page: tuple[str, ...] | None = None
    if wanted.rows:
        page = walk(tokens, wanted) if has_index(wanted.order) else None
        page = page or sorted_all(Entry.objects.filter(has(tokens)), wanted)
    return Hits(found.n, values, page or (), complete=False)


def by_holder(rows: QuerySet[Entry], wanted: Wanted) -> Hits:
    """Answer a search within one holder's entries."""
    found = look(rows, wanted)
    if found.complete or not wanted.rows:
        return found
    return replace(found, page=sorted_all(rows, wanted))


def in_order(rows: QuerySet[Entry], wanted: Wanted) -> tuple[str, ...]:
    """Return the numbers of a page as the database finds them best."""
    if wanted.after:
        rows = rows.filter(condition_of(wanted.after))
    return tuple(rows.order_by(*wanted.order).values_list("number", flat=True)[: wanted.rows])
