"""The REST API of factors: installed releases, their datasets, search with facets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import render as say
from tanbiao.core.lca.release_compare import as_json
from tanbiao.core.lca.release_gaps import as_json as as_rows
from tanbiao.core.lca.release_scenarios import MOST, read_scaled
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.catalogue import queries_codes as codes
from tanbiao.web.commanding import NotFound
from tanbiao.web.explaining import CutOffQuery, triple
from tanbiao.web.factors import audiences, commands, gap_queries, queries, release_queries
from tanbiao.web.factors.models import DatasetEntry, Release
from tanbiao.web.factors.readiness import ReleaseReadinessOut
from tanbiao.web.language import current

router = Router()

Word = Annotated[str, Field(max_length=200)]


class ReleaseOut(BaseModel):
    """An installed release."""

    name: str
    hash: str
    standing: str
    statement_zh: str
    statement_en: str
    datasets: Count
    installed_at: datetime
    is_public: bool
    readers: Count
    """Organisations that alone may read it; 0: everybody."""


class ReleaseSolutionOut(BaseModel):
    """True residual of the frozen answers (relative, row by row) and the condition estimate of the system."""

    residual: float
    condition: float


class ReleaseIn(BaseModel):
    """The name of a release file in the platform's data folder, the user's cache or the package."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    only_for: Annotated[list[Word], Field(max_length=500)] = []
    """Organisations by id or unified social credit code that alone may read it; none: everybody."""
    basis: Annotated[str, Field(max_length=500)] = ""


class AudienceIn(BaseModel):
    """Whom a release is for from now on: organisations by id or unified social credit code; none: everybody."""

    only_for: Annotated[list[Word], Field(max_length=500)]
    basis: Annotated[str, Field(max_length=500)] = ""


class AudienceLineOut(BaseModel):
    """A line of the history of whom a release is for; ``only_for`` as {id, zh, en}, none: everybody."""

    is_public: bool
    only_for: list[dict[str, str]]
    basis: str
    at: datetime


class EntryOut(BaseModel):
    """A dataset in a list; ``value`` is kg CO2e per unit under AR6 as a decimal string."""

    id: str
    name_zh: str
    name_en: str
    name_zh_is_machine_made: bool
    kind: str
    boundary: str
    geography: str
    year: int | None
    unit: str
    value: str
    gwp: str
    quality: str
    uncertainty: str
    source: str
    licence: str
    version: str


class SearchQuery(BaseModel):
    """Words and facets."""

    q: Word = ""
    release: Word = ""
    kind: Word = ""
    geography: Word = ""
    year: Annotated[str, Field(max_length=4, pattern=r"^\d{0,4}$")] = ""
    source: Annotated[str, Field(max_length=300)] = ""
    boundary: Word = ""
    gwp: Word = ""
    uncertainty: Word = ""
    limit: Limit = 20
    offset: Offset = 0

    def filter(self) -> queries.Filter:
        """Return what the query asks for."""
        return queries.Filter(self.q, tuple((facet, getattr(self, facet)) for facet in queries.FACETS))


def _release(row: Release) -> ReleaseOut:
    return ReleaseOut(
        name=row.name,
        hash=row.hash,
        standing=row.standing,
        statement_zh=row.statement_zh,
        statement_en=row.statement_en,
        datasets=row.datasets,
        installed_at=row.installed_at,
        is_public=row.is_public,
        readers=0 if row.is_public else row.readers.count(),
    )


def _entry(row: DatasetEntry) -> EntryOut:
    return EntryOut(
        id=row.dataset_id,
        name_zh=row.name_zh,
        name_en=row.name_en,
        name_zh_is_machine_made=row.machine_made_zh,
        kind=row.kind,
        boundary=row.boundary,
        geography=row.geography,
        year=row.year,
        unit=row.unit,
        value=row.value,
        gwp=row.gwp,
        quality=row.quality,
        uncertainty=row.uncertainty,
        source=row.source,
        licence=row.licence,
        version=row.version,
    )


