"""Surveillance: planned by the scheme's interval, carried out by one person, concluded by another, felt by the mark."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from factories import World, client_of
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import actor_for
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import ReductionCommitment
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import commands, queries
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.models import LifeNotice, Surveillance, WorkItem
from web.surveillance.living import Life, noon

pytestmark = pytest.mark.django_db
ITEMS = ("consistency", "data_update", "reduction", "mark_use", "complaints")


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


def planned(life: Life) -> Surveillance:
    return Surveillance.objects.get(number=life.number, state="planned")


def look_at_everything(life: Life, row: Surveillance, figure: str, **bad: str) -> Surveillance:
    given: dict[str, Any] = {"surveillance_id": row.id}
    for item in ITEMS:
        commands.record(life.surveyor, item=item, outcome=bad.get(item, "ok"), text="演示：已核对", **given)
    commands.record(life.surveyor, item="footprint_change", outcome="ok", text="重新计算", figure=figure, **given)
    return Surveillance.objects.get(id=row.id)


def begun(life: Life) -> Surveillance:
    row = planned(life)
    return commands.begin(life.surveyor, surveillance_id=row.id, builds_on=row.head)


def moved(life: Life, percent: float) -> str:
    return repr(float(life.now.issue.order["exact"]) * (1 + percent / 100))


def test_the_plan_is_one_interval_after_issue_and_is_announced(life: Life) -> None:
    row, issued = planned(life), life.now
    assert row.due == issued.valid_from.replace(year=issued.valid_from.year + 1)  # surveillance_months: 12
    assert commands.run_day(SYSTEM).announced == 0
    with clock.at(noon(row.due - timedelta(days=60))):
        assert commands.run_day(SYSTEM).announced == 1
        assert commands.run_day(SYSTEM).announced == 0
    assert {one.organisation_id for one in LifeNotice.objects.filter(kind="surveillance_coming")} == {
        life.world.alpha.id,
        life.world.body.id,
    }


def test_an_overdue_surveillance_flags_the_certificate_once(life: Life) -> None:
    row = planned(life)
    with clock.at(noon(row.due)):
        assert commands.run_day(SYSTEM).overdue == 0
    with clock.at(noon(row.due + timedelta(days=1))):
        assert commands.run_day(SYSTEM).overdue == 1
        assert commands.run_day(SYSTEM).overdue == 0
        page = client_of(None).get(f"/p/{life.number}").content.decode()
        assert "Surveillance overdue" in page
        assert WorkItem.objects.filter(kind="surveillance_overdue", resolved_at__isnull=True).count() == 1
        # Overdue is a flag; the body suspends, not the clock.
        assert life.now.state == "valid"
        life.suspend("surveillance_overdue")
    assert life.now.state == "suspended"


def test_a_surveillance_passes_by_another_person_and_the_next_is_planned(life: Life) -> None:
    row = look_at_everything(life, begun(life), moved(life, 2.0))
    person, body = life.surveyor.person, life.world.body
    assert person is not None
    accounts.grant_role(SYSTEM, organisation_id=body.id, person_id=person.id, role=Role.DECIDER)
    both = actor_for(person, body)
    with pytest.raises(Conflict) as caught:
        commands.conclude(both, surveillance_id=row.id, builds_on=row.head, outcome="pass")
    assert caught.value.code == "surveyor_concludes"
    done = commands.conclude(life.judge, surveillance_id=row.id, builds_on=row.head, outcome="pass", text="合格")
    assert done.state == "passed"
    assert life.now.state == "valid"
    # Validity is two years: the second interval ends with it, so that renewal takes the place of a second surveillance.
    assert not Surveillance.objects.filter(state="planned").exists()
    page = client_of(None).get(f"/c/{life.number}").content.decode()
    assert "Complain to the body" in page


@pytest.mark.parametrize(
    "percent, outcome", [(4.9, "pass"), (-4.9, "pass"), (5.1, "require_change"), (-6, "require_change")]
)
def test_the_change_of_the_figure_decides_between_pass_and_change(life: Life, percent: float, outcome: str) -> None:
    """value_change_percent is 5: a project default."""
    row = look_at_everything(life, begun(life), moved(life, percent))
    other = "pass" if outcome == "require_change" else "require_change"
    with pytest.raises(Conflict) as caught:
        commands.conclude(life.judge, surveillance_id=row.id, builds_on=row.head, outcome=other)
    assert caught.value.code in ("surveillance_change_over", "surveillance_change_within")
    commands.conclude(life.judge, surveillance_id=row.id, builds_on=row.head, outcome=outcome)
    assert WorkItem.objects.filter(kind="value_change").count() == (outcome == "require_change")
    assert life.now.study.state == ("recalc_needed" if outcome == "require_change" else "published")


def test_failing_suspends_through_the_register_with_reason_notice_and_term(life: Life) -> None:
    row = look_at_everything(life, begun(life), moved(life, 1.0), consistency="not_ok")
    for outcome in ("pass", "require_change"):
        with pytest.raises(Conflict) as caught:
            commands.conclude(life.judge, surveillance_id=row.id, builds_on=row.head, outcome=outcome)
        assert "surveillance_items_failed" in {item.code for item in caught.value.findings}
    given: dict[str, Any] = {"surveillance_id": row.id, "builds_on": row.head, "outcome": "fail", "text": "铭牌不符"}
    with pytest.raises(Conflict) as caught:
        commands.conclude(life.judge, **given)
    assert caught.value.code == "reason_needed"
    commands.conclude(life.judge, reason="surveillance_failed", term_days=30, **given)
    life.carry()
    now = life.now
    assert (now.state, now.reason) == ("suspended", "surveillance_failed")
    assert now.suspended_until == clock.today() + timedelta(days=30)
    told = LifeNotice.objects.filter(organisation=life.world.alpha)
    assert {"certificate_suspend", "surveillance_failed"} <= set(told.values_list("kind", flat=True))
    assert "铭牌不符" in told.get(kind="certificate_suspend").params["text"]
    page = client_of(life.holder).get("/life/?tab=notices").content.decode()
    assert "The certificate was suspended" in page


def test_nothing_is_concluded_half(life: Life) -> None:
    row = begun(life)
    with pytest.raises(Conflict) as caught:
        commands.conclude(life.judge, surveillance_id=row.id, builds_on=row.head, outcome="pass")
    assert "surveillance_incomplete" in {item.code for item in caught.value.findings}
    row = look_at_everything(life, row, moved(life, 0.5))
    with pytest.raises(Conflict):  # nothing is out of order
        commands.conclude(
            life.judge, surveillance_id=row.id, builds_on=row.head, outcome="fail", reason="surveillance_failed"
        )
    assert Surveillance.objects.get(id=row.id).state == "running"
    assert life.now.state == "valid"


def test_the_holder_hands_in_a_study_and_its_figure_is_compared(life: Life) -> None:
    row = begun(life)
    assert life.play.study_id is not None
    commands.hand_in(life.holder, surveillance_id=row.id, study_id=life.play.study_id)
    look = commands.record(
        life.surveyor, surveillance_id=row.id, item="footprint_change", outcome="ok", text="按提交的研究"
    )
    assert float(look.figures["percent"]) == 0.0
    assert look.figures["certified"] == life.now.issue.order["exact"]


def test_a_reduction_is_measured_against_its_promise(life: Life) -> None:
    """From 1.0 to 0.8 was promised; 0.9 is half of it."""
    row = begun(life)
    given: dict[str, Any] = {"surveillance_id": row.id, "item": "reduction", "outcome": "ok", "text": "减排"}
    look = commands.record(life.surveyor, figure="0.9", baseline="1.0", target="0.8", **given)
    assert float(look.figures["reached_percent"]) == 50.0
    with pytest.raises(Invalid):
        commands.record(life.surveyor, figure="many", baseline="1.0", target="0.8", **given)


def test_progress_is_compared_with_the_commitment_of_the_case(life: Life) -> None:
    """From 900 to 700 was committed at the audit; 850 is a quarter of it, whatever the surveyor would like to type."""
    case = life.play.case
    ReductionCommitment.objects.create(
        case=case, version=1, baseline="900", target="700", unit="kg CO2e/t", baseline_year=2025, target_year=2028,
        measures=[{"kind": "process", "text": "低温煅烧", "saving": ""}], hash="sha256:" + "0" * 64,
        by=life.surveyor.person, at=clock.now(),
    )  # fmt: skip
    row = begun(life)
    given: dict[str, Any] = {"surveillance_id": row.id, "item": "reduction", "outcome": "ok", "text": "减排"}
    look = commands.record(life.surveyor, figure="850", **given)
    assert float(look.figures["reached_percent"]) == 25.0
    assert (look.figures["target_year"], look.figures["unit"]) == ("2028", "kg CO2e/t")
    with pytest.raises(Invalid) as caught:
        commands.record(life.surveyor, figure="850", baseline="1000", **given)
    assert caught.value.code == "reduction_not_as_promised"
    assert "900 → 700" in client_of(life.surveyor).get(f"/life/surveillance/{row.id}/").content.decode()


def test_a_fact_after_the_issue_flags_the_certificate_and_is_work_until_it_is_settled(life: Life) -> None:
    case_id = life.play.case.id
    fact = cases.report_fact(life.holder, case_id=case_id, text="电表倍率记错，用电量少记一半")
    life.carry()
    life.carry()
    (item,) = WorkItem.objects.filter(number=life.number, kind="later_fact")
    assert (item.body_id, item.resolved_at) == (life.world.body.id, None)
    assert life.now.flags.filter(name="fact_reported", lowered_at__isnull=True).count() == 1
    assert "A fact came to light after the issue" in client_of(life.office).get("/life/?tab=work").content.decode()
    assert life.now.state == "valid"
    cases.settle_fact(life.office, fact_id=fact.id, text="已开变更案件")
    life.carry()
    item.refresh_from_db()
    assert (item.resolution, life.now.flags.filter(lowered_at__isnull=True).exists()) == ("done", False)


def test_strangers_and_wrong_roles_are_refused(life: Life, world: World) -> None:
    row = begun(life)
    stranger = world.actor(world.other_body, Role.VERIFIER)
    with pytest.raises(NotFound):
        commands.record(stranger, surveillance_id=row.id, item="consistency", outcome="ok", text="x")
    with pytest.raises(NotAllowed):
        commands.record(life.holder, surveillance_id=row.id, item="consistency", outcome="ok", text="x")
    with pytest.raises(NotFound):
        queries.surveillance(world.actor(world.beta), row.id)
    address = f"/life/surveillance/{row.id}/"
    assert client_of(world.actor(world.beta)).get(address).status_code == 404
    assert client_of(life.holder).get(address).status_code == 200
    assert client_of(life.surveyor).get(address).status_code == 200
    assert client_of(world.actor(world.authority)).get(address).status_code == 200
    with pytest.raises(Conflict):
        commands.begin(life.surveyor, surveillance_id=row.id, builds_on=row.head)


def test_an_end_of_the_certificate_calls_its_surveillance_off(life: Life) -> None:
    row = planned(life)
    register.cancel(life.office, number=life.number, builds_on=life.now.head, reason="product_discontinued")
    life.carry()
    assert Surveillance.objects.get(id=row.id).state == "called_off"
    assert Certificate.objects.get(number=life.number).state == "cancelled"
