"""The API of accounts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, SIGNED_IN, access
from tanbiao.web.accounts import api_reader_keys, commands, queries
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.accounts.models import ApiToken, Organisation
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.api_kit import Router
from tanbiao.web.clock import stamp

router = Router()
router.add_router("", api_reader_keys.router)

Username = Annotated[str, Field(min_length=3, max_length=60)]
Name = Annotated[str, Field(max_length=200)]


class OrganisationOut(BaseModel):
    """An organisation."""

    id: UUID
    kind: Kind
    name_zh: str
    name_en: str
    uscc: str | None
    foreign_id: str
    jurisdiction: str
    city: str
    is_demo: bool


class MeOut(BaseModel):
    """Who calls."""

    person: UUID
    name_zh: str
    name_en: str
    organisation: OrganisationOut | None
    roles: list[Role]


class MemberOut(BaseModel):
    """A member of one's own organisation."""

    person: UUID
    name_zh: str
    name_en: str
    roles: list[Role]
    usernames: list[str]


class MemberIn(BaseModel):
    """A member to add; with ``password`` and ``name_zh`` the account is made first."""

    username: Username
    role: Role
    password: Annotated[str, Field(max_length=200)] = ""
    name_zh: Name = ""
    name_en: Name = ""


class TokenIn(BaseModel):
    """A token to make."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: UUID
    name: str
    hint: str
    created_at: str
    last_used_on: str | None
    revoked: bool


class TokenMadeOut(TokenOut):
    """A token just made: the only answer that ever has its secret."""

    secret: str


class JoinIn(BaseModel):
    """An organisation that registers itself, and its first person."""

    kind: Kind = Kind.ENTERPRISE
    name_zh: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Name = ""
    uscc: Annotated[str, Field(max_length=24)] = ""
    foreign_id: Annotated[str, Field(max_length=80)] = ""
    jurisdiction: Annotated[str, Field(min_length=2, max_length=6)]
    city: Annotated[str, Field(max_length=4)] = ""
    person_name: Annotated[str, Field(min_length=1, max_length=100)]
    username: Username
    password: Annotated[str, Field(min_length=1, max_length=200)]
    email: Annotated[str, Field(max_length=254)] = ""


class EnterIn(JoinIn):
    """An organisation that the operator enters, and its first person."""


def _organisation(found: Organisation) -> OrganisationOut:
    return OrganisationOut.model_validate(found, from_attributes=True)


def _token(found: ApiToken) -> TokenOut:
    return TokenOut(
        id=found.id,
        name=found.name,
        hint=found.hint,
        created_at=stamp(found.created_at),
        last_used_on=found.last_used_on.isoformat() if found.last_used_on else None,
        revoked=found.revoked_at is not None,
    )


@router.get("/me", response=MeOut, operation_id="me")
@access(SIGNED_IN)
def me(request: HttpRequest) -> MeOut:
    """Return who calls, for which organisation, in which roles."""
    actor = actor_of(request)
    assert actor.person is not None
    return MeOut(
        person=actor.person.id,
        name_zh=actor.person.name_zh,
        name_en=actor.person.name_en,
        organisation=_organisation(actor.organisation) if actor.organisation else None,
        roles=[role for role in Role if role in actor.roles],
    )


@router.post("/organisations", response={201: OrganisationOut}, operation_id="join")
@access(PUBLIC)
def join(request: HttpRequest, body: JoinIn) -> Status[OrganisationOut]:
    """Register an enterprise, association, university or research institute with its first person."""
    account = commands.join(actor_of(request), **body.model_dump())
    membership = account.person.memberships.select_related("organisation").get()
    return Status(201, _organisation(membership.organisation))


@router.post("/organisations/entered", response={201: OrganisationOut}, operation_id="enter_organisation")
@access("accounts.register_organisation")
def enter_organisation(request: HttpRequest, body: EnterIn) -> Status[OrganisationOut]:
    """Enter an organisation of any kind with its first person (operator): bodies and authorities come in this way."""
    sent = body.model_dump(exclude={"email"})
    return Status(201, _organisation(commands.enter_organisation(actor_of(request), **sent)))


@router.get("/organisations", response=list[OrganisationOut], operation_id="public_organisations")
@access(PUBLIC)
def public_organisations(request: HttpRequest, kind: Annotated[Kind | None, Query()] = None) -> list[OrganisationOut]:
    """List the organisations that are public by office, of one kind or all; enterprises are never listed."""
    return [_organisation(one) for one in queries.public_organisations(actor_of(request), kind)]


@router.get("/organisation/members", response=list[MemberOut], operation_id="members")
@access("accounts.view_organisation")
def members(request: HttpRequest) -> list[MemberOut]:
    """List the members of one's own organisation."""
    return [
        MemberOut(
            person=one.person.id,
            name_zh=one.person.name_zh,
            name_en=one.person.name_en,
            roles=list(one.roles),
            usernames=list(one.usernames),
        )
        for one in queries.members(actor_of(request))
    ]


@router.post("/organisation/members", response={201: MeOut}, operation_id="add_member")
@access("accounts.manage_members")
def add_member(request: HttpRequest, body: MemberIn) -> Status[MeOut]:
    """Add a member to one's own organisation, or give one a further role."""
    actor = actor_of(request)
    found = queries.my_organisation(actor)
    membership = commands.add_member(actor, organisation_id=found.id, **body.model_dump())
    person = membership.person
    added = MeOut(
        person=person.id,
        name_zh=person.name_zh,
        name_en=person.name_en,
        organisation=_organisation(found),
        roles=[Role(membership.role)],
    )
    return Status(201, added)


@router.delete("/organisation/members/{uuid:person_id}/{role}", response={204: None}, operation_id="end_role")
@access("accounts.manage_members")
def end_role(request: HttpRequest, person_id: UUID, role: Role) -> Status[None]:
    """End a member's role."""
    actor = actor_of(request)
    found = queries.my_organisation(actor)
    commands.revoke_role(actor, organisation_id=found.id, person_id=person_id, role=role)
    return Status(204, None)


@router.get("/tokens", response=list[TokenOut], operation_id="tokens")
@access("accounts.make_token")
def tokens(request: HttpRequest) -> list[TokenOut]:
    """List one's own tokens, newest first."""
    return [_token(one) for one in queries.my_tokens(actor_of(request))]


@router.post("/tokens", response={201: TokenMadeOut}, operation_id="make_token")
@access("accounts.make_token")
def make_token(request: HttpRequest, body: TokenIn) -> Status[TokenMadeOut]:
    """Make a token; its secret is in this answer only."""
    made, secret = commands.make_token(actor_of(request), name=body.name)
    return Status(201, TokenMadeOut(**_token(made).model_dump(), secret=secret))


@router.delete("/tokens/{uuid:token_id}", response={204: None}, operation_id="revoke_token")
@access("accounts.make_token")
def revoke_token(request: HttpRequest, token_id: UUID) -> Status[None]:
    """End one of one's own tokens."""
    commands.revoke_token(actor_of(request), token_id=token_id)
    return Status(204, None)