@router.get("/releases", response=Page[ReleaseOut])
@access(PUBLIC)
def list_releases(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[ReleaseOut]:
    """List the installed factor releases."""
    return page_of(queries.releases(actor_of(request)), limit, offset, _release)


@router.post("/releases", response={201: ReleaseOut})
@access("factors.install_release")
def install_release(request: HttpRequest, body: ReleaseIn) -> Status[ReleaseOut]:
    """Install a release so that studies may pin it; installing what is installed changes nothing."""
    return Status(201, _release(commands.install_release(actor_of(request), **body.model_dump())))


@router.put("/releases/{str:name}/audience", response=list[AudienceLineOut])
@access("factors.install_release")
def change_audience(request: HttpRequest, name: str, body: AudienceIn) -> list[AudienceLineOut]:
    """Write whom a release is for; its data and databases say whom it may be for at most."""
    return _lines(audiences.change_audience(actor_of(request), name=name, **body.model_dump()))


@router.get("/releases/{str:name}/audience", response=list[AudienceLineOut])
@access("factors.install_release")
def get_audience_history(request: HttpRequest, name: str) -> list[AudienceLineOut]:
    """Return the history of whom a release is for, the oldest line first; none: for everybody since it came."""
    found = queries.managed(actor_of(request)).filter(name=name).first()
    if found is None:
        raise NotFound.of("release_not_installed", name, name=name)
    return _lines(found)


def _lines(row: Release) -> list[AudienceLineOut]:
    return [
        AudienceLineOut(is_public=one.is_public, only_for=one.organisations, basis=one.basis, at=one.at)
        for one in audiences.history([row]).get(row.id, [])
    ]


@router.get("/releases/{str:name}/wanted", response=list[dict[str, Any]])
@access(PUBLIC)
def list_wanted_products(request: HttpRequest, name: str, profile: Literal["export", "consumer"] = "export") -> Any:
    """Return the products that export trade or consumers want, and what a release has for each."""
    return as_rows(gap_queries.gaps(actor_of(request), name, profile))


@router.get("/datasets", response=Page[EntryOut])
@access(PUBLIC)
def list_datasets(request: HttpRequest, query: Query[SearchQuery]) -> Page[EntryOut]:
    """Search the datasets of a release by words and facets."""
    rows = queries.datasets(actor_of(request), query.filter(), query.release)
    return page_of(rows, query.limit, query.offset, _entry)


@router.get("/dataset", response=dict[str, Any])
@access(PUBLIC)
def get_dataset(request: HttpRequest, id: Word, release: Word = "") -> dict[str, Any]:
    """Return one dataset whole, as its release holds it."""
    return queries.dataset(actor_of(request), id, release).document()


class ExplainQuery(CutOffQuery):
    """What is shown, and what the figure is calculated for beside."""

    scale: Annotated[list[Annotated[str, Field(max_length=600)]], Field(max_length=MOST)] = []
    own: Annotated[list[Word], Field(max_length=100)] = []


@router.get("/dataset/explain", response=dict[str, Any])
@access(PUBLIC)
def explain_dataset(
    request: HttpRequest,
    id: Word,
    cut: Query[ExplainQuery],
    release: Word = "",
    gwp: Word = "",
    vary: Annotated[float, Field(gt=0, lt=1)] = 0.1,
) -> dict[str, Any]:
    """Return where a dataset's figure comes from: the document of ``tanbiao release explain --json``.

    ``preview`` is first order, instant, not sampled; ``vary`` is the share by which each driver alone is changed.
    ``scale`` (several at once): ``what|of|factors``, an input or emission of a dataset with the factors that scenarios
    multiply it by, such as ``coal|power|0.5,0.8``. ``own``: datasets onto which all is rolled up.
    """
    scaled = read_scaled(triple(text) for text in cut.scale)
    wanted = cut.cut_off(), cut.depth, cut.opened(), vary, scaled, cut.own
    return queries.explanation(actor_of(request), id, release, gwp, *wanted)


class FactorFindingOut(FindingOut):
    """A finding of a release; ``dataset`` is the id of the dataset it is about, empty where it is of the release."""

    dataset: str


@router.get("/releases/{name}/coverage", response=dict[str, Any])
@access(PUBLIC)
def get_release_coverage(request: HttpRequest, name: Word, gwp: Word = "AR6") -> dict[str, Any]:
    """Return how many datasets a release has by industry, region and GWP basis; also the empty cells."""
    return release_queries.coverage(actor_of(request), name, gwp)


@router.get("/releases/{name}/readiness", response=ReleaseReadinessOut)
@access(PUBLIC)
def get_release_readiness(request: HttpRequest, name: Word) -> ReleaseReadinessOut:
    """Return how ready a release is: what becomes of every exchange in every indicator, what is open, what to do next.

    The findings one by one are those of ``/releases/{name}/findings``.
    """
    return release_queries.readiness(actor_of(request), name, current())


@router.get("/releases/{name}/solution", response=ReleaseSolutionOut | None)
@access(PUBLIC)
def get_release_solution(request: HttpRequest, name: Word) -> ReleaseSolutionOut | None:
    """Return how well the linked processes of a release are solved; null where it has finished factors alone."""
    found = release_queries.solution(actor_of(request), name)
    return None if found is None else ReleaseSolutionOut(residual=found.residual, condition=found.condition)


@router.get("/releases/{name}/findings", response=list[FactorFindingOut])
@access(PUBLIC)
def list_release_findings(
    request: HttpRequest, name: Word, code: Word = "", limit: Limit = 100, offset: Offset = 0
) -> list[FactorFindingOut]:
    """Return the findings of a release, the heaviest first, in the caller's language."""
    found = [one for one in release_queries.findings(actor_of(request), name) if code in ("", one.finding.code)]
    page = found[offset : offset + limit]
    return [FactorFindingOut(**say(one.finding, current()), dataset=one.dataset) for one in page]


@router.get("/release-comparison", response=dict[str, Any])
@access(PUBLIC)
def compare_releases(request: HttpRequest, old: Word, new: Word, gwp: Word = "AR6") -> dict[str, Any]:
    """Return what differs between two installed releases: the document of ``tanbiao release compare --json``."""
    return as_json(release_queries.comparison(actor_of(request), old, new, gwp).found)


class DatasetCodeOut(BaseModel):
    """A code of a dataset; names where a code table that the caller may see gives them."""

    scheme: str
    code: str
    name_zh: str = ""
    name_en: str = ""


@router.get("/dataset/codes", response=list[DatasetCodeOut])
@access(PUBLIC)
def get_dataset_codes(request: HttpRequest, id: Word, release: Word = "") -> list[DatasetCodeOut]:
    """Return the classification codes of a dataset with their names."""
    actor = actor_of(request)
    found = queries.dataset(actor, id, release)
    listed = codes.coded(actor, [(one.scheme, one.code) for one in found.classifications])
    return [DatasetCodeOut(**one.document()) for one in listed]


class LineageOut(BaseModel):
    """What a dataset was derived from; ``operation`` is null and the rest empty for one that was not."""

    operation: str | None
    source: str = ""
    url: str = ""
    inputs: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {}
    share: float | None = None
    predecessor: dict[str, str] | None = None


@router.get("/dataset/lineage", response=LineageOut)
@access(PUBLIC)
def get_lineage(request: HttpRequest, id: Word, release: Word = "") -> LineageOut:
    """Say how a dataset follows from others, input by input."""
    found = queries.lineage(actor_of(request), id, release)
    return LineageOut(operation=None) if found is None else LineageOut.model_validate(found)


class LinkProviderOut(BaseModel):
    """A dataset that supplies an exchange; ``instead_of`` is the one that it stands for by precedence."""

    dataset: str
    name: dict[str, str]
    share: float
    instead_of: str | None


class LinkOut(BaseModel):
    """Who supplies an exchange of a dataset: rank, shares (they add up to 1), and why in both languages."""

    exchange: str
    rank: Literal["chosen", "named", "same_place", "market", "wider_region", "stand_in"]
    providers: list[LinkProviderOut]
    weighting: str
    passed_over: dict[str, Count]
    filled: bool
    by: str | None
    reason: str | None
    why: dict[str, str]


@router.get("/dataset/links", response=list[LinkOut])
@access(PUBLIC)
def get_dataset_links(request: HttpRequest, id: Word, release: Word = "") -> list[LinkOut]:
    """Return who supplies each input of a dataset and on what grounds; empty where its release records none of it."""
    return [LinkOut.model_validate(one) for one in queries.links(actor_of(request), id, release)]


class LackingOut(BaseModel):
    """An input that nothing supplies; ``amount`` per unit of the dataset, ``own`` where the dataset itself wants it."""

    name: str
    unit: str
    amount: float
    own: bool
    users: list[str]


@router.get("/dataset/lacking", response=list[LackingOut])
@access(PUBLIC)
def get_lacking_inputs(request: HttpRequest, id: Word, release: Word = "") -> list[LackingOut]:
    """Return the inputs without a supplier in a dataset's whole chain: they are in no figure."""
    return [LackingOut.model_validate(one.as_json()) for one in queries.lacking(actor_of(request), id, release)]


class PublishedOut(BaseModel):
    """A published value beside a dataset's figure; ``ratio`` is the dataset's figure divided by ``value``."""

    value: float
    unit: str
    printed: str
    geography: str
    year: int | None
    gwp_set: str
    source: str
    row: str
    url: str
    differs: list[str]
    ratio: float
    far: bool


@router.get("/dataset/published", response=list[PublishedOut])
@access(PUBLIC)
def get_published_values(request: HttpRequest, id: Word, release: Word = "") -> list[PublishedOut]:
    """Return what others have published for the product of a dataset, each with the ratio; often nothing is known."""
    found = queries.published(actor_of(request), id, release)
    return [PublishedOut.model_validate(one.document(current())) for one in found]
