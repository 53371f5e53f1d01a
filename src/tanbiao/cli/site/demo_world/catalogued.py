"""The demo's catalogue: two categories whose computed gates are green are opened, for demonstration only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tanbiao.cli.site.demo_world import cast
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.catalogue import commands, queries

OPENED: Final = ("electrolytic-aluminium", "cement")
DAYS: Final = 60
"""How long ago they were opened."""
SAID: Final = {
    "bodies": "演示：两家演示机构具备该类产品的能力 DEMO: two demonstration bodies are competent",
    "demand": "演示：三家演示企业提出需求 DEMO: three demonstration enterprises ask for it",
}


def play(who: Callable[[str], Actor], start: datetime) -> None:
    """An authority states the gates that nobody can compute and opens the categories."""
    officer = who("authority")
    names = [cast.NORTH.name_zh, cast.SOUTH.name_zh]
    bodies = list(Organisation.objects.filter(name_zh__in=names).values_list("id", flat=True))
    with clock.at(start):
        for category in OPENED:
            for gate, evidence in SAID.items():
                named = bodies if gate == "bodies" else ()
                commands.state_gate(officer, category=category, gate=gate, green=True, evidence=evidence, bodies=named)
            head = queries.entry(officer, category).head
            commands.open_category(officer, category=category, reason="演示：各项条件已满足 DEMO", builds_on=head)
