"""Many studies on a new release at once: nominal totals exact, intervals from shared samples, classes that may change.

A portfolio is a sparse matrix of studies × questions to the background (see :mod:`portfolio_compile`). On a release it
is multiplied with the intensities, for the nominal totals, and with the release's sampled totals, for the spread that
the background gives. The spread of a study's own amounts is first order: ``Var = Σ_s (Σ_q J[s, q] λ[q])²``, ``J`` the
derivative of amount q by own uncertain number s times that number's standard deviation (GUM, JCGM 100:2008, eq. 10).
Both halves of an interval grow by it as independent spreads do: ``√((p50 − p2.5)² + (1.96 σ)²)``; project default, not
official. Only where a class may change is a study sampled in full, and the answer says for which this was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.numerics.distributions import LogNormal
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.portfolio_compile import Compiled, answer
from tanbiao.core.study.spread import Floats, multipliers

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release as Background

Singles = NDArray[np.float32]
How = Literal["first_order", "full", "stopped"]

CHUNK: Final = 2048
"""Studies in one task: their samples stay below 10 MB; no bit depends on it."""
HALF_WIDTH: Final = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
PROBABILITIES: Final = (0.025, 0.5, 0.975)


class Mapper(Protocol):
    """What is asked of an executor (``tanbiao.jobs.Executor``): results in the order of the inputs."""

    def map(self, function: Callable[[Any], Any], inputs: Iterable[Any], /) -> Iterator[Any]:
        """Yield ``function(input)`` for every input, in the order of the inputs."""


class _InTurn:
    def map(self, function: Callable[[Any], Any], inputs: Iterable[Any], /) -> Iterator[Any]:
        return map(function, inputs)


@dataclass(frozen=True)
class Portfolio:
    """Studies of one GWP set, compiled.

    Attributes
    ----------
    names
        (m,) one name for each study.
    questions, use_keys
        (q,) what the studies ask a release, and the answers' ``Dataset.use_key`` ('' asks for none).
    amounts
        (m, q) CSR: reference units per declared unit.
    constant
        (m,) kg CO2e per declared unit of own gases.
    own, own_constant, owner
        (s, q) CSR, (s,), (s,) ascending: J of each own uncertain number, its part in the constant, and its study.
    value
        (m,) totals on the release the studies were compiled on.
    """

    names: tuple[str, ...]
    gwp: str
    questions: tuple[str, ...]
    use_keys: tuple[str, ...]
    amounts: Any
    constant: Floats
    own: Any
    own_constant: Floats
    owner: NDArray[np.int64]
    value: Floats

    @classmethod
    def of(cls, compiled: Sequence[Compiled], names: Sequence[str] | None = None) -> Portfolio:
        """Put compiled studies of one GWP set together.

        Raises
        ------
        TanbiaoError
            ``portfolio_empty``; ``gwp_sets_mixed``.
        """
        if not compiled:
            raise TanbiaoError.of("portfolio_empty")
        for item in compiled:
            if item.gwp != compiled[0].gwp:
                raise TanbiaoError.of("gwp_sets_mixed", item.name, first=compiled[0].gwp, second=item.gwp)
        # Two releases may have answered one question differently: then it is two columns.
        column: dict[tuple[str, str], int] = {}
        places = [
            np.array(
                [column.setdefault(pair, len(column)) for pair in zip(item.questions, item.use_keys, strict=True)],
                dtype=np.int64,
            )
            for item in compiled
        ]
        # An amount of 0 stays: a factor that is gone stops the study all the same, as a calculation of it would.
        asked = [(where, item.amounts[None, :]) for where, item in zip(places, compiled, strict=True)]
        amounts = _rows(asked, len(column), keep_zeros=True)
        own = _rows([(where, item.moved[:, :-1]) for where, item in zip(places, compiled, strict=True)], len(column))
        return cls(
            tuple(names or (item.name for item in compiled)),
            compiled[0].gwp,
            tuple(question for question, _ in column),
            tuple(sign for _, sign in column),
            amounts,
            np.array([item.constant for item in compiled]),
            own,
            np.concatenate([item.moved[:, -1] for item in compiled]),
            np.repeat(np.arange(len(compiled)), [len(item.moved) for item in compiled]),
            np.array([item.value for item in compiled]),
        )


def _rows(parts: Sequence[tuple[NDArray[np.int64], Floats]], width: int, *, keep_zeros: bool = False) -> Any:
    """Return dense rows over given columns as one CSR matrix; zeros are left out unless they are to be kept."""
    lengths, columns, values = [np.zeros(1, dtype=np.int64)], [], []
    for where, dense in parts:
        rows, at = np.nonzero(np.ones_like(dense) if keep_zeros else dense)
        lengths.append(np.bincount(rows, minlength=len(dense)).astype(np.int64))
        columns.append(where[at])
        values.append(dense[rows, at])
    start = np.cumsum(np.concatenate(lengths))
    return sp.csr_array(
        (np.concatenate([np.zeros(0), *values]), np.concatenate([np.zeros(0, dtype=np.int64), *columns]), start),
        shape=(len(start) - 1, width),
    )


@dataclass(frozen=True)
class Table:
    """What a release answers to the questions of a portfolio."""

    nominal: Floats
    """(q,) kg CO2e per reference unit."""
    stops: tuple[str, ...]
    """(q,) '' or why a question can't be answered as before: ``gone``, ``other_unit``, ``no_figure`` under the set."""
    draws: Draws


