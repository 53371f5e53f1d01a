"""A safe view of what somebody hands over: a file, a zip or a folder, as names and bytes read one at a time.

Readers see only :class:`Members`. Nothing is unpacked to a disk, nothing is held in memory that was not asked for, and
what is made to harm (a path that leads out, a link out of a folder, a bomb, an encrypted or truncated zip) never
reaches a reader: it is refused with a code before the first byte is parsed.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Protocol

from tanbiao.core import zip_guard
from tanbiao.core.findings import TanbiaoError

__all__ = ["LIMITS", "Members"]

LIMITS = zip_guard.Limits(files=200_000, file=512 * 1024**2, total=1024**3, small=1_000_000)
"""Project defaults, not official: ecoinvent's 20,000 files and 1 GB of unpacked content fit. Some readers hold a file
as a whole: one alone stays below half of that."""
_LONGEST_NAME = 1_000
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git")
"""What operating systems leave in archives and folders."""


class _Source(Protocol):
    """Where members come from."""

    def names(self) -> Mapping[str, int]: ...
    def read(self, name: str) -> bytes: ...
    def head(self, name: str, size: int) -> bytes: ...
    def close(self) -> None: ...


class Members(Mapping[str, bytes]):
    """Names (with ``/`` between folders, sorted) → content, read when asked for and not kept.

    Use it as a context manager, or call :meth:`close`: a zip stays open while its members are read.
    """

    def __init__(self, source: _Source, label: str = "") -> None:
        self._source = source
        self._sizes = {name: size for name, size in sorted(source.names().items()) if not _is_litter(name)}
        self.label = label
        """What a person calls the whole: the file's name, without its path."""
        self.are_loose = False
        """Whether a person chose these files one by one or as a folder, so that each is told that was not read."""
        self._read: set[str] = set()
        self._watcher: Callable[[int], None] | None = None

    @classmethod
    def open(cls, *paths: str | Path, limits: zip_guard.Limits = LIMITS) -> Members:
        """Open one file, zip or folder, or several plain files that belong together.

        A zip that is a document of its own (a workbook) stays one member.

        Raises
        ------
        TanbiaoError
            ``dataset_file_unreadable``, ``dataset_file_empty``, ``archive_malformed``, ``archive_encrypted``,
            ``archive_unsafe``, ``archive_too_large``.
        """
        if not paths:
            raise ValueError("nothing to open")
        path = Path(paths[0])
        label = (path.name or path.resolve().name) + (f" +{len(paths) - 1}" if len(paths) > 1 else "")
        try:
            source = _folder_or_file(path, limits) if len(paths) == 1 else _Files([Path(one) for one in paths], limits)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TanbiaoError.of("dataset_file_unreadable", label, reason=reason) from error
        except TanbiaoError as error:
            raise _named(error, label) from error
        made = cls._made(source, label)
        made.are_loose = len(paths) > 1 or path.is_dir()
        return made

    @classmethod
    def of_bytes(cls, data: bytes, name: str, limits: zip_guard.Limits = LIMITS) -> Members:
        """Return the view of bytes in memory (an upload): a zip's files, or the one file. Raises as :meth:`open`."""
        import io

        if len(data) > limits.file:
            raise TanbiaoError.of("archive_too_large", name, limit=limits.file, files=limits.files)
        if zip_guard.is_zip(data):
            try:
                zipped = _Zip(zip_guard.opened(io.BytesIO(data)), limits)
            except TanbiaoError as error:
                raise _named(error, name) from error
            if not zipped.is_document:
                return cls._made(zipped, name)
        return cls._made(_Memory({PurePosixPath(name).name or "file": data}), name)

    @classmethod
    def of(cls, files: Mapping[str, bytes], label: str = "") -> Members:
        """Return the view of files that are already in memory (tests, writers)."""
        return cls(_Memory(dict(files)), label)

    @classmethod
    def _made(cls, source: _Source, label: str) -> Members:
        made = cls(source, label)
        if not any(made._sizes.values()):
            made.close()
            raise TanbiaoError.of("dataset_file_empty", label)
        return made

    def __getitem__(self, name: str) -> bytes:
        """Return the content of one member; ``archive_malformed`` where it is damaged or not as long as it says."""
        if name not in self._sizes:
            raise KeyError(name)
        self._read.add(name)
        if self._watcher is not None:
            self._watcher(len(self._read))
        return self._source.read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def size(self, name: str) -> int:
        """Return the number of bytes of a member, unpacked, without reading it."""
        return self._sizes[name]

    def head(self, name: str, size: int = 4096) -> bytes:
        """Return the first bytes of a member."""
        if name not in self._sizes:
            raise KeyError(name)
        return self._source.head(name, size)

    def watch(self, watcher: Callable[[int], None]) -> None:
        """Have ``watcher`` called with the number of members read so far, each time one is read."""
        self._watcher = watcher

    def start_over(self) -> None:
        """Count none of the members as read: what was looked into to find the format is not read yet."""
        self._read.clear()

    def unread(self) -> tuple[str, ...]:
        """Return the members that were not read since :meth:`start_over`."""
        return tuple(name for name in self._sizes if name not in self._read)

    def close(self) -> None:
        """Close the file behind the view."""
        self._source.close()

    def __enter__(self) -> Members:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _named(error: TanbiaoError, label: str) -> TanbiaoError:
    """Return the refusal of an archive with its name where no member is named."""
    return TanbiaoError(*(one if one.where else replace(one, where=label) for one in error.findings))


