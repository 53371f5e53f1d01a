"""The workbench's tools on page and API: what the examples hold, two texts clause by clause, a tool's score."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.rules.mutation_report import Report, Trial
from tanbiao.evidence import conformity
from tanbiao.web.accounts.roles import Role
from tanbiao.web.ledger import tasks
from tanbiao.web.ledger.models import Task
from tanbiao.web.ledger.signing import published_keys
from tanbiao.web.rulebook import bench_queries, commands, documents
from tanbiao.web.rulebook.models import MutationRun
from web.rulebook.ruling import RuleWay
from web.tenants import assert_unseen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


def text(response: Any) -> str:
    return str(response.content.decode())


def drafted(world: World, **more: Any) -> RuleWay:
    way = RuleWay(world, **more)
    way.propose()
    way.seen(commands.accept, way.secretariat)
    way.write()
    return way


def edited(way: RuleWay, **changes: Any) -> None:
    """Save the newest draft with parts of it changed."""
    document = documents.mapping_of(way.entry.document)
    for place, value in changes.items():
        at: Any = document
        *path, last = place.split("__")
        for step in path:
            at = at[step]
        at[last] = value
    way.seen(commands.save_text, way.drafter, text=documents.dump(document).decode())


def test_a_mutation_report_is_made_by_a_worker_and_says_what_no_example_holds(world: World) -> None:
    way = drafted(world)
    bench, drafter = f"/rules/{way.id}/workbench/", client_of(way.drafter)
    assert "Nobody has asked" in text(drafter.get(f"{bench}?tab=mutations"))
    assert drafter.post(f"{bench}mutations/").headers["Location"] == f"{bench}?tab=mutations"
    run = MutationRun.objects.get()
    assert commands.ask_mutations(way.drafter, entry_id=way.id).id == run.id
    waiting = text(drafter.get(f"{bench}?tab=mutations"))
    assert "The variants are being tried." in waiting
    assert 'hx-get="?tab=mutations"' in waiting
    while tasks.run_next():
        pass
    shown = text(drafter.get(f"{bench}?tab=mutations"))
    # The documented example asks 12 months of data of a study of one year: 24 months break it, credits change nothing.
    report = drafter.get(f"{bench}mutations.json").json()
    by_name = {one["element"]: one for one in bench_queries.trials(report, "en")}
    assert by_name["processes.kiln.required"]["held"]
    assert not by_name["credits"]["held"]
    assert report["held"] == sum(one["held"] for one in by_name.values())
    assert f"{report['elements']}" in shown
    assert "nobody noticed" in shown
    idle = [one["element"] for one in report["idle"]]
    assert idle == [name for name, one in by_name.items() if one["idle"]]
    assert all("Changes nothing: " in by_name[name]["idle"] for name in idle)
    assert shown.count("Changes nothing: ") == len(idle) > 0
    # they stand in a table of their own, below what could matter
    above, _, below = shown.partition('id="cant-matter"')
    assert all(f"<code>{name}</code>" in below and f"<code>{name}</code>" not in above for name in idle)
    table = drafter.get(f"{bench}mutations.csv").content.decode().splitlines()
    assert len(table) == len(report["variants"]) + 1
    assert sum("Changes nothing: " in line for line in table) == sum(len(by_name[name]["variants"]) for name in idle)
    assert drafter.get(f"{bench}mutations.xlsx").status_code == 200
    assert drafter.get(f"{bench}mutations.pdf").status_code == 404


def test_the_progress_of_a_mutation_report_grows_with_every_variant(world: World) -> None:
    way = drafted(world)
    run, seen = commands.ask_mutations(way.drafter, entry_id=way.id), []
    done = commands.carry_mutations(run.id, seen.append)
    assert done.state == "done"
    assert seen == sorted(seen)
    assert len(seen) == len(done.report["variants"])
    assert seen[-1] == 1.0
    assert commands.carry_mutations(run.id).finished_at == done.finished_at


def test_a_report_of_an_older_draft_says_so_and_a_failing_example_refuses_one(world: World) -> None:
    way = drafted(world)
    commands.carry_mutations(commands.ask_mutations(way.drafter, entry_id=way.id).id)
    bench, drafter = f"/rules/{way.id}/workbench/", client_of(way.drafter)
    assert "the draft, its files or the program have changed since" not in text(drafter.get(f"{bench}?tab=mutations"))
    edited(way, quality__months=24)
    assert "the draft, its files or the program have changed since" in text(drafter.get(f"{bench}?tab=mutations"))
    failed = commands.carry_mutations(commands.ask_mutations(way.drafter, entry_id=way.id).id)
    assert (failed.state, failed.findings[0]["code"]) == ("failed", "rule_example_failed")
    assert "Could not be tried" in text(drafter.get(f"{bench}?tab=mutations"))
    assert drafter.get(f"{bench}mutations.json").status_code == 404
    way.seen(commands.save_text, way.drafter, text="tanbiao: rule/1")
    refused = drafter.post(f"{bench}mutations/")
    assert (refused.status_code, "can&#x27;t be read" in text(refused)) == (409, True)


def test_a_task_that_was_lost_does_not_leave_the_page_waiting(world: World) -> None:
    way = drafted(world)
    commands.ask_mutations(way.drafter, entry_id=way.id)
    Task.objects.update(state="failed")
    shown = text(client_of(way.drafter).get(f"/rules/{way.id}/workbench/?tab=mutations"))
    assert "Could not be tried" in shown
    assert "Try the variants again" in shown


def test_elements_stand_together_with_their_variants_in_the_order_of_the_document() -> None:
    trials = (Trial("a", "1", "2"), Trial("b", "x", "y", refused=True), Trial("a", "1", "3", broke="one"))
    found = bench_queries.trials(Report("r@1.0.0", trials).as_json(), "en")
    assert [one["idle"] for one in found] == ["", ""]
    assert [(one["element"], len(one["variants"]), one["held"]) for one in found] == [("a", 2, True), ("b", 1, True)]


def test_two_texts_are_compared_clause_by_clause_by_choice_and_as_files(world: World) -> None:
    older = RuleWay(world)
    older.until("issued")
    way = drafted(world, rule_id="other-block")
    edited(way, quality__months=24, cut_off__each="2 %")
    bench, drafter = f"/rules/{way.id}/workbench/", client_of(way.drafter)
    unchosen = text(drafter.get(f"{bench}?tab=changes"))
    assert older.entry.reference in unchosen
    shown = text(drafter.get(f"{bench}?tab=changes&against={older.id}"))
    # 12 → 24 months asks more of a study, a cut-off of 2 % instead of 1 % less.
    for word in ("quality.months", "stricter", "cut_off.each", "looser", f"changes.xlsx?against={older.id}"):
        assert word in shown
    body = drafter.get(f"{bench}changes.json?against={older.id}").json()
    assert (body["stricter"], body["looser"]) == (1, 1)
    assert body["before"]["rule"] == older.entry.reference
    table = drafter.get(f"{bench}changes.csv?against={older.id}").content.decode()
    assert "quality.months,12,24,stricter" in table
    number = way.entry.drafts.filter(number__lt=way.entry.document.number).exclude(hash="").first().number
    own = text(drafter.get(f"{bench}?tab=changes&against=draft-{number}"))
    assert "quality.months" in own
    assert older.entry.reference not in own.rpartition("Compare</button>")[2]
    assert drafter.get(f"{bench}?tab=changes&against=draft-99").status_code == 404
    token: Any = api_token(way.drafter)
    place = f"/api/v1/rulebook/{way.id}/changes?against={older.id}"
    said = Client().get(place, **token).json()
    assert said["difference"] == body
    assert {one["key"] for one in said["others"]} >= {str(older.id), f"draft-{number}"}


def test_drafts_and_reports_of_a_rule_in_the_making_are_its_makers_alone(world: World) -> None:
    way = drafted(world, layer="group")
    run = commands.carry_mutations(commands.ask_mutations(way.drafter, entry_id=way.id).id)
    bench = f"/rules/{way.id}/workbench/"
    addresses = [f"{bench}?tab=mutations", f"{bench}mutations.json", f"{bench}?tab=changes", f"{bench}changes.json"]
    addresses += [f"/api/v1/rule-mutations/{run.id}", f"/api/v1/rulebook/{way.id}/changes"]
    strangers = [client_of(world.actor(world.beta)), client_of(None)]
    assert_unseen(strangers, addresses, ["processes.kiln.required"])
    way.onward("consultation")
    run = commands.carry_mutations(commands.ask_mutations(way.drafter, entry_id=way.id).id)
    public = client_of(None)
    assert "processes.kiln.required" in text(public.get(f"{bench}?tab=mutations"))
    assert public.get(f"/api/v1/rule-mutations/{run.id}").json()["share"] == 1.0
    assert "Try the variants" not in text(public.get(f"{bench}?tab=mutations"))
    assert public.get(f"{bench}?tab=changes&against=draft-1").status_code == 404


def test_a_tool_is_scored_on_the_page_and_its_report_is_its_askers_alone(world: World) -> None:
    way = RuleWay(world, layer="group")
    way.until("consultation")
    bench, maker = f"/rules/{way.id}/workbench/", client_of(world.actor(world.alpha, Role.ENTERPRISE_EDITOR))
    assert "a draft may still change" in text(maker.get(f"{bench}?tab=tools"))
    assert maker.get(f"{bench}pack.json").status_code == 409
    way.onward("issued")
    assert "Whoever is signed in" in text(client_of(None).get(f"{bench}?tab=tools"))
    assert client_of(None).get(f"{bench}pack.json").status_code in (302, 401)
    pack = maker.get(f"{bench}pack.json").json()
    blank = maker.get(f"{bench}answers.json").json()
    assert blank["pack"] == pack["hash"]
    assert [one["id"] for one in blank["answers"]] == [one["id"] for one in pack["cases"]]

    def hand_in(body: Any) -> Any:
        file = SimpleUploadedFile("answers.json", body if isinstance(body, bytes) else json.dumps(body).encode())
        return maker.post(f"{bench}score/", {"file": file})

    assert hand_in(b"{").status_code == 422
    assert hand_in(blank).status_code == 422  # a tool without a name
    assert maker.post(f"{bench}score/", {}).status_code == 422
    filled = blank | {"tool": {"name": "Alpha Calculator", "version": "7"}}
    assert hand_in(filled | {"pack": "sha256:0"}).status_code == 422
    assert hand_in(filled).status_code == 302
    shown = text(maker.get(f"{bench}?tab=tools"))
    assert "Alpha Calculator 7" in shown
    assert "does not conform" in shown
    report_id = bench_queries.tool_reports(world.actor(world.alpha)).get().id
    report = maker.get(f"/rules/reports/{report_id}.json")
    said = conformity.verify(report.json(), published_keys(), settings.TANBIAO_BASE_URL)
    assert said["tool"] == {"name": "Alpha Calculator", "version": "7"}
    token: Any = api_token(world.actor(world.alpha))
    assert Client().get(f"/api/v1/rule-tool-reports/{report_id}", **token).json() == report.json()
    addresses = [f"/rules/reports/{report_id}.json", f"/api/v1/rule-tool-reports/{report_id}"]
    assert_unseen([client_of(world.actor(world.beta)), client_of(None)], addresses, ["Alpha Calculator"])
    assert "Alpha Calculator" not in text(client_of(way.drafter).get(f"{bench}?tab=tools"))
