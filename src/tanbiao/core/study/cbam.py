"""Specific embedded emissions of goods with their precursors, as the Union's border adjustment mechanism counts them.

Of a good g: ``SEE_g = (AttrEm_g + Σ M_i × SEE_i) / AL_g = ae_g + Σ m_i × SEE_i`` (Regulation (EU) 2023/956, Annex IV,
points 2 and 3; Implementing Regulation (EU) 2025/2547, Annex III, point B, equations 59 to 63), once for the direct and
once for the indirect part, precursors first, recursively. What a study's processes emit themselves is attributed
(:mod:`tanbiao.core.study.cbam_rows`); nothing upstream of a fuel, no transport and no bought input that is no precursor
counts. Goods of Annex II of Regulation (EU) 2023/956 count no indirect emissions of their own, and keep those of their
precursors that are not listed there (Implementing Regulation (EU) 2025/2547, Annex I, point 3.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from tanbiao.core import units
from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, finding
from tanbiao.core.study import suppliers
from tanbiao.core.study.background import Background
from tanbiao.core.study.cbam_parts import Cbam, Good, Precursor
from tanbiao.core.study.cbam_rows import Attributed, Attributing, Use
from tanbiao.core.study.flows import Resolver, resolve
from tanbiao.core.study.model import Study

TONNE = units.parse_unit("t")
MEGAWATT_HOUR = units.parse_unit("MWh")


@dataclass(frozen=True, slots=True)
class Category:
    """An aggregated goods category."""

    id: str
    name: Mapping[str, str]
    direct_only: bool
    """Listed in Annex II of Regulation (EU) 2023/956: no indirect emissions of its own."""
    gases: frozenset[str]
    precursors: frozenset[str]
    functional_unit: Mapping[str, str] | None
    """What the definitive rules count it per tonne of, where that is not the good itself: ``of``, in both languages."""


@dataclass(frozen=True, slots=True)
class Input:
    """A precursor of a good: ``mass`` in t per t of the good, embedded emissions in t CO2e per t of the precursor."""

    id: str
    """Of the good, or of the row that buys it."""
    name: Mapping[str, str]
    category: Category
    mass: float
    direct: float
    indirect: float
    own: bool
    """Whether a process of the study makes it."""
    default: bool = False
    exempt: bool = False
    source: str = ""
    country: str = ""

    @property
    def adds(self) -> tuple[float, float]:
        """What it adds to the good, t CO2e per t: direct, indirect."""
        return self.mass * self.direct, self.mass * self.indirect


@dataclass(frozen=True, slots=True)
class Embedded:
    """A good: its own attributed emissions and those of its precursors, t CO2e per t of it."""

    id: str
    good: Good
    name: Mapping[str, str]
    category: Category
    own_direct: float
    own_indirect: float
    """As it counts: 0 for a good of which only direct emissions do."""
    electricity: float
    """MWh per t."""
    corrections: float
    inputs: tuple[Input, ...]
    default_share: float
    """Share of its embedded emissions that rests on default values, its precursors' chain included."""
    content: float | None = None
    """t of what the category's functional unit counts per t of the good; None: as its tonne, or not stated."""

    @property
    def direct(self) -> float:
        """Specific direct embedded emissions."""
        return add(self.own_direct, *(item.adds[0] for item in self.inputs))

    @property
    def indirect(self) -> float:
        """Specific indirect embedded emissions."""
        return add(self.own_indirect, *(item.adds[1] for item in self.inputs))

    @property
    def total(self) -> float:
        """Specific embedded emissions."""
        return add(self.direct, self.indirect)


@dataclass(frozen=True, slots=True)
class Account:
    """Every good of a study, precursors before what is made of them; the last one is declared."""

    goods: tuple[Embedded, ...]
    findings: tuple[Finding, ...]

    @property
    def declared(self) -> Embedded:
        """The good that is exported."""
        return self.goods[-1]


@lru_cache(maxsize=1)
def table() -> Mapping[str, Any]:
    """Return the table of goods as it is published."""
    text = resources.files("tanbiao.data.methods").joinpath("cbam.json").read_text(encoding="utf-8")
    body: Mapping[str, Any] = json.loads(text)
    return body


@lru_cache(maxsize=1)
def categories() -> Mapping[str, Category]:
    """Return the aggregated goods categories by id."""
    return {
        key: Category(
            key,
            {"zh": item["zh"], "en": item["en"]},
            item["direct_only"],
            frozenset(item["gases"]),
            frozenset(item["precursors"]),
            item.get("functional_unit"),
        )
        for key, item in table()["categories"].items()
    }


