"""What is written as ILCD is read back the same as far as the format goes, and what it cannot hold is said."""

import io
import math
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

import peers
from inventories import Holds, identifier, inventories
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    Parameter,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.core.lca.linking_units import Measures
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.writers.ilcd import write
from tanbiao.formats.writers.ilcd_xml import per_cent

ROOT = Path(__file__).parents[3]
needs_schemas = peers.needs("pyilcd", "xmlschema")
"""pyilcd carries the schemas of the ILCD format."""


def again(inventory: Inventory) -> Inventory:
    return registry.read(Members.of_bytes(write(inventory).data, "x.zip"))


def close(one: float | None, other: float | None, scale: float = 0.0) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=2e-4, abs_tol=1e-12 * abs(scale))


def same_spread(read: Spread | None, told: Spread | None, amount: float, factor: float) -> bool:
    """Whether a spread came back as far as ILCD holds it: no pedigree, triangles around the amount."""
    if told is None:
        return read is None
    centre = amount * factor
    if told.kind in ("lognormal", "normal") and (math.isnan(centre) or centre == 0.0):
        return read is None  # said as "around no known value"
    if told.kind == "lognormal":
        return read is not None and read.kind == "lognormal" and close(read.sigma, told.sigma)
    if math.isnan(centre):
        return read is None or read.kind in ("uniform", "undefined")
    if told.kind == "normal":
        width = (told.sigma or 0.0) * factor
        told_apart = width > 1e-9 * abs(centre)
        return not told_apart or (read is not None and close(read.sigma, width, centre * 1e6))
    low, high = (one and one * factor for one in (told.minimum, told.maximum))
    assert low is not None
    assert high is not None
    kind = told.kind if told.kind != "triangular" or low <= centre <= high else "undefined"
    if low == high:
        return True
    return read is not None and (read.kind, read.minimum, read.maximum) == (kind, low, high)


def check(read: Inventory, told: Inventory) -> None:
    measures = Measures(told)
    assert {key: replace(flow, location="") for key, flow in read.flows.items()} == {
        key: replace(flow, location="") for key, flow in told.flows.items()
    }
    # A unit group's generated version is a word, which is no version of ILCD's form.
    assert {key: replace(one, version="") for key, one in read.unit_groups.items()} == {
        key: replace(one, version="") for key, one in told.unit_groups.items()
    }
    assert read.flow_properties == told.flow_properties
    assert {one.name for one in read.citations.values()} == {one.name for one in told.citations.values()}
    by_id = {one.id: one for one in read.processes}
    for process in told.processes:
        mine = by_id[process.id]
        for field in ("name", "version", "location", "technology", "categories", "classifications", "licence", "kind"):
            assert getattr(mine, field) == getattr(process, field), field
        assert (mine.valid_from, mine.valid_until) == (process.valid_from[:4], process.valid_until[:4])
        assert [(one.name, one.value, one.comment) for one in mine.parameters] == [
            (one.name, one.value, one.comment) for one in process.parameters
        ]
        for one, other in zip(mine.exchanges, process.exchanges, strict=True):
            factor = measures.factor(told.flows[other.flow], other.unit, other.flow_property) or math.nan
            assert (one.flow, one.is_input, one.id, one.is_reference, one.location, one.comment) == (
                other.flow,
                other.is_input,
                other.id,
                other.is_reference,
                other.location,
                other.comment,
            )
            assert one.amount == other.amount * factor or math.isnan(one.amount) == math.isnan(other.amount) is True
            assert same_spread(one.spread, other.spread, other.amount, factor), (one.spread, other)


@settings(deadline=None, max_examples=60)
@given(inventories(Holds(languages=True, absent=True, classified=True)))
def test_what_is_written_is_read_back_the_same(inventory: Inventory) -> None:
    written = write(inventory)
    members = Members.of_bytes(written.data, "x.zip")
    assert detect(members).format == "ilcd"
    check(registry.read(members), inventory)
    assert write(inventory).data == written.data


FLOW = Flow(identifier("flow", 0), {"en": "steel", "zh": "钢"}, FlowKind.PRODUCT, unit="kg")
SLAG = Flow(identifier("flow", 1), {"en": "slag"}, FlowKind.PRODUCT, unit="kg")
MADE = Exchange(FLOW.id, False, 1.0, "kg", id="1", is_reference=True)


def of(process: Process, *citations: Citation, parameters: tuple[Parameter, ...] = ()) -> Inventory:
    flows = {one.id: one for one in (FLOW, SLAG)}
    return Inventory("simapro-csv", (process,), flows, {}, {}, parameters, {one.id: one for one in citations})


