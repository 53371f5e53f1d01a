"""Which categories a catalogue of two-high projects (high energy use, high emission) names, beside a priority list.

A line of a priority list is linked through our categories: with the lists of its own jurisdiction and of the country.
Where one of those lists is held only in part, what it does not name is not known to be outside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tanbiao.core.catalogue.load import Catalogue, Mention
from tanbiao.core.catalogue.model import CatalogueList, ListEntry

PRIORITY_KINDS: Final = ("research_priorities", "policy_industries")
"""Kinds of lists whose lines are laid beside the two-high catalogues."""
State = Literal["yes", "no", "not_known"]


@dataclass(frozen=True, slots=True)
class TwoHigh:
    """Whether a category is two-high in a place: the lines that name it, and the lists that were looked into."""

    category: str
    state: State
    mentions: tuple[Mention, ...]
    looked_into: tuple[CatalogueList, ...]


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """A line of a priority list with what the two-high catalogues say of each of its categories."""

    entry: ListEntry
    categories: tuple[TwoHigh, ...]

    @property
    def state(self) -> State | None:
        """``yes`` where one of its categories is named, ``no`` where none is; None: it is mapped to no category."""
        states = {item.state for item in self.categories}
        return next((one for one in ("yes", "not_known", "no") if one in states), None)


def lists_for(catalogue: Catalogue, jurisdiction: str, day: str) -> tuple[CatalogueList, ...]:
    """Return the two-high lists that stand on a day (ISO) in a place: its own and its country's."""
    places = {jurisdiction, jurisdiction.partition("-")[0]}
    return tuple(item for item in catalogue.on(day) if item.kind == "two_high" and item.jurisdiction in places)


def two_high(catalogue: Catalogue, category: str, jurisdiction: str, day: str) -> TwoHigh:
    """Say whether a category is two-high in a place on a day (ISO).

    ``no`` only where every list looked into is held whole; without any list it is ``not_known``.
    """
    lists = lists_for(catalogue, jurisdiction, day)
    named = tuple(Mention(item, entry) for item in lists for entry in item.entries if category in entry.categories)
    whole = bool(lists) and all(item.complete for item in lists)
    return TwoHigh(category, "yes" if named else "no" if whole else "not_known", named, lists)


def linked(catalogue: Catalogue, item: CatalogueList, day: str) -> tuple[LinkedLine, ...]:
    """Return the lines of a priority list, each with what the two-high lists of its place say; () for other kinds."""
    if item.kind not in PRIORITY_KINDS:
        return ()
    return tuple(
        LinkedLine(entry, tuple(two_high(catalogue, one, item.jurisdiction, day) for one in entry.categories))
        for entry in item.entries
    )
