"""``tanbiao export ID``: a study of the platform by its id, the same bytes that page and API give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token
from tanbiao.cli.main import main
from tanbiao.cli.site import serve
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command meets a platform that is set up already: the test's own."""
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(serve, name, lambda **_: None)


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def study_id(editor: Actor) -> Any:
    made = commands.create(editor, title_zh="熟料")
    file = example("cement-clinker")
    assert commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read()).accepted
    return made.id


@pytest.mark.parametrize("target", ["openlca", "ilcd", "excel", "csv", "brightway"])
def test_the_command_writes_the_bytes_of_the_api(
    target: str, running: None, editor: Actor, study_id: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.bin"
    code = main(["export", str(study_id), str(path), "--format", target, "--json", "--lang", "en"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["file"], told["format"]) == (0, str(path), target)
    address = f"/api/v1/studies/{study_id}/datasets?format={target}"
    answer = Client().get(address, **api_token(editor))  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert answer.getvalue() == path.read_bytes()


def test_an_id_that_is_no_study_is_said_and_nothing_is_written(
    running: None, db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.zip"
    unknown = "01890000-0000-7000-8000-000000000000"
    assert main(["export", unknown, str(path), "--format", "csv", "--json", "--lang", "en"]) == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "study_unknown"
    assert not path.exists()
