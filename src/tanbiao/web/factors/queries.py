"""The readers of factors. A release has an audience: everybody, or the organisations that are named.

:func:`releases` alone says which releases somebody may read; every other reader, here and in the features above, begins
with it. What is not among them does not exist for who asks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.classifications import scheme as known_scheme
from tanbiao.core.lca import linking_record, release_lineage
from tanbiao.core.lca.chain_gaps import ChainGap, chain_gaps
from tanbiao.core.lca.published import Published, published_beside
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.lca.release_explain import explain
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_scenarios import Scaled
from tanbiao.core.lca.views import PARETO, CutOff
from tanbiao.core.variation import VARIED
from tanbiao.web import search
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.catalogue import queries_codes as codes
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.factors.models import DatasetCode, DatasetEntry, Release, ReleaseReader

FACETS = ("kind", "geography", "year", "source", "boundary", "gwp", "uncertainty")
MAX_FOUND = 2000
MAX_VALUES = 15
"""Values of a facet that are listed, most frequent first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the browser looks for: words, and one value per facet."""

    text: str = ""
    facets: tuple[tuple[str, str], ...] = ()

    def value(self, facet: str) -> str:
        """Return the value chosen for a facet, or nothing."""
        return dict(self.facets).get(facet, "")


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, how many datasets of the present choice have it, and whether it is chosen."""

    value: str
    count: int
    chosen: bool


def releases(actor: Actor) -> QuerySet[Release]:
    """Return the installed releases that the actor may read, newest first: the public ones and his organisation's."""
    require(actor, "factors.view")
    rows = Release.objects.order_by("-installed_at", "name")
    if actor.is_system:
        return rows
    seen = Q(is_public=True)
    if actor.organisation_id is not None:
        mine = ReleaseReader.objects.filter(organisation_id=actor.organisation_id)
        seen |= Q(id__in=mine.values("release"))
    return rows.filter(seen)


def hidden(actor: Actor) -> frozenset[str]:
    """Return the names of the installed releases that the actor may not read, for features that keep names."""
    seen = releases(actor).order_by().values("id")
    return frozenset(Release.objects.exclude(id__in=seen).values_list("name", flat=True))


def audience(name: str) -> frozenset[UUID] | None:
    """Return the organisations that may read a release; None: everybody, or no release of the name is installed."""
    found = Release.objects.filter(name=name, is_public=False).first()
    return None if found is None else frozenset(found.readers.values_list("organisation_id", flat=True))


def managed(actor: Actor) -> QuerySet[Release]:
    """Return every installed release, newest first, to who looks after audiences: what it is, not what it holds."""
    require(actor, "factors.install_release")
    return Release.objects.order_by("-installed_at", "name")


def audiences(rows: Iterable[Release]) -> dict[UUID, list[Organisation]]:
    """Return the audience of each of some releases that is not public; the caller may know that they exist."""
    told: dict[UUID, list[Organisation]] = {}
    closed = [row.id for row in rows if not row.is_public]
    readers = ReleaseReader.objects.filter(release__in=closed).select_related("organisation").order_by("pk")
    for reader in readers:
        told.setdefault(reader.release_id, []).append(reader.organisation)
    return told


def release(actor: Actor, name: str = "") -> Release:
    """Return an installed release by name; when none is named the newest public one, else the newest there is.

    Raises
    ------
    NotFound
        ``release_not_installed``
    """
    rows = releases(actor)
    found = rows.filter(name=name).first() if name else rows.order_by("-is_public", "-installed_at", "name").first()
    if found is None:
        raise NotFound.of("release_not_installed", name, name=name or "—")
    return found


@lru_cache(maxsize=8)
def _opened(name: str, expected: str, data: str) -> ReleaseFile:
    found = find_release(name, data_dir=data)
    if found.hash != expected:
        raise NotFound.of("release_changed", name, name=name)
    return found


def open_release(actor: Actor, name: str | None = None) -> ReleaseFile:
    """Return the release file of an installed release, checked against the hash it was installed under.

    Raises
    ------
    NotFound
        ``release_not_installed``, ``release_changed``
    """
    return installed_file(release(actor, (name or "").partition("@")[0]))


def installed_file(row: Release) -> ReleaseFile:
    """Return the file of an installed release, for callers that know that whoever asks may read it.

    Raises
    ------
    NotFound
        ``release_changed``
    """
    return _opened(row.name, row.hash, str(settings.TANBIAO_DATA))