def test_allocation_goes_out_in_per_cent() -> None:
    side = Exchange(SLAG.id, False, 0.3, "kg", id="2")
    factors = (AllocationFactor(FLOW.id, 0.75, "economic", "2"), AllocationFactor(SLAG.id, 0.25, "economic", "2"))
    process = Process(identifier("process", 0), {"en": "mill"}, ProcessKind.UNIT, (MADE, side), allocation=factors)
    (read,) = again(of(process)).processes
    assert read.allocation == factors
    assert read.default_allocation == "economic"
    thirds = tuple(replace(one, value=value) for one, value in zip(factors, (1 / 3, 2 / 3), strict=True))
    written = write(of(replace(process, allocation=thirds)))
    assert "digits of allocation factors beyond the format's five" in {one.params["what"] for one in written.findings}


@pytest.mark.parametrize(
    ("value", "text"), [(100.0, "100"), (33.333333, "33.333"), (0.00004, "0"), (123456.0, "123460"), (12.5, "12.5")]
)
def test_a_percentage_has_five_digits(value: float, text: str) -> None:
    assert per_cent(value) == text


def test_formulas_become_parameters_that_give_the_same() -> None:
    area = Parameter("area", 3.0)
    used = Exchange(SLAG.id, True, 7.0, "kg", id="2", formula="2 * area + 1")
    process = Process(identifier("process", 0), {"en": "mill"}, ProcessKind.UNIT, (MADE, used))
    read = again(of(process, parameters=(area,)))
    assert read.processes[0].exchanges[1].amount == 7.0
    assert {one.name: one.value for one in read.processes[0].parameters} == {"area": 3.0, "formula_2": 7.0}
    assert not [item for item in read.findings if item.severity.value in ("error", "blocking")]


def test_what_ilcd_cannot_hold_is_said() -> None:
    used = Exchange(SLAG.id, True, 1.0, "kg", provider="x", is_avoided=True, production_volume=1.0, quality="(1;1)")
    review = Citation("r", "review", "of our own", "fine")
    process = Process(
        identifier("process", 0),
        {"en": "mill"},
        ProcessKind.EPD,
        (MADE, used),
        version="3",
        valid_from="2020-05-01",
        citations=("r",),
        documentation={"description": "long ago"},
    )
    told = {item.params["what"]: item.params["count"] for item in write(of(process, review)).findings}
    assert told == {
        "EPD results (written as LCI results)": 1,
        "avoided products (written as inputs or outputs)": 1,
        "days of validity (years are kept)": 1,
        "default providers": 1,
        "fields of documentation (kept in the general comment)": 1,
        "kinds of review that ILCD does not name": 1,
        "pedigree scores and data quality entries": 1,
        "production volumes": 1,
        "versions in another form": 1,
    }
    (read,) = again(of(process, review)).processes
    assert read.documentation["dataSetInformation/generalComment"] == "description: long ago"


@needs_samples
@pytest.mark.parametrize("name", ["ilcd/tiangong_ilcd_subset_120.zip", "olca/uslci-transport_v1.1_schema2.zip"])
def test_a_sample_of_another_program_is_written_and_read_back(name: str) -> None:
    with Members.open(LCA / name) as members:
        first = registry.read(members)
    second = again(first)
    assert second.count_exchanges() == first.count_exchanges()
    assert second.count_references() == first.count_references()
    assert second.products_without_provider() == first.products_without_provider()


def valid(data: bytes, folder: Path) -> None:
    """Fail where a dataset breaks the schema of its kind; of a large archive twenty of each kind are asked."""
    path = folder / "x.zip"
    path.write_bytes(data)
    script = Path(__file__).with_name("ilcd_validate.py")
    done = subprocess.run([peers.PYTHON, script, path], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@needs_schemas
def test_the_schemas_of_the_format_accept_a_process_and_refuse_a_spoilt_one(tmp_path: Path) -> None:
    side = Exchange(SLAG.id, False, 0.3, "kg", id="2", spread=Spread("lognormal", sigma=0.1))
    factors = (AllocationFactor(FLOW.id, 0.75, "economic", "2"), AllocationFactor(SLAG.id, 0.25, "economic", "2"))
    process = Process(identifier("process", 0), {"en": "mill"}, ProcessKind.UNIT, (MADE, side), allocation=factors)
    data = write(of(process, parameters=(Parameter("share", 0.3),))).data
    valid(data, tmp_path)
    spoilt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as good, zipfile.ZipFile(spoilt, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name).replace(b"<meanAmount>", b"<meanAmount>about "))
    with pytest.raises(AssertionError, match="about"):
        valid(spoilt.getvalue(), tmp_path)


@needs_schemas
@needs_samples
@pytest.mark.parametrize("name", ["ilcd/tiangong_ilcd_subset_120.zip", "olca/uslci_olca1_5_0_schema1.zip", "simapro"])
def test_the_schemas_of_the_format_accept_what_samples_become(name: str, tmp_path: Path) -> None:
    with Members.open(LCA / name) as members:
        valid(write(registry.read(members)).data, tmp_path)
