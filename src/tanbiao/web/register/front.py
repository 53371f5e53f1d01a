"""What is served before Django: published pages and status lists, to visitors without a name.

A page that was rendered when something was published is one look-up by key, and a status list is a file; neither needs
a session, a template or a middleware. Whatever is not as plain as that (a signed-in reader, a query, a page that is not
kept, a list that is about to be called old) goes on to Django, which answers the same.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import Lang
from tanbiao.web import clock, language
from tanbiao.web.security import policy_headers

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]
Headers = list[tuple[str, str]]

STATUS_TYPE = "application/vc+jwt"
STATUS_HEADERS = (("Cache-Control", "public, max-age=60"), ("Access-Control-Allow-Origin", "*"))
FRESH_SECONDS = 12 * 3600
PAGES = {"/p/": "product", "/c/": "certificate"}


class Front:
    """The WSGI application that stands before another."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind
        self._files: dict[Path, tuple[int, float, bytes, str]] = {}
        policy = list(policy_headers().items())
        self._page_headers: Headers = [
            *policy,
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-cache"),
            ("Vary", "Accept-Language, Cookie, Accept-Encoding"),
        ]
        self._status_headers: Headers = [*policy, ("Content-Type", STATUS_TYPE), *STATUS_HEADERS]

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer, or hand on."""
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") in ("GET", "HEAD") and not environ.get("QUERY_STRING"):
            found = None
            if path[:3] in PAGES and settings.SESSION_COOKIE_NAME not in environ.get("HTTP_COOKIE", ""):
                found = self._page(path, environ)
            elif path.startswith("/status/"):
                found = self._list(path)
            if found is not None:
                return _answer(environ, start, *found)
        return self._behind(environ, start)

    def _page(self, path: str, environ: dict[str, Any]) -> tuple[bytes, str, Headers] | None:
        number = path[3:]
        if not number or "/" in number or len(number) > 64:
            return None
        lang = _language(environ.get("HTTP_COOKIE", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        row = _look_up(f"{settings.TANBIAO_VERSION}:{lang}:{PAGES[path[:3]]}/{number}")
        if row is None:
            return None
        headers = [*self._page_headers, ("Content-Language", "en" if lang == "en" else "zh-Hans")]
        packed = bytes(row[0])
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return packed, row[1], [*headers, ("Content-Encoding", "gzip")]
        return gzip.decompress(packed), row[1], headers

    def _list(self, path: str) -> tuple[bytes, str, Headers] | None:
        purpose, _, shard = path.removeprefix("/status/").partition("/")
        if purpose not in ("revocation", "suspension") or not (shard == "" or (shard.isdecimal() and len(shard) < 9)):
            return None
        file = Path(settings.TANBIAO_DATA, "public", "status", purpose, f"{int(shard or 0)}.jwt")
        try:
            said = os.stat(file)
        except OSError:
            return None
        if clock.wall().timestamp() - said.st_mtime > FRESH_SECONDS:
            return None
        kept = self._files.get(file)
        if kept is None or kept[:2] != (said.st_ino, said.st_mtime):
            data = file.read_bytes()
            kept = self._files[file] = (said.st_ino, said.st_mtime, data, hash_bytes(data))
        return kept[2], kept[3], self._status_headers


@lru_cache(maxsize=1024)
def _language(cookies: str, accepted: str) -> Lang:
    """Return the reader's language as Django's middleware would choose it."""
    request = HttpRequest()
    request.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    try:
        request.COOKIES = {name: morsel.value for name, morsel in SimpleCookie(cookies).items()}
    except CookieError:
        request.COOKIES = {}
    return "en" if language.choose(request) == "en" else "zh"


def _look_up(key: str) -> tuple[bytes, str] | None:
    """Return page and ETag; a database that does not answer is Django's to report."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT packed, etag FROM register_snapshot WHERE key = %s", [key])
            row = cursor.fetchone()
    except DatabaseError:
        connection.close()
        return None
    return None if row is None else (row[0], row[1])


def _answer(environ: dict[str, Any], start: Start, data: bytes, etag: str, headers: Headers) -> Iterable[bytes]:
    quoted = f'"{etag}"'
    tagged = [*headers, ("ETag", quoted)]
    asked = environ.get("HTTP_IF_NONE_MATCH", "")
    if asked and quoted in [item.strip().removeprefix("W/") for item in asked.split(",")]:
        start("304 Not Modified", [item for item in tagged if item[0] not in ("Content-Type", "Content-Encoding")])
        return []
    start("200 OK", [*tagged, ("Content-Length", str(len(data)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]
