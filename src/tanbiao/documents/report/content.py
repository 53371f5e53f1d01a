"""The parts a report is made of, apart from how it is shown: one content, three forms (HTML, PDF, Excel)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the text it is written as; ``value`` is None where only words can be given."""

    value: float | None
    shown: str


Cell = str | Figure


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, width relative to the others, and whether it holds figures (set to the right)."""

    heading: str
    weight: float = 1.0
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with an optional last row of totals and a note under it.

    Parameters
    ----------
    key
        Stable name (``stages``, ``inputs``), which is also the Excel sheet's.
    wide
        Whether it wants a page on its side.
    summed
        Index of the column whose figures add up to the last row; None if no column does.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: str = ""
    wide: bool = False
    summed: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and text pairs."""

    key: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences; ``strong`` ones must not be overlooked."""

    lines: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture; the table with the same figures follows it.

    ``wide`` is its width as a share of the line; a ``broad`` one has a page on its side.
    """

    key: str
    svg: str
    wide: float = 0.75
    broad: bool = False


Block = Table | Facts | Words | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the report."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report in one language."""

    lang: str
    title: str
    product: str
    standing: str
    headline: str
    unit: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())

    def tables(self) -> list[Table]:
        """Return every table in reading order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Table)]
