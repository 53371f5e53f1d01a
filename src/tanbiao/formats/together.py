"""Which files belong together: what is dropped, sent or named at once, parted into what is read as one.

An archive is read alone and so is a folder, whatever is in it. Plain files go together by their format: ILCD processes
with their flows, a table with its mapping. A file whose content tells nothing goes with the files that end as it does,
else with the most files; where there are none it stands alone. Several files are packed into one archive that has the
same bytes whatever their order was, so that the same files again are the same content.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tanbiao.core import zip_guard
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.archive import LIMITS, Members
from tanbiao.formats.dataset_tables_read import table_of
from tanbiao.formats.detect import HEAD, family_of, kind_of

__all__ = ["Bundle", "bundle_of", "bundles", "groups"]

_TABLES: Final = "mapped-csv"
_OWN_TABLES: Final = "tanbiao-tables"
_WITH_A_MAPPING: Final = ("yaml", "yml", "csv", "tsv", "xlsx")
"""Endings of what belongs to a mapping though its first lines do not show it: a title above the header, a fault."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is read as one: a file or archive as it came, or several files packed."""

    label: str
    """What a person calls it: the file's or the folder's name, ``a.xml +3`` for several files."""
    data: bytes
    files: tuple[tuple[str, int], ...] = ()
    """Name and size in bytes of each file that was packed, by name; empty for one that is kept as it came."""


def groups(paths: Sequence[Path], format_name: str = "") -> list[tuple[Path, ...]]:
    """Return which paths are read as one; a path that is named twice counts once.

    Parameters
    ----------
    format_name
        The format that is asked for: all plain files are then read together in it.

    Raises
    ------
    TanbiaoError
        ``dataset_file_unreadable``, ``archive_too_large``.
    """
    whole: list[tuple[Path, ...]] = []
    plain: list[tuple[Path, str]] = []
    for path in dict.fromkeys(paths):
        if path.is_dir() or _is_archive_file(path):
            whole.append((path,))
        else:
            plain.append((path, _kind_of_file(path)))
    parted = _by_format([(path.name, kind) for path, kind in plain], format_name)
    return [*whole, *(tuple(plain[at][0] for at in chosen) for chosen in parted)]


def bundle_of(paths: Sequence[Path]) -> Bundle:
    """Return one of the :func:`groups` as it is brought; raises as :meth:`Members.open` does."""
    if len(paths) == 1 and not paths[0].is_dir():
        return Bundle(paths[0].name, _bytes_of(paths[0]))
    with Members.open(*sorted(paths, key=lambda path: (path.name, path.as_posix()))) as members:
        return _packed(members)


def bundles(files: Iterable[tuple[str, bytes]], format_name: str = "") -> list[Bundle]:
    """Return what files that were sent at once are read as.

    Parameters
    ----------
    files
        (name, content); the name of a file of a folder has the folder's before it, ``/`` between.
    format_name
        As in :func:`groups`.

    Raises
    ------
    TanbiaoError
        ``archive_unsafe``: a name leads out of its folder; ``import_name_twice``: two files of one name differ.
    """
    folders: dict[str, dict[str, bytes]] = {}
    loose: dict[str, bytes] = {}
    for given, data in files:
        name = _clean(given)
        top, _, inner = name.partition("/")
        place, key = (folders.setdefault(top, {}), inner) if inner else (loose, name)
        if place.setdefault(key, data) != data:
            raise TanbiaoError.of("import_name_twice", name)
    made = [_as_one(Members.of(content, top), top) for top, content in folders.items()]
    made += [Bundle(name, data) for name, data in loose.items() if _is_archive(data)]
    plain = {name: data for name, data in loose.items() if not _is_archive(data)}
    view = Members.of(plain)
    kinds = [(name, kind_of(view.head(name, HEAD), view, name)) for name in view]
    for chosen in _by_format(kinds, format_name):
        names = [kinds[at][0] for at in chosen]
        if len(names) == 1:
            made.append(Bundle(names[0], plain[names[0]]))
        else:
            made.append(_packed(Members.of({name: plain[name] for name in names}, f"{names[0]} +{len(names) - 1}")))
    return made


def _as_one(members: Members, name: str) -> Bundle:
    """Return a folder's files packed; a folder of nothing is as empty as a file of nothing."""
    return _packed(members) if len(members) else Bundle(name, b"")


def _packed(members: Members) -> Bundle:
    return Bundle(members.label, zip_guard.pack(members), tuple((name, members.size(name)) for name in members))


def _clean(given: str) -> str:
    """Return a name with ``/`` between folders, in one Unicode form: systems spell the same name in two."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").replace(":", "_")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or any(ord(char) < 32 for char in name):
        raise TanbiaoError.of("archive_unsafe", ascii(given[:80]))
    return "/".join(parts) or "file"


def _by_format(plain: Sequence[tuple[str, str]], format_name: str) -> list[list[int]]:
    """Return the places in ``plain``, pairs of name and kind, of the files that are read together."""
    order = sorted(range(len(plain)), key=lambda at: plain[at][0])
    if format_name:
        return [order] if order else []
    families = {kind for _, kind in plain}
    homes = {at: _home(*plain[at], families) for at in order}
    sizes = Counter(home for home in homes.values() if home)
    endings = {(home, _ending(plain[at][0])) for at, home in homes.items() if home}
    together: dict[str, list[int]] = {}
    for at in order:
        home = homes[at] or _nearest(_ending(plain[at][0]), sizes, endings)
        together.setdefault(home or f" {at}", []).append(at)
    return list(together.values())


def _home(name: str, kind: str, kinds: set[str]) -> str:
    """Return the format that a file is read in by its kind; '' where its content tells none."""
    if kind == "table":
        own = _OWN_TABLES in kinds and table_of(PurePosixPath(name).stem) is not None
        return _OWN_TABLES if own else _TABLES
    return family_of(kind)


def _nearest(ending: str, sizes: Counter[str], endings: set[tuple[str, str]]) -> str:
    """Return with which format's files one goes that tells nothing; '' where there are none."""
    if ending in _WITH_A_MAPPING and _TABLES in sizes:
        return _TABLES
    alike = [home for home in sizes if (home, ending) in endings]
    return min(alike or sizes, key=lambda home: (-sizes[home], home), default="")


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def _is_archive(data: bytes) -> bool:
    """Whether bytes are a zip of files, whole or damaged, and not a document that happens to be one (a workbook)."""
    if not zip_guard.is_zip(data):
        return False
    try:
        with zip_guard.opened(io.BytesIO(data)) as archive:
            return zip_guard.DOCUMENT_MARK not in archive.namelist()
    except TanbiaoError:
        return True


def _is_archive_file(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            if not zip_guard.is_zip(stream.read(4)):
                return False
            stream.seek(0)
            with zip_guard.opened(stream) as archive:
                return zip_guard.DOCUMENT_MARK not in archive.namelist()
    except TanbiaoError:
        return True
    except OSError as error:
        raise _unreadable(path, error) from error


def _kind_of_file(path: Path) -> str:
    try:
        with Members.open(path) as members:
            return kind_of(members.head(path.name, HEAD), members, path.name)
    except TanbiaoError as error:
        if error.code == "dataset_file_empty":
            return ""
        raise


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LIMITS.file:  # told from the directory: nothing of it is read
            raise TanbiaoError.of("archive_too_large", path.name, limit=LIMITS.file, files=LIMITS.files)
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TanbiaoError:
    reason = error.strerror or type(error).__name__
    return TanbiaoError.of("dataset_file_unreadable", path.name, reason=reason)
