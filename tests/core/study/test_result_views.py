"""A result taken apart: every view of every example adds up, absences stay, the tree leads from stage to row."""

from __future__ import annotations

from typing import Any

import pytest

from tanbiao.core.lca.views import EVERYTHING, CutOff
from tanbiao.core.study.calculation import calculate
from tanbiao.core.study.views import explain_result
from tanbiao.examples import catalogue
from tanbiao.formats import yaml_study


def row(identifier: str, value: float, **more: Any) -> dict[str, Any]:
    """Return a contribution as a result has it."""
    body = {
        "row": identifier,
        "name": {"zh": identifier, "en": identifier},
        "stage": "manufacturing",
        "kind": "fossil",
        "value": value,
        "dataset": None,
        "dataset_name": None,
        "gas": "CO2 fossil",
        "path": [],
        "geography": None,
        "amount": 1.0,
        "unit": "kg",
    }
    return body | more


def result(*rows: dict[str, Any], total: float | None = None) -> dict[str, Any]:
    """Return as much of a Result document as the views read."""
    value = sum(one["value"] for one in rows) if total is None else total
    return {
        "study": {"hash": "sha256:0", "name": {"zh": "钢", "en": "steel"}},
        "total": {"value": value, "unit": "kg CO2e/t", "completeness": "complete"},
        "gases": {"CO2 fossil": value},
        "contributions": list(rows),
        "own_processes": [{"process": None, "stage": "manufacturing", "name": {"en": "making"}, "value": value}],
        "sankey": {"nodes": [], "links": []},
        "versions": {"gwp": {"set": "AR6"}},
    }


FACTOR = {"dataset": "d", "dataset_name": {"zh": "电", "en": "power"}, "gas": None, "geography": "CN"}


def test_views_and_tree_of_a_small_result_by_hand() -> None:
    # 8 bought in two rows, 3 emitted in a furnace, 1 taken up: 10 in all.
    found = explain_result(
        result(
            row("a", 5.0, **FACTOR),
            row("b", 3.0, stage="use", **FACTOR),
            row("c", 3.0, path=["furnace"]),
            row("d", -1.0, path=["furnace"], kind="biogenic_uptake", gas="CO2 uptake"),
        ),
        EVERYTHING,
    )
    assert found["reconciles"] is True
    assert {part["name"]: part["value"] for part in found["views"]["first_tier"]["parts"]} == {"d": 8.0, "direct": 2.0}
    assert {part["name"]: part["share"] for part in found["views"]["stages"]["parts"]} == {
        "manufacturing": 0.7,
        "use": 0.3,
    }
    assert {part["name"]: part["value"] for part in found["views"]["kinds"]["parts"]}["biogenic_uptake"] == -1.0
    (root,) = found["tree"]
    making, use = root["supplies"]
    assert (root["value"], making["value"], use["value"]) == (10.0, 7.0, 3.0)
    furnace = next(item for item in making["supplies"] if item["key"] == "furnace")
    assert (furnace["value"], [item["row"] for item in furnace["supplies"]]) == (2.0, ["c", "d"])


def test_the_rest_is_counted_and_opens() -> None:
    rows = [row(str(at), 2.0**-at, dataset=str(at), dataset_name={"en": str(at)}) for at in range(6)]
    shut = explain_result(result(*rows), CutOff(top=2))
    view = shut["views"]["first_tier"]
    # 1 + 1/2 are shown; 1/4 + 1/8 + 1/16 + 1/32 are the rest.
    assert ([part["value"] for part in view["parts"]], view["rest"]) == ([1.0, 0.5], {"count": 4, "value": 0.46875})
    making = shut["tree"][0]["supplies"][0]
    assert (len(making["supplies"]), making["rest"]) == (2, {"count": 4, "value": 0.46875})
    opened = explain_result(result(*rows), CutOff(top=2), {"first_tier", "tree"})
    assert opened["views"]["first_tier"]["rest"]["count"] == 0
    assert len(opened["tree"][0]["supplies"][0]["supplies"]) == 6


def test_a_total_that_its_parts_miss_is_said() -> None:
    assert explain_result(result(row("a", 1.0), total=1.0 + 1e-9))["reconciles"] is False


@pytest.mark.parametrize("example", [one.id for one in catalogue()])
def test_every_example_adds_up_in_every_view(example: str) -> None:
    from tanbiao.core.lca.release_find import find_release

    file = next(one for one in catalogue() if one.id == example)
    study = yaml_study.load(file.read()).study
    assert study is not None
    body = calculate(study, find_release(), samples=0).as_json()
    for cut_off in (EVERYTHING, CutOff(cumulative=0.8), CutOff(share=0.05), CutOff(top=1)):
        found = explain_result(body, cut_off)
        assert found["reconciles"] is True
        for view in found["views"].values():
            told = sum(part["value"] for part in view["parts"]) + view["rest"]["value"]
            assert told == pytest.approx(body["total"]["value"], rel=1e-9)
        _check(found["tree"][0])


def _check(branch: dict[str, Any]) -> None:
    if branch["supplies"]:
        below = sum(item["value"] for item in branch["supplies"]) + branch["rest"]["value"]
        assert below == pytest.approx(branch["value"], rel=1e-9, abs=1e-12)
    for item in branch["supplies"]:
        _check(item)
