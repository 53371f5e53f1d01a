"""Organisations, members, roles, tokens: who may do what, and what is refused by name."""

from __future__ import annotations

import pytest
from django.test import Client

from factories import PASSWORD, SYSTEM, World, api_token, client_of, make_actor
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.accounts import commands, queries, uscc
from tanbiao.web.accounts.actor import ANONYMOUS, actor_for
from tanbiao.web.accounts.models import Account, ApiToken, Membership, Organisation
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from tanbiao.web.ledger.models import LogEntry, PrivateRecord

pytestmark = pytest.mark.django_db

JOIN = {
    "kind": "enterprise",
    "name_zh": "演示新材料有限公司",
    "name_en": "Demo New Materials",
    "uscc": uscc.build("55555555"),
    "jurisdiction": "CN-JS",
    "username": "newmaker",
    "password": PASSWORD,
    "person_name": "演示张三",
}


def code_of(error: pytest.ExceptionInfo[TanbiaoError]) -> set[str]:
    return {item.code for item in error.value.findings}


def test_an_enterprise_joins_and_its_first_person_manages_it() -> None:
    account = commands.join(ANONYMOUS, **JOIN)
    actor = actor_for(account.person)
    assert actor.organisation is not None
    assert actor.organisation.kind == Kind.ENTERPRISE
    assert actor.organisation.is_demo
    assert actor.roles == {Role.ENTERPRISE_MANAGER}
    assert account.password.startswith(("argon2", "md5"))
    subjects = {str(actor.organisation.id), str(Membership.objects.get(person=account.person).id)}
    assert set(LogEntry.objects.filter(subject__in=subjects).values_list("type", flat=True)) == {
        "organisation_event",
        "account_event",
    }
    stored = " ".join(PrivateRecord.objects.values_list("event", flat=True))
    assert PASSWORD not in stored


def test_every_wrong_field_is_named_at_once_and_nothing_is_stored() -> None:
    before = Organisation.objects.count()
    with pytest.raises(Invalid) as error:
        commands.join(ANONYMOUS, **(JOIN | {"uscc": "91350100M000100Y44", "jurisdiction": "Jiangsu", "name_zh": " "}))
    assert code_of(error) == {"uscc_check", "jurisdiction_malformed", "name_missing"}
    with pytest.raises(Invalid) as error:
        commands.join(ANONYMOUS, **(JOIN | {"password": "password12", "username": "a b"}))
    assert {"password_weak", "username_malformed"} <= code_of(error)
    assert Organisation.objects.count() == before


def test_a_code_or_user_name_is_taken_once() -> None:
    commands.join(ANONYMOUS, **JOIN)
    with pytest.raises(Invalid) as error:
        commands.join(ANONYMOUS, **JOIN)
    assert code_of(error) == {"uscc_taken"}
    with pytest.raises(Invalid) as error:
        commands.join(ANONYMOUS, **(JOIN | {"uscc": uscc.build("66666666"), "username": "NewMaker"}))
    assert code_of(error) == {"username_taken"}


@pytest.mark.requirement("GBA-01b")
def test_a_body_from_hong_kong_stands_under_its_own_register_and_jurisdiction(world: World) -> None:
    made = commands.register_organisation(
        SYSTEM,
        kind=Kind.CERTIFICATION_BODY,
        name_zh="演示香港品質保證機構",
        name_en="Demo Hong Kong Quality Body",
        foreign_id="HK BR 00000000-DEMO",
        jurisdiction="HK",
    )
    manager = make_actor(made, Role.CASE_MANAGER)
    verifier = commands.add_member(
        manager,
        organisation_id=made.id,
        role=Role.VERIFIER,
        username="hk.verifier",
        password=PASSWORD,
        name_zh="演示陳",
    )
    assert made.uscc is None
    assert verifier.organisation == made
    page = client_of(manager, "en").get("/organisation/").content.decode()
    assert "Demo Hong Kong Quality Body" in page
    assert "HK BR 00000000-DEMO" in page
    listed = Client().get("/api/v1/organisations?kind=certification_body").json()
    assert {one["jurisdiction"] for one in listed} == {"CN-GD", "CN-JS", "HK"}


def test_an_organisation_without_any_identity_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        commands.register_organisation(SYSTEM, kind=Kind.AUTHORITY, name_zh="无证机构", jurisdiction="CN-GD")
    assert code_of(error) == {"uscc_needed"}


