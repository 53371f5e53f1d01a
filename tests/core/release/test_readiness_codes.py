"""Every gap that a readiness report must name, each in the smallest database that has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.lca.inventories import CO2, PROPERTIES, gives, inventory, made, process, product, shares, uses
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, FlowProperty, Inventory
from tanbiao.core.findings import render
from tanbiao.core.lca.release_inventory import Terms, release_datasets

X, Y, Z = (product(key) for key in "xyz")
HFC = Flow(
    "hfc", {"en": "HFCs, unspecified"}, FlowKind.ELEMENTARY, reference_property="mass", properties={"mass": 1.0},
    categories=("Emissions to air",),
)  # fmt: skip


def peers(amount: float, product_unit: str = "kg") -> Inventory:
    """Ten processes of steel (or, in MJ, of heat) that emit 2 kg of CO2, and one that emits another amount."""
    kind = "energy" if product_unit == "MJ" else "mass"
    flows = [product(f"steel{n}", kind, name={"en": f"steel, plate {n}"}) for n in range(11)]
    made_of = [
        process(f"mill{n}", made(f"steel{n}", 1.0, product_unit), gives("co2", 2.0 + 0.01 * n if n < 10 else amount))
        for n in range(11)
    ]
    return inventory(flows, *made_of)


def boiler(*emitted: Exchange) -> Inventory:
    """Coal with 0.7 kg of carbon a kg, which is burnt."""
    properties = {**PROPERTIES, "c": FlowProperty("c", "Carbon content", "ug-mass")}
    flows = [product("x", "energy"), product("y", properties={"c": 0.7})]
    burnt = process("p", made("x", 20.0), uses("y", 1.0), *emitted)
    return inventory(flows, burnt, flow_properties=properties)


CASES: dict[str, Inventory] = {
    "unlinked_input": inventory([X, Y], process("p", made("x"), uses("y", 1.0))),
    "ambiguous_provider": inventory(
        [X, Y], process("p", made("x"), uses("y", 1.0)), process("a", made("y")), process("b", made("y"))
    ),
    "process_without_reference": inventory([X], process("p", uses("x", 1.0), gives("co2", 1.0))),
    "unit_mismatch": inventory([X, Y], process("p", made("x"), uses("y", 1.0, "m3")), process("q", made("y"))),
    "reference_zero": inventory([X], process("p", made("x", 0.0))),
    "reference_negative": inventory([X], process("p", made("x", -1.0), gives("co2", 1.0))),
    "coproducts_without_allocation": inventory([X, Y], process("p", made("x"), gives("y", 1.0))),
    "allocation_not_one": inventory(
        [X, Y], process("p", made("x"), gives("y", 1.0), allocation=shares("economic", {"x": 0.5, "y": 0.2}))
    ),
    "singular": inventory([X, Y], process("p", made("x"), uses("y", 1.0)), process("q", made("y"), uses("x", 1.0))),
    "unproductive": inventory([X, Y], process("p", made("x"), uses("y", 2.0)), process("q", made("y"), uses("x", 1.0))),
    "uncharacterised_gas_flow": inventory([X, HFC], process("p", made("x"), gives("hfc", 1.0, "kg"))),
    "mass_balance": inventory([X, Y], process("p", made("x", 5.0), uses("y", 1.0)), process("q", made("y"))),
    "carbon_balance": boiler(gives("co2", 3.0)),
    "carbon_lost": boiler(gives("co2", 0.3)),
    "energy_balance": inventory(
        [product("x", "energy"), product("y", properties={"energy": 40.0})],
        process("p", made("x", 12.0, "kWh"), uses("y", 1.0)),
        process("q", made("y")),
    ),
    "outside_peers": peers(9.0),
    "thousandfold": peers(2000.0),
    "kwh_for_mj": peers(7.2, product_unit="MJ"),
    "duplicate_dataset": inventory(
        [X], *(process(key, made("x"), gives("co2", 1.0), name={"en": "the same"}) for key in ("p", "q"))
    ),
    "duplicate_exchange": inventory([X], process("p", made("x"), gives("co2", 1.0), gives("co2", 1.0))),
    "depends_on_refused": inventory([X, Y], process("p", made("x", 0.0)), process("q", made("y"), uses("x", 1.0))),
}


def report(stock: Inventory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in release_datasets(stock, Terms("db", "A database")).readiness.findings:
        found.setdefault(one.code, one)
    return found


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_gap_has_its_code_and_one_next_action_in_both_languages(code: str) -> None:
    found = report(CASES[code])
    assert code in found, sorted(found)
    for lang in ("zh", "en"):
        told = render(found[code], lang)
        assert told["remedy"]
        assert "{" not in told["message"] + told["remedy"], told
    healthy = report(inventory([X], process("p", made("x"), gives("co2", 1.0))))
    assert code not in healthy


def test_a_loop_is_named_by_its_processes() -> None:
    for code in ("singular", "unproductive"):
        params = report(CASES[code])[code].params
        assert {"p", "q"} <= {
            word.split(" (")[0].strip() for word in str(params["processes"]).replace("→", ",").split(",")
        }


def test_coverage_counts_every_exchange_in_every_indicator() -> None:
    user = process("p", made("x"), uses("y", 1.0), uses("z", 1.0), gives("co2", 1.0), gives("hfc", 1.0, "kg"))
    stock = inventory([X, Y, Z, HFC], user, process("q", made("y"), gives("co2", 1.0)))
    counts = release_datasets(stock, Terms("db", "A database")).readiness.counts()
    assert counts["exchanges"] == 5
    for indicator in counts["coverage"].values():
        assert sum(indicator.values()) == 5
        assert (indicator["covered"], indicator["unlinked"], indicator["uncharacterised"]) == (3, 1, 1)


def test_a_balance_that_is_in_order_says_nothing() -> None:
    stock = inventory([X, Y], process("p", made("x"), uses("y", 1.1)), process("q", made("y"), gives("co2", 1.0)))
    assert "mass_balance" not in report(replace(stock, flows={**stock.flows, "co2": CO2}))
