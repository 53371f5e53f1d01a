"""The LFP battery from cradle to grave under five schemes: every step by hand, exact sums, one foreground."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from tests.examples import recompute_life

from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.parameter_sets import View, view, views
from tanbiao.core.study.parameter_sets import parameter_sets as sets
from tanbiao.core.study.scheme_fields import fields
from tanbiao.examples import example
from tanbiao.formats.yaml_study import load

SCHEMES = tuple(recompute_life.waterfalls())


def read(identifier: str = "lfp-battery-life") -> Study:
    """Return an example."""
    loaded = load(example(identifier).read())
    assert loaded.study is not None, loaded.findings
    return loaded.study


@cache
def under() -> dict[str, View]:
    """Return the study under every set."""
    study = read()
    return {item.set.id: item for item in views(study, find_release(str(study.release)), load_rule(str(study.rule)))}


def test_the_stages_equal_the_recomputation() -> None:
    study = read()
    found = calculate(study, find_release(str(study.release)), load_rule(str(study.rule)), samples=0)
    expected = recompute_life.stages()
    stages = found.document["stages"]
    assert {name: stages[name] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert found.value == pytest.approx(sum(expected.values()), rel=1e-9)
    assert found.document["total"]["completeness"] == "complete"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_step_by_hand(scheme: str) -> None:
    """A step appears where the scheme differs from the study, moves the figure, and says why; the rest is shared."""
    found, expected = under()[scheme], recompute_life.waterfalls()[scheme]
    changes = {step.setting: float(step.change) for step in found.steps}
    assert changes == pytest.approx(expected, rel=1e-8)
    assert all(step.change != 0 and step.why["zh"] and step.why["en"] for step in found.steps)
    assert set(found.same) | set(changes) == set(sets()[scheme].steps)
    assert found.set.source


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_waterfall_sums_exactly_and_the_fields_hold_its_end(scheme: str) -> None:
    found = under()[scheme]
    exact = Fraction(found.start) + sum((Fraction(step.change) for step in found.steps), Fraction(0))
    assert exact == Fraction(found.total)
    made = fields(found)
    assert made is not None
    assert abs(next(iter(made.totals.values())) - found.total) <= Decimal("1e-12") * abs(found.total) * 1000
    assert found.complete


def test_the_five_figures_differ_but_where_two_schemes_agree() -> None:
    """MIIT counts as the rule does and divides by the energy delivered; the others have figures of their own."""
    totals = {name: item.total for name, item in under().items()}
    assert totals["national"] == totals["miit_battery"]
    assert len(set(totals.values())) == 4
    for name in ("miit_battery", "eu_battery"):
        item = under()[name]
        assert item.energy == Decimal(480)
        assert float(item.per_energy or 0) == pytest.approx(float(totals[name]) / recompute_life.DELIVERED, rel=1e-11)
    assert under()["national"].per_energy is None


def test_the_gwp_set_is_a_step_where_the_study_has_another() -> None:
    """PACT wants the latest factors: a study of the same battery in AR5 takes a step to AR6 (methane of
    copper by 29.8 in the place of 30, N2O by 273 in the place of 265)."""
    study = read().model_copy(update={"gwp": "AR5"})
    found = view(study, find_release(str(study.release)), None, sets()["pact"])
    step = next(item for item in found.steps if item.setting == "gwp")
    assert step.to == "AR6"
    assert step.change != 0
    assert "gwp" in under()["pact"].same


def test_its_processes_are_those_of_the_battery_to_the_gate() -> None:
    whole, gate = read().canonical()["processes"], read("lfp-battery").canonical()["processes"]
    assert set(whole) - set(gate) == {"physical-recycling"}
    for key, process in gate.items():
        assert whole[key] == process, key
