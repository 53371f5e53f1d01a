"""Several databases in one release: which dataset of a product stands, who fills a gap, and a record of both.

A product is the same where its code or its name, its place and its unit are. Of two databases that have it the one of
the higher level stands (national before provincial before industry before adapted before foreign before starter; of
equal levels the one named first), the other's dataset is left out and whoever used it uses the one that stands. Where
one database makes a product several times, by several technologies, its market speaks for it; without one nobody does
and all of them stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tanbiao.core import units
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.derivation import used_by
from tanbiao.core.dataset.exchanges import Gap, Input
from tanbiao.core.dataset.model import DatasetKind
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.lca.errors import Unsolvable, shown
from tanbiao.core.lca.linking_places import GLOBAL, code, distance, wider
from tanbiao.core.lca.linking_providers import is_market_name
from tanbiao.core.lca.linking_record import Links
from tanbiao.core.lca.readiness import Readiness

Level = Literal["national", "provincial", "industry", "adapted", "foreign", "starter"]
Tier = Literal["public", "registered", "licensed", "private"]
LEVELS: Final[tuple[Level, ...]] = ("national", "provincial", "industry", "adapted", "foreign", "starter")
"""From the one that stands before all others downwards."""
TIERS: Final[tuple[Tier, ...]] = ("public", "registered", "licensed", "private")

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Database:
    """What a release says of a database that it rests on."""

    key: str
    title: str
    owner: str
    licence: str
    redistribution: str
    tier: Tier
    level: Level
    version: str = ""
    url: str = ""


@dataclass(frozen=True)
class Contribution:
    """A database and what it brings to a release.

    ``files`` are (name, ``sha256:…``) pairs it was read from; ``links`` say who supplies what in it, where it was
    linked.
    """

    database: Database
    datasets: tuple[Dataset, ...]
    readiness: Readiness | None = None
    files: tuple[tuple[str, str], ...] = ()
    links: Links = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Superseded:
    """A dataset that another database's stands before; ``kept`` where it stays because that one is made from it."""

    dataset: str
    database: str
    by: str
    by_database: str
    users: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """A gap of a dataset that a dataset of another database supplies, or could: ``rank`` as in linking."""

    dataset: str
    database: str
    gap: str
    name: str
    by: str
    by_database: str
    rank: Literal["same_place", "wider_region", "stand_in"]
    allowed: bool
    """False: it stays a gap, because a lower level may not fill it in this release."""
    exchange: str
    """Name of the input that fills it."""


