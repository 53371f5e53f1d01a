"""Reading the samples of a release: one row per dataset, checked by its own hash when it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core import merkle
from tanbiao.core.canonical import PREFIX
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import release_format as form

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release

Singles = NDArray[np.float32]

TOTAL = "total"


class SampleRows:
    """The sampled totals and kinds of a release under one GWP set; kg CO2e per reference unit.

    Raises
    ------
    TanbiaoError
        ``release_hash_wrong``: the digests don't lead to the root in the header; ``release_malformed``.
    """

    def __init__(self, release: Release, gwp_set: str) -> None:
        self._release = release
        self._set = gwp_set
        self.count = int(release.header["samples"]["count"])
        self.root = str(release.header["samples"]["roots"][gwp_set])
        self._digests = release.section(f"samples/{gwp_set}/digests")
        if len(self._digests) != 64 * len(release) or self._tree[-1][0].hex() != self.root:
            raise TanbiaoError.of("release_hash_wrong", release.path, part=f"samples/{gwp_set}/digests")

    @cached_property
    def _tree(self) -> list[list[bytes]]:
        leaves = [merkle.leaf_hash(self._digests[at : at + 64]) for at in range(0, len(self._digests), 64)]
        return merkle.levels(leaves)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have samples, in their order; the others are zero everywhere."""
        from tanbiao.core.lca.release import KIND_COLUMNS

        return tuple(kind for kind in KIND_COLUMNS if f"samples/{self._set}/{kind}" in self._release.section_names())

    def _stored(self, quantity: str) -> Singles:
        """Return the mapped samples of a quantity, (rows, count), unchecked."""
        view = np.frombuffer(self._release.mapped(f"samples/{self._set}/{quantity}"), dtype="<f4")
        return view.reshape(-1, self.count)

    @cached_property
    def _totals(self) -> Singles:
        return self._stored(TOTAL)

    def total(self, index: int) -> Singles:
        """Return the sampled totals of a dataset by its position: (count,), checked.

        Raises
        ------
        TanbiaoError
            ``release_hash_wrong``.
        """
        row: Singles = self._totals[index]
        if hashlib.sha256(row.data).digest() != self._digests[64 * index : 64 * index + 32]:
            raise self._wrong(index)
        return row

    def by_kind(self, index: int) -> dict[str, Singles]:
        """Return the samples of a dataset by kind, checked; kinds that are zero everywhere are left out."""
        rows = {kind: self._stored(kind)[index] for kind in self.kinds}
        if hashlib.sha256(b"".join(row.tobytes() for row in rows.values())).digest() != self._second(index):
            raise self._wrong(index)
        return rows

    def totals(self, indices: Sequence[int] | NDArray[np.int64]) -> Singles:
        """Return the sampled totals of several datasets: (datasets, count), each row checked."""
        return np.array([self.total(int(index)) for index in indices], dtype=np.float32).reshape(-1, self.count)

    def check(self) -> None:
        """Check every row; ``release_hash_wrong`` names the dataset whose samples are damaged."""
        for index in range(len(self._release)):
            self.total(index)
            self.by_kind(index)

    def carried(self, index: int) -> dict[str, Any]:
        """Return what a bundle carries of a dataset's samples: its totals, and the proof under the header's root."""
        path = [digest.hex() for digest in merkle.path_in(self._tree, index)]
        return {
            "totals": self.total(index).tobytes().hex(),
            "kinds": self._second(index).hex(),
            "index": index,
            "size": len(self._release),
            "path": path,
        }

    def _second(self, index: int) -> bytes:
        return self._digests[64 * index + 32 : 64 * index + 64]

    def _wrong(self, index: int) -> TanbiaoError:
        part = f"samples/{self._set}/{self._release.ids()[index]}"
        return TanbiaoError.of("release_hash_wrong", self._release.path, part=part)


def carried_totals(carried: Mapping[str, Any], root: str) -> Singles | None:
    """Return the sampled totals that a bundle carries, or None when they do not stand under the root.

    Parameters
    ----------
    carried
        As :meth:`SampleRows.carried`.
    root
        The root of the samples' tree, from a header that was proved (:func:`proved_header`).
    """
    try:
        totals = bytes.fromhex(carried["totals"])
        digests = hashlib.sha256(totals).digest() + bytes.fromhex(carried["kinds"])
        path = [bytes.fromhex(digest) for digest in carried["path"]]
        found = merkle.root_from_path(int(carried["index"]), int(carried["size"]), merkle.leaf_hash(digests), path)
        values: Singles = np.frombuffer(totals, dtype="<f4")
    except (KeyError, TypeError, ValueError):
        return None
    return values if found is not None and found.hex() == root and len(digests) == 64 else None


def proved_header(said: Mapping[str, Any], release_hash: str) -> Mapping[str, Any] | None:
    """Return the header of a release that a bundle carries, or None when it does not stand under the hash.

    ``said``: ``{"header", "sections": {name: {dtype, shape, sha256}}, "size", "path"}``, as
    :meth:`Release.header_proof` makes it.
    """
    try:
        leaf = merkle.leaf_hash(form.header_leaf(said["header"], said["sections"]))
        path = [bytes.fromhex(digest) for digest in said["path"]]
        size = int(said["size"])
        root = merkle.root_from_path(size - 1, size, leaf, path)
        header: Mapping[str, Any] = said["header"]
    except (KeyError, TypeError, ValueError):
        return None
    return header if root is not None and PREFIX + root.hex() == release_hash else None
