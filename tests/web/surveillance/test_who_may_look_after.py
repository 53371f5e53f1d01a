"""Who looks after a certificate for its body: competent on the day, let by the matrix, not overloaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from factories import SYSTEM, World
from tanbiao.web import clock
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies import commands as bodies
from tanbiao.web.bodies import loads
from tanbiao.web.bodies.models import Competence
from tanbiao.web.commanding import Conflict
from tanbiao.web.surveillance import commands, competence
from tanbiao.web.surveillance.models import Surveillance
from web.surveillance.living import Life
from web.surveillance.test_surveillance_of_certificates import look_at_everything, moved, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


def refused(code: str, run: Callable[[], Any]) -> None:
    with pytest.raises(Conflict) as caught:
        run()
    assert [item.code for item in caught.value.findings] == [code]


def ended(actor: Actor, until: date = date(2020, 1, 1)) -> None:
    Competence.objects.filter(person_id=actor.person_id).update(valid_until=until)


def test_a_surveillance_asks_competence_matrix_and_load_of_each_hand(life: Life) -> None:
    row = planned(life)

    def begin() -> Surveillance:
        return commands.begin(life.surveyor, surveillance_id=row.id, builds_on=row.head)

    ended(life.surveyor)
    refused("competence_expired", begin)
    Competence.objects.filter(person_id=life.surveyor.person_id).update(function="reviewer", valid_until="2099-01-01")
    refused("competence_missing", begin)
    Competence.objects.filter(person_id=life.surveyor.person_id).update(function="verifier")
    department = bodies.open_department(life.office, name_zh="监督部", name_en="Surveillance")
    bodies.set_responsibility(life.office, step="surveillance", departments=[department.id])
    refused("matrix_department", begin)
    assert life.surveyor.person_id is not None
    assert life.judge.person_id is not None
    bodies.staff_department(life.office, department_id=department.id, people=[life.surveyor.person_id])
    bodies.set_load_limit(life.office, cases=1, man_days=1.0, blocks=True)
    begun = begin()
    load = loads.loads(life.world.body, [life.surveyor.person_id])
    assert (load[life.surveyor.person_id].cases, load[life.surveyor.person_id].man_days) == (1, 0.0)
    further = Surveillance.objects.create(
        number=row.number + "-2",
        body=row.body,
        owner=row.owner,
        due=row.due,
        cause="extra",
        state="planned",
        state_since=row.state_since,
        created_at=row.created_at,
        head="x",
    )
    found = competence.overload(life.surveyor, further.body)
    assert [item.code for item in found] == ["person_overloaded"]
    ended(life.surveyor)
    refused(
        "competence_expired",
        lambda: commands.record(
            life.surveyor, surveillance_id=begun.id, item="consistency", outcome="ok", text="演示：已核对"
        ),
    )
    ended(life.surveyor, date(2099, 1, 1))
    done = look_at_everything(life, begun, moved(life, 1.0))
    given: dict[str, Any] = {"surveillance_id": done.id, "builds_on": done.head, "outcome": "pass"}
    refused("matrix_department", lambda: commands.conclude(life.judge, **given))
    bodies.set_responsibility(life.office, step="surveillance", roles=["decider"])
    ended(life.judge)
    refused("competence_expired", lambda: commands.conclude(life.judge, **given))
    ended(life.judge, date(2099, 1, 1))
    assert commands.conclude(life.judge, **given).state == "passed"
    assert loads.loads(life.world.body, [life.surveyor.person_id])[life.surveyor.person_id].cases == 0


def test_a_complaint_asks_competence_and_matrix_of_who_handles_and_who_decides(life: Life) -> None:
    row = commands.complain(life.holder, number=life.number, text="演示投诉")
    given: dict[str, Any] = {"grievance_id": row.id, "builds_on": row.head}
    ended(life.fresh)
    refused("competence_expired", lambda: commands.admit(life.fresh, **given))
    refused(
        "competence_expired", lambda: commands.refuse(life.fresh, **given, reason="no_ground", text="演示：没有事由")
    )
    ended(life.fresh, date(2099, 1, 1))
    bodies.set_responsibility(life.office, step="grievance", roles=["reviewer", "decider"])
    refused("matrix_role", lambda: commands.admit(life.fresh, **given))
    bodies.set_responsibility(life.office, step="grievance")
    row = commands.admit(life.fresh, **given)
    row = commands.investigate(life.fresh, grievance_id=row.id, builds_on=row.head, text="演示：已查")
    ended(life.judge)
    given = {"grievance_id": row.id, "builds_on": row.head, "outcome": "reject", "text": "演示：不成立"}
    refused("competence_expired", lambda: commands.decide(life.judge, **given))
    ended(life.judge, date(2099, 1, 1))
    assert commands.decide(life.judge, **given).state == "rejected"


def test_who_ever_belonged_to_the_holder_looks_after_none_of_its_certificates(life: Life) -> None:
    person = life.surveyor.person
    assert person is not None
    accounts.grant_role(SYSTEM, organisation_id=life.world.alpha.id, person_id=person.id, role=Role.ENTERPRISE_EDITOR)
    person.memberships.filter(organisation=life.world.alpha).update(ended_at=clock.now())
    row = planned(life)
    refused(
        "belonged_to_holder",
        lambda: commands.begin(life.surveyor, surveillance_id=row.id, builds_on=row.head),
    )
    matter = commands.complain(life.world.actor(life.world.beta), number=life.number, text="演示投诉")
    office = life.fresh.person
    assert office is not None
    accounts.grant_role(SYSTEM, organisation_id=life.world.alpha.id, person_id=office.id, role=Role.ENTERPRISE_EDITOR)
    refused("belonged_to_holder", lambda: commands.admit(life.fresh, grievance_id=matter.id, builds_on=matter.head))
