"""The demo's catalogue: two categories with green gates are opened, and invented codes get their names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tanbiao.cli.site.demo_world import cast
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.catalogue import code_tables, commands, queries

OPENED: Final = ("electrolytic-aluminium", "cement")
DAYS: Final = 60
"""How long ago they were opened."""
SAID: Final = {
    "bodies": "演示：两家演示机构具备该类产品的能力 DEMO: two demonstration bodies are competent",
    "demand": "演示：三家演示企业提出需求 DEMO: three demonstration enterprises ask for it",
}
CODES: Final = """code,name_zh,name_en,parent
D01,演示 DEMO 类别：虚构金属,DEMO group: invented metals,
D0101,演示 DEMO 产品：虚构铝锭,DEMO product: invented aluminium ingot,D01
D02,演示 DEMO 类别：虚构建材,DEMO group: invented building materials,
D0201,演示 DEMO 产品：虚构胶凝材料,DEMO product: invented binder,D02
"""
TABLE: Final = code_tables.About(
    scheme="演示 DEMO",
    edition="DEMO",
    title_zh="演示 DEMO 分类（虚构代码，不属于任何分类）",
    title_en="DEMO classification (invented codes of no classification)",
    source="演示：虚构 DEMO: invented for the demonstration",
    licence="CC0-1.0",
    is_public=True,
)


def play(who: Callable[[str], Actor], start: datetime) -> None:
    """An operator brings names of codes; an authority states gates that nobody can compute, opens the categories."""
    officer = who("authority")
    names = [cast.NORTH.name_zh, cast.SOUTH.name_zh]
    bodies = list(Organisation.objects.filter(name_zh__in=names).values_list("id", flat=True))
    with clock.at(start):
        code_tables.bring_codes(who("operator"), about=TABLE, filename="demo-codes.csv", data=CODES.encode())
        for category in OPENED:
            for gate, evidence in SAID.items():
                named = bodies if gate == "bodies" else ()
                commands.state_gate(officer, category=category, gate=gate, green=True, evidence=evidence, bodies=named)
            head = queries.entry(officer, category).head
            commands.open_category(officer, category=category, reason="演示：各项条件已满足 DEMO", builds_on=head)
