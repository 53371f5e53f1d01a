"""The tab and the API of a study under each scheme, and the command beside them."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from factories import World, client_of
from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db


def test_the_tab_and_the_api_show_the_steps_in_both_languages(world: World, starter: object) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="电池")
    file = example("lfp-battery")
    commands.bring_in(editor, study_id=study.id, filename=file.file, data=file.read())
    for lang, word in (("zh", "各体系下的结果"), ("en", "Under each scheme")):
        answer = client_of(editor, lang).get(f"/studies/{study.id}/schemes/")
        assert answer.status_code == 200
        assert word in answer.content.decode()
    body = client_of(editor).get(f"/api/v1/studies/{study.id}/views").json()
    assert len(body["views"]) == 5
    for view in body["views"]:
        steps = sum((Decimal(step["change"]) for step in view["steps"]), Decimal(0))
        assert Decimal(view["start"]) + steps == Decimal(view["total"])


def test_the_command_gives_the_same_figures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "lfp.yaml"
    path.write_bytes(resources.files("tanbiao.examples").joinpath("lfp-battery.yaml").read_bytes())
    assert main(["views", str(path), "--json", "--lang", "en"]) == 0
    views = {item["set"]: item["total"] for item in json.loads(capsys.readouterr().out)["views"]}
    assert Decimal(views["pact"]) == Decimal(views["catena_x"]) == Decimal("96.9421983111")


def test_the_tab_draws_the_way_from_one_figure_to_the_other(world: World, starter: object) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="电池")
    file = example("lfp-battery")
    commands.bring_in(editor, study_id=study.id, filename=file.file, data=file.read())
    text = client_of(editor, "en").get(f"/studies/{study.id}/schemes/").content.decode()
    assert text.count('class="tb-chart tb-waterfall"') == 2  # to the gate, only the EU and PACT settings differ
    assert "96.9422" in text  # the figure of PACT, kg CO2e per kWh


def test_the_tab_shows_the_battery_from_cradle_to_grave_under_five_schemes(world: World, starter: object) -> None:
    """Every step by hand stands in tests/examples/test_lfp_life.py; here the page and the API show the same."""
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="电池")
    file = example("lfp-battery-life")
    commands.bring_in(editor, study_id=study.id, filename=file.file, data=file.read())
    for lang, words in (
        ("zh", ("回收材料的分摊", "循环足迹公式", "与本研究相同", "÷ 480")),
        (
            "en",
            (
                "Kinds of emission in each scheme",
                "attributed_direct",
                "sharing of recycled materials",
                "circular footprint formula, A 0.5",
                "As in the study",
            ),
        ),
    ):
        text = client_of(editor, lang).get(f"/studies/{study.id}/schemes/").content.decode()
        for word in words:
            assert word in text
        assert text.count('class="tb-chart tb-waterfall"') == 3
    views = {item["set"]: item for item in client_of(editor).get(f"/api/v1/studies/{study.id}/views").json()["views"]}
    steps = views["eu_battery"]["steps"]
    assert [step["setting"] for step in steps] == ["electricity", "biogenic", "recycling", "credits"]
    assert Decimal(steps[-1]["change"]) == Decimal("-2.660534")
    assert views["miit_battery"]["kwh_delivered"] == "480"
    assert views["miit_battery"]["same"] == ["stages", "electricity"]


def test_the_tab_shows_the_chain_of_goods_of_the_border_mechanism(world: World, starter: object) -> None:
    """A smelter of the starter release: 1500 kg of CO2 a tonne; the ingot takes 1.02 t of it and burns nothing."""
    from cbam_works import co2
    from study_background import document, stages

    body = document(
        release="starter-2026.1",
        stages=stages(manufacturing=[{"id": "r1", "amount": "1 kg", "from": "process/casting"}]),
        processes={
            "smelting": {"gives": "1 t", "emits": [co2("e1", 1500)]},
            "casting": {"gives": "1 t", "takes": [{"id": "e2", "amount": "1.02 t", "from": "process/smelting"}]},
        },
        cbam={
            "declared": "ingot",
            "goods": {
                "metal": {"process": "smelting", "category": "unwrought_aluminium"},
                "ingot": {"process": "casting", "category": "aluminium_products", "cn": "7604"},
            },
        },
    )
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    study = commands.create(editor, title_zh="铝")
    commands.bring_in(editor, study_id=study.id, filename="al.json", data=json.dumps(body).encode())
    for lang, word in (("zh", "单位产品隐含排放"), ("en", "Specific embedded emissions")):
        text = client_of(editor, lang).get(f"/studies/{study.id}/schemes/").content.decode()
        assert word in text
        assert "1.53000" in text
        assert text.count('class="tb-chart tb-waterfall"') == 4  # MIIT, EU, PACT, and the way to the goods
    way = client_of(editor).get(f"/api/v1/studies/{study.id}/views").json()["cbam"]
    assert (way["total"], way["specific"]["total"], way["tonnes"]) == ("1.53", "1.53", "0.001")


def test_the_command_shows_the_way_to_the_embedded_emissions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from cbam_works import study

    body = study().canonical()
    body.pop("release", None)
    for process in body["processes"].values():
        process["takes"] = [row for row in process.get("takes", []) if "steel" not in str(row.get("from"))]
    body["cbam"].pop("precursors")
    path = tmp_path / "works.json"
    path.write_text(json.dumps(body))
    assert main(["views", str(path), "--json", "--lang", "en"]) == 0
    way = json.loads(capsys.readouterr().out)["cbam"]
    assert Decimal(way["start"]) + sum(Decimal(step["change"]) for step in way["steps"]) == Decimal(way["total"])
    assert main(["views", str(path), "--lang", "zh"]) == 0
    assert "CBAM 隐含排放" in capsys.readouterr().out
