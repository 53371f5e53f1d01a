"""A rule's clauses beside international documents, and what a change of a foreign rule asks of its keepers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.catalogue.framework import load_framework
from tanbiao.core.catalogue.rule_alignment import load_alignments, packaged, rows
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import list_rules, load_rule
from tanbiao.formats import alignment_table
from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.rulebook import alignment_queries, commands, watch_queries
from tanbiao.web.rulebook.models import ForeignChange, ForeignChangeTask, RuleAlignment, RuleEntry, RuleNotice
from web.rulebook.ruling import RuleWay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
HEAD = "clause,document,degree,at,read,source,reason_zh,reason_en\n"
LINES = (
    HEAD
    + "1,iso-14067-2018,modified,6.2,cited,as others cite it,更窄,narrower\n"
    + "4,eu-2025-2547,无,,,,没有对应,no counterpart\n"
)
CHANGE: dict[str, Any] = {
    "item": "eu-cbam",
    "kind": "amended",
    "title_zh": "演示修订",
    "title_en": "DEMO amendment",
    "text": "Invented for this test.",
    "source": "DEMO journal, no. 1",
}


def refused(run: Any, *args: Any, **values: Any) -> list[tuple[str, str]]:
    with pytest.raises(TanbiaoError) as caught:
        run(*args, **values)
    return [(item.code, item.where) for item in caught.value.findings]


def align(actor: Actor, entry: RuleEntry, text: str = LINES) -> RuleAlignment:
    made: RuleAlignment = commands.align(actor, entry_id=entry.id, filename="a.csv", data=text.encode())
    return made


def report(world: World, **changes: Any) -> ForeignChange:
    values = CHANGE | {"published": clock.today()} | changes
    found: ForeignChange = commands.report_change(world.actor(world.operator, Role.OPERATOR), **values)
    return found


@pytest.mark.requirement("SH-05b")
def test_every_packaged_rule_with_clauses_says_of_each_what_it_is_aligned_to() -> None:
    """Each number says how it was read; clause by clause means none is left out, but what was not compared is said."""
    framework = load_framework()
    for rule in list_rules():
        lines = packaged(rule)
        assert bool(lines) is bool(rule.sections)
        for line in lines:
            assert line.document in framework.by_id
            assert line.degree == "none" or (line.at and line.source and line.read)
        open_clauses = [one.section for one in rows(rule, lines) if not one.lines]
        assert set(open_clauses) <= {"scenarios", "terms"}, rule.reference
    battery = packaged(load_rule("traction-battery@2.0.0"))
    boundary = next(line for line in battery if line.document == "eu-2023-1542" and line.clause == "4")
    assert (boundary.at, boundary.degree) == ("annex II 4", "equal")
    # A document whose text was not read itself never says otherwise.
    assert {line.read for line in battery if line.document in ("iso-14067-2018", "pact-3") and line.at} == {"cited"}
    gwp = {rule.gwp for rule in list_rules() if rule.sections}
    said = next(line for line in load_alignments().common if line.document == "pact-3" and line.topic == "gwp")
    assert (gwp, said.degree) == ({"AR6"}, "equal")


@pytest.mark.requirement("SH-05b")
def test_the_keeper_brings_a_record_and_everybody_reads_it(world: World) -> None:
    way = RuleWay(world)
    way.until("issued")
    place, visitor = f"/rules/{way.id}/alignment/", client_of(None, "zh-Hans")
    assert "尚无人对照这份规则" in visitor.get(place).content.decode()
    drafter = client_of(way.drafter, "en")
    wrong = drafter.post(place, {"file": SimpleUploadedFile("a.csv", LINES.replace("4,eu", "44,eu").encode())})
    assert wrong.status_code == 422
    assert "The rule has no clause 44" in wrong.content.decode()
    assert drafter.post(place, {"file": SimpleUploadedFile("a.csv", LINES.encode())}).status_code == 302
    shown = visitor.get(place).content.decode()
    assert "更窄" in shown
    assert "没有对应" in shown
    assert "转引" in shown
    assert "个条款尚未对照" in shown
    token: dict[str, Any] = dict(api_token(way.drafter))
    told = visitor.get(f"/api/v1/rulebook/{way.id}/alignment").json()
    assert (told["number"], told["lines"][0]["degree"], told["lines"][1]["at"]) == (1, "modified", None)
    assert "1" not in told["open"]
    # The table that is handed out is the one that is taken: brought again it is the same record.
    file = visitor.get(f"/rules/{way.id}/alignment.csv").content
    again = drafter.post(f"/api/v1/rulebook/{way.id}/alignment", {"file": SimpleUploadedFile("b.csv", file)}, **token)
    assert (again.status_code, again.json()["findings"][0]["code"]) == (409, "alignment_same")
    assert client_of(world.actor(world.beta)).post(place, {}).status_code == 403
    other = RuleWay(world, rule_id="other-block", categories=("other-block",), owner=world.body, layer="group")
    assert refused(align, other.drafter, way.entry)[0][0] == "not_allowed"
    assert way.entry.history.order_by("-index")[0].event == "align"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1,iso-14076,equal,6.2,cited,x,a,b", ("alignment_document_unknown", "a.csv:2")),
        ("1,gbt-24067-2024,equal,6.2,cited,x,a,b", ("alignment_document_national", "a.csv:2")),
        ("1,iso-14067-2018,same,6.2,cited,x,a,b", ("alignment_degree_unknown", "a.csv:2:degree")),
        ("1,iso-14067-2018,equal,6.2,heard,x,a,b", ("alignment_read_unknown", "a.csv:2:read")),
        ("1,iso-14067-2018,equal,6.2,,,a,b", ("alignment_not_cited", "a.csv:2:read")),
        ("1,iso-14067-2018,none,6.2,,,a,b", ("alignment_cited_none", "a.csv:2:at")),
        ("1,iso-14067-2018,none,,,,a,", ("alignment_cell_missing", "a.csv:2:reason_en")),
        ("条一,iso-14067-2018,none,,,,a,b", ("alignment_clause_unknown", "a.csv:2:clause")),
        (f"1,iso-14067-2018,none,,,,{'长' * 1001},b", ("list_cell_long", "a.csv:2:reason_zh")),
        ("1,iso-14067-2018,none,,,,a,b\n1,iso-14067-2018,none,,,,c,d", ("alignment_twice", "a.csv:3")),
    ],
)
def test_a_line_that_is_wrong_is_named_at_its_column(line: str, told: tuple[str, str]) -> None:
    rule = load_rule("grain@1.0.0")
    run = alignment_table.read
    assert refused(run, (HEAD + line + "\n").encode(), "a.csv", rule, load_framework()) == [told]


@pytest.mark.requirement("NAT-08a")
def test_a_foreign_change_is_put_to_the_keepers_of_the_rules_that_it_touches(world: World) -> None:
    aligned = RuleWay(world)
    aligned.until("issued")
    align(aligned.drafter, aligned.entry)
    covers = RuleWay(world, rule_id="our-cement", categories=("cement",), layer="group")
    covers.until("consultation")
    apart = RuleWay(world, rule_id="our-toy", categories=("toy",), owner=world.body, layer="group")
    apart.until("drafting")
    found = report(world)
    tasks = {task.entry.rule_id: task for task in found.tasks.all()}
    assert set(tasks) == {"fired-block", "our-cement"}
    assert (tasks["fired-block"].clauses, tasks["our-cement"].categories) == (["4"], ["cement"])
    assert RuleNotice.objects.filter(
        entry=aligned.entry, event="foreign_change", person=aligned.drafter.person
    ).exists()
    lines = [line for line in waiting.queue(aligned.drafter) if line.kind == "foreign_change"]
    assert [(line.name, line.due) for line in lines] == [("fired-block@1.0.0", found.due)]
    assert refused(report, world) == [("foreign_change_same", "text")]
    assert report(world, text="Other words.", kind="effect").number == 2

    def answer(task: ForeignChangeTask, actor: Actor, how: str, text: str = "looked through") -> ForeignChangeTask:
        done: ForeignChangeTask = commands.answer_change(actor, task_id=task.id, answer=how, text=text)
        return done

    task = tasks["fired-block"]
    assert refused(answer, task, covers.drafter, "unaffected") == [("not_allowed", "")]
    assert refused(answer, task, aligned.drafter, "perhaps") == [("foreign_answer_unknown", "answer")]
    assert refused(answer, task, aligned.drafter, "unaffected", " ") == [("foreign_answer_reason", "text")]
    assert refused(answer, task, aligned.drafter, "realigned") == [("foreign_not_realigned", "answer")]
    assert refused(answer, task, aligned.drafter, "revised") == [("foreign_not_revised", "answer")]
    with clock.at(clock.now() + timedelta(days=1)):
        align(aligned.drafter, aligned.entry, LINES.replace("narrower", "still narrower"))
        assert answer(task, aligned.drafter, "realigned").answer == "realigned"
    assert refused(answer, task, aligned.drafter, "unaffected") == [("foreign_answered", "answer")]
    assert aligned.entry.history.order_by("-index")[0].details["answer"] == "realigned"
    assert answer(tasks["our-cement"], covers.drafter, "revised").answer == "revised"
    assert not watch_queries.waiting(aligned.drafter).filter(change=found).exists()


@pytest.mark.requirement("NAT-08a")
def test_the_product_s_own_rules_are_the_operators_to_answer(world: World) -> None:
    commands.enrol_packaged(SYSTEM)
    found = report(world, item="eu-battery")
    rules = {task.entry.reference for task in found.tasks.select_related("entry")}
    assert "traction-battery@2.0.0" in rules
    assert "beer@1.0.0" not in rules
    operator = world.actor(world.operator, Role.OPERATOR)
    assert watch_queries.waiting(operator).count() == len(rules)
    battery = RuleEntry.objects.get(rule_id="traction-battery", version="2.0.0")
    assert alignment_queries.lines_of(battery) == packaged(load_rule("traction-battery@2.0.0"))


@pytest.mark.requirement("NAT-08a")
def test_pages_and_api_report_show_and_answer_a_change(world: World) -> None:
    way = RuleWay(world)
    way.until("issued")
    align(way.drafter, way.entry)
    operator = client_of(world.actor(world.operator, Role.OPERATOR), "en")
    today = clock.today()
    said = CHANGE | {"published": today.isoformat()}
    late = (today + timedelta(days=1)).isoformat()
    assert "after today" in operator.post("/rules/foreign-changes/", said | {"published": late}).content.decode()
    assert operator.post("/rules/foreign-changes/", said | {"text": ""}).status_code == 422
    made = operator.post("/rules/foreign-changes/", said)
    assert made.status_code == 302
    place, visitor = made.headers["Location"], client_of(None, "zh-Hans")
    shown = visitor.get(place).content.decode()
    assert "演示修订" in shown
    assert "尚未答复" in shown
    assert "以这些规则为依据的研究与证书" in shown
    assert "已报告 1 次变化" in visitor.get("/catalogue/watch/").content.decode()
    assert "演示修订" in visitor.get("/rules/foreign-changes/?item=eu-cbam").content.decode()
    assert "演示修订" not in visitor.get("/rules/foreign-changes/?item=gb-cbam").content.decode()
    drafter, task = client_of(way.drafter, "en"), ForeignChangeTask.objects.get()
    answer = {"task_id": task.id, "answer": "revised", "text": "it is looked at"}
    early = drafter.post(place, answer)
    assert early.status_code == 409
    assert "Begin the revision first" in early.content.decode()
    assert drafter.post(place, answer | {"answer": "unaffected"}).status_code == 302
    assert "it is looked at" in visitor.get(place).content.decode()

    listed = visitor.get("/api/v1/foreign-changes").json()["items"][0]
    assert listed["rules"][0]["answer"] == "unaffected"
    rests = visitor.get(f"/api/v1/foreign-changes/{listed['id']}/impact").json()
    assert rests == [{"rule": "fired-block@1.0.0", "studies": 0, "certificates": 0, "numbers": []}]
    token: dict[str, Any] = dict(api_token(world.actor(world.authority, Role.AUTHORITY_OFFICER)))
    body = CHANGE | {"published": today.isoformat(), "text": "Again.", "item": "nowhere"}
    sent = {"content_type": "application/json", **token}
    assert visitor.post("/api/v1/foreign-changes", body, **sent).status_code == 404
    again = visitor.post("/api/v1/foreign-changes", body | {"item": "eu-cbam"}, **sent)
    assert again.status_code == 201
    drafted: dict[str, Any] = {"content_type": "application/json", **api_token(way.drafter)}
    asked = again.json()["rules"][0]
    said = {"entry": asked["entry"], "answer": "unaffected", "text": "as before"}
    answers = f"/api/v1/foreign-changes/{again.json()['id']}/answers"
    done = visitor.post(answers, said, **drafted)
    assert (done.status_code, done.json()["answer"]) == (201, "unaffected")
    assert visitor.get("/api/v1/foreign-changes/00000000-0000-0000-0000-000000000000").status_code == 404
