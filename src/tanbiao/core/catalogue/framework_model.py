"""The documents of the standards framework: branches, standards, relations, alignment and watch list.

Facts only: numbers, titles, bodies, dates, clause numbers and topics. No sentence of a standard is here. A clause
number has the source in which it was read; one that nobody looked up is absent and shown as such, and dates on which
our sources differ stand side by side.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tanbiao.core.catalogue.model import LATEST, Event, Moment, Source
from tanbiao.core.rules.parts import Day, Id, Line, Part, Title, Version

StandardKind = Literal[
    "international", "national", "industry", "local", "group", "enterprise", "certification_rule", "foreign",
    "consortium",
]  # fmt: skip
Status = Literal["in_force", "draft", "in_preparation", "replaced", "not_known"]
RelationKind = Literal["identical", "draws_on", "cites", "replaces", "upgraded_to"]
WatchState = Literal["in_force", "adopted", "proposed", "uncertain"]
Read = Literal["text", "contents", "public_copy", "registry", "cited", "news", "number"]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]

PREFIXES = (
    (re.compile(r"^T/"), "group"),
    (re.compile(r"^GB"), "national"),
    (re.compile(r"^DB"), "local"),
    (re.compile(r"^Q/"), "enterprise"),
    (re.compile(r"^ISO"), "international"),
    (re.compile(r"^[A-Z]{2}/?T? "), "industry"),
)


def kind_of(number: str) -> str:
    """Return the kind of a standard by the prefix of its number: ``T/`` group, ``GB`` national, ``DB`` local …"""
    return next((kind for pattern, kind in PREFIXES if pattern.match(number)), "not_known")


class Branch(Part):
    """A branch of the tree; ``products`` marks the one whose leaves are product categories."""

    id: Id
    title: Title
    about: Title
    parent: Id | None = None
    products: bool = False


class FrameworkSource(Part):
    """Where facts were read: how much of the document was seen."""

    title: Line
    read: Read
    note: Line | None = None


class Dated(Part):
    """A date as one source has it."""

    what: Literal["issued", "effective", "ended"]
    on: Moment
    source: Key


class Standard(Part):
    """A standard or rule: what it is, not what it says."""

    id: Id
    number: Line | None = None
    kind: StandardKind
    status: Status
    title: Title
    body: Title
    branches: tuple[Id, ...] = Field(min_length=1)
    categories: tuple[Id, ...] = ()
    dates: tuple[Dated, ...] = ()
    sources: tuple[Key, ...] = Field(min_length=1)
    note: Title | None = None

    def date_of(self, what: str) -> tuple[Dated, ...]:
        """Return what the sources say of a date; more than one different day is a conflict."""
        return tuple(item for item in self.dates if item.what == what)

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Return the dates on which our sources differ."""
        whats = ("issued", "effective", "ended")
        return tuple(what for what in whats if len({item.on for item in self.date_of(what)}) > 1)


class Relation(Part):
    """How one standard stems from another: ``from`` is the younger or the lower one."""

    from_: Id = Field(alias="from")
    to: Id
    kind: RelationKind
    source: Key


class Standards(Part):
    """The tree, its standards and their relations."""

    tanbiao: Literal["standards/1"]
    version: Version
    sources: dict[Key, FrameworkSource]
    branches: tuple[Branch, ...] = Field(min_length=1)
    standards: tuple[Standard, ...] = Field(min_length=1)
    relations: tuple[Relation, ...] = ()


class Cell(Part):
    """The clause of a document that speaks of a topic, and where that number was read."""

    standard: Id
    clause: Line
    source: Key


class Topic(Part):
    """A topic beside which documents are laid: what this platform does, and where a document goes another way."""

    id: Id
    title: Title
    here: Title
    cells: tuple[Cell, ...] = ()
    differs: tuple[Title, ...] = ()

    def cell(self, standard_id: str) -> Cell | None:
        """Return the clause of a document; None: nobody looked it up."""
        return next((item for item in self.cells if item.standard == standard_id), None)


class Alignment(Part):
    """Documents side by side, topic by topic."""

    tanbiao: Literal["alignment/1"]
    version: Version
    documents: tuple[Id, ...] = Field(min_length=1)
    topics: tuple[Topic, ...] = Field(min_length=1)


class WatchItem(Part):
    """A foreign rule that names no products of its own list, or whose goods are in an export list (``list``)."""

    id: Id
    jurisdiction: Line
    title: Title
    publisher: Title
    document: Line | None = None
    state: WatchState
    asks: Title
    list: Id | None = None
    """Export list whose goods and dates belong to it."""
    standards: tuple[Id, ...] = ()
    """Documents of the framework that the rule is laid down in: what is aligned to one is touched by its changes."""
    dates: tuple[Event, ...] = ()
    sources: tuple[Source, ...] = ()
    looked_up: Day
    """When we last looked whether it still says so."""

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if not self.sources and self.list is None:
            raise ValueError("a watched rule has a source, or the list that has one")
        return self


class Watch(Part):
    """The foreign rules that are watched."""

    tanbiao: Literal["watch/1"]
    version: Version
    items: tuple[WatchItem, ...] = Field(min_length=1)


def status_on(standard: Standard, day: str) -> str:
    """Return the status of a standard on a day: what is in force only from a later day on is ``not_yet``.

    Where the sources differ, the latest of their days counts.
    """
    begins = [item.on + LATEST[len(item.on)] for item in standard.date_of("effective")]
    return "not_yet" if standard.status == "in_force" and begins and day < max(begins) else standard.status
