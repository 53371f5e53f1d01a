"""Datasets of a release as an inventory: linked ones keep their suppliers and figures, factors their results."""

from typing import Any

import pytest

from tanbiao.core.dataset.inventory import FlowKind, ProcessKind, Spread
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.dataset.model import Dataset, parse_dataset
from tanbiao.core.dataset.nomenclature import gas_of
from tanbiao.core.gases import all_gases
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.formats import registry, release_export
from tanbiao.formats.archive import Members
from tanbiao.formats.release_export import inventory_of_release
from tanbiao.formats.writers import tables_csv


def dataset(key: str, **more: Any) -> Dataset:
    body = {
        "id": key,
        "version": "1",
        "name": {"en": key},
        "kind": "unit_process",
        "reference": {"unit": "kg"},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2024},
        "uncertainty": {"type": "unknown"},
        "quality": {},
        "source": {"title": "by hand"},
        "licence": "CC0",
        "redistribution": "yes",
    }
    return parse_dataset(body | more)


STEEL = dataset(
    "steel",
    inputs=[{"id": "i", "dataset": "coal", "amount": 0.5, "unit": "kg", "uncertainty": {"type": "normal", "sd": 0.1}}],
    emissions=[{"gas": "CO2 fossil", "amount": 1.5}, {"gas": "CO2 uptake", "amount": 0.25}],
)
COAL = dataset("coal", emissions=[{"gas": "CH4 fossil", "amount": 0.01}])


def test_a_linked_release_keeps_its_figures() -> None:
    inventory = inventory_of_release([STEEL, COAL])
    steel = inventory.processes[0]
    assert steel.kind is ProcessKind.UNIT
    assert steel.exchanges[1].provider == "coal"
    assert steel.exchanges[1].spread == Spread("normal", sigma=0.1)
    # By hand under AR6: 0.5 kg of coal with 0.01 kg fossil methane of 29.8 each, 1.5 emitted, 0.25 taken up
    solved = solve(link(inventory))
    assert solved.footprint("steel") == pytest.approx(0.5 * 0.01 * 29.8 + 1.5 - 0.25)
    again = registry.read(Members.of_bytes(tables_csv.write(inventory).data, "x.zip"))
    assert solve(link(again)).footprint("steel") == pytest.approx(solved.footprint("steel"), rel=1e-12)


def test_a_factor_keeps_its_figure_as_a_result_and_its_licence() -> None:
    kinds = {"fossil": 2.0, "undivided": 0.5}
    factor = dataset("f", kind="treatment", co2e={"AR5": 2.5}, kinds=kinds, redistribution="no (commercial)")
    inventory = inventory_of_release([factor])
    (one,) = inventory.processes
    assert one.kind is ProcessKind.SYSTEM
    assert [(each.indicator, each.value) for each in one.results] == [
        ("GWP100 AR5", 2.5),
        ("GWP100 AR5 fossil", 2.0),
        ("GWP100 AR5 undivided", 0.5),
    ]
    assert (one.is_waste_treatment, one.exchanges[0].is_input) == (True, True)
    assert inventory.flows[one.exchanges[0].flow].kind is FlowKind.WASTE
    assert redistribution(one.licence) == "forbidden"


def test_every_gas_is_known_again_by_its_flow() -> None:
    for key in all_gases():
        found = gas_of(release_export.gas_flow(key))
        assert found is not None
        assert found.gas == key
