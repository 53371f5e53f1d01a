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
