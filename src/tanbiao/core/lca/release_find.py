"""Where a release is found: by path, in the data directory, in the user's cache, in the package; always by hash."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release

SUFFIX = ".tbr"
DEFAULT = "starter-2026.2"
"""What a study takes that names no release: the newest of the package. Older ones stay, so that results replay."""


def _cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tanbiao" / "releases"


def _packaged() -> Path:
    return Path(str(resources.files("tanbiao.data.releases")))


def _folders(data_dir: Path | str | None) -> Iterator[Path]:
    if data_dir is not None:
        yield Path(data_dir) / "releases"
    yield _cache_dir()
    yield _packaged()


@lru_cache(maxsize=1)
def pinned_hashes() -> dict[str, str]:
    """Return release name → hash for the releases that this version of the package knows."""
    pins: dict[str, str] = json.loads((_packaged() / "pins.json").read_text(encoding="utf-8"))
    return pins


@lru_cache(maxsize=8)
def _opened(path: str, _stamp: tuple[int, int]) -> Release:
    return Release.open(path)


def _open(path: Path) -> Release:
    """Open a release once per process; a file that was replaced is opened again."""
    stamp = path.stat()
    return _opened(str(path), (stamp.st_mtime_ns, stamp.st_size))


def find_release(name: str = DEFAULT, *, data_dir: Path | str | None = None) -> Release:
    """Return a release, checked by hash.

    Parameters
    ----------
    name
        A path to a release file; a name such as ``starter-2026.2``; or ``name@sha256:…`` to pin its hash.
    data_dir
        The platform's data directory, searched (``releases/``) before the user's cache and the package.

    Raises
    ------
    TanbiaoError
        ``release_not_found``, or a hash that differs from the pinned one.
    """
    wanted, _, pin = name.partition("@")
    as_path = Path(wanted)
    if as_path.suffix == SUFFIX and as_path.is_file():
        release = _open(as_path)
        release.require_hash(pin or None)
        return release
    if wanted.startswith(".") or "/" in wanted or "\\" in wanted:
        raise TanbiaoError.of("release_not_found", name=name)
    for folder in _folders(data_dir):
        candidate = folder / f"{wanted}{SUFFIX}"
        if candidate.is_file():
            release = _open(candidate)
            release.require_hash(pin or pinned_hashes().get(wanted))
            return release
    raise TanbiaoError.of("release_not_found", name=name)


def list_releases(data_dir: Path | str | None = None) -> list[Release]:
    """Return every release that :func:`find_release` could find, by name; a damaged file raises."""
    found: dict[str, Release] = {}
    for folder in _folders(data_dir):
        for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
            found.setdefault(path.stem, find_release(path.stem, data_dir=data_dir))
    return [found[name] for name in sorted(found)]
