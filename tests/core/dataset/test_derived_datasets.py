"""Derived datasets: what a mix, an allocation, a change of unit give, by hand and as properties; what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.derive import derive, read_all
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.dataset.uncertainty import Propagated
from tanbiao.core.findings import TanbiaoError

FIXED = {"type": "fixed"}


def factor(identifier: str, total: float = 1.0, unit: str = "kWh|electricity", **changes: Any) -> dict[str, Any]:
    """Return a finished factor; ``total`` kg CO2e (AR6) of fossil carbon dioxide."""
    return {
        "id": identifier,
        "version": "1",
        "name": {"zh": identifier, "en": identifier},
        "kind": "footprint_factor",
        "reference": {"unit": unit},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2024},
        "gases": {"CO2 fossil": total},
        "co2e": {"AR6": total},
        "kinds": {"fossil": total},
        "uncertainty": {"type": "stated", "percent": 10},
        "quality": {"ter": 2, "ger": 1},
        "source": {"title": "made for the test"},
        "licence": "CC0",
        "redistribution": "yes",
        **changes,
    }


def derived(identifier: str, derivation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a document that states a derivation instead of figures."""
    return {
        "id": identifier,
        "version": "1",
        "name": {"zh": identifier, "en": identifier},
        "derivation": {"source": "shares made for the test", **derivation},
        **changes,
    }


def mix(identifier: str, shares: dict[str, float], spread: Any = None, **changes: Any) -> dict[str, Any]:
    """Return a mix by shares."""
    inputs = [{"dataset": name, "share": share, "uncertainty": spread or FIXED} for name, share in shares.items()]
    return derived(identifier, {"operation": "mix", "inputs": inputs}, **changes)


def made(*documents: dict[str, Any]) -> dict[str, Dataset]:
    """Return the datasets by id."""
    return {item.id: item for item in read_all(documents)}


def test_a_mix_is_the_weighted_sum_gas_by_gas_and_kind_by_kind() -> None:
    methane = factor(
        "gas",
        gases={"CO2 fossil": 0.4, "CH4 fossil": 0.01},
        co2e={"AR6": 0.4 + 0.298},
        kinds={"fossil": 0.4 + 0.298},
        uncertainty={"type": "stated", "percent": 20},
    )
    found = made(factor("coal", 1.0), methane, mix("grid", {"coal": 0.6, "gas": 0.4}))["grid"]
    assert found.gases == pytest.approx({"CO2 fossil": 0.6 + 0.16, "CH4 fossil": 0.004}, rel=1e-15)
    assert found.total == pytest.approx(0.6 + 0.4 * 0.698, rel=1e-15)
    assert found.kinds.fossil == pytest.approx(found.total, rel=1e-15)
    # AR5 weighs fossil methane 30 instead of 29.8.
    assert found.intensity("AR5").total == pytest.approx(0.6 + 0.4 * (0.4 + 0.3), rel=1e-14)
    assert (found.kind.value, found.boundary, found.geography, found.licence) == (
        "footprint_factor",
        "cradle_to_gate",
        "CN",
        "CC0",
    )
    assert (found.quality.ter, found.quality.ger, found.quality.tir) == (pytest.approx(2), pytest.approx(1), None)


def test_the_spread_of_a_mix_matches_mean_and_variance_of_the_sum() -> None:
    found = made(factor("a", 1.0), factor("b", 3.0), mix("ab", {"a": 0.5, "b": 0.5}))["ab"]
    sigma = math.log(1.1) / 1.96
    growth = math.exp(sigma**2)
    mean = (0.5 + 1.5) * math.sqrt(growth)
    variance = (0.5**2 + 1.5**2) * growth * (growth - 1)
    assert isinstance(found.uncertainty, Propagated)
    assert found.uncertainty.sigma == pytest.approx(math.sqrt(math.log(1 + variance / mean**2)), rel=1e-9)
    assert found.uncertainty_basis == "stated"


def test_uncertain_shares_move_a_mix_by_what_sets_its_parts_apart() -> None:
    spread = {"type": "lognormal", "sigma": 0.2}
    certain = {"type": "stated", "percent": 0}
    documents = [factor("a", 1.0, uncertainty=certain), factor("b", 3.0, uncertainty=certain)]
    found = made(*documents, mix("ab", {"a": 0.5, "b": 0.5}, spread))["ab"]
    # ∂ln y/∂ln s = s (m − y)/y = 0.5 · (∓1)/2 for either share.
    assert found.uncertainty.sigma == pytest.approx(0.2 * math.hypot(0.25, 0.25), rel=1e-12)
    alike = made(
        factor("a", 2.0, uncertainty=certain),
        factor("b", 2.0, uncertainty=certain),
        mix("ab", {"a": 0.5, "b": 0.5}, spread),
    )
    assert alike["ab"].uncertainty.sigma == 0.0