def _is_litter(name: str) -> bool:
    return any(part in _LITTER or part.startswith("._") for part in name.split("/"))


def _folder_or_file(path: Path, limits: zip_guard.Limits) -> _Source:
    if path.is_dir():
        return _Files.under(path, limits)
    if path.stat().st_size > limits.file:
        raise TanbiaoError.of("archive_too_large", path.name, limit=limits.file, files=limits.files)
    stream = path.open("rb")
    try:
        if zip_guard.is_zip(stream.read(4)):
            stream.seek(0)
            zipped = _Zip(zip_guard.opened(stream), limits, stream.close)
            if not zipped.is_document:
                return zipped
            zipped.close()
    except BaseException:
        stream.close()
        raise
    stream.close()
    return _Files([path], limits)


class _Memory:
    """Files held in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def names(self) -> Mapping[str, int]:
        return {name: len(data) for name, data in self._files.items()}

    def read(self, name: str) -> bytes:
        return self._files[name]

    def head(self, name: str, size: int) -> bytes:
        return self._files[name][:size]

    def close(self) -> None:
        self._files = {}


class _Files:
    """Files of a folder, or files named one by one."""

    def __init__(self, paths: Sequence[Path], limits: zip_guard.Limits, root: Path | None = None) -> None:
        self._paths: dict[str, Path] = {}
        self._limits = limits
        total = 0
        for path in paths:
            size = path.stat().st_size
            total += size
            if size > limits.file or total > limits.total or len(self._paths) >= limits.files:
                raise TanbiaoError.of("archive_too_large", path.name, limit=limits.total, files=limits.files)
            name = path.relative_to(root).as_posix() if root is not None else path.name
            while name in self._paths:  # two files of one name from two places
                name = f"{path.parent.name}/{name}" if path.parent.name else f"_{name}"
            self._paths[name] = path

    @classmethod
    def under(cls, root: Path, limits: zip_guard.Limits) -> _Files:
        """Return the files below a folder; a link may point only to something inside it."""
        real = root.resolve()
        found: list[Path] = []
        for folder, folders, files in os.walk(root, followlinks=False):
            folders.sort()
            for name in (*folders, *files):
                path = Path(folder) / name
                if path.is_symlink() and not path.resolve().is_relative_to(real):
                    raise TanbiaoError.of("archive_unsafe", path.relative_to(root).as_posix())
            found += [Path(folder) / name for name in sorted(files) if (Path(folder) / name).is_file()]
            if len(found) > limits.files:
                raise TanbiaoError.of("archive_too_large", root.name, limit=limits.total, files=limits.files)
        return cls(found, limits, root)

    def names(self) -> Mapping[str, int]:
        return {name: path.stat().st_size for name, path in self._paths.items()}

    def read(self, name: str) -> bytes:
        data = self.head(name, self._limits.file + 1)
        if len(data) > self._limits.file:  # it grew since it was looked at
            raise TanbiaoError.of("archive_too_large", name, limit=self._limits.file, files=self._limits.files)
        return data

    def head(self, name: str, size: int) -> bytes:
        try:
            with self._paths[name].open("rb") as stream:
                return stream.read(size)
        except OSError as error:
            raise TanbiaoError.of("dataset_file_unreadable", name, reason=error.strerror or "") from error

    def close(self) -> None:
        """Nothing stays open."""


class _Zip:
    """Files of a zip."""

    def __init__(self, archive: zipfile.ZipFile, limits: zip_guard.Limits, *closing: object) -> None:
        self._archive = archive
        self._closing = closing
        try:
            entries = archive.infolist()
            zip_guard.check(entries, limits)
            self._entries = {_safe_name(one): one for one in entries if not one.is_dir()}
            if len(self._entries) < sum(not one.is_dir() for one in entries):
                raise TanbiaoError.of("archive_malformed", reason="a name stands twice")
        except TanbiaoError:
            self.close()
            raise

    @property
    def is_document(self) -> bool:
        """Whether the zip is one document (a workbook), not an archive of datasets."""
        return zip_guard.DOCUMENT_MARK in self._entries

    def names(self) -> Mapping[str, int]:
        return {name: entry.file_size for name, entry in self._entries.items()}

    def read(self, name: str) -> bytes:
        return zip_guard.content(self._archive, self._entries[name])

    def head(self, name: str, size: int) -> bytes:
        return zip_guard.head(self._archive, self._entries[name], size)

    def close(self) -> None:
        self._archive.close()
        for close in self._closing:
            if callable(close):
                close()


def _safe_name(entry: zipfile.ZipInfo) -> str:
    """Return the entry's name with ``/`` between folders; refuse one that leads out, and a link."""
    name = _decoded(entry).replace("\\", "/")
    parts = name.split("/")
    leads_out = ".." in parts or name.startswith("/") or ":" in parts[0] or len(name) > _LONGEST_NAME
    if leads_out or zip_guard.is_link(entry) or any(ord(char) < 32 for char in name):
        raise TanbiaoError.of("archive_unsafe", ascii(name[:80]))
    return "/".join(part for part in parts if part not in ("", "."))


def _decoded(entry: zipfile.ZipInfo) -> str:
    """Return the name in the code page it was written in: Windows in China writes GB 18030 without saying so."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename
