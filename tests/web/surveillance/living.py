"""A certificate that lives: issued by the real commands, with people who had no part in its case."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from factories import World, make_actor
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import commands as register
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate
from web.certification.playing import Play

CHINA = timezone(timedelta(hours=8))


def noon(day: date) -> datetime:
    """Return noon of a day in China."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)


class Life:
    """A certificate of alpha by the body, and whoever acts on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.play = Play(world)
        case = self.play.until("granted")
        self.carry()
        self.number = Certificate.objects.get(issue__case=case).number
        self.fresh = make_actor(world.body, Role.CASE_MANAGER)
        self.judge = make_actor(world.body, Role.DECIDER)
        self.surveyor = make_actor(world.body, Role.VERIFIER)

    @property
    def now(self) -> Certificate:
        """The newest version as it stands."""
        return Certificate.objects.select_related("body", "owner", "issue").get(number=self.number, is_newest=True)

    @property
    def holder(self) -> Actor:
        return self.world.actor(self.world.alpha)

    @property
    def office(self) -> Actor:
        return self.world.actor(self.world.body, Role.CASE_MANAGER)

    @property
    def decider(self) -> Actor:
        return self.world.actor(self.world.body, Role.DECIDER)

    def carry(self) -> None:
        """Deliver events and carry every running issue to its end."""
        ledger.settle()
        issuing.resume()
        ledger.settle()

    def rename(self, name: str = "演示新名有限公司") -> Certificate:
        """Change the holder's name: the office proposes, the decider decides."""
        seen = {"number": self.number, "builds_on": self.now.head}
        made = register.propose_change(self.office, reason="holder_name", holder_name_zh=name, **seen)
        register.change(self.decider, proposal_id=made.id, **seen)
        self.carry()
        return self.now

    def suspend(self, reason: str = "mark_misuse", **more: Any) -> Certificate:
        """Suspend by the body's decider."""
        register.suspend(
            self.decider, number=self.number, builds_on=self.now.head, reason=reason, text="演示原因", **more
        )
        self.carry()
        return self.now
