"""Associations, universities and institutes: they register themselves, propose rules, and have no certifying role."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import PASSWORD, World, client_of, make_actor, make_organisation
from tanbiao.web.accounts import commands as accounts
from tanbiao.web.accounts import uscc
from tanbiao.web.accounts.actor import ANONYMOUS, actor_for
from tanbiao.web.accounts.models import Account, Organisation
from tanbiao.web.accounts.roles import JOINING, MANAGING_ROLE, ROLES_OF_KIND, Kind, Role
from tanbiao.web.commanding import Invalid
from tanbiao.web.rulebook.models import RuleEntry
from web.rulebook.ruling import RuleWay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
EXPERTS = (Kind.ASSOCIATION, Kind.UNIVERSITY, Kind.INSTITUTE)
CERTIFYING = {Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER, Role.AUTHORITY_OFFICER, Role.OPERATOR}
JOIN: dict[str, Any] = {
    "name_zh": "演示行业协会",
    "name_en": "Demo association",
    "uscc": uscc.build("44444444"),
    "jurisdiction": "CN-SD",
    "person_name": "演示会长",
    "username": "president",
    "password": PASSWORD,
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_roles_and_a_manager_among_them(kind: Kind) -> None:
    assert MANAGING_ROLE[kind] in ROLES_OF_KIND[kind]
    assert Role.RULE_DRAFTER in ROLES_OF_KIND[kind]


@pytest.mark.parametrize("kind", EXPERTS)
def test_experts_neither_certify_nor_file_studies(kind: Kind) -> None:
    assert not ROLES_OF_KIND[kind] & (CERTIFYING | {Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR})


@pytest.mark.requirement("GBA-04d", "SH-03a")
@pytest.mark.parametrize("kind", EXPERTS)
def test_one_registers_itself_and_proposes_a_rule_on_the_pages(kind: Kind) -> None:
    browser = Client(headers={"accept-language": "en"})
    assert browser.post("/join/", JOIN | {"kind": kind.value}).status_code == 302
    organisation = Organisation.objects.get()
    assert organisation.kind == kind
    member = {"username": "president", "role": Role.RULE_DRAFTER.value, "name_zh": "", "password": ""}
    assert browser.post("/organisation/members/", member).status_code == 302
    president = actor_for(Account.objects.get(username="president").person)
    assert president.roles == {Role.ORGANISATION_MANAGER, Role.RULE_DRAFTER}
    proposal = {
        "title_zh": "演示团体规则",
        "title_en": "DEMO group rule",
        "rule_id": "demo-group",
        "version": "1.0.0",
        "layer": "group",
        "categories": "caustic-soda",
    }
    assert client_of(president).post("/rules/propose/", proposal).status_code == 302
    assert RuleEntry.objects.get().owner == organisation


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(JOINING)))
def test_bodies_and_authorities_do_not_register_themselves(kind: Kind) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.join(ANONYMOUS, **JOIN, kind=kind)
    assert refused.value.code == "kind_joins_not"
    assert not Organisation.objects.exists()
    browser = Client()
    assert browser.post("/join/", JOIN | {"kind": kind.value}).status_code == 422


def test_an_associations_rule_goes_to_its_issue_and_its_manager_approves_it(world: World) -> None:
    owner = make_organisation(Kind.ASSOCIATION, "演示协会")
    way = RuleWay(world, layer="group", owner=owner)
    way.assessors[1] = make_actor(make_organisation(Kind.UNIVERSITY, "演示大学"), Role.RULE_ASSESSOR)
    assert way.manager.roles == {Role.ORGANISATION_MANAGER}
    way.until("issued")
    assert way.entry.state == "issued"
    page = client_of(None).get(f"/rules/{way.id}/").content.decode()
    assert owner.name_en in page
    listed = Client().get("/api/v1/organisations?kind=association").json()
    assert [one["name_zh"] for one in listed] == ["演示协会"]