@dataclass(frozen=True)
class Draws:
    """How to come by the sampled totals of the answers: a worker reads them itself from the release file.

    Attributes
    ----------
    path, hash
        The release file; its hash is checked again by every process that opens it.
    places
        (q,) position of each answer in the release; −1: drawn by its own spread (or no answer).
    spreads
        Per question (stream, nominal, sigma) for those drawn by their own spread, else None.
    """

    path: str
    hash: str
    gwp: str
    samples: int
    seed: int
    places: tuple[int, ...]
    spreads: tuple[tuple[str, float, float] | None, ...]

    def of(self, release: Background) -> Singles:
        """Return the sampled totals, (q, samples) float32, every row checked by its hash."""
        draws = np.zeros((len(self.places), self.samples), dtype=np.float32)
        rows = release.samples(self.gwp)
        for column, (place, spread) in enumerate(zip(self.places, self.spreads, strict=True)):
            if place >= 0 and rows is not None:
                draws[column] = rows.total(place)[: self.samples]
            elif spread is not None:
                stream, nominal, sigma = spread
                drawn = multipliers([(stream, LogNormal(1.0, sigma))], self.seed, self.samples)[stream]
                draws[column] = nominal * drawn[1:]
        return draws


def table_of(release: Background, portfolio: Portfolio, samples: int, seed: int) -> Table:
    """Return a release's answers to the questions of a portfolio.

    Sampled totals are the release's own where it was sampled under the set, else drawn by each dataset's spread, as a
    calculation of the study would.

    Raises
    ------
    TanbiaoError
        ``samples_beyond_release``; ``release_hash_wrong``.
    """
    size, sampled = len(portfolio.questions), release.sampling
    shared = sampled is not None and portfolio.gwp in sampled["roots"]
    if shared and sampled is not None and samples > int(sampled["count"]):
        raise TanbiaoError.of("samples_beyond_release", "samples", wanted=samples, count=int(sampled["count"]))
    nominal, stops, places = np.zeros(size), [""] * size, [-1] * size
    spreads: list[tuple[str, float, float] | None] = [None] * size
    index = release.use_index(portfolio.gwp) if shared else None
    for column, (question, wanted) in enumerate(zip(portfolio.questions, portfolio.use_keys, strict=True)):
        identifier = (
            release.canonical_id(question.removeprefix("dataset/")) if question.startswith("dataset/") else None
        )
        if index is not None and identifier is not None:
            # Nothing is parsed: key and total stand in sections that were made from the blocks.
            places[column] = place = release.position(identifier)
            key, nominal[column] = index[0][place], index[1][place]
            if wanted and key != wanted:
                stops[column], nominal[column], places[column] = "other_unit", 0.0, -1
            continue
        dataset = answer(release, question)
        if dataset is None or (wanted and dataset.use_key() != wanted):
            stops[column] = "gone" if dataset is None else "other_unit"
            continue
        figure = figure_of(release, dataset.id, portfolio.gwp)
        if figure is None:
            stops[column] = "no_figure"
            continue
        nominal[column] = figure
        if shared:
            places[column] = release.position(dataset.id)
        else:
            spreads[column] = (f"dataset/{dataset.id}", float(nominal[column]), dataset.uncertainty.sigma)
    draws = Draws(release.path, release.hash, portfolio.gwp, samples, seed, tuple(places), tuple(spreads))
    return Table(nominal, tuple(stops), draws)