def embedded(study: Study, release: Background) -> Account:
    """Return the specific embedded emissions of a study's goods.

    Raises
    ------
    TanbiaoError
        ``cbam_not_stated``; every refusal of a row; and together: ``cbam_good_unknown``, ``cbam_category_unknown``,
        ``cbam_shared_process``, ``cbam_not_mass``, ``cbam_amount_unknown``, ``cbam_precursor_unknown``,
        ``cbam_power_unknown``, ``cbam_row_unknown``, ``cbam_loop``.
    """
    if study.cbam is None:
        raise TanbiaoError.of("cbam_not_stated", "cbam")
    weighed = study.model_copy(update={"gwp": table()["gwp"]})
    resolver = Resolver(weighed, suppliers.beside(weighed, release, checks=False))
    flows = resolve(resolver)
    chain = _Chain(weighed, study.cbam, Attributing(weighed, flows, resolver.amounts))
    chain.check()
    chain.add(study.cbam.declared, ())
    if blocking(chain.findings):
        raise TanbiaoError(*(item for item in chain.findings if item.severity.blocks))
    return Account(tuple(chain.done.values()), tuple(chain.findings))


@dataclass(slots=True)
class _Chain:
    """Goods one after the other, precursors first."""

    study: Study
    stated: Cbam
    attributing: Attributing
    findings: list[Finding] = field(default_factory=list)
    done: dict[str, Embedded] = field(default_factory=dict)

    def say(self, code: str, where: str, severity: Severity = Severity.BLOCKING, **params: Any) -> None:
        self.findings.append(finding(code, severity, where, **params))

    def check(self) -> None:
        """Refuse what the section names and the study lacks."""
        known, rows = ", ".join(categories()), {row.id for _, row in self.study.rows()}
        makers: dict[str, str] = {}
        for key, good in self.stated.goods.items():
            process, _, product = good.process.partition("/")
            where = f"cbam.goods.{key}"
            if process not in self.study.processes:
                self.say("cbam_good_unknown", f"{where}.process", process=process)
            elif self.attributing.given(process, product) is None:
                self.say("cbam_not_mass", f"{where}.process", what=good.process)
            if process in makers:
                self.say("cbam_shared_process", f"{where}.process", process=process, other=makers[process])
            makers.setdefault(process, key)
            if good.category not in categories():
                self.say("cbam_category_unknown", f"{where}.category", category=good.category, known=known)
        for key, precursor in self.stated.precursors.items():
            where = f"cbam.precursors.{key}"
            if key not in rows:
                self.say("cbam_row_unknown", where, row=key)
            if precursor.category not in categories():
                self.say("cbam_category_unknown", f"{where}.category", category=precursor.category, known=known)
        if self.stated.declared not in self.stated.goods:
            self.say("cbam_good_unknown", "cbam.declared", process=self.stated.declared)
        if blocking(self.findings):
            raise TanbiaoError(*self.findings)
        self.attributing.goods = {good.process.partition("/")[0]: key for key, good in self.stated.goods.items()}

    def add(self, key: str, above: tuple[str, ...]) -> Embedded | None:
        """Return a good with its precursors; None where something of it is refused."""
        if key in self.done:
            return self.done[key]
        if key in above:
            self.say("cbam_loop", f"cbam.goods.{key}", chain=" → ".join((*above[above.index(key) :], key)))
            return None
        good = self.stated.goods[key]
        category = categories()[good.category]
        process, _, product = good.process.partition("/")
        given = self.attributing.given(process, product) or 1.0
        own = self.attributing.of(process, category.gases)
        self.findings += [item for item in own.findings if item not in self.findings]
        inputs = [self._input(use, given, category, (*above, key)) for use in own.uses]
        power = 0.0 if category.direct_only else self._power(own)
        corrections = self._corrections(good, f"cbam.goods.{key}.corrections")
        if any(item is None for item in inputs):
            return None
        kept = tuple(item for item in inputs if item is not None)
        made = Embedded(
            key,
            good,
            self._name(key, good, process),
            category,
            add(own.direct, corrections) / given,
            power / given,
            add(0.0, *own.electricity.values()) / given,
            corrections / given,
            kept,
            0.0,
            self._content(key, good, category, kept),
        )
        self.done[key] = _with_default_share(made, self.done)
        return self.done[key]

    def _content(self, key: str, good: Good, category: Category, inputs: Sequence[Input]) -> float | None:
        """Return t per t of what the category's functional unit counts, which no more of can be in than went in."""
        where = f"cbam.goods.{key}.content"
        if category.functional_unit is None:
            if good.content is not None:
                self.say("cbam_content_idle", where, Severity.WARNING, category=category.id)
            return None
        if good.content is None:
            self.say("cbam_functional_unit", f"cbam.goods.{key}", Severity.WARNING, category=category.id)
            return None
        content = self._specific(good.content, where)
        if content is None or not 0 < content <= 1:
            self.say("cbam_content_range", where, value=good.content)
            return None
        taken = add(0.0, *(item.mass for item in inputs if item.category.id in ("cement_clinker", "cement")))
        if category.functional_unit["of"] == "clinker" and content > taken * (1 + 1e-9):
            self.say("cbam_content_over_inputs", where, content=f"{content:g}", taken=f"{taken:g}")
        return content

    def _name(self, key: str, good: Good, process: str) -> Mapping[str, str]:
        text = good.name or self.study.processes[process].name
        return {"zh": key, "en": key} if text is None else text.both()

    def _power(self, own: Attributed) -> float:
        """Return t CO2e of one run's electricity."""
        stated, parts = self.stated.electricity, []
        for row, amount in own.electricity.items():
            if amount == 0:
                continue
            if stated is None:
                self.say("cbam_power_unknown", "cbam.electricity", row=row)
                return 0.0
            use = stated.rows.get(row, stated)
            where = f"cbam.electricity.rows.{row}" if row in stated.rows else "cbam.electricity"
            factor, unit = self.attributing.amounts.pure(use.factor, f"{where}.factor")
            wanted = units.parse_unit("t/MWh")
            parts.append(amount * units.convert(float(np.ravel(factor)[0]), unit, wanted, where=f"{where}.factor"))
        return add(0.0, *parts)

    def _corrections(self, good: Good, where: str) -> float:
        """Return t CO2e per run: EmH,imp − EmH,exp + WGcorr,imp − WGcorr,exp − Emel,prod (equation 55)."""
        stated = good.corrections
        if stated is None:
            return 0.0
        signs = {
            "heat_imported": 1.0, "heat_exported": -1.0, "waste_gas_imported": 1.0, "waste_gas_exported": -1.0,
            "electricity_produced": -1.0,
        }  # fmt: skip
        found = []
        for key, sign in signs.items():
            text = getattr(stated, key)
            if text is not None:
                value, unit = self.attributing.amounts.quantity(text, f"{where}.{key}")
                found.append(sign * units.convert(float(np.ravel(value)[0]), unit, TONNE, where=f"{where}.{key}"))
        return add(0.0, *found)

    def _input(self, use: Use, given: float, user: Category, above: tuple[str, ...]) -> Input | None:
        if use.good is not None:
            made = self.add(use.good, above)
            if made is None:
                return None
            found = Input(
                use.good, made.name, made.category, use.mass / given, made.direct, made.indirect, True,
                source="this study",
            )  # fmt: skip
        else:
            stated = self.stated.precursors.get(use.row)
            if stated is None:
                return None
            bought = self._bought(use, stated, given)
            if bought is None:
                return None
            found = bought
        if found.category.id not in user.precursors:
            params = {"precursor": found.category.id, "category": user.id}
            self.say("cbam_not_a_precursor", use.where, Severity.WARNING, **params)
        return found

    def _bought(self, use: Use, stated: Precursor, given: float) -> Input | None:
        where, category = f"cbam.precursors.{use.row}", categories()[stated.category]
        blank = Input(
            use.row, use.name, category, use.mass / given, 0.0, 0.0, False, stated.default, False,
            stated.source or "", stated.country or "",
        )  # fmt: skip
        if stated.country in table()["exempt_origins"].split():
            return Input(
                blank.id, blank.name, category, blank.mass, 0.0, 0.0, False, False, True, blank.source, blank.country
            )
        key = "carried_indirect" if category.direct_only else "indirect"
        direct = self._specific(stated.direct, f"{where}.direct")
        indirect = self._specific(getattr(stated, key), f"{where}.{key}")
        if direct is None or (indirect is None and not category.direct_only) or not stated.source:
            lacks = "direct" if direct is None else "source" if not stated.source else "indirect"
            self.say("cbam_precursor_unknown", f"{where}.{lacks}", row=use.row, category=category.id)
            return None
        if category.direct_only and stated.indirect is not None:
            self.say("cbam_indirect_not_counted", f"{where}.indirect", Severity.INFO, category=category.id)
        if stated.default:
            self.say("cbam_default_used", where, Severity.WARNING, row=use.row, source=stated.source)
        return Input(
            blank.id, blank.name, category, blank.mass, direct, indirect or 0.0, False, stated.default, False,
            blank.source, blank.country,
        )  # fmt: skip

    def _specific(self, text: str | None, where: str) -> float | None:
        if text is None:
            return None
        value, unit = self.attributing.amounts.pure(text, where)
        return units.convert(float(np.ravel(value)[0]), unit, units.parse_unit("kg/kg"), where=where)


def _with_default_share(made: Embedded, done: Mapping[str, Embedded]) -> Embedded:
    """Return the good with the share of its embedded emissions that rests on default values."""
    from dataclasses import replace

    parts = []
    for item in made.inputs:
        weight = add(*item.adds)
        parts.append(weight * (float(item.default) if not item.own else done[item.id].default_share))
    whole = made.total
    return replace(made, default_share=add(0.0, *parts) / whole if whole > 0 else 0.0)
