"""The matrices of a release: its linked unit processes and its finished factors as one product system.

Every dataset is one process with one product. A linked unit process has its inputs in the technosphere and its
emissions below; a finished factor has no inputs, and its figure below: gases as masses, and what has no gas as kg CO2e
by kind (rows ``carried/…``). So one solve gives every dataset its masses by gas, and every GWP set weighs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import scipy.sparse as sp

from tanbiao.core import gases as gas_table
from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.exchanges import Input
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET, Kind
from tanbiao.core.lca.inputs import Floats, Matrix
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.numerics.distributions import Distribution, Fixed, LogNormal

CARRIED: Final = "carried/"
"""Prefix of the rows that hold kg CO2e by kind of what has no gases."""
AIRCRAFT: Final = "aircraft"
"""Row of kg CO2e from aircraft: an "of which", in no sum."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A stored entry that is drawn: its position in the matrix' data, its distribution, its stream's name, its group.

    Entries with one ``group`` are shares of one supply and are brought back to their nominal sum in every sample.
    """

    position: int
    distribution: Distribution
    stream: str
    group: str = ""


@dataclass(frozen=True)
class LinkedSystem:
    """Matrices of a release (rows and columns in the order of its ids) and what of them is uncertain."""

    ids: tuple[str, ...]
    rows: tuple[str, ...]
    """Gases (kg), ``carried/{kind}`` (kg CO2e) and ``aircraft`` (kg CO2e)."""
    technosphere: Matrix
    """(n, n) CSC: 1 on the diagonal, inputs negative."""
    interventions: Matrix
    """(rows, n) CSC, per unit of each process."""
    inputs: tuple[Uncertain, ...]
    burdens: tuple[Uncertain, ...]

    @cached_property
    def system(self) -> ProductSystem:
        """The product system with every row as an indicator of its own.

        Raises
        ------
        Unsolvable
            As :class:`ProductSystem`: a loop without a trustworthy answer, by the ids of its processes.
        """
        own = sp.eye_array(len(self.rows), format="csc")
        return ProductSystem(
            self.technosphere, self.interventions, own, products=self.ids, processes=self.ids, indicators=self.rows
        )

    def inventory(self) -> Floats:
        """Return every row per unit of every dataset; (rows, n)."""
        return np.asarray(self.system.intensities())

    def characterisation(self, gwp_set: str) -> Floats:
        """Return kg CO2e per row by kind: (5, rows), kinds in the order of ``KIND_COLUMNS``.

        Raises
        ------
        TanbiaoError
            ``gwp_missing``: a gas of the release has no value in the set.
        """
        weights = np.zeros((len(KIND_COLUMNS), len(self.rows)))
        for column, row in enumerate(self.rows):
            if row == AIRCRAFT:
                continue
            carried = row.startswith(CARRIED)
            kind = row.removeprefix(CARRIED) if carried else gas_table.gas(row).kind.value
            weights[KIND_COLUMNS.index(kind), column] = 1.0 if carried else gas_table.gwp(gwp_set, row)
        return weights

    def known_sets(self) -> tuple[str, ...]:
        """Return the GWP sets that have a value for every gas of the release."""
        keys = [row for row in self.rows if row != AIRCRAFT and not row.startswith(CARRIED)]
        return tuple(name for name in GWP_SETS if all(name in gas_table.gas(key).gwp for key in keys))


def assemble(datasets: Sequence[Dataset]) -> LinkedSystem:
    """Return the matrices of datasets that are sorted by id.

    Raises
    ------
    TanbiaoError
        ``release_input_missing`` (an input that is not in the release), ``unit_mismatch``, ``gas_unknown``,
        ``distribution_bounds_out_of_order``, ``input_of_itself``.
    """
    place = {item.id: index for index, item in enumerate(datasets)}
    technosphere, inputs = _technosphere(datasets, place)
    below = [_below(item) for item in datasets]
    rows = _rows(below)
    interventions, burdens = _interventions(datasets, below, {name: index for index, name in enumerate(rows)})
    return LinkedSystem(tuple(place), rows, technosphere, interventions, inputs, burdens)


Entry = tuple[int, int, float, Uncertain | None]


def _technosphere(datasets: Sequence[Dataset], place: Mapping[str, int]) -> tuple[Matrix, tuple[Uncertain, ...]]:
    size = len(datasets)
    entries: list[Entry] = [(index, index, 1.0, None) for index in range(size)]
    for column, item in enumerate(datasets):
        seen: set[str] = set()
        for used in item.inputs:
            where = f"{item.id}.inputs.{used.id}"
            if used.dataset not in place:
                raise TanbiaoError.of("release_input_missing", where, process=item.id, dataset=used.dataset)
            if used.dataset == item.id or used.dataset in seen:
                code = "input_of_itself" if used.dataset == item.id else "input_twice"
                raise TanbiaoError.of(code, where, process=item.id, dataset=used.dataset)
            seen.add(used.dataset)
            factor = -_per_reference(used, datasets[place[used.dataset]], where)
            group = f"{item.id}/{used.market}" if used.market else ""
            drawn = Uncertain(0, used.distribution(factor), f"exchange/{item.id}/{used.id}", group)
            entries.append((place[used.dataset], column, factor * used.amount, drawn))
    return _matrix(entries, (size, size))


def _per_reference(used: Input, supplier: Dataset, where: str) -> float:
    """Return reference units of the supplier in one unit of the input."""
    stated, reference = units.parse_unit(used.unit), supplier.reference.parsed
    if stated.is_energy and not stated.basis and reference.basis in ("electricity", "heat"):
        stated = stated.with_basis(reference.basis)
    return supplier.amount_in_reference(1.0, stated, where=where)


def _below(item: Dataset) -> dict[str, tuple[float, Uncertain | None]]:
    """Return row → (amount per unit, what is drawn) of a dataset's own emissions, or of a finished factor."""
    if item.is_linked:
        return {
            own.gas: (own.amount, Uncertain(0, own.distribution(), f"emission/{item.id}/{own.gas}"))
            for own in item.emissions
        }
    values: dict[str, float] = {}
    if item.gases is not None:
        weighed = gas_table.characterise(item.gases, GWP_SETS[-1] if item.gwp_set == UNKNOWN_SET else item.gwp_set)
        values.update(item.gases)
        rest = add(item.total, *(-value for value in weighed.values())) if weighed else item.total
        if abs(rest) > 1e-12 * abs(item.total):
            values[CARRIED + Kind.UNDIVIDED.value] = rest
    else:
        values.update({CARRIED + kind: value for kind in KIND_COLUMNS if (value := getattr(item.kinds, kind))})
    if item.kinds.aircraft:
        values[AIRCRAFT] = item.kinds.aircraft
    # One uncertain number: every row of a finished factor has the same draws, those of a study that uses it alone.
    sigma, stream = item.uncertainty.sigma, f"dataset/{item.id}"
    return {row: (value, Uncertain(0, LogNormal(value, sigma), stream)) for row, value in values.items()}