def figure_of(release: Background, dataset_id: str, gwp_set: str) -> float | None:
    """Return kg CO2e per reference unit of a dataset, or None where gases without a value in the set are no trace."""
    found = release.intensity(dataset_id, gwp_set)
    return None if found.unweighed_bound > default("unweighed_gas_share") * abs(found.total) else found.total


@lru_cache(maxsize=2)
def _read_draws(draws: Draws) -> Singles:
    """Read the sampled totals once per process."""
    from tanbiao.core.lca.release import Release

    return draws.of(Release.open(draws.path, draws.hash))


@dataclass(frozen=True)
class Task:
    """Some studies of a portfolio, and where their sampled background is."""

    amounts: Any
    constant: Floats
    variance: Floats
    draws: Draws | Singles


def quantiles_of(task: Task) -> Floats:
    """Return the 2.5 %, 50 % and 97.5 % quantiles of a task's studies; (studies, 3)."""
    draws = _read_draws(task.draws) if isinstance(task.draws, Draws) else task.draws
    samples = draws.shape[1]
    if not samples:
        return np.full((len(task.constant), 3), np.nan)
    # float32 as the samples are stored: the interval carries a relative error of about 1e-6.
    drawn = task.amounts.astype(np.float32) @ draws
    positions = [(samples - 1) * p for p in PROBABILITIES]
    below = [min(int(position), samples - 1) for position in positions]
    above = [min(index + 1, samples - 1) for index in below]
    drawn.partition(sorted({*below, *above}), axis=1)
    low, high = drawn[:, below].astype(np.float64), drawn[:, above].astype(np.float64)
    found = low + (np.array(positions) - below) * (high - low) + task.constant[:, None]
    return _widened(found, task.variance)


def _widened(found: Floats, variance: Floats) -> Floats:
    """Widen both halves of an interval by an independent spread."""
    middle, reach = found[:, 1], HALF_WIDTH * HALF_WIDTH * variance
    down, up = middle - found[:, 0], found[:, 2] - middle
    return np.stack([middle - np.sqrt(down * down + reach), middle, middle + np.sqrt(up * up + reach)], axis=1)


