"""Tables (CSV or a workbook) read through a mapping of their columns: :mod:`tanbiao.formats.table_mapping`.

The mapping stands beside the tables as a YAML file; without one, a mapping that comes with the product is taken if the
table has all its columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import Any, Final

from tanbiao.core.dataset.inventory import (
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    ModuleResult,
    Process,
    ProcessKind,
)
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.factor_rows import Factor, factor_of
from tanbiao.formats.reading import (
    UNKNOWN,
    Log,
    cas_number,
    content,
    lenient_number,
    name_id,
    pedigree_of,
    spread_of,
)
from tanbiao.formats.table_mapping import TableMapping, filled, filled_list, filled_words, parse_mapping
from tanbiao.formats.table_rows import Rows, rows_of

FORMAT: Final = "mapped-csv"
NO_REDISTRIBUTION: Final = "no redistribution"
"""How a licence begins that lets nobody but the owner of the copy see what was read (``core.dataset.licences``)."""
TABLES: Final = (".csv", ".tsv", ".txt")
MAPPINGS: Final = (".yaml", ".yml")

_YES: Final = ("1", "yes", "true", "x", "y", "是")
_INPUTS: Final = ("input", "in", "inputs", "输入", "投入")
_KINDS: Final = {kind.value: kind for kind in FlowKind} | {
    "产品": FlowKind.PRODUCT,
    "废物": FlowKind.WASTE,
    "基本流": FlowKind.ELEMENTARY,
}
_PROCESS_KINDS: Final = {kind.value: kind for kind in ProcessKind}


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read every table among the files, each through the first mapping whose ``files`` fits its name.

    Returns
    -------
    Inventory
        What could be read; everything wrong or doubtful is a finding with ``member:line``.
    """
    builder = Builder()
    mappings = _given(files, builder.log)
    used: set[str] = set()
    names = [name for name in sorted(files) if not name.lower().endswith(MAPPINGS)]
    tables = [name for name in names if name.lower().endswith((*TABLES, ".xlsx")) or len(files) == 1]
    for name in tables:
        data = content(files, name, builder.log)
        if data is not None and (mapping := _table(builder, name, data, mappings)) is not None:
            used.add(mapping.source)
    for mapping in mappings:
        if not tables:
            builder.log.error("mapping_without_table", mapping.source, files=mapping.text("files", "*"))
        elif mapping.source not in used:
            builder.log.warn("mapping_not_used", mapping.source, files=mapping.text("files", "*"))
    return builder.inventory()


def _given(files: Mapping[str, bytes], log: Log) -> list[TableMapping]:
    found: list[TableMapping] = []
    for name in sorted(files):
        if name.lower().endswith(MAPPINGS):
            try:
                found.append(parse_mapping(files[name], name))
            except TanbiaoError as error:
                for one in error.findings:
                    log.add(
                        one.code,
                        one.severity,
                        one.where if one.where.startswith(name) else f"{name}:{one.where}",
                        **one.params,
                    )
    return found


def _table(builder: Builder, name: str, data: bytes, mappings: list[TableMapping]) -> TableMapping | None:
    """Add a table's rows; return the mapping beside it that it was looked at through, None where none is for it."""
    log = builder.log
    mapping = next((one for one in mappings if fnmatch(name.rpartition("/")[2], one.text("files", "*"))), None)
    try:
        found = rows_of(data, mapping, log, name)
    except TanbiaoError as error:
        log.failed(error, error.where or name)
        return mapping
    if found is not None:
        builder.add(*found)
    return mapping


def _private(mapping: TableMapping) -> str:
    """Return how the licence of a mapping's rows begins."""
    return NO_REDISTRIBUTION if mapping.text("redistribution") == "no" else ""


