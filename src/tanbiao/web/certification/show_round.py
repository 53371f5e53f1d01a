"""What the page shows of a rectification: changed rows, old beside new, their effect, and the findings they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import queries, words
from tanbiao.web.certification.models import Case, Finding
from tanbiao.web.certification.rounds import Cell, RoundChange, RowChange, round_change


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A changed row with its words, and the findings of earlier rounds that are pinned to it."""

    change: RowChange
    kind: Promise
    cells: tuple[tuple[Promise, Cell], ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round of rectification as the page shows it."""

    change: RoundChange
    rows: tuple[ChangedRow, ...]
    unmoved: tuple[Finding, ...]
    """Findings pinned to a row that has not changed."""


def round_view(actor: Actor, case: Case) -> RoundView | None:
    """Return what this round changed; None in the first one."""
    change = round_change(case)
    if change is None:
        return None
    pinned: dict[str, list[Finding]] = {}
    for finding in queries.findings(actor, case.id):
        if finding.row and finding.round < case.round:
            pinned.setdefault(finding.row, []).append(finding)
    rows = tuple(
        ChangedRow(
            row,
            words.CHANGE_WORDS[row.kind],
            tuple((words.FIELD_WORDS[cell.field], cell) for cell in row.cells),
            tuple(pinned.get(row.row, ())),
        )
        for row in change.rows
    )
    moved = {row.row for row in change.rows}
    return RoundView(change, rows, tuple(item for row, items in pinned.items() if row not in moved for item in items))


def as_json(view: RoundView | None) -> dict[str, Any]:
    """Return the round for the API; kg CO2e per declared unit."""
    if view is None:
        return {"first_round": True, "old_total": None, "new_total": None, "effect": None, "rows": [], "unmoved": []}
    return {
        "first_round": False,
        "old_total": view.change.old_total,
        "new_total": view.change.new_total,
        "effect": view.change.effect,
        "rows": [
            {
                "row": row.change.row,
                "kind": row.change.kind,
                "old": row.change.old,
                "new": row.change.new,
                "effect": row.change.effect,
                "cells": [{"field": cell.field, "old": cell.old, "new": cell.new} for _, cell in row.cells],
                "findings": [item.number for item in row.findings],
            }
            for row in view.rows
        ],
        "unmoved": [item.number for item in view.unmoved],
    }
