"""Makes people and organisations for tests, through the real commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.test import Client

from tanbiao.web.accounts import commands, uscc
from tanbiao.web.accounts.actor import Actor, actor_for, system_actor
from tanbiao.web.accounts.models import Account, Organisation, Person
from tanbiao.web.accounts.roles import MANAGING_ROLE, ROLES_OF_KIND, Kind, Role
from tanbiao.web.bodies import commands as bodies
from tanbiao.web.bodies.functions import EVERY, ROLE_OF
from tanbiao.web.uploads import Upload

PASSWORD = "correct-horse-battery"
SYSTEM = system_actor("tests")
_NUMBER = iter(range(10_000_000, 99_999_999))


def make_organisation(kind: Kind, name: str = "", jurisdiction: str = "CN-GD") -> Organisation:
    """Register an organisation with a fresh demo credit code."""
    number = str(next(_NUMBER))
    return commands.register_organisation(
        SYSTEM,
        kind=kind,
        name_zh=name or f"演示机构{number}",
        name_en=f"Demo {number}",
        uscc=uscc.build(number),
        jurisdiction=jurisdiction,
    )


def make_account(name: str = "") -> Account:
    """Make an account with a new person."""
    number = str(next(_NUMBER))
    return commands.create_account(
        SYSTEM, username=f"user{number}", password=PASSWORD, name_zh=name or f"人员{number}", name_en=f"Person {number}"
    )


def make_actor(organisation: Organisation, *roles: Role) -> Actor:
    """Make a new person with roles in an organisation, and return the actor."""
    account = make_account()
    for role in roles:
        commands.grant_role(SYSTEM, organisation_id=organisation.id, person_id=account.person_id, role=role)
    if organisation.kind == Kind.CERTIFICATION_BODY:
        make_competent(organisation, account.person, *roles)
        if not organisation.qualifications.exists():
            qualify(organisation)
    return actor_for(account.person, organisation)


def make_competent(body: Organisation, person: Person, *roles: Role) -> None:
    """Put a person on a body's record as full-time, with years enough, competent for every category in these roles."""
    staff = {"person_id": person.id, "full_time": True, "experience_since": date(2015, 1, 1)}
    bodies.set_staff(SYSTEM, body_id=body.id, **staff)
    for function in (one for one, role in ROLE_OF.items() if role in roles):
        bodies.grant_competence(
            SYSTEM,
            body_id=body.id,
            person_id=person.id,
            scope=EVERY,
            function=function.value,
            training="演示培训",
            years=5.0,
            reason="演示评价",
            valid_from=date(2015, 1, 1),
            valid_until=date(2099, 12, 31),
        )


def qualify(body: Organisation) -> None:
    """Put an approval, an accreditation and a declaration on a body's record that stand for every category."""
    for kind in ("approval", "accreditation"):
        made = bodies.bring_qualification(
            SYSTEM,
            body_id=body.id,
            kind=kind,
            number=f"DEMO-{kind}",
            issuer="演示批准方",
            fields="演示：产品碳足迹",
            scopes=[EVERY],
            valid_from=date(2015, 1, 1),
            valid_until=date(2099, 12, 31),
            paper=Upload("paper.pdf", "application/pdf", b"%PDF-1.7 demo"),
        )
        bodies.judge_qualification(SYSTEM, qualification_id=made.id, confirms=True, text="演示核对")
    declared = bodies.declare_impartiality(SYSTEM, body_id=body.id, text="演示声明")
    # The tests' cases lie years apart; a declaration stands for one.
    declared.valid_from, declared.valid_until = date(2015, 1, 1), date(2099, 12, 31)
    declared.save(update_fields=["valid_from", "valid_until"])


def client_of(actor: Actor | None, lang: str = "en") -> Client:
    """Return a browser signed in as the actor (a visitor for None), in a language."""
    client = Client(headers={"accept-language": lang})
    if actor is not None and actor.person is not None:
        account = actor.person.accounts.first()
        assert account is not None
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        if actor.organisation is not None:
            session["organisation"] = str(actor.organisation.id)
            session.save()
    return client


def api_token(actor: Actor) -> dict[str, str]:
    """Return the headers of a program that acts as the actor."""
    _, secret = commands.make_token(actor, name="test")
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


@dataclass
class World:
    """Two tenants of each kind that has tenants, one person for each role of each."""

    alpha: Organisation
    beta: Organisation
    body: Organisation
    other_body: Organisation
    authority: Organisation
    operator: Organisation
    actors: dict[tuple[Any, Role], Actor] = field(default_factory=dict)

    @classmethod
    def make(cls) -> World:
        """Make the organisations; people are made when first asked for."""
        return cls(
            alpha=make_organisation(Kind.ENTERPRISE, "演示电池有限公司"),
            beta=make_organisation(Kind.ENTERPRISE, "演示水泥有限公司", "CN-SD"),
            body=make_organisation(Kind.CERTIFICATION_BODY, "演示认证中心"),
            other_body=make_organisation(Kind.CERTIFICATION_BODY, "演示第二认证中心", "CN-JS"),
            authority=make_organisation(Kind.AUTHORITY, "演示主管部门"),
            operator=make_organisation(Kind.OPERATOR, "演示平台运行方"),
        )

    def actor(self, organisation: Organisation, role: Role | None = None) -> Actor:
        """Return the one person of a role in an organisation (of its managing role by default)."""
        wanted = role or MANAGING_ROLE[Kind(organisation.kind)]
        key = (organisation.id, wanted)
        if key not in self.actors:
            self.actors[key] = make_actor(organisation, wanted)
        return self.actors[key]

    def everyone(self) -> dict[str, Actor | None]:
        """Return a visitor and one actor of every role of every kind of organisation, by name."""
        found: dict[str, Actor | None] = {"visitor": None}
        for organisation in (self.alpha, self.body, self.authority, self.operator):
            for role in sorted(ROLES_OF_KIND[Kind(organisation.kind)]):
                found[f"{organisation.kind}:{role.value}"] = self.actor(organisation, role)
        return found
