"""The certification unit ``tanbiao: unit/1``: which brands and models one certificate covers, who makes them where.

One representative model carries the study; the series logic says why it speaks for the others. A unit has one
footprint, or one for each site with their mean weighted by production; the scheme says how far sites and models may
differ before they are units of their own. Amounts are decimal text, as everywhere in a document.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from tanbiao.core.amounts import add
from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.parts import Id, Part
from tanbiao.core.schemes.parts import Region

FORMAT = "unit/1"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Amount = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$")]
GTIN_LENGTHS = (8, 12, 13, 14)


def _gtin(text: str) -> str:
    """Check a trade item number: digits weighted 3 and 1 from the right, the check digit filling up to the next ten.

    GS1 General Specifications, section 7.9.
    """
    digits = [int(char) for char in text]
    weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    if len(text) not in GTIN_LENGTHS or weighted % 10:
        raise ValueError("no trade item number: 8, 12, 13 or 14 digits with a check digit")
    return text


Gtin = Annotated[str, StringConstraints(pattern=r"^\d{8,14}$"), AfterValidator(_gtin)]


class UnitModel(Part):
    """A model of the unit; ``figure`` is its own footprint per declared unit as far as it was estimated."""

    name: Name
    brand: Name | None = None
    gtin: Gtin | None = None
    figure: Amount | None = None


class UnitProducer(Part):
    """Who makes it: the holder himself, or a maker under contract."""

    id: Id
    name_zh: Name
    name_en: Name | None = None
    registered_id: Name | None = None
    region: Region | None = None
    contract: bool = False

    def name(self, lang: str) -> str:
        """Return the name in a language, else the Chinese one."""
        return self.name_zh if lang == "zh" else (self.name_en or self.name_zh)


class UnitSite(Part):
    """A site where it is made.

    ``production`` is the amount of the data period in one unit for all sites; ``figure`` the site's own footprint per
    declared unit; ``study`` the study that the figure was taken from.
    """

    name_zh: Name
    name_en: Name | None = None
    address: Name | None = None
    region: Region | None = None
    producer: Id
    production: Amount | None = None
    figure: Amount | None = None
    study: Name | None = None

    def name(self, lang: str) -> str:
        """Return the name in a language, else the Chinese one."""
        return self.name_zh if lang == "zh" else (self.name_en or self.name_zh)


class UnitDocument(Part):
    """A certification unit."""

    tanbiao: Literal["unit/1"] = FORMAT  # type: ignore[assignment]
    brands: tuple[Name, ...] = ()
    models: tuple[UnitModel, ...] = Field(min_length=1, max_length=500)
    representative: Name
    """Name of the model that the study is about."""
    series: Reason | None = None
    """Why the representative model speaks for the others."""
    producers: tuple[UnitProducer, ...] = Field(min_length=1, max_length=50)
    sites: tuple[UnitSite, ...] = Field(min_length=1, max_length=100)
    footprint: Literal["unit", "per_site"] = "unit"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for what, names in (
            ("model", [item.name for item in self.models]),
            ("producer", [item.id for item in self.producers]),
            ("site", [item.name_zh for item in self.sites]),
            ("brand", list(self.brands)),
        ):
            if len(names) != len(set(names)):
                raise ValueError(f"a {what} stands twice")
        return self

    @property
    def hash(self) -> str:
        """Return the content hash of the document."""
        return content_hash(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLimits:
    """How far sites and models of one unit may differ, in percent: the scheme's numbers.

    Parameters
    ----------
    site_spread
        (largest - smallest figure of the sites) ÷ their mean.
    model_spread
        |figure of a model - declared figure| ÷ declared figure.
    average_gap
        |mean of the sites - declared figure| ÷ declared figure.
    """

    site_spread: float
    model_spread: float
    average_gap: float


@dataclass(frozen=True, slots=True)
class SiteMean:
    """The sites' mean weighted by production, its spread in percent, and each site's share of the production."""

    value: float
    spread_percent: float
    shares: tuple[float, ...]


def parse_unit(document: Any) -> UnitDocument:
    """Return the unit of a document.

    Raises
    ------
    TanbiaoError
        ``unit_gtin_wrong``, ``unit_amount_wrong``, ``unit_region_wrong``, ``unit_short_name_wrong``, ``unit_twice``,
        ``unit_part_empty``; ``unit_document_malformed``, ``unknown_key``, ``field_missing`` for what no form can send.
    """
    try:
        return read_model(UnitDocument, document, "unit_document_malformed")
    except TanbiaoError as error:
        said = [_plain(item) for item in error.findings]
        # A row that is wrong makes pydantic count its table as shorter: that is no finding of its own.
        wrong = {item.where.partition(".")[0] for item in said if "." in item.where}
        raise TanbiaoError(*(item for item in said if item.where not in wrong)) from error


_PLAIN = {
    "gtin": "unit_gtin_wrong",
    "figure": "unit_amount_wrong",
    "production": "unit_amount_wrong",
    "region": "unit_region_wrong",
    "id": "unit_short_name_wrong",
    "models": "unit_part_empty",
    "producers": "unit_part_empty",
    "sites": "unit_part_empty",
    "": "unit_twice",
}
"""Last step of a place → the finding in the words of the form."""


def _plain(item: Finding) -> Finding:
    code = _PLAIN.get(item.where.rpartition(".")[2])
    return item if code is None or item.code != "unit_document_malformed" else _no(code, item.where)


def site_mean(unit: UnitDocument) -> SiteMean | None:
    """Return the production-weighted mean of the sites' figures; None where a figure or production is missing.

    mean = Σ production · figure ÷ Σ production; spread = (max - min) ÷ |mean| · 100.

    >>> sites = [{"name_zh": n, "producer": "a", "production": p, "figure": f} for n, p, f in
    ...          (("一厂", "300", "10"), ("二厂", "100", "12"))]
    >>> made = parse_unit({"models": [{"name": "M"}], "representative": "M", "sites": sites,
    ...                    "producers": [{"id": "a", "name_zh": "甲"}]})
    >>> mean = site_mean(made)
    >>> mean.value, round(mean.spread_percent, 3), mean.shares
    (10.5, 19.048, (0.75, 0.25))
    """
    if any(site.production is None or site.figure is None for site in unit.sites):
        return None
    weights = [float(site.production or 0) for site in unit.sites]
    figures = [float(site.figure or 0) for site in unit.sites]
    whole = add(*weights)
    if whole <= 0 or any(weight <= 0 for weight in weights):
        return None
    mean = add(*(weight * figure for weight, figure in zip(weights, figures, strict=True))) / whole
    spread = (max(figures) - min(figures)) / abs(mean) * 100 if mean else math.inf
    return SiteMean(mean, spread, tuple(weight / whole for weight in weights))


def check_unit(unit: UnitDocument, limits: UnitLimits, declared: str | float) -> tuple[Finding, ...]:
    """Return what keeps a unit from being certified with the declared figure, each with its place; none: nothing.

    Parameters
    ----------
    declared
        The figure of the frozen package per declared unit.
    """
    return (*_series(unit), *_makers(unit), *_models(unit, limits, float(declared)), *_sites(unit, limits, declared))


def _no(code: str, where: str, **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


def _series(unit: UnitDocument) -> Iterator[Finding]:
    names = [item.name for item in unit.models]
    if unit.representative not in names:
        yield _no("unit_representative_unknown", "representative", model=unit.representative)
    if len(names) > 1 and unit.series is None:
        yield _no("unit_series_unexplained", "series", count=len(names))
    brands = set(unit.brands)
    for index, model in enumerate(unit.models):
        if model.brand and model.brand not in brands:
            yield _no("unit_brand_unknown", f"models.{index}.brand", brand=model.brand, model=model.name)


def _makers(unit: UnitDocument) -> Iterator[Finding]:
    known = {item.id: item for item in unit.producers}
    for index, site in enumerate(unit.sites):
        if site.producer not in known:
            yield _no("unit_site_without_producer", f"sites.{index}.producer", site=site.name_zh)
    used = {site.producer for site in unit.sites}
    for index, maker in enumerate(unit.producers):
        if maker.id not in used:
            yield _no("unit_producer_without_site", f"producers.{index}", producer=maker.name_zh)


def _models(unit: UnitDocument, limits: UnitLimits, declared: float) -> Iterator[Finding]:
    for index, model in enumerate(unit.models):
        if model.figure is None:
            continue
        gap = _percent(float(model.figure) - declared, declared)
        if gap > limits.model_spread:
            yield _no(
                "unit_model_differs",
                f"models.{index}.figure",
                model=model.name,
                percent=round(gap, 1),
                limit=limits.model_spread,
            )


def _sites(unit: UnitDocument, limits: UnitLimits, declared: str | float) -> Iterator[Finding]:
    if unit.footprint == "unit":
        return
    bare = [site.name_zh for site in unit.sites if site.production is None or Decimal(site.production) <= 0]
    mute = [site.name_zh for site in unit.sites if site.figure is None]
    if bare:
        yield _no("unit_site_without_production", "sites", sites=", ".join(bare))
    if mute:
        yield _no("unit_site_without_figure", "sites", sites=", ".join(mute))
    mean = site_mean(unit)
    if mean is None:
        return
    if mean.spread_percent > limits.site_spread:
        yield _no("unit_sites_differ", "sites", percent=round(mean.spread_percent, 1), limit=limits.site_spread)
    gap = _percent(mean.value - float(declared), float(declared))
    if gap > limits.average_gap:
        yield _no(
            "unit_average_differs",
            "sites",
            average=f"{mean.value:.6g}",
            declared=f"{float(declared):.6g}",
            percent=round(gap, 2),
            limit=limits.average_gap,
        )


def _percent(difference: float, whole: float) -> float:
    if whole:
        return abs(difference / whole) * 100
    return math.inf if difference else 0.0
