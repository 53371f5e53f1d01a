"""Resolve each row of a study against a release: which factors, how many of their units, under which GWP set.

The result is one :class:`Flow` per row: an array of amounts (nominal first), the priced components (datasets or gases)
of one unit of it, or the own process it feeds on; or an absence. Everything that can't be priced raises nothing here:
it is collected, so that a study's author sees all refusals at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core import gases, units
from tanbiao.core.amounts import Absence, AbsenceKind, add
from tanbiao.core.dataset.model import Dataset, DatasetKind, Intensity
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study import capture, circular_price, electricity, emission_methods, expressions, fates
from tanbiao.core.study.allocation import SEPARATOR, Split, split_of
from tanbiao.core.study.amount_reader import AmountReader
from tanbiao.core.study.background import Background
from tanbiao.core.study.distances import default_distance
from tanbiao.core.study.instruments import Instrument
from tanbiao.core.study.method_parts import Fate
from tanbiao.core.study.model import Absent, Emission, Leg, Process, Row, Study
from tanbiao.core.study.power_claims import Judge
from tanbiao.core.study.spread import Basis, Draw, multipliers, weaker
from tanbiao.core.study.supply import ClaimTerms

Floats = NDArray[np.float64]

KILOGRAM = units.parse_unit("kg")
TONNE_KM = units.parse_unit("t*km")
KILOMETRE = units.parse_unit("km")
CUBIC_METRE = units.parse_unit("m3")
ONE = units.parse_unit("1")
NORMAL = "normal conditions"
ASSUMED_BASES = ("electricity", "heat")
"""An energy unit without a basis takes these from the dataset it meets; LHV and HHV must be said."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A component of a row: ``per_amount`` units of a factor for one unit of the row's amount."""

    dataset: Dataset | None
    gas: str | None
    per_amount: float
    intensity: Intensity
    unit: str
    sign: float = 1.0
    leg: int | None = None
    credit: bool = False
    """Whether it stands among the credits, apart from the total."""
    module: str | None = None
    """The module of the circular footprint formula that it belongs to."""
    captured: float = 0.0
    """Of a gas: kg of it that is captured per unit of the row's amount, and whether that lowers ``per_amount``."""
    capture_counts: bool = False
    draws: Floats | None = None
    """Samples of ``per_amount`` over its nominal value, where it is uncertain itself."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A row, resolved. ``amount`` is per run of its process, or per declared unit for a stage."""

    where: str
    row: Row
    owner: str
    """``stages.manufacturing`` or ``processes.kiln``."""
    amount: Floats
    unit: units.Unit
    basis: Basis
    parts: tuple[Priced, ...] = ()
    feeds: str | None = None
    runs_per_amount: float = 0.0
    absence: Absence | None = None
    hidden: Absence | None = None
    """A part of the row that nobody knows (a fuel without upstream data): the rest still counts."""
    bound_amount: float | None = None
    location: tuple[Priced, ...] = ()
    """A row of electricity at its grid's average, whatever supply it has."""
    claimed: tuple[Priced, ...] = ()
    """The same by the claims that are shown, whether or not the rule counts them."""
    covered: float = 0.0
    """Share of it that counts as what it is."""
    outflow: bool = False
    """A loss or an input without burden: it counts in the mass balance only."""
    product: str = ""
    """Of a process whose rows are shared one by one: the product to which this part of the row falls."""

    @property
    def user(self) -> str:
        """The node that the row belongs to: ``dairy``, ``dairy/cheese`` where rows are shared one by one; "" for a
        stage."""
        kind, _, name = self.owner.partition(".")
        if kind == "stages":
            return ""
        return f"{name}{SEPARATOR}{self.product}" if self.product else name

    @property
    def is_credit(self) -> bool:
        """Whether the row is a credit."""
        return self.row.credit is not None


