"""Finding entries: by words and facets, sorted by up to three keys, one page after another by key.

Counts are exact as long as no words are asked for (they come from the sums); for words they are exact up to
:data:`COUNT_LIMIT` and say so beyond. Facet counts for words are those of the newest :data:`FACET_SAMPLE` found.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from tanbiao.web import search
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid
from tanbiao.web.register.entries import TABLE, facet_token
from tanbiao.web.register.models import Entry, FacetName, Tally

KINDS = ("certified", "verified", "self_calculated")
NARROWING = ("category", "region", "body", "scheme", "grade")
"""Facets that a reader narrows by; kind and state come on top."""
SORT_KEYS = {
    "issued": "issued_on",
    "valid_until": "valid_until",
    "product": "product_key",
    "holder": "holder_key",
    "body": "body_key",
    "category": "category",
    "region": "region",
    "number": "number",
}
"""Never by the figure: figures of different rules and units have no order (DESIGN: comparisons)."""
DEFAULT_SORT = ("-issued",)
MAX_KEYS = 3
COUNT_LIMIT = 10_000
FACET_SAMPLE = 2_000
FACET_VALUES = 20


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the register."""

    text: str = ""
    kind: str = "certified"
    state: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    holder: str = ""
    sort: tuple[str, ...] = DEFAULT_SORT

    @property
    def words(self) -> list[tuple[str, bool]]:
        """The tokens asked for."""
        return search.query_tokens(self.text)


def query_of(
    *, text: str = "", kind: str = "certified", state: str = "", sort: str = "", holder: str = "", **facets: str
) -> Query:
    """Return a checked query; ``sort`` are up to three keys with commas, ``-`` before one turns it round.

    Raises
    ------
    Invalid
        ``register_sort_unknown``, ``register_kind_unknown``, ``register_facet_unknown``
    """
    if kind not in (*KINDS, "all"):
        raise Invalid.of("register_kind_unknown", "kind", kind=kind, known=", ".join((*KINDS, "all")))
    unknown = sorted(set(facets) - set(NARROWING))
    if unknown:
        raise Invalid.of("register_facet_unknown", unknown[0], known=", ".join(NARROWING))
    keys = tuple(key.strip() for key in sort.split(",") if key.strip()) or DEFAULT_SORT
    names = [key.removeprefix("-") for key in keys]
    if len(keys) > MAX_KEYS or len(set(names)) < len(names) or not set(names) <= set(SORT_KEYS):
        raise Invalid.of("register_sort_unknown", "sort", sort=sort[:80], known=", ".join(SORT_KEYS))
    asked = {name: value.strip() for name, value in facets.items() if value.strip()}
    return Query(text.strip()[: search.MAX_QUERY], kind, state.strip(), asked, holder.strip(), keys)


def matching(actor: Actor, query: Query) -> QuerySet[Entry]:  # noqa: ARG001 (the register is public)
    """Return the entries that match, in no order yet."""
    rows = Entry.objects.all()
    if query.kind != "all":
        rows = rows.filter(kind=query.kind)
    if query.state:
        rows = rows.filter(state=query.state)
    if query.holder:
        rows = rows.filter(holder=query.holder)
    words = query.words
    if query.text and not words:
        return rows.none()
    if words or len(query.facets) > 1:
        return rows.filter(_has([*words, *((facet_token(*one), False) for one in query.facets.items())]))
    return rows.filter(**query.facets)


def _has(tokens: list[tuple[str, bool]]) -> RawSQL:
    """Return the condition that an entry has all of these tokens."""
    if connection.vendor == "postgresql":
        condition = "register_entry.vector @@ to_tsquery('simple', %s)"
        return RawSQL(condition, [search.tsquery(tokens)], output_field=BooleanField())  # noqa: S611 (constants)
    condition = f"register_entry.id IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s)"  # noqa: S608 (constants)
    return RawSQL(condition, [search.fts_query(tokens)], output_field=BooleanField())  # noqa: S611


