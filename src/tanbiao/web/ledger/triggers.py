"""Append-only by the database itself: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE.

They vanish when Django's SQLite schema editor rebuilds a table, and PostgreSQL's row triggers miss TRUNCATE; so they
are created again after every migrate and looked for at start and by ``tanbiao fsck``.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "append-only table"
_FUNCTION = """
CREATE OR REPLACE FUNCTION tanbiao_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME; END $$
"""


def tables() -> list[str]:
    """Return the tables of all models marked ``append_only``, by name."""
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False))


def _acts(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _name(table: str, act: str) -> str:
    return f"append_only_{table}_{act}"


def _create(vendor: str, table: str, act: str) -> str:
    name = _name(table, act)
    if vendor == "postgresql":
        each = "STATEMENT" if act == "truncate" else "ROW"
        return (
            f'CREATE TRIGGER "{name}" BEFORE {act.upper()} ON "{table}" '
            f"FOR EACH {each} EXECUTE FUNCTION tanbiao_refuse()"
        )
    return (
        f'CREATE TRIGGER "{name}" BEFORE {act.upper()} ON "{table}" '
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL} {table}'); END"
    )


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
    there = set(database.introspection.table_names())
    stand = existing(database)
    wanted = [_name(table, act) for table in tables() if table in there for act in _acts(database.vendor)]
    return [name for name in wanted if name not in stand]


def create(database: BaseDatabaseWrapper = connection) -> None:
    """Create every missing trigger."""
    there = set(database.introspection.table_names())
    stand = existing(database)
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for table in tables():
            for act in _acts(database.vendor):
                if table in there and _name(table, act) not in stand:
                    cursor.execute(_create(database.vendor, table, act))


def drop(database: BaseDatabaseWrapper = connection) -> None:
    """Remove every trigger; only for emptying a test database."""
    owners = {_name(table, act): table for table in tables() for act in _acts(database.vendor)}
    with database.cursor() as cursor:
        for name in existing(database):
            on = f' ON "{owners[name]}"' if database.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')


def after_migrate(using: str, **_: Any) -> None:
    """Handle Django's ``post_migrate``; it comes once per application and does its work at the first."""
    create(connections[using])
