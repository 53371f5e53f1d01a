"""A rule's table of the allocation factor A by material: taken where a row states none, held to where it does."""

from __future__ import annotations

from typing import Any

import pytest
from test_rules import rule

from study_background import MemoryRelease, background, dataset, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.kit import try_examples
from tanbiao.core.rules.load import read_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.version_diff import diff
from tanbiao.core.study import Result, Study, calculate

FACTORS = {"virgin": 2.35, "recycled": 0.65, "recycling": 0.21, "incineration": 0.85, "disposal": 0.586}
STATED = {
    "method": "cff", "B": "0", "R1": "0.3", "R2": "0.4", "R3": "0.2", "Qsin": "0.9", "Qsout": "0.9", "LHV": "22 MJ/kg",
    "Xheat": "0.3", "Xelec": "0.2", "content_proof": "certificate",
    **{key: f"dataset/{key}" for key in (*FACTORS, "heat", "power")},
}  # fmt: skip
"""The case of the formula whose value is 1.762 kg CO2e/kg at A = 0.2 and 1.85875 at A = 0.5 (test_circular)."""
TABLE = [
    {"name": "steel", "value": "0.2", "source": "test"},
    {"name": "other", "value": "0.5", "source": "test"},
]


def table(*rows: dict[str, str], other: bool = True) -> Rule:
    """Return a rule with the table; without ``other`` a material that is not named has no A."""
    kept = [row for row in (rows or TABLE) if other or row["name"] != "other"]
    return rule(allocation={"recycling": "cff", "recycling_materials": kept})


def result(one: Rule | None, **changes: Any) -> Result:
    more = {key: dataset(key, value) for key, value in FACTORS.items()}
    more["heat"], more["power"] = dataset("heat", 0.07, "MJ|heat"), dataset("power", 0.15, "MJ|electricity")
    row = {
        "id": "e1",
        "amount": "1 kg",
        "circular": {key: value for key, value in {**STATED, **changes}.items() if value},
    }
    study, findings = Study.parse(document(stages=stages(end_of_life=[row])))
    assert study is not None, findings
    return calculate(study, MemoryRelease({**background().datasets, **more}), one, samples=0)


def whole(made: Result) -> float:
    return float(made.document["total"]["value"] + made.document["credits"]["value"])


def codes(made: Result) -> set[str]:
    return {item.code for item in made.findings if "recycling" in item.code or "circular" in item.code}


@pytest.mark.parametrize(("material", "expected"), [("steel", 1.762), ("glass", 1.85875)])
def test_a_is_the_rules_by_material(material: str, expected: float) -> None:
    made = result(table(), material=material)
    assert whole(made) == pytest.approx(expected, abs=1e-12)
    assert codes(made) == {"circular_a_of_rule"}


def test_what_the_study_states_must_be_the_rules() -> None:
    assert codes(result(table(), material="steel", A="0.2")) == set()
    made = result(table(), material="steel", A="0.5")
    assert whole(made) == pytest.approx(1.85875, abs=1e-12)
    [found] = [item for item in made.findings if item.code == "rule_recycling_value_differs"]
    assert (found.where, found.params["wanted"]) == ("stages.end_of_life.e1.circular.A", "0.2")
    assert codes(result(table(), A="0.2")) == {"rule_recycling_material_unsaid"}
    assert codes(result(table(other=False), material="glass", A="0.5")) == {"rule_recycling_material_unknown"}


def test_without_a_and_without_a_table_nothing_is_assumed() -> None:
    for one in (None, table(other=False)):
        with pytest.raises(TanbiaoError) as caught:
            result(one, material="glass")
        assert caught.value.code == "circular_missing"
    # a fixed method needs no material
    assert "rule_recycling_material_unsaid" not in codes(result(table(), method="cut_off", Qsin=None, Qsout=None))


def test_the_table_is_part_of_the_rule_and_of_its_differences() -> None:
    new = table({"name": "steel", "value": "0.8", "source": "test"}, *TABLE[1:])
    assert new.hash != table().hash
    assert any("recycling_materials" in change.place for change in diff(table(), new).changes)
    assert "recycling_materials" not in rule().canonical()["allocation"]


def test_the_complete_example_shows_a_table_with_its_sources() -> None:
    from test_rule_document import EXAMPLES

    one = read_rule((EXAMPLES / "rule-complete.yaml").read_bytes())
    listed = one.allocation.recycling_materials
    assert {item.name for item in listed} >= {"steel", "other"}
    assert all(item.source and 0.2 <= float(item.value) <= 0.8 for item in listed)
    assert try_examples  # the kit of the example is tried in test_rule_document
