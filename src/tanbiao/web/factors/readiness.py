"""What becomes of every exchange of a release in every part of the footprint, and what to do next, for people.

The release page, the page of a release that is still governed and the API show the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import BaseModel

from tanbiao.core.findings import Lang, advise, explain
from tanbiao.core.lca.linking import INDICATORS, TOTAL
from tanbiao.core.lca.readiness import EXPLAINED_BY, Cover
from tanbiao.web.api_kit import Count
from tanbiao.web.finding_table import Group

STANDINGS = ("complete", "incomplete", "refused")


class GapOut(BaseModel):
    """A code of a release's findings: how often, what it means, what to do next."""

    code: str
    count: Count
    message: str
    remedy: str


class CoverStateOut(BaseModel):
    """What may become of an exchange (``cover``): how many in the total of all databases, why, what to do next."""

    cover: str
    exchanges: Count
    name: str
    meaning: str
    next: str
    codes: list[str]


class DatabaseReadinessOut(BaseModel):
    """How ready a database of a release is; ``coverage``: indicator → cover → exchanges, each row adds up to all."""

    key: str
    title: str
    ready: bool
    complete: Count
    incomplete: Count
    refused: Count
    exchanges: Count
    coverage: dict[str, dict[str, int]]


class ReleaseReadinessOut(BaseModel):
    """How ready a release is: its databases (none: finished factors alone), what is open, and every code."""

    databases: list[DatabaseReadinessOut]
    states: list[CoverStateOut]
    gaps: list[GapOut]


@dataclass(frozen=True, slots=True)
class Cell:
    """Exchanges of one indicator in one state, their share of the row, and how dark the cell is (0 … 4)."""

    cover: str
    number: int
    share: float
    shade: int


@dataclass(frozen=True, slots=True)
class Block:
    """A database's rows: (indicator in words, cells)."""

    database: DatabaseReadinessOut
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The coverage of a release as a table: states as columns, databases as blocks of rows."""

    columns: tuple[tuple[str, str], ...]
    """(cover, heading) of every state that an exchange of some database is in."""
    blocks: tuple[Block, ...]
    states: tuple[CoverStateOut, ...]


def readiness(reports: Iterable[tuple[str, str, Mapping[str, Any]]], gaps: Sequence[GapOut]) -> ReleaseReadinessOut:
    """Return what a release's reports say.

    Parameters
    ----------
    reports
        (key, title, counts as :meth:`tanbiao.core.lca.readiness.Readiness.counts` gives them) of each database.
    gaps
        The codes of all findings, the weightiest first.
    """
    databases = [_database(*one) for one in reports]
    present = {one.code for one in gaps}
    numbers = _in_total(databases)
    texts = _texts()
    states = [
        CoverStateOut(
            cover=cover.value,
            exchanges=numbers[cover.value],
            name=texts[cover][0],
            meaning=texts[cover][1],
            next=texts[cover][2],
            codes=[code for code in EXPLAINED_BY[cover] if code in present],
        )
        for cover in Cover
        if any(counts.get(cover.value) for one in databases for counts in one.coverage.values())
    ]
    return ReleaseReadinessOut(databases=databases, states=states, gaps=list(gaps))


def _database(key: str, title: str, counts: Mapping[str, Any]) -> DatabaseReadinessOut:
    return DatabaseReadinessOut(
        key=key,
        title=title,
        ready=counts["ready"],
        **{one: counts[one] for one in STANDINGS},
        exchanges=counts["exchanges"],
        coverage={name: dict(found) for name, found in counts["coverage"].items()},
    )


def _in_total(databases: Iterable[DatabaseReadinessOut]) -> Counter[str]:
    """Return the exchanges by state: of the total, of UNDIVIDED in the kind that most have it in."""
    numbers: Counter[str] = Counter()
    for one in databases:
        for cover in Cover:
            rows = one.coverage.values() if cover is Cover.UNDIVIDED else [one.coverage.get(TOTAL, {})]
            numbers[cover.value] += max((row.get(cover.value, 0) for row in rows), default=0)
    return numbers


def gaps_of(groups: Iterable[Group]) -> list[GapOut]:
    """Return codes with the words of their first finding."""
    return [
        GapOut(code=one.code, count=one.count, message=one.example["message"], remedy=one.example["remedy"])
        for one in groups
    ]


def gaps_by_code(counts: Mapping[str, int], lang: Lang) -> list[GapOut]:
    """Return codes of which only the number is known, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        GapOut(code=code, count=number, message=explain(code, lang), remedy=advise(code, lang))
        for code, number in ordered
    ]


def table(found: ReleaseReadinessOut) -> Table | None:
    """Return the coverage as a table; None where no database has an exchange."""
    blocks = tuple(_block(one, found.states) for one in found.databases if one.exchanges)
    if not blocks:
        return None
    return Table(tuple((one.cover, one.name) for one in found.states), blocks, tuple(found.states))


def _block(database: DatabaseReadinessOut, states: Sequence[CoverStateOut]) -> Block:
    names = indicator_names()
    rows = []
    for indicator in INDICATORS:
        counts = database.coverage.get(indicator, {})
        cells = []
        for state in states:
            number = counts.get(state.cover, 0)
            share = number / database.exchanges
            cells.append(Cell(state.cover, number, share, _shade(share)))
        rows.append((names[indicator], tuple(cells)))
    return Block(database, tuple(rows))


def _shade(share: float) -> int:
    """Return 0 … 4 for how dark a cell is, by quarters; the number stands in the cell."""
    return 0 if share == 0 else min(4, 1 + int(share * 4))


def indicator_names() -> dict[str, str]:
    """Return the parts of a footprint in words, the total first."""
    return {
        "total": _("Total"),
        "fossil": _("Fossil"),
        "biogenic_emission": _("Biogenic emission"),
        "biogenic_uptake": _("Biogenic uptake"),
        "land_use_change": _("Land use change"),
        "undivided": _("Undivided"),
    }


def _texts() -> dict[Cover, tuple[str, str, str]]:
    """Return name, meaning and next action of each state."""
    return {
        Cover.COVERED: (
            _("covered"),
            _("A complete figure stands behind the exchange, or it is an emission with a GWP."),
            _("Nothing."),
        ),
        Cover.INCOMPLETE: (
            _("supplier incomplete"),
            _("Its supplier's own chain lacks an input: at least what is known is counted."),
            _("Close the gap upstream: it is one of the inputs without a supplier."),
        ),
        Cover.UNDIVIDED: (
            _("not divided"),
            _("It counts in the total, but its supplier does not say how much of it is of this kind."),
            _("Ask the source for the split by kind, or take a dataset that has it."),
        ),
        Cover.UNCHARACTERISED: (
            _("gas without GWP"),
            _("A greenhouse gas for which no GWP is at hand: it is not counted."),
            _("Name the gas by its CAS number and give its amount as a mass."),
        ),
        Cover.UNLINKED: (
            _("no supplier"),
            _("Nothing supplies it: what it carries is unknown, not zero."),
            _("Bring a dataset that makes it, choose one of several, or let another database fill the gap."),
        ),
        Cover.REFUSED: (
            _("no answer"),
            _("Its process, or its supplier, has no figure: a loop without an answer, no reference, no shares."),
            _("Mend the processes that the findings name; all that depends on them is then calculated."),
        ),
    }
