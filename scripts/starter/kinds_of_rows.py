"""The kind and boundary of a row: ``kinds_of_sources.csv``, first match wins; a row that matches none is left out."""

from __future__ import annotations

from functools import cache

from starter.tables import Row, read_table


@cache
def _rules() -> list[Row]:
    return read_table("kinds_of_sources.csv")


def kind_of(row: Row) -> tuple[str, str, str] | str:
    """Return (kind, boundary, note), or the reason why the row is left out."""
    text = f"{row['name_en']} {row.get('name_orig', '')}"
    for rule in _rules():
        if not row["source"].startswith(rule["source_starts_with"]):
            continue
        if not row["category"].startswith(rule["category_starts_with"]):
            continue
        if rule["name_contains"] and rule["name_contains"] not in text:
            continue
        if rule["kind"] == "leave_out":
            return rule["note"]
        return rule["kind"], rule["boundary"], rule["note"]
    return "no rule of kinds_of_sources.csv matches its source and category"
