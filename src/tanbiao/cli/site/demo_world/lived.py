"""A certificate's life in the demonstration: an extra surveillance, a declared use, an appeal, a complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS, Actor
from tanbiao.web.labels import uses
from tanbiao.web.labels.models import Licence
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import commands
from tanbiao.web.surveillance.acting import SYSTEM


def play(actor: Callable[[str], Actor], *, used: str, suspended: str, complained: str) -> None:
    """Play what happens to three certificates, given by their numbers."""
    holder, office = actor("guangdong"), actor("south-office")
    commands.order(office, number=used, due=clock.today() + timedelta(days=20), text="演示 DEMO")
    licence = Licence.objects.get(number=used, state="active")
    row = uses.declare(
        holder,
        licence_id=licence.id,
        position="packaging",
        place="演示纸箱 DEMO carton",
        width_mm=30.0,
        quantity=20_000,
    )
    uses.register_use(office, use_id=row.id, builds_on=row.head)
    uses.declare(holder, licence_id=licence.id, position="shop", place="演示网店 DEMO shop")
    head = Certificate.objects.get(number=suspended, is_newest=True).head
    commands.appeal(
        actor("shanghai"), number=suspended, against=head, text="演示：监督抽样有误 DEMO: the sample was wrong"
    )
    said = "演示：包装上的数值看不清 DEMO: the figure on the pack can't be read"
    matter = commands.complain(ANONYMOUS, number=complained, text=said)
    commands.admit(actor("north-office"), grievance_id=matter.id, builds_on=matter.head)
    commands.run_day(SYSTEM)