@dataclass(frozen=True)
class Recalculated:
    """The studies of a portfolio on a release, all arrays over studies; kg CO2e per declared unit.

    Attributes
    ----------
    old, new
        Totals before and now; ``new`` is NaN where ``how`` is ``stopped``.
    interval
        (m, 3) 2.5 %, 50 % and 97.5 % quantiles; NaN without samples.
    how
        ``first_order``; ``full``: sampled in full; ``stopped``: see ``stops``.
    old_class, new_class
        Number of class limits that the total exceeds.
    may_change
        The class differs, or a limit lies inside the interval.
    stops
        Study → question → why it can't be answered as before; such a study must be calculated anew by itself.
    """

    names: tuple[str, ...]
    old: Floats
    new: Floats
    interval: Floats
    how: tuple[How, ...]
    old_class: NDArray[np.int64]
    new_class: NDArray[np.int64]
    may_change: NDArray[np.bool_]
    stops: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def relative(self) -> Floats:
        """(new − old) / |old|; NaN where there is no old figure to compare with."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.old != 0, (self.new - self.old) / np.abs(self.old), np.nan)


Full = Callable[[int], tuple[float, float, float, float] | None]
"""Calculates one study in full on the new release: (total, 2.5 %, 50 %, 97.5 %), or None where nobody can."""


def recalculate(
    portfolio: Portfolio,
    release: Background,
    *,
    samples: int = 1000,
    seed: int = 1,
    limits: Sequence[float] | Floats = (),
    full: Full | None = None,
    executor: Mapper | None = None,
) -> Recalculated:
    """Recalculate every study of a portfolio on a release.

    Parameters
    ----------
    samples, seed
        Samples of the interval (0: none); the seed counts only where the release was not sampled.
    limits
        Ascending class limits in kg CO2e per declared unit: (k,) for all studies, or (m, k).
    full
        How to calculate one study in full; asked for those whose class may change and those that stopped.
    executor
        Where the chunks run (``tanbiao.jobs.Executor``); the same bits on every one.

    Raises
    ------
    TanbiaoError
        ``samples_beyond_release``; ``limits_not_ascending``.
    """
    count = len(portfolio.names)
    bounds = np.broadcast_to(
        np.asarray(limits, dtype=np.float64), (count, np.shape(limits)[-1] if np.size(limits) else 0)
    )
    if not (np.diff(bounds, axis=1) > 0).all() or not np.isfinite(bounds).all():
        raise TanbiaoError.of("limits_not_ascending", "limits")
    table = table_of(release, portfolio, samples, seed)
    stopped = _stopped(portfolio, table)
    new = portfolio.amounts @ table.nominal + portfolio.constant
    own = portfolio.own @ table.nominal + portfolio.own_constant
    variance: Floats = np.zeros(count)
    np.add.at(variance, portfolio.owner, own * own)
    # A release that is no file can't be read by another process: its samples travel with the task.
    where: Draws | Singles = table.draws if Path(release.path).is_file() else table.draws.of(release)
    tasks = (
        Task(portfolio.amounts[at : at + CHUNK], portfolio.constant[at : at + CHUNK], variance[at : at + CHUNK], where)
        for at in range(0, count, CHUNK)
    )
    interval = np.concatenate(list((executor or _InTurn()).map(quantiles_of, tasks)))
    gone = np.fromiter(stopped, dtype=np.int64, count=len(stopped))
    new[gone] = interval[gone] = np.nan
    found = Recalculated(
        portfolio.names,
        portfolio.value,
        new,
        interval,
        tuple("stopped" if place in stopped else "first_order" for place in range(count)),
        _class(portfolio.value, bounds),
        _class(new, bounds),
        np.zeros(count, dtype=np.bool_),
        stopped,
    )
    found = replace(found, may_change=_may_change(found, bounds))
    return found if full is None else _in_full(found, bounds, full)


def _stopped(portfolio: Portfolio, table: Table) -> dict[int, dict[str, str]]:
    """Return the studies that use an answer which is gone or of another kind."""
    bad = np.array([bool(item) for item in table.stops])
    if not bad.any():
        return {}
    entries = sp.coo_array(portfolio.amounts)
    touched = np.flatnonzero(bad[entries.col])
    found: dict[int, dict[str, str]] = {}
    for study, column in zip(entries.row[touched].tolist(), entries.col[touched].tolist(), strict=True):
        found.setdefault(study, {})[portfolio.questions[column]] = table.stops[column]
    return dict(sorted(found.items()))


def _class(values: Floats, bounds: Floats) -> NDArray[np.int64]:
    return np.asarray((values[:, None] > bounds).sum(axis=1), dtype=np.int64)


def _may_change(found: Recalculated, bounds: Floats) -> NDArray[np.bool_]:
    """Whether the class differs or a limit lies inside the interval; a stopped study's is open."""
    low, high = found.interval[:, :1], found.interval[:, 2:]
    inside = ((low < bounds) & (bounds < high)).any(axis=1)
    stopped = np.isnan(found.new) & (bounds.shape[1] > 0)
    return np.asarray(inside | (found.old_class != found.new_class) | stopped)


def _in_full(found: Recalculated, bounds: Floats, full: Full) -> Recalculated:
    """Calculate in full the studies whose class may change, and those that stopped."""
    how, new, interval = list(found.how), found.new.copy(), found.interval.copy()
    for place in sorted({*np.flatnonzero(found.may_change).tolist(), *found.stops}):
        answered = full(place)
        if answered is not None:
            new[place], interval[place], how[place] = answered[0], answered[1:], "full"
    again = replace(found, new=new, interval=interval, how=tuple(how), new_class=_class(new, bounds))
    return replace(again, may_change=_may_change(again, bounds))