def test_only_the_operator_registers_bodies_and_authorities(world: World) -> None:
    wanted = {
        "kind": Kind.AUTHORITY,
        "name_zh": "演示另一部门",
        "uscc": uscc.build("77777777"),
        "jurisdiction": "CN-GD",
    }
    with pytest.raises(NotSignedIn):
        commands.register_organisation(ANONYMOUS, **wanted)
    with pytest.raises(NotAllowed):
        commands.register_organisation(world.actor(world.alpha), **wanted)
    commands.register_organisation(world.actor(world.operator), **wanted)


def test_the_operator_enters_a_body_whole_or_not_at_all(world: World) -> None:
    operator, address = client_of(world.actor(world.operator)), "/organisations/enter/"
    typed = {
        "kind": "certification_body",
        "name_zh": "演示新机构",
        "jurisdiction": "HK",
        "foreign_id": "HK BR 12345678",
    }
    person = {"person_name": "演示受理", "username": "new-office", "password": PASSWORD}
    before = Organisation.objects.count()
    # A password that can't stand leaves no organisation without a person behind.
    refused = operator.post(address, typed | person | {"password": "12345"})
    assert refused.status_code == 422
    assert (Organisation.objects.count(), Account.objects.filter(username="new-office").exists()) == (before, False)
    assert operator.post(address, typed | person).status_code == 302
    membership = Membership.objects.get(person__accounts__username="new-office")
    assert (membership.organisation.name_zh, membership.role) == ("演示新机构", Role.CASE_MANAGER)
    assert client_of(world.actor(world.alpha)).get(address).status_code == 403
    sent = {**typed, **person, "username": "new-officer", "kind": "authority", "name_zh": "演示新部门"}
    token = api_token(world.actor(world.operator))
    answer = Client().post("/api/v1/organisations/entered", sent, content_type="application/json", **token)
    assert (answer.status_code, answer.json()["kind"]) == (201, "authority")


def test_a_manager_adds_members_to_their_own_organisation_only(world: World) -> None:
    manager = world.actor(world.alpha)
    commands.add_member(
        manager,
        organisation_id=world.alpha.id,
        role=Role.ENTERPRISE_EDITOR,
        username="editor.one",
        password=PASSWORD,
        name_zh="演示李四",
    )
    assert {one.person.name_zh for one in queries.members(manager)} >= {"演示李四"}
    with pytest.raises(NotAllowed):
        commands.add_member(manager, organisation_id=world.beta.id, role=Role.ENTERPRISE_EDITOR, username="editor.one")
    with pytest.raises(NotAllowed):
        commands.add_member(
            world.actor(world.alpha, Role.ENTERPRISE_EDITOR),
            organisation_id=world.alpha.id,
            role=Role.ENTERPRISE_EDITOR,
            username="editor.one",
        )


def test_a_role_must_suit_the_kind_of_organisation(world: World) -> None:
    with pytest.raises(Invalid) as error:
        commands.add_member(
            world.actor(world.alpha),
            organisation_id=world.alpha.id,
            role=Role.VERIFIER,
            username="v",
            password=PASSWORD,
            name_zh="x",
        )
    assert "username_malformed" in code_of(error)
    with pytest.raises(Invalid) as error:
        make_actor(world.alpha, Role.DECIDER)
    assert code_of(error) == {"role_not_of_kind"}


def test_the_last_manager_can_not_be_removed(world: World) -> None:
    manager = world.actor(world.alpha)
    assert manager.person_id is not None
    with pytest.raises(Conflict) as error:
        commands.revoke_role(
            manager, organisation_id=world.alpha.id, person_id=manager.person_id, role=Role.ENTERPRISE_MANAGER
        )
    assert code_of(error) == {"last_manager"}


def test_who_leaves_loses_the_roles_and_the_tokens_at_once(world: World) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    token = api_token(editor)
    assert Client().get("/api/v1/me", **token).status_code == 200
    assert editor.person_id is not None
    commands.revoke_role(
        world.actor(world.alpha),
        organisation_id=world.alpha.id,
        person_id=editor.person_id,
        role=Role.ENTERPRISE_EDITOR,
    )
    assert Client().get("/api/v1/me", **token).status_code == 401
    assert client_of(editor).get("/organisation/").status_code == 200
    assert actor_for(Account.objects.get(person=editor.person).person).roles == frozenset()


