"""The declaration on the page, in the API and as a command; refused where findings stand against it."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

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


def calculated(editor: Actor, samples: int) -> str:
    """Return the id of the clinker, calculated."""
    made = commands.create(editor, title_zh="熟料")
    file = example("cement-clinker")
    assert commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read()).accepted
    commands.calculate(editor, study_id=made.id, samples=samples)
    return str(made.id)


def test_the_declaration_is_a_page_a_pdf_and_a_word_file(editor: Actor) -> None:
    study_id = calculated(editor, 50)
    browser = client_of(editor, "zh")
    page = browser.get(f"/studies/{study_id}/declaration.html").content.decode()
    assert "产品碳足迹声明" in page
    assert "企业自我声明：未经核查，未经认证" in page
    assert "889" in page
    assert browser.get(f"/studies/{study_id}/declaration.pdf").content.startswith(b"%PDF-")
    assert browser.get(f"/studies/{study_id}/declaration.docx").content.startswith(b"PK")
    assert browser.get(f"/studies/{study_id}/report.docx").content.startswith(b"PK")
    assert browser.get(f"/studies/{study_id}/declaration.txt").status_code == 404
    answer = Client().get(f"/api/v1/studies/{study_id}/declaration.html?stages=false", **api_token(editor))
    assert "包含的阶段" in answer.content.decode() or "Stages in the figure" in answer.content.decode()


def test_a_result_with_findings_against_it_is_not_declared(editor: Actor, world: World) -> None:
    """Without samples the rule's uncertainty check fails."""
    study_id = calculated(editor, 0)
    answer = client_of(editor, "en").get(f"/studies/{study_id}/declaration.pdf")
    assert answer.status_code == 409
    assert "stand against a declaration" in answer.content.decode()
    problem = Client().get(f"/api/v1/studies/{study_id}/declaration.pdf", **api_token(editor))
    assert problem.status_code == 409
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    assert client_of(stranger).get(f"/studies/{study_id}/declaration.pdf").status_code == 404


def test_the_command_writes_it_or_says_no(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    study = tmp_path / "clinker.yaml"
    study.write_bytes(resources.files("tanbiao.examples").joinpath("cement-clinker.yaml").read_bytes())
    out = tmp_path / "d.docx"
    assert main(["declare", str(study), "--out", str(out), "--by", "Demo", "--samples", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["declared"]["text"] == "889"
    assert out.read_bytes().startswith(b"PK")
    assert main(["declare", str(study), "--samples", "0", "--json", "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["findings"]
    assert "declaration" in told.err
    assert main(["declare", str(study), "--out", str(tmp_path / "d.txt")]) == 2