def test_what_is_unknown_of_one_input_makes_the_mix_assumed() -> None:
    documents = [factor("a"), factor("b", 2.0, uncertainty={"type": "unknown"})]
    assert made(*documents, mix("ab", {"a": 0.5, "b": 0.5}))["ab"].uncertainty_basis == "assumed"
    assert made(*documents, mix("a2", {"a": 1.0, "b": 0.0}))["a2"].uncertainty_basis == "stated"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.01, 50), min_size=4, max_size=4),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_a_mix_of_mixes_is_the_mix_of_what_they_mix(totals: list[float], one: int, two: int, over: int) -> None:
    base = [factor(f"d{number}", total) for number, total in enumerate(totals)]
    first, second, outer = one / 100, two / 100, over / 100
    nested = made(
        *base,
        mix("m1", {"d0": first, "d1": 1 - first}),
        mix("m2", {"d1": second, "d2": 1 - second}),
        mix("all", {"m1": outer, "m2": 1 - outer}),
    )["all"]
    flat = made(
        *base,
        mix(
            "all",
            {
                "d0": outer * first,
                "d1": outer * (1 - first) + (1 - outer) * second,
                "d2": (1 - outer) * (1 - second),
            },
        ),
    )["all"]
    assert nested.total == pytest.approx(flat.total, rel=1e-12)
    assert nested.gases == pytest.approx(flat.gases, rel=1e-12)
    assert nested.uncertainty.sigma == pytest.approx(flat.uncertainty.sigma, rel=1e-6, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(0.1, 100.0))
def test_a_unit_there_and_back_is_the_same_figure(total: float, heating_value: float) -> None:
    bridge = f"{heating_value!r} MJ|LHV/kg"
    found = made(
        factor("fuel", total, "kg"),
        derived(
            "per MJ",
            {"operation": "unit", "input": {"dataset": "fuel"}, "bridge": bridge, "uncertainty": FIXED},
            reference={"unit": "MJ|LHV"},
        ),
        derived(
            "per kg",
            {"operation": "unit", "input": {"dataset": "per MJ"}, "bridge": bridge, "uncertainty": FIXED},
            reference={"unit": "kg"},
        ),
    )
    assert found["per MJ"].total == pytest.approx(total / heating_value, rel=1e-12)
    assert found["per kg"].total == pytest.approx(total, rel=1e-12)
    assert found["per kg"].gases == pytest.approx(found["fuel"].gases or {}, rel=1e-12)
    assert found["per kg"].uncertainty.sigma == pytest.approx(found["fuel"].uncertainty.sigma, rel=1e-9)


def test_a_plain_unit_needs_no_bridge_and_a_bridge_brings_its_spread() -> None:
    found = made(
        factor("steel", 2.0, "kg"),
        derived("per t", {"operation": "unit", "input": {"dataset": "steel"}}, reference={"unit": "t"}),
        derived(
            "per piece",
            {
                "operation": "unit",
                "input": {"dataset": "steel"},
                "bridge": "0.5 kg/piece",
                "uncertainty": {"type": "lognormal", "sigma": 0.1},
            },
            reference={"unit": "piece"},
        ),
    )
    assert found["per t"].total == pytest.approx(2000.0)
    assert found["per t"].uncertainty.sigma == pytest.approx(found["steel"].uncertainty.sigma, rel=1e-9)
    assert found["per piece"].total == pytest.approx(1.0)
    assert found["per piece"].uncertainty.sigma == pytest.approx(
        math.hypot(found["steel"].uncertainty.sigma, 0.1), rel=1e-9
    )


def allocation(basis: str, product: str, products: list[dict[str, Any]]) -> dict[str, Any]:
    body = {
        "operation": "allocation",
        "input": {"dataset": "joint"},
        "basis": basis,
        "product": product,
        "products": products,
        "uncertainty": FIXED,
    }
    return derived(product, body, reference={"unit": "kg"})


def test_allocation_by_mass_energy_and_value_by_hand() -> None:
    # Of 10 kg CO2e: 0.5 kg of A and 300 g of B. By mass A takes 5/8 of it: 6.25 kg over 0.5 kg.
    joint = factor("joint", 10.0, "piece")
    products = [{"name": "A", "amount": 0.5, "unit": "kg"}, {"name": "B", "amount": 300, "unit": "g"}]
    assert made(joint, allocation("mass", "A", products))["A"].total == pytest.approx(12.5)
    assert made(joint, allocation("mass", "B", products))["B"].total == pytest.approx(12.5)
    # By energy: 0.5 · 40 = 20 MJ and 0.3 · 20 = 6 MJ.
    energy = [products[0] | {"content": "40 MJ|LHV/kg"}, products[1] | {"content": "20 MJ|LHV/kg"}]
    assert made(joint, allocation("energy", "A", energy))["A"].total == pytest.approx(10 * 20 / 26 / 0.5)
    # By value: 0.5 kg · 4 = 2 and 300 g · 10 per kg = 3 CNY.
    value = [products[0] | {"content": "4 CNY/kg"}, products[1] | {"content": "10 CNY/kg"}]
    assert made(joint, allocation("economic", "B", value))["B"].total == pytest.approx(10 * 0.6 / 0.3)
    shares = [products[0] | {"share": 0.9}, products[1] | {"share": 0.1}]
    assert made(joint, allocation("economic", "A", shares))["A"].total == pytest.approx(18.0)


