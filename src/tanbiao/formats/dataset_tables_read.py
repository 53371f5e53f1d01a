"""Datasets of rows of the project's own tables (:mod:`tanbiao.formats.dataset_tables`), written or filled in by hand.

Ids join the tables. Who fills them in by hand may name a flow or a process instead, and may leave out everything but
processes and exchanges: a flow that has no row of its own stands as a product, with a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar, cast

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Classified,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Level,
    ModuleResult,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.formats.dataset_tables import CHOICES, TABLES, Column, Holds, Table, parted, shown
from tanbiao.formats.reading import UNKNOWN, Log, cas_number, lenient_number, name_id, spread_of

__all__ = ["Sheet", "inventory_of_tables", "table_of"]

Object = TypeVar("Object")
_YES: Final = frozenset(("yes", "true", "1", "x", "y", "是", "√", "✓"))
_BY_WORD: Final = {
    name: {text.casefold(): code for code, zh in codes.items() for text in (code, zh, shown(name, code))}
    for name, codes in CHOICES.items()
}


def table_of(name: str) -> Table | None:
    """Return the table that a file or sheet is called after: its key, one of its two names, or both."""
    wanted = name.strip().casefold()
    for one in TABLES:
        if wanted in (one.key, one.zh, one.en.casefold(), one.sheet.casefold()):
            return one
    return None


@dataclass(slots=True)
class Sheet:
    """The rows of one table: place → column key → cell as the file holds it."""

    table: Table
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def of(
        cls, table: Table, header: Iterable[Any], body: Iterable[tuple[str, Iterable[Any]]], where: str, log: Log
    ) -> Sheet:
        """Return the sheet of a header and of rows (place, cells); unknown columns are a finding."""
        headings = ["" if one is None else " ".join(str(one).split()) for one in header]
        columns = [table.by_heading.get(text.casefold().removesuffix(" *")) for text in headings]
        unknown = [text for text, column in zip(headings, columns, strict=True) if text and column is None]
        if unknown:
            log.warn("dataset_table_columns_unknown", where, columns=", ".join(unknown))
        twice = [one.key for one, count in Counter(column for column in columns if column).items() if count > 1]
        if twice:
            log.warn("table_column_twice", where, columns=", ".join(twice))
        sheet = cls(table)
        for place, cells in body:
            row: dict[str, Any] = {}
            for column, cell in zip(columns, cells, strict=False):
                if column is not None and cell is not None and str(cell).strip():
                    row.setdefault(column.key, cell)
            if row:
                sheet.rows.append((place, row))
        return sheet


class _Row:
    """One row, asked column by column."""

    def __init__(self, table: Table, where: str, cells: Mapping[str, Any], log: Log) -> None:
        self.table, self.where, self.log = table, where, log
        self._cells = cells
        self._columns = {one.key: one for one in table.columns}

    def text(self, key: str) -> str:
        """Return free text as it stands, a word without the blanks around it."""
        value = self._cells.get(key)
        if value is None:
            return ""
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = str(value)
        return text if self._columns[key].holds is Holds.TEXT else text.strip()

    def number(self, key: str) -> float | None:
        value = self._cells.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value) if abs(value) < 1e300 else lenient_number(str(value), self.log, self.where, key)
        return lenient_number(self.text(key), self.log, self.where, key) if value is not None else None

    def flag(self, key: str) -> bool:
        text = self.text(key).casefold()
        return text in _YES or _BY_WORD["flag"].get(text) == "yes"

    def many(self, key: str) -> tuple[str, ...]:
        return parted(self.text(key))

    def choice(self, key: str, default: str = "") -> str:
        column: Column = self._columns[key]
        text = self.text(key)
        if not text:
            return default
        code = _BY_WORD[column.choices].get(text.casefold())
        if code is None:
            self.log.warn("dataset_table_choice_unknown", self.where, column=key, value=text)
            return default
        return code

    def words(self) -> dict[str, str]:
        named = {"zh": self.text("name_zh"), "en": self.text("name_en"), "": self.text("name")}
        return {language: text for language, text in named.items() if text}

    def spread(self) -> Spread | None:
        kind = self.choice("distribution")
        if not kind:
            return None
        sigma, low, mode, high = (self.number(key) for key in ("sigma", "minimum", "mode", "maximum"))
        scores = tuple(int(one) if one in ("1", "2", "3", "4", "5") else 0 for one in self.many("pedigree"))
        base = self.number("base_sigma")
        bounds = tuple(one for one in (low, mode, high) if one is not None)
        known = {
            "lognormal": sigma is not None and sigma >= 0.0,
            "normal": sigma is not None and sigma >= 0.0,
            "triangular": len(bounds) == 3 and bounds == tuple(sorted(bounds)),
            "uniform": low is not None and high is not None and low <= high,
            "undefined": True,
        }
        if known[kind]:
            return Spread(cast("Any", kind), sigma, low, mode, high, scores, base)
        deviation = self.number("gsd2_or_2sd")
        made = spread_of(
            kind, self.log, self.where, deviation=deviation, low=low, mode=mode, high=high, pedigree=scores
        )
        return made if made is None or base is None else replace(made, base_sigma=base)


class _Reader:
    def __init__(self, sheets: Mapping[str, Sheet], log: Log) -> None:
        self.sheets, self.log = sheets, log
        self.flows: dict[str, Flow] = {}
        self.names: dict[str, dict[str, dict[str, str]]] = {"process": {}, "flow": {}}
        self.classes: dict[tuple[str, str], tuple[Classified, ...]] = {}
        self.places: dict[tuple[str, str], str] = {}
        self.flow_names: dict[str, str] = {}
        self.process_names: dict[str, str] = {}

    def rows(self, key: str) -> Iterable[_Row]:
        """Yield the rows of a table."""
        sheet = self.sheets.get(key)
        for where, cells in sheet.rows if sheet is not None else ():
            yield _Row(sheet.table, where, cells, self.log)  # type: ignore[union-attr]

    def keep(self, kept: dict[str, Object], key: str, one: Object, row: _Row) -> bool:
        """Keep an object by its id; a second one with other content is an error."""
        known = kept.setdefault(key, one)
        first = self.places.setdefault((row.table.key, key), row.where)
        if known is not one and known != one:
            self.log.error("uuid_clash", row.where, id=key, first=first, second=row.where)
        return known is one

    def read(self, form: str) -> Inventory:
        """Return everything that the tables hold."""
        for row in self.rows("names"):
            kind = row.choice("object", "process")
            self.names[kind].setdefault(row.text("id"), {})[row.text("language").lower()] = row.text("text")
        self.classes = self._classifications()
        properties = self._flow_properties()
        groups = self._unit_groups()
        self._flows()
        citations = self._citations()
        processes = self._processes()
        whole, own = self._parameters(processes)
        exchanges, allocation, results, documentation = (
            self._exchanges(processes),
            self._allocation(processes),
            self._results(processes),
            self._documentation(processes),
        )
        made = []
        for key, (row, process) in processes.items():
            one = replace(
                process,
                exchanges=tuple(exchanges.get(key, ())),
                parameters=tuple(own.get(key, ())),
                allocation=tuple(allocation.get(key, ())),
                results=tuple(results.get(key, ())),
                documentation=documentation.get(key, {}),
            )
            if not one.references:
                shown_name = next(iter(one.name.values()), key)
                self.log.error("reference_missing", row.where, name=shown_name)
            made.append(one)
        if not made:
            self.log.error("no_processes")
        return Inventory(
            form, tuple(made), self.flows, properties, groups, tuple(whole), citations, findings=self.log.close()
        )

    def _classifications(self) -> dict[tuple[str, str], tuple[Classified, ...]]:
        """Return (object, id) → its classifications: rows of one number, or by hand of one name, belong together."""
        found: dict[tuple[str, str], dict[tuple[float | None, str], Classified]] = {}
        for row in self.rows("classifications"):
            of_object = found.setdefault((row.choice("object", "process"), row.text("id")), {})
            number, system = row.number("number"), row.text("system")
            key = (number, "" if number is not None else system.casefold())
            known = of_object.get(key, Classified((), system, row.text("uri")))
            stated = row.number("level")
            level = int(stated) if stated is not None and 0 <= stated < 1000 else len(known.levels)
            one = Level(level, row.text("name"), row.text("code"))
            of_object[key] = replace(known, levels=(*known.levels, one))
        return {key: tuple(each.values()) for key, each in found.items()}

    def _flow_properties(self) -> dict[str, FlowProperty]:
        kept: dict[str, FlowProperty] = {}
        for row in self.rows("flow_properties"):
            key = row.text("id")
            one = FlowProperty(key, row.text("name"), row.text("unit_group"), row.text("version"))
            self.keep(kept, key, one, row)
        return kept

    def _unit_groups(self) -> dict[str, UnitGroup]:
        factors: dict[str, dict[str, float]] = {}
        for row in self.rows("units"):
            factor, name = row.number("factor"), row.text("name")
            if not name or factor is None or factor <= 0.0:
                self.log.error("unit_factor_unusable", row.where, unit=name, value=row.text("factor"))
                continue
            factors.setdefault(row.text("unit_group"), {})[name] = factor
        kept: dict[str, UnitGroup] = {}
        for row in self.rows("unit_groups"):
            key = row.text("id")
            reference = row.text("reference_unit")
            one = UnitGroup(key, row.text("name"), reference, factors.get(key, {}), row.text("version"))
            self.keep(kept, key, one, row)
        return kept

    def _flows(self) -> None:
        amounts: dict[str, dict[str, float]] = {}
        for row in self.rows("flow_amounts"):
            factor = row.number("factor")
            if factor is not None:
                amounts.setdefault(row.text("flow"), {})[row.text("flow_property")] = factor
        for row in self.rows("flows"):
            names = row.words()
            key = row.text("id") or name_id("table flow", *names.values(), *row.many("categories"))
            names |= self.names["flow"].get(key, {})
            if not names:
                self.log.error("flow_unnamed", row.where)
            likely = FlowKind.ELEMENTARY if row.text("cas") else FlowKind.PRODUCT
            one = Flow(
                key,
                names,
                FlowKind(row.choice("kind", likely.value)),
                version=row.text("version"),
                reference_property=row.text("reference_property"),
                properties=amounts.get(key, {}),
                cas=cas_number(row.text("cas"), self.log, row.where),
                formula=row.text("formula"),
                categories=row.many("categories"),
                location=row.text("location"),
                synonyms=row.many("synonyms"),
                unit=row.text("unit"),
                classifications=self.classes.get(("flow", key), ()),
            )
            if self.keep(self.flows, key, one, row):
                for text in names.values():
                    self.flow_names.setdefault(text.casefold(), key)

    def _citations(self) -> dict[str, Citation]:
        kept: dict[str, Citation] = {}
        for row in self.rows("citations"):
            key = row.text("id") or name_id("table source", row.text("name"), row.text("url"))
            kind = cast("Literal['source', 'actor', 'review']", row.choice("kind", "source"))
            one = Citation(key, kind, row.text("name"), row.text("text"), row.text("url"), row.text("version"))
            self.keep(kept, key, one, row)
        return kept

    def _processes(self) -> dict[str, tuple[_Row, Process]]:
        kept: dict[str, tuple[_Row, Process]] = {}
        for row in self.rows("processes"):
            names = row.words()
            stated = row.text("id")
            if not stated and not names:
                self.log.error("process_unnamed", row.where)
                continue
            key = stated or name_id("table process", *names.values(), row.text("location"))
            if key in kept:
                self.log.error("process_twice", row.where, name=next(iter(names.values()), key))
                continue
            names |= self.names["process"].get(key, {})
            for text in names.values():
                self.process_names.setdefault(text.casefold(), key)
            made = Process(
                key,
                names,
                ProcessKind(row.choice("kind", "unit_process")),
                (),
                version=row.text("version"),
                location=row.text("location"),
                valid_from=row.text("valid_from"),
                valid_until=row.text("valid_until"),
                technology=row.text("technology"),
                categories=row.many("categories"),
                default_allocation=row.text("default_allocation"),
                declared_modules=row.many("declared_modules"),
                citations=row.many("citations"),
                licence=row.text("licence"),
                is_waste_treatment=row.flag("is_waste_treatment"),
                where=row.where,
                classifications=self.classes.get(("process", key), ()),
            )
            kept[key] = (row, made)
        return kept

    def _owner(self, row: _Row, processes: Mapping[str, Any]) -> str:
        """Return the id of the process that a row belongs to; '' with a finding where there is none."""
        stated = row.text("process")
        key = stated if stated in processes else self.process_names.get(stated.casefold(), "")
        if not key:
            self.log.error("dataset_table_process_unknown", row.where, process=stated)
        return key

    def _exchanges(self, processes: Mapping[str, Any]) -> dict[str, list[Exchange]]:
        made: dict[str, list[Exchange]] = {}
        for row in self.rows("exchanges"):
            key = self._owner(row, processes)
            if key:
                made.setdefault(key, []).append(self._exchange(row, processes))
        return made

    def _exchange(self, row: _Row, processes: Mapping[str, Any]) -> Exchange:
        flow = self._flow(row)
        amount = row.number("amount")
        if amount is None:
            if not row.text("amount"):
                self.log.error("amount_missing", row.where, flow=row.text("flow"))
            amount = UNKNOWN
        is_reference = row.flag("is_reference")
        direction = row.choice("direction")
        if not direction and not is_reference:
            self.log.warn("direction_missing", row.where, flow=row.text("flow"))
        provider = row.text("provider")
        return Exchange(
            flow,
            direction == "input",
            amount,
            row.text("unit") or self.flows[flow].unit,
            id=row.text("id"),
            flow_property=row.text("flow_property"),
            formula=row.text("formula"),
            is_reference=is_reference,
            is_avoided=row.flag("is_avoided"),
            provider=provider if provider in processes else self.process_names.get(provider.casefold(), provider),
            location=row.text("location"),
            spread=row.spread(),
            comment=row.text("comment"),
            where=row.where,
            production_volume=row.number("production_volume"),
            quality=row.text("quality"),
        )

    def _flow(self, row: _Row) -> str:
        stated = row.text("flow")
        if stated in self.flows:
            return stated
        if not stated:
            self.log.error("flow_unnamed", row.where)
        key = self.flow_names.get(stated.casefold())
        if key is not None:
            return key
        self.log.warn("flow_not_included", row.where, flow=stated, name=stated, kind=FlowKind.PRODUCT.value)
        self.flows[stated] = Flow(stated, {"": stated}, FlowKind.PRODUCT, unit=row.text("unit"))
        return stated

    def _parameters(self, processes: Mapping[str, Any]) -> tuple[list[Parameter], dict[str, list[Parameter]]]:
        whole: list[Parameter] = []
        own: dict[str, list[Parameter]] = {}
        for row in self.rows("parameters"):
            key = self._owner(row, processes) if row.text("process") else ""
            if row.text("process") and not key:
                continue
            if not row.text("name"):
                self.log.warn("parameter_unnamed", row.where, name="")
                continue
            one = Parameter(
                row.text("name"), row.number("value"), row.text("formula"), key, row.spread(), row.text("comment")
            )
            (own.setdefault(key, []) if key else whole).append(one)
        return whole, own

    def _allocation(self, processes: Mapping[str, Any]) -> dict[str, list[AllocationFactor]]:
        made: dict[str, list[AllocationFactor]] = {}
        for row in self.rows("allocation"):
            key, value = self._owner(row, processes), row.number("value")
            if value is None:
                self.log.error("allocation_without_value", row.where)
            elif key:
                method = cast("Literal['physical', 'economic', 'causal', 'other']", row.choice("method", "other"))
                stated = row.text("product")
                product = stated if stated in self.flows else self.flow_names.get(stated.casefold(), stated)
                factor = AllocationFactor(product, value, method, row.text("exchange"), row.text("formula"))
                made.setdefault(key, []).append(factor)
        return made

    def _results(self, processes: Mapping[str, Any]) -> dict[str, list[ModuleResult]]:
        made: dict[str, list[ModuleResult]] = {}
        for row in self.rows("results"):
            key, value = self._owner(row, processes), row.number("value")
            if value is None:
                self.log.info("result_empty", row.where, indicator=row.text("indicator"))
            elif key:
                made.setdefault(key, []).append(
                    ModuleResult(
                        row.text("indicator"),
                        row.text("module"),
                        value,
                        row.text("unit"),
                        row.text("scenario"),
                        row.text("indicator_id"),
                    )
                )
        return made

    def _documentation(self, processes: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        made: dict[str, dict[str, str]] = {}
        for row in self.rows("documentation"):
            key = self._owner(row, processes)
            if key:
                texts = made.setdefault(key, {})
                name = row.text("field")
                texts[name] = f"{texts[name]}{row.text('text')}" if name in texts else row.text("text")
        return made


def inventory_of_tables(sheets: Mapping[str, Sheet], form: str, log: Log) -> Inventory:
    """Return the inventory of tables (key → sheet). Never raises for bad content: everything wrong is a finding."""
    return _Reader(sheets, log).read(form)
