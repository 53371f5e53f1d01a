"""Solving a release again: its blocks are linked anew and compared with the figures, matrices and samples it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.lca.inputs import Floats
from tanbiao.core.lca.release import Release

TOLERANCE: Final = 1e-9
"""Largest relative difference of a figure solved again (ENGINE: a release is an input, checked within 1e-9)."""
SAMPLE_TOLERANCE: Final = 1e-6
"""The same of a stored sample: float32 adds up to 6e-8 of each of the kinds that a total is made of."""
DRAWN: Final = 8
"""Samples that are drawn and solved again."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was compared: datasets, linked processes solved again, samples drawn again, largest relative difference."""

    datasets: int
    solved: int
    samples: int
    largest: float


def resolve(release: Release) -> Resolved:
    """Link and solve a release again from its blocks alone, and compare.

    Raises
    ------
    TanbiaoError
        ``release_deep_differs``: names the dataset and the part whose figure is another; ``release_hash_wrong``.
    Unsolvable
        The system has no trustworthy answer (then nobody could have built the release).
    """
    datasets = list(release)
    largest = 0.0
    for gwp_set in GWP_SETS:
        if f"intensity/{gwp_set}" not in release.section_names():
            continue
        stored = release.intensities(gwp_set)
        again = np.array([list(item.intensity(gwp_set).kinds.values()) for item in datasets])
        largest = max(largest, _compare(release, stored, again, TOLERANCE, f"intensity/{gwp_set}"))
    if "system" not in release.header:
        return Resolved(len(datasets), 0, 0, largest)
    from tanbiao.core.lca import release_solve

    solved = release_solve.solve(datasets)
    linked, inventory = solved.linked, solved.inventory
    for name, values in (
        ("technosphere/value", linked.technosphere.data),
        ("interventions/value", linked.interventions.data),
    ):
        stored = np.asarray(release.array(f"system/{name}"), dtype=np.float64)
        if stored.shape != values.shape or not np.allclose(stored, values, rtol=TOLERANCE, atol=0):
            raise TanbiaoError.of("release_deep_differs", f"system/{name}", dataset="—", part=f"system/{name}")
    stored = np.asarray(release.array("system/inventory"), dtype=np.float64)
    largest = max(largest, _compare(release, stored.T, inventory.T, TOLERANCE, "system/inventory"))
    for gwp_set in linked.known_sets():
        index = release.use_index(gwp_set)
        if index is None or index[0] != [item.use_key() for item in datasets]:
            raise TanbiaoError.of("release_deep_differs", "use_keys", dataset="—", part="use_keys")
        again = np.array([[item.intensity(gwp_set).total] for item in datasets])
        largest = max(largest, _compare(release, index[1][:, None], again, TOLERANCE, f"total/{gwp_set}"))
    totals = [np.array([[item.total] for item in items]) for items in (datasets, solved)]
    largest = max(largest, _compare(release, totals[0], totals[1], TOLERANCE, "co2e"))
    drawn = _samples_again(release, linked)
    return Resolved(len(datasets), sum(item.is_linked for item in datasets), drawn, largest)


def _samples_again(release: Release, linked: object) -> int:
    """Draw and solve a few samples again: the first, the last, and some between."""
    from tanbiao.core.lca.release_samples import sampling, solve_task
    from tanbiao.core.lca.release_system import LinkedSystem

    said = release.sampling
    if said is None or not isinstance(linked, LinkedSystem):
        return 0
    count, seed = int(said["count"]), int(said["seed"])
    wanted = sampling(linked, sorted(said["roots"]), count, seed, draw_gwp=said.get("gwp") == "drawn")
    chosen = sorted({*range(0, count, max(1, count // (DRAWN - 1))), count - 1})
    for index in chosen:
        intensities = solve_task(wanted.tasks[0].at(index, 1))
        for gwp_set, kinds in wanted.rows.items():
            rows = release.samples(gwp_set)
            if rows is None:
                continue
            stored = np.array([rows.total(place)[index] for place in range(len(release))], dtype=np.float64)
            again = sum((intensities[row][:, 0] for row in kinds.values()), np.zeros(len(release)))
            scale = sum((np.abs(intensities[row][:, 0]) for row in kinds.values()), np.zeros(len(release)))
            _check(release, stored, again, SAMPLE_TOLERANCE * scale, f"samples/{gwp_set}")
    return len(chosen)


def _compare(release: Release, stored: Floats, again: Floats, tolerance: float, part: str) -> float:
    """Compare rows of datasets; return the largest difference relative to each row's own size."""
    size = np.maximum(np.abs(stored), np.abs(again)).max(axis=1, initial=0.0)
    apart = np.abs(stored - again).max(axis=1, initial=0.0)
    _check(release, np.zeros(len(size)), apart, tolerance * size, part)
    return float((apart / np.where(size > 0, size, 1.0)).max(initial=0.0))


def _check(release: Release, stored: Floats, again: Floats, allowed: Floats, part: str) -> None:
    bad: Sequence[int] = np.flatnonzero(~(np.abs(stored - again) <= allowed)).tolist()
    if bad:
        raise TanbiaoError.of("release_deep_differs", part, dataset=release.ids()[bad[0]], part=part)
