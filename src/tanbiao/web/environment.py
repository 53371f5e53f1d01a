"""What the service reads from its environment, in one place: each variable with its meaning and default.

========================= ============================================================= ==========================
variable                  meaning                                                       default
========================= ============================================================= ==========================
``DATABASE_URL``          ``postgres://…`` or ``sqlite:///…``                           SQLite in ``TANBIAO_DATA``
``TANBIAO_DATA``          folder of database, blobs, keys and the secret key            ``./tanbiao-data``
``TANBIAO_BASE_URL``      address printed in QR codes, credentials and the log's name   ``http://127.0.0.1:8000``
``TANBIAO_DEMO``          ``1``: everything says 演示 DEMO                              off
``TANBIAO_OPERATOR_ZH``   who runs this platform, for the footer                        a sentence that says unset
``TANBIAO_OPERATOR_EN``   the same in English
``TANBIAO_SECRET_KEY``    signs sessions                                                made once in the data folder
``TANBIAO_SIGNER``        who signs certificates: ``process`` (beside the worker),       this process;
                          or the folder of a signer that its operator runs              ``serve``: ``process``
``TANBIAO_ALLOWED_HOSTS`` host names answered, with commas                              ``*`` over plain http
``TANBIAO_DEBUG``         ``1``: Django's debug mode, for developers only               off
========================= ============================================================= ==========================
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
LOCK_TIMEOUT_SECONDS = 20


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Whether a variable is switched on (``1``, ``true``, ``yes``, ``on``, in any case)."""
    return environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


@dataclass(frozen=True, slots=True)
class Environment:
    """The service's surroundings, read once at start."""

    data: Path
    base_url: str
    demo: bool
    debug: bool
    operator_zh: str
    operator_en: str
    allowed_hosts: tuple[str, ...]
    database_url: str
    signer: str = ""

    @property
    def is_https(self) -> bool:
        """Whether visitors come by https: then, and only then, cookies are marked secure."""
        return urlsplit(self.base_url).scheme == "https"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Environment:
        """Read the variables of the module's table."""
        base_url = environ.get("TANBIAO_BASE_URL", "").strip().rstrip("/") or "http://127.0.0.1:8000"
        hosts = tuple(host.strip() for host in environ.get("TANBIAO_ALLOWED_HOSTS", "").split(",") if host.strip())
        if not hosts:
            host = urlsplit(base_url).hostname or "127.0.0.1"
            hosts = (host, "127.0.0.1", "localhost") if base_url.startswith("https:") else ("*",)
        return cls(
            data=Path(environ.get("TANBIAO_DATA", "").strip() or "tanbiao-data").absolute(),
            base_url=base_url,
            demo=flag(environ, "TANBIAO_DEMO"),
            debug=flag(environ, "TANBIAO_DEBUG"),
            operator_zh=environ.get("TANBIAO_OPERATOR_ZH", "").strip(),
            operator_en=environ.get("TANBIAO_OPERATOR_EN", "").strip(),
            allowed_hosts=hosts,
            database_url=environ.get("DATABASE_URL", "").strip(),
            signer=environ.get("TANBIAO_SIGNER", "").strip(),
        )


def sqlite(path: str) -> dict[str, Any]:
    """Return the settings under which no concurrent write of SQLite fails with "database is locked"."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": LOCK_TIMEOUT_SECONDS,
            "init_command": SQLITE_PRAGMAS,
        },
    }


def database(url: str, data: Path) -> dict[str, Any]:
    """Return Django's settings of the one database: that of ``url``, else SQLite in the data folder."""
    if not url:
        return sqlite(str(data / "tanbiao.sqlite3"))
    import dj_database_url

    parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    if parsed["ENGINE"] == "django.db.backends.sqlite3":
        return sqlite(str(parsed["NAME"]))
    parsed |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
    return parsed


def secret_key(data: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return the key that signs sessions: from the environment, else made once in the data folder (mode 0600).

    Two processes that start together agree: the file is created exclusively and the loser reads the winner's.
    """
    given = environ.get("TANBIAO_SECRET_KEY", "").strip()
    if given:
        return given
    path = data / "secret.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        draft = data / f"secret.key.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
