"""The matrices of a release: its linked unit processes and its finished factors as one product system.

Every dataset is one process with one product. A linked unit process has its inputs in the technosphere and its
emissions below; a finished factor has no inputs, and its figure below: gases as masses, and what has no gas as kg CO2e
by kind (rows ``carried/…``). So one solve gives every dataset its masses by gas, and every GWP set weighs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import scipy.sparse as sp

from tanbiao.core import gases as gas_table
from tanbiao.core.amounts import add
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.exchanges import Emission, Input
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET, Kind
from tanbiao.core.lca.exact_residual import exact_residual
from tanbiao.core.lca.inputs import Floats, Integers, Matrix
from tanbiao.core.lca.montecarlo import ordered_sums
from tanbiao.core.lca.release import KIND_COLUMNS
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.numerics.distributions import Distribution, Fixed, LogNormal, Normal, Triangular
from tanbiao.core.numerics.draw_table import DrawTable
from tanbiao.core.numerics.draw_table import Kind as Drawn
from tanbiao.core.numerics.philox import stream_of

CARRIED: Final = "carried/"
"""Prefix of the rows that hold kg CO2e by kind of what has no gases."""
AIRCRAFT: Final = "aircraft"
"""Row of kg CO2e from aircraft: an "of which", in no sum."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What is drawn for one entry: its distribution, its stream's name, and the market of which it is a share."""

    distribution: Distribution
    stream: str
    market: str = ""


@dataclass(frozen=True)
class Entries:
    """The stored entries of a matrix as they are drawn, in the order of its ``data``."""

    table: DrawTable
    nominal: Floats
    """(rows,) amounts of the table's rows."""
    markets: tuple[tuple[Integers, float], ...] = ()
    """Rows of the shares of one supply, and their nominal sum, which every sample keeps."""
    start: Integers | None = None
    """(entries + 1,): entry ``i`` sums the table's rows ``start[i] … start[i + 1] − 1``; None: each has one row."""


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
    inputs: Entries
    """How the technosphere is drawn."""
    burdens: Entries
    """How the interventions are drawn."""

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
        """Return every row per unit of every dataset; (rows, n), to the last bit the same on every processor.

        A solver's last bits follow the processor's arithmetic; with the residual summed without rounding, one
        refinement (Higham 2002, ch. 12) leaves the answer nearest to the true one.
        """
        found = np.array(self.system.intensities())
        rest = exact_residual(self.technosphere, self.interventions, found)
        return (found + self.system.carried(rest) if rest.any() else found) + 0.0  # no zero has a sign

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


def _technosphere(datasets: Sequence[Dataset], place: Mapping[str, int]) -> tuple[Matrix, Entries]:
    size = len(datasets)
    entries: list[Entry] = [(index, index, 1.0, None) for index in range(size)]
    for column, item in enumerate(datasets):
        seen: set[tuple[str, str]] = set()
        for used in item.inputs:
            where = f"{item.id}.inputs.{used.id}"
            if used.dataset not in place:
                raise TanbiaoError.of("release_input_missing", where, process=item.id, dataset=used.dataset)
            if used.dataset == item.id or (used.dataset, used.exchange) in seen:
                code = "input_of_itself" if used.dataset == item.id else "input_twice"
                raise TanbiaoError.of(code, where, process=item.id, dataset=used.dataset)
            # Several exchanges of a source may draw on one supplier; without their names it is a slip.
            seen.add((used.dataset, used.exchange))
            factor = -datasets[place[used.dataset]].per_input(used, where)
            group = f"{item.id}/{used.market}" if used.market else ""
            drawn = Uncertain(_drawn(used, where, factor), f"exchange/{item.id}/{used.drawn_as}", group)
            entries.append((place[used.dataset], column, factor * used.amount, drawn))
    return _matrix(entries, (size, size))


def _drawn(exchange: Input | Emission, where: str, factor: float = 1.0) -> Distribution:
    """Return an exchange's distribution; bounds that don't hold its amount are refused with the place."""
    try:
        return exchange.distribution(factor)
    except TanbiaoError as error:
        raise TanbiaoError(*(replace(item, where=where) for item in error.findings)) from error


Burden = tuple[str, float, Uncertain]


