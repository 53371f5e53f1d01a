"""Plans on disk: what was found out about a system's structure and loops, kept by the hash of its content.

A plan file holds the entries it was made for. It is used only for a technosphere equal to them, entry by entry and bit
by bit; the key is no more than the file's name, so a wrong key costs time and never an answer. A file that is damaged,
of another version or of another system is passed over and written again, and so is one that others may write. What is
calculated on a stored plan is checked once more on the entries as the caller gave them.

File: ``TBPLAN2\n``, the header's length and the checksum of header and first section (little-endian, 8 bytes each), a
JSON header, then the arrays, each at a multiple of 64 bytes, in three sections: what is solved on, under the checksum;
the entries, which are compared with the caller's; the order for many value sets, read when it is first asked for, with
a checksum of its own in the header.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import stat
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.lca.inputs import Floats, Integers, MatrixLike, Names
from tanbiao.core.lca.ordering import Blocks, compiles
from tanbiao.core.lca.plan import SolvePlan

FOLDER_VARIABLE = "TANBIAO_PLAN_FOLDER"
_MAGIC = b"TBPLAN2\n"
# Raised whenever an order, a solver's choice or a test changes: an older plan is then made again.
_VERSION = 2
_ALIGN = 64
_PLAN = ("process", "product", "turned", "start", "column", "source", "inner", "diagonal")
_HEAD = len(_MAGIC) + 16
_BLOCKS = ("edges", "kinds", "flops", "lu_start", "lu_column", "lu_diagonal")


@dataclass(frozen=True)
class Entries:
    """A technosphere as its caller gave it: coordinates and numbers, in that order."""

    shape: tuple[int, int]
    row: Integers
    column: Integers
    value: Floats
    references: Integers
    """Given references, empty where they are found by rule."""

    def sound(self) -> bool:
        """Whether all are finite and not zero: then a plan stands for all checks that reading them would make again."""
        return bool(self.value.all() and np.isfinite(self.value).all())

    def key(self) -> str:
        """Return the SHA-256 of the content, hexadecimal."""
        digest = hashlib.sha256(struct.pack("<qqq", *self.shape, len(self.references)))
        for array, kind in ((self.row, "<i4"), (self.column, "<i4"), (self.value, "<f8"), (self.references, "<i8")):
            digest.update(np.ascontiguousarray(array, dtype=kind).data)
        return digest.hexdigest()


def entries_of(technosphere: MatrixLike, references: Sequence[int] | None) -> Entries | None:
    """Return the entries of a matrix that is worth a stored plan, else None: a sparse one of float64."""
    if not sp.issparse(technosphere):
        return None
    stored: Any = technosphere
    matrix: Any = stored.tocoo(copy=False)
    given = np.zeros(0, dtype=np.int64) if references is None else np.asarray(references)
    if not compiles(matrix.nnz) or matrix.data.dtype != np.float64 or given.dtype.kind != "i" or matrix.ndim != 2:
        return None
    return Entries((int(matrix.shape[0]), int(matrix.shape[1])), matrix.row, matrix.col, matrix.data, given)


def entries_residual(entries: Entries, direct: Floats, intensities: Floats) -> float:
    """Return the largest backward error of ``Aᵀ λ = (C B)ᵀ``, summed over the entries as they were given."""
    from tanbiao.core.lca.kernels_order import coordinate_error

    at = entries.row, entries.column, entries.value
    return max(
        (coordinate_error(*at, wanted, one) for wanted, one in zip(direct, intensities, strict=True)), default=0.0
    )


@dataclass(frozen=True)
class StoredPlan:
    """What the tests of a system found out, and the order in which it is solved."""

    entries: Entries
    plan: SolvePlan
    """On which the system itself is solved."""
    values: Floats
    """(nnz,) its numbers in the order of that plan."""
    conditions: Mapping[int, float]
    """Condition of every block of it that is a loop."""
    findings: tuple[Finding, ...]
    ordered: Callable[[], SolvePlan | None]
    """The plan for many value sets, None where it is damaged."""


class PlanCache:
    """Plans in a folder, one file each.

    Parameters
    ----------
    folder
        By default that of the environment variable ``TANBIAO_PLAN_FOLDER``, else ``tanbiao/plans`` in the user's cache.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()

    def path(self, key: str) -> Path:
        """Return where the plan of a key lies; any text is a key."""
        plain = key if key.isalnum() and len(key) <= 128 else hashlib.sha256(key.encode()).hexdigest()
        return self.folder / f"{plain}.plan"

    def find(self, key: str, entries: Entries, names: Names) -> StoredPlan | None:
        """Return the stored plan of exactly these entries, or None."""
        with suppress(OSError, ValueError, KeyError, TypeError, struct.error):
            header, sections = _read(self.path(key))
            own = _given(header, sections, entries)
            if own is not None:
                return _restored(header, sections, own, names)
        return None

    def store(self, key: str, stored: StoredPlan) -> bool:
        """Write a plan, whole or not at all; whether it was possible."""
        content = _packed(stored)
        if content is None:
            return False
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as part:
                part.write(content)
            os.replace(part.name, self.path(key))
        except OSError:
            return False
        return True


