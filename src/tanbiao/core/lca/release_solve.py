"""Solving the linked unit processes of a release: their figures, and the sections that keep matrices and order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import scipy.sparse as sp

from tanbiao.core import gases as gas_table
from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.dataset import Dataset, Kinds
from tanbiao.core.dataset.exchanges import Missing
from tanbiao.core.dataset.model import Notice, chain_kinds
from tanbiao.core.dataset.uncertainty import Propagated
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.core.gases import Kind
from tanbiao.core.lca import release_format as form
from tanbiao.core.lca.inputs import Floats, Matrix
from tanbiao.core.lca.release import KIND_COLUMNS, Release
from tanbiao.core.lca.release_system import AIRCRAFT, CARRIED, LinkedSystem, assemble
from tanbiao.core.lca.system import ProductSystem
from tanbiao.core.lca.unlinked import Unlinked, hidden, reaching

INCOMPLETE: Final = ("dataset_incomplete_bounded", "dataset_incomplete")
"""Codes of the notices on figures that lack something, with and without a bound."""


@dataclass(frozen=True)
class SolvedRelease:
    """The linked datasets of a release with their answers; each is made when it is asked for and not kept.

    ``inventory``: (rows, n) every row of the system per unit of every dataset.
    """

    datasets: Sequence[Dataset]
    linked: LinkedSystem
    inventory: Floats
    gwp_set: str
    missing: Mapping[int, Missing]
    spreads: Mapping[int, Propagated] = field(default_factory=dict)
    """Place → spread, of those whose spread follows from their chain."""

    def __iter__(self) -> Iterator[Dataset]:
        """Yield the datasets in their order, the linked ones with their figures."""
        rows = self.linked.rows
        for index, item in enumerate(self.datasets):
            if item.is_solved:
                made = _solved(item, rows, self.inventory[:, index], self.gwp_set, self.missing.get(index))
                spread = self.spreads.get(index)
                yield made if spread is None else made.model_copy(update={"uncertainty": spread})
            else:
                yield item


def solve(datasets: Sequence[Dataset]) -> SolvedRelease:
    """Return the datasets with the figures of the linked ones, the system, and its inventory.

    Parameters
    ----------
    datasets
        Sorted by id.

    Raises
    ------
    TanbiaoError
        As :func:`assemble`; ``gwp_set_for_all_missing``: no GWP set has a value for every gas.
    Unsolvable
        A loop without a trustworthy answer.
    """
    linked = assemble(datasets)
    inventory = linked.inventory()
    sets = linked.known_sets()
    if not sets:
        raise TanbiaoError.of("gwp_set_for_all_missing", "gases", gases=", ".join(linked.rows))
    return SolvedRelease(datasets, linked, inventory, sets[-1], _missing(datasets, linked, sets[-1]))


def _missing(datasets: Sequence[Dataset], linked: LinkedSystem, gwp_set: str) -> dict[int, Missing]:
    """Return what each dataset lacks whose chain reaches a gap; see :func:`tanbiao.core.lca.unlinked.hidden`."""
    place = {item.id: index for index, item in enumerate(datasets)}
    open_: list[Unlinked] = []
    for index, item in enumerate(datasets):
        for gap in item.gaps:
            at, amount = place.get(gap.stand_in), gap.amount
            if at is not None:
                try:
                    unit = units.parse_unit(gap.unit)
                    amount = datasets[at].amount_in_reference(gap.amount, unit)
                except TanbiaoError:
                    at = None
            open_.append(Unlinked(index, gap.name, amount, gap.unit, at))
    if not open_:
        return {}
    system = ProductSystem(
        linked.technosphere, linked.interventions, linked.characterisation(gwp_set).sum(axis=0)[None, :]
    )
    bounds = hidden(system, open_)[0]
    return {
        index: Missing(
            own=len(datasets[index].gaps), bound=float(bounds[index]) if np.isfinite(bounds[index]) else None
        )
        for index in reaching(system, [int(one.process) for one in open_]).tolist()
    }


def _solved(item: Dataset, rows: Sequence[str], column: Floats, gwp_set: str, missing: Missing | None) -> Dataset:
    """Return the dataset with its masses, what it carries, and its total by kind under a set."""
    found = {row: float(value) for row, value in zip(rows, column, strict=True) if value}
    masses = {row: value for row, value in found.items() if row != AIRCRAFT and not row.startswith(CARRIED)}
    carried = Kinds(
        **{kind.value: found.get(CARRIED + kind.value, 0.0) for kind in Kind}, aircraft=found.get(AIRCRAFT, 0.0)
    )
    kinds = chain_kinds(gas_table.characterise(masses, gwp_set, item.id), carried)
    total = add(*kinds.values())
    if not math.isfinite(total):
        raise TanbiaoError.of("amount_not_finite", item.id, value=str(total))
    # A copy, not a new reading: what a solved dataset shares with its document is neither tested nor stored again.
    solved = item.model_copy(
        update={
            "gases": masses,
            "carried": carried,
            "co2e": {gwp_set: total},
            "kinds": Kinds(**kinds, aircraft=carried.aircraft),
            "missing": missing,
            "findings": tuple(_with_missing(item, missing)),
        }
    )
    for name in solved.__dict__.keys() - Dataset.model_fields.keys():
        del solved.__dict__[name]  # what was worked out from the figures that are replaced
    return solved


def _with_missing(item: Dataset, missing: Missing | None) -> list[Notice]:
    """Return a dataset's notices; every study that uses an incomplete figure is told by one of them."""
    kept = [notice for notice in item.findings if notice.code not in INCOMPLETE]
    if missing is None:
        return kept
    params: dict[str, str | int | float] = {"dataset": item.id, "own": missing.own}
    if missing.bound is None:
        return [*kept, Notice(code=INCOMPLETE[1], severity=Severity.WARNING, params=params)]
    params |= {"bound": f"{missing.bound:.4g}", "unit": item.reference.unit}
    return [*kept, Notice(code=INCOMPLETE[0], severity=Severity.WARNING, params=params)]


