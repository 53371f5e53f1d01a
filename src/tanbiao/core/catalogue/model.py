"""The catalogue's documents: our categories, and versioned lists of authorities that name products.

A list is not ours: it is what an authority published, mapped to our categories, with where and how it was read. A list
that our sources show only in part says so (``complete: false``); nothing is filled in.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tanbiao.core.rules.parts import Day, Id, Line, Part, Title, Version

Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
"""A day, a month or a year: what the source tells and no more."""

ListKind = Literal[
    "certification_catalogue", "pilot_products", "policy_industries", "research_priorities", "recommended_standards",
    "national_standards", "two_high", "export",
]  # fmt: skip

LATEST = {4: "-12-31", 7: "-31", 10: ""}


class Code(Part):
    """A code of a classification of products or industries."""

    scheme: Line
    code: Line


class CodeScheme(Part):
    """A classification that codes are taken from."""

    id: Line
    title: Title
    source: Line


class Sector(Part):
    """A group of categories."""

    id: Id
    title: Title


class Category(Part):
    """A product category of this platform."""

    id: Id
    sector: Id
    title: Title
    codes: tuple[Code, ...] = ()


class Categories(Part):
    """All categories, by sector."""

    tanbiao: Literal["categories/1"]
    version: Version
    schemes: tuple[CodeScheme, ...]
    sectors: tuple[Sector, ...] = Field(min_length=1)
    categories: tuple[Category, ...] = Field(min_length=1)


class Source(Part):
    """Where a list was read: the text itself, a public copy of it, or a report about it."""

    title: Line
    number: Line | None = None
    date: Day | None = None
    read: Literal["text", "public_copy", "news"]
    note: Line | None = None


class Event(Part):
    """A day on which something begins or ends."""

    on: Day
    what: Title


class ListEntry(Part):
    """A line of a list, in the authority's own words; the categories are our mapping."""

    id: Id
    number: Line | None = None
    group: Title | None = None
    name: Title
    categories: tuple[Id, ...] = ()
    standard: Line | None = None
    """Number of the standard that the line recommends."""
    note: Title | None = None


class CatalogueList(Part):
    """One version of a list of products that an authority published."""

    tanbiao: Literal["catalogue-list/1"]
    id: Id
    version: Version
    kind: ListKind
    jurisdiction: Line
    """ISO 3166 code of the place, or ``EU``."""
    title: Title
    publisher: Title
    document: Line | None = None
    issued: Moment
    effective: Day | None = None
    until: Day | None = None
    replaces: Line | None = None
    """``id@version`` that this one replaces."""
    draft: bool = False
    complete: bool
    """Whether every line of the authority's list stands here."""
    sources: tuple[Source, ...] = Field(min_length=1)
    notes: tuple[Title, ...] = ()
    events: tuple[Event, ...] = ()
    entries: tuple[ListEntry, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until is not None and self.until < self.begins:
            raise ValueError("a list ends after it begins")
        return self

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def begins(self) -> str:
        """Return the first day: ``effective``, else the last day that ``issued`` may mean."""
        return self.effective or self.issued + LATEST[len(self.issued)]

    def in_force(self, day: str) -> bool:
        """Whether the list stands on a day (ISO date)."""
        return self.begins <= day and (self.until is None or day <= self.until)