def order_of(query: Query) -> list[str]:
    """Return the columns to order by; the number at the end makes the order total."""
    columns = [("-" if key.startswith("-") else "") + SORT_KEYS[key.removeprefix("-")] for key in query.sort]
    return columns if columns[-1].removeprefix("-") == "number" else [*columns, "number"]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and the key of the next one (empty on the last)."""

    entries: list[Entry]
    next: str


def page(actor: Actor, query: Query, *, limit: int, after: str = "") -> Found:
    """Return the page after a key.

    Raises
    ------
    Invalid
        ``register_cursor_malformed``: the key is of another sort, or none of ours.
    """
    order = order_of(query)
    rows = matching(actor, query)
    if after:
        rows = rows.filter(_beyond(order, _read_cursor(after, order)))
    got = list(rows.order_by(*order)[: limit + 1])
    more = len(got) > limit
    got = got[:limit]
    return Found(got, _cursor(got[-1], order) if more else "")


def _cursor(entry: Entry, order: list[str]) -> str:
    values = [str(getattr(entry, name.removeprefix("-"))) for name in order]
    text = json.dumps([order, values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str, order: list[str]) -> list[Any]:
    try:
        body = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        said, values = body
        if said != order or len(values) != len(order) or not all(isinstance(value, str) for value in values):
            raise ValueError("another order")
        dates = ("issued_on", "valid_until")
        pairs = zip((name.removeprefix("-") for name in order), values, strict=True)
        return [date.fromisoformat(value) if name in dates else value for name, value in pairs]
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid.of("register_cursor_malformed", "after") from error


def _beyond(order: list[str], values: list[Any]) -> Q:
    """Return the condition of what comes after a row: the same in the first keys, beyond it in the next."""
    condition, same = Q(), Q()
    for column, value in zip(order, values, strict=True):
        name = column.removeprefix("-")
        way = "lt" if column.startswith("-") else "gt"
        condition |= same & Q(**{f"{name}__{way}": value})
        same &= Q(**{name: value})
    first = order[0].removeprefix("-")
    # Said once more for the first key alone: it lets the database begin there in its index.
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]})
    return bound & condition


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; ``exact`` is False where counting stopped at the limit."""

    n: int
    exact: bool


def count(actor: Actor, query: Query) -> Count:
    """Return how many match: exact from the sums, or by counting up to the limit where words or a holder are asked."""
    if query.words or query.text or query.holder:
        n = matching(actor, query).order_by()[: COUNT_LIMIT + 1].count()
        return Count(min(n, COUNT_LIMIT), n <= COUNT_LIMIT)
    return Count(_summed(query).aggregate(n=Sum("n"))["n"] or 0, True)


def _summed(query: Query) -> QuerySet[Tally]:
    rows = Tally.objects.filter(**query.facets)
    if query.kind != "all":
        rows = rows.filter(kind=query.kind)
    return rows.filter(state=query.state) if query.state else rows


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet: its values with how many there are, the most frequent first."""

    name: str
    values: tuple[tuple[str, int], ...]


def facets(actor: Actor, query: Query) -> list[Facet]:
    """Return the facets of what was found; each is counted without its own narrowing, so that it can be changed."""
    if query.words or query.holder:
        rows = matching(actor, query).order_by("-issued_on", "number")[:FACET_SAMPLE]
        found = list(rows.values_list("state", *NARROWING))
        counted = [Counter(row[at] for row in found if row[at]) for at in range(len(NARROWING) + 1)]
        return [_facet(name, counts) for name, counts in zip(("state", *NARROWING), counted, strict=True)]
    made = []
    for name in ("state", *NARROWING):
        left = {key: value for key, value in query.facets.items() if key != name}
        without = replace(query, facets=left, state="" if name == "state" else query.state)
        sums = _summed(without).values_list(name).annotate(n=Sum("n")).order_by()
        made.append(_facet(name, Counter({value: n for value, n in sums if value and n > 0})))
    return made


def _facet(name: str, counts: Counter[str]) -> Facet:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:FACET_VALUES]
    return Facet(name, tuple(most))


def kinds_there(actor: Actor) -> list[str]:  # noqa: ARG001 (public)
    """Return the kinds of which there are entries; certified ones are always offered."""
    there = set(Tally.objects.values_list("kind", flat=True).distinct())
    return [kind for kind in KINDS if kind == "certified" or kind in there]


def body_names(codes: list[str]) -> dict[str, FacetName]:
    """Return the names of bodies by code."""
    return FacetName.objects.in_bulk(codes)


def by_numbers(actor: Actor, numbers: list[str]) -> dict[str, Entry]:  # noqa: ARG001 (public)
    """Return the certificates' entries of many numbers, by number; 500 a look-up.

    A figure that is no certificate is not found here: whoever checks a list of certificates must not take it for one.
    """
    found: dict[str, Entry] = {}
    for at in range(0, len(numbers), 500):
        rows = Entry.objects.filter(number__in=numbers[at : at + 500], kind="certified")
        found |= {row.number: row for row in rows}
    return found


def entry(actor: Actor, number: str) -> Entry | None:  # noqa: ARG001 (public)
    """Return the entry of a number, None if there is none."""
    return Entry.objects.filter(number=number).first()
