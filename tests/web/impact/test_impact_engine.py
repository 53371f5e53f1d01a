"""What the run does with what does not come out: factors that are gone, other units, classes, failures, a stop."""

from __future__ import annotations

import json
from typing import Any

import pytest

from factories import SYSTEM, World, client_of
from study_background import dataset
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_succession import family, predecessors
from tanbiao.core.rules.model import Grade
from tanbiao.core.study import calculate
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, NotAllowed
from tanbiao.web.factors import commands as factors
from tanbiao.web.impact import commands, engine, index, queries, running
from tanbiao.web.impact.models import Entry, Line, Run
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from web.impact import two_releases
from web.impact.two_releases import NEW, OLD, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, old: Any) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def asked(release: str = NEW) -> Run:
    return running.carry_through(commands.ask(SYSTEM, release=release, enqueue=False).id)


def test_a_factor_that_is_gone_stops_its_studies_by_name_also_where_the_amount_is_zero(editor: Actor) -> None:
    with_resin, without = two_releases.study(editor, 1), two_releases.study(editor, 11)
    work()
    two_releases.write("mini-2024.7", resin=None, grid_factor=0.7)
    run = asked("mini-2024.7")
    lines = {line.study_id: line for line in Line.objects.filter(run=run)}
    gone, moved = lines[with_resin.id], lines[without.id]
    assert (gone.how, gone.why, gone.new, gone.relative) == ("stopped", "factor_not_answered", None, None)
    assert [item["code"] for item in gone.findings] == ["unknown_dataset"]
    # Study 11 takes 0 kg of resin: a calculation would refuse it, too.
    assert moved.how == "stopped"
    assert {row.stop for row in run.factors.all()} == {"gone", ""}


def test_a_factor_with_another_unit_is_calculated_anew(editor: Actor) -> None:
    made = two_releases.study(editor, 1)
    work()
    new = two_releases.write("mini-2024.8", resin=dataset("resin", 3300.0, "t"), grid_factor=0.6)
    line = Line.objects.get(run=asked("mini-2024.8"))
    # 0.1 kg of resin at 3.3 instead of 3 kg CO2e/kg
    assert line.how == "full"
    assert line.new == pytest.approx(calculate(index.document_of(made.head.hash), new, samples=0).value)  # type: ignore[union-attr]
    assert line.old is not None
    assert line.new is not None
    assert line.new - line.old == pytest.approx(0.03, rel=1e-9)


