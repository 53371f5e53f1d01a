"""Figures that are no certificates: published, told apart from certificates everywhere, shown field by field, ended."""

from __future__ import annotations

import gzip
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.commanding import Conflict, Invalid, NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import batch, declaring, open_data, statistics
from tanbiao.web.register.models import Declaration, Entry
from tanbiao.web.register.states import SYSTEM
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)


@pytest.fixture
def study(play: Play) -> UUID:
    return play.submit_study()


def sent(client: dict[str, str], method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    call = getattr(Client(), method)
    answer = call(f"/api/v1{path}", body, content_type="application/json", **client)
    return answer.status_code, answer.json()


@pytest.mark.requirement("SD-08b")
def test_a_company_publishes_its_own_figure_and_it_looks_like_no_certificate(play: Play, study: UUID) -> None:
    holder = client_of(play.manager)
    page = holder.get(f"/studies/{study}/").content.decode()
    assert "Publish as: Self-calculated" in page
    assert "Publish as: Verified" not in page
    assert holder.post(f"/declarations/of/{study}/", {"kind": "self_calculated"}).status_code == 302
    made = Declaration.objects.get()
    assert made.number.startswith(("SC-", "DEMO-SC-"))
    public = client_of(None).get(f"/p/{made.number}", follow=True).content.decode()
    assert "not a certificate" in public
    assert "Nobody else has checked it" in public
    assert "label_svg" not in public
    assert "data-verify" not in public
    assert "By stage of life" not in public
    found = client_of(None).get("/?kind=self_calculated").content.decode()
    assert 'class="panel card-entry kind-self_calculated"' in found
    assert "kind-certified" not in found
    assert "valid until" not in found
    assert made.number not in client_of(None).get("/?q=熟料&state=all").content.decode()
    assert batch.check(ANONYMOUS, [batch.Asked(made.number)])[0].remark == "unknown"
    assert client_of(None).get(f"/v/{made.number}").status_code == 404
    assert "企业自行计算" in client_of(None, "zh").get(f"/d/{made.number}").content.decode()
    row = open_data.row_of(Entry.objects.get().record, "sha256:x")
    assert (row["kind"], row["credential"], row["body_zh"], row["production"]) == ("self_calculated", "", "", "")


@pytest.mark.requirement("SD-08b")
def test_the_holder_decides_field_by_field_and_each_change_is_logged(play: Play, study: UUID, world: World) -> None:
    program = api_token(play.manager)
    status, made = sent(program, "post", "/declarations", {"study": str(study), "kind": "self_calculated"})
    assert (status, made["record"]["stages"], made["record"]["interval"]) == (201, None, None)
    number = made["number"]
    before = LogEntry.objects.filter(type="register_published").count()
    shown = sent(program, "put", f"/declarations/{number}/shown", {"shown": ["interval", "stages"]})[1]["record"]
    assert shown["interval"]["p2_5"] < float(shown["value"].replace(",", "")) * 1.5
    assert set(shown["stages"]) >= {"raw_materials", "manufacturing"}
    assert shown["not_published"] == ["kinds", "pact", "primary_share", "quality"]
    assert LogEntry.objects.filter(type="register_published").count() == before + 1
    page = client_of(None).get(f"/d/{number}").content.decode()
    assert "By stage of life" in page
    assert "Interval of 95 percent" in page
    listed = Client().get("/api/v1/register/entries?kind=self_calculated").json()["items"][0]["record"]
    assert listed == Entry.objects.get().record
    hidden = sent(program, "put", f"/declarations/{number}/shown", {"shown": []})[1]["record"]
    assert (hidden["stages"], hidden["interval"]) == (None, None)
    assert "By stage of life" not in client_of(None).get(f"/d/{number}").content.decode()
    assert sent(program, "put", f"/declarations/{number}/shown", {"shown": ["recipe"]})[0] == 422
    other = api_token(world.actor(world.beta))
    assert sent(other, "put", f"/declarations/{number}/shown", {"shown": []})[0] == 404
    assert sent(other, "post", "/declarations", {"study": str(study), "kind": "self_calculated"})[0] == 404
    assert statistics.covered(ANONYMOUS) == []
    assert "nothing is known" in client_of(None).get("/statistics/?kind=self_calculated").content.decode()
    stated = {"amount": "2,000,000", "year": clock.today().year - 1}
    assert sent(program, "put", f"/register/entries/{number}/production", stated)[1]["amount"] == "2000000"
    (covered,) = statistics.covered(ANONYMOUS)
    assert listed["unit"].startswith("kg CO2e/")
    tonnes = Decimal(listed["value"]) / 1000 * 2_000_000
    assert (covered.kind, covered.entries, covered.tonnes) == ("self_calculated", 1, tonnes)
    assert Client().get("/api/v1/register/emissions-covered").json()[0]["in_force"] == 1
    for bad in ("-1", "many", "NaN", "1e99"):
        assert sent(program, "put", f"/register/entries/{number}/production", {**stated, "amount": bad})[0] == 422
    assert sent(other, "put", f"/register/entries/{number}/production", stated)[0] == 404
    sent(program, "put", f"/register/entries/{number}/production", {**stated, "amount": ""})
    assert statistics.covered(ANONYMOUS) == []


def test_a_newer_figure_takes_over_and_an_old_one_ends(
    play: Play, study: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = declaring.declare(play.manager, study_id=study, kind="self_calculated")
    second = declaring.declare(play.manager, study_id=study, kind="self_calculated")
    first.refresh_from_db()
    assert (first.state, first.succeeded_by) == ("changed", second.number)
    assert second.number in client_of(None).get(f"/d/{first.number}").content.decode()
    with pytest.raises(Conflict):
        declaring.withdraw(play.manager, number=first.number, reason="error_found")
    with pytest.raises(Invalid):
        declaring.withdraw(play.manager, number=second.number, reason="no reason")
    with pytest.raises(NotFound):
        declaring.withdraw(play.decider, number=second.number, reason="opinion_withdrawn")
    assert declaring.expire_due(SYSTEM) == 0
    later = clock.today() + timedelta(days=declaring.VALID_DAYS + 1)
    monkeypatch.setattr(clock, "today", lambda: later)
    assert declaring.expire_due(SYSTEM) == 1
    assert Entry.objects.get(number=second.number).state == "expired"


def test_a_verified_figure_needs_a_released_statement_and_its_body_may_take_it_back(play: Play) -> None:
    case = play.until("granted")
    assert play.study_id is not None
    with pytest.raises(NotFound, match="statement"):
        declaring.declare(play.manager, study_id=play.study_id, kind="verified")
    paper = cases.draft_paper(play.handler, case_id=case.id, kind="verification_statement", remarks="")
    cases.sign_paper(play.verifier, paper_id=paper.id, content=paper.content)
    assert play.decider.person_id is not None
    cases.name_signatory(play.handler, person_id=play.decider.person_id)
    cases.release_paper(play.decider, paper_id=paper.id, content=paper.content)
    made = declaring.declare(play.manager, study_id=play.study_id, kind="verified", shown=("stages",))
    record = Entry.objects.get(number=made.number).record
    assert (record["statement"]["paper"], record["body"]["zh"]) == (paper.content, play.world.body.name_zh)
    public = client_of(None).get(f"/d/{made.number}").content.decode()
    assert "A statement of opinion, not a certificate" in public
    assert "kind-verified" in client_of(None).get("/?kind=verified").content.decode()
    declaring.withdraw(play.decider, number=made.number, reason="opinion_withdrawn")
    assert "The opinion was withdrawn" in client_of(None).get(f"/d/{made.number}").content.decode()
    ledger.settle()
    dump = open_data.build()
    lines = gzip.decompress(open_data.file_of(ANONYMOUS, dump.day.isoformat(), "register.jsonl.gz")[0].read_bytes())
    assert b'"kind":"verified"' in lines
    assert client_of(play.who(Role.VERIFIER)).get("/declarations/").status_code == 403
