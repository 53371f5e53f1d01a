"""The standards framework: a tree of standards, how they stem from each other, clauses beside international rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

from tanbiao.core.catalogue.framework_model import (
    Alignment,
    Branch,
    Relation,
    Standard,
    Standards,
    Watch,
    WatchItem,
    kind_of,
)
from tanbiao.core.catalogue.load import FOLDER, Catalogue, load_catalogue
from tanbiao.core.catalogue.model import CatalogueList, Event, ListEntry, Source
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.parse import suggest


@dataclass(frozen=True)
class ListedStandard:
    """A standard that a list of an authority recommends for products."""

    number: str
    kind: str
    list: CatalogueList
    entry: ListEntry


@dataclass(frozen=True)
class Watched:
    """A watched rule with its dates in order, the categories that it touches, and all its sources."""

    item: WatchItem
    dates: tuple[Event, ...]
    categories: tuple[str, ...]
    sources: tuple[Source, ...]

    def next_date(self, day: str) -> Event | None:
        """Return the first date after a day (ISO)."""
        return next((event for event in self.dates if event.on > day), None)


@dataclass(frozen=True)
class Framework:
    """Tree, alignment and watch list, with the catalogue that they point into."""

    standards: Standards
    alignment: Alignment
    watch: Watch
    catalogue: Catalogue

    @cached_property
    def by_id(self) -> dict[str, Standard]:
        """Standards by id."""
        return {item.id: item for item in self.standards.standards}

    def standard(self, standard_id: str) -> Standard:
        """Return a standard by id or number.

        Raises
        ------
        TanbiaoError
            ``standard_unknown`` with the nearest ids.
        """
        for item in self.standards.standards:
            if standard_id in (item.id, item.number):
                return item
        raise TanbiaoError.of(
            "standard_unknown", "standard", standard=standard_id, near=suggest(standard_id, list(self.by_id))
        )

    def children(self, branch_id: str | None) -> tuple[Branch, ...]:
        """Return the branches under one (None: the first level)."""
        return tuple(item for item in self.standards.branches if item.parent == branch_id)

    def of_branch(self, branch_id: str) -> tuple[Standard, ...]:
        """Return the standards that hang on a branch."""
        return tuple(item for item in self.standards.standards if branch_id in item.branches)

    def of_category(self, category_id: str) -> tuple[Standard, ...]:
        """Return the standards of a product category."""
        return tuple(item for item in self.standards.standards if category_id in item.categories)

    def listed(self, category_id: str | None = None) -> tuple[ListedStandard, ...]:
        """Return the standards that lists recommend for products (of a category), newest version of each list."""
        newest = {item.id: item for item in self.catalogue.lists}
        return tuple(
            ListedStandard(entry.standard, kind_of(entry.standard), item, entry)
            for item in newest.values()
            for entry in item.entries
            if entry.standard is not None and (category_id is None or category_id in entry.categories)
        )

    def relations_of(self, standard_id: str) -> tuple[Relation, ...]:
        """Return the relations at either end of which a standard stands."""
        return tuple(item for item in self.standards.relations if standard_id in (item.from_, item.to))

    def watched(self) -> tuple[Watched, ...]:
        """Return the watched rules; the dates of an export list are added to the rule's own."""
        return tuple(self._watched(item) for item in self.watch.items)

    def _watched(self, item: WatchItem) -> Watched:
        goods = None if item.list is None else self.catalogue.list_of(item.list)
        if goods is None:
            return Watched(item, tuple(sorted(item.dates, key=_day)), (), item.sources)
        named = dict.fromkeys(one for entry in goods.entries for one in entry.categories)
        dates = tuple(sorted((*item.dates, *goods.events), key=_day))
        return Watched(item, dates, tuple(named), (*item.sources, *goods.sources))


def _day(event: Event) -> str:
    return event.on


def check_framework(framework: Framework) -> list[Finding]:
    """Return what does not fit together: ids used twice, names of branches, standards, sources that are not there."""
    return [*_twice(framework), *_names(framework)]


def _twice(framework: Framework) -> Iterator[Finding]:
    body = framework.standards
    for part, names in (
        ("branches", [item.id for item in body.branches]),
        ("standards", [item.id for item in body.standards]),
        ("topics", [item.id for item in framework.alignment.topics]),
        ("watch", [item.id for item in framework.watch.items]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield finding("catalogue_id_twice", Severity.BLOCKING, f"{part}.{name}", id=name)


def _names(framework: Framework) -> Iterator[Finding]:
    body = framework.standards
    branches, standards = {item.id for item in body.branches}, set(framework.by_id)
    used: list[tuple[str, set[str], set[str]]] = []
    for branch in body.branches:
        used.append((f"branches.{branch.id}", _some(branch.parent), branches))
    for item in body.standards:
        where = f"standards.{item.id}"
        used.append((where, set(item.branches), branches))
        used.append((where, set(item.categories), set(framework.catalogue.by_id)))
        used.append((where, {*item.sources, *(one.source for one in item.dates)}, set(body.sources)))
    for relation in body.relations:
        where = f"relations.{relation.from_}"
        used.append((where, {relation.from_, relation.to}, standards))
        used.append((where, {relation.source}, set(body.sources)))
    used.append(("documents", set(framework.alignment.documents), standards))
    for topic in framework.alignment.topics:
        where = f"topics.{topic.id}"
        used.append((where, {cell.standard for cell in topic.cells}, set(framework.alignment.documents)))
        used.append((where, {cell.source for cell in topic.cells}, set(body.sources)))
    lists = {item.id for item in framework.catalogue.lists}
    used += [(f"watch.{one.id}", _some(one.list), lists) for one in framework.watch.items]
    used += [(f"watch.{one.id}", set(one.standards), standards) for one in framework.watch.items]
    for where, names, known in used:
        for name in sorted(names - known):
            yield finding("catalogue_name_unknown", Severity.BLOCKING, where, name=name)


def _some(name: str | None) -> set[str]:
    return set() if name is None else {name}


@lru_cache(maxsize=1)
def load_framework() -> Framework:
    """Return the packaged framework, checked.

    Raises
    ------
    TanbiaoError
        ``catalogue_malformed``, ``catalogue_name_unknown``, ``catalogue_id_twice``.
    """
    root = resources.files("tanbiao.data").joinpath(FOLDER, "framework")

    def read(name: str) -> object:
        return parse_text(root.joinpath(name).read_bytes())[0]

    framework = Framework(
        read_model(Standards, read("standards.yaml"), "catalogue_malformed"),
        read_model(Alignment, read("alignment.yaml"), "catalogue_malformed"),
        read_model(Watch, read("watch.yaml"), "catalogue_malformed"),
        load_catalogue(),
    )
    wrong = check_framework(framework)
    if wrong:
        raise TanbiaoError(*wrong)
    return framework
