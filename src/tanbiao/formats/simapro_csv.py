"""SimaPro CSV: processes, waste treatments and scenarios, product stages, with parameters, units and substances.

Everything is linked by name. A product is known by its name alone, a substance by name, compartment and
sub-compartment. Amounts may be formulas over the parameters of the process, the project and the database (the nearer
one first). The reference of a waste treatment is an input: the waste it takes. Waste that a process hands over is an
output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Parameter,
    Process,
    ProcessKind,
    UnitGroup,
)
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import simapro_rows
from tanbiao.formats.formulas import Scope, evaluate
from tanbiao.formats.reading import UNKNOWN, Log, cas_number, decode, documents, name_id, number
from tanbiao.formats.simapro_blocks import DATASET_BLOCKS, METHOD_BLOCKS, Block, Header, Row, blocks_of, read_header
from tanbiao.formats.simapro_blocks import sections_of as _sections_of
from tanbiao.formats.simapro_rows import COMPARTMENTS, INPUTS, OUTPUTS, PERCENTAGES, SUBSTANCES, Line

FORMAT: Final = "simapro-csv"
SUFFIXES: Final = (".csv", ".txt")

_Method = Literal["physical", "economic", "causal", "other"]
_REFERENCES: Final = ("products", "waste treatment", "waste scenario")
_LOCATION: Final = re.compile(r"\{([A-Za-z][\w-]{0,11})\}|/([A-Z]{2,3}(?:-[A-Z]{2,5})?)(?:\s+[US])?$")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FORMULA: Final = re.compile(r"Formula:\s*([A-Za-z0-9()+-]+)")
_YEARS: Final = re.compile(r"(\d{4})\s*(?:-|–|to|and)\s*(\d{4})")
_UNSPECIFIED: Final = frozenset({"", "unspecified", "unknown", "not defined"})


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read every SimaPro CSV among the files; each has its own separators, parameters and units.

    Returns
    -------
    Inventory
        What could be read; everything wrong or doubtful is a finding with ``member:line``.
    """
    reader = _Reader()
    for name, data in documents(files, SUFFIXES, reader.log):
        _File(reader, name, data).read()
    return reader.inventory()


@dataclass(slots=True)
class _Reader:
    log: Log = field(default_factory=Log)
    processes: list[Process] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    properties: dict[str, FlowProperty] = field(default_factory=dict)
    units: dict[str, UnitGroup] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    citations: dict[str, Citation] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def inventory(self) -> Inventory:
        makers: dict[str, list[str]] = {}
        for process in self.processes:
            for one in process.references:
                makers.setdefault(one.flow, []).append(process.id)
        return Inventory(
            format=FORMAT,
            processes=tuple(_linked(process, makers) for process in self.processes),
            flows=self.flows,
            flow_properties=self.properties,
            unit_groups=self.units,
            parameters=tuple(self.parameters),
            citations=self.citations,
            findings=self.log.close(),
        )


def _linked(process: Process, makers: Mapping[str, list[str]]) -> Process:
    """Name the supplier of each product that exactly one other process of the files makes."""
    exchanges = tuple(
        replace(one, provider=makers[one.flow][0])
        if not one.is_reference and len(makers.get(one.flow, ())) == 1 and makers[one.flow][0] != process.id
        else one
        for one in process.exchanges
    )
    return replace(process, exchanges=exchanges)


@dataclass(frozen=True, slots=True)
class _Substance:
    cas: str
    formula: str
    id: str


