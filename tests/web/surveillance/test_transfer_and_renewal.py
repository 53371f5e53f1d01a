"""A certificate goes to another body, is renewed, changed by a case, or runs out of its term of correction."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from factories import World, client_of, make_actor, make_competent
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import actor_for
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.models import Competence, Qualification
from tanbiao.web.commanding import Conflict, NotAllowed, NotFound
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import commands as register
from tanbiao.web.register import consenting, verifying
from tanbiao.web.register import queries as register_queries
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import commands, queries
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.models import Grievance, Surveillance, Transfer, WorkItem
from web.certification.playing import Play
from web.surveillance.living import Life, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


def asked(life: Life) -> Transfer:
    return commands.request_transfer(life.holder, number=life.number, body_id=life.world.other_body.id, text="演示")


def transferred(life: Life) -> Transfer:
    world, row = life.world, asked(life)
    row = commands.release(life.office, transfer_id=row.id, builds_on=row.head, open_points="无")
    reviewer = world.actor(world.other_body, Role.REVIEWER)
    row, data = commands.read_file(reviewer, transfer_id=row.id)
    assert data.startswith(b"PK")
    row = commands.review(reviewer, transfer_id=row.id, builds_on=row.head, text="档案完整")
    decider = world.actor(world.other_body, Role.DECIDER)
    row = commands.accept(decider, transfer_id=row.id, builds_on=row.head, qualified=True)
    life.carry()
    return Transfer.objects.get(id=row.id)


def test_a_second_body_takes_a_certificate_over_and_the_first_ones_duties_end(life: Life) -> None:
    old = life.now
    row = transferred(life)
    new = life.now
    assert (row.state, new.version, new.state) == ("done", old.version + 1, "valid")
    assert (new.body_id, new.owner_id) == (life.world.other_body.id, life.world.alpha.id)
    assert (new.claims["value"], new.valid_until) == (old.claims["value"], old.valid_until)
    old.refresh_from_db()
    assert (old.state, old.is_newest, old.history.get().event) == ("changed", False, "transfer")
    assert verifying.check(register_queries.credential(life.holder, life.number)).verdict == "valid"
    assert Surveillance.objects.get(number=life.number, state="planned").body_id == life.world.other_body.id
    with pytest.raises(NotAllowed):
        register.suspend(life.decider, number=life.number, builds_on=new.head, reason="mark_misuse")
    other = life.world.actor(life.world.other_body, Role.DECIDER)
    register.suspend(other, number=life.number, builds_on=new.head, reason="mark_misuse")
    assert LogEntry.objects.filter(type="certificate_changed", subject=str(new.id)).count() == 1
    assert LogEntry.objects.filter(type="transfer_event", subject=str(row.id)).count() >= 6


def test_where_the_scheme_gives_a_new_number_the_old_page_leads_to_it(life: Life) -> None:
    Certificate.objects.filter(number=life.number).update(terms={**life.now.terms, "transfer_number": "new"})
    row = transferred(life)
    old, new = life.now, Certificate.objects.get(number=row.new_number)
    assert new.number != old.number
    assert (old.state, old.succeeded_by, new.state) == ("changed", new.number, "valid")
    assert new.number in client_of(None).get(f"/p/{old.number}").content.decode()
    assert new.claims["replaces"] == f"{old.number} v1"


def test_a_transfer_needs_another_body_a_valid_certificate_the_file_and_two_persons(life: Life) -> None:
    world = life.world
    with pytest.raises(Conflict) as caught:
        commands.request_transfer(life.holder, number=life.number, body_id=world.body.id)
    assert caught.value.code == "transfer_to_same_body"
    commands.complain(world.actor(world.beta), number=life.number, text="未结的投诉")
    with pytest.raises(Conflict) as caught:
        asked(life)
    assert caught.value.code == "transfer_in_the_way"
    Grievance.objects.update(state="rejected")
    row = asked(life)
    with pytest.raises(Conflict) as caught:
        asked(life)
    assert caught.value.code == "transfer_running"
    reviewer = world.actor(world.other_body, Role.REVIEWER)
    with pytest.raises(Conflict) as caught:
        commands.read_file(reviewer, transfer_id=row.id)
    assert caught.value.code == "transfer_file_closed"
    row = commands.release(life.office, transfer_id=row.id, builds_on=row.head)
    with pytest.raises(Conflict) as caught:
        commands.review(reviewer, transfer_id=row.id, builds_on=row.head, text="未读")
    assert caught.value.code == "transfer_file_unread"
    commands.read_file(reviewer, transfer_id=row.id)
    with pytest.raises(NotFound):  # the body that hands over can't open it as the receiving one
        commands.read_file(world.actor(world.body, Role.REVIEWER), transfer_id=row.id)
    row = Transfer.objects.get(id=row.id)
    row = commands.review(reviewer, transfer_id=row.id, builds_on=row.head, text="已读")
    decider = world.actor(world.other_body, Role.DECIDER)
    with pytest.raises(Conflict) as caught:
        commands.accept(decider, transfer_id=row.id, builds_on=row.head, qualified=False)
    assert caught.value.code == "receiver_not_qualified"
    Qualification.objects.filter(body=world.other_body, kind="accreditation").update(valid_until=date(2020, 1, 1))
    with pytest.raises(Conflict) as caught:
        commands.accept(decider, transfer_id=row.id, builds_on=row.head, qualified=True)
    assert "body_accreditation_expired" in {item.code for item in caught.value.findings}
    assert not queries.transfers(world.actor(world.beta)).exists()


def test_a_transfer_is_reviewed_and_accepted_by_who_had_no_part_before(life: Life) -> None:
    world, row = life.world, asked(life)
    row = commands.release(life.office, transfer_id=row.id, builds_on=row.head, open_points="无")
    other = world.other_body
    # A verifier of the case has changed to the receiving body; another there once belonged to the holder.
    mover = life.play.verifier.person
    assert mover is not None
    mover.memberships.filter(organisation=world.body).update(ended_at=clock.now())
    accounts.grant_role(SYSTEM, organisation_id=other.id, person_id=mover.id, role=Role.REVIEWER)
    make_competent(other, mover, Role.REVIEWER)
    changed = actor_for(mover, other)
    commands.read_file(changed, transfer_id=row.id)
    row = Transfer.objects.get(id=row.id)
    said = {"transfer_id": row.id, "text": "档案完整"}
    refused("dealt_with_case", lambda: commands.review(changed, builds_on=row.head, **said))
    reviewer = world.actor(other, Role.REVIEWER)
    assert reviewer.person is not None
    commands.read_file(reviewer, transfer_id=row.id)
    Competence.objects.filter(person=reviewer.person).update(valid_until=date(2020, 1, 1))
    row = Transfer.objects.get(id=row.id)
    refused("competence_expired", lambda: commands.review(reviewer, builds_on=row.head, **said))
    Competence.objects.filter(person=reviewer.person).update(valid_until=date(2099, 1, 1))
    row = commands.review(reviewer, builds_on=row.head, **said)
    decider = world.actor(other, Role.DECIDER)
    assert decider.person is not None
    seen = {"transfer_id": row.id, "builds_on": row.head, "qualified": True}
    accounts.grant_role(
        SYSTEM, organisation_id=world.alpha.id, person_id=decider.person.id, role=Role.ENTERPRISE_EDITOR
    )
    refused("belonged_to_holder", lambda: commands.accept(decider, **seen))
    fresh = make_actor(other, Role.DECIDER)
    adviser = make_actor(other, Role.FACTOR_REVIEWER).person
    assert adviser is not None
    accounts.grant_role(SYSTEM, organisation_id=world.alpha.id, person_id=adviser.id, role=Role.ADVISER)
    refused("service_on_record", lambda: commands.accept(fresh, **seen))
    adviser.memberships.filter(organisation=world.alpha).delete()
    commands.accept(fresh, **seen)


def refused(code: str, run: Any) -> None:
    with pytest.raises(Conflict) as caught:
        run()
    assert [item.code for item in caught.value.findings] == [code]


def test_a_body_that_keeps_the_file_back_does_not_stop_a_transfer(life: Life) -> None:
    row = asked(life)
    assert commands.run_day(SYSTEM).released == 0
    with clock.at(clock.now() + timedelta(days=17)):  # transfer_release_days is 15
        assert commands.run_day(SYSTEM).released == 1
    assert Transfer.objects.get(id=row.id).state == "released"


def test_a_suspension_ends_a_transfer(life: Life) -> None:
    row = asked(life)
    life.suspend()
    assert Transfer.objects.get(id=row.id).state == "lapsed"


def test_an_uncorrected_suspension_is_withdrawn_by_the_clock_after_its_own_term(life: Life) -> None:
    with pytest.raises(Conflict) as caught:
        life.suspend(term_days=181)
    assert caught.value.code == "suspension_term_not_allowed"
    now = life.suspend(term_days=30)
    last = now.suspended_until
    assert last == clock.today() + timedelta(days=30)
    with clock.at(noon(last)):
        assert commands.run_day(SYSTEM).lapsed == 0
        assert life.now.state == "suspended"
    with clock.at(noon(last + timedelta(days=2))):
        with pytest.raises(Conflict) as caught:
            register.restore(life.decider, number=life.number, builds_on=life.now.head, text="迟了")
        assert caught.value.code == "suspension_term_over"
        assert commands.run_day(SYSTEM).lapsed == 1
    now = life.now
    assert (now.state, now.reason) == ("withdrawn", "not_corrected_in_term")


def renewal_due(life: Life) -> Any:
    return noon(life.now.valid_until - timedelta(days=180))


def second_case(life: Life, kind: str, **changes: Any) -> Play:
    play = Play(life.world)
    play.apply(kind=kind, replaces=life.number, **changes)
    return play


def grant(play: Play) -> None:
    """Carry an applied case to its grant."""
    for _, step in Play.STEPS[1:]:
        getattr(play, step)()


def test_a_renewal_is_reminded_of_decided_before_the_end_and_succeeds(life: Life) -> None:
    with clock.at(renewal_due(life) - timedelta(days=1)):
        assert commands.run_day(SYSTEM).renewals == 0
    with clock.at(renewal_due(life)):
        assert commands.run_day(SYSTEM).renewals == 1
        commands.run_day(SYSTEM)
        assert WorkItem.objects.get(kind="renewal").due == life.now.valid_until
        play = second_case(life, "recertification")
        grant(play)
        life.carry()
        old, new = life.now, Certificate.objects.get(issue__case=play.case_id)
        assert (old.state, old.succeeded_by, new.state) == ("succeeded", new.number, "valid")
        assert new.claims["replaces"] == old.number
        assert WorkItem.objects.get(kind="renewal").resolution == "renewed"
        assert (old.study.state, new.study.state) == ("superseded", "published")
        token = register_queries.credential(life.holder, old.number)
        assert verifying.check_certificate(old, token).verdict == "valid_but"
        assert new.number in client_of(None).get(f"/p/{old.number}").content.decode()


def test_what_the_holder_lets_the_public_see_goes_with_the_same_figure(life: Life) -> None:
    register.consent(life.holder, number=life.number, fields=("sites", "quality"))
    assert consenting.consented(life.now) == {"sites", "quality"}
    shown = life.now.shown
    site = life.now.claims["sites"][0]["name_zh"]

    renamed = life.rename()
    assert renamed.version == 2
    assert renamed.shown == shown
    assert site in client_of(None).get(f"/p/{life.number}").content.decode()

    Certificate.objects.filter(number=life.number).update(terms={**life.now.terms, "transfer_number": "new"})
    moved = Certificate.objects.get(number=transferred(life).new_number)
    assert consenting.consented(moved) == {"sites", "quality"}

    register.consent(life.holder, number=moved.number, fields=())
    assert consenting.consented(Certificate.objects.get(id=moved.id)) == frozenset()


class Anew(Play):
    """A case over a study with another text, and so another package."""

    def study_file(self) -> bytes:
        return super().study_file().replace("检验平台的全过程".encode(), "重新检验平台的全过程".encode())


def test_consent_is_asked_anew_for_a_new_figure(life: Life) -> None:
    register.consent(life.holder, number=life.number, fields=("sites",))
    play = Anew(life.world)
    play.apply(kind="change", replaces=life.number)
    grant(play)
    life.carry()
    assert life.now.version == 2
    assert consenting.consented(life.now) == frozenset()


@pytest.mark.parametrize("kind, reason", [("change", "value"), ("extension", "models")])
def test_a_change_by_a_case_makes_the_next_version_of_the_same_number(life: Life, kind: str, reason: str) -> None:
    old = life.now
    play = second_case(life, kind)
    grant(play)
    life.carry()
    new = life.now
    assert (new.number, new.version, new.state) == (old.number, 2, "valid")
    assert new.issue.case_id == play.case_id
    old.refresh_from_db()
    assert (old.state, old.is_newest, old.reason) == ("changed", False, reason)
    assert Surveillance.objects.filter(number=life.number, state="planned").count() == 1


def test_an_application_that_names_a_wrong_certificate_is_refused_at_once(life: Life, world: World) -> None:
    def refused(code: str, **changes: Any) -> None:
        with pytest.raises(Conflict) as caught:
            Play(world).apply(**changes)
        assert code in {item.code for item in caught.value.findings}

    refused("replaces_unknown", kind="recertification", replaces="TB-NONE-1")
    refused("replaces_unknown", kind="change", replaces="")
    refused("replaces_not_asked", kind="initial", replaces=life.number)
    refused("replaces_other_body", kind="change", replaces=life.number, body_id=world.other_body.id)
    life.suspend()
    refused("replaces_not_living", kind="change", replaces=life.number)


def test_an_authority_orders_and_the_body_answers(life: Life, world: World) -> None:
    officer = world.actor(world.authority)
    item = commands.order_of_authority(officer, number=life.number, text="核查数据", days=10)
    assert "Under inspection" in client_of(None).get(f"/p/{life.number}").content.decode()
    assert life.now.state == "valid"
    with pytest.raises(NotFound):
        commands.resolve(world.actor(world.other_body), item_id=item.id, resolution="no_effect", text="x")
    commands.resolve(life.office, item_id=item.id, resolution="no_effect", text="数据无误")
    assert "Under inspection" not in client_of(None).get(f"/p/{life.number}").content.decode()
    with pytest.raises(Conflict):
        commands.resolve(life.office, item_id=item.id, resolution="no_effect", text="再次")


def test_rules_factors_and_reports_open_work_items_once(life: Life, world: World) -> None:
    claims = life.now.claims
    given: dict[str, Any] = {
        "rule": f"{claims['rule_id']}@{claims['rule_version']}",
        "cause": "abolish",
        "successor": "",
        "until": clock.today() + timedelta(days=90),
    }
    assert commands.follow_rule(SYSTEM, **given) == commands.follow_rule(SYSTEM, **given) == 1
    moved: dict[str, Any] = {"number": life.number, "cause": "release/x", "release": "x", "percent": 7.5}
    commands.follow_impact(SYSTEM, **moved)
    commands.follow_impact(SYSTEM, **moved)
    register.report_problem(world.actor(world.beta), number=life.number, kind="forged", text="看起来是伪造的")
    life.carry()
    items = WorkItem.objects.filter(number=life.number)
    assert sorted(items.values_list("kind", flat=True)) == ["factor_change", "misuse_report", "rule_change"]
    assert items.get(kind="rule_change").due == clock.today() + timedelta(days=90)
    # Nothing published changes before the certificate's own next event.
    assert "A factor moved" not in client_of(None).get(f"/p/{life.number}").content.decode()
    assert "Review needed" not in client_of(None).get(f"/p/{life.number}").content.decode()
    page = client_of(life.office).get("/life/?tab=work").content.decode()
    assert "A factor moved" in page
    assert "+7.50 %" in page
