"""The dataset: an immutable statement of what one unit of something emits, with everything needed to judge it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, FiniteFloat, model_validator

from tanbiao.core import gases as gas_table
from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.dataset.classifications import Classification
from tanbiao.core.dataset.derivation import Derivation, Predecessor
from tanbiao.core.dataset.exchanges import Emission, Gap, Input, Missing
from tanbiao.core.dataset.malformed import Contradiction, first_error
from tanbiao.core.dataset.uncertainty import Frozen, Propagated, Uncertainty, Unknown
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.gases import GWP_SETS, UNKNOWN_SET, Kind

if TYPE_CHECKING:
    from tanbiao.core.numerics.distributions import LogNormal

SPLIT_TOLERANCE: Final = 0.05
"""Above this share a source's split does not explain its own total: the total is kept undivided (DATA rule)."""


class DatasetKind(StrEnum):
    """What a dataset may be used for."""

    UNIT_PROCESS = "unit_process"
    FOOTPRINT_FACTOR = "footprint_factor"
    DIRECT_EMISSION_FACTOR = "direct_emission_factor"
    UPSTREAM_FACTOR = "upstream_factor"
    TREATMENT = "treatment"
    CREDIT = "credit"
    EPD_RESULT = "epd_result"
    SUPPLIER_FOOTPRINT = "supplier_footprint"


FOOTPRINT_KINDS: Final = frozenset(
    {
        DatasetKind.UNIT_PROCESS,
        DatasetKind.FOOTPRINT_FACTOR,
        DatasetKind.EPD_RESULT,
        DatasetKind.SUPPLIER_FOOTPRINT,
    }
)
"""Kinds that may stand for an input by themselves."""


class Text(Frozen):
    """A text in two languages; empty where there is none."""

    zh: str = ""
    en: str = ""

    def best(self, lang: str) -> str:
        """Return the text in the language, else in the other."""
        return (self.zh or self.en) if lang == "zh" else (self.en or self.zh)


class Reference(Frozen):
    """What the figures are per: ``amount`` (always 1) of a unit."""

    unit: str
    amount: Literal[1] = 1

    @property
    def parsed(self) -> units.Unit:
        """The unit as a value."""
        return units.parse_unit(self.unit)


class Time(Frozen):
    """The year that a dataset stands for; None when the source does not say. ``text`` is the source's own words."""

    year: int | None = None
    text: str = ""


class Source(Frozen):
    """Where a dataset comes from."""

    title: str = Field(min_length=1)
    version: str = ""
    url: str = ""
    row: str = ""
    """Identifier of the row in the source's own table."""
    key: str = ""
    """Id in ``data/sources.json``, where licence and attribution stand."""


class Kinds(Frozen):
    """kg CO2e per reference unit by kind, in the dataset's own GWP set; ``aircraft`` is an "of which"."""

    fossil: FiniteFloat = 0.0
    biogenic_emission: FiniteFloat = 0.0
    biogenic_uptake: FiniteFloat = 0.0
    land_use_change: FiniteFloat = 0.0
    undivided: FiniteFloat = 0.0
    aircraft: FiniteFloat = 0.0

    @property
    def total(self) -> float:
        """The sum of the five kinds."""
        return add(self.fossil, self.biogenic_emission, self.biogenic_uptake, self.land_use_change, self.undivided)


class Product(Frozen):
    """A product: its code in the source (a flow's UUID, a classification's number) and its name."""

    code: str = ""
    name: Text


class Quality(Frozen):
    """Quality scores from 1 (best) to 5; None is "not assessed", which is not a bad score and not a good one."""

    ter: float | None = Field(default=None, ge=1, le=5)
    ger: float | None = Field(default=None, ge=1, le=5)
    tir: float | None = Field(default=None, ge=1, le=5)
    c: float | None = Field(default=None, ge=1, le=5)
    p: float | None = Field(default=None, ge=1, le=5)
    overall: float | None = Field(default=None, ge=1, le=5)
    """The source's own overall rating, where it gives one."""
    note: str = ""

    @property
    def assessed(self) -> bool:
        """Whether the source says anything about quality."""
        return any(value is not None for value in (self.ter, self.ger, self.tir, self.c, self.p, self.overall))


class Notice(Frozen):
    """A finding that was made when the dataset was read, kept with it: code of the message catalogue and parameters."""

    code: str
    severity: Severity = Severity.INFO
    params: dict[str, str | int | float] = Field(default_factory=dict)

    def finding(self, where: str = "") -> Finding:
        """Return it as a finding at a place."""
        return finding(self.code, self.severity, where, **self.params)


