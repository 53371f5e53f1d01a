"""The wide table of inputs folded for a page: what belongs together in one cell, sources by number and listed once."""

from __future__ import annotations

from dataclasses import dataclass, field

from tanbiao.core.findings import Lang
from tanbiao.documents.report.content import Cell, Column, Figure, Table
from tanbiao.documents.words import word


@dataclass(slots=True)
class _Cited:
    """Sources in the order of their first use, each with a number."""

    letter: str
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def mark(self, source: str, licence: str = "") -> str:
        """Return the mark of a source, "" for none."""
        if not source:
            return ""
        return f"{self.letter}{self.numbers.setdefault((source, licence), len(self.numbers) + 1)}"


def _shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Figure) else cell


def _joined(cells: tuple[Cell, ...], *places: int, by: str = " · ") -> str:
    return by.join(shown for shown in (_shown(cells[place]) for place in places) if shown)


def fold(table: Table, lang: Lang) -> tuple[Table, Table]:
    """Return the inputs (of :func:`tanbiao.documents.report.results.inputs`) in nine columns, and the sources cited."""
    columns = (
        Column(table.columns[0].heading, 0.7),
        Column(table.columns[1].heading, 2.4),
        Column(f"{word('c.stage', lang)} · {word('c.kind', lang)}", 1.7),
        Column(table.columns[4].heading, 1.3, figures=True),
        Column(table.columns[6].heading, 1.8, figures=True),
        Column(table.columns[8].heading, 1.2, figures=True),
        Column(table.columns[9].heading, 0.8, figures=True),
        Column(f"{word('c.dataset', lang)} · {word('c.version', lang)}", 4.0),
        Column(word("c.sources", lang), 1.4),
    )
    amounts, factors = _Cited("A"), _Cited("F")
    rows = tuple(_row(row, lang, amounts, factors) for row in table.rows)
    total: tuple[Cell, ...] | None = None
    if table.total is not None:
        total = (table.total[0], "", "", "", "", table.total[8], "", "", "")
    folded = Table(table.key, table.title, columns, rows, total, table.note, wide=True, summed=5)
    return folded, _cited(amounts, factors, lang)


def _row(row: tuple[Cell, ...], lang: Lang, amounts: _Cited, factors: _Cited) -> tuple[Cell, ...]:
    name = _joined(row, 1) + (f" [{word('c.stand_in', lang)}]" if row[14] else "")
    process = _shown(row[19]).rpartition(" → ")[2]
    marks = (amounts.mark(_shown(row[16])), factors.mark(_shown(row[17]), _shown(row[18])), _shown(row[15]))
    return (
        row[0],
        f"{name} ({process})" if process else name,
        _joined(row, 2, 3),
        Figure(None, _joined(row, 4, 5, by=" ")),
        Figure(None, _joined(row, 6, 7, by=" ")),
        row[8],
        row[9],
        _joined(row, 10, 11, 12, 13) + (f" · {_shown(row[18])}" if row[18] and not row[17] else ""),
        " · ".join(mark for mark in marks if mark),
    )


def _cited(amounts: _Cited, factors: _Cited, lang: Lang) -> Table:
    columns = (
        Column(word("c.key", lang), 0.5),
        Column(word("c.used_for", lang), 0.8),
        Column(word("c.title", lang), 5.0),
        Column(word("c.licence", lang), 2.6),
    )
    rows: list[tuple[Cell, ...]] = []
    for cited, use in ((amounts, "used.amount"), (factors, "used.factor")):
        for (source, licence), number in cited.numbers.items():
            rows.append((f"{cited.letter}{number}", word(use, lang), source, licence))
    return Table("cited", word("t.cited", lang), columns, tuple(rows), wide=True)
