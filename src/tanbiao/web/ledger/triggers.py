"""Append-only by the database itself: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE.

A model with ``append_only = True`` keeps its rows as they were written; one that also names columns in
``changes_in`` lets those be written again (whether a version is its dataset's newest) and nothing else.

Triggers vanish when Django's SQLite schema editor rebuilds a table, and PostgreSQL's row triggers miss TRUNCATE; so
they are created again after every migrate and looked for at start and by ``tanbiao fsck``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "append-only table"
_FUNCTION = """
CREATE OR REPLACE FUNCTION tanbiao_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME; END $$
"""
# It compares whole rows instead of naming columns, so that it covers a column added later and binds no column's type.
_FUNCTION_BUT = """
CREATE OR REPLACE FUNCTION tanbiao_refuse_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
    RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """One trigger: the table, the act it refuses, and of an UPDATE the columns that may change (none: no column)."""

    table: str
    act: str
    changes_in: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    """Where some may change: the columns that may not."""

    @property
    def name(self) -> str:
        """Its name in the database; other columns to hold are another trigger."""
        columns = hashlib.sha256(",".join(self.held).encode()).hexdigest()[:8] if self.held else ""
        return "_".join(filter(None, ("append_only", self.table, self.act, columns)))

    def statement(self, vendor: str) -> str:
        """Return the statement that creates it."""
        if vendor == "postgresql":
            each = "STATEMENT" if self.act == "truncate" else "ROW"
            free = ", ".join(f"'{column}'" for column in self.changes_in)
            call = f"tanbiao_refuse_but({free})" if free else "tanbiao_refuse()"
            return (
                f'CREATE TRIGGER "{self.name}" BEFORE {self.act.upper()} ON "{self.table}" '
                f"FOR EACH {each} EXECUTE FUNCTION {call}"
            )
        of = " OF " + ", ".join(f'"{column}"' for column in self.held) if self.held else ""
        return (
            f'CREATE TRIGGER "{self.name}" BEFORE {self.act.upper()}{of} ON "{self.table}" '
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL} {self.table}'); END"
        )


def guards(vendor: str) -> list[Guard]:
    """Return every trigger that should stand, by table."""
    acts = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    found = []
    for model in apps.get_models():
        if not getattr(model, "append_only", False):
            continue
        table, free = model._meta.db_table, tuple(getattr(model, "changes_in", ()))
        columns = [str(field.column) for field in model._meta.local_concrete_fields]
        held = tuple(sorted(column for column in columns if column not in free)) if free else ()
        found += [Guard(table, act, free, held) if act == "update" else Guard(table, act) for act in acts]
    return sorted(found, key=lambda one: one.name)


def existing(database: BaseDatabaseWrapper = connection) -> set[str]:
    """Return the names of the append-only triggers that stand and are enabled."""
    if database.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with database.cursor() as cursor:
        cursor.execute(query)
        return {str(row[0]) for row in cursor.fetchall() if str(row[0]).startswith("append_only_")}


def missing(database: BaseDatabaseWrapper = connection) -> list[str]:
    """Return the names of triggers that should stand and do not, for tables that exist."""
    return [guard.name for guard in _missing(database)]


def _missing(database: BaseDatabaseWrapper) -> list[Guard]:
    there = set(database.introspection.table_names())
    stand = existing(database)
    return [guard for guard in guards(database.vendor) if guard.table in there and guard.name not in stand]


def create(database: BaseDatabaseWrapper = connection) -> None:
    """Create every missing trigger."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(_FUNCTION)
            cursor.execute(_FUNCTION_BUT)
        for guard in _missing(database):
            cursor.execute(guard.statement(database.vendor))


def drop(database: BaseDatabaseWrapper = connection) -> None:
    """Remove every trigger; only for emptying a test database."""
    stand = existing(database)
    with database.cursor() as cursor:
        for guard in guards(database.vendor):
            if guard.name in stand:
                on = f' ON "{guard.table}"' if database.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{guard.name}"{on}')


def after_migrate(using: str, **_: Any) -> None:
    """Handle Django's ``post_migrate``; it comes once per application and does its work at the first."""
    create(connections[using])