def _below(item: Dataset) -> list[Burden]:
    """Return (row, amount per unit, what is drawn) of a dataset's own emissions, or of a finished factor."""
    if item.is_linked:
        return [
            (own.gas, own.amount, Uncertain(_drawn(own, where), f"emission/{item.id}/{own.drawn_as}"))
            for own in item.emissions
            for where in (f"{item.id}.emissions.{own.drawn_as}",)
        ]
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
    return [(row, value, Uncertain(LogNormal(value, sigma), stream)) for row, value in values.items()]


def _rows(below: Sequence[Sequence[Burden]]) -> tuple[str, ...]:
    """Return the rows that occur: gases in the order of their table, then what is carried, then aircraft."""
    found = {row for item in below for row, _, _ in item}
    order = [*gas_table.all_gases(), *(CARRIED + kind for kind in KIND_COLUMNS), AIRCRAFT]
    return tuple(row for row in order if row in found) or (CARRIED + Kind.UNDIVIDED.value,)


def _interventions(
    datasets: Sequence[Dataset],
    below: Sequence[Sequence[Burden]],
    row_of: Mapping[str, int],
) -> tuple[Matrix, Entries]:
    entries: list[Entry] = []
    for column, found in enumerate(below):
        for row, amount, drawn in found:
            entries.append((row_of[row], column, amount, drawn))
    return _matrix(entries, (max(1, len(row_of)), len(datasets)))


def _matrix(entries: list[Entry], shape: tuple[int, int]) -> tuple[Matrix, Entries]:
    """Return the CSC matrix without zeros, and how its entries are drawn; exchanges of one entry are added up."""
    kept = sorted((entry for entry in entries if entry[2] != 0), key=lambda entry: (entry[1], entry[0]))
    rows = np.array([entry[0] for entry in kept], dtype=np.int64)
    columns = np.array([entry[1] for entry in kept], dtype=np.int64)
    values = np.array([entry[2] for entry in kept], dtype=np.float64)
    first = np.ones(len(kept), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    drawn = _entries(kept)
    if not first.all():
        runs = np.append(np.flatnonzero(first), len(kept))
        values = ordered_sums(runs, values[:, None])[:, 0]
        rows, columns = rows[first], columns[first]
        drawn = replace(drawn, start=runs)
    start = np.searchsorted(columns, np.arange(shape[1] + 1)).astype(np.int64)
    return sp.csc_array((values, rows, start), shape=shape), drawn


def _entries(kept: Sequence[Entry]) -> Entries:
    drawn = [entry[3] or Uncertain(Fixed(entry[2]), "") for entry in kept]
    parameters = [_parameters(item.distribution) for item in drawn]
    numbers = np.array([values for _, values in parameters], dtype=np.float64).reshape(len(drawn), 3)
    streams: dict[str, int] = {}
    for item in drawn:
        streams.setdefault(item.stream, stream_of(item.stream))
    table = DrawTable(
        np.array([kind for kind, _ in parameters], dtype=np.int8),
        numbers[:, 0].copy(),
        numbers[:, 1].copy(),
        numbers[:, 2].copy(),
        np.array([streams[item.stream] for item in drawn], dtype=np.uint64),
        np.ones(len(drawn)),
    )
    markets: dict[str, list[int]] = {}
    for position, item in enumerate(drawn):
        if item.market:
            markets.setdefault(item.market, []).append(position)
    return Entries(
        table,
        np.array([entry[2] for entry in kept], dtype=np.float64),
        tuple((np.array(places), add(*(kept[place][2] for place in places))) for places in markets.values()),
    )


def _parameters(distribution: Distribution) -> tuple[Drawn, tuple[float, float, float]]:
    """Return a distribution as a row of a table of draws; a spread of zero is no spread."""
    if isinstance(distribution, LogNormal):
        kind = Drawn.LOGNORMAL if distribution.sigma else Drawn.FIXED
        return kind, (distribution.median, distribution.sigma, 0.0)
    if isinstance(distribution, Fixed) or distribution.sd == 0:
        return Drawn.FIXED, (distribution.nominal, 0.0, 0.0)
    if isinstance(distribution, Normal):
        return Drawn.NORMAL, (distribution.mean, distribution.sd, 0.0)
    if isinstance(distribution, Triangular):
        return Drawn.TRIANGULAR, (distribution.low, distribution.mode, distribution.high)
    return Drawn.UNIFORM, (distribution.low, distribution.high, 0.0)
