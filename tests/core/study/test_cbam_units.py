"""Goods that the border adjustment mechanism counts per tonne of contained clinker or nitrogen, worked by hand.

Equation 59 of Implementing Regulation (EU) 2025/2547, Annex III, point B, with its activity level in functional units:
what a good embeds per tonne, over what a tonne of it holds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cbam_works import co2, grid
from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Study
from tanbiao.core.study.cbam import Account, embedded
from tanbiao.formats.forms import cbam as form
from tanbiao.formats.forms import form as forms_by_name
from tanbiao.formats.forms import schema

POWER = {"factor": "0.5 t/MWh", "kind": "default", "source": "invented"}


def works(processes: dict[str, Any], goods: dict[str, Any], declared: str, last: str) -> Study:
    made, findings = Study.parse(
        document(
            unit={"declared": "1 t", "of": "good"},
            stages=stages(manufacturing=[{"id": "r1", "amount": "1 t", "from": f"process/{last}"}]),
            processes=processes,
            cbam={
                "declared": declared,
                "goods": goods,
                "electricity": POWER,
                "installation": {"name": "Example works"},
            },
            forms={"company": {"name": "Example Ltd", "ids": ["urn:example:1"]}},
        )
    )
    assert made is not None, findings
    return made


def cement(**good: Any) -> Study:
    """Return a kiln of 0.85 t CO2 and 60 kWh per tonne of clinker, and a mill that takes 0.76 t of it and 40 kWh."""
    processes = {
        "kiln": {"gives": "1 t", "emits": [co2("k1", 850)], "takes": [grid("k2", 60)]},
        "mill": {"gives": "1 t", "takes": [{"id": "m1", "amount": "0.76 t", "from": "process/kiln"}, grid("m2", 40)]},
    }
    goods = {
        "clinker": {"process": "kiln", "category": "cement_clinker", "cn": "2523 10 00"},
        "cement": {"process": "mill", "category": "cement", "cn": "2523 29 00", "route": "grinding", **good},
    }
    return works(processes, goods, "cement", "mill")


def codes(found: Account) -> set[str]:
    return {item.code for item in found.findings}


def told(study: Study) -> dict[str, Any]:
    body, _ = form.make(study, background(), created=datetime(2024, 5, 1, tzinfo=UTC))
    Draft202012Validator(schema(forms_by_name("cbam"))).validate(body)
    return next(item for item in body["goods"] if item["id"] == body["declared"])


def test_cement_per_tonne_of_contained_clinker() -> None:
    # per t of cement: direct 0.76 × 0.85 = 0.646; indirect 0.76 × 0.06 × 0.5 + 0.04 × 0.5 = 0.0228 + 0.02 = 0.0428
    study = cement(content="75 %")
    found = embedded(study, background())
    assert (found.declared.direct, found.declared.indirect) == pytest.approx((0.646, 0.0428))
    assert found.declared.content == pytest.approx(0.75)
    assert "cbam_functional_unit" not in codes(found)
    unit = told(study)["functional_unit"]
    assert unit["of"] == "clinker"
    specific = {key: float(value) for key, value in unit["specific_embedded_emissions"].items()}
    # over 0.75 t of clinker in a tonne: 0.646 / 0.75 and 0.0428 / 0.75
    assert specific == pytest.approx({"direct": 0.8613333333, "indirect": 0.0570666667, "total": 0.9184})
    # the same goods as before stand beside it, and clinker itself has no other unit than its tonne
    assert float(told(study)["specific_embedded_emissions"]["direct"]) == pytest.approx(0.646)
    assert found.goods[0].content is None


def test_without_a_content_only_the_tonne_is_told_with_a_notice() -> None:
    found = embedded(cement(), background())
    assert "cbam_functional_unit" in codes(found)
    assert "functional_unit" not in told(cement())


@pytest.mark.parametrize(
    ("content", "code"),
    [("0.77 t/t", "cbam_content_over_inputs"), ("0 t/t", "cbam_content_range"), ("1.2 t/t", "cbam_content_range")],
)
def test_a_content_that_can_not_be_is_refused(content: str, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        embedded(cement(content=content), background())
    assert code in {item.code for item in caught.value.findings}


def test_urea_and_a_mixed_fertiliser_per_tonne_of_contained_nitrogen() -> None:
    # ammonia: 2.0 t CO2/t; urea takes 0.57 t of it and 0.1 t CO2 of its own: 1.24 t/t; with 46 % nitrogen 2.695652…
    # a mixture of 0.3 t urea and 0.1 t ammonia with 0.02 t of its own: 0.372 + 0.2 + 0.02 = 0.592 t/t; 22 %: 2.690909…
    processes = {
        "synthesis": {"gives": "1 t", "emits": [co2("a1", 2000)]},
        "melt": {
            "gives": "1 t",
            "emits": [co2("u1", 100)],
            "takes": [{"id": "u2", "amount": "0.57 t", "from": "process/synthesis"}],
        },
        "granulator": {
            "gives": "1 t",
            "emits": [co2("n1", 20)],
            "takes": [
                {"id": "n2", "amount": "0.3 t", "from": "process/melt"},
                {"id": "n3", "amount": "0.1 t", "from": "process/synthesis"},
            ],
        },
    }  # fmt: skip
    goods = {
        "ammonia": {"process": "synthesis", "category": "ammonia", "cn": "2814"},
        "urea": {"process": "melt", "category": "urea", "cn": "3102 10", "content": "46 %"},
        "npk": {
            "process": "granulator",
            "category": "mixed_fertilisers",
            "cn": "3105 20",
            "route": "mixing",
            "content": "22 %",
        },
    }  # fmt: skip
    study = works(processes, goods, "npk", "granulator")
    found = {item.id: item for item in embedded(study, background()).goods}
    assert found["urea"].direct == pytest.approx(1.24)
    assert found["urea"].content is not None
    assert found["urea"].direct / found["urea"].content == pytest.approx(1.24 / 0.46)
    unit = told(study)["functional_unit"]
    assert (unit["of"], float(unit["content"])) == ("nitrogen", 0.22)
    assert float(unit["specific_embedded_emissions"]["total"]) == pytest.approx(0.592 / 0.22)


def test_a_content_of_a_good_that_is_counted_by_its_tonne_changes_nothing() -> None:
    study = cement(content="75 %")
    goods = {**study.canonical()["cbam"]["goods"]}
    goods["clinker"] = {**goods["clinker"], "content": "90 %"}
    made, findings = Study.parse({**study.canonical(), "cbam": {**study.canonical()["cbam"], "goods": goods}})
    assert made is not None, findings
    found = embedded(made, background())
    assert "cbam_content_idle" in codes(found)
    assert found.goods[0].content is None