def default_folder() -> Path:
    """Return the folder for plans under the user's cache directory."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "tanbiao" / "plans"


def _packed(stored: StoredPlan) -> bytes | None:
    """Return the bytes of a plan file; integers are stored in 32 bits, floats in 64. None without an ordered plan."""
    entries, ordered = stored.entries, stored.ordered()
    if ordered is None:
        return None
    found = [[item.code, item.severity.value, dict(item.params)] for item in stored.findings]
    conditions = np.array(sorted(stored.conditions.items()), dtype="<f8").reshape(-1, 2)
    first, body = _section(_members(stored.plan) | {"values": stored.values, "conditions": conditions})
    own = {"row": entries.row, "col": entries.column, "value": entries.value, "references": entries.references}
    second, given = _section(own)
    third, rest = _section(_members(ordered))
    header = {
        "version": _VERSION,
        "shape": list(entries.shape),
        "findings": found,
        "sections": [[first, len(body)], [second, len(given)], [third, len(rest)]],
        "ordered_sum": _checksum(rest),
    }
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-(len(text) + _HEAD) % _ALIGN)
    return _MAGIC + struct.pack("<QQ", len(text), _checksum(text + body)) + text + body + given + rest


def _members(plan: SolvePlan) -> dict[str, Any]:
    arrays = {f"plan/{name}": getattr(plan, name) for name in _PLAN}
    return arrays | {f"blocks/{name}": np.asarray(getattr(plan.blocks, name)) for name in _BLOCKS}


def _section(arrays: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the description of arrays, and their bytes."""
    described: dict[str, Any] = {}
    body = bytearray()
    for name, array in arrays.items():
        kind = "<f8" if array.dtype.kind == "f" else "<i4"
        raw = np.ascontiguousarray(array, dtype=kind).tobytes()
        described[name] = [kind, list(array.shape), len(body)]
        body += raw + bytes(-len(raw) % _ALIGN)
    return described, bytes(body)


def _checksum(content: Any) -> int:
    """Return the checksum of bytes, a multiple of 8."""
    from tanbiao.core.lca.kernels_order import checksum

    return int(checksum(np.frombuffer(content, dtype="<u8")))


def _read(path: Path) -> tuple[dict[str, Any], list[Any]]:
    """Return header and the bytes of the sections of a file, the first proven whole.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, struct.error
        It isn't there, or is not what :func:`_packed` wrote, or others may write it.
    """
    with path.open("rb") as file:
        _own(os.fstat(file.fileno()))
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    view = memoryview(content)
    length, check = struct.unpack("<QQ", view[len(_MAGIC) : _HEAD])
    if view[: len(_MAGIC)] != _MAGIC or length > len(view):
        raise ValueError("not a plan")
    header = json.loads(bytes(view[_HEAD : _HEAD + length]))
    if header["version"] != _VERSION:
        raise ValueError("a plan of another version")
    sections, at = [], _HEAD + length
    for _, size in header["sections"]:
        sections.append(view[at : at + size])
        at += size
    if at != len(view) or _checksum(view[_HEAD : _HEAD + length + len(sections[0])]) != check:
        raise ValueError("a damaged plan")
    return header, sections


def _arrays(header: Mapping[str, Any], sections: Sequence[Any], number: int) -> dict[str, Any]:
    """Return the arrays of a section, where they lie."""
    found = {}
    for name, (kind, shape, offset) in header["sections"][number][0].items():
        count = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(sections[number], dtype=kind, count=count, offset=offset).reshape(shape)
    return found


def _own(status: os.stat_result) -> None:
    """Refuse a file that somebody else owns or may write."""
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise OSError("others may write this plan")


def _given(header: Mapping[str, Any], sections: Sequence[Any], entries: Entries) -> Entries | None:
    """Return the stored entries if they are those given, bit by bit."""
    from tanbiao.core.lca.kernels_order import same_entries

    own = _arrays(header, sections, 1)
    if list(entries.shape) != header["shape"] or len(own["row"]) != len(entries.row):
        return None
    # Bits, not numbers: −0.0 equals 0.0.
    bits = np.ascontiguousarray(entries.value).view(np.int64), own["value"].view(np.int64)
    if not same_entries(entries.row, entries.column, bits[0], own["row"], own["col"], bits[1]):
        return None
    if not np.array_equal(own["references"], entries.references):
        return None
    references = own["references"].astype(np.int64)
    return Entries(entries.shape, own["row"], own["col"], own["value"], references)


def _restored(header: Mapping[str, Any], sections: Sequence[Any], entries: Entries, names: Names) -> StoredPlan:
    arrays = _arrays(header, sections, 0)
    conditions = {int(number): float(condition) for number, condition in arrays["conditions"]}
    found = tuple(finding(code, Severity(severity), **params) for code, severity, params in header["findings"])

    def ordered() -> SolvePlan | None:
        if _checksum(sections[2]) != header["ordered_sum"]:
            return None
        wide = {
            name: array if array.dtype.kind == "f" else array.astype(np.int64)
            for name, array in _arrays(header, sections, 2).items()
        }
        return _plan(wide, names)

    return StoredPlan(entries, _plan(arrays, names), arrays["values"], conditions, found, ordered)


def _plan(arrays: Mapping[str, Any], names: Names) -> SolvePlan:
    parts = {name: arrays[f"blocks/{name}"] for name in _BLOCKS}
    parts["flops"] = tuple(float(flops) for flops in parts["flops"])
    # Few numbers, which the kernels take as they are made: in 64 bits.
    parts |= {name: parts[name].astype(np.int64) for name in ("edges", "kinds")}
    return SolvePlan(**{name: arrays[f"plan/{name}"] for name in _PLAN}, blocks=Blocks(**parts), names=names)
