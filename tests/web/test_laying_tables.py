"""An empty database gets its tables at once, and they are those that the migrations make one after another."""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands.migrate import Command as StepByStep
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from tanbiao.web.management.commands import migrate

ALIEN = "auth_group_permissions"
"""Django's own table, unused here: its numbers are int at once and bigint step by step."""
POSTGRES = os.environ.get("TANBIAO_TEST_POSTGRES_URL", "")
_OF_POSTGRES = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity, "
    "is_generated, generation_expression FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT tablename, regexp_replace(indexdef, 'INDEX .* ON', 'INDEX ON') FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
)


def _schema(database: Any) -> set[str]:
    """Return what stands in a database, without the order of columns and without generated names."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            found = set()
            for query in _OF_POSTGRES:
                cursor.execute(query)
                found |= {repr(row) for row in cursor.fetchall()}
            return found
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        return {f"{name}: {part!r}" for name, sql in cursor.fetchall() for part in _parts(name, sql, cursor)}


def _parts(table: str, sql: str, cursor: Any) -> list[Any]:
    """Return the parts of an SQLite table: columns, foreign keys, indexes with their columns, checks."""
    cursor.execute(f'PRAGMA table_xinfo("{table}")')
    parts = [("column", *row[1:]) for row in cursor.fetchall()]
    cursor.execute(f'PRAGMA foreign_key_list("{table}")')
    parts += [("foreign key", *row[2:]) for row in cursor.fetchall()]
    cursor.execute(f'PRAGMA index_list("{table}")')
    for _, name, unique, origin, partial in cursor.fetchall():
        cursor.execute(f'PRAGMA index_info("{name}")')
        columns = [row[2] for row in cursor.fetchall()]
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s AND sql <> ''", [name])
        made = cursor.fetchone()
        parts.append(("index", unique, origin, partial, columns, made[0].partition(" WHERE ")[2] if made else ""))
    return parts + [("check", _bracketed(part)) for part in sql.split(" CHECK ")[1:]]


def _bracketed(text: str) -> str:
    """Return the bracketed expression that a text begins with."""
    depths = itertools.accumulate((character == "(") - (character == ")") for character in text)
    return text[: next(place for place, depth in enumerate(depths, 1) if not depth)]


def _on_the_server(statement: str) -> None:
    if POSTGRES:
        import psycopg

        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(statement)  # type: ignore[call-overload]


@pytest.fixture
def two_empty_databases(tmp_path: Path, django_db_blocker: Any) -> Any:
    """Yield the aliases of two databases with nothing in them."""
    aliases = [f"empty_{secrets.token_hex(3)}" for _ in range(2)]
    with django_db_blocker.unblock():
        for alias in aliases:
            name = alias if POSTGRES else str(tmp_path / f"{alias}.sqlite3")
            _on_the_server(f'CREATE DATABASE "{alias}"')
            connections.settings[alias] = connections.settings["default"] | {"NAME": name}
        try:
            yield aliases
        finally:
            for alias in aliases:
                connections[alias].close()
                del connections[alias], connections.settings[alias]
                _on_the_server(f'DROP DATABASE "{alias}" WITH (FORCE)')


def test_tables_laid_at_once_are_those_made_step_by_step(two_empty_databases: list[str]) -> None:
    at_once, stepwise = two_empty_databases
    call_command("migrate", database=at_once, verbosity=0, interactive=False)
    call_command(StepByStep(), database=stepwise, verbosity=0, interactive=False)
    laid, made = _schema(connections[at_once]), _schema(connections[stepwise])
    assert [part for part in sorted(laid ^ made) if ALIEN not in part] == []
    assert len(laid) > 1000
    noted = [set(MigrationRecorder(connections[alias]).applied_migrations()) for alias in two_empty_databases]
    assert noted[0] == noted[1]


def test_a_start_that_is_cut_off_leaves_an_empty_database(
    two_empty_databases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alias, _ = two_empty_databases

    def cut(recorder: Any, app: str, name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrate.MigrationRecorder, "record_applied", cut)
        with pytest.raises(KeyboardInterrupt):
            call_command("migrate", database=alias, verbosity=0, interactive=False)
    assert connections[alias].introspection.table_names() == []
    call_command("migrate", database=alias, verbosity=0, interactive=False)
    assert "register_entry" in connections[alias].introspection.table_names()


def test_the_command_line_still_shows_and_reverts_single_steps(tmp_path: Path) -> None:
    surroundings = os.environ | {"TANBIAO_DATA": str(tmp_path), "DATABASE_URL": ""}
    surroundings["DJANGO_SETTINGS_MODULE"] = "tanbiao.web.settings"
    asked = [sys.executable, "-m", "django", "migrate", "contenttypes", "--plan"]
    answer = subprocess.run(asked, env=surroundings, capture_output=True, text=True, check=True)
    assert "contenttypes.0001_initial" in answer.stdout
