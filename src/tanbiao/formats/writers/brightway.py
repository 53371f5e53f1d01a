"""A Brightway data package of an inventory: linked, as matrices with distributions, for ``bw2calc`` and its kin.

Format: https://github.com/brightway-lca/bw_processing (data packages as zip: ``datapackage.json`` and NumPy arrays),
distributions as in https://stats-arrays.readthedocs.io. An activity and its product share a number; elementary flows
come after them. The characterisation is kg CO2e over 100 years under the linking's GWP set, so that a score is our
footprint. ``labels.json`` says what each number stands for.

Processes that can't be calculated are left out by name, as is what nobody supplies: a footprint is then at least what
is known, as here.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tanbiao.core import zip_guard
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.dataset.inventory import Exchange, Inventory, Spread
from tanbiao.core.dataset.nomenclature import UNSPLIT, gas_of
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.gases import gas
from tanbiao.core.lca.linked_solve import Solved, solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_model import Activity, Entry, LinkOptions
from tanbiao.core.lca.linking_providers import needs_provider
from tanbiao.core.lca.linking_units import Measures
from tanbiao.formats.writers import Written

__all__ = ["write"]

INDICES: Final = np.dtype([("row", "<i8"), ("col", "<i8")])
DISTRIBUTIONS: Final = np.dtype(
    [
        ("uncertainty_type", "u1"),
        ("loc", "<f4"),
        ("scale", "<f4"),
        ("shape", "<f4"),
        ("minimum", "<f4"),
        ("maximum", "<f4"),
        ("negative", "?"),
    ]
)
_UNKNOWN, _LOGNORMAL, _NORMAL, _UNIFORM, _TRIANGULAR = 0, 2, 3, 4, 5
"""Numbers of distributions in stats_arrays; 0: not stated."""
_GROUPS: Final = {
    "technosphere": "technosphere_matrix",
    "biosphere": "biosphere_matrix",
    "gwp": "characterization_matrix",
}
_NAMED: Final = 200

_Distribution = tuple[int, float, float, float, float, float, bool]


@dataclass(slots=True)
class _Matrix:
    """Entries one by one: those of one place are added up by whoever reads the package."""

    places: list[tuple[int, int]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flips: list[bool] = field(default_factory=list)
    distributions: list[_Distribution] = field(default_factory=list)

    def add(self, row: int, column: int, value: float, spread: Spread | None, scale: float, *, flip: bool) -> None:
        """Add an entry: ``value`` as stored (before the flip), ``scale`` from the spread's unit to the value's."""
        self.places.append((row, column))
        self.values.append(value)
        self.flips.append(flip)
        self.distributions.append(_distribution(value, spread, scale))


def _distribution(value: float, spread: Spread | None, scale: float) -> _Distribution:
    """Return a row of ``DISTRIBUTIONS`` around a value."""
    none = math.nan
    if spread is not None and value and math.isfinite(scale):
        bounds = [one * scale for one in (spread.minimum, spread.maximum) if one is not None]
        if spread.kind == "lognormal" and spread.sigma:
            return (_LOGNORMAL, math.log(abs(value)), spread.sigma, none, none, none, value < 0.0)
        if spread.kind == "normal" and spread.sigma:
            return (_NORMAL, value, spread.sigma * abs(scale), none, none, none, False)
        if spread.kind in ("uniform", "triangular") and len(bounds) == 2 and bounds[0] != bounds[1]:
            low, high = sorted(bounds)
            if spread.kind == "uniform":
                return (_UNIFORM, value, none, none, low, high, False)
            mode = value if spread.mode is None else spread.mode * scale
            if low <= mode <= high:
                return (_TRIANGULAR, mode, none, none, low, high, False)
    return (_UNKNOWN, value, none, none, none, none, False)


class _Package:
    def __init__(self, inventory: Inventory, solved: Solved) -> None:
        self.inventory, self.solved = inventory, solved
        self.measures = Measures(inventory)
        self.matrices = {name: _Matrix() for name in _GROUPS}
        linked = solved.linked
        kept = [linked.activities[int(number)] for number in solved.members]
        self.numbers = {one.id: number for number, one in enumerate(kept, 1)}
        self.flows: dict[str, int] = {}
        self.ranges = 0
        self._activities: Mapping[str, Activity] = {one.id: one for one in kept}
        for one in kept:
            self._activity(one)
        self._supplies()
        self._characterise()

    def _activity(self, one: Activity) -> None:
        number = self.numbers[one.id]
        self.matrices["technosphere"].add(number, number, one.amount, None, math.nan, flip=False)
        for entry in one.entries:
            if not needs_provider(self.inventory.flows, entry):
                flow = self.flows.setdefault(entry.exchange.flow, len(self.numbers) + len(self.flows) + 1)
                # Nothing is turned round here: + to nature, − from nature, as the linking counts.
                self._entry("biosphere", flow, number, entry.amount, entry.exchange, flip=False)

    def _supplies(self) -> None:
        entries: dict[tuple[str, int], Entry] = {
            (one.id, entry.number): entry for one in self._activities.values() for entry in one.entries
        }
        for choice in self.solved.linked.choices:
            if choice.user not in self.numbers:
                continue
            exchange = entries[choice.user, choice.exchange].exchange
            for provider, share in choice.providers:
                amount = choice.amount * choice.factor * share
                place = (self.numbers[provider], self.numbers[choice.user])
                self._entry("technosphere", *place, amount, exchange, flip=amount < 0.0)

    def _entry(self, name: str, row: int, column: int, amount: float, exchange: Exchange, *, flip: bool) -> None:
        value = -amount if flip else amount
        scale = value / exchange.amount if exchange.amount else math.nan
        spread = exchange.spread
        self.ranges += spread is not None and spread.kind == "undefined" and spread.minimum is not None
        self.matrices[name].add(row, column, value, spread, scale, flip=flip)

    def _characterise(self) -> None:
        wanted = self.solved.linked.options.gwp_set
        for key, number in self.flows.items():
            if key == f"{UNSPLIT}{wanted}":
                self.matrices["gwp"].add(number, number, 1.0, None, math.nan, flip=False)
                continue
            flow = self.inventory.flows[key]
            known = gas_of(flow)
            weight = self.measures.kilograms(flow)
            value = None if known is None else gas(known.gas).gwp.get(wanted)
            if known is not None and value is not None and weight is not None:
                factor = known.mass(1.0, is_input=False) * weight * value
                self.matrices["gwp"].add(number, number, factor, None, math.nan, flip=False)

    def files(self) -> dict[str, bytes]:
        """Return name → bytes of everything in the package but ``datapackage.json``."""
        made: dict[str, bytes] = {}
        for name, matrix in self.matrices.items():
            arrays: dict[str, NDArray[Any]] = {
                "indices": np.array(matrix.places, dtype=INDICES),
                "data": np.array(matrix.values, dtype="<f8"),
                "distributions": np.array(matrix.distributions, dtype=DISTRIBUTIONS),
                "flip": np.array(matrix.flips, dtype="?"),
            }
            made |= {f"{name}.{kind}.npy": _npy(array) for kind, array in arrays.items()}
        made["labels.json"] = json.dumps(self._labels(), ensure_ascii=False, indent=1).encode()
        return made

    def _labels(self) -> list[dict[str, Any]]:
        processes = {one.id: one for one in self.inventory.processes}
        labels: list[dict[str, Any]] = []
        for key, number in self.numbers.items():
            one = self._activities[key]
            licence = processes[one.process].licence if one.process in processes else ""
            label = {
                "number": number,
                "kind": "activity",
                "id": key,
                "process": one.process,
                "name": self.solved.linked.labels[self.solved.linked.index[key]],
                "product": one.product,
                "unit": one.unit,
                "place": one.place,
                "licence": licence,
            }
            labels.append(label)
        for key, number in self.flows.items():
            flow = self.inventory.flows[key]
            label = {
                "number": number,
                "kind": "elementary flow",
                "id": key,
                "name": dict(flow.name),
                "unit": self.measures.unit(flow),
                "compartment": list(flow.categories),
                "cas": flow.cas,
            }
            labels.append(label)
        return labels

    def description(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Return ``datapackage.json``; its id follows from what is in the package."""
        resources: list[dict[str, Any]] = []
        for name, matrix in _GROUPS.items():
            rows = len(self.matrices[name].values)
            resources += [
                {
                    "profile": "data-resource",
                    "format": "npy",
                    "mediatype": "application/octet-stream",
                    "name": f"{name}.{kind}",
                    "matrix": matrix,
                    "kind": kind,
                    "path": f"{name}.{kind}.npy",
                    "group": name,
                    "category": "vector",
                    "nrows": rows,
                }
                for kind in ("indices", "data", "distributions", "flip")
            ]
        about = {"profile": "data-resource", "mediatype": "application/json", "valid_for": "technosphere"}
        resources.append({**about, "path": "labels.json", "name": "labels"})
        licences = sorted({one.licence.strip() for one in self.inventory.processes if one.licence.strip()})
        return {
            "profile": "data-package",
            "name": "tanbiao-datasets",
            "id": hash_bytes(b"".join(files[name] for name in sorted(files))).removeprefix("sha256:")[:32],
            "title": f"kg CO2e, 100 years, {self.solved.linked.options.gwp_set}",
            "licenses": [{"name": "see-labels", "title": text} for text in licences],
            "resources": resources,
            "combinatorial": False,
            "sequential": False,
            "seed": None,
            "64_bit_indices": True,
            "sum_intra_duplicates": True,
            "sum_inter_duplicates": False,
            "matrix_serialize_format_type": "numpy",
        }


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def write(inventory: Inventory, options: LinkOptions | None = None) -> Written:
    """Return a data package (zip) of what can be calculated, and findings for all that is not in it.

    Parameters
    ----------
    options
        How to link; see :func:`tanbiao.core.lca.linking.link`.

    Raises
    ------
    TanbiaoError
        ``brightway_empty``, with the reasons: nothing can be calculated.
    """
    solved = solve(link(inventory, options=options))
    told = list(_left_out(solved))
    if not solved.members.size:
        raise TanbiaoError(finding("brightway_empty", Severity.ERROR), *told)
    package = _Package(inventory, solved)
    files = package.files()
    files["datapackage.json"] = json.dumps(package.description(files), ensure_ascii=False, indent=1).encode()
    told += _lost(inventory, package)
    return Written(zip_guard.pack(files), tuple(told))


