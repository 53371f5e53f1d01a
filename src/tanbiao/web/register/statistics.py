"""Open statistics of the register: how many there are, by state, category, region, body and month.

Everything counted is a published entry, so a small count gives nothing away that its entry does not say. What is not
published (stages without consent, production of holders who keep it to themselves) is in no sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from tanbiao.core.kinds.model import ENTRY_KINDS
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid
from tanbiao.web.register import finding, show, words
from tanbiao.web.register.models import Entry, Production, Tally

BY = ("state", "category", "region", "body", "scheme", "grade", "month", "kind")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what it is by, and its lines of code and number, the most frequent first (months in their order)."""

    by: str
    lines: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """The sum of the lines."""
        return sum(n for _, n in self.lines)


def table(actor: Actor, by: str, *, kind: str = "certified", state: str = "") -> Table:  # noqa: ARG001 (public)
    """Return a table.

    Raises
    ------
    Invalid
        ``statistics_unknown``
    """
    if by not in BY:
        raise Invalid.of("statistics_unknown", "by", known=", ".join(BY))
    rows = Tally.objects.all()
    if kind and by != "kind":
        rows = rows.filter(kind=kind)
    if state and by != "state":
        rows = rows.filter(state=state)
    sums = [(code, n) for code, n in rows.values_list(by).annotate(n=Sum("n")).order_by(by) if n]
    ordered = sums if by == "month" else sorted(sums, key=lambda item: (-item[1], item[0]))
    return Table(by, tuple(ordered))


@dataclass(frozen=True, slots=True)
class Covered:
    """Emissions that figures cover in a year: value × yearly production, of entries in force that state it."""

    kind: str
    year: int
    entries: int
    tonnes: Decimal
    """t CO2e; figures of different rules, so a rough measure of reach and no inventory."""


TONNES = {"g CO2e": Decimal("1e-6"), "kg CO2e": Decimal("1e-3"), "t CO2e": Decimal(1)}


def covered(actor: Actor) -> list[Covered]:  # noqa: ARG001 (public)
    """Return the emissions covered by kind and year of production; kinds are never added up."""
    stated = {row.number: row for row in Production.objects.all()}
    rows = (
        Entry.objects.filter(number__in=stated, state="valid")
        .exclude(kind__in=ENTRY_KINDS.values())
        .values_list("number", "kind", "record")
    )
    sums: dict[tuple[str, int], tuple[int, Decimal]] = {}
    for number, kind, record in rows:
        factor = TONNES.get(record["unit"].partition("/")[0])
        if factor is None:
            continue
        one, key = stated[number], (kind, stated[number].year)
        n, tonnes = sums.get(key, (0, Decimal(0)))
        sums[key] = (n + 1, tonnes + Decimal(record["value"]) * Decimal(one.amount) * factor)
    return [Covered(kind, year, n, tonnes) for (kind, year), (n, tonnes) in sorted(sums.items())]


def in_force(actor: Actor, kind: str) -> int:  # noqa: ARG001 (public)
    """Return how many entries of a kind are in force: what the coverage is a part of."""
    return Tally.objects.filter(kind=kind, state="valid").aggregate(n=Sum("n"))["n"] or 0


def names(by: str, codes: list[str]) -> Callable[[str], str]:
    """Return how the codes of a table read in the reader's language."""
    if by == "state":
        return show.state_name
    if by == "category":
        return show.category_name
    if by == "kind":
        return lambda code: str(words.KIND_WORDS.get(code, code))
    if by == "body":
        known = finding.body_names(codes)
        return lambda code: known[code].zh if code in known else code
    return lambda code: code