def _rows(below: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the rows that occur: gases in the order of their table, then what is carried, then aircraft."""
    found = {row for item in below for row in item}
    order = [*gas_table.all_gases(), *(CARRIED + kind for kind in KIND_COLUMNS), AIRCRAFT]
    return tuple(row for row in order if row in found) or (CARRIED + Kind.UNDIVIDED.value,)


def _interventions(
    datasets: Sequence[Dataset],
    below: Sequence[Mapping[str, tuple[float, Uncertain | None]]],
    row_of: Mapping[str, int],
) -> tuple[Matrix, tuple[Uncertain, ...]]:
    entries: list[Entry] = []
    for column, found in enumerate(below):
        for row, (amount, drawn) in found.items():
            entries.append((row_of[row], column, amount, drawn))
    return _matrix(entries, (max(1, len(row_of)), len(datasets)))


def _matrix(entries: list[Entry], shape: tuple[int, int]) -> tuple[Matrix, tuple[Uncertain, ...]]:
    """Return the CSC matrix without zeros, and its uncertain entries with their positions."""
    kept = sorted((entry for entry in entries if entry[2] != 0), key=lambda entry: (entry[1], entry[0]))
    values = np.array([entry[2] for entry in kept], dtype=np.float64)
    rows = np.array([entry[0] for entry in kept], dtype=np.int64)
    columns = np.array([entry[1] for entry in kept], dtype=np.int64)
    start = np.searchsorted(columns, np.arange(shape[1] + 1)).astype(np.int64)
    drawn = tuple(
        Uncertain(position, entry[3].distribution, entry[3].stream, entry[3].group)
        for position, entry in enumerate(kept)
        if entry[3] is not None and not _is_fixed(entry[3].distribution)
    )
    return sp.csc_array((values, rows, start), shape=shape), drawn


def _is_fixed(distribution: Distribution) -> bool:
    return isinstance(distribution, Fixed) or distribution.sd == 0
