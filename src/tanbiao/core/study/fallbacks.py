"""What of a sealed figure leans on factors that the release took by itself: of another place or year, a stand-in.

An author names a stand-in (``stand_in.for``); a release that lacks a grid's year or a province's factor takes the
nearest it has and says so in a finding. Both are factors that are missed. Read from a package: its answers carry the
findings, its contributions say how much rests on each dataset that was taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.electricity import generation_factor, year_of
from tanbiao.core.study.model import Row, Study

Kind = Literal["named", "place", "year", "release"]
"""Why a factor stands in: an author named it; the release took one of another place, of another year, or one that it
holds as a stand-in itself."""
Subject = Literal["", "electricity", "generation", "fuel_upstream"]
"""What is missing, where a release took another: a grid's factor, that of a way to generate, a fuel's upstream."""
KINDS: Final[Mapping[str, Kind]] = {
    "province_has_no_footprint_factor": "place",
    "fuel_upstream_stand_in": "place",
    "factor_year_differs": "year",
    "electricity_stand_in": "release",
}
"""Code of the finding with which a release says that it took another factor."""
ORDER: Final[tuple[Kind, ...]] = ("named", "place", "year", "release")


@dataclass(frozen=True, slots=True)
class Fallback:
    """A factor that a release lacks, what it took for it, and what of the figure rests on that."""

    subject: Subject
    factor: str
    """Region and year of a grid, type and year of a generation, the fuel's id."""
    kinds: tuple[Kind, ...]
    dataset: str
    value: float
    """kg CO2e per declared unit."""
    share: float | None
    """Of the figure; None where the figure has no share."""


def fallbacks(package: Mapping[str, Any]) -> Iterator[Fallback]:
    """Yield what leans on factors that the release took by itself; rows of one factor and dataset as one.

    A row whose author names a stand-in is not among them: that stands under ``stand_ins`` of the result.

    Raises
    ------
    TanbiaoError
        The findings of a study that can't be read.
    """
    study, findings = Study.parse(dict(package["study"]))
    if study is None:
        raise TanbiaoError(*findings)
    values: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for item in package["result"]["contributions"]:
        values.setdefault((item["row"], item["dataset"] or ""), []).append(item)
    grouped: dict[tuple[Subject, str, tuple[Kind, ...], str], list[Mapping[str, Any]]] = {}
    for _where, row in study.rows():
        if row.stand_in is not None:
            continue
        for subject, factor, kinds, dataset in _taken(study, row, package["answers"]):
            found = values.get((row.id, dataset))
            if kinds and found:
                grouped.setdefault((subject, factor, kinds, dataset), []).extend(found)
    for (subject, factor, kinds, dataset), items in grouped.items():
        shares = [float(item["share"]) for item in items if item["share"] is not None]
        share = add(*shares) if len(shares) == len(items) else None
        yield Fallback(subject, factor, kinds, dataset, add(*(float(item["value"]) for item in items)), share)


def _taken(study: Study, row: Row, answers: Mapping[str, Any]) -> Iterator[tuple[Subject, str, tuple[Kind, ...], str]]:
    """Yield what a row asked a release for, why the answer is another factor (empty: it is not), and which."""
    supply = row.electricity
    if supply is not None:
        key = f"{supply.region or study.product.country}/{year_of(study, supply)}"
        grid = answers["grids"].get(key)
        if grid is not None:
            yield "electricity", key.replace("/", " "), _kinds(grid["findings"]), grid["dataset"]
        if supply.generation is not None and supply.dataset is None:
            name, wanted, used = generation_factor(study, supply)
            kinds: tuple[Kind, ...] = () if wanted == used else ("year",)
            yield "generation", f"{supply.generation} {wanted}", kinds, answers["aliases"].get(name, name)
    fuel = row.fuel
    if fuel is not None and fuel.combustion is None and fuel.upstream is None:
        pair = answers["fuels"].get(fuel.id)
        if pair is not None and pair["upstream"]:
            yield "fuel_upstream", fuel.id, _kinds(pair["findings"]), pair["upstream"]


def _kinds(findings: list[Mapping[str, Any]]) -> tuple[Kind, ...]:
    found = {KINDS[item["code"]] for item in findings if item["code"] in KINDS}
    return tuple(kind for kind in ORDER if kind in found)
