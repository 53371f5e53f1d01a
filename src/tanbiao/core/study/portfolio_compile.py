"""A study as a row of a portfolio: how much of which dataset, and how its own uncertain amounts move that.

A compiled study names its background by *questions* that any release can answer: ``dataset/ID``, ``grid/REGION/YEAR``,
``fuel/ID/combustion`` and ``fuel/ID/upstream``. Its total on a release is ``constant + Σ amount · intensity``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.distributions import Distribution
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import accounted
from tanbiao.core.study.electricity import year_of
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.model import Study
from tanbiao.core.study.package import Recorder
from tanbiao.core.study.spread import Draw, Floats, multipliers

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

STEP: Final = 1e-4
"""Relative step of the central differences; exact where a total is linear in an amount, as nearly always."""
_NO_ANSWER: Final = frozenset({"unknown_dataset", "grid_region_unknown", "electricity_missing", "fuel_unknown"})


@dataclass(frozen=True, slots=True)
class Compiled:
    """A study, compiled on one release.

    Attributes
    ----------
    name
        The study's content hash.
    questions, amounts
        What it asks the background for, and how many reference units of it per declared unit (credits negative).
    use_keys
        Of each answer (``Dataset.use_key``). On a release where one differs the study must be calculated anew.
    constant
        kg CO2e per declared unit of the gases that it emits itself.
    moved
        (own uncertain numbers, questions + 1): standard deviation × derivative of each amount, and of the constant.
    value
        The total on the release it was compiled on.
    """

    name: str
    gwp: str
    questions: tuple[str, ...]
    amounts: Floats
    use_keys: tuple[str, ...]
    constant: float
    moved: Floats
    value: float


def compile_study(study: Study, release: Background, rule: Rule | None = None) -> Compiled:
    """Compile a study on a release.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.core.study.calculation.calculate` raises.
    """
    uncertain = own_numbers(study, release, rule)
    recorder = Recorder(release)
    shape = 2 * len(uncertain)
    _, _, counted = accounted(
        study, recorder, rule, samples=shape, draw=probing(tuple(uncertain), (1.0 + STEP, 1.0 - STEP))
    )
    questions: dict[str, list[Floats]] = {}
    answers: dict[str, Dataset] = {}
    constants = [np.zeros(1 + shape)]
    for entry in counted:
        whole = np.broadcast_to(entry.amount * entry.part.sign, (1 + shape,))
        dataset = entry.part.dataset
        if dataset is None or study.carries(dataset):
            constants.append(whole * entry.part.intensity.total)
            continue
        question = _question(entry, dataset, study, recorder)
        questions.setdefault(question, []).append(whole)
        answers[question] = dataset
    rows = np.array([_added(parts) for parts in questions.values()] + [_added(constants)])
    sd = np.array(list(uncertain.values()))
    moved = (rows[:, 1::2] - rows[:, 2::2]).T / (2 * STEP) * sd[:, None]
    return Compiled(
        study.hash,
        study.gwp,
        tuple(questions),
        rows[:-1, 0].copy(),
        tuple(answers[question].use_key() for question in questions),
        float(rows[-1, 0]),
        moved,
        add(0.0, *(entry.value for entry in counted)),
    )


def own_numbers(study: Study, release: Background, rule: Rule | None = None) -> dict[str, float]:
    """Return the standard deviation of the multiplier of each of a study's own uncertain numbers, by its stream's name.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.core.study.calculation.calculate` raises.
    """
    own: dict[str, Distribution] = {}

    def note(spreads: Sequence[tuple[str, Distribution]], seed: int, samples: int) -> dict[str, Floats]:
        own.update(spreads)
        return multipliers(spreads, seed, samples)

    accounted(study, release, rule, draw=note)
    return {name: item.sd for name, item in own.items() if item.sd > 0}


def probing(names: Sequence[str], factors: Sequence[float]) -> Draw:
    """Return draws in which each number by itself takes each factor in turn, a sample for each, and all else is 1."""

    def probe(spreads: Sequence[tuple[str, Distribution]], _: int, samples: int) -> dict[str, Floats]:
        drawn = {name: np.ones(1 + samples) for name, _ in spreads}
        for place, name in enumerate(names):
            if name in drawn:
                first = 1 + len(factors) * place
                drawn[name][first : first + len(factors)] = factors
        return drawn

    return probe


def _added(parts: Sequence[Floats]) -> Floats:
    total = np.zeros_like(parts[0])
    for part in parts:
        total = total + part
    return total


def _question(entry: Entry, dataset: Dataset, study: Study, recorder: Recorder) -> str:
    """Return what a row asks of a release, not what this release happens to answer."""
    row = entry.flow.row
    if row.electricity is not None:
        region = row.electricity.region or study.product.country
        place = f"{region}/{year_of(study, row.electricity)}"
        if recorder.grids.get(place, {}).get("dataset") == dataset.id:
            return f"grid/{place}"
    if row.fuel is not None and row.fuel.combustion is None and row.fuel.id in recorder.fuels:
        said = recorder.fuels[row.fuel.id]
        for role in ("combustion", "upstream"):
            if said[role] == dataset.id and (role == "combustion" or row.fuel.upstream is None):
                return f"fuel/{row.fuel.id}/{role}"
    return f"dataset/{dataset.id}"


def answer(release: Background, question: str) -> Dataset | None:
    """Return the dataset with which a release answers a question, or None where it has none."""
    what, _, rest = question.partition("/")
    try:
        if what == "grid":
            region, _, year = rest.rpartition("/")
            return release.grid_electricity(region, int(year))[0]
        if what == "fuel":
            key, _, role = rest.rpartition("/")
            pair = release.fuel(key)
            return pair.combustion if role == "combustion" else pair.upstream
        return release.get(rest)
    except TanbiaoError as error:
        if error.code in _NO_ANSWER:
            return None
        raise
