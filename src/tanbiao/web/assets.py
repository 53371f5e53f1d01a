"""Static files with their content's hash in the address, so that a browser never shows yesterday's style."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def _version(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        return ""
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]


class VersionedStorage(StaticFilesStorage):
    """Adds ``?v=<hash>`` to the address of a static file; files are served as they lie in the package."""

    def url(self, name: str | None) -> str:
        """Return the address of a static file."""
        plain = super().url(name)
        version = _version(name) if name else ""
        return f"{plain}?v={version}" if version else plain
