"""What waits for whom along a case and a certificate's life, the numbers in the menu, the calendar and its feed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from factories import World, api_token, client_of, make_actor, make_organisation
from tanbiao.web import clock, waiting
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import Actor, actor_for
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.bodies import commands as bodies
from tanbiao.web.certification import commands as cases
from tanbiao.web.desks import commands, queries
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import commands as life
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.models import Surveillance
from tanbiao.web.uploads import Upload
from web.certification.playing import Play
from web.surveillance.living import Life, noon

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 4, tzinfo=UTC)
TURNS = (
    # state of the case → the one role of each side whose act it waits for
    ("applied", {"handler"}),
    ("accepted", {"manager", "handler"}),
    ("contracted", {"handler"}),
    ("planned", {"verifier"}),
    ("doc_review", {"verifier"}),
    ("on_site", {"verifier"}),
    ("footprint_verification", {"verifier"}),
    ("technical_review", {"reviewer"}),
    ("decision", {"decider"}),
    ("granted", set()),
)
PEOPLE = ("manager", "handler", "verifier", "reviewer", "decider")


def names(actor: Actor, kind: str = "") -> list[str]:
    return [line.name for line in queries.queue(actor).lines if line.kind.startswith(kind)]


@pytest.mark.requirement("JS-25e")
def test_a_case_stands_in_the_queue_of_whose_turn_it_is_and_of_nobody_else(world: World) -> None:
    play = Play(world)
    stranger = make_actor(world.body, Role.VERIFIER)
    other = world.actor(world.other_body, Role.CASE_MANAGER)
    steps = dict(Play.STEPS)
    with clock.at(START):
        for state, turns in TURNS:
            getattr(play, steps[state])()
            assert play.case.state == state
            waits = {name for name in PEOPLE if play.case.number in names(getattr(play, name), "case")}
            assert waits == turns, state
            assert names(stranger, "case") == names(other) == []


def test_a_question_to_the_applicant_moves_the_case_from_one_queue_to_the_other(world: World) -> None:
    play = Play(world)
    with clock.at(START):
        play.apply()
        cases.ask_applicant(play.handler, case_id=play.case.id, text="请补充")
        assert names(play.handler, "case") == []
        (line,) = queries.queue(play.manager).lines
    assert (line.name, line.days_left is not None) == (play.case.number, True)
    with clock.at(START + timedelta(days=400)):
        assert line.band == "overdue"


def test_who_reviewed_is_not_asked_to_decide(world: World) -> None:
    play = Play(world)
    person = play.reviewer.person
    assert person is not None
    accounts.grant_role(SYSTEM, organisation_id=world.body.id, person_id=person.id, role=Role.DECIDER)
    with clock.at(START):
        case = play.until("decision")
        assert case.number not in names(actor_for(person, world.body), "case")
        assert case.number in names(play.decider, "case")


@pytest.fixture
def living(world: World) -> Life:
    return Life(world)


def test_the_menu_counts_what_the_queue_lists_and_a_late_surveillance_says_so_in_words(living: Life) -> None:
    survey = Surveillance.objects.get(number=living.number)
    with clock.at(noon(survey.due + timedelta(days=2))):
        life.run_day(SYSTEM)
        for actor in (living.surveyor, living.office, living.holder, living.decider):
            assert sum(waiting.counts(actor).values()) == len(waiting.queue(actor)), actor.roles
        first = queries.queue(living.surveyor).lines[0]
        assert (first.name, first.band, first.days_left) == (living.number, "overdue", -2)
        client = client_of(living.surveyor, "zh")
        text = client.get("/desk/queue/").content.decode()
        assert "超期 2 天" in text
        assert re.search(r'class="count">\s*1<', text)
        assert living.number in client.get("/desk/").content.decode()
        # The filter: of a band, of a kind, of a text; and the API says the same.
        assert living.number not in client.get("/desk/queue/?band=later").content.decode()
        assert living.number in client.get(f"/desk/queue/?q={living.number[-6:]}&kind=surveillance").content.decode()
        answer = client_of(None).get("/api/v1/desk/queue?band=overdue", **api_token(living.surveyor)).json()
        assert [(one["name"], one["days_left"]) for one in answer["items"]] == [(living.number, -2)]


def test_the_calendar_has_the_terms_of_a_certificate_and_the_feed_of_its_owner_alone(living: Life) -> None:
    certificate = Certificate.objects.get(number=living.number)
    survey = Surveillance.objects.get(number=living.number)
    client = client_of(living.holder)
    month = client.get(f"/desk/calendar/?month={certificate.valid_until:%Y-%m}").content.decode()
    assert "The certificate expires" in month
    assert "Surveillance is to be concluded" in client.get("/desk/calendar/?view=list").content.decode()
    page = client.post("/desk/calendar/feeds/").content.decode()
    address = re.search(r"http://testserver(/calendar/tbc_[\w-]+\.ics)", page)
    assert address is not None
    text = client_of(None).get(address[1]).content.decode()
    unfolded = text.replace("\r\n ", "")
    assert f"DTSTART;VALUE=DATE:{certificate.valid_until:%Y%m%d}" in unfolded
    assert f"DTSTART;VALUE=DATE:{survey.due:%Y%m%d}" in unfolded
    assert living.number in unfolded
    # Neither the product nor a party is told to whoever keeps the address.
    assert not [one for one in ("水泥", world_name(living), "演示认证中心") if one in unfolded]
    stranger = client_of(living.world.actor(living.world.beta))
    assert living.number not in stranger.get("/desk/calendar/?view=list").content.decode()
    # A made-up secret, an ended feed, and a person who has left find nothing.
    assert client_of(None).get("/calendar/tbc_nothing.ics").status_code == 404
    (feed,) = queries.feeds(living.holder)
    commands.end_feed(living.holder, feed_id=feed.id)
    assert client_of(None).get(address[1]).status_code == 404
    member = make_actor(living.world.alpha, Role.ENTERPRISE_EDITOR)
    _feed, secret = commands.make_feed(member)
    assert client_of(None).get(f"/calendar/{secret}.ics").status_code == 200
    assert member.person is not None
    accounts.revoke_role(
        living.holder,
        organisation_id=living.world.alpha.id,
        person_id=member.person.id,
        role=Role.ENTERPRISE_EDITOR,
    )
    assert client_of(None).get(f"/calendar/{secret}.ics").status_code == 404


def world_name(living: Life) -> str:
    return str(living.world.alpha.name_zh)


def test_an_authority_reads_its_own_jurisdiction_and_changes_nothing(living: Life) -> None:
    survey = Surveillance.objects.get(number=living.number)
    elsewhere = make_actor(make_organisation(Kind.AUTHORITY, "演示外地部门", "CN-SD"), Role.AUTHORITY_OFFICER)
    whole = make_actor(make_organisation(Kind.AUTHORITY, "演示国家部门", "CN"), Role.AUTHORITY_OFFICER)
    here = living.world.actor(living.world.authority)
    with clock.at(noon(survey.due + timedelta(days=1))):
        life.run_day(SYSTEM)
        for actor in (here, whole):
            found = queries.oversight(actor)
            (body,) = (one for one in found.bodies if one.organisation == living.world.body)
            (holder,) = found.holders
            assert (body.valid, body.late_surveillances, body.work_open) == (1, 1, 1)
            assert (holder.organisation, holder.valid) == (living.world.alpha, 1)
        assert queries.oversight(elsewhere).holders == ()
        text = client_of(here).get("/desk/authority/").content.decode()
    main = text[text.index("<main") : text.index("</main>")]
    assert "演示认证中心" in main or living.world.body.name_en in main
    assert "<form" not in main
    assert client_of(living.holder).get("/desk/authority/").status_code == 403
    answer = client_of(None).get("/api/v1/desk/oversight", **api_token(elsewhere)).json()
    assert (answer["jurisdiction"], answer["holders"]) == ("CN-SD", [])


def test_a_bodys_papers_wait_for_the_operator_and_their_ends_stand_in_its_calendar(world: World) -> None:
    office, operator = world.actor(world.body, Role.CASE_MANAGER), world.actor(world.operator)
    day = clock.today()
    brought = bodies.bring_qualification(
        office,
        kind="accreditation",
        number="DEMO-QUEUE-1",
        issuer="演示认可机构",
        fields="产品",
        scopes=["*"],
        valid_from=day,
        valid_until=day + timedelta(days=40),
        paper=Upload("a.txt", "text/plain", "演示 DEMO".encode()),
    )
    assert "DEMO-QUEUE-1" in names(operator, "qualification")
    bodies.judge_qualification(operator, qualification_id=brought.id, confirms=True, text="一致")
    assert "DEMO-QUEUE-1" not in names(operator, "qualification")
    seen = {who: queries.terms(who, day, day + timedelta(days=60)) for who in (office, operator)}
    (term,) = (one for one in seen[office] if one.name == "DEMO-QUEUE-1")
    assert (term.day, term.kind) == (day + timedelta(days=40), f"paper_{brought.id}")
    assert [one for one in seen[operator] if one.name == "DEMO-QUEUE-1"] == []


def test_a_span_that_is_reversed_or_endless_is_refused(world: World) -> None:
    token = api_token(world.actor(world.alpha))
    for query in ("first=2026-02-01&last=2026-01-01", "first=2026-01-01&last=2036-01-01"):
        answer = client_of(None).get(f"/api/v1/desk/calendar?{query}", **token)
        assert (answer.status_code, answer.json()["code"]) == (422, "calendar_span")
    assert client_of(None).get("/api/v1/desk/calendar?first=9999-12-20", **token).json() == []
