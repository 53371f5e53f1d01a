"""The communication of embedded emissions: its figures, what it needs, and that its chain can be added up again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cbam_works import CBAM, study
from study_background import background
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study
from tanbiao.formats.forms import Filled, fill, form

CREATED = datetime(2024, 3, 1, tzinfo=UTC)
COMPANY = {"company": {"name": "Example Steel Ltd (DEMO)", "address": "DEMO road 1"}}


def works(**section: Any) -> Study:
    """Return the works with what the form asks."""
    installation = {"name": "Example works (DEMO)", "country": "CN", "unlocode": "CNTSN"}
    made = Study.parse({**study(installation=installation, **section).canonical(), "forms": COMPANY})[0]
    assert made is not None
    return made


def filled(**section: Any) -> Filled:
    """Return the form."""
    return fill(form("cbam"), works(**section), background(), None, created=CREATED)


def test_the_form_carries_the_chain_and_adds_up_again() -> None:
    """Of every good: attributed + Σ mass × embedded = specific embedded emissions, direct and indirect."""
    body = filled().document
    assert [item["id"] for item in body["goods"]] == ["sinter", "iron", "steel", "product"]
    by_id = {item["id"]: item for item in body["goods"]}
    assert by_id["product"]["specific_embedded_emissions"] == {
        "direct": "1.72635",
        "indirect": "0.031752",
        "total": "1.758102",
    }
    for item in body["goods"]:
        for key in ("direct", "indirect"):
            whole = float(item["attributed_emissions"][key])
            for one in item["precursors"]:
                whole += float(one["specific_mass"]) * float(one["specific_embedded_emissions"][key])
            assert whole == pytest.approx(float(item["specific_embedded_emissions"][key]), rel=1e-11)
        for one in item["precursors"]:
            if one["made_here"]:
                embedded = by_id[one["id"]]["specific_embedded_emissions"]
                assert one["specific_embedded_emissions"] == {key: embedded[key] for key in ("direct", "indirect")}
    ferro = next(one for one in by_id["steel"]["precursors"] if not one["made_here"])
    assert (ferro["default_value"], ferro["source"], ferro["country"]) == (True, "invented", "ZA")
    # 0.015 of 1.587 + 0.03024
    assert float(ferro["share"]) == pytest.approx(100 * 0.015 / 1.61724, rel=1e-11)
    assert body["versions"]["gwp"] == "AR5"


def test_the_form_says_that_the_studys_rule_is_a_demonstration() -> None:
    rule = load_rule("steel@1.0.0")
    made = fill(form("cbam"), works(), background(), rule, created=CREATED)
    assert made.document["rule_notice"] == {"zh": "演示规则，非官方", "en": "Demonstration rule, not official"}
    assert "rule_notice" not in filled().document


def test_the_form_needs_operator_works_code_and_route() -> None:
    goods = {**CBAM["goods"], "product": {"process": "mill", "category": "iron_or_steel_products"}}
    with pytest.raises(TanbiaoError) as raised:
        fill(form("cbam"), study(goods=goods), background(), None, created=CREATED)
    assert [item.where for item in raised.value.findings] == [
        "forms.company.name",
        "cbam.installation.name",
        "cbam.goods.product.cn",
        "cbam.goods.product.route",
    ]


def test_a_default_value_is_named_in_what_is_told() -> None:
    assert [item.code for item in filled().findings] == ["cbam_default_used"]
