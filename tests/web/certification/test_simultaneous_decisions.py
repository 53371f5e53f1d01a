"""Two deciders in the same second: whatever the database, exactly one decision stands and the other is told why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from factories import World, make_actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import CaseEvent, HeldDuty, Vote
from tanbiao.web.commanding import Refused
from tanbiao.web.ledger.models import DomainEvent
from web.certification.playing import Play

pytestmark = pytest.mark.django_db(transaction=True)
TOGETHER = 6
"""Deciders who press the button at once; half of them grant, half deny."""


def test_of_deciders_in_the_same_second_one_decides(world: World) -> None:
    play = Play(world)
    play.until("decision")
    deciders = [make_actor(world.body, Role.DECIDER) for _ in range(TOGETHER)]
    head, case_id, start = play.case.head, play.case.id, Barrier(TOGETHER)

    def press(number: int) -> str:
        try:
            start.wait(30)
            reason = {} if number % 2 else {"reason": "requirements_not_met"}
            cases.decide(
                deciders[number], case_id=case_id, builds_on=head, grant=bool(number % 2), text="决定", **reason
            )
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()
        return "decided"

    with ThreadPoolExecutor(TOGETHER) as pool:
        told = list(pool.map(press, range(TOGETHER)))
    assert told.count("decided") == 1, told
    # The others have read the same line of the case, and are told that the case has gone on.
    assert set(told) - {"decided"} <= {"stale_decision", "illegal_transition"}, told
    case = play.case
    granted = bool(told.index("decided") % 2)
    assert case.state == ("granted" if granted else "not_granted")
    assert Vote.objects.filter(case=case, void=False).count() == 1
    assert CaseEvent.objects.filter(case=case, event__in=("grant", "deny")).count() == 1
    assert HeldDuty.objects.filter(case=case, duty="decider").count() == 1
    assert DomainEvent.objects.filter(name="case.granted", payload__contains=str(case.id)).count() == granted
