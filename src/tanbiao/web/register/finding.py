"""Finding entries: by words and facets, sorted by up to three keys, one page after another by key.

Counts are exact as long as no words are asked for (they come from the sums); for words they are exact up to
:data:`tanbiao.web.register.bounded.LIMIT` and say so beyond, where the facets' counts are lower bounds.
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

from django.db.models import QuerySet, Sum

from tanbiao.core.kinds.model import ENTRY_KINDS
from tanbiao.web import search
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid
from tanbiao.web.register import bounded
from tanbiao.web.register.entries import facet_token
from tanbiao.web.register.models import Entry, FacetName, Tally

KINDS = ("certified", "verified", "self_calculated", *ENTRY_KINDS.values())
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
    if query.text and not query.words:
        return Entry.objects.none()
    if query.words or len(query.facets) > 1:
        return _by_tokens(query)
    return _by_columns(query)


def _by_tokens(query: Query) -> QuerySet[Entry]:
    tokens = _tokens(query)
    rows = Entry.objects.filter(bounded.has(tokens)) if tokens else Entry.objects.all()
    return rows.filter(holder=query.holder) if query.holder else rows


def _by_columns(query: Query) -> QuerySet[Entry]:
    return Entry.objects.filter(**_narrowing(query), **({"holder": query.holder} if query.holder else {}))


def _narrowing(query: Query) -> dict[str, str]:
    """Return every facet asked for, kind and state among them."""
    wanted = {**query.facets, "state": query.state, "kind": "" if query.kind == "all" else query.kind}
    return {name: value for name, value in wanted.items() if value}


def _tokens(query: Query) -> list[tuple[str, bool]]:
    """Return everything asked for as tokens, but for the holder, which is none."""
    return [*query.words, *((facet_token(*one), False) for one in _narrowing(query).items())]


def order_of(query: Query) -> list[str]:
    """Return the columns to order by; the number at the end makes the order total."""
    columns = [("-" if key.startswith("-") else "") + SORT_KEYS[key.removeprefix("-")] for key in query.sort]
    return columns if columns[-1].removeprefix("-") == "number" else [*columns, "number"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; ``exact`` is False where counting stopped at the limit."""

    n: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet: its values with how many there are, the most frequent first; at least so many where not ``exact``."""

    name: str
    values: tuple[tuple[str, int], ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and the key of the next one (empty on the last)."""

    entries: list[Entry]
    next: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search gives: one page, how many there are, and the facets of them all."""

    found: Found
    count: Count
    facets: tuple[Facet, ...]


def find(actor: Actor, query: Query, *, limit: int, after: str = "") -> Answer:
    """Return the page after a key with the count and the facets, from as few looks at the entries as it takes.

    Raises
    ------
    Invalid
        ``register_cursor_malformed``: the key is of another sort, or none of ours.
    """
    hits = _hits(query, _wanted(query, limit, after))
    if hits is None:
        return Answer(page(actor, query, limit=limit, after=after), count(actor, query), tuple(facets(actor, query)))
    shown = tuple(_facet(name, hits.values[name], exact=hits.complete) for name in bounded.FACETS)
    return Answer(_found(query, hits.page, limit), Count(hits.n, hits.complete), shown)


def page(actor: Actor, query: Query, *, limit: int, after: str = "") -> Found:
    """Return the page after a key.

    Raises
    ------
    Invalid
        ``register_cursor_malformed``: the key is of another sort, or none of ours.
    """
    return _found(query, _numbers(actor, query, _wanted(query, limit, after)), limit)


def window(actor: Actor, query: Query, *, offset: int, limit: int) -> list[Entry]:
    """Return the entries from a place on, counted from the first: for callers who know no keys."""
    order = order_of(query)
    if offset + limit > bounded.LIMIT:
        return list(matching(actor, query).order_by(*order)[offset : offset + limit])
    numbers = _numbers(actor, query, bounded.Wanted(order, offset + limit))[offset:]
    return list(Entry.objects.filter(number__in=numbers).order_by(*order))


def _numbers(actor: Actor, query: Query, wanted: bounded.Wanted) -> tuple[str, ...]:
    """Return the numbers of the rows that are wanted, in the cheapest way there is."""
    hits = _hits(query, wanted)
    if hits is not None:
        return hits.page
    n = count(actor, query).n
    if not n:
        return ()
    # An order without an index is sorted whole: then from as many rows as may be fetched.
    few = n <= (bounded.FEW if bounded.has_index(wanted.order) else bounded.LIMIT)
    return bounded.look(_by_tokens(query), wanted).page if few else bounded.in_order(_by_columns(query), wanted)


def _wanted(query: Query, limit: int, after: str = "") -> bounded.Wanted:
    """Return the page that is looked for: one row more than are shown, which tells whether there is a next one."""
    order = order_of(query)
    place = tuple(zip(order, _read_cursor(after, order), strict=True)) if after else ()
    return bounded.Wanted(order, limit + 1 if limit else 0, place)


def _hits(query: Query, wanted: bounded.Wanted) -> bounded.Hits | None:
    """Look for what no sums answer: words and holders; None for a query of facets alone."""
    if query.text and not query.words:
        return bounded.Hits(0, {name: Counter() for name in bounded.FACETS})
    if query.holder:
        return bounded.by_holder(_by_tokens(query) if query.words else _by_columns(query), wanted)
    return bounded.by_words(_tokens(query), wanted) if query.words else None


def _found(query: Query, numbers: tuple[str, ...], limit: int) -> Found:
    """Return the entries of a page's numbers; the last number only says that there are more."""
    order = order_of(query)
    got = list(Entry.objects.filter(number__in=numbers[:limit]).order_by(*order))
    return Found(got, _cursor(got[-1], order) if len(numbers) > limit and got else "")


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


def count(actor: Actor, query: Query) -> Count:  # noqa: ARG001 (public)
    """Return how many match: exact from the sums; words and holders are counted up to the limit."""
    hits = _hits(query, _wanted(query, 0))
    if hits is not None:
        return Count(hits.n, hits.complete)
    return Count(_summed(query).aggregate(n=Sum("n"))["n"] or 0, True)


def _summed(query: Query) -> QuerySet[Tally]:
    rows = Tally.objects.filter(**query.facets)
    if query.kind != "all":
        rows = rows.filter(kind=query.kind)
    return rows.filter(state=query.state) if query.state else rows


def facets(actor: Actor, query: Query) -> list[Facet]:  # noqa: ARG001 (public)
    """Return the facets of what is found.

    From the sums each is counted without its own narrowing, so that it can be changed.
    """
    hits = _hits(query, _wanted(query, 0))
    if hits is not None:
        return [_facet(name, hits.values[name], exact=hits.complete) for name in bounded.FACETS]
    made = []
    for name in bounded.FACETS:
        left = {key: value for key, value in query.facets.items() if key != name}
        without = replace(query, facets=left, state="" if name == "state" else query.state)
        sums = _summed(without).values_list(name).annotate(n=Sum("n")).order_by()
        made.append(_facet(name, Counter({value: n for value, n in sums if value and n > 0})))
    return made


def _facet(name: str, counts: Counter[str], *, exact: bool = True) -> Facet:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:FACET_VALUES]
    return Facet(name, tuple(most), exact)


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