def test_what_is_published_in_two_gwp_sets_is_not_added() -> None:
    bare = {"gases": None, "kinds": {"undivided": 1.0}}
    one, other = factor("a", **bare), factor("b", **bare | {"co2e": {"unknown": 1.0}})
    with pytest.raises(TanbiaoError) as refused:
        made(one, other, mix("ab", {"a": 0.5, "b": 0.5}))
    assert refused.value.code == "gwp_sets_mixed"
    # Where one has its gases it is weighed again with the other's set: AR5, 0.01 kg of methane at 30.
    split = factor("a", gases={"CH4 fossil": 0.01}, co2e={"AR6": 0.298}, kinds={"fossil": 0.298})
    old = factor("b", **bare | {"co2e": {"AR5": 1.0}})
    found = made(split, old, mix("ab", {"a": 0.5, "b": 0.5}))["ab"]
    assert (found.gwp_set, found.total) == ("AR5", pytest.approx(0.65))
    assert found.intensity("AR5").gases == pytest.approx({"CH4 fossil": 0.15, "undivided": 0.5})


def test_an_unknown_gwp_set_stays_unknown() -> None:
    bare = {"gases": None, "kinds": {"undivided": 1.0}, "co2e": {"unknown": 1.0}}
    found = made(factor("a", **bare), factor("b", **bare), mix("ab", {"a": 0.5, "b": 0.5}))["ab"]
    assert (found.gwp_set, found.total, found.intensity("AR6").gwp_basis) == ("unknown", 1.0, "unknown")


HALVES = {"a": 0.5, "b": 0.5}
SUPPLIER = {"operation": "relink", "input": {"dataset": "a"}, "replaced": [{"before": "x", "after": "a"}]}
TO_MASS = {"operation": "unit", "input": {"dataset": "a"}}
KG = {"unit": "kg"}


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([factor("a"), factor("b"), mix("ab", {"a": 0.5, "b": 0.4})], "derivation_shares_sum"),
        ([factor("a"), mix("ab", HALVES)], "derivation_input_missing"),
        ([factor("a"), factor("b", boundary="gate_to_gate"), mix("m", HALVES)], "derivation_inputs_differ"),
        ([factor("a"), factor("b", unit="kg"), mix("m", HALVES, reference=KG)], "unit_mismatch"),
        ([mix("a", {"b": 1.0}), mix("b", {"c": 1.0}), mix("c", {"a": 1.0})], "derivation_cycle"),
        ([mix("a", {"a": 1.0})], "derivation_cycle"),
        ([factor("a"), mix("a", {"a": 1.0})], "derivation_cycle"),
        ([factor("a"), derived("r", SUPPLIER)], "derivation_no_exchanges"),
        ([factor("a"), derived("b", {"operation": "sum", "inputs": []})], "dataset_malformed"),
        ([factor("a"), derived("b", TO_MASS, reference=KG)], "unit_mismatch"),
    ],
)
def test_what_can_not_be_derived_is_refused_by_name(documents: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(TanbiaoError) as refused:
        read_all(documents)
    assert refused.value.code == code


def test_a_cycle_is_told_along_its_datasets() -> None:
    with pytest.raises(TanbiaoError) as refused:
        read_all([mix("a", {"b": 1.0}), mix("b", {"c": 1.0}), mix("c", {"a": 1.0})])
    path = str(refused.value.findings[0].params["path"])
    assert sorted(set(path.split(" ← "))) == ["a", "b", "c"]


def test_what_the_author_states_stays_and_what_a_licence_bars_is_barred() -> None:
    private = factor("a", licence="commercial", redistribution="no: licence of the database")
    stated = {"geography": "CN-GD", "uncertainty": {"type": "stated", "percent": 50}}
    found = made(private, factor("b"), mix("ab", HALVES, **stated))["ab"]
    assert (found.licence, found.redistribution) == ("commercial + CC0", "no: licence of the database")
    assert (found.geography, found.uncertainty.type) == ("CN-GD", "stated")
    again = derive(found.document(), {"a": parse_dataset(private), "b": parse_dataset(factor("b"))})
    assert again == found