@dataclass(slots=True)
class Builder:
    """Makes an inventory from rows and a mapping; rows may come from any table, not only from CSV."""

    log: Log = field(default_factory=Log)
    processes: dict[str, Process] = field(default_factory=dict)
    exchanges: dict[str, list[Exchange]] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    citations: dict[str, Citation] = field(default_factory=dict)

    def add(self, mapping: TableMapping, rows: Rows) -> None:
        """Add the processes or exchanges of the rows that ``only`` lets through."""
        only = mapping.top.get("only") or {}
        for where, row in rows:
            if all(row.get(column, "") == (value or "") for column, value in only.items()):
                self._row(mapping, where, row)

    def inventory(self) -> Inventory:
        """Return everything added."""
        processes = []
        for key, process in self.processes.items():
            exchanges = tuple(self.exchanges[key])
            if not any(one.is_reference for one in exchanges):
                self.log.error("reference_missing", process.where, name=next(iter(process.name.values()), ""))
            processes.append(replace(process, exchanges=exchanges))
        return Inventory(
            format=FORMAT,
            processes=tuple(processes),
            flows=self.flows,
            citations=self.citations,
            findings=self.log.close(),
        )

    def _row(self, mapping: TableMapping, where: str, row: Mapping[str, str]) -> None:
        name = filled_words(mapping.process.get("name"), row)
        stated = filled(mapping.process.get("id"), row)
        key = stated.lower() or name_id("table process", *name.values(), filled(mapping.process.get("location"), row))
        if not stated and not name:
            self.log.error("process_unnamed", where)
            return
        shown = next(iter(name.values()), stated)
        if key in self.processes and not mapping.per_exchange:
            self.log.warn("process_twice", where, name=shown)
            return
        if mapping.factor:
            factor = factor_of(mapping, row, shown, self.log, where)
            if factor is not None:
                self._factor(mapping, factor, key, name, where, row)
            return
        if key not in self.processes:
            self.processes[key] = self._process(mapping, key, name, where, row)
            self.exchanges[key] = []
        if mapping.per_exchange:
            self._exchange(mapping, mapping.exchange, key, where, row)
            return
        self._exchange(mapping, mapping.reference, key, where, row, is_reference=True)
        for one in mapping.flows:
            if filled(one.get("amount"), row):
                self._exchange(mapping, one, key, where, row)

    def _process(
        self, mapping: TableMapping, key: str, name: Mapping[str, str], where: str, row: Mapping[str, str]
    ) -> Process:
        about = mapping.process

        def text(field_name: str) -> str:
            return filled(about.get(field_name), row)

        kind = _PROCESS_KINDS.get(text("kind") or ("unit_process" if mapping.per_exchange else "system_process"))
        if kind is None:
            self.log.warn("process_type_unknown", where, value=text("kind"))
        documentation = {one: filled(value, row) for one, value in (about.get("documentation") or {}).items()}
        return Process(
            id=key,
            name=name,
            kind=kind or ProcessKind.UNIT,
            exchanges=(),
            version=text("version"),
            location=text("location"),
            valid_from=text("valid_from"),
            valid_until=text("valid_until"),
            technology=text("technology"),
            categories=filled_list(about.get("categories"), row),
            results=tuple(self._results(mapping, where, row)),
            citations=self._citation(text("source"), text("source_url")),
            licence=": ".join(filter(None, (_private(mapping), text("licence")))),
            documentation={one: value for one, value in documentation.items() if value},
            where=where,
        )

    def _factor(
        self,
        mapping: TableMapping,
        factor: Factor,
        key: str,
        name: Mapping[str, str],
        where: str,
        row: Mapping[str, str],
    ) -> None:
        """Add a factor as a process that makes one unit of what it is called, with its figure as result."""
        process = self._process(mapping, key, name, where, row)
        results: tuple[ModuleResult, ...] = ()
        if factor.value is not None:
            indicator = "GWP100" if factor.gas == "CO2e" else factor.gas
            results = (ModuleResult(indicator, "", factor.value, f"kg {factor.gas}/{factor.unit}"),)
        documentation = {**process.documentation, "unit as written": factor.written}
        self.processes[key] = replace(process, kind=factor.kind, results=results, documentation=documentation)
        flow = name_id("table flow", FlowKind.PRODUCT.value, *name.values(), factor.unit)
        self.flows.setdefault(flow, Flow(flow, name, FlowKind.PRODUCT, unit=factor.unit))
        self.exchanges[key] = [
            Exchange(flow=flow, is_input=False, amount=1.0, unit=factor.unit, id="1", is_reference=True, where=where)
        ]

    def _citation(self, name: str, url: str) -> tuple[str, ...]:
        if not name and not url:
            return ()
        key = name_id("table source", name, url)
        self.citations.setdefault(key, Citation(key, "source", name or url, url=url))
        return (key,)

    def _results(self, mapping: TableMapping, where: str, row: Mapping[str, str]) -> Iterator[ModuleResult]:
        for one in mapping.results:
            text = filled(one.get("amount"), row)
            indicator = filled(one.get("indicator"), row)
            if not text:
                self.log.info("result_empty", where, indicator=indicator)
                continue
            amount = lenient_number(text, self.log, where, indicator, mapping.text("decimal", "."))
            if amount is not None:
                yield ModuleResult(indicator, filled(one.get("module"), row), amount, self._unit(mapping, one, row))

    def _unit(self, mapping: TableMapping, one: Mapping[str, Any], row: Mapping[str, str]) -> str:
        written = filled(one.get("unit"), row)
        return str((mapping.top.get("units") or {}).get(written) or written)

    def _exchange(
        self,
        mapping: TableMapping,
        one: Mapping[str, Any],
        key: str,
        where: str,
        row: Mapping[str, str],
        is_reference: bool = False,
    ) -> None:
        decimal = mapping.text("decimal", ".")
        unit = self._unit(mapping, one, row)
        name = filled_words(one.get("flow"), row)
        shown = next(iter(name.values()), "")
        amount = lenient_number(filled(one.get("amount"), row) or None, self.log, where, "amount", decimal)
        if amount is None:
            self.log.error("amount_missing", where, flow=shown)
        if not unit:
            self.log.error("flow_unit_missing", where, flow=shown)
        inputs = tuple(text.lower() for text in filled_list(one.get("inputs"), row)) or _INPUTS
        marks = tuple(text.lower() for text in filled_list(one.get("marks"), row)) or _YES
        comment = filled(one.get("comment"), row)
        deviation, low, high = (
            lenient_number(filled(one.get(item), row), self.log, where, item, decimal)
            for item in ("deviation", "minimum", "maximum")
        )
        kind = filled(one.get("distribution"), row).lower()
        self.exchanges[key].append(
            Exchange(
                flow=self._flow(one, name, unit, where, row),
                is_input=filled(one.get("direction"), row).lower() in inputs,
                amount=UNKNOWN if amount is None else amount,
                unit=unit,
                id=str(len(self.exchanges[key]) + 1),
                is_reference=is_reference or filled(one.get("reference"), row).lower() in marks,
                is_avoided=filled(one.get("avoided"), row).lower() in marks,
                provider=filled(one.get("provider"), row).lower(),
                location=filled(one.get("location"), row),
                spread=spread_of(
                    kind,
                    self.log,
                    where,
                    deviation=deviation,
                    low=low,
                    mode=amount,
                    high=high,
                    pedigree=pedigree_of(comment),
                )
                if kind
                else None,
                comment=comment,
                where=where,
            )
        )

    def _flow(
        self, one: Mapping[str, Any], name: Mapping[str, str], unit: str, where: str, row: Mapping[str, str]
    ) -> str:
        stated = filled(one.get("kind"), row)
        named = {text.lower(): value for text, value in (one.get("kinds") or {}).items()}
        categories = filled_list(one.get("categories"), row)
        kind = _KINDS.get(str(named.get(stated.lower()) or stated).lower())
        if kind is None:
            if stated:
                self.log.warn("table_flow_kind_unknown", where, value=stated)
            kind = FlowKind.ELEMENTARY if filled(one.get("cas"), row) or categories else FlowKind.PRODUCT
        if not name:
            self.log.error("flow_unnamed", where)
        key = filled(one.get("flow_id"), row).lower()
        key = key or name_id(
            "table flow", kind.value, *name.values(), *(categories if kind is FlowKind.ELEMENTARY else (unit,))
        )
        if key not in self.flows:
            cas = cas_number(filled(one.get("cas"), row), self.log, where)
            location = filled(one.get("location"), row) if kind is not FlowKind.ELEMENTARY else ""
            self.flows[key] = Flow(key, name, kind, cas=cas, categories=categories, location=location, unit=unit)
        return key
