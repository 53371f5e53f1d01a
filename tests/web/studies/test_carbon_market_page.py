"""Process-step data of the carbon market on page, API and command: in, compared, taken over, of their owner alone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import World, client_of
from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.formats import market_table
from tanbiao.formats.yaml_study import load
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands, queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


def line(key: str, row: str, kind: str, activity: str, factor: str, reported: str) -> dict[str, str]:
    """Return a reported line."""
    return {"id": key, "row": row, "kind": kind, "activity": activity, "factor": factor, "reported": reported}


SECTION: dict[str, Any] = {
    "report": "演示排放报告 2023",
    "year": 2023,
    "steps": {
        "kiln": {
            "process": "kiln",
            "output": "1500000 t",
            "reported": "1242400 t",
            "lines": [
                line("l1", "m2", "combustion", "200000 t", "1.9333 t/t", "386660 t"),
                line("l2", "m3", "process", "1500000 t", "0.535 t/t", "802500 t"),
                line("l3", "m4", "electricity", "93000 MWh", "0.5724731 t/MWh", "53240 t"),
            ],
        }
    },
}


@pytest.fixture
def editor(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def place(editor: Actor) -> str:
    """Return the address of the clinker example's data of the carbon market."""
    study = commands.create(editor, title_zh="熟料")
    file = example("cement-clinker")
    assert commands.bring_in(editor, study_id=study.id, filename=file.file, data=file.read()).accepted
    return f"/studies/{study.id}/carbon-market/"


def head(editor: Actor, place: str) -> str:
    return queries.revision(editor, place.split("/")[2]).hash  # type: ignore[arg-type]


@pytest.mark.requirement("SD-14b")
def test_a_table_is_brought_in_compared_and_taken_over(editor: Actor, place: str) -> None:
    browser = client_of(editor, "en")
    assert "Download the blank table" in browser.get(place).content.decode()
    sent = SimpleUploadedFile("steps.csv", market_table.written(SECTION, "zh"))
    assert browser.post(place, {"file": sent, "expected_parent": head(editor, place)}).status_code == 302
    text = browser.get(place).content.decode()
    assert "upstream of fuels" in text
    assert "Footprint of the step" in text
    again = browser.get(place.rstrip("/") + ".csv")
    assert market_table.read(again.content, "t.csv")["steps"]["kiln"]["output"] == "1500000 t"
    assert browser.post(place, {"take": "1", "expected_parent": head(editor, place)}).status_code == 302
    row = next(
        item
        for item in queries.document(editor, place.split("/")[2])["stages"]["manufacturing"]
        if item["id"] == "m3"  # type: ignore[arg-type]
    )
    assert (row["amount"], row["source"]) == ("535 kg", "演示排放报告 2023")
    assert "燃料的上游" in client_of(editor, "zh").get(place).content.decode()


def test_a_wrong_table_is_refused_and_changes_nothing(editor: Actor, place: str) -> None:
    browser = client_of(editor, "en")
    before = head(editor, place)
    for file, word in (("a,b\n", "has no column"), ("", "file")):
        sent = {"expected_parent": before} | ({"file": SimpleUploadedFile("t.csv", file.encode())} if file else {})
        answer = browser.post(place, sent)
        assert answer.status_code in (400, 422)
        assert word in answer.content.decode()
    stale = {
        "expected_parent": "sha256:" + "0" * 64,
        "file": SimpleUploadedFile("t.csv", market_table.written(SECTION, "en")),
    }
    assert browser.post(place, stale).status_code == 409
    assert head(editor, place) == before


def test_the_api_says_the_same_and_another_tenant_sees_nothing(world: World, editor: Actor, place: str) -> None:
    browser, address = client_of(editor, "en"), f"/api/v1/studies/{place.split('/')[2]}/carbon-market"
    assert browser.get(address).json()["reconciliation"] is None
    body = {"expected_parent": head(editor, place), "carbon_market": SECTION}
    told = browser.put(address, json.dumps(body), content_type="application/json").json()
    (step,) = told["reconciliation"]["steps"]
    assert Decimal(step["start"]) + sum(Decimal(item["change"]) for item in step["changes"]) == Decimal(step["total"])
    taken = browser.post(
        f"{address}/take", json.dumps({"expected_parent": told["revision"]}), content_type="application/json"
    ).json()
    assert taken["revision"] != told["revision"]
    other = client_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR))
    assert other.get(address).status_code == 404
    assert other.get(place).status_code == 404
    assert other.put(address, json.dumps(body), content_type="application/json").status_code == 404