def datasets(actor: Actor, wanted: Filter, release_name: str = "") -> QuerySet[DatasetEntry]:
    """Return the datasets of a release that match: by name, of a search by the level of their database first."""
    chosen = release(actor, release_name)
    rows = DatasetEntry.objects.filter(release=chosen)
    for facet, value in wanted.facets:
        if facet == "year" and value:
            rows = rows.filter(year=int(value)) if value.isdecimal() and len(value) <= 4 else rows.none()
        elif facet in FACETS and value:
            rows = rows.filter(**{facet: value})
    text = normal(wanted.text)
    if text:
        ids = search.search(chosen.search_kind, text, limit=MAX_FOUND)
        exact = DatasetEntry.objects.filter(dataset_id=wanted.text.strip()).values_list("pk", flat=True)
        rows = rows.filter(pk__in=[*(int(found) for found in ids), *exact, *_coded(actor, text)])
        return rows.order_by("rank", "sort_key", "dataset_id")
    return rows.order_by("sort_key", "dataset_id")


def _coded(actor: Actor, text: str) -> list[int]:
    """Return the entries whose code has a name, in a code table the actor may see, that the text is part of."""
    asked: dict[str, Q] = {}
    for scheme, code in codes.named(actor, text):
        known = known_scheme(scheme)
        fits = Q(code__startswith=code) if known is not None and known.levels else Q(code=code)
        asked[scheme] = asked[scheme] | fits if scheme in asked else fits
    found: list[int] = []
    for scheme, fits in asked.items():
        found += DatasetCode.objects.filter(fits, scheme=scheme).values_list("entry_id", flat=True)[:MAX_FOUND]
    return found


def facets(actor: Actor, wanted: Filter, release_name: str = "") -> dict[str, list[FacetValue]]:
    """Return, per facet, the values among the datasets that match everything else, most frequent first."""
    told: dict[str, list[FacetValue]] = {}
    for facet in FACETS:
        others = tuple((name, value) for name, value in wanted.facets if name != facet)
        rows = datasets(actor, Filter(wanted.text, others), release_name)
        counted = rows.order_by().values_list(facet).annotate(number=Count("pk"))
        ordered = sorted(counted, key=lambda pair: (-pair[1], str(pair[0])))[:MAX_VALUES]
        chosen = wanted.value(facet)
        told[facet] = [
            FacetValue(str(value), number, str(value) == chosen) for value, number in ordered if value not in (None, "")
        ]
    return told


def dataset(actor: Actor, dataset_id: str, release_name: str = "") -> Dataset:
    """Return one dataset of a release as the core knows it.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``, with the nearest names.
    """
    return open_release(actor, release_name).get(dataset_id)


def explanation(
    actor: Actor,
    dataset_id: str,
    release_name: str = "",
    gwp_set: str = "",
    cut_off: CutOff = PARETO,
    depth: int = 3,
    opened: frozenset[str] = frozenset(),
    varied: float = VARIED,
    scaled: Sequence[Scaled] = (),
    own_processes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return where a dataset's figure comes from: the document of ``tanbiao release explain --json``.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``, ``release_not_linked``, ``gwp_set_not_known``, ``variation_out_of_range``,
        ``exchange_not_in_system``, ``product_not_in_system`` (an own process).
    """
    release = open_release(actor, release_name)
    return explain(release, dataset_id, gwp_set or "AR6", cut_off, depth, opened, own_processes, varied, scaled)


def linked_sets(actor: Actor, release_name: str = "") -> list[str]:
    """Return the GWP sets under which the linked system of a release can be taken apart."""
    prefix = "system/characterisation/"
    names = open_release(actor, release_name).section_names()
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def lineage(actor: Actor, dataset_id: str, release_name: str = "") -> dict[str, Any] | None:
    """Return what a dataset was derived from (see ``release_lineage.lineage``), or None for one that was not.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``
    """
    file = open_release(actor, release_name)
    return release_lineage.lineage(file, file.get(dataset_id))


def links(actor: Actor, dataset_id: str, release_name: str = "") -> list[dict[str, Any]]:
    """Return who supplies each input of a dataset and why (see ``linking_record.as_json``), with the providers' names.

    Empty where the release records none of it: its databases were not linked when it was built, or before it was kept.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``
    """
    file = open_release(actor, release_name)
    found = [linking_record.as_json(one) for one in linking_record.links_of(file, file.get(dataset_id).id)]
    for link in found:
        for one in link["providers"]:
            name = file.get(one["dataset"]).name
            one["name"] = {"zh": name.best("zh"), "en": name.best("en")}
    return found


def published(actor: Actor, dataset_id: str, release_name: str = "") -> tuple[Published, ...]:
    """Return what others have published for the product of a dataset, each with the ratio to the dataset's figure.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``
    """
    return published_beside(dataset(actor, dataset_id, release_name))


def lacking(actor: Actor, dataset_id: str, release_name: str = "") -> tuple[ChainGap, ...]:
    """Return the inputs without a supplier in a dataset's whole chain, with what each process wants of them.

    Raises
    ------
    TanbiaoError
        ``unknown_dataset``
    """
    file = open_release(actor, release_name)
    return chain_gaps(file.get(dataset_id), file.get)


def normal(text: str) -> str:
    """Return a search text in the form it is indexed in: NFKC, without surrounding space."""
    return unicodedata.normalize("NFKC", text).strip()
