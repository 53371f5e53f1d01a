"""Factors exchange by exchange for a process that has nothing but its products: found by a damaged copy of a sample."""

import math

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    Process,
    ProcessKind,
)
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.readiness import readiness


def test_a_process_of_products_alone_is_linked_though_its_factors_name_exchanges_that_are_gone() -> None:
    made = [Exchange(key, False, 1.0, "kg", id=key, is_reference=True) for key in ("oil", "cake")]
    factors = tuple(AllocationFactor(key, 0.5, "economic", "7") for key in ("oil", "cake"))
    process = Process("mill", {"en": "mill"}, ProcessKind.UNIT, tuple(made), allocation=factors)
    flows = {key: Flow(key, {"en": key}, FlowKind.PRODUCT, unit="kg") for key in ("oil", "cake")}
    inventory = Inventory("ecospold1", (process,), flows)
    solved = solve(link(inventory))
    report = readiness(inventory, solved)
    assert [math.isnan(one.share) for one in solved.linked.activities] == [True, True]
    assert len(report.standings) == 2
