"""The China-adapted set, derivation by derivation: spreads, every fuel, and what is not adapted."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tanbiao.core import units
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.derivation import Relink, Replacement
from tanbiao.core.dataset.exchanges import Input
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_spread import WIDEST

TABLE = Path(__file__).parents[3] / "data-sources" / "uslci_adaptation.csv"
GRID = "CN-ELEC-CF:2024:China average"


@pytest.fixture(scope="module")
def second() -> Release:
    return find_release("starter-2026.2")


@pytest.fixture(scope="module")
def choices() -> dict[str, dict[str, str]]:
    """Return US product → who supplies it in China, as the table of choices has it."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["product"]: row for row in csv.DictReader(file)}


def adapted(release: Release) -> Iterator[tuple[Dataset, Dataset, Relink]]:
    """Yield each adapted dataset with its base and its derivation."""
    for name in release.derived_ids():
        item = release.get(name)
        derivation = item.derivation
        assert isinstance(derivation, Relink)
        yield item, release.get(derivation.input.dataset), derivation


def product(item: Dataset) -> str:
    return item.product.name.best("en") if item.product is not None else item.name.best("en")


def bridged(amount: float, bridge: str) -> float:
    """Return an amount times the number of a bridge such as ``0.9463 m3|normal conditions/m3``."""
    return amount * float(bridge.split(" ")[0]) if bridge else amount


def test_a_relinked_exchange_keeps_the_spread_of_its_amount(second: Release) -> None:
    kinds: Counter[str] = Counter()
    for item, base, derivation in adapted(second):
        spreads = {one.exchange: one.uncertainty for one in base.inputs}
        spreads |= {one.id: one.uncertainty for one in base.gaps if one.id not in spreads}
        replaced = {one.after for one in derivation.replaced if not one.alongside}
        for one in item.inputs:
            assert one.uncertainty == spreads[one.exchange], (item.id, one.exchange)
            kinds[one.uncertainty.type] += one.dataset in replaced
    assert kinds["unknown"] > 100
    assert sum(kinds.values()) > 1000


def test_the_figure_spreads_with_its_new_chain_and_says_on_what_basis(second: Release) -> None:
    moved = wider = 0
    for item, base, _ in adapted(second):
        if item.total == 0:
            continue
        if item.uncertainty.type == "unknown":
            # Carbon taken up and let go again nearly cancels: no log-normal describes what is left.
            assert item.kinds is not None
            assert abs(item.total) < 0.6 * sum(abs(value) for value in item.kinds.model_dump().values()), item.id
            wider += 1
            continue
        assert item.uncertainty.type == "propagated"
        assert 0 < item.uncertainty.sigma <= WIDEST, item.id
        assert item.uncertainty_basis in ("assumed", "scored", "stated")
        # Geography and age are scored (5 and by years); the score is told and widens nothing a second time.
        assert item.quality.ger == 5
        assert item.quality.ger >= (base.quality.ger or 1)
        moved += not math.isclose(item.uncertainty.sigma, base.uncertainty.sigma, rel_tol=1e-6)
    assert moved > 300
    assert wider < 30


def test_every_fuel_is_relinked_with_its_combustion_and_its_supply(
    second: Release, choices: dict[str, dict[str, str]]
) -> None:
    fuels = second.document("fuels")
    seen: Counter[str] = Counter()
    for item, base, derivation in adapted(second):
        own = [one for one in derivation.replaced if not one.alongside]
        names = {one.dataset: product(second.get(one.dataset)) for one in base.inputs}
        names |= {one.product: one.name for one in base.gaps}
        for before in dict.fromkeys(one.before for one in own):
            choice = choices[names[before]]
            after = [one for one in own if one.before == before]
            if choice["supplied_by"] == "electricity":
                assert [one.after for one in after] == [GRID]
                continue
            pair = fuels[choice["supplied_by"]]
            burns = [one.after for one in after] == [pair["combustion"], pair["upstream"]]
            # A process whose measured emissions hold those of its fuels gets their supply alone.
            assert burns or [one.after for one in after] == [pair["upstream"]]
            seen[choice["supplied_by"]] += burns
            for one in after:
                _check_amounts(item, base, one)
    common = {"natural-gas", "diesel", "gasoline", "lpg", "fuel-oil", "bituminous-coal", "kerosene", "anthracite"}
    assert common <= {fuel for fuel, count in seen.items() if count}
    assert sum(seen.values()) > 700


def _check_amounts(item: Dataset, base: Dataset, one: Replacement) -> None:
    """Each exchange with the old supplier stands with the new one, in the amount that the bridge makes of it."""
    before = sorted((use.exchange, bridged(use.amount, one.bridge)) for use in base.inputs if use.dataset == one.before)
    before += sorted((gap.id, bridged(gap.amount, one.bridge)) for gap in base.gaps if gap.product == one.before)
    after = {use.exchange: use.amount for use in item.inputs if use.dataset == one.after}
    for exchange, amount in before:
        assert after[exchange] == pytest.approx(amount, rel=1e-12), (item.id, exchange)
    assert not any(use.dataset == one.before for use in item.inputs)


def test_a_fuel_by_hand(second: Release) -> None:
    # 0.036 m3 of gas at 60 °F are 0.036 × 0.9463 = 0.0340668 m3 at 0 °C; burning one gives 2.162188809 kg CO2e.
    item = second.get("uslci-cn:01152bc2:432025d7")
    (burned,) = [one for one in item.inputs if one.dataset == "CN-FUEL:Natural gas"]
    assert (burned.amount, burned.unit) == (pytest.approx(0.0340668), "m3|normal conditions")
    assert brought(second, burned) == pytest.approx(0.07365885, rel=1e-6)
    # 1.0224 MJ of electricity are 0.284 kWh at 0.5777 kg.
    (power,) = [one for one in item.inputs if one.dataset == GRID]
    assert brought(second, power) == pytest.approx(0.284 * 0.5777, rel=1e-9)


def brought(release: Release, used: Input) -> float:
    supplier = release.get(used.dataset)
    count = units.convert(used.amount, units.parse_unit(used.unit), units.parse_unit(supplier.reference.unit))
    return count * supplier.total


def test_aggregated_results_and_what_uses_no_energy_of_its_own_are_not_adapted(
    second: Release, choices: dict[str, dict[str, str]]
) -> None:
    derived = set(second.derived_ids())
    counts: Counter[str] = Counter()
    for name in second.ids():
        if not name.startswith("uslci:"):
            continue
        item = second.get(name)
        is_adapted = name.replace("uslci:", "uslci-cn:", 1) in derived
        if item.kind.value != "unit_process" or not (item.inputs or item.gaps):
            assert not is_adapted, name
            counts["aggregated"] += 1
            continue
        used = {product(second.get(one.dataset)) for one in item.inputs} | {one.name for one in item.gaps}
        if not used & choices.keys():
            assert not is_adapted, name
            counts["without energy"] += 1
        counts["adapted"] += is_adapted
    assert counts["aggregated"] >= 30
    assert counts["without energy"] >= 50
    assert counts["adapted"] == len(derived)