def sections(linked: LinkedSystem, inventory: Floats) -> dict[str, form.Piece]:
    """Return the sections of a linked system: matrices by columns, rows' names, weights, order, inventory."""
    plan = linked.system.ordering()
    made = {
        "system/rows": form.Piece("text", (len(linked.rows),), "\n".join(linked.rows).encode(), compress=True),
        "system/inventory": _array(inventory, "<f8"),
        "plan/process": _array(plan.process, "<i8"),
        "plan/edges": _array(plan.blocks.edges, "<i8"),
        "plan/kinds": _array(plan.blocks.kinds, "<i8"),
    }
    for name, matrix in (("technosphere", linked.technosphere), ("interventions", linked.interventions)):
        made |= {
            f"system/{name}/start": _array(matrix.indptr, "<i8"),
            f"system/{name}/row": _array(matrix.indices, "<i8"),
            f"system/{name}/value": _array(matrix.data, "<f8"),
        }
    for gwp_set in linked.known_sets():
        made[f"system/characterisation/{gwp_set}"] = _array(linked.characterisation(gwp_set), "<f8")
    return made


_NAMES = {"<f8": "float64", "<i8": "int64"}


def _array(values: Any, dtype: str) -> form.Piece:
    array = np.ascontiguousarray(values, dtype=dtype)
    return form.Piece(_NAMES[dtype], array.shape, array.tobytes())


def open_system(release: Release, gwp_set: str) -> ProductSystem:
    """Return the linked system that a release keeps, under one GWP set: what the views of a system are made from.

    Products and processes bear the ids of the datasets, gases the names of the rows, and the five indicators are the
    kinds (kg CO2e per reference unit), which add up to the total.

    Raises
    ------
    TanbiaoError
        ``release_not_linked``: the release keeps no matrices; ``gwp_set_not_known``; ``release_hash_wrong``.
    """
    if "system" not in release.header:
        raise TanbiaoError.of("release_not_linked", release.path, name=release.name)
    if f"system/characterisation/{gwp_set}" not in release.section_names():
        raise TanbiaoError.of("gwp_set_not_known", release.path, set=gwp_set)
    rows = release.section("system/rows").decode("utf-8").split("\n")
    size = len(release)

    def matrix(name: str, height: int) -> Matrix:
        parts: Any = tuple(np.array(release.array(f"system/{name}/{part}")) for part in ("value", "row", "start"))
        return sp.csc_array(parts, shape=(height, size))

    return ProductSystem(
        matrix("technosphere", size),
        matrix("interventions", len(rows)),
        np.array(release.array(f"system/characterisation/{gwp_set}")),
        products=release.ids(),
        processes=release.ids(),
        gases=rows,
        indicators=KIND_COLUMNS,
    )


def use_sections(keys: Sequence[str], totals: Mapping[str, Sequence[float]]) -> dict[str, form.Piece]:
    """Return what many studies need of every dataset without reading its block: its use key, its total by set."""
    made = {"use_keys": form.Piece("text", (len(keys),), "\n".join(keys).encode(), compress=True)}
    return made | {f"total/{gwp_set}": _array(values, "<f8") for gwp_set, values in totals.items()}


def described(linked: LinkedSystem) -> dict[str, Any]:
    """Return what the header says of the system: its size, its blocks and what is worth knowing of it."""
    blocks = linked.system.plan()
    loops = [block for block in blocks if block.condition is not None]
    return {
        "processes": len(linked.ids),
        "inputs": int(linked.technosphere.nnz) - len(linked.ids),
        "loops": len(loops),
        "largest_loop": max((len(block.processes) for block in loops), default=0),
        "findings": [
            {"code": item.code, "severity": item.severity.value, "params": dict(item.params)}
            for item in linked.system.findings
        ],
    }
