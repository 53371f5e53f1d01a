"""Plans on disk: what was found out about a system's structure and loops, kept by the hash of its content.

A plan file holds the entries it was made for. It is used only for a technosphere equal to them, entry by entry and bit
by bit; the key is no more than the file's name, so a wrong key costs time and never an answer. A file that is damaged,
of another version or of another system is passed over and written again, and so is one that others may write. What is
calculated on a stored plan is checked once more on the entries as the caller gave them.

File: ``TBPLAN1\\n``, the header's length and the CRC-32 of everything after it (little-endian, 4 bytes each), a JSON
header, then the arrays, each at a multiple of 64 bytes.
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
import zlib
from collections.abc import Mapping, Sequence
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
_MAGIC = b"TBPLAN1\n"
# Raised whenever an order, a solver's choice or a test changes: an older plan is then made again.
_VERSION = 1
_ALIGN = 64
_PLAN = ("process", "product", "turned", "start", "column", "source", "inner", "diagonal")
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

    def key(self) -> str:
        """Return the SHA-256 of the content, hexadecimal."""
        digest = hashlib.sha256(struct.pack("<qqq", *self.shape, len(self.references)))
        for array, kind in ((self.row, "<i4"), (self.column, "<i4"), (self.value, "<f8"), (self.references, "<i8")):
            digest.update(np.ascontiguousarray(array, dtype=kind).data)
        return digest.hexdigest()


def entries_of(technosphere: MatrixLike, references: Sequence[int] | None) -> Entries | None:
    """Return the entries of a matrix that is worth a stored plan, else None.

    Only sparse matrices of float64 whose entries are all different from zero and finite have one: the plan then stands
    for every check that reading them would make again.
    """
    if not sp.issparse(technosphere):
        return None
    stored: Any = technosphere
    matrix: Any = sp.coo_array(stored)
    given = np.zeros(0, dtype=np.int64) if references is None else np.asarray(references)
    if not compiles(matrix.nnz) or matrix.data.dtype != np.float64 or given.dtype.kind != "i":
        return None
    if not matrix.data.all() or not np.isfinite(matrix.data).all():
        return None
    return Entries((int(matrix.shape[0]), int(matrix.shape[1])), matrix.row, matrix.col, matrix.data, given)


def entries_residual(entries: Entries, direct: Floats, intensities: Floats) -> float:
    """Return the largest backward error of ``Aᵀ λ = (C B)ᵀ``, summed over the entries as they were given."""
    from tanbiao.core.lca.kernels import coordinate_error

    at = entries.row, entries.column, entries.value
    return max(
        (coordinate_error(*at, wanted, one) for wanted, one in zip(direct, intensities, strict=True)), default=0.0
    )


@dataclass(frozen=True)
class StoredPlan:
    """What the tests of a system found out, and the order in which it is solved."""

    entries: Entries
    plan: SolvePlan
    entry: Integers
    """(nnz,) position of each entry of the plan in the caller's own order."""
    conditions: Mapping[int, float]
    """Condition of every block that is a loop."""
    findings: tuple[Finding, ...]

    def values(self) -> Floats:
        """Return the system's own numbers in the order of the plan; (nnz, 1)."""
        from tanbiao.core.lca.kernels import gathered

        return np.asarray(gathered(self.plan.turned, self.plan.column, self.entry, self.entries.value))


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
            header, arrays = _read(self.path(key))
            if _fits(header, arrays, entries):
                return _restored(header, arrays, names)
        return None

    def store(self, key: str, stored: StoredPlan) -> bool:
        """Write a plan, whole or not at all; whether it was possible."""
        entries = stored.entries
        arrays = {
            "row": np.asarray(entries.row, dtype="<i4"),
            "col": np.asarray(entries.column, dtype="<i4"),
            "value": np.asarray(entries.value, dtype="<f8"),
            "references": np.asarray(entries.references, dtype="<i8"),
            "entry": stored.entry,
            "conditions": np.array(sorted(stored.conditions.items()), dtype="<f8").reshape(-1, 2),
        }
        arrays |= {f"plan/{name}": getattr(stored.plan, name) for name in _PLAN}
        arrays |= {f"blocks/{name}": np.asarray(getattr(stored.plan.blocks, name)) for name in _BLOCKS}
        found = [[item.code, item.severity.value, dict(item.params)] for item in stored.findings]
        content = _packed({"version": _VERSION, "shape": list(entries.shape), "findings": found}, arrays)
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


def _packed(header: dict[str, Any], arrays: Mapping[str, Any]) -> bytes:
    """Return the bytes of a plan file; integers are stored in 32 bits, floats in 64."""
    described, body = {}, bytearray()
    for name, array in arrays.items():
        kind = "<f8" if array.dtype.kind == "f" else "<i4"
        raw = np.ascontiguousarray(array, dtype=kind).tobytes()
        described[name] = [kind, list(array.shape), len(body)]
        body += raw + bytes(-len(raw) % _ALIGN)
    text = json.dumps(header | {"arrays": described}, sort_keys=True).encode()
    text += b" " * (-(len(text) + len(_MAGIC) + 8) % _ALIGN)
    rest = text + bytes(body)
    return _MAGIC + struct.pack("<II", len(text), zlib.crc32(rest)) + rest


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and arrays of a file.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, struct.error
        It isn't there, or is not what :func:`_packed` wrote, or others may write it.
    """
    with path.open("rb") as file:
        _own(os.fstat(file.fileno()))
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    view = memoryview(content)
    length, check = struct.unpack("<II", view[len(_MAGIC) : len(_MAGIC) + 8])
    rest = view[len(_MAGIC) + 8 :]
    if view[: len(_MAGIC)] != _MAGIC or zlib.crc32(rest) != check:
        raise ValueError("not a plan, or damaged")
    header = json.loads(bytes(rest[:length]))
    if header["version"] != _VERSION:
        raise ValueError("a plan of another version")
    arrays = {}
    for name, (kind, shape, offset) in header["arrays"].items():
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(rest, dtype=kind, count=count, offset=length + offset).reshape(shape)
    return header, arrays


def _own(status: os.stat_result) -> None:
    """Refuse a file that somebody else owns or may write."""
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise OSError("others may write this plan")


def _fits(header: Mapping[str, Any], arrays: Mapping[str, Any], entries: Entries) -> bool:
    pairs = (
        (arrays["row"], entries.row),
        (arrays["col"], entries.column),
        (arrays["references"], entries.references),
        # Bits, not numbers: −0.0 equals 0.0.
        (arrays["value"].view("<i8"), np.ascontiguousarray(entries.value).view("<i8")),
    )
    return list(entries.shape) == header["shape"] and all(np.array_equal(stored, given) for stored, given in pairs)


def _restored(header: Mapping[str, Any], arrays: Mapping[str, Any], names: Names) -> StoredPlan:
    def wide(name: str) -> Any:
        array = arrays[name]
        return array if array.dtype.kind == "f" else array.astype(np.int64)

    parts = {name: wide(f"blocks/{name}") for name in _BLOCKS}
    parts["flops"] = tuple(float(flops) for flops in parts["flops"])
    plan = SolvePlan(**{name: wide(f"plan/{name}") for name in _PLAN}, blocks=Blocks(**parts), names=names)
    conditions = {int(number): float(condition) for number, condition in arrays["conditions"]}
    found = tuple(finding(code, Severity(severity), **params) for code, severity, params in header["findings"])
    shape = int(header["shape"][0]), int(header["shape"][1])
    entries = Entries(shape, arrays["row"], arrays["col"], arrays["value"], wide("references"))
    return StoredPlan(entries, plan, arrays["entry"], conditions, found)