TYPED = {
    "report": "演示排放报告 2023", "year": "2023", "step": "kiln", "process": "kiln", "output": "1500000 t",
    "step_reported": "1189160 t",
}  # fmt: skip


def typed(key: str, row: str, kind: str, activity: str, factor: str, reported: str, **more: str) -> dict[str, str]:
    """Return what is typed of a line."""
    told = {"line": key, "row": row, "kind": kind, "activity": activity, "factor": factor, "reported": reported}
    return TYPED | told | more


def test_lines_are_typed_changed_and_taken_out_on_the_page(editor: Actor, place: str) -> None:
    """386,660 + 802,500 t of a step of 1,189,160 t; one line is corrected, then both are taken out."""
    browser, study_id = client_of(editor, "en"), place.split("/")[2]

    def send(values: dict[str, str]) -> int:
        return browser.post(place, values | {"expected_parent": head(editor, place)}).status_code

    def lines() -> list[dict[str, str]]:
        section = queries.document(editor, study_id).get("carbon_market")  # type: ignore[arg-type]
        return [] if section is None else section["steps"]["kiln"]["lines"]

    first = typed("l1", "m2", "combustion", "200000 t", "1.9333 t/t", "386000 t")
    assert send(first) == 302
    assert send(typed("l2", "m3", "process", "1500000 t", "0.535 t/t", "802500 t", name="碳酸盐")) == 302
    assert send(first | {"reported": "386660 t"}) == 302
    assert [(one["id"], one["reported"]) for one in lines()] == [("l1", "386660 t"), ("l2", "802500 t")]
    shown = browser.get(f"{place}?step=kiln&line=l2").content.decode()
    assert 'value="802500 t"' in shown
    assert 'value="碳酸盐"' in shown
    assert "Footprint of the step" in shown
    before = head(editor, place)
    refused = browser.post(place, first | {"year": "19", "expected_parent": before})
    assert (refused.status_code, "Year: " in refused.content.decode()) == (422, True)
    assert 'value="386000 t"' in refused.content.decode()  # what was typed stays
    assert send(first | {"activity": "much"}) in (400, 422)
    assert send({"drop": "kiln/l9"}) == 422
    assert head(editor, place) == before
    assert send({"drop": "kiln/l1"}) == 302
    assert [one["id"] for one in lines()] == ["l2"]
    assert send({"drop": "kiln/l2"}) == 302
    assert lines() == []


def test_what_the_data_say_is_among_the_findings_of_a_result(editor: Actor, place: str) -> None:
    """200,000 t × 1.9333 t/t are 386,660 t; 400,000 t are reported, so the line and the step do not add up."""
    browser, study_id = client_of(editor, "en"), place.split("/")[2]
    line = typed("l1", "m2", "combustion", "200000 t", "1.9333 t/t", "400000 t")
    browser.post(place, line | {"expected_parent": head(editor, place)})
    commands.calculate(editor, study_id=study_id, samples=0)  # type: ignore[arg-type]
    body = queries.result_document(editor, study_id)  # type: ignore[arg-type]
    told = {item["code"]: item["where"] for item in body["findings"]}
    assert told["market_line_differs"] == "carbon_market.steps.kiln.l1"
    assert told["market_step_differs"] == "carbon_market.steps.kiln"


def test_the_command_compares_and_fills(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    study, table, out = tmp_path / "s.yaml", tmp_path / "t.csv", tmp_path / "filled.yaml"
    study.write_bytes(example("cement-clinker").read())
    table.write_bytes(market_table.written(SECTION, "en"))
    blank = tmp_path / "blank.csv"
    assert main(["carbon-market", "--blank", str(blank), "--lang", "en"]) == 0
    assert blank.read_bytes() == market_table.blank("en")
    capsys.readouterr()
    words = ["carbon-market", str(study), "--table", str(table), "--fill", str(out), "--lang", "en"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["filled"] == ["m2", "m3", "m4"]
    found = load(out.read_bytes()).study
    assert found is not None
    assert found.carbon_market is not None
    assert main(words) == 2  # the file is there
    assert "already" in capsys.readouterr().out
    assert main(["carbon-market", str(out), "--lang", "zh"]) == 0
    assert "燃料的上游" in capsys.readouterr().out
    assert main(["carbon-market", "--lang", "en"]) == 2
    assert main(["carbon-market", str(study), "--lang", "en"]) == 2
