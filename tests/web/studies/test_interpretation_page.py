"""The tab, the API, the command and the report of a result's interpretation say the same."""

from __future__ import annotations

import io
import json
from importlib import resources
from pathlib import Path

import openpyxl
import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def calculated(editor: Actor, name: str = "pv-module") -> str:
    """Return the id of a calculated example."""
    made = commands.create(editor, title_zh="示例")
    file = example(name)
    assert commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read()).accepted
    commands.calculate(editor, study_id=made.id, samples=0)
    return str(made.id)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("目的与范围", "热点", "完整性", "一致性", "方法选择的敏感性", "影响最大的选择",
                "本研究无此选择", "局限")),
        ("en", ("Goal and scope", "Hot spots", "Completeness", "Consistency", "Sensitivity to choices of method",
                "The choice that matters most", "the study makes no such choice", "Limits")),
    ],
)  # fmt: skip
def test_the_tab_and_the_report_have_every_part(editor: Actor, lang: str, words: tuple[str, ...]) -> None:
    study_id = calculated(editor)
    browser = client_of(editor, lang)
    page = browser.get(f"/studies/{study_id}/interpretation/").content.decode()
    report = browser.get(f"/studies/{study_id}/report.html").content.decode()
    for expected in words:
        assert expected in page, expected
    for expected in words[1:]:
        assert expected in report, expected
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"/studies/{study_id}/report.xlsx").content))
    assert any("敏感" in name or "other choices" in name.lower() or "其他选择" in name for name in book.sheetnames)


@pytest.mark.parametrize(("lang", "words"), [("zh", "一阶，即时，未抽样"), ("en", "first order, instant, not sampled")])
def test_one_input_at_a_time_stands_beside_it_as_a_preview(editor: Actor, lang: str, words: str) -> None:
    study_id = calculated(editor)
    browser = client_of(editor, lang)
    page = browser.get(f"/studies/{study_id}/interpretation/?vary=5").content.decode()
    assert words in page
    assert "5 %" in page
    assert words not in browser.get(f"/studies/{study_id}/report.html").content.decode()
    bad = browser.get(f"/studies/{study_id}/interpretation/?vary=0").content.decode()
    assert ("增减幅度超出范围" if lang == "zh" else "The variation is out of range") in bad
    called = Client().get(f"/api/v1/studies/{study_id}/interpretation?vary=0.05", **api_token(editor)).json()
    assert called["preview"]["varied"] == 0.05
    assert called["preview"]["inputs"][0]["low"] < called["preview"]["total"] < called["preview"]["inputs"][0]["high"]


def test_the_api_and_the_command_give_the_same_alternatives(
    editor: Actor, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    study_id = calculated(editor)
    told = Client().get(f"/api/v1/studies/{study_id}/interpretation", **api_token(editor)).json()
    path = tmp_path / "pv.yaml"
    path.write_bytes(resources.files("tanbiao.examples").joinpath("pv-module.yaml").read_bytes())
    capsys.readouterr()
    assert main(["interpret", str(path), "--json", "--samples", "0"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["sensitivity"] == told["sensitivity"]
    assert told["sensitivity"][0]["choice"] == "electricity"
    assert printed["hot_spots"]["reached"] >= 0.8


def test_a_study_that_was_never_calculated_has_none_and_a_stranger_sees_none(editor: Actor, world: World) -> None:
    made = commands.create(editor, title_zh="空")
    assert client_of(editor).get(f"/studies/{made.id}/interpretation/").status_code == 302
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    study_id = calculated(editor)
    assert client_of(stranger).get(f"/studies/{study_id}/interpretation/").status_code == 404
    assert Client().get(f"/api/v1/studies/{study_id}/interpretation", **api_token(stranger)).status_code == 404