@dataclass(frozen=True)
class Merged:
    """The datasets of a release from several databases, and how they were chosen."""

    datasets: tuple[Dataset, ...]
    superseded: tuple[Superseded, ...] = ()
    filled: tuple[Filled, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    """Dataset id → key of its database."""
    findings: tuple[Finding, ...] = ()

    def aliases(self) -> dict[str, str]:
        """Return the id of every dataset that was left out → the one that stands for it."""
        return {one.dataset: one.by for one in self.superseded if not one.kept}

    def document(self) -> dict[str, Any]:
        """Return the record as JSON values: ``superseded``, ``filled`` and ``not_filled``."""
        filled = [
            {key: getattr(one, key) for key in ("dataset", "database", "gap", "name", "by", "by_database", "rank")}
            | {"allowed": one.allowed}
            for one in self.filled
        ]
        return {
            "superseded": [
                {key: getattr(one, key) for key in ("dataset", "database", "by", "by_database", "users", "kept")}
                for one in self.superseded
            ],
            "filled": [_without(one, "allowed") for one in filled if one["allowed"]],
            "not_filled": [_without(one, "allowed") for one in filled if not one["allowed"]],
        }


def _without(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}


def merge(contributions: Sequence[Contribution], gap_filling: bool = False) -> Merged:
    """Return the datasets that a release takes from several databases.

    Parameters
    ----------
    gap_filling
        Whether a database may supply what one of a higher level uses and lacks. A higher one always may.

    Raises
    ------
    TanbiaoError
        ``release_id_twice``: two databases use one id for different products.
    """
    ranked = sorted(contributions, key=lambda one: LEVELS.index(one.database.level))
    rank_of = {one.database.key: LEVELS.index(one.database.level) for one in ranked}
    chosen = _Chosen(ranked)
    datasets, superseded = chosen.apply()
    origins = {item.id: chosen.origin[item.id] for item in datasets}
    filler = _Filler(datasets, origins, rank_of, gap_filling)
    filled_datasets = [filler.filled(item) for item in datasets]
    found = [*_superseded_findings(superseded), *chosen.findings, *_filled_findings(filler.record)]
    return Merged(tuple(filled_datasets), tuple(superseded), tuple(filler.record), origins, tuple(found))


def identities(item: Dataset) -> tuple[Key, ...]:
    """Return what makes a dataset's product the same as another's: by code and by name, each with place and unit."""
    role = "footprint" if item.may_be_an_input else item.kind.value
    where = code(item.geography)
    return tuple((f"{role}:{how}", text, where, item.reference.unit) for how, text in product_words(item))


def product_words(item: Dataset) -> Iterator[tuple[str, str]]:
    """Yield ("code", …) and ("name", …) of what a dataset makes, in the spelling by which products are compared."""
    if item.product is not None and item.product.code:
        yield "code", item.product.code.casefold()
    name = item.name if item.product is None else item.product.name
    for text in dict.fromkeys((name.zh, name.en)):
        if text.strip():
            yield "name", " ".join(text.casefold().split())


class _Chosen:
    """Decides product by product which database speaks."""

    def __init__(self, ranked: Sequence[Contribution]) -> None:
        self._ranked = ranked
        self.origin: dict[str, str] = {}
        self.findings: list[Finding] = []
        self._items: dict[str, Dataset] = {}
        self._winner: dict[str, str] = {}
        taken: dict[Key, str] = {}
        for one in ranked:
            spoken = self._take(one, taken)
            taken = {**spoken, **taken}

    def _take(self, one: Contribution, taken: Mapping[Key, str]) -> dict[Key, str]:
        """Enter a database's datasets; return the products for which it speaks."""
        makers: dict[Key, list[Dataset]] = {}
        for item in one.datasets:
            for key in identities(item):
                makers.setdefault(key, []).append(item)
        spoken: dict[Key, str] = {}
        for key, items in makers.items():
            speaker = _speaker(items)
            if speaker is None:
                if key in taken:
                    self.findings.append(
                        finding(
                            "product_made_several_times", Severity.WARNING, one.database.key,
                            name=key[1], place=key[2] or GLOBAL, count=len(items), by=taken[key],
                        )
                    )  # fmt: skip
                continue
            spoken[key] = speaker.id
            if key in taken and taken[key] != speaker.id:
                self._winner.setdefault(speaker.id, taken[key])
        for item in one.datasets:
            if item.id in self._items:
                if self._winner.get(item.id) is None and not set(identities(item)) & set(taken):
                    raise TanbiaoError.of("release_id_twice", one.database.key, dataset=item.id)
                continue  # the same id and product: the higher level's stands
            self._items[item.id] = item
            self.origin[item.id] = one.database.key
        return spoken

    def apply(self) -> tuple[list[Dataset], list[Superseded]]:
        """Return what stands, with its inputs led to it, sorted by id; and what gave way."""
        winner = {loser: by for loser, by in self._winner.items() if loser in self._items}
        led = {key: _rerouted(item, winner) for key, item in self._items.items()}
        # What the one that stands is itself made from stays: an adapted dataset is derived from the foreign one.
        needed = {used.dataset for key, item in led.items() if key not in winner for used in item.inputs}
        needed |= {
            used.dataset for item in led.values() if item.derivation is not None for used in used_by(item.derivation)
        }
        front = [key for key in needed if key in winner]
        kept: set[str] = set()
        while front:
            key = front.pop()
            if key not in kept:
                kept.add(key)
                front += [used.dataset for used in led[key].inputs if used.dataset in winner]
        standing = [item for key, item in sorted(led.items()) if key not in winner or key in kept]
        users = Counter(
            used.dataset
            for item in standing
            for used in self._items[item.id].inputs
            if winner.get(used.dataset, item.id) != item.id
        )
        record = [
            Superseded(key, self.origin[key], by, self.origin[by], users[key], key in kept)
            for key, by in sorted(winner.items())
        ]
        return standing, record


def _speaker(items: Sequence[Dataset]) -> Dataset | None:
    """Return the only maker of a product in a place, else its only market."""
    if len(items) == 1:
        return items[0]
    markets = [item for item in items if is_market_name(item.name.en) or is_market_name(item.name.zh)]
    return markets[0] if len(markets) == 1 else None


def _rerouted(item: Dataset, winner: Mapping[str, str]) -> Dataset:
    """Return a dataset whose inputs and stand-ins name the datasets that stand; a derivation keeps what it names."""
    if item.derivation is not None:
        return item
    inputs: list[Input] = []
    for used in item.inputs:
        by = winner.get(used.dataset)
        if by is None or by == item.id:
            inputs.append(used)
            continue
        # Two suppliers may become one: the exchange's name keeps its two uses apart.
        inputs.append(used.model_copy(update={"dataset": by, "exchange": used.exchange or used.id}))
    gaps = [gap.model_copy(update={"stand_in": winner.get(gap.stand_in, gap.stand_in)}) for gap in item.gaps]
    if inputs == list(item.inputs) and gaps == list(item.gaps):
        return item
    return item.model_copy(update={"inputs": tuple(inputs), "gaps": tuple(gaps)})


class _Filler:
    """Fills gaps from other databases."""

    def __init__(
        self,
        datasets: Sequence[Dataset],
        origins: Mapping[str, str],
        rank_of: Mapping[str, int],
        gap_filling: bool,
    ) -> None:
        self._origins, self._rank_of, self._may = origins, rank_of, gap_filling
        self.record: list[Filled] = []
        self._makers: dict[tuple[str, str], list[Dataset]] = {}
        for item in datasets:
            if item.may_be_an_input or item.kind is DatasetKind.TREATMENT:
                for words in product_words(item):
                    self._makers.setdefault(words, []).append(item)

    def filled(self, item: Dataset) -> Dataset:
        """Return a dataset with the gaps that another database supplies as inputs."""
        if item.derivation is not None:
            return item
        kept: list[Gap] = []
        inputs = list(item.inputs)
        names = {used.id for used in inputs}
        for gap in item.gaps:
            found = self._supplier(item, gap)
            if found is None:
                kept.append(gap)
                continue
            supplier, rank = found
            own, other = self._origins[item.id], self._origins[supplier.id]
            allowed = self._may or self._rank_of[other] <= self._rank_of[own]
            name = gap.id if gap.id not in names else f"{gap.id}.gap"
            self.record.append(Filled(item.id, own, gap.id, gap.name, supplier.id, other, rank, allowed, name))
            if not allowed:
                kept.append(gap)
                continue
            inputs.append(
                Input(
                    id=name,
                    dataset=supplier.id,
                    amount=gap.amount,
                    unit=gap.unit,
                    uncertainty=gap.uncertainty,
                    exchange=name,
                )
            )
        if len(kept) == len(item.gaps):
            return item
        return item.model_copy(update={"inputs": tuple(inputs), "gaps": tuple(kept)})

    def _supplier(
        self, item: Dataset, gap: Gap
    ) -> tuple[Dataset, Literal["same_place", "wider_region", "stand_in"]] | None:
        """Return the nearest dataset of another database, of those equally near the highest level's."""
        own = self._origins[item.id]
        place = code(gap.geography or item.geography)
        country = place.partition("-")[0]
        candidates = [
            other
            for other in self._candidates(gap)
            if self._origins[other.id] != own and country not in other.never_for and _converts(gap, other)
        ]
        if not candidates:
            return None
        ladder = {region: step for step, region in enumerate((place, *wider(place)))}
        far = len(ladder)

        def order(other: Dataset) -> tuple[int, int, int, bool, str]:
            where = code(other.geography)
            step = ladder.get(where, far)
            beyond = 0 if step < far else distance(place or GLOBAL, where or GLOBAL)
            market = is_market_name(other.name.en) or is_market_name(other.name.zh)
            return step, beyond, self._rank_of[self._origins[other.id]], not market, other.id

        best = min(candidates, key=order)
        step = ladder.get(code(best.geography), far)
        return best, "same_place" if step == 0 else "wider_region" if step < far else "stand_in"

    def _candidates(self, gap: Gap) -> Iterable[Dataset]:
        by_code = self._makers.get(("code", gap.product.casefold()), []) if gap.product else []
        return by_code or self._makers.get(("name", " ".join(gap.name.casefold().split())), [])


def _converts(gap: Gap, supplier: Dataset) -> bool:
    """Whether a gap's amount can be said in a supplier's unit: a waste wants a treatment, a product a maker."""
    try:
        unit = units.parse_unit(gap.unit)
        supplier.amount_in_reference(gap.amount, unit)
    except TanbiaoError:
        return False
    return (unit.basis == "waste") == (supplier.kind is DatasetKind.TREATMENT)


def solvable(datasets: Sequence[Dataset]) -> tuple[tuple[Dataset, ...], tuple[Finding, ...]]:
    """Return the datasets that have an answer once they are linked across databases, and why others have none.

    A loop without an answer that only the linking has closed is left out by the ids of its datasets, and so is what
    depends on it.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.lca.release_system.assemble`.
    """
    from tanbiao.core.lca.release_system import assemble

    kept, found = tuple(sorted(datasets, key=lambda item: item.id)), []
    while any(item.is_linked for item in kept):
        try:
            assemble(kept).inventory()
            break
        except Unsolvable as error:
            roots = {str(label) for label in error.processes} & {item.id for item in kept}
            if not roots:
                raise
            own = error.findings[0]
            found.append(finding(own.code, Severity.ERROR, min(roots), **own.params))
            gone, more = _dependents(kept, roots)
            found += more
            kept = tuple(item for item in kept if item.id not in gone)
    return kept, tuple(found)


def _dependents(datasets: Sequence[Dataset], roots: set[str]) -> tuple[set[str], list[Finding]]:
    """Return the roots with all that use them, directly or not, and a finding for each of the latter."""
    users: dict[str, list[str]] = {}
    for item in datasets:
        for used in item.inputs:
            users.setdefault(used.dataset, []).append(item.id)
    gone, front = set(roots), list(roots)
    while front:
        for user in users.get(front.pop(), ()):
            if user not in gone:
                gone.add(user)
                front.append(user)
    named = shown(sorted(roots))
    return gone, [
        finding("depends_on_refused", Severity.ERROR, key, name=key, processes=named) for key in sorted(gone - roots)
    ]


def _superseded_findings(record: Iterable[Superseded]) -> Iterator[Finding]:
    for one in record:
        yield finding(
            "dataset_superseded",
            Severity.INFO,
            one.dataset,
            dataset=one.dataset,
            by=one.by,
            database=one.by_database,
            users=one.users,
        )


def _filled_findings(record: Iterable[Filled]) -> Iterator[Finding]:
    for one in record:
        params = {"dataset": one.dataset, "name": one.name, "by": one.by, "database": one.by_database}
        if not one.allowed:
            yield finding("gap_not_filled", Severity.WARNING, one.dataset, **params)
        elif one.rank == "stand_in":
            yield finding("gap_filled_from_elsewhere", Severity.WARNING, one.dataset, **params)
        else:
            yield finding("gap_filled", Severity.INFO, one.dataset, **params)
