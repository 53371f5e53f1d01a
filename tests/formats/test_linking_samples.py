"""The US LCI archive linked: counts, and every footprint against an independent solve of the raw files."""

import json
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from sample_files import LCA, needs_samples
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.core.lca.readiness import Standing, readiness
from tanbiao.formats import registry
from tanbiao.formats.archive import Members

pytestmark = needs_samples
# Plain carbon dioxide is read as fossil (finding gas_origin_assumed).
FOSSIL = ("Carbon dioxide, fossil", "Carbon dioxide", "Carbon dioxide [Inorganic emissions to air]")
US_LCI = LCA / "olca" / "uslci_olca1_5_0_schema1.zip"


@pytest.fixture(scope="module")
def stock():
    with Members.open(US_LCI) as members:
        return registry.read(members)


@pytest.fixture(scope="module")
def raw():
    with zipfile.ZipFile(US_LCI) as archive:
        documents = [(name, json.loads(archive.read(name))) for name in archive.namelist() if name.endswith(".json")]
    by_folder = {}
    for name, document in documents:
        by_folder.setdefault(name.split("/")[0], {})[document.get("@id", name)] = document
    return by_folder


def _factor(raw, exchange):
    """Reference units of the flow in one unit of the exchange, straight from the raw unit groups."""
    flow = raw["flows"][exchange["flow"]["@id"]]
    used = (exchange.get("flowProperty") or {}).get("@id")
    holds = 1.0
    for row in flow["flowProperties"]:
        if row["flowProperty"]["@id"] == used:
            holds = row.get("conversionFactor", 1.0)
    group = raw["unit_groups"][raw["flow_properties"][used]["unitGroup"]["@id"]]
    units = {unit["@id"]: unit.get("conversionFactor", 1.0) for unit in group["units"]}
    return units[exchange["unit"]["@id"]] / holds


def _independent(raw):
    """Solve kg of fossil CO2 per unit made of every process by SciPy.

    Several makers of one product share its supply; a process's reference takes all of it.
    """
    processes = sorted(raw["processes"].values(), key=lambda one: one["@id"])
    makers = {}
    for number, process in enumerate(processes):
        for exchange in process["exchanges"]:
            if exchange.get("quantitativeReference"):
                makers.setdefault(exchange["flow"]["@id"], []).append(number)
    size = len(processes)
    matrix, direct = sp.lil_array((size, size)), np.zeros(size)
    for number, process in enumerate(processes):
        for exchange in process["exchanges"]:
            key, amount = exchange["flow"]["@id"], exchange["amount"] * _factor(raw, exchange)
            name = exchange["flow"]["name"].strip()
            if exchange.get("quantitativeReference"):
                matrix[number, number] += amount
            elif exchange.get("input") and exchange["flow"]["flowType"] == "PRODUCT_FLOW" and key in makers:
                others = [maker for maker in makers[key] if maker != number] or makers[key]
                for maker in others:
                    matrix[maker, number] -= amount / len(others)
            elif not exchange.get("input") and name in FOSSIL:
                direct[number] += amount
    return processes, spsolve(sp.csc_array(matrix.T), direct)


def test_every_input_of_the_archive_is_supplied_or_listed(stock):
    linked = link(stock, options=LinkOptions(without_factors="reference"))
    inputs = sum(
        one.is_input and stock.flows[one.flow].kind.value == "product" and one.amount != 0
        for process in stock.processes
        for one in process.exchanges
    )
    wastes = sum(
        stock.flows[one.flow].kind.value == "waste" and one.amount != 0
        for process in stock.processes
        for one in process.exchanges
    )
    assert len(linked.choices) + len(linked.unlinked) == inputs + wastes
    # The contract's 754 products without a maker, and the wastes that nobody treats.
    unlinked = {one.flow for one in linked.unlinked}
    assert {key for key in unlinked if stock.flows[key].kind.value == "product"} <= set(
        stock.products_without_provider()
    )


def test_footprints_agree_with_an_independent_solve(stock, raw):
    solved = solve(link(stock, options=LinkOptions(without_factors="reference", stand_ins="place")))
    assert solved.refusals == {}
    row = solved.linked.gases.index("CO2 fossil")
    processes, expected = _independent(raw)
    emitted = sp.csc_array(solved.linked.interventions[:, solved.members])[[row]].toarray()
    mine = dict(
        zip(
            (solved.linked.activities[member].process for member in solved.members),
            solved.system.carried(emitted)[0],
            strict=True,
        )
    )
    assert len(mine) == 766
    np.testing.assert_allclose([mine[one["@id"]] for one in processes], expected, rtol=1e-9, atol=1e-12)


def test_unallocated_products_refuse_their_process_and_leave_the_rest(stock):
    solved = solve(link(stock))
    report = readiness(stock, solved)
    assert {one.code for one in solved.refusals.values()} == {"coproducts_without_allocation", "depends_on_refused"}
    standings = list(report.standings.values())
    assert standings.count(Standing.COMPLETE) > 0
    assert set(solved.intensities) == {key for key, one in report.standings.items() if one is not Standing.REFUSED}
    for counts in report.coverage.values():
        assert sum(counts.values()) == report.exchanges


def test_a_gas_of_a_reference_list_counts_though_the_archive_leaves_the_flow_out():
    with Members.open(LCA / "ilcd" / "olca-ilcd_sdk_samples.zip") as members:
        bare = registry.read(members)
    linked = link(bare)
    n2o = [
        one.amount
        for process in bare.processes
        for one in process.exchanges
        if one.flow == "08a91e70-3ddc-11dd-94c3-0050c2490048"  # ILCD: nitrous oxide, emissions to air
    ]
    assert n2o == [1.14658e-08]
    assert linked.interventions[[linked.gases.index("N2O")]].sum() == pytest.approx(1.14658e-08)
