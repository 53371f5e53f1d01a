"""Read the packaged catalogue and answer what names a category on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

from tanbiao.core.catalogue.model import CatalogueList, Categories, Category, ListEntry
from tanbiao.core.dataset.classifications import plain_code, scheme
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.parse import suggest

FOLDER = "catalogue"


@dataclass(frozen=True)
class Mention:
    """A line of a list that names a category."""

    list: CatalogueList
    entry: ListEntry


@dataclass(frozen=True)
class Catalogue:
    """The categories and every version of every list."""

    categories: Categories
    lists: tuple[CatalogueList, ...]
    """By id, oldest version first."""

    @cached_property
    def by_id(self) -> dict[str, Category]:
        """Categories by id."""
        return {item.id: item for item in self.categories.categories}

    def category(self, category_id: str) -> Category:
        """Return a category.

        Raises
        ------
        TanbiaoError
            ``category_unknown`` with the nearest ids.
        """
        if category_id not in self.by_id:
            near = suggest(category_id, list(self.by_id))
            raise TanbiaoError.of("category_unknown", "category", category=category_id, near=near)
        return self.by_id[category_id]

    def list_of(self, reference: str) -> CatalogueList:
        """Return a list by ``id@version``, or the newest version of an id.

        Raises
        ------
        TanbiaoError
            ``catalogue_list_unknown`` with the nearest references.
        """
        found = [item for item in self.lists if reference in (item.reference, item.id)]
        if not found:
            near = suggest(reference, [item.reference for item in self.lists])
            raise TanbiaoError.of("catalogue_list_unknown", "list", list=reference, near=near)
        return found[-1]

    def on(self, day: str) -> tuple[CatalogueList, ...]:
        """Return the version of each list that stands on a day (ISO date); a list without one is left out."""
        newest = {item.id: item for item in self.lists if item.in_force(day)}
        return tuple(newest.values())

    def mentions(self, category_id: str, day: str) -> tuple[Mention, ...]:
        """Return the lines of lists in force on a day that name a category."""
        self.category(category_id)
        return tuple(
            Mention(item, entry) for item in self.on(day) for entry in item.entries if category_id in entry.categories
        )

    def is_certifiable(self, category_id: str, day: str) -> bool:
        """Whether the national certification catalogue names the category on a day."""
        return any(item.list.kind == "certification_catalogue" for item in self.mentions(category_id, day))


def check_catalogue(catalogue: Catalogue) -> list[Finding]:
    """Return what does not fit together: ids used twice, categories, sectors and classifications that are not there."""
    return list(_wrong(catalogue))


def _wrong(catalogue: Catalogue) -> Iterator[Finding]:
    body = catalogue.categories
    yield from _twice("categories", [item.id for item in body.categories])
    yield from _twice("sectors", [item.id for item in body.sectors])
    yield from _twice("lists", [item.reference for item in catalogue.lists])
    sectors, schemes = {item.id for item in body.sectors}, {item.id for item in body.schemes}
    for category in body.categories:
        where = f"categories.{category.id}"
        for name in {category.sector} - sectors | {code.scheme for code in category.codes} - schemes:
            yield finding("catalogue_name_unknown", Severity.BLOCKING, where, name=name)
        for code in category.codes:
            known = scheme(code.scheme)
            if known is not None and not known.fits(plain_code(known, code.code)):
                params = {"scheme": known.id, "value": code.code, "source": known.source}
                yield finding("classification_code_form", Severity.BLOCKING, where, **params)
    for item in catalogue.lists:
        yield from _twice(item.reference, [entry.id for entry in item.entries])
        for entry in item.entries:
            for name in set(entry.categories) - set(catalogue.by_id):
                where = f"{item.reference}.{entry.id}"
                yield finding("catalogue_name_unknown", Severity.BLOCKING, where, name=name)


def _twice(part: str, names: list[str]) -> Iterator[Finding]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield finding("catalogue_id_twice", Severity.BLOCKING, f"{part}.{name}", id=name)


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Return the packaged catalogue, checked.

    Raises
    ------
    TanbiaoError
        ``catalogue_malformed``, ``catalogue_name_unknown``, ``catalogue_id_twice``.
    """
    root = resources.files("tanbiao.data").joinpath(FOLDER)
    document, _ = parse_text(root.joinpath("categories.yaml").read_bytes())
    categories = read_model(Categories, document, "catalogue_malformed")
    lists = [
        read_model(CatalogueList, parse_text(entry.read_bytes())[0], "catalogue_malformed")
        for entry in root.joinpath("lists").iterdir()
        if entry.name.endswith(".yaml")
    ]
    catalogue = Catalogue(categories, in_order(lists))
    wrong = check_catalogue(catalogue)
    if wrong:
        raise TanbiaoError(*wrong)
    return catalogue


def in_order(lists: Iterable[CatalogueList]) -> tuple[CatalogueList, ...]:
    """Return lists by id, the oldest version first, as :class:`Catalogue` has them."""
    return tuple(sorted(lists, key=_age))


def _age(item: CatalogueList) -> tuple[str, tuple[int, ...]]:
    return item.id, tuple(int(part) for part in item.version.split("."))
