"""Scenes: the bodies' qualification, their people's competences, and what all participants have accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from tanbiao.cli.site.demo_world import cast
from tanbiao.cli.site.demo_world.cast import Player, Troupe
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.bodies import commands as bodies
from tanbiao.web.bodies.functions import EVERY, ROLE_OF
from tanbiao.web.bodies.models import ImpartialityDeclaration
from tanbiao.web.uploads import Upload

YEARS = 12
"""Term of the demo's competences, so that no scene outlives them; a real body evaluates its people more often."""


OBLIGATIONS = {
    "enterprise": ("企业", "enterprises"),
    "certification_body": ("认证机构", "certification bodies"),
}


def play(actor: Callable[[str], Actor]) -> None:
    """Qualify the bodies, enter everybody who works on cases, and let all accept their rights and obligations."""
    _oblige(actor)
    for body in (cast.NORTH, cast.SOUTH):
        _qualify(actor, body)
        for player in body.players:
            if set(player.roles) & set(ROLE_OF.values()):
                _enter(actor, body, player)
        _organise(actor, body)


def declare(actor: Callable[[str], Actor]) -> None:
    """The bodies declare their impartiality before the last declaration ends."""
    soon = clock.today() + timedelta(days=60)
    for body in (cast.NORTH, cast.SOUTH):
        if ImpartialityDeclaration.objects.filter(body__name_zh=body.name_zh, valid_until__gt=soon).exists():
            continue
        text = "演示：不提供咨询，不与申请方有利益关系 demo: no consulting, no interest in any applicant"
        bodies.declare_impartiality(actor(f"{body.key}-office"), text=text)


def _qualify(actor: Callable[[str], Actor], body: Troupe) -> None:
    """Bring an approval and an accreditation that were invented; the demo's operator confirms them."""
    today = clock.today()
    for kind, issuer in (
        ("approval", "演示批准部门 demo authority"),
        ("accreditation", "演示认可机构 demo accreditor"),
    ):
        text = f"演示 DEMO {kind}\n{body.name_zh}\n虚构内容，不构成任何证明。Fictional, proves nothing.\n"
        made = bodies.bring_qualification(
            actor(f"{body.key}-office"),
            kind=kind,
            number=f"DEMO-{kind[:4].upper()}-{body.code}",
            issuer=issuer,
            fields="演示：产品碳足迹标识 demo: product carbon footprint labels",
            scopes=[EVERY],
            valid_from=today,
            valid_until=today.replace(year=today.year + YEARS, day=min(today.day, 28)),
            paper=Upload(f"demo-{kind}.txt", "text/plain", text.encode()),
        )
        bodies.judge_qualification(
            actor("operator"), qualification_id=made.id, confirms=True, text="演示：已核对 demo: compared"
        )


def _organise(actor: Callable[[str], Actor], body: Troupe) -> None:
    """Two departments, one of which the matrix names for the technical review; a risk to impartiality with measures."""
    office = actor(f"{body.key}-office")
    parts = (
        ("演示核查部", "Demo evaluation", ("verifier", "verifier2")),
        ("演示技术评定部", "Demo technical review", ("reviewer",)),
    )
    for zh, en, names in parts:
        made = bodies.open_department(office, name_zh=zh, name_en=en)
        people = [UUID(str(actor(f"{body.key}-{name}").person_id)) for name in names]
        bodies.staff_department(office, department_id=made.id, people=people)
    bodies.set_responsibility(office, step="review", departments=[made.id])
    review_on = clock.today() + timedelta(days=20 * 366)
    risk = bodies.enter_risk(
        office,
        source="finance",
        text="演示：收入集中于少数委托人 demo: income from few applicants",
        consequence=2,
        owner_id=UUID(str(office.person_id)),
        likelihood=2,
        review_on=review_on,
    )
    bodies.mitigate_risk(
        office,
        risk_id=risk.id,
        measures="演示：由另一人复核收费 demo: fees seen by another",
        likelihood=2,
        consequence=1,
        review_on=review_on,
    )


def _oblige(actor: Callable[[str], Actor]) -> None:
    """The operator publishes the demo's rights and obligations; every manager accepts them."""
    for kind, (zh, en) in OBLIGATIONS.items():
        text = bodies.publish_obligations(
            actor("operator"),
            kind=kind,
            title_zh=f"演示：{zh}的权利与义务",
            title_en=f"Demo: rights and obligations of {en}",
            text_zh="演示文本，虚构内容，无法律效力。\n一、数据真实、可追溯。\n二、标识只用于获证产品。\n三、可以申诉和投诉。",
            text_en="A demonstration, fictional and of no legal effect.\n1. Data are true and traceable.\n"
            "2. The label is used on certified products only.\n3. Everybody may appeal and complain.",
        )
        for troupe in (one for one in cast.ALL if one.kind == kind):
            bodies.accept_obligations(actor(troupe.players[0].username), document_id=text.id, seen=text.hash)


def _enter(actor: Callable[[str], Actor], body: Troupe, player: Player) -> None:
    office = f"{body.key}-office"
    by = actor(f"{body.key}-decider" if player.username == office else office)
    person = actor(player.username).person
    assert person is not None
    today = clock.today()
    bodies.set_staff(by, person_id=person.id, full_time=True, experience_since=today - timedelta(days=5 * 366))
    for function in (one for one, role in ROLE_OF.items() if role in player.roles):
        bodies.grant_competence(
            by,
            person_id=person.id,
            scope=EVERY,
            function=function.value,
            training="演示：碳足迹核查培训 demo: training in footprint verification",
            years=5.0,
            witness="演示：两次现场见证，结果合格 demo: witnessed twice on site, fit",
            reason="演示：年度评价 demo: yearly evaluation",
            valid_from=today,
            valid_until=today.replace(year=today.year + YEARS, day=min(today.day, 28)),
        )