@dataclass(slots=True)
class Resolver:
    """Collects flows and findings of one study."""

    study: Study
    release: Background
    electricity_counts: frozenset[str] | None = None
    """Supplies that the rule counts; None: no rule, all count."""
    proof_required: bool = False
    terms: ClaimTerms = field(default_factory=ClaimTerms)
    default_bound: float | None = None
    """The rule's relative bound of a GWP difference that nothing else bounds."""
    seed: int = 1
    samples: int = 0
    draw: Draw = multipliers
    findings: list[Finding] = field(default_factory=list)
    amounts: AmountReader = field(init=False)
    judge: Judge = field(init=False)
    instruments: list[Instrument] = field(default_factory=list)
    """What the rows that count use up: certificates, proofs, passes."""
    contents: list[dict[str, Any]] = field(default_factory=list)
    """What is stated of recycled content, and whether it counts, for the result."""
    _intensities: dict[str, Intensity] = field(default_factory=dict)
    _noted: set[tuple[str, str]] = field(default_factory=set)
    _splits: dict[str, Split | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.amounts = AmountReader(self.study, self.seed, self.samples, self.findings, self.draw)
        self.judge = Judge(self.study, self.terms)

    def flow(self, where: str, row: Row, owner: str, process: Process | None) -> Flow:
        """Resolve one row.

        Raises
        ------
        TanbiaoError
            Every refusal of a row: unit, factor, kind of factor, gas, fuel, region.
        """
        if isinstance(row.amount, Absent):
            return self._absent(where, row, row.amount, owner, process)
        amount, unit, basis = self.amounts.row(where, row, process)
        blank = Flow(where, row, owner, amount, unit, basis)
        return capture.applied(self, self._price(blank, row, where))

    def _absent(self, where: str, row: Row, absent: Absent, owner: str, process: Process | None) -> Flow:
        absence = Absence(absent.absent, absent.reason, where, None, row.credit is not None)
        blank = Flow(where, row, owner, np.zeros(1), KILOGRAM, "assumed", absence=absence)
        target = row.from_ or row.treatment or row.credit
        if target is not None and not target.startswith("process/"):
            self._dataset(target, where)  # a factor that is not there is found even where the amount is unknown
        if absent.bound is None:
            return blank
        value, unit = self.amounts.quantity(absent.bound, f"{where}.bound")
        scaled = float(np.ravel(value)[0]) * self.amounts.per(row, where, process)
        try:
            priced = self._price(replace(blank, unit=unit), row, where)
        except TanbiaoError as error:
            self.findings += error.findings
            return blank
        return replace(priced, absence=absence, bound_amount=scaled)

    # --- prices -----------------------------------------------------------------------------------------------

    def _price(self, blank: Flow, row: Row, where: str) -> Flow:
        unit, stated = (
            blank.unit,
            {
                name: units.parse_property(name, text, f"{where}.properties.{name}")
                for name, text in row.properties.items()
            },
        )
        target = row.from_ or row.treatment
        if target is not None and target.startswith("process/"):
            return self._own(blank, target, stated)
        if row.from_ is not None or row.treatment is not None or row.credit is not None:
            return replace(blank, parts=(self._background(blank, stated),))
        if row.electricity is not None:
            return electricity.price(self, blank, row, where)
        if row.fuel is not None:
            return self._fuel(blank, row, stated, where)
        if row.transport is not None:
            return replace(blank, parts=tuple(self._transport(row, unit, stated, where)))
        if row.gas is not None:
            kilograms = units.convert(1.0, unit, KILOGRAM, stated, f"{where}.amount")
            return replace(blank, parts=(self._gas(row.gas, kilograms, f"{where}.gas"),))
        if row.emission is not None:
            return self._emission(blank, row.emission, where)
        if row.circular is not None:
            return circular_price.price(self, blank, row.circular, where)
        if row.fate is not None:
            return self._fate(blank, row.fate, where)
        return replace(blank, outflow=True)

    def _own(self, blank: Flow, target: str, stated: Mapping[str, units.Property]) -> Flow:
        process_id, _, product = target.removeprefix("process/").partition("/")
        process = self.study.processes[process_id]
        text, node, share = self._shared(process_id, process, product, blank.where)
        given, unit = units.parse_amount(text, f"processes.{process_id}.gives")
        if given <= 0:
            raise TanbiaoError.of("gives_not_positive", f"processes.{process_id}.gives", value=text)
        amount = units.convert(1.0, self._meet(blank, unit), unit, stated, f"{blank.where}.amount")
        return replace(blank, feeds=node, runs_per_amount=amount * share / given)

    def _shared(self, process_id: str, process: Process, product: str, where: str) -> tuple[str, str, float]:
        """Return (what the process gives of a product, the node that makes it, the share of the node's burden)."""
        if isinstance(process.gives, str):
            return process.gives, process_id, 1.0
        outputs = {output.product: output.amount for output in process.gives}
        name = product or next(iter(outputs))
        split = self.split(process_id, process)
        if split is None:
            return outputs[name], process_id, 1.0
        if name not in split.products:
            raise TanbiaoError.of("allocation_expanded_taken", where, product=name, process=process_id)
        if split.row_by_row:
            return outputs[name], f"{process_id}{SEPARATOR}{name}", 1.0
        return outputs[name], process_id, split.general[name]

    def split(self, process_id: str, process: Process) -> Split | None:
        """Return how a process shares its burden; errors as :func:`tanbiao.core.study.allocation.split_of`."""
        if process_id not in self._splits:
            self._splits[process_id] = split_of(process, f"processes.{process_id}")
        return self._splits[process_id]

    def _meet(self, blank: Flow, reference: units.Unit) -> units.Unit:
        """Give an amount's unit the basis that its place already says."""
        unit = blank.unit
        if not unit.basis and reference.basis in ASSUMED_BASES and unit.is_energy:
            return unit.with_basis(reference.basis)
        formula = isinstance(blank.row.amount, str) and blank.row.amount.startswith("=")
        if formula and not unit.basis and reference.basis == NORMAL and unit.dimension == reference.dimension:
            # a quotient carries no basis (MJ over MJ per m3): the reader is told how it was read
            self.say("gas_volume_read_as_normal", f"{blank.where}.amount", Severity.INFO)
            return unit.with_basis(NORMAL)
        return unit

    def _dataset(self, reference: str, where: str) -> Dataset:
        dataset_id = reference.removeprefix("dataset/")
        try:
            return self.release.get(dataset_id)
        except TanbiaoError as error:
            raise TanbiaoError(*(replace(item, where=where) for item in error.findings)) from None

    def _intensity(self, dataset: Dataset) -> Intensity:
        if dataset.id not in self._intensities:
            self._intensities[dataset.id] = self.release.intensity(dataset.id, self.study.gwp)
        return self._intensities[dataset.id]

    def _priced(
        self,
        dataset: Dataset,
        amount: float,
        where: str,
        *,
        sign: float = 1.0,
        leg: int | None = None,
        used_in: str | None = None,
    ) -> Priced:
        self._note(dataset, where, used_in or self.study.product.country)
        return Priced(dataset, None, amount, self._intensity(dataset), dataset.reference.unit, sign, leg)

    def _background(self, blank: Flow, stated: Mapping[str, units.Property]) -> Priced:
        row, where = blank.row, blank.where
        key = "from" if row.from_ else "treatment" if row.treatment else "credit"
        dataset = self._dataset(str(row.from_ or row.treatment or row.credit), f"{where}.{key}")
        if key == "from":
            dataset.require_input(f"{where}.from")
        elif key == "treatment" and dataset.kind is not DatasetKind.TREATMENT:
            dataset.require_input(f"{where}.treatment")
            self.say("not_a_treatment", f"{where}.treatment", Severity.WARNING, dataset=dataset.id)
        elif key == "credit" and dataset.kind is not DatasetKind.CREDIT:
            dataset.require_input(f"{where}.credit")
        met = self._meet(blank, dataset.reference.parsed)
        amount = dataset.amount_in_reference(1.0, met, stated, f"{where}.amount")
        if key != "credit":
            return self._priced(dataset, amount, where)
        # a source may print a credit as a negative figure; here it is always what it saves
        return self._priced(dataset, amount, where, sign=-1.0 if self._intensity(dataset).total >= 0 else 1.0)

    def _fuel(self, blank: Flow, row: Row, stated: Mapping[str, units.Property], where: str) -> Flow:
        fuel, unit = row.fuel, blank.unit
        assert fuel is not None
        combustion, upstream = self._fuel_pair(row, f"{where}.fuel")
        bridges = {**combustion.unit_properties(), **(upstream.unit_properties() if upstream else {}), **stated}
        met = self._meet(blank, combustion.reference.parsed)
        if met.is_energy and not met.basis:
            met = unit.with_basis("LHV")
            self.say("fuel_energy_read_as_lhv", f"{where}.amount", Severity.INFO, unit=str(unit))
        parts = []
        if fuel.combustion_in is None:
            amount = combustion.amount_in_reference(1.0, met, bridges, f"{where}.amount")
            parts.append(self._priced(combustion, amount, where))
        if upstream is not None:
            amount = upstream.amount_in_reference(1.0, met, bridges, f"{where}.amount")
            parts.append(self._priced(upstream, amount, where))
        if upstream is not None or (combustion.may_be_an_input and fuel.combustion_in is None):
            return replace(blank, parts=tuple(parts))
        if combustion.may_be_an_input:
            raise TanbiaoError.of("fuel_upstream_not_apart", f"{where}.fuel", fuel=fuel.id)
        hidden = Absence(AbsenceKind.UNKNOWN, f"upstream of {fuel.id}", where)
        return replace(blank, parts=tuple(parts), hidden=hidden)

    def _fuel_pair(self, row: Row, place: str) -> tuple[Dataset, Dataset | None]:
        fuel = row.fuel
        assert fuel is not None
        if fuel.combustion is not None and fuel.upstream is not None:
            return self._dataset(fuel.combustion, f"{place}.combustion"), self._dataset(
                fuel.upstream, f"{place}.upstream"
            )
        if fuel.combustion is not None:
            alone = self._dataset(fuel.combustion, f"{place}.combustion")
            return self._with_twin(alone, f"{place}.combustion")
        try:
            pair = self.release.fuel(fuel.id)
        except TanbiaoError as error:
            raise TanbiaoError(*(replace(item, where=place) for item in error.findings)) from None
        upstream = self._dataset(fuel.upstream, f"{place}.upstream") if fuel.upstream else pair.upstream
        told = [item for item in pair.findings if not (fuel.upstream and item.code.startswith("fuel_upstream"))]
        self.findings += [replace(item, where=place) for item in told]
        return pair.combustion, upstream

    def _with_twin(self, dataset: Dataset, where: str, stated: str | None = None) -> tuple[Dataset, Dataset | None]:
        """Return a direct-emission dataset with its upstream twin; a footprint factor needs none."""
        if dataset.may_be_an_input:
            return dataset, None
        if dataset.kind is not DatasetKind.DIRECT_EMISSION_FACTOR:
            dataset.require_input(where)
        twin = stated or dataset.pair
        if twin is None:
            raise TanbiaoError.of("pair_missing", where, dataset=dataset.id)
        upstream = self._dataset(twin, where)
        if upstream.kind is not DatasetKind.UPSTREAM_FACTOR:
            raise TanbiaoError.of("pair_not_upstream", where, dataset=upstream.id)
        return dataset, upstream

    def _transport(
        self, row: Row, unit: units.Unit, stated: Mapping[str, units.Property], where: str
    ) -> Sequence[Priced]:
        tonnes = units.convert(1.0, unit, units.parse_unit("t"), stated, f"{where}.amount")
        parts = []
        for index, leg in enumerate(row.transport or ()):
            place = f"{where}.transport[{index}]"
            kilometres = self._kilometres(leg, place) * self._vehicle_use(leg, place)
            pair = self._with_twin(self._dataset(leg.by, f"{place}.by"), f"{place}.by", leg.upstream)
            for dataset in pair:
                if dataset is not None:
                    amount = dataset.amount_in_reference(tonnes * kilometres, TONNE_KM, where=f"{place}.by")
                    parts.append(self._priced(dataset, amount, where, leg=index))
        return parts

    def _kilometres(self, leg: Leg, place: str) -> float:
        """Return a leg's stated distance, else the default one of the published table, which is said."""
        if leg.distance is not None:
            value, unit = self.amounts.quantity(leg.distance, f"{place}.distance")
            return units.convert(float(np.ravel(value)[0]), unit, KILOMETRE, where=f"{place}.distance")
        start, end, mode = str(leg.from_), str(leg.to), leg.mode or "road"
        kilometres = default_distance(start, end, mode, place)
        params = {"start": start, "end": end, "mode": mode, "km": f"{kilometres:g}"}
        self.say("distance_estimated", f"{place}.distance", Severity.INFO, **params)
        return kilometres

    def _vehicle_use(self, leg: Leg, place: str) -> float:
        """Return by what load, empty return and cooling multiply the factor's tonne-kilometres."""

        def share(key: str, most: float) -> float:
            value = self._share(getattr(leg, key), f"{place}.{key}")
            if not 0.0 <= value <= most:
                raise TanbiaoError.of("leg_share", f"{place}.{key}", key=key, value=f"{value:g}", most=f"{most:g}")
            return value

        times = 1.0
        if leg.load is not None:
            used = share("load", 1.0)
            if used == 0.0:
                raise TanbiaoError.of("leg_share", f"{place}.load", key="load", value="0", most="1")
            times *= share("load_of_factor", 1.0) / used
        if leg.empty_return is not None:
            times *= 1.0 + share("empty_return", 1.0) * share("empty_consumption", 1.0)
        if leg.refrigeration is not None:
            times *= 1.0 + share("refrigeration", 2.0)
        return times

    def _emission(self, blank: Flow, emission: Emission, where: str) -> Flow:
        place = f"{where}.emission"
        method = emission_methods.method(emission.method, f"{place}.method")
        chosen = emission_methods.choice(method, emission.of, f"{place}.of")
        unit = blank.unit
        if all(units.parse_unit(text).dimension != unit.dimension for text in method.amount["units"]):
            expected = " / ".join(method.amount["units"])
            raise TanbiaoError.of("emission_input_unit", f"{where}.amount", unit=str(unit), expected=expected)
        if unit.dimension == CUBIC_METRE.dimension and not unit.basis:
            self.say("gas_volume_read_as_normal", f"{where}.amount", Severity.INFO)
        row = blank.row
        text = row.amount.bound if isinstance(row.amount, Absent) else row.amount
        stated = np.atleast_1d(self.amounts.quantity(str(text), f"{where}.amount")[0]) if method.whole else np.ones(1)
        if float(stated[0]) <= 0:
            raise TanbiaoError.of("emission_amount_zero", f"{where}.amount", method=method.id)
        amount = expressions.Value(stated * float(unit.factor), unit.dimension)
        found = emission_methods.emitted(method, chosen, emission.inputs, amount, self.amounts.pure, place)
        parts = []
        for key, kilograms in found.items():
            each = np.atleast_1d(kilograms) / stated
            nominal = float(each[0])
            part = self._gas(key, nominal, f"{place}.of")
            parts.append(part if each.size == 1 or not nominal else replace(part, draws=each / nominal))
        bases = [item for text in emission.inputs.values() for item in self.amounts.formula_basis(text, place)]
        return replace(blank, parts=tuple(parts), basis=weaker(blank.basis, *bases))

    def _fate(self, blank: Flow, fate: Fate, where: str) -> Flow:
        place, parts = f"{where}.fate", []
        for way in fates.ways(fate, self._share, place):
            if way.dataset is None:
                continue
            dataset = self._dataset(way.dataset, f"{place}.{way.route}")
            if dataset.kind is not DatasetKind.TREATMENT:
                dataset.require_input(f"{place}.{way.route}")
            amount = dataset.amount_in_reference(1.0, self._meet(blank, dataset.reference.parsed), where=place)
            parts.append(replace(self._priced(dataset, amount * way.share, where), module=way.route))
        return replace(blank, parts=tuple(parts), outflow=not parts)

    def _share(self, text: str, where: str) -> float:
        number, unit = self.amounts.pure(text, where)
        return float(np.ravel(expressions.Value.of(number, unit).in_unit(ONE, where))[0])

    def _gas(self, key: str, kilograms: float, where: str) -> Priced:
        try:
            split = gases.characterise({key: 1.0}, self.study.gwp, where)
        except TanbiaoError as error:
            raise TanbiaoError(*(replace(item, where=where) for item in error.findings)) from None
        kinds = gases.by_kind(split)
        total = add(*kinds.values())
        return Priced(None, key, kilograms, Intensity(kinds, split, total, 0.0, "same", 0.0), "kg")

    # --- findings about datasets -----------------------------------------------------------------------------

    def say(self, code: str, where: str, severity: Severity, **params: Any) -> None:
        """Collect a finding."""
        self.findings.append(finding(code, severity, where, **params))

    def _note(self, dataset: Dataset, where: str, used_in: str) -> None:
        row_id = where.rsplit(".", 1)[-1]
        if (row_id, dataset.id) in self._noted:
            return
        self._noted.add((row_id, dataset.id))
        if dataset.screening:
            self.say("screening_factor", where, Severity.WARNING, dataset=dataset.id)
        country = used_in.partition("-")[0]
        if country in dataset.never_for:
            raise TanbiaoError.of("never_for_country", where, dataset=dataset.id, country=country)
        self.findings += [note.finding(where) for note in dataset.findings if note.severity is not Severity.INFO]
        intensity = self._intensity(dataset)
        if intensity.gwp_basis in ("other", "unknown"):
            code = "gwp_set_differs" if intensity.gwp_basis == "other" else "gwp_set_unknown"
            bound = _relative_bound(intensity, self.default_bound)
            params = {"dataset": dataset.id, "set": dataset.gwp_set, "wanted": self.study.gwp, "bound": bound}
            self.say(code, where, Severity.WARNING, **params)


def _relative_bound(intensity: Intensity, default: float | None) -> str:
    """Return how far the factor could be off under the set asked for, in words."""
    if intensity.bound is not None and intensity.total:
        return f"{100 * intensity.bound / abs(intensity.total):.3g} %"
    return "—" if default is None else f"≤ {100 * default:.3g} %"


def resolve(resolver: Resolver) -> tuple[Flow, ...]:
    """Resolve every row: stages in life-cycle order, then processes by id, so that no order of a file's keys matters.

    Raises
    ------
    TanbiaoError
        With the refusals of all rows together.
    """
    resolver.amounts.read_parameters()
    resolver.amounts.draw_rows()
    flows: list[Flow] = []
    refused: list[Finding] = []
    for name, stage in resolver.study.stages.items():
        for row in stage.rows:
            _one(resolver, f"stages.{name}.{row.id}", row, f"stages.{name}", None, flows, refused)
    for process_id, process in sorted(resolver.study.processes.items()):
        for part, row in process.rows():
            where = f"processes.{process_id}.{part}.{row.id}"
            _one(resolver, where, row, f"processes.{process_id}", process, flows, refused)
    flows = _row_by_row(resolver, flows, refused)
    refused += [item for item in resolver.findings if item.severity.blocks]
    if refused:
        raise TanbiaoError(*refused)
    return tuple(flows)


def _one(
    resolver: Resolver,
    where: str,
    row: Row,
    owner: str,
    process: Process | None,
    flows: list[Flow],
    refused: list[Finding],
) -> None:
    try:
        flows.append(resolver.flow(where, row, owner, process))
    except TanbiaoError as error:
        refused += error.findings


def _row_by_row(resolver: Resolver, flows: list[Flow], refused: list[Finding]) -> list[Flow]:
    """Give each product its own part of a row, in processes whose rows are shared one by one."""
    splits: dict[str, Split] = {}
    for process_id, process in sorted(resolver.study.processes.items()):
        try:
            split = resolver.split(process_id, process)
        except TanbiaoError as error:
            refused += [item for item in error.findings if item not in refused]
            continue
        if split is not None and split.row_by_row:
            splits[f"processes.{process_id}"] = split
    if not splits:
        return flows
    shared = []
    for flow in flows:
        split = splits.get(flow.owner)
        if split is None:
            shared.append(flow)
            continue
        shares = {product: split.of(flow.row.id, product) for product in split.products}
        if not any(shares.values()):
            shared.append(flow)  # a loss of no product: it counts in the mass balance only
        shared += [_part_of(flow, product, share) for product, share in shares.items() if share > 0]
    return shared


def _part_of(flow: Flow, product: str, share: float) -> Flow:
    bound = None if flow.bound_amount is None else flow.bound_amount * share
    return replace(flow, amount=flow.amount * share, bound_amount=bound, product=product)