class _File:
    """One file: its header, its library blocks (read first, since they stand last), then its datasets one by one."""

    def __init__(self, reader: _Reader, name: str, data: bytes) -> None:
        self.reader, self.log, self.name = reader, reader.log, name
        self.text = decode(data, self.log, name, usual="cp1252")
        self.header: Header = read_header(self.text, self.log, name)
        self.database = Scope(decimal=self.header.decimal)
        self.project = Scope(self.database, self.header.decimal)
        self.substances: dict[tuple[str, str], _Substance] = {}
        self.quantities: dict[str, str] = {}
        """Unit → id of its quantity."""
        self.strange: set[str] = set()
        self.found: list[tuple[Scope, Parameter]] = []
        """Parameters of the database and the project."""

    def read(self) -> None:
        quiet = Log()
        for block in blocks_of(self.text, self.header, quiet, self.name):
            if block.name not in DATASET_BLOCKS:
                self._library(block)
        self._settle(self.database)
        self._settle(self.project)
        self.reader.parameters += [self._valued(one, scope) for scope, one in self.found]
        found = False
        for block in blocks_of(self.text, self.header, self.log, self.name):
            found = True
            if block.name in DATASET_BLOCKS:
                _Dataset(self, block).add()
            elif block.name in METHOD_BLOCKS:
                self.log.warn(
                    "impact_method_left_out", self.place(block.line), name=block.name, factors=len(block.rows)
                )
        if not found:
            self.log.info("simapro_no_blocks", self.name)

    def place(self, line: int) -> str:
        return f"{self.name}:{line}"

    def _settle(self, scope: Scope) -> None:
        scope.settle()
        for name, error in scope.failures.items():
            self.log.failed(error, f"{self.name}: {name}")

    @staticmethod
    def _valued(one: Parameter, scope: Scope) -> Parameter:
        return one if one.value is not None else replace(one, value=scope.values().get(one.name.lower()))

    def _library(self, block: Block) -> None:
        if block.name in ("system description", "literature reference"):
            self._citation(block)
        elif block.name == "units":
            self._units(block)
        elif block.name.startswith(("database ", "project ")):
            scope = self.database if block.name.startswith("database") else self.project
            which = block.name.split()[0]
            found = simapro_rows.parameters(block.rows, "input" in block.name, scope, self.log, self.name, note=which)
            self.found += [(scope, one) for one in found]
        elif block.name in SUBSTANCES:
            for row in block.rows:
                self._substance(SUBSTANCES[block.name], row)

    def _substance(self, compartment: str, row: Row) -> None:
        if not row.cells:
            return
        cells = (*row.cells, "", "", "", "")
        match = _FORMULA.search(cells[3])
        key = next((cell.lower() for cell in row.cells[3:] if _UUID.fullmatch(cell)), "")
        cas = cas_number(cells[2], self.log, self.place(row.line))
        self.substances[compartment, cells[0].lower()] = _Substance(cas, match[1] if match else "", key)

    def _citation(self, block: Block) -> None:
        texts, _ = _sections_of(block, Log(), self.name)
        name = texts.get("name", "")
        rest = "\n".join(text for key, text in texts.items() if key != "name" and text)
        key = name_id("simapro", block.name, name)
        self.reader.citations[key] = Citation(key, "source", name, rest, texts.get("documentation link", ""))

    def _units(self, block: Block) -> None:
        """Collect the units of each quantity: name; quantity; factor; reference unit."""
        factors: dict[str, dict[str, float]] = {}
        bases: dict[str, str] = {}
        for row in block.rows:
            if len(row.cells) < 4:
                if row.cells:
                    self.log.warn("simapro_row_short", self.place(row.line), count=len(row.cells))
                continue
            unit, quantity, text, base = row.cells[:4]
            factor = number(text, self.header.decimal)
            if factor is None or factor <= 0:
                self.log.error("number_unreadable", self.place(row.line), value=text, field="Units")
                continue
            if bases.setdefault(quantity, base) != base:
                self.log.warn(
                    "simapro_unit_bases", self.place(row.line), quantity=quantity, one=bases[quantity], other=base
                )
                continue
            factors.setdefault(quantity, {})[unit] = factor
        for quantity, units in factors.items():
            key = name_id("simapro quantity", quantity)
            known = self.reader.units.get(key)
            merged = {**(known.units if known else {}), **units}
            self.reader.units[key] = UnitGroup(key, quantity, bases[quantity], merged)
            self.reader.properties[key] = FlowProperty(key, quantity, key)
            self.quantities.update(dict.fromkeys(units, key))

    def flow(self, flow: Flow) -> str:
        """Add a flow; a product that stands as a waste anywhere is one, and a share in % is not its unit."""
        known = self.reader.flows.get(flow.id, flow)
        measured = flow if known.unit == "%" else known
        kind = FlowKind.WASTE if FlowKind.WASTE in (known.kind, flow.kind) else known.kind
        self.reader.flows[flow.id] = measured if measured.kind is kind else replace(measured, kind=kind)
        return flow.id


