"""The samples of a release on disk: float32, product-major blocks of 256, one leaf per dataset.

Section ``samples/{GWP set}/{quantity}`` holds (blocks, 256, samples) float32, quantity ``total`` or a kind that is not
zero everywhere; the last block is filled up with zeros. Section ``samples/{GWP set}/digests`` holds two SHA-256 for
each dataset: of its row of totals, and of its rows of kinds one after another. Both together are the leaf of a Merkle
tree over the datasets, whose root stands in the release's header: so a row is checked, and proved, alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tanbiao.core import merkle
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import release_format as form
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.release_samples import InTurn, Mapper, Sampling, Singles, sampling, solve_task
from tanbiao.core.lca.release_system import LinkedSystem

if TYPE_CHECKING:
    from tanbiao.core.lca.release_build import Samples

BLOCK: Final = 256
"""Datasets in one block."""
TOTAL: Final = "total"


def sample_release(
    linked: LinkedSystem, samples: Samples, executor: Mapper | None, folder: Path
) -> tuple[dict[str, form.Piece], dict[str, Any]]:
    """Sample every dataset and return the sections, as views of files in ``folder``, and what the header says.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.lca.release_samples.sampling` and ``solve_task``.
    """
    wanted = sampling(
        linked,
        samples.gwp_sets,
        samples.count,
        samples.seed,
        draw_gwp=samples.draw_gwp,
        alone=executor is None or isinstance(executor, InTurn),
    )
    size = len(linked.ids)
    shape = (-(-size // BLOCK) * BLOCK, samples.count)
    stores = {
        (gwp_set, quantity): _Store(folder / f"{gwp_set}-{quantity}", shape)
        for gwp_set, kinds in wanted.rows.items()
        for quantity in (TOTAL, *kinds)
    }
    solved = (executor or InTurn()).map(solve_task, wanted.tasks)
    for task, intensities in zip(wanted.tasks, solved, strict=True):
        for (gwp_set, quantity), values in _quantities(wanted, intensities):
            single = values.astype("<f4")
            if not np.isfinite(single).all():
                worst = linked.ids[int(np.flatnonzero(~np.isfinite(single).all(axis=1))[0])]
                raise TanbiaoError.of("samples_not_finite", worst, what=worst)
            stores[gwp_set, quantity].put(single, task.first)
    pieces: dict[str, form.Piece] = {}
    roots: dict[str, str] = {}
    for gwp_set, kinds in wanted.rows.items():
        digests = _digests(stores[gwp_set, TOTAL], [stores[gwp_set, kind] for kind in kinds], size)
        roots[gwp_set] = merkle.root([digests[at : at + 64] for at in range(0, len(digests), 64)]).hex()
        pieces[f"samples/{gwp_set}/digests"] = form.Piece("uint8", (size, 64), digests)
        for quantity in (TOTAL, *kinds):
            blocks = (shape[0] // BLOCK, BLOCK, samples.count)
            pieces[f"samples/{gwp_set}/{quantity}"] = form.Piece("float32", blocks, stores[gwp_set, quantity].path)
    said = {"count": samples.count, "seed": samples.seed, "roots": roots}
    return pieces, said | ({"gwp": "drawn"} if samples.draw_gwp else {})


class _Store:
    """A growing file of float32 (rows, samples). It is mapped only while it is written to: pages count as memory."""

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.path, self._shape = path, shape
        with path.open("wb") as file:
            file.truncate(4 * shape[0] * shape[1])

    def put(self, values: Singles, first: int) -> None:
        """Store samples ``first …`` of the first rows."""
        mapped = np.memmap(self.path, dtype="<f4", mode="r+", shape=self._shape)
        mapped[: len(values), first : first + values.shape[1]] = values

    def rows(self, first: int, count: int) -> Singles:
        """Return some rows, in memory."""
        width = self._shape[1]
        found: Singles = np.fromfile(self.path, dtype="<f4", count=count * width, offset=4 * first * width)
        return found.reshape(count, width)


def _quantities(wanted: Sampling, intensities: Floats) -> Iterator[tuple[tuple[str, str], Floats]]:
    """Yield total and kinds of each set; the total is the sum of the kinds in their order."""
    for gwp_set, kinds in wanted.rows.items():
        total = np.zeros(intensities.shape[1:])
        for kind in KIND_COLUMNS:
            if kind in kinds:
                total += intensities[kinds[kind]]
                yield (gwp_set, kind), intensities[kinds[kind]]
        yield (gwp_set, TOTAL), total


def _digests(total: _Store, kinds: list[_Store], size: int) -> bytes:
    made = bytearray()
    for first in range(0, size, BLOCK):
        count = min(BLOCK, size - first)
        totals, parts = total.rows(first, count), [kind.rows(first, count) for kind in kinds]
        for row in range(count):
            made += hashlib.sha256(totals[row].tobytes()).digest()
            made += hashlib.sha256(b"".join(part[row].tobytes() for part in parts)).digest()
    return bytes(made)
