"""What a dataset's chain lacks: by hand on a small loop, and by name for the starter's low figures."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.release.linked_release import document, emit, use
from tanbiao.cli.main import main
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.chain_gaps import chain_gaps, low_figures
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release

INCOMPLETE = {"own": 1}


def gap(name: str, amount: float, unit: str = "kg") -> dict[str, Any]:
    return {"id": name, "name": name, "amount": amount, "unit": unit}


@pytest.fixture(scope="module")
def starter() -> Release:
    return find_release("starter-2026.2")


def test_a_loop_s_gaps_add_up_over_all_its_rounds() -> None:
    # a kiln needs 2 kg ore of a mine, the mine 0.5 kg of the kiln: the kiln runs 1/(1 − 2 × 0.5) … with 0.1 instead,
    # 1/(1 − 0.2) = 1.25 times and the mine 2.5; the mine lacks 3 kg explosive per kg, the kiln 0.4 kg brick
    made: dict[str, Dataset] = {
        "kiln": parse_dataset(
            document("kiln", inputs=[use("mine", 2)], gaps=[gap("brick", 0.4)], missing=INCOMPLETE, emissions=[])
        ),
        "mine": parse_dataset(
            document(
                "mine",
                inputs=[use("kiln", 0.1), use("whole", 5)],
                gaps=[gap("CUTOFF explosive", 3)],
                missing=INCOMPLETE,
                emissions=[emit("CO2 fossil", 1)],
            )
        ),
        "whole": parse_dataset(document("whole")),
    }
    found = chain_gaps(made["kiln"], made.__getitem__)
    assert [(one.name, one.unit, one.own) for one in found] == [("explosive", "kg", False), ("brick", "kg", True)]
    assert [one.amount for one in found] == pytest.approx([2.5 * 3, 1.25 * 0.4], rel=1e-5)
    assert found[0].users == ("mine",)
    assert chain_gaps(made["whole"], made.__getitem__) == ()


@pytest.mark.parametrize(
    ("key", "lacking", "amount"),
    [
        ("uslci:1ba8424c:6979d8c0", "Natural gas, processed, for olefins production, at plant, material use", 0.640),
        ("uslci:7b69255a:5f45d3f7", "Ethylene glycol, at plant", 0.322),
    ],
    ids=["polypropylene", "PET"],
)
def test_a_low_figure_of_the_starter_names_its_feedstock(
    starter: Release, key: str, lacking: str, amount: float
) -> None:
    first = chain_gaps(starter.get(key), starter.get)[0]
    assert (first.name, first.unit) == (lacking, "kg")
    assert first.amount == pytest.approx(amount, abs=5e-4)
    told = {item.where: item for item in low_figures(starter)}
    assert lacking in str(told[key].params["lacking"])
    assert float(str(told[key].params["difference"])) > 0.5


def test_the_readiness_of_the_release_marks_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", "starter-2026.2", "--readiness", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "远低于公布值" in told
    assert "Ethylene glycol" in told


@pytest.mark.django_db
def test_the_page_and_the_api_show_them() -> None:
    from tanbiao.cli.site.demo_world.play import SYSTEM
    from tanbiao.web.factors import commands

    commands.install_release(SYSTEM, name="starter-2026.2")
    asked = {"id": "uslci:7b69255a:5f45d3f7", "release": "starter-2026.2"}
    for lang, words in (("zh-hans", "上游缺少什么"), ("en", "What its chain lacks")):
        client = Client()
        client.cookies["tanbiao_language"] = lang
        page = client.get("/factors/dataset/", asked).content.decode()
        assert words in page
        assert "Ethylene glycol, at plant" in page
    first = Client().get("/api/v1/dataset/lacking", asked).json()[0]
    assert (first["name"], first["own"]) == ("Ethylene glycol, at plant", True)
