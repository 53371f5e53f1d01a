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
``TANBIAO_WITNESSES``     list of the witnesses that co-sign the log's checkpoints      ``witnesses`` in the data
                                                                                        folder, if it is there
``TANBIAO_ALLOWED_HOSTS`` host names answered, with commas                              ``*`` over plain http
``TANBIAO_IIID_RESOLVER`` address with ``{id}`` where identifiers of the industrial     off
                          Internet that are unknown here are asked for
``TANBIAO_OPEN_LICENCE``  licence of the open data (SPDX)                               CC-BY-4.0
``TANBIAO_OUTGOING``      networks of one's own that web hooks may call, with commas    none: public addresses only
``TANBIAO_MAIL``          how mail leaves: ``smtp://user:password@host:587``,           off; the demonstration:
                          ``smtps://…``, or ``console`` (written to the terminal)       ``console``
``TANBIAO_MAIL_FROM``     sender of the mails                                           ``tanbiao@`` the base URL's host
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
from urllib.parse import unquote, urlsplit

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
LOCK_TIMEOUT_SECONDS = 20
MAIL_TIMEOUT_SECONDS = 20


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
    iiid_resolver: str = ""
    open_licence: str = "CC-BY-4.0"
    outgoing: tuple[str, ...] = ()
    witnesses: str = ""
    mail: str = ""
    mail_from: str = ""

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
            iiid_resolver=environ.get("TANBIAO_IIID_RESOLVER", "").strip(),
            open_licence=environ.get("TANBIAO_OPEN_LICENCE", "").strip() or "CC-BY-4.0",
            outgoing=tuple(net.strip() for net in environ.get("TANBIAO_OUTGOING", "").split(",") if net.strip()),
            witnesses=environ.get("TANBIAO_WITNESSES", "").strip(),
            mail=environ.get("TANBIAO_MAIL", "").strip(),
            mail_from=environ.get("TANBIAO_MAIL_FROM", "").strip(),
        )


def mail(surroundings: Environment) -> dict[str, Any]:
    """Return Django's settings of how mail leaves: not at all, to the terminal, or to a server.

    Raises
    ------
    ValueError
        ``TANBIAO_MAIL`` is none of these: a platform whose mail silently stays at home would be worse.
    """
    wanted = surroundings.mail or ("console" if surroundings.demo else "off")
    parts = urlsplit(wanted)
    host = urlsplit(surroundings.base_url).hostname or "localhost"
    backends = {"off": "dummy", "console": "console", "smtp": "smtp", "smtps": "smtp"}
    kind = backends.get(parts.scheme or wanted)
    if kind is None or (kind == "smtp" and not parts.hostname):
        raise ValueError("TANBIAO_MAIL is off, console, smtp://user:password@host:port or smtps://…")
    settings: dict[str, Any] = {
        "EMAIL_BACKEND": f"django.core.mail.backends.{kind}.EmailBackend",
        "DEFAULT_FROM_EMAIL": surroundings.mail_from or f"tanbiao@{host}",
    }
    if kind == "smtp":
        secure = parts.scheme == "smtps"
        settings |= {
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or (465 if secure else 587),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": secure,
            # A server on this very machine needs no cipher; any other is spoken to in one.
            "EMAIL_USE_TLS": not secure and parts.hostname not in ("localhost", "127.0.0.1", "::1"),
            "EMAIL_TIMEOUT": MAIL_TIMEOUT_SECONDS,
        }
    return settings


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