class Also(Frozen):
    """The same figure per another unit, as the source prints it: ``co2e`` kg CO2e per ``unit``, from row ``row``."""

    unit: str
    co2e: FiniteFloat
    row: str


class Property(Frozen):
    """A stated bridge to another unit: ``value`` such as ``42.652 MJ/kg``, and where it comes from."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Intensity:
    """kg CO2e per reference unit under one GWP set.

    ``kinds`` has the five kinds, ``gases`` kg CO2e by gas with what has no gas under ``undivided``; both add up to
    ``total``. ``gwp_basis``: ``same`` (published with this set), ``recharacterised`` (weighed again from masses),
    ``other`` or ``unknown`` (carried as published). ``bound``: the most by which the figure could differ under the
    set asked for, in kg CO2e per reference unit; 0 when it cannot, None when nothing bounds it.
    ``unweighed`` are gases to which the set gives no value: they are in none of the figures, each with its mass and
    the most that another report weighs it at, per reference unit.
    """

    kinds: Mapping[str, float]
    gases: Mapping[str, float]
    total: float
    aircraft: float
    gwp_basis: Literal["same", "recharacterised", "other", "unknown"]
    bound: float | None
    unweighed: tuple[gas_table.Unweighed, ...] = ()

    @property
    def unweighed_bound(self) -> float:
        """The most that the gases without a value weigh under other reports, in kg CO2e per reference unit."""
        return add(0.0, *(item.bound for item in self.unweighed))


class Dataset(Frozen):
    """One version of a factor or system process.

    ``gases`` are masses in kg per reference unit, known only where the source's GWP set is; ``gas_co2e`` is a split
    in kg CO2e whose masses can't be told because the set is unknown. ``co2e`` maps the one set in which the source
    published (or ``unknown``) to its total. What the split leaves of the total is ``undivided``.
    """

    id: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1)
    name: Text
    name_machine_made: dict[Literal["zh", "en"], bool] = Field(default_factory=dict)
    name_original: str = ""
    keywords_zh: str = ""
    """Words found by keyword, for search only; never a name."""
    kind: DatasetKind
    reference: Reference
    boundary: str = Field(min_length=1)
    geography: str = Field(min_length=1)
    time: Time
    technology: str = ""
    categories: tuple[str, ...] = ()
    classifications: tuple[Classification, ...] = ()
    """Codes of the product in CPC, HS, 统计用产品分类 …; their form is checked."""
    tags: tuple[str, ...] = ()
    cas: str = ""
    gases: dict[str, FiniteFloat] | None = None
    gas_co2e: dict[str, FiniteFloat] | None = None
    co2e: dict[Literal["AR4", "AR5", "AR6", "unknown"], FiniteFloat] = Field(min_length=1, max_length=1)
    kinds: Kinds
    biogenic_co2_outside: FiniteFloat | None = None
    """kg biogenic CO2 that the source leaves outside its total (0/0 convention)."""
    uncertainty: Uncertainty
    quality: Quality
    primary_share: float | None = Field(default=None, ge=0, le=1)
    """Of a supplier's own footprint: the share of it that rests on primary data."""
    source: Source
    licence: str = Field(min_length=1)
    redistribution: str = Field(min_length=1)
    pair: str | None = None
    """Id of the twin: combustion ↔ well-to-tank."""
    also: tuple[Also, ...] = ()
    properties: dict[str, Property] = Field(default_factory=dict)
    screening: bool = False
    """For screening only (spend-based): every result that uses it says so."""
    stand_in_only: bool = False
    never_for: tuple[str, ...] = ()
    """Countries for which it must not stand in."""
    notes: tuple[str, ...] = ()
    findings: tuple[Notice, ...] = ()
    inputs: tuple[Input, ...] = ()
    """What a linked unit process uses of other datasets of its release."""
    emissions: tuple[Emission, ...] = ()
    """What it emits itself. The figures of a linked process are solved when its release is built."""
    gaps: tuple[Gap, ...] = ()
    """What it uses that nothing in its release supplies."""
    missing: Missing | None = None
    """Of a solved linked process: what its figure lacks, by its own gaps or those upstream; None: it is complete."""
    product: Product | None = None
    """What its reference is, where the source tells the product apart from the process."""
    carried: Kinds | None = None
    """Of a solved linked process: kg CO2e by kind of its chain that no gas stands for, in the sets of its sources."""
    derivation: Derivation | None = None
    """How it follows from other datasets of its release; its inputs and emissions are made from this."""
    predecessor: Predecessor | None = None
    """The version that this one replaces, where it was calculated again."""

    @model_validator(mode="after")
    def _consistent(self) -> Dataset:
        units.parse_unit(self.reference.unit)
        if self.gases is not None and self.gas_co2e is not None:
            raise Contradiction("气体质量与 kg CO2e 分项只能给出一种", "masses or a split in kg CO2e, not both")
        for key in (*(self.gases or {}), *(self.gas_co2e or {})):
            gas_table.gas(key, self.id)
        if abs(self.kinds.total - self.total) > 1e-9 * max(1.0, abs(self.total)):
            raise Contradiction(
                f"{self.id}：各类别之和为 {self.kinds.total}，与总量 {self.total} 不符",
                f"{self.id}: kinds add up to {self.kinds.total}, not to {self.total}",
            )
        self._check_exchanges()
        return self

    def _check_exchanges(self) -> None:
        twice = _repeated(item.id for item in self.inputs)
        if twice is not None:
            raise Contradiction(f"{self.id}：输入 {twice} 出现了两次", f"{self.id}: the input {twice} stands twice")
        twice = _repeated(item.drawn_as for item in self.emissions)
        if twice is not None:
            raise Contradiction(f"{self.id}：排放 {twice} 出现了两次", f"{self.id}: the emission {twice} stands twice")
        for item in self.emissions:
            gas_table.gas(item.gas, self.id)

    @property
    def is_linked(self) -> bool:
        """Whether it stands in the matrices of its release by its inputs and emissions."""
        return bool(self.inputs or self.emissions or self.gaps)

    @property
    def is_solved(self) -> bool:
        """Whether its figures come from solving a release: linked, and not derived from finished datasets alone."""
        return self.is_linked and not (self.derivation is not None and self.derivation.closed)

    @property
    def gwp_set(self) -> str:
        """The set in which the source published, or ``unknown``."""
        return next(iter(self.co2e))

    @property
    def total(self) -> float:
        """kg CO2e per reference unit as published."""
        return next(iter(self.co2e.values()))

    @property
    def is_chinese(self) -> bool:
        """Whether it stands for China or a part of it; a foreign process with Chinese energy does not."""
        if self.derivation is not None and self.derivation.operation == "relink":
            return False
        return self.geography == "CN" or self.geography.startswith(("CN-", "CN /"))

    @property
    def may_be_an_input(self) -> bool:
        """Whether it may stand for an input by itself: cradle to gate or further, not direct emissions or a credit."""
        return self.kind in FOOTPRINT_KINDS

    @property
    def uncertainty_basis(self) -> Literal["stated", "scored", "assumed"]:
        """On what the spread rests (CONTRACT: ``interval_basis``)."""
        if isinstance(self.uncertainty, Propagated):
            return self.uncertainty.basis
        return "assumed" if isinstance(self.uncertainty, Unknown) else self.uncertainty.type

    def document(self) -> dict[str, Any]:
        """Return the JSON document of the dataset, without what is at its default."""
        body = self.model_dump(mode="json", exclude_defaults=True)
        body["uncertainty"] = {"type": self.uncertainty.type, **body.get("uncertainty", {})}
        # The type is each uncertainty's default and its discriminator: left out, nobody could read it back.
        for part, exchanges in (("inputs", self.inputs), ("emissions", self.emissions), ("gaps", self.gaps)):
            for entry, exchange in zip(body.get(part, ()), exchanges, strict=part in body):
                if "uncertainty" in entry:
                    entry["uncertainty"] = {"type": exchange.uncertainty.type, **entry["uncertainty"]}
        return body

    def canonical(self) -> bytes:
        """Return the canonical JSON (RFC 8785) of :meth:`document` as UTF-8: what is hashed."""
        return canonical_bytes(self.document())

    @property
    def content_hash(self) -> str:
        """``sha256:…`` over the canonical JSON."""
        return hash_bytes(self.canonical())

    def distribution(self, median: float | None = None) -> LogNormal:
        """Return the log-normal of the figure per reference unit.

        Parameters
        ----------
        median
            The nominal value to spread, by default the total as published.
        """
        from tanbiao.core.numerics.distributions import LogNormal

        return LogNormal(self.total if median is None else median, self.uncertainty.sigma)

    def unit_properties(self) -> dict[str, units.Property]:
        """Return the bridges to other units: stated properties, and the ratios of figures printed per several units."""
        return dict(self._bridges)

    @cached_property
    def _bridges(self) -> dict[str, units.Property]:
        reference = self.reference.parsed
        bridges = {name: units.parse_property(name, stated.value, self.id) for name, stated in self.properties.items()}
        for other in self.also:
            if other.co2e and self.total:
                # total per reference unit ÷ co2e per other unit = other units in one reference unit.
                bridges[f"per {other.unit}"] = units.Property(
                    f"per {other.unit}", self.total / other.co2e, units.parse_unit(other.unit), reference
                )
        return bridges

    def use_key(self) -> str:
        """Return 16 hex digits of what decides how many reference units a use of it is, and whether it may be one.

        Unit, kind, twin, sign, countries it must not stand in for, and conversions to other units: where two versions
        of a dataset share the key, a study's amounts of one are amounts of the other.
        """
        bridges = (
            f"{name}={item.value:.9g} {item.numerator}/{item.denominator}" for name, item in self._bridges.items()
        )
        parts = (self.reference.unit, self.kind.value, self.pair or "", "saves" if self.total < 0 else "")
        return hash_bytes("|".join([*parts, *self.never_for, *bridges]).encode()).partition(":")[2][:16]

    def amount_in_reference(
        self, value: float, unit: units.Unit, properties: Mapping[str, units.Property] | None = None, where: str = ""
    ) -> float:
        """Return an amount in reference units; the caller's stated properties come before the dataset's own.

        Raises
        ------
        TanbiaoError
            ``unit_mismatch``.
        """
        stated = tuple((properties or {}).values()) + tuple(self._bridges.values())
        return units.convert(value, unit, self.reference.parsed, stated, where)

    def per_input(self, used: Input, where: str = "") -> float:
        """Return reference units of this dataset in one unit of an input; plain energy is what the dataset supplies.

        Raises
        ------
        TanbiaoError
            ``unit_mismatch``.
        """
        stated, reference = units.parse_unit(used.unit, where), self.reference.parsed
        if stated.is_energy and not stated.basis and reference.basis in ("electricity", "heat"):
            stated = stated.with_basis(reference.basis)
        return self.amount_in_reference(1.0, stated, where=where)

    def require_input(self, where: str = "") -> None:
        """Refuse a dataset that can't stand for an input by itself.

        Raises
        ------
        TanbiaoError
            ``direct_factor_in_footprint``, ``upstream_without_combustion``, ``treatment_as_input`` or
            ``credit_as_input``.
        """
        codes = {
            DatasetKind.DIRECT_EMISSION_FACTOR: "direct_factor_in_footprint",
            DatasetKind.UPSTREAM_FACTOR: "upstream_without_combustion",
            DatasetKind.TREATMENT: "treatment_as_input",
            DatasetKind.CREDIT: "credit_as_input",
        }
        code = codes.get(self.kind)
        if code is not None:
            raise TanbiaoError.of(code, where, dataset=self.id, name=self.name.best("zh"))

    @cached_property
    def published_gases(self) -> dict[str, float]:
        """kg CO2e by gas in the dataset's own set, without what is undivided."""
        if self.gas_co2e is not None:
            return dict(self.gas_co2e)
        if self.gases is not None:
            own = GWP_SETS[-1] if self.gwp_set == UNKNOWN_SET else self.gwp_set
            return gas_table.characterise(self.gases, own, self.id)
        return {}

    def intensity(self, gwp_set: str) -> Intensity:
        """Return kg CO2e per reference unit under a GWP set, with what that rests on.

        Raises
        ------
        TanbiaoError
            ``gwp_set_not_known``; ``gwp_missing`` where a gas has no value in the set.
        """
        found = self.weighed(gwp_set)
        if found.unweighed:
            raise TanbiaoError.of("gwp_missing", self.id, gas=found.unweighed[0].gas, set=gwp_set)
        return found

    def weighed(self, gwp_set: str) -> Intensity:
        """Return the same, with the gases to which the set gives no value beside the figure.

        Raises
        ------
        TanbiaoError
            ``gwp_set_not_known``
        """
        gas_table.check_set(gwp_set, self.id)
        if self.carried is not None:
            return self._of_chain(self.carried, gwp_set)
        own_split = self.published_gases
        rest = add(self.total, *(-value for value in own_split.values())) if own_split else self.total
        if abs(rest) <= 1e-12 * max(1e-300, abs(self.total)):
            rest = 0.0
        only_co2 = bool(self.gases) and rest == 0 and all(key.startswith("CO2") for key in self.gases or {})
        if self.gwp_set == gwp_set or only_co2:
            return self._carried(own_split, rest, "same", 0.0)
        if self.gases is not None:
            split, beside = self._split(gwp_set)
            return self._weighed_again(split, rest, beside)
        basis: Literal["other", "unknown"] = "unknown" if self.gwp_set == UNKNOWN_SET else "other"
        bound: float | None = None
        if self.gas_co2e is not None:
            bound = self._bound(gwp_set, rest)
        return self._carried(own_split, rest, basis, bound)

    def _split(self, gwp_set: str) -> tuple[dict[str, float], tuple[gas_table.Unweighed, ...]]:
        """Return (kg CO2e by gas, the gases to which the set gives no value)."""
        masses = self.gases or {}
        beside = gas_table.unweighed(masses, gwp_set, self.id)
        if beside:
            left = {item.gas for item in beside}
            masses = {key: mass for key, mass in masses.items() if key not in left}
        return gas_table.characterise(masses, gwp_set, self.id), beside

    def _bound(self, gwp_set: str, rest: float) -> float:
        """Other gases than CO2 by their largest change between sets, and the whole of what the split leaves."""
        parts = [
            abs(value) * gas_table.largest_ratio_change([key], gwp_set)
            for key, value in (self.gas_co2e or {}).items()
            if not key.startswith("CO2")
        ]
        return add(abs(rest), *parts)

    def _carried(
        self,
        split: Mapping[str, float],
        rest: float,
        basis: Literal["same", "other", "unknown"],
        bound: float | None,
    ) -> Intensity:
        kinds = self.kinds.model_dump(exclude={"aircraft"})
        gas_split = {**split, **({Kind.UNDIVIDED.value: rest} if rest else {})}
        return Intensity(kinds, gas_split, self.total, self.kinds.aircraft, basis, bound)

    def _of_chain(self, carried: Kinds, gwp_set: str) -> Intensity:
        """Weigh the gases of a linked process' chain; what has none stays as published, and bounds the difference."""
        split, beside = self._split(gwp_set)
        kinds = chain_kinds(split, carried)
        rest = carried.total
        known = {**split, **({Kind.UNDIVIDED.value: rest} if rest else {})}
        bound = add(*(abs(getattr(carried, kind.value)) for kind in Kind))
        basis: Literal["same", "recharacterised"] = (
            "same" if gwp_set == self.gwp_set and not bound else "recharacterised"
        )
        return Intensity(kinds, known, add(*kinds.values()), carried.aircraft, basis, bound, beside)

    def _weighed_again(
        self, split: Mapping[str, float], rest: float, beside: tuple[gas_table.Unweighed, ...]
    ) -> Intensity:
        gas_split = {**split, **({Kind.UNDIVIDED.value: rest} if rest else {})}
        kinds = gas_table.by_kind(gas_split)
        total = add(*kinds.values())
        aircraft = self.kinds.aircraft * (total / self.total) if self.total else 0.0
        return Intensity(kinds, gas_split, total, aircraft, "recharacterised", abs(rest), beside)


def _repeated(names: Iterable[str]) -> str | None:
    """Return the first name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def chain_kinds(co2e: Mapping[str, float], carried: Kinds) -> dict[str, float]:
    """Return kg CO2e by kind of a linked process: its chain's weighed gases, and what has no gas."""
    weighed = gas_table.by_kind(co2e)
    return {kind.value: add(weighed[kind.value], getattr(carried, kind.value)) for kind in Kind}


def parse_dataset(document: Any) -> Dataset:
    """Return the dataset of a JSON document.

    A linked unit process need not state figures: without ``co2e`` it stands at zero until its release is built.

    Raises
    ------
    TanbiaoError
        ``dataset_malformed`` with the first reason.
    """
    from pydantic import ValidationError

    if (
        isinstance(document, dict)
        and "co2e" not in document
        and any(document.get(part) for part in ("inputs", "emissions", "gaps"))
    ):
        document = {**document, "co2e": {GWP_SETS[-1]: 0.0}, "kinds": {}}
    try:
        return Dataset.model_validate(document)
    except ValidationError as error:
        place, said = first_error(error)
        raise TanbiaoError.of("dataset_malformed", place, **said) from error
