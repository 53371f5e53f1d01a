"""What depends on the place of installation: database settings, the secret key, hosts and cookies; migrations."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from tanbiao.web import environment


def test_sqlite_gets_the_settings_under_which_no_write_is_lost(tmp_path: Path) -> None:
    made = environment.database("", tmp_path)
    assert made["NAME"] == str(tmp_path / "tanbiao.sqlite3")
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert made["OPTIONS"]["timeout"] == 20
    assert "journal_mode=WAL" in made["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in made["OPTIONS"]["init_command"]
    assert made["CONN_MAX_AGE"] is None
    assert made["ATOMIC_REQUESTS"] is False


def test_postgresql_keeps_its_connections(tmp_path: Path) -> None:
    made = environment.database("postgres://tanbiao:x@db.example:5433/tanbiao", tmp_path)
    assert made["ENGINE"] == "django.db.backends.postgresql"
    assert (made["HOST"], made["PORT"], made["CONN_MAX_AGE"]) == ("db.example", 5433, None)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: environment.secret_key(tmp_path, {}), range(16)))
    assert len(keys) == 1
    path = tmp_path / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]
    assert environment.secret_key(tmp_path, {"TANBIAO_SECRET_KEY": "given"}) == "given"


def test_https_closes_the_hosts_and_http_serves_the_local_network() -> None:
    secure = environment.Environment.read({"TANBIAO_BASE_URL": "https://carbon.example/"})
    assert secure.is_https
    assert secure.base_url == "https://carbon.example"
    assert secure.allowed_hosts == ("carbon.example", "127.0.0.1", "localhost")
    plain = environment.Environment.read({"TANBIAO_DEMO": "1", "TANBIAO_BASE_URL": "http://192.168.1.7:8000"})
    assert not plain.is_https
    assert plain.demo
    assert plain.allowed_hosts == ("*",)


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_connection_really_has_its_settings() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        keys = cursor.execute("PRAGMA foreign_keys").fetchone()[0]
    assert (mode, keys) == ("wal", 1)
