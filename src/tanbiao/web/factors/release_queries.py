"""The readers of a release as a whole: what it holds, how ready it is, what it covers, how it differs from another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from tanbiao.core.findings import Finding, Lang, from_json
from tanbiao.core.lca.chain_gaps import low_figures
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.lca.release_compare import Comparison, compare
from tanbiao.core.lca.release_coverage import coverage as core_coverage
from tanbiao.core.lca.release_solve import INCOMPLETE
from tanbiao.web import finding_table
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.factors import queries
from tanbiao.web.factors import readiness as shown
from tanbiao.web.factors.models import DatasetEntry, Release
from tanbiao.web.factors.readiness import ReleaseReadinessOut
from tanbiao.web.finding_table import WEIGHT

if TYPE_CHECKING:
    from tanbiao.core.lca.answers import Solution


@dataclass(frozen=True, slots=True)
class Sourced:
    """Datasets of one source under one licence."""

    source: str
    licence: str
    datasets: int


def sources(actor: Actor, name: str = "") -> list[Sourced]:
    """Return the sources of a release with their licences, the largest first."""
    rows = DatasetEntry.objects.filter(release=queries.release(actor, name))
    counted = rows.values_list("source", "licence").annotate(number=Count("pk")).order_by("-number", "source")
    return [Sourced(source, licence, number) for source, licence, number in counted]


def databases(actor: Actor, name: str = "") -> list[dict[str, Any]]:
    """Return the databases that a release was made from, with the readiness of each; empty where none are recorded."""
    file = queries.open_release(actor, name)
    reports = file.document("readiness").get("databases", {})
    return [{**one, "readiness": reports.get(one["key"])} for one in file.header.get("databases", [])]


def readiness(actor: Actor, name: str, lang: Lang) -> ReleaseReadinessOut:
    """Return how ready a release is: per database every exchange in every indicator, and each code with its action."""
    reports = [(one["key"], one["title"], one["readiness"]) for one in databases(actor, name) if one["readiness"]]
    groups = finding_table.groups([one.finding for one in findings(actor, name)], lang)
    return shown.readiness(reports, shown.gaps_of(groups))


def solution(actor: Actor, name: str = "") -> Solution | None:
    """Return residual and condition of a release's answers; None where it has finished factors alone."""
    return _solution(queries.open_release(actor, name))


@lru_cache(maxsize=4)
def _solution(file: ReleaseFile) -> Solution | None:
    from tanbiao.core.lca.answers import release_solution

    return release_solution(file)


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding of a release, and the dataset it is about (empty: of the release as a whole)."""

    finding: Finding
    dataset: str


def findings(actor: Actor, name: str = "") -> tuple[Placed, ...]:
    """Return every finding of a release, the heaviest first: of its readiness report, else those of its datasets."""
    file = queries.open_release(actor, name)
    return _findings(file)


@lru_cache(maxsize=4)
def _findings(file: ReleaseFile) -> tuple[Placed, ...]:
    return tuple(sorted(_found(file), key=lambda one: -WEIGHT[one.finding.severity.value]))


def _found(file: ReleaseFile) -> Iterator[Placed]:
    """Yield the findings of the report, figures that are low for want of inputs, and what the datasets carry."""
    stored = file.document("readiness")
    for report in [*stored.get("databases", {}).values(), stored.get("release", {})]:
        for item in report.get("findings", ()) if report else ():
            found = from_json(item)
            yield Placed(found, found.where if found.where in file else "")
    for low in low_figures(file):
        yield Placed(low, low.where)
    for dataset in file:
        for notice in dataset.findings:
            found = notice.finding()
            yield Placed(Finding(found.code, found.severity, found.where or dataset.id, found.params), dataset.id)


def names(actor: Actor, name: str, wanted: set[str]) -> dict[str, tuple[str, str]]:
    """Return id → (Chinese, English name) of datasets of a release."""
    rows = DatasetEntry.objects.filter(release=queries.release(actor, name), dataset_id__in=wanted)
    return {key: (zh, en) for key, zh, en in rows.values_list("dataset_id", "name_zh", "name_en")}


def coverage(actor: Actor, name: str = "", gwp_set: str = "AR6") -> dict[str, Any]:
    """Return what a release covers (see :mod:`tanbiao.core.lca.release_coverage`)."""
    return _coverage(queries.open_release(actor, name), gwp_set)


@lru_cache(maxsize=8)
def _coverage(file: ReleaseFile, gwp_set: str) -> dict[str, Any]:
    # Every incomplete dataset says so by one of these: the findings are at hand, the datasets would be read anew.
    lacking = {one.dataset for one in _findings(file) if one.finding.code in INCOMPLETE}
    return core_coverage(file, gwp_set, lacking)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two installed releases, and what differs."""

    old: Release
    new: Release
    found: Comparison


def comparison(actor: Actor, old: str, new: str, gwp_set: str = "AR6") -> Compared:
    """Compare two installed releases dataset by dataset.

    Raises
    ------
    NotFound
        ``release_not_installed``
    TanbiaoError
        ``gwp_set_not_known``
    """
    first, second = queries.release(actor, old), queries.release(actor, new)
    files = queries.open_release(actor, first.name), queries.open_release(actor, second.name)
    return Compared(first, second, _compare(*files, gwp_set))


@lru_cache(maxsize=4)
def _compare(old: ReleaseFile, new: ReleaseFile, gwp_set: str) -> Comparison:
    return compare(old, new, gwp_set)