def test_two_accounts_of_a_person_are_one_person(world: World) -> None:
    first = world.actor(world.alpha)
    assert first.person is not None
    second = commands.create_account(SYSTEM, username="second.door", password=PASSWORD, person_id=first.person.id)
    assert actor_for(second.person, world.alpha).person_id == first.person_id
    assert actor_for(second.person, world.alpha).roles == first.roles


def test_a_person_of_two_organisations_acts_for_one_at_a_time(world: World) -> None:
    actor = world.actor(world.alpha)
    assert actor.person is not None
    commands.grant_role(SYSTEM, organisation_id=world.body.id, person_id=actor.person.id, role=Role.VERIFIER)
    client = client_of(actor)
    client.post("/organisation/switch/", {"organisation": str(world.body.id)})
    page = client.get("/organisation/").content.decode()
    assert "演示认证中心" in page or world.body.name_en in page
    assert client.post("/organisation/switch/", {"organisation": str(world.beta.id)}).status_code == 404
    assert actor_for(actor.person, world.body).roles == {Role.VERIFIER}


def test_a_token_is_shown_once_and_only_its_hash_is_stored(world: World) -> None:
    client = client_of(world.actor(world.alpha))
    answer = client.post("/organisation/tokens/", {"name": "ERP"})
    assert answer["Cache-Control"] == "no-store"
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    token = ApiToken.objects.get(name="ERP")
    assert secret not in (token.secret_hash, token.hint)
    assert secret not in client.get("/organisation/").content.decode()
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", **headers).json()["organisation"]["id"] == str(world.alpha.id)
    token.refresh_from_db()
    assert token.last_used_on is not None


def test_a_stranger_can_not_revoke_ones_token(world: World) -> None:
    token, _ = commands.make_token(world.actor(world.alpha), name="mine")
    with pytest.raises(NotFound):
        commands.revoke_token(world.actor(world.beta), token_id=token.id)


def test_the_join_page_keeps_what_was_typed_and_says_what_is_wrong() -> None:
    client = Client(headers={"accept-language": "zh"})
    answer = client.post("/join/", JOIN | {"uscc": "91350100M000100Y44"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "第 18 位校验码不符" in page
    assert "演示新材料有限公司" in page
    answer = client.post("/join/", JOIN, follow=True)
    assert answer.status_code == 200
    assert "演示张三，您好" in answer.content.decode()


def test_log_in_by_user_name_works_and_by_wrong_password_does_not(world: World) -> None:
    person = world.actor(world.alpha).person
    assert person is not None
    username = person.accounts.get().username
    client = Client(headers={"accept-language": "en"})
    assert client.post("/accounts/login/", {"login": username, "password": "not-the-password"}).status_code == 200
    answer = client.post("/accounts/login/?next=/profile/", {"login": username.upper(), "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/profile/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/profile/").status_code == 302


def test_the_librarys_own_sign_up_is_closed() -> None:
    page = Client().get("/accounts/signup/").content.decode()
    assert 'name="password1"' not in page


def test_a_manager_sets_a_new_password_for_a_member_of_this_organisation_only(world: World) -> None:
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    assert editor.person is not None
    username = editor.person.accounts.get().username
    open_session = client_of(editor)
    manager = client_of(world.actor(world.alpha))
    answer = manager.post(
        "/organisation/passwords/", {"reset-username": username, "reset-password": "another-horse-battery"}
    )
    assert answer.status_code == 302
    assert open_session.get("/profile/").status_code == 302
    again = Client().post("/accounts/login/", {"login": username, "password": "another-horse-battery"})
    assert again.status_code == 302
    with pytest.raises(NotFound):
        commands.set_password(
            world.actor(world.beta), organisation_id=world.beta.id, username=username, password="another-horse-9"
        )
    commands.grant_role(SYSTEM, organisation_id=world.body.id, person_id=editor.person.id, role=Role.VERIFIER)
    with pytest.raises(Conflict) as error:
        commands.set_password(
            world.actor(world.alpha), organisation_id=world.alpha.id, username=username, password="third-horse-99"
        )
    assert code_of(error) == {"member_elsewhere"}


def test_what_would_need_mail_says_so() -> None:
    answer = Client(headers={"accept-language": "en"}).get("/accounts/password/reset/")
    assert answer.status_code == 404
    assert "sends no mail" in answer.content.decode()
