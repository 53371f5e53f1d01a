"""A rule's draft over past studies: what it would change, who sees how much of it; its diff to the version before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.rules import load_rule
from tanbiao.web import clock
from tanbiao.web.commanding import Conflict, NotAllowed
from tanbiao.web.factors.models import Release as Installed
from tanbiao.web.impact import commands as impact
from tanbiao.web.impact import dry_runs
from tanbiao.web.impact.models import Entry, RuleEffect
from tanbiao.web.rulebook import commands as rulebook
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.models import RuleEntry
from web.certification.playing import Play
from web.rulebook.ruling import RuleWay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


@pytest.fixture
def way(world: World) -> RuleWay:
    """Return a drafted revision of the packaged clinker rule; one study was submitted under the present version."""
    rulebook.enrol_packaged(SYSTEM)
    way = RuleWay(world, rule_id="local-clinker", categories=("cement-clinker",), now=clock.now() - timedelta(days=3))
    base = RuleEntry.objects.get(rule_id="cement-clinker", version="1.0.0")
    way.propose(converts=base.id)
    way.seen(rulebook.accept, way.secretariat)
    return way


def submitted(world: World) -> Play:
    play = Play(world)
    play.submit_study()
    assert play.study_id is not None
    impact.sync(play.study_id)
    return play


def stricter(way: RuleWay) -> None:
    """Ask for two years of data where the base asks for one: the clinker study has one."""
    document = documents.mapping_of(way.entry.document)
    document["quality"]["months"] = 24
    way.seen(rulebook.save_text, way.drafter, text=documents.dump(document).decode())


def test_a_draft_that_asks_for_more_blocks_a_past_study_and_changes_no_figure(world: World, way: RuleWay) -> None:
    play = submitted(world)
    assert load_rule("cement-clinker@1.0.0").quality.months == 12
    stricter(way)
    run = dry_runs.carry(dry_runs.ask(way.drafter, entry_id=way.id).id)
    assert run.state == "done", run.findings
    assert (run.summary["studies"], run.summary["newly_blocked"], run.summary["change"]["count"]) == (1, 1, 0)
    effect = RuleEffect.objects.get()
    assert effect.revision.study_id == play.study_id
    assert {"check": "months", "before": "passed", "after": "failed"} in effect.effect["checks"]
    before, after = effect.effect["before"], effect.effect["after"]
    assert before["value"] == after["value"]
    assert "rule_period_short" in {item["code"] for item in effect.effect["appear"]}
    assert dry_runs.carry(run.id).finished_at == run.finished_at


def test_processes_that_share_the_work_say_the_same(
    world: World, way: RuleWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(world)
    submitted(world)
    stricter(way)

    def kept() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        run = dry_runs.carry(dry_runs.ask(way.drafter, entry_id=way.id).id)
        assert run.state == "done", run.findings
        return run.summary, list(run.effects.order_by("revision_id").values("revision_id", "effect", "rank"))

    alone = kept()
    assert alone[0]["studies"] == 2
    used: list[int] = []
    started = dry_runs.Processes
    monkeypatch.setattr(dry_runs, "SHARED", 2)
    monkeypatch.setattr(dry_runs, "Processes", lambda: used.append(1) or started(2))
    assert kept() == alone
    assert used == [1]


def test_a_past_study_whose_rule_or_release_is_not_here_is_unread(world: World, way: RuleWay) -> None:
    play = submitted(world)
    stricter(way)
    entry = Entry.objects.get(study_id=play.study_id)
    installed = Installed.objects.get(name=entry.release)
    installed.delete()
    run = dry_runs.carry(dry_runs.ask(way.drafter, entry_id=way.id).id)
    assert run.summary["unread"] == 1
    assert RuleEffect.objects.get().effect["unread"] == ["release_not_installed"]


def test_of_other_tenants_only_counts_are_shown(world: World, way: RuleWay) -> None:
    submitted(world)
    stricter(way)
    drafter = world.actor(world.alpha)
    run = dry_runs.carry(dry_runs.ask(way.secretariat, entry_id=way.id).id)
    assert dry_runs.effects(way.secretariat, run).count() == 1
    assert dry_runs.effects(way.drafter, run).count() == 0
    run.summary["change"] = {"count": 4, "lowest": -0.1, "median": 0.1, "highest": 0.2}
    assert dry_runs.told(way.drafter, run)["change"]["median"] is None
    assert dry_runs.told(way.secretariat, run)["change"]["median"] == 0.1
    with pytest.raises(NotAllowed):
        dry_runs.ask(drafter, entry_id=way.id)


def test_an_unreadable_draft_is_not_tried_and_one_draft_waits_only_once(world: World, way: RuleWay) -> None:
    first = dry_runs.ask(way.drafter, entry_id=way.id)
    assert dry_runs.ask(way.drafter, entry_id=way.id).id == first.id
    way.seen(rulebook.save_text, way.drafter, text="tanbiao: rule/1")
    with pytest.raises(Conflict) as caught:
        dry_runs.ask(way.drafter, entry_id=way.id)
    assert caught.value.code == "rule_document_unreadable"


def test_the_workbench_shows_changes_clause_by_clause_and_the_dry_run(world: World, way: RuleWay) -> None:
    submitted(world)
    stricter(way)
    drafter, overseer = client_of(way.drafter), client_of(way.secretariat)
    bench = f"/rules/{way.id}/workbench/"
    shown = drafter.get(f"{bench}?tab=changes").content.decode()
    assert "cement-clinker@1.0.0" in shown
    assert "quality.months" in shown
    assert "stricter" in shown
    assert "Try the draft on past studies" in drafter.get(f"{bench}?tab=dry_run").content.decode()
    asked = drafter.post(f"/impact/rules/{way.id}/dry-run/")
    assert asked.headers["Location"] == f"{bench}?tab=dry_run"
    assert "Being tried" in drafter.get(f"{bench}?tab=dry_run").content.decode()
    run = dry_runs.runs(way.drafter, way.entry).get()
    dry_runs.carry(run.id)
    assert "newly blocked" in overseer.get(f"{bench}?tab=dry_run").content.decode()
    assert "Newly blocked" in drafter.get(f"{bench}?tab=dry_run").content.decode()
    assert world.alpha.name_en not in drafter.get(f"{bench}?tab=dry_run").content.decode()
    token: Any = api_token(way.secretariat)
    listed = Client().get(f"/api/v1/rule-dry-runs/{run.id}/effects", **token).json()
    assert listed["items"][0]["effect"]["after"]["blocks"]
    again = Client().post(f"/api/v1/rulebook/{way.id}/dry-runs", content_type="application/json", **token)
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert Client().get(f"/api/v1/rule-dry-runs/{run.id}", **token).json()["summary"]["studies"] == 1
