"""What a calculation needs from a release of background data. The release itself is :mod:`tanbiao.core.lca.release`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.dataset.model import Dataset, Intensity
from tanbiao.core.findings import Finding


class FuelPair(Protocol):
    """Combustion and upstream of one fuel."""

    @property
    def combustion(self) -> Dataset:
        """The factor of burning."""

    @property
    def upstream(self) -> Dataset | None:
        """The factor from well to tank; None when the combustion dataset already holds it."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What is worth knowing about the pair."""


class Background(Protocol):
    """A frozen set of datasets, addressed by hash."""

    @property
    def name(self) -> str:
        """Name of the release, ``starter-2026.1``."""

    @property
    def hash(self) -> str:
        """Merkle root over the dataset blocks, ``sha256:…``."""

    def get(self, dataset_id: str, /) -> Dataset:
        """Return a dataset, or raise ``unknown_dataset`` with the nearest ids."""

    def intensity(self, dataset_id: str, gwp_set: str, /) -> Intensity:
        """Return kg CO2e per reference unit under a GWP set."""

    def grid_electricity(self, region: str, year: int, /) -> tuple[Dataset, Sequence[Finding]]:
        """Return the grid's footprint factor for a region and year, with findings on what had to give way."""

    def fuel(self, fuel_id: str, /) -> FuelPair:
        """Return a fuel's pair of combustion and upstream."""

    @property
    def sampling(self) -> Mapping[str, Any] | None:
        """How the background was sampled: ``count``, ``seed``, ``roots`` by GWP set; None: it has no samples."""

    def draws(self, dataset_id: str, gwp_set: str, /) -> NDArray[np.float32] | None:
        """Return a dataset's sampled totals in kg CO2e per reference unit, or None where there are none."""

    def carried_draws(self, dataset_id: str, gwp_set: str, /) -> Mapping[str, Any] | None:
        """Return the same with its proof, as JSON values."""

    def header_proof(self) -> Mapping[str, Any]:
        """Return what proves :attr:`sampling` under :attr:`hash`, as JSON values (only asked where it was sampled)."""

    def proof(self, dataset_id: str, /) -> Any:
        """Return the inclusion proof of a dataset's block under :attr:`hash`, as JSON values."""