def _left_out(solved: Solved) -> list[Finding]:
    """Return a finding for each activity that has no figure, and one for what nobody supplies."""
    linked = solved.linked
    found = [
        finding(
            "brightway_left_out",
            Severity.WARNING,
            one.reason.where,
            name=linked.labels[linked.index[key]],
            reason=one.code,
        )
        for key, one in list(solved.refusals.items())[:_NAMED]
    ]
    if len(solved.refusals) > _NAMED:
        more = len(solved.refusals) - _NAMED
        found.append(finding("findings_left_out", Severity.INFO, "", repeated="brightway_left_out", more=more))
    kept = [one for one in linked.unlinked if one.user not in solved.refusals]
    if kept:
        products = len({one.flow for one in kept})
        found.append(finding("brightway_unlinked", Severity.WARNING, "", count=len(kept), products=products))
    return found


def _lost(inventory: Inventory, package: _Package) -> list[Finding]:
    counts = {
        "formulas and parameters": sum(
            len(one.parameters) + sum(bool(each.formula) for each in one.exchanges) for one in inventory.processes
        )
        + len(inventory.parameters),
        "results by module": sum(len(one.results) for one in inventory.processes),
        "allocation factors (applied)": sum(len(one.allocation) for one in inventory.processes),
        "documentation, sources and reviews": sum(
            len(one.documentation) + len(one.citations) for one in inventory.processes
        ),
        "classifications": sum(len(one.classifications) for one in inventory.processes)
        + sum(len(one.classifications) for one in inventory.flows.values()),
        "ranges without a shape": package.ranges,
    }
    return [
        finding("brightway_cannot_hold", Severity.INFO, "", what=what, count=count)
        for what, count in counts.items()
        if count
    ]