class _Dataset:
    """A block ``Process`` or ``Product stage``."""

    def __init__(self, file: _File, block: Block) -> None:
        self.file, self.log, self.block = file, file.log, block
        self.where = file.place(block.line)
        self.texts, self.tables = _sections_of(block, self.log, file.name)
        self.scope = Scope(file.project, file.header.decimal)
        self.exchanges: list[Exchange] = []
        self.allocation: list[AllocationFactor] = []

    def add(self) -> None:
        references = [row for name in _REFERENCES for row in self.tables.get(name, ()) if row.cells]
        key = self._id(references)
        parameters = self._parameters(key)
        self._references()
        for name, rows in self.tables.items():
            if name in INPUTS or name in OUTPUTS or name in COMPARTMENTS or name in PERCENTAGES:
                for row in rows:
                    self._exchange(name, row)
        title = self.texts.get("process name") or (references[0].cells[0] if references else "")
        if not title:
            self.log.warn("process_unnamed", self.where)
        if not references:
            self.log.error("reference_missing", self.where, name=title)
        start, end = _years(self.texts.get("time period", ""))
        self.file.reader.processes.append(
            Process(
                id=key,
                name={"": title} if title else {},
                kind=self._kind(references),
                exchanges=tuple(self.exchanges),
                location=self._location(references),
                valid_from=start,
                valid_until=end,
                technology=self._text("technology"),
                categories=self._categories(references),
                parameters=tuple(parameters),
                allocation=tuple(self.allocation) if len(references) > 1 else (),
                default_allocation=self._text("multiple output allocation"),
                citations=self._citations(),
                licence=self._licence(),
                is_waste_treatment="waste treatment" in self.tables or "waste scenario" in self.tables,
                documentation=self._documentation(),
                where=self.where,
            )
        )

    def _id(self, references: list[Row]) -> str:
        names = [row.cells[0] for row in references]
        key = (self.texts.get("platformid") or self.texts.get("process identifier") or "").strip().lower()
        key = key or name_id("simapro process", self.block.name, self.texts.get("process name", ""), *names)
        ids = self.file.reader.ids
        ids[key] = ids.get(key, 0) + 1
        if ids[key] == 1:
            return key
        self.log.warn("process_twice", self.where, name=names[0] if names else "")
        return name_id("simapro process", key, *names, str(ids[key]))

    def _kind(self, references: list[Row]) -> ProcessKind:
        stated = self.texts.get("type", "").lower()
        if stated.startswith("system") or (
            not stated and references and references[0].cells[0].endswith((" S", ", S"))
        ):
            return ProcessKind.SYSTEM
        return ProcessKind.UNIT

    def _location(self, references: list[Row]) -> str:
        for row in references:
            if match := _LOCATION.search(row.cells[0]):
                return match[1] or match[2]
        stated = self._text("geography")
        return "" if stated.lower() == "mixed data" else stated

    def _text(self, name: str) -> str:
        text = self.texts.get(name, "")
        return "" if text.strip().lower() in _UNSPECIFIED else text

    def _categories(self, references: list[Row]) -> tuple[str, ...]:
        stage = self.block.name == "product stage"
        column = {"products": 3 if stage else 5}
        first = self._text("category type")
        for name in _REFERENCES:
            for row in self.tables.get(name, ())[:1]:
                at = column.get(name, 4)
                if len(row.cells) > at:
                    return tuple(part for part in (first, *row.cells[at].split("\\")) if part)
        return (first,) if first and references else ()

    def _parameters(self, process: str) -> list[Parameter]:
        found: list[Parameter] = []
        for name, is_input in (("input parameters", True), ("calculated parameters", False)):
            rows = self.tables.get(name, [])
            found += simapro_rows.parameters(rows, is_input, self.scope, self.log, self.file.name, process=process)
        self.scope.settle()
        for name, error in self.scope.failures.items():
            self.log.failed(error, f"{self.where}: {name}")
        values = self.scope.values()
        return [one if one.value is not None else replace(one, value=values.get(one.name.lower())) for one in found]

    def _number(self, text: str, where: str, flow: str) -> tuple[float, str]:
        """Return (value, formula or "") of an amount; unknown with an error where it has none."""
        value = number(text, self.file.header.decimal)
        if value is not None:
            return value, ""
        if not text:
            self.log.error("amount_missing", where, flow=flow)
            return UNKNOWN, ""
        other = number(text, "," if self.file.header.decimal == "." else ".")
        if other is not None:
            self.log.warn("decimal_comma", where, value=text, field=flow)
            return other, ""
        try:
            return evaluate(text, self.scope), text
        except TanbiaoError as error:
            self.log.failed(error, where)
            self.log.error("amount_missing", where, flow=flow)
            return UNKNOWN, text

    def _references(self) -> None:
        method: _Method = "other"
        stated = self.texts.get("multiple output allocation", "").lower()
        if "physical" in stated:
            method = "physical"
        elif "economic" in stated:
            method = "economic"
        total, count = 0.0, 0
        for name in _REFERENCES:
            for row in self.tables.get(name, ()):
                where = self.file.place(row.line)
                cells = (*row.cells, "", "", "", "", "", "")
                amount, formula = self._number(cells[2], where, cells[0])
                waste = name != "products"
                flow = self._product(cells[0], cells[1], waste, where)
                if amount == 0:
                    self.log.error("reference_amount_zero", where, flow=cells[0])
                self.exchanges.append(
                    Exchange(
                        flow=flow,
                        is_input=waste,
                        amount=amount,
                        unit=cells[1],
                        formula=formula,
                        is_reference=True,
                        comment=cells[5] if waste else cells[4] if self.block.name == "product stage" else cells[6],
                        where=where,
                    )
                )
                if name == "products" and self.block.name == "process":
                    share, text = self._number(cells[3] or "100", where, cells[0])
                    self.allocation.append(AllocationFactor(flow, share / 100, method, formula=text))
                    total, count = total + share, count + 1
        if count and not abs(total - 100) <= 0.1:
            names = ", ".join(row.cells[0] for row in self.tables.get("products", ())[:5] if row.cells)
            self.log.warn("product_shares_sum", self.where, products=names, total=total)

    def _product(self, name: str, unit: str, waste: bool, where: str) -> str:
        if not name:
            self.log.error("flow_unnamed", where)
        match = _LOCATION.search(name)
        quantity = self._quantity(unit, where)
        return self.file.flow(
            Flow(
                id=name_id("simapro product", name),
                name={"": name},
                kind=FlowKind.WASTE if waste else FlowKind.PRODUCT,
                location=(match[1] or match[2]) if match else "",
                unit=unit,
                reference_property=quantity,
                properties={quantity: 1.0} if quantity else {},
            )
        )

    def _quantity(self, unit: str, where: str) -> str:
        """Return the id of the unit's quantity; a unit that the file's own table lacks is a finding, once."""
        known = self.file.quantities.get(unit, "")
        if not known and unit and unit != "%" and self.file.quantities and unit not in self.file.strange:
            self.file.strange.add(unit)
            self.log.warn("simapro_unit_unknown", where, unit=unit)
        return known

    def _exchange(self, table: str, row: Row) -> None:
        if not row.cells:
            return
        where = self.file.place(row.line)
        if table in PERCENTAGES:
            line = simapro_rows.percentage(row)
        else:
            line = simapro_rows.line(row, table in COMPARTMENTS, self.file.header, self.log, where)
        self._add(table, line, where)

    def _add(self, table: str, line: Line, where: str) -> None:
        if table in COMPARTMENTS:
            flow = self._substance(table, line, where)
        else:
            flow = self._product(line.name, line.unit, table in OUTPUTS or table in PERCENTAGES, where)
        if table == "waste/disposal scenario" and not line.amount and not line.unit:
            line = replace(line, amount="100", unit="%")  # a life cycle hands all it leaves to its one scenario
        amount, formula = self._number(line.amount, where, line.name)
        if not line.unit:
            self.log.error("flow_unit_missing", where, flow=line.name)
        self.exchanges.append(
            Exchange(
                flow=flow,
                is_input=table in INPUTS or COMPARTMENTS.get(table) == "resource",
                amount=amount,
                unit=line.unit,
                formula=formula,
                is_avoided=table == "avoided products",
                spread=simapro_rows.spread(line, amount, self.file.header.decimal, self.log, where),
                comment=line.comment,
                where=where,
            )
        )

    def _substance(self, table: str, line: Line, where: str) -> str:
        if not line.name:
            self.log.error("flow_unnamed", where)
        compartment = COMPARTMENTS[table]
        known = self.file.substances.get((compartment, line.name.lower()), _Substance("", "", ""))
        stated = line.id or known.id
        plain = line.compartment.lower() in _UNSPECIFIED
        key = (
            stated
            if plain and stated
            else name_id("simapro substance", stated, line.name, compartment, line.compartment)
        )
        quantity = self._quantity(line.unit, where)
        social = table in ("social issues", "economic issues")
        return self.file.flow(
            Flow(
                id=key,
                name={"": line.name},
                kind=FlowKind.OTHER if social else FlowKind.ELEMENTARY,
                cas=known.cas,
                formula=known.formula,
                categories=(compartment,) if plain else (compartment, line.compartment),
                unit=line.unit,
                reference_property=quantity,
                properties={quantity: 1.0} if quantity else {},
            )
        )

    def _citations(self) -> tuple[str, ...]:
        ids: list[str] = []
        for section, kind in (
            ("system description", "system description"),
            ("literature references", "literature reference"),
        ):
            for text in self.texts.get(section, "").splitlines():
                name, _, comment = (part.strip() for part in text.partition(";"))
                if not name:
                    continue
                key = name_id("simapro", kind, name)
                self.file.reader.citations.setdefault(key, Citation(key, "source", name, comment))
                ids.append(key)
        return tuple(dict.fromkeys(ids))

    def _licence(self) -> str:
        lines = self.texts.get("literature references", "").splitlines()
        return "; ".join(line.strip() for line in lines if "copyright" in line.lower())

    def _documentation(self) -> dict[str, str]:
        skipped = ("platformid", "process name", "technology", "multiple output allocation")
        kept = {key: text for key, text in self.texts.items() if key not in skipped}
        if "date" in kept:
            kept["date"] = simapro_rows.iso_date(kept["date"], self.file.header)
        for name in ("reference assembly", "linked processes", "linked process"):
            if rows := self.tables.get(name):
                kept[name] = "\n".join("; ".join(cell for cell in row.cells if cell) for row in rows)
        return {key: text for key, text in kept.items() if text.strip().lower() not in _UNSPECIFIED}


def _years(text: str) -> tuple[str, str]:
    """Return (from, until) of a period: "2000-2004", "2010 and after", "2023"; of other words nothing."""
    match = _YEARS.search(text)
    if match is not None:
        return match[1], match[2]
    since = re.fullmatch(r"(\d{4})(?: and after)?", text.strip(), re.IGNORECASE)
    return (since[1], "") if since else ("", "")
