"""Each reader takes the same process as another program would write it: the same figures, and its doubts by name."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from foreign_files import FILES, MAKING, POWER
from tanbiao.core.dataset.inventory import FlowKind, Inventory, Process, ProcessKind
from tanbiao.formats import inspection, registry
from tanbiao.formats.archive import Members

# Two amounts of each file have a comma where the format wants a point; of a table whose sign is the comma, the third.
COMMAS: Final = {"decimal_comma": 2}
NO_POWER: Final = {"flow_not_included": 1}
"""Electricity is used and its flow is no part of the file."""
UNLINKED: Final = {"unlinked_input": 1}
ILCD: Final = NO_POWER | {"decimal_comma": 4, "flow_without_reference_property": 2}
"""Both flows state the value of their property with a comma, and none which property is the reference one."""
DOUBTS: Final = {
    "openlca-jsonld-1": COMMAS | NO_POWER | {"flow_without_reference_property": 2},
    "openlca-jsonld-2": COMMAS | NO_POWER | {"flow_without_reference_property": 2},
    "ilcd": ILCD,
    "eilcd": ILCD,
    "ilcd-epd": ILCD | {"decimal_comma": 6},
    "tidas": ILCD,
    "ecospold1": COMMAS | UNLINKED | {"encoding_guessed": 1},
    "ecospold2": COMMAS | UNLINKED,
    "simapro-csv": UNLINKED | {"encoding_guessed": 1, "simapro_header_incomplete": 1},
    "tanbiao-workbook": UNLINKED | {"decimal_comma": 1, "flow_not_included": 2},
    "tanbiao-tables": UNLINKED | {"decimal_comma": 2, "flow_not_included": 2, "encoding_guessed": 1},
    "mapped-csv": UNLINKED | {"decimal_comma": 1, "encoding_guessed": 1},
}
STEEL_MAKING: Final = {"zh": "炼钢", "en": "steel making"}
NAMES: Final = {
    "openlca-jsonld-1": {"": "炼钢"},
    "openlca-jsonld-2": {"": "炼钢"},
    "ecospold1": {"en": "steel making", "de": "Stahl, flüssig"},
    "simapro-csv": {"": "钢 steel {CN}| making | U"},
}


@pytest.mark.parametrize("form", FILES)
def test_the_figures_are_the_same_whoever_wrote_them(form: str) -> None:
    with Members.of(FILES[form], form) as members:
        found = inspection.inspect(members)
    made = only(found.inventory)
    assert found.inventory.format == form  # told by the content
    assert dict(made.name) == NAMES.get(form, STEEL_MAKING)
    assert made.location == "CN"
    assert made.valid_from[:4] == "2023"
    assert made.kind is (ProcessKind.EPD if form == "ilcd-epd" else ProcessKind.UNIT)
    rows = {row[0]: row[1:] for row in figures(found.inventory, made)}
    power_unit = "" if form.endswith("ilcd") or form in ("ilcd-epd", "tidas") else "kWh"  # only its flow would tell
    assert rows == {
        "electricity": (True, 0.5, power_unit, False),
        "steel": (False, 1.5, "kg", True),
        "carbon dioxide": (False, 1.8, "kg", False),
    }
    assert Counter(item.code for item in found.findings) == DOUBTS[form]


def only(inventory: Inventory) -> Process:
    (process,) = inventory.processes
    return process


def figures(inventory: Inventory, process: Process) -> list[tuple[str, bool, float, str, bool]]:
    """Return (what, input, amount, unit, reference) of each exchange; the gas is an elementary flow to air."""
    found = []
    for one in process.exchanges:
        flow = inventory.flows[one.flow]
        name = " ".join(flow.name.values()).lower()
        what = next(word for word in ("electricity", "carbon dioxide", "steel") if word in name)
        if what == "carbon dioxide":
            assert flow.kind is FlowKind.ELEMENTARY
            assert any("air" in text.lower() for text in flow.categories)
        found.append((what, one.is_input, one.amount, one.unit, one.is_reference))
    return found


@pytest.mark.parametrize("form", ["openlca-jsonld-2", "ilcd", "tidas", "ecospold2"])
def test_ids_in_capitals_are_the_same_ids(form: str) -> None:
    inventory = registry.read(Members.of(FILES[form], form))
    assert only(inventory).id == MAKING
    assert POWER in inventory.flows


def test_a_model_names_the_supplier_and_modules_stay_apart() -> None:
    model = only(registry.read(Members.of(FILES["eilcd"], "eilcd")))
    assert [one.provider for one in model.exchanges if one.is_input] == [POWER[:-1] + "9"]
    declared = only(registry.read(Members.of(FILES["ilcd-epd"], "epd")))
    values = {one.module: one.value for one in declared.results}
    assert values == {"A1-A3": 2.25, "C1": 0.0, "D": -0.4}  # B1, a dash, is not declared and not zero
    assert {one.indicator for one in declared.results} == {"GWP-total"}


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_is_no_dataset_has_a_blocking_finding_in_every_format(form: str) -> None:
    with Members.of_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "report.pdf") as members:
        found = inspection.inspect(members, form)
    worst = [item for item in found.findings if item.severity.value == "blocking"]
    assert [(item.code, item.where) for item in worst] == [("dataset_file_without_process", "report.pdf")]
    assert worst[0].params == {"seen": "PDF", "format": found.inventory.format}
