"""The demo's rules: a provincial one that went the whole way, a national one whose consultation is open. Fictional."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tanbiao.core.rules import load_rule
from tanbiao.core.rules.assessment import checklist
from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS, Actor
from tanbiao.web.rulebook import commands, documents, elements
from tanbiao.web.rulebook.models import RuleEntry

BASE: Final = "electrolytic-aluminium@2.0.0"
"""The packaged rule whose structure both take over."""
CATEGORY: Final = "electrolytic-aluminium"
PROVINCIAL: Final = "demo-provincial-aluminium"
NATIONAL: Final = "demo-national-aluminium"
TITLES: Final = {
    PROVINCIAL: ("演示 DEMO 广东省电解铝产品碳足迹规则", "DEMO Guangdong provincial rule: electrolytic aluminium"),
    NATIONAL: ("演示 DEMO 国家电解铝产品碳足迹规则", "DEMO national rule: electrolytic aluminium"),
}
WITHOUT_KIT: Final = (
    f"演示 DEMO：条文取自规则 {BASE}，随该规则发布的算例集守住这一要素；本演示只抄录条文自带的算例。 "
    f"The text is taken over from {BASE}, whose kit holds this element; the demonstration copies only its own examples."
)
GROUP: Final = "demo-group-caustic-soda"
GROUP_TITLE: Final = ("演示 DEMO 烧碱团体规则", "DEMO group rule: caustic soda")
LAYERS: Final = {PROVINCIAL: "local", NATIONAL: "national"}
OWNER: Final = {"zh": "演示市场监管机构", "en": "Demo market authority"}
PROVINCIAL_DAYS: Final = 250
"""How long ago the provincial rule was proposed; its consultation takes 31 days of them."""
NATIONAL_DAYS: Final = 9
ASSESSORS: Final = ("north-assessor", "south-assessor")
Who = Callable[[str], Actor]
"""User name → actor."""


def text(rule_id: str) -> str:
    """Return the text of one of the two rules."""
    zh, en = TITLES[rule_id]
    body = load_rule(BASE).canonical()
    del body["replaces"]
    body |= {
        "id": rule_id,
        "version": "1.0.0",
        "layer": LAYERS[rule_id],
        "owner": {"kind": "authority", "name": OWNER},
        "title": {"zh": zh, "en": en},
    }
    return documents.dump(body).decode("utf-8")


def _act(command: Callable[..., Any], who: Actor, entry_id: UUID, **values: Any) -> None:
    head = RuleEntry.objects.get(id=entry_id).head
    command(who, entry_id=entry_id, builds_on=head, **values)


def _open(who: Who, rule_id: str) -> UUID:
    """Propose, accept, draft, and open the consultation."""
    drafter = who("authority-rules")
    zh, en = TITLES[rule_id]
    entry = commands.propose(
        drafter,
        rule_id=rule_id,
        version="1.0.0",
        title_zh=zh,
        title_en=en,
        layer=LAYERS[rule_id],
        categories=[CATEGORY],
        purpose="演示：试点需要 DEMO: the pilot needs it",
    )
    _act(commands.accept, who("operator"), entry.id)
    _act(commands.save_text, drafter, entry.id, text=text(rule_id), note="演示 DEMO")
    _act(commands.open_consultation, drafter, entry.id)
    return entry.id


def reasoned(drafter: Actor, entry_id: UUID) -> None:
    """Make the mutation report of a rule that is taken over without its kit, and say so of what only the kit holds."""
    commands.carry_mutations(commands.ask_mutations(drafter, entry_id=entry_id).id)
    left = elements.unreasoned(RuleEntry.objects.get(id=entry_id)) or ()
    _act(commands.give_reasons, drafter, entry_id, elements=left, text=WITHOUT_KIT)


def provincial(who: Who, start: datetime) -> UUID:
    """A provincial rule goes from its proposal to the adoption list, in forty days; return its id."""
    with clock.at(start):
        entry_id = _open(who, PROVINCIAL)
    with clock.at(start + timedelta(days=5)):
        said = commands.comment(
            who("shandong"), entry_id=entry_id, clause="6", text="演示意见：计量证书的期限请写明 DEMO"
        )
    with clock.at(start + timedelta(days=31)):
        drafter = who("authority-rules")
        commands.answer(drafter, comment_id=said.id, outcome="accepted", text="演示答复：第 7 条已写明 DEMO")
        _act(commands.close_consultation, drafter, entry_id)
        reasoned(drafter, entry_id)
    with clock.at(start + timedelta(days=38)):
        points = {item.id: 2 for item in checklist().items}
        for name in ASSESSORS:
            _act(commands.assess, who(name), entry_id, points=points, recommends=True, text="演示 DEMO")
        _act(commands.approve, who("authority"), entry_id)
    with clock.at(start + timedelta(days=40)):
        head = RuleEntry.objects.get(id=entry_id).head
        commands.adopt(who("authority"), batch="演示 DEMO 1", entries=[(entry_id, head)])
    return entry_id


def group(who: Who, start: datetime) -> UUID:
    """An industry association proposes a group rule; nobody has decided on it yet. Return its id."""
    zh, en = GROUP_TITLE
    with clock.at(start):
        return commands.propose(
            who("association-rules"),
            rule_id=GROUP,
            version="1.0.0",
            title_zh=zh,
            title_en=en,
            layer="group",
            categories=["caustic-soda"],
            purpose="演示：协会提出的团体规则立项 DEMO: a group rule that an association proposes",
        ).id


def national(who: Who, start: datetime) -> UUID:
    """A national rule of the same category is open for comments, one answered and one not; return its id."""
    with clock.at(start):
        entry_id = _open(who, NATIONAL)
    with clock.at(start + timedelta(days=2)):
        first = commands.comment(
            who("south-rules"), entry_id=entry_id, clause="3", text="演示意见：整流损失如何取值 DEMO"
        )
        commands.comment(ANONYMOUS, entry_id=entry_id, said_by="演示读者 DEMO", text="演示意见：支持 DEMO")
    with clock.at(start + timedelta(days=4)):
        drafter = who("authority-rules")
        commands.answer(drafter, comment_id=first.id, outcome="partly", text="演示答复：见第 3 条 DEMO")
    return entry_id
