"""Year on year as tab, API and command: the same steps, own studies only."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def document(year: int, power: str) -> dict[str, Any]:
    """Return the clinker example in a year, with another use of electricity."""
    loaded = yaml_study.load(example("cement-clinker").read()).study
    assert loaded is not None
    body = loaded.canonical()
    body["period"] = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    rows = [row for stage in body["stages"].values() if isinstance(stage, list) for row in stage]
    row = next(row for row in rows if row.get("electricity"))
    row["amount"] = power
    row["electricity"].pop("year", None)
    return body


def made(editor: Actor, year: int, power: str) -> str:
    """Return the id of a study of a year."""
    study = commands.create(editor, title_zh=f"熟料 {year}")
    data = yaml_study.dump(document(year, power))
    assert commands.bring_in(editor, study_id=study.id, filename="a.yaml", data=data).accepted
    return str(study.id)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("逐年变化", "自身行动", "活动（用量、投入增减、运输、燃料）")),
        ("en", ("Year on year", "own action", "activity (amounts")),
    ],
)
def test_the_tab_and_the_api_split_the_change(editor: Actor, lang: str, words: tuple[str, ...]) -> None:
    base, later = made(editor, 2023, "60 kWh"), made(editor, 2024, "50 kWh")
    browser = client_of(editor, lang)
    assert base in browser.get(f"/studies/{later}/years/").content.decode()
    page = browser.get(f"/studies/{later}/years/?base={base}").content.decode()
    for expected in words:
        assert expected in page, expected
    told = Client().get(f"/api/v1/studies/{later}/years/{base}", **api_token(editor)).json()
    steps = {step["cause"]: Decimal(step["change"]) for step in told["steps"]}
    assert Decimal(told["start"]) + sum(steps.values()) == Decimal(told["end"])
    # the row is per 970 kg of clinker; the grid of 2024 is 0.5777 instead of 0.6205 for the base's 60 kWh, then 10 less
    assert float(steps["factor"]) == pytest.approx(60 / 0.97 * (0.5777 - 0.6205), rel=1e-6)
    assert float(steps["activity"]) == pytest.approx(-10 / 0.97 * 0.5777, rel=1e-6)
    assert float(told["reduction"]) == pytest.approx(5.777 / 0.97, rel=1e-6)


def test_the_wrong_order_is_refused_and_a_strangers_study_is_not_there(editor: Actor, world: World) -> None:
    base, later = made(editor, 2023, "60 kWh"), made(editor, 2024, "50 kWh")
    page = client_of(editor, "en").get(f"/studies/{base}/years/?base={later}")
    assert "must begin before" in page.content.decode()
    refused = Client().get(f"/api/v1/studies/{base}/years/{later}", **api_token(editor))
    assert refused.status_code == 422
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    other = made(stranger, 2023, "60 kWh")
    assert client_of(editor).get(f"/studies/{later}/years/?base={other}").status_code == 404
    assert client_of(editor).get(f"/studies/{later}/years/?base=nothing").status_code == 404
    assert client_of(stranger).get(f"/studies/{later}/years/").status_code == 404


def test_the_command_gives_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    paths = []
    for year, power in ((2023, "60 kWh"), (2024, "50 kWh")):
        path = tmp_path / f"{year}.json"
        path.write_text(json.dumps(document(year, power), ensure_ascii=False), encoding="utf-8")
        paths.append(str(path))
    assert main(["compare-years", *paths, "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert float(told["reduction"]) == pytest.approx(5.777 / 0.97, rel=1e-6)
    assert main(["compare-years", *reversed(paths), "--lang", "en"]) == 2
    assert "must begin before" in capsys.readouterr().out
    assert main(["compare-years", *paths, "--lang", "en"]) == 0
    assert "Reduction by own action" in capsys.readouterr().out
