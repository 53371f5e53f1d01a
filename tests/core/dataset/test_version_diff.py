"""Two versions of a process side by side; the expected figures are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core.dataset.version_diff import compare_versions


def document(exchanges: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return the document of steel making with these exchanges."""
    flows = {item["flow"]: {"id": item["flow"], "name": {"en": f"the {item['flow']}"}} for item in exchanges}
    return {"process": {"id": "p", "exchanges": exchanges, **fields}, "flows": flows}


def exchange(flow: str, amount: float | None, unit: str = "kg", **more: Any) -> dict[str, Any]:
    return {"flow": flow, "is_input": False, "amount": amount, "unit": unit, **more}


def test_amounts_stand_side_by_side_with_their_change() -> None:
    old = document([exchange("steel", 1, id="1"), exchange("co2", 2.0, id="2"), exchange("slag", 0.3, id="3")])
    new = document([exchange("steel", 1, id="1"), exchange("co2", 1.5, id="2"), exchange("dust", 0.1, id="4")])
    found = compare_versions(old, new)
    told = [(row.flow, row.state, row.relative) for row in found.exchanges]
    # CO2 goes from 2.0 to 1.5: −0.5 / 2.0 = −25 %; slag went, dust came, each with no partner to compare with.
    assert told == [
        ("steel", "same", 0.0),
        ("co2", "changed", -0.25),
        ("slag", "removed", None),
        ("dust", "added", None),
    ]
    assert found.exchanges[1].parts == ("amount",)
    assert found.counts()["exchanges"] == {"changed": 1, "added": 1, "removed": 1, "same": 1}
    assert found.exchanges[3].name == {"en": "the dust"}


@pytest.mark.parametrize(
    ("before", "after", "relative"),
    [
        ((2.0, "kg"), (1500.0, "g"), -0.25),
        ((3.6, "MJ"), (1.1, "kWh"), 0.1),
        ((1.0, "kg"), (1.0, "m3"), None),
        ((0.0, "kg"), (1.0, "kg"), None),
        ((None, "kg"), (1.0, "kg"), None),
        ((-2.0, "kg"), (-3.0, "kg"), -0.5),
        ((1.0, "no unit at all"), (1.0, "kg"), None),
    ],
)
def test_a_change_is_told_in_one_unit_or_not_at_all(before: Any, after: Any, relative: float | None) -> None:
    (row,) = compare_versions(document([exchange("f", *before)]), document([exchange("f", *after)])).exchanges
    assert row.state == "changed"
    assert row.relative == (relative if relative is None else pytest.approx(relative, rel=1e-12))


def test_exchanges_that_were_renumbered_or_moved_still_meet() -> None:
    old = document([exchange("a", 1, id="1"), exchange("b", 2, id="2"), exchange("b", 3, id="3")])
    new = document([exchange("b", 2, id="7"), exchange("b", 3, id="3"), exchange("a", 1, id="9")])
    assert [row.state for row in compare_versions(old, new).exchanges] == ["same"] * 3
    # An id that now stands for another flow is no match: one went, one came.
    swapped = compare_versions(document([exchange("a", 1, id="1")]), document([exchange("b", 1, id="1")]))
    assert sorted(row.state for row in swapped.exchanges) == ["added", "removed"]
    # Another supplier of the same flow is a change, not a coming and a going.
    one, other = exchange("c", 1, provider="x"), exchange("c", 1, provider="y")
    (row,) = compare_versions(document([one]), document([other])).exchanges
    assert (row.state, row.parts, row.relative) == ("changed", ("provider",), 0.0)


def test_fields_words_flows_parameters_and_citations_are_compared() -> None:
    old = document([exchange("f", 1)], version="1", name={"en": "steel"}, technology="blast furnace")
    new = document([exchange("f", 1)], version="2", name={"en": "steel", "zh": "钢"})
    new["flows"]["f"]["cas"] = "124-38-9"
    old["parameters"] = [{"name": "x", "value": 1}]
    new["parameters"] = [{"name": "x", "value": 2}]
    new["citations"] = {"s": {"name": "handbook"}}
    told = [(row.part, row.key, row.state) for row in compare_versions(old, new).fields if row.state != "same"]
    assert told == [
        ("process", "name.zh", "added"),
        ("process", "technology", "removed"),
        ("process", "version", "changed"),
        ("flow", "f cas", "added"),
        ("parameter", "x", "changed"),
        ("citation", "s", "added"),
    ]


_EXCHANGES = st.lists(
    st.builds(
        exchange,
        st.sampled_from("abc"),
        st.none() | st.floats(-9, 9),
        st.sampled_from(("kg", "t")),
        id=st.sampled_from(("", "1", "2")),
        provider=st.sampled_from(("", "p")),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(old=_EXCHANGES, new=_EXCHANGES)
def test_every_exchange_of_both_versions_stands_in_one_row(old: list[Any], new: list[Any]) -> None:
    rows = compare_versions(document(old), document(new)).exchanges
    assert [row.after for row in rows if row.after is not None] == new
    key = str
    assert sorted((row.before for row in rows if row.before is not None), key=key) == sorted(old, key=key)
    back = compare_versions(document(new), document(old)).counts()["exchanges"]
    there = compare_versions(document(old), document(new)).counts()["exchanges"]
    assert (back["added"], back["removed"]) == (there["removed"], there["added"])
    assert compare_versions(document(old), document(old)).counts()["exchanges"]["same"] == len(old)