def test_a_class_is_told_only_where_a_rule_defines_one_and_then_sampled_in_full(
    editor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = two_releases.study(editor, 1), two_releases.study(editor, 3)
    work()
    value = Entry.objects.get(study=near).value
    assert value is not None
    grade = Grade(classes=("A", "B"), limits=(value - 0.1,), source="test table, clause 1")
    monkeypatch.setattr(engine, "grade_of", lambda _entry: grade)
    run = asked()
    lines = {line.study_id: line for line in Line.objects.filter(run=run)}
    # near loses 0.2 kg CO2e and falls below the limit; far stays above it with its whole interval
    assert (lines[near.id].old_class, lines[near.id].new_class, lines[near.id].how) == ("B", "A", "full")
    assert lines[near.id].class_may_change
    assert lines[near.id].class_source == "test table, clause 1"
    assert (lines[far.id].old_class, lines[far.id].new_class) == ("B", "B")
    with pytest.raises(ValueError, match="ascending"):
        Grade(classes=("A", "B", "C"), limits=(2.0, 1.0), source="x")


def test_a_study_that_fails_is_a_row_with_its_reason(editor: Actor) -> None:
    broken, sound = two_releases.study(editor, 1), two_releases.study(editor, 2)
    work()
    Entry.objects.filter(study=broken).update(body=b"spoilt")
    run = asked()
    lines = {line.study_id: line for line in Line.objects.filter(run=run)}
    assert run.state == "done"
    assert (lines[broken.id].how, lines[broken.id].why) == ("failed", "not_calculated")
    assert [item["code"] for item in lines[broken.id].findings] == ["impact_entry_damaged"]
    assert lines[sound.id].how == "first_order"
    assert queries.summary(SYSTEM, run.id).no_figure == 1


def test_a_study_too_large_to_compile_is_calculated_in_full(editor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "COMPILED_ROWS", 2)
    made = two_releases.study(editor, 1)
    work()
    assert Entry.objects.get().form == "whole"
    line = Line.objects.get(run=asked())
    assert (line.study_id, line.how) == (made.id, "full")
    assert line.new is not None
    assert line.old is not None
    assert line.new - line.old == pytest.approx(-0.2, rel=1e-9)


def test_a_run_is_stopped_and_goes_on_where_it_stood(
    editor: Actor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SLICE", 2)
    for number in range(4):
        two_releases.study(editor, number)
    work()
    operator = world.actor(world.operator)
    run = commands.ask(operator, release=NEW)
    running.step(run.id)
    assert running.step(run.id).done == 2
    with pytest.raises(NotAllowed):
        commands.cancel(editor, run_id=run.id)
    client = client_of(operator)
    assert client.post(f"/impact/runs/{run.id}/cancel/").status_code == 302
    work()
    stopped = Run.objects.get(id=run.id)
    assert (stopped.state, stopped.done, Line.objects.count()) == ("cancelled", 2, 2)
    with pytest.raises(Conflict):
        commands.cancel(operator, run_id=run.id)
    assert "2 of 4" not in client.get(f"/impact/runs/{run.id}/").content.decode()
    commands.resume(operator, run_id=run.id)
    assert "2 of 4 recalculated" in client.get(f"/impact/runs/{run.id}/").content.decode()
    work()
    ended = Run.objects.get(id=run.id)
    assert (ended.state, ended.done, Line.objects.count()) == ("done", 4, 4)
    with pytest.raises(Conflict):
        commands.resume(operator, run_id=run.id)
    # A slice that a second worker stores again changes nothing.
    Run.objects.filter(id=run.id).update(state="running", done=4)
    commands.advance(SYSTEM, run_id=run.id, position=2, count=2, lines=[])
    assert Run.objects.get(id=run.id).done == 4


def test_a_run_whose_release_is_gone_ends_with_the_reason(editor: Actor) -> None:
    two_releases.study(editor, 1)
    work()
    run = commands.ask(SYSTEM, release=NEW, enqueue=False)
    Run.objects.filter(id=run.id).update(release_hash="sha256:" + "1" * 64)
    ended = running.carry_through(run.id)
    assert (ended.state, ended.problem[0]["code"]) == ("failed", "release_hash_differs")


def test_a_study_gets_a_hint_and_a_new_revision_on_the_newer_release(editor: Actor) -> None:
    made = two_releases.study(editor, 1)
    work()
    client = client_of(editor)
    assert "newer factor release" not in client.get(f"/studies/{made.id}/").content.decode()
    factors.install_release(SYSTEM, name=NEW)
    work()
    page = client.get(f"/studies/{made.id}/").content.decode()
    assert "A newer factor release exists" in page
    # −0.2 of 6.511 kg CO2e
    assert "−3.1 %" in page
    assert made.head is not None
    sent = {"release": NEW, "expected_parent": made.head.hash}
    assert client.post(f"/studies/{made.id}/repin/", sent).status_code == 302
    after = study_queries.study(editor, made.id)
    assert after.head is not None
    assert (after.head.number, after.head.release, after.head.parent_id) == (2, NEW, made.head.id)
    assert study_queries.document(editor, made.id, 1)["release"] == OLD
    result = studies.calculate(editor, study_id=made.id, samples=0)
    assert float(result.value) == pytest.approx(6.511 - 0.2, rel=1e-9)
    work()
    assert "A newer factor release exists" not in client.get(f"/studies/{made.id}/").content.decode()
    # What was pinned already, what is not installed, and a stale page are refused.
    for name, parent, status in ((NEW, after.head.hash, 409), ("nowhere-1", after.head.hash, 404), (OLD, "x", 409)):
        refused = client.post(f"/studies/{made.id}/repin/", {"release": name, "expected_parent": parent})
        assert refused.status_code == status
    assert study_queries.study(editor, made.id).head_id == after.head_id


def test_the_command_line_tells_the_same_and_changes_nothing(
    editor: Actor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tanbiao.cli.site import impact as command

    # The test's own database and folder are set up already.
    for name in ("prepare_environment", "start_django", "migrate"):
        monkeypatch.setattr(command, name, lambda **_: None)
    two_releases.study(editor, 1)
    work()
    assert main(["impact", NEW, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["installed"], told["recalculated"]) == ("done", False, 1)
    assert told["lines"][0]["class"] is None
    assert told["lines"][0]["new"] - told["lines"][0]["old"] == pytest.approx(-0.2)
    assert [item["question"] for item in told["factors"]] == ["grid/CN/2023"]
    assert main(["impact", NEW, "--lang", "en"]) == 0
    assert "1 figures move" in capsys.readouterr().out
    assert main(["impact", "rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differed"] == 0
    assert main(["impact", "nowhere-1", "--lang", "en"]) == 2


def test_which_release_succeeds_which() -> None:
    def header(name: str, when: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "version": name.rpartition("-")[2], "date": when, **more}

    one, two, ten = (
        header("starter-2026.1", "2026-01-01"),
        header("starter-2026.2", "2026-06-01"),
        header("starter-2026.10", "2026-06-01"),
    )
    other = header("national-2026.9", "2026-09-01")
    assert predecessors(ten, [one, two, other]) == {"starter-2026.1", "starter-2026.2"}
    assert predecessors(one, [two, ten, other]) == frozenset()
    # A release that names the one it succeeds leaves its family; what that one succeeds comes with it.
    assert predecessors(header("national-2027.1", "2027-01-01", succeeds="starter-2026.2"), [one, two, other]) == {
        "starter-2026.1",
        "starter-2026.2",
    }
    assert family("a-b-1.0") == "a-b"


def test_a_damaged_release_file_is_said_on_the_page(world: World, old: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tanbiao.web.impact import pages

    def refuse(_folder: Any) -> Any:
        raise TanbiaoError.of("release_hash_wrong", "x", part="ids")

    monkeypatch.setattr(pages, "list_releases", refuse)
    answer = client_of(world.actor(world.operator)).get("/impact/")
    assert answer.status_code == 200
    assert "findings" in answer.content.decode()
