"""Shared test surroundings: a data folder and a database of their own (SQLite file, or PostgreSQL by environment).

``TANBIAO_TEST_POSTGRES_URL`` (or ``DATABASE_URL``) runs the same suite on PostgreSQL. Every process makes its own
database, so runs side by side and under xdist never meet.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import settings as hypothesis_settings

import empty_platform
from tanbiao.web import environment

EXAMPLES_PIN = "starter-2026.1"
"""The release that the examples pin; the newest of the package is the default for new studies."""
# No test is timed: on a shared machine any example may take long.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

_POSTGRES_URL = os.environ.get("TANBIAO_TEST_POSTGRES_URL", "")
if _POSTGRES_URL:
    settings.DATABASES["default"] = environment.database(_POSTGRES_URL, Path("."))
    connections.__dict__.pop("settings", None)
    if hasattr(connections._connections, "default"):
        delattr(connections._connections, "default")


OWN_SITES = ("test_certificate_life_in_browser.py", "test_desks_from_empty.py", "test_rule_journey_in_browser.py")
"""Browser tests that begin a platform of their own; all others share one, whose world takes long to make."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin soon, so that processes end together, and all pages be seen before the journeys.

    First what needs a process in which nothing has happened: no browser's driver is running, and the log is empty.
    """
    order = ("/test_verify_page", "/web/ledger/", "/browser/test_pages", "/browser/", "/web/test_", "/cli/", "/web/")
    items.sort(key=lambda item: next((rank for rank, part in enumerate(order) if part in item.nodeid), len(order)))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, half a million objects that live to the end, out of garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send a file to one process (``--dist loadfile``), and what shares the browsers' platform to one as well."""
    from xdist.scheduler import LoadFileScheduling

    class ByPlatform(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            own = "/browser/" not in file or file.endswith(OWN_SITES)
            return file if own else "browser"

    return ByPlatform(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def test_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the run its own data folder, a fixed key and a fast password hash."""
    folder = tmp_path_factory.mktemp("tanbiao-data")
    settings.TANBIAO_DATA = folder
    os.environ["TANBIAO_PLAN_FOLDER"] = str(folder / "plans")
    settings.SECRET_KEY = "only-for-tests"
    settings.TANBIAO_BASE_URL = "http://testserver"
    settings.CSRF_TRUSTED_ORIGINS = ["http://testserver"]
    settings.ALLOWED_HOSTS = ["*"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    return folder


@pytest.fixture(autouse=True)
def signs_afresh(test_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test's certificates have their numbers for themselves, and no test wait for the next checkpoint.

    A test's database is rolled back; the signer's journal, which forgets nothing, is another one.
    """
    from datetime import timedelta

    from tanbiao.web.ledger import sequencer

    (test_site / "signer" / "journal.sqlite3").unlink(missing_ok=True)
    monkeypatch.setattr(sequencer, "SIGN_EVERY", timedelta(0))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """Name the test database: a file with the real settings, or a PostgreSQL database of this process."""
    database = connections.settings["default"]
    test: dict[str, Any] = database.setdefault("TEST", {})
    if "postgresql" in database["ENGINE"]:
        test["NAME"] = f"test_tanbiao_{os.getpid()}"
    else:
        folder = tmp_path_factory.mktemp("database")
        empty_platform.lay(tmp_path_factory, folder)
        test["NAME"] = str(folder / empty_platform.DATABASE)
        request.config.option.reuse_db = True
        # Tests of crash safety start their own processes; here no power fails.
        database["OPTIONS"]["init_command"] = environment.SQLITE_PRAGMAS.replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(scope="session", autouse=True)
def emptying_lifts_triggers() -> Iterator[None]:
    """Let Django empty the tables after a transactional test: append-only triggers come off and are made again."""
    original: Callable[..., Any] = BaseDatabaseOperations.execute_sql_flush

    def flush(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        from tanbiao.web.ledger import triggers

        triggers.drop(self.connection)
        original(self, sql_list)
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.execute("INSERT INTO web_search_fts (web_search_fts) VALUES ('delete-all')")
            else:
                cursor.execute("DELETE FROM web_search_fts")

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture
def laid_platform(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Return what puts an empty platform's migrated SQLite database into a data folder."""
    return lambda folder: empty_platform.lay(tmp_path_factory, folder)


@pytest.fixture
def world(db: None) -> Any:
    """Return two enterprises, two certification bodies, an authority and an operator with people of every role."""
    from factories import World

    return World.make()


@pytest.fixture(scope="session")
def _starter_once(django_db_setup: None, django_db_blocker: Any) -> None:
    """Install the starter release once for the whole run: indexing 5,500 datasets takes seconds."""
    from factories import SYSTEM
    from tanbiao.web.factors import commands

    with django_db_blocker.unblock():
        commands.install_release(SYSTEM, name=EXAMPLES_PIN)


@pytest.fixture
def starter(_starter_once: None, db: None) -> Any:
    """Return the installed starter release (made again where a transactional test emptied the tables)."""
    from factories import SYSTEM
    from tanbiao.web.factors import commands

    return commands.install_release(SYSTEM, name=EXAMPLES_PIN)
