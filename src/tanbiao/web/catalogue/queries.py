"""The readers of the catalogue: everybody sees all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.core.catalogue.facts import PackageFacts, packaged_facts
from tanbiao.core.catalogue.framework import Framework, load_framework
from tanbiao.core.catalogue.framework_model import Standard
from tanbiao.core.catalogue.load import Catalogue, Mention, in_order, load_catalogue
from tanbiao.core.catalogue.model import CatalogueList, Category
from tanbiao.core.catalogue.readiness import Readiness, Statement, load_criteria, readiness
from tanbiao.core.catalogue.two_high import LinkedLine, linked
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import read_model
from tanbiao.core.study.parse import suggest
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.catalogue.models import BroughtList, CategoryEvent, GateStatement
from tanbiao.web.commanding import NotFound

STATES = ("planned", "open", "closed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A category as it stands: its gates today, its state, the lists that name it."""

    category: Category
    readiness: Readiness
    state: str
    event: CategoryEvent | None
    mentions: tuple[Mention, ...]
    is_certifiable: bool
    """Whether the national certification catalogue names it."""
    head: str
    """Hash of what was stated and done so far: an act names the head that it builds on."""

    @property
    def is_demonstration(self) -> bool:
        """Whether it is open for demonstration only."""
        return self.state == "open" and self.event is not None and self.event.is_demonstration


def catalogue() -> Catalogue:
    """Return the packaged catalogue with the lists that were brought to this platform."""
    return _with_brought(tuple(BroughtList.objects.values_list("id", flat=True).order_by("list_id", "number")))


@lru_cache(maxsize=4)
def _with_brought(brought: tuple[UUID, ...]) -> Catalogue:
    """Return the catalogue with these versions of brought lists, which never change once they are stored."""
    packaged = load_catalogue()
    if not brought:
        return packaged
    rows = BroughtList.objects.in_bulk(brought)
    added = [read_model(CatalogueList, rows[one].document, "catalogue_malformed") for one in brought]
    return Catalogue(packaged.categories, in_order((*packaged.lists, *added)))


def brought(actor: Actor, reference: str) -> BroughtList | None:  # noqa: ARG001 (public)
    """Return the row of a list that was brought here; None for one of the package."""
    list_id, _, version = reference.partition("@")
    return BroughtList.objects.select_related("organisation").filter(list_id=list_id, version=version).first()


def proof_of(actor: Actor, reference: str) -> BroughtList:
    """Return the row of a brought list, whose document is kept beside it.

    Raises
    ------
    NotFound
        ``catalogue_list_unknown``: there is none of this reference, or it came with the package.
    """
    found = brought(actor, reference)
    if found is None:
        known = [str(row) for row in BroughtList.objects.all()]
        raise NotFound.of("catalogue_list_unknown", "list", list=reference[:80], near=suggest(reference[:80], known))
    return found


def linked_lines(actor: Actor, item: CatalogueList) -> tuple[LinkedLine, ...]:  # noqa: ARG001 (public)
    """Return the lines of a priority list with what two-high lists say today; () for a list of another kind."""
    return linked(catalogue(), item, clock.today().isoformat())


def packages(actor: Actor, *, every_version: bool = False) -> list[PackageFacts]:  # noqa: ARG001 (public)
    """Return what stands behind the packaged rules, by reference; replaced versions only where they are asked for."""
    return [item for item in packaged_facts() if every_version or item.replaced_by is None]


def lists(actor: Actor, day: date | None = None) -> list[tuple[CatalogueList, bool]]:  # noqa: ARG001 (public)
    """Return every version of every list, and whether it stands on a day (today)."""
    known = catalogue()
    standing = {item.reference for item in known.on((day or clock.today()).isoformat())}
    return [(item, item.reference in standing) for item in known.lists]


def list_of(actor: Actor, reference: str) -> CatalogueList:  # noqa: ARG001 (public)
    """Return a list by ``id@version`` or id.

    Raises
    ------
    NotFound
        ``catalogue_list_unknown``
    """
    try:
        return catalogue().list_of(reference)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error


def framework(actor: Actor) -> Framework:  # noqa: ARG001 (public)
    """Return the standards framework with its alignment and watch list."""
    return load_framework()


def standard(actor: Actor, standard_id: str) -> Standard:
    """Return a standard by id.

    Raises
    ------
    NotFound
        ``standard_unknown``
    """
    try:
        return framework(actor).standard(standard_id)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error


def entries(actor: Actor) -> list[Entry]:  # noqa: ARG001 (public)
    """Return all categories with their gates and states, in the catalogue's order."""
    statements, events = _by_category(GateStatement.objects.prefetch_related("bodies")), _last_events()
    known = catalogue()
    return [_entry(known, item, statements.get(item.id, ()), events.get(item.id)) for item in known.by_id.values()]


def entry(actor: Actor, category_id: str) -> Entry:  # noqa: ARG001 (public)
    """Return one category.

    Raises
    ------
    NotFound
        ``category_unknown``
    """
    known = catalogue()
    try:
        found = known.category(category_id)
    except TanbiaoError as error:
        raise NotFound(*error.findings) from error
    made = list(GateStatement.objects.filter(category=category_id).prefetch_related("bodies"))
    return _entry(known, found, made, CategoryEvent.objects.filter(category=category_id).last())


def statements(actor: Actor, category_id: str) -> list[GateStatement]:  # noqa: ARG001 (public)
    """Return what was stated of a category's gates, the newest first."""
    rows = GateStatement.objects.filter(category=category_id).select_related("organisation")
    return list(rows.prefetch_related("bodies").order_by("-at", "-id"))


def events(actor: Actor, category_id: str) -> list[CategoryEvent]:  # noqa: ARG001 (public)
    """Return when a category was opened and closed, the newest first."""
    rows = CategoryEvent.objects.filter(category=category_id).select_related("organisation")
    return list(rows.order_by("-at", "-id"))


def is_open(category_id: str) -> bool:
    """Whether a category is open, for the features above."""
    last = CategoryEvent.objects.filter(category=category_id).last()
    return last is not None and last.state == "open"


def certification_bodies(actor: Actor) -> list[Organisation]:  # noqa: ARG001 (their names are public)
    """Return the certification bodies of this platform, by name."""
    return list(Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY).order_by("name_zh"))


def _by_category(rows: Iterable[GateStatement]) -> dict[str, list[GateStatement]]:
    found: dict[str, list[GateStatement]] = defaultdict(list)
    for row in rows:
        found[row.category].append(row)
    return found


def _last_events() -> dict[str, CategoryEvent]:
    return {row.category: row for row in CategoryEvent.objects.all()}


def _entry(known: Catalogue, item: Category, made: Sequence[GateStatement], last: CategoryEvent | None) -> Entry:
    day = clock.today().isoformat()
    said = [statement_of(row) for row in made]
    return Entry(
        category=item,
        readiness=readiness(item.id, packaged_facts(), said, day, load_criteria()),
        state="planned" if last is None else last.state,
        event=last,
        mentions=known.mentions(item.id, day),
        is_certifiable=known.is_certifiable(item.id, day),
        head=content_hash({"statements": [str(row.id) for row in made], "event": str(last.id) if last else None}),
    )


def statement_of(row: GateStatement) -> Statement:
    """Return a stored statement as the core's value."""
    names = tuple(str(body.id) for body in row.bodies.all())
    return Statement(row.gate, row.green, row.evidence, row.day.isoformat(), names)  # type: ignore[arg-type]
