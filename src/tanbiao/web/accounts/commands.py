"""The writers of accounts: organisations, members, roles and tokens."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from tanbiao.core.findings import Finding, Severity, TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts import identifiers
from tanbiao.web.accounts import uscc as credit_code
from tanbiao.web.accounts.actor import TOKEN_PREFIX, Actor, hash_token
from tanbiao.web.accounts.models import Account, ApiToken, Membership, Organisation, Person
from tanbiao.web.accounts.roles import JOINING, MANAGING_ROLE, ROLES_OF_KIND, Kind, Role
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, record, require
from tanbiao.web.ids import new_secret

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}")


@command("accounts.join")
def join(
    actor: Actor,
    *,
    name_zh: str,
    name_en: str = "",
    uscc: str = "",
    foreign_id: str = "",
    jurisdiction: str,
    city: str = "",
    username: str,
    password: str,
    person_name: str,
    email: str = "",
    kind: Kind = Kind.ENTERPRISE,
) -> Account:
    """Register an enterprise, association, university or institute with its first person, who becomes its manager.

    Raises
    ------
    Invalid
        ``kind_joins_not``: bodies and authorities are entered by the operator. Findings of every field that can't
        stand; ``uscc_taken``, ``username_taken``.
    """
    if kind not in JOINING:
        raise Invalid.of("kind_joins_not", "kind", kind=str(Kind(kind).label))
    organisation = _make_organisation(
        kind=Kind(kind),
        name_zh=name_zh,
        name_en=name_en,
        uscc=uscc,
        foreign_id=foreign_id,
        jurisdiction=jurisdiction,
        city=city,
    )
    account = _make_account(username=username, password=password, name_zh=person_name, name_en="", email=email)
    _log_organisation(actor, organisation)
    _grant(actor, account.person, organisation, MANAGING_ROLE[Kind(kind)])
    return account


@command("accounts.register_organisation")
def register_organisation(
    actor: Actor,
    *,
    kind: Kind,
    name_zh: str,
    name_en: str = "",
    uscc: str = "",
    foreign_id: str = "",
    jurisdiction: str,
    city: str = "",
) -> Organisation:
    """Register an organisation of any kind (operator and system only); see :func:`join` for enterprises' own way in."""
    organisation = _make_organisation(
        kind=Kind(kind),
        name_zh=name_zh,
        name_en=name_en,
        uscc=uscc,
        foreign_id=foreign_id,
        jurisdiction=jurisdiction,
        city=city,
    )
    _log_organisation(actor, organisation)
    return organisation


@command("accounts.register_organisation")
def enter_organisation(
    actor: Actor,
    *,
    kind: Kind,
    name_zh: str,
    name_en: str = "",
    uscc: str = "",
    foreign_id: str = "",
    jurisdiction: str,
    city: str = "",
    person_name: str,
    username: str,
    password: str,
) -> Organisation:
    """Enter an organisation of any kind with its first person, who manages it: bodies and authorities come in this way.

    Raises
    ------
    Invalid
        Findings of every field that can't stand; ``uscc_taken``, ``username_taken``. Then nothing is entered.
    """
    organisation = register_organisation(
        actor,
        kind=kind,
        name_zh=name_zh,
        name_en=name_en,
        uscc=uscc,
        foreign_id=foreign_id,
        jurisdiction=jurisdiction,
        city=city,
    )
    account = _make_account(username=username, password=password, name_zh=person_name, name_en="")
    _grant(actor, account.person, organisation, MANAGING_ROLE[Kind(kind)])
    return organisation


@command("accounts.create_account")
def create_account(
    actor: Actor,  # noqa: ARG001 (checked by the decorator)
    *,
    username: str,
    password: str,
    name_zh: str = "",
    name_en: str = "",
    email: str = "",
    person_id: UUID | None = None,
) -> Account:
    """Make an account for a new person, or a further account of a known one (``person_id``)."""
    return _make_account(
        username=username, password=password, name_zh=name_zh, name_en=name_en, email=email, person_id=person_id
    )


@command("accounts.manage_members")
def add_member(
    actor: Actor,
    *,
    organisation_id: UUID,
    role: Role,
    username: str,
    password: str = "",
    name_zh: str = "",
    name_en: str = "",
) -> Membership:
    """Give a role to the person of a user name; with ``password`` and ``name_zh`` the account is made first.

    Raises
    ------
    Invalid
        ``account_unknown`` where the name is new and no password came; ``role_not_of_kind``.
    """
    organisation = _organisation(organisation_id)
    require(actor, "accounts.manage_members", organisation)
    account = Account.objects.filter(username__iexact=username.strip()).select_related("person").first()
    if account is None:
        if not password:
            raise Invalid.of("account_unknown", "username", username=username)
        account = _make_account(username=username, password=password, name_zh=name_zh, name_en=name_en)
    elif password:
        raise Invalid.of("username_taken", "username", username=username)
    return _grant(actor, account.person, organisation, Role(role))


@command("accounts.manage_members")
def grant_role(actor: Actor, *, organisation_id: UUID, person_id: UUID, role: Role) -> Membership:
    """Give a member of an organisation a further role."""
    organisation = _organisation(organisation_id)
    require(actor, "accounts.manage_members", organisation)
    person = Person.objects.filter(id=person_id).first()
    known = actor.is_system or organisation.memberships.filter(person_id=person_id).exists()
    if person is None or not known:
        raise NotFound.of("person_unknown", "person_id")
    return _grant(actor, person, organisation, Role(role))


@command("accounts.manage_members")
def revoke_role(actor: Actor, *, organisation_id: UUID, person_id: UUID, role: Role) -> Membership:
    """End a role; tokens of a person who leaves the organisation end with it.

    Raises
    ------
    Conflict
        ``last_manager``: an organisation is never left without one.
    """
    organisation = _organisation(organisation_id)
    require(actor, "accounts.manage_members", organisation)
    live = Membership.objects.select_for_update().filter(organisation=organisation, ended_at__isnull=True)
    membership = live.filter(person_id=person_id, role=role).first()
    if membership is None:
        raise NotFound.of("role_not_held", "role", role=str(Role(role).value))
    if role == MANAGING_ROLE[Kind(organisation.kind)] and live.filter(role=role).count() == 1:
        raise Conflict.of("last_manager", "role")
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    if not live.filter(person_id=person_id).exists():
        ApiToken.objects.filter(organisation=organisation, person_id=person_id, revoked_at__isnull=True).update(
            revoked_at=clock.now()
        )
    _log_membership(actor, membership, "role_ended")
    return membership


@command("accounts.manage_members")
def set_password(actor: Actor, *, organisation_id: UUID, username: str, password: str) -> Account:
    """Give a member a new first password, for the platform sends no mail; open sessions of the account end.

    Raises
    ------
    NotFound
        ``account_unknown``: no member of this organisation has this user name.
    Conflict
        ``member_elsewhere``: the person works for another organisation too, whose data this would open.
    """
    organisation = _organisation(organisation_id)
    require(actor, "accounts.manage_members", organisation)
    account = Account.objects.select_for_update().filter(username__iexact=username.strip()).first()
    live = Membership.objects.filter(person=account.person, ended_at__isnull=True) if account else None
    if account is None or live is None or not live.filter(organisation=organisation).exists():
        raise NotFound.of("account_unknown", "username", username=username)
    if live.exclude(organisation=organisation).exists():
        raise Conflict.of("member_elsewhere", "username", username=username)
    weak = _weak_password(password, account)
    if weak is not None:
        raise Invalid(weak)
    account.set_password(password)
    account.save(update_fields=["password"])
    event = {"event": "password_set", "account": str(account.id), "person": str(account.person_id)}
    record(actor, type="account_event", subject=account.id, event=event)
    return account


@command("accounts.make_token")
def make_token(actor: Actor, *, name: str) -> tuple[ApiToken, str]:
    """Make a token that acts as this person in this organisation; the secret is returned once and never again."""
    if actor.person is None or actor.organisation is None:
        raise Invalid.of("token_needs_organisation")
    if not name.strip() or len(name) > 80:
        raise Invalid.of("name_missing", "name")
    secret = new_secret(TOKEN_PREFIX)
    token = ApiToken.objects.create(
        person=actor.person,
        organisation=actor.organisation,
        name=name.strip(),
        secret_hash=hash_token(secret),
        hint=secret[:8],
    )
    return token, secret


@command("accounts.make_token")
def revoke_token(actor: Actor, *, token_id: UUID) -> ApiToken:
    """End one of the actor's own tokens."""
    token = ApiToken.objects.filter(id=token_id, person=actor.person, organisation=actor.organisation).first()
    if token is None:
        raise NotFound.of("token_not_found", "token_id")
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
    return token


@command("accounts.profile")
def set_profile(actor: Actor, *, name_zh: str, name_en: str = "") -> Person:
    """Change how the person's own name is written."""
    if not name_zh.strip():
        raise Invalid.of("name_missing", "name_zh")
    if actor.person is None:
        raise NotFound.of("person_unknown")
    person = Person.objects.select_for_update().get(id=actor.person.id)
    person.name_zh, person.name_en = name_zh.strip(), name_en.strip()
    person.save(update_fields=["name_zh", "name_en"])
    return person


def _organisation(organisation_id: UUID) -> Organisation:
    found = Organisation.objects.filter(id=organisation_id).first()
    if found is None:
        raise NotFound.of("organisation_unknown", "organisation_id")
    return found


def _make_organisation(
    *, kind: Kind, name_zh: str, name_en: str, uscc: str, foreign_id: str, jurisdiction: str, city: str = ""
) -> Organisation:
    findings = []
    if not name_zh.strip():
        findings.append(Finding("name_missing", Severity.BLOCKING, "name_zh"))
    foreign = foreign_id.strip()[:80]
    findings += identifiers.wrong_place(jurisdiction, city)
    code = None
    findings += identifiers.wrong_identifier(jurisdiction, uscc.strip(), foreign)
    if uscc.strip():
        try:
            code = credit_code.check(uscc)
        except TanbiaoError as error:
            findings.extend(error.findings)
    if code and Organisation.objects.filter(uscc=code).exists():
        findings.append(Finding("uscc_taken", Severity.BLOCKING, "uscc", {"uscc": code}))
    if findings:
        raise Invalid(*findings)
    return Organisation.objects.create(
        kind=kind,
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        uscc=code,
        foreign_id=foreign,
        jurisdiction=jurisdiction,
        city=city,
        is_demo=bool(code and credit_code.is_demo(code)),
    )


def _weak_password(password: str, account: Account) -> Finding | None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        return Finding("password_weak", Severity.BLOCKING, "password", {"reason": " ".join(error.messages)})
    return None


def _make_account(
    *,
    username: str,
    password: str,
    name_zh: str,
    name_en: str,
    email: str = "",
    person_id: UUID | None = None,
) -> Account:
    username = username.strip()
    findings = []
    if not USERNAME.fullmatch(username):
        findings.append(Finding("username_malformed", Severity.BLOCKING, "username", {"username": username}))
    elif Account.objects.filter(username__iexact=username).exists():
        findings.append(Finding("username_taken", Severity.BLOCKING, "username", {"username": username}))
    if person_id is None and not name_zh.strip():
        findings.append(Finding("name_missing", Severity.BLOCKING, "person_name"))
    weak = _weak_password(password, Account(username=username, email=email))
    if weak is not None:
        findings.append(weak)
    if findings:
        raise Invalid(*findings)
    person = Person.objects.filter(id=person_id).first() if person_id else None
    if person_id and person is None:
        raise NotFound.of("person_unknown", "person_id")
    if person is None:
        person = Person.objects.create(name_zh=name_zh.strip(), name_en=name_en.strip())
    account = Account(username=username, email=email.strip(), person=person)
    account.set_password(password)
    with transaction.atomic():
        account.save(force_insert=True)
    return account


def _grant(actor: Actor, person: Person, organisation: Organisation, role: Role) -> Membership:
    if role not in ROLES_OF_KIND[Kind(organisation.kind)]:
        raise Invalid.of("role_not_of_kind", "role", role=str(role.label), kind=str(Kind(organisation.kind).label))
    membership, made = Membership.objects.get_or_create(
        person=person, organisation=organisation, role=role, ended_at=None
    )
    if made:
        _log_membership(actor, membership, "role_granted")
    return membership


def _log_organisation(actor: Actor, organisation: Organisation) -> None:
    event: dict[str, Any] = {
        "event": "registered",
        "kind": organisation.kind,
        "name_zh": organisation.name_zh,
        "uscc": organisation.uscc,
        "foreign_id": organisation.foreign_id,
        "jurisdiction": organisation.jurisdiction,
    }
    record(actor, type="organisation_event", subject=organisation.id, event=event)


def _log_membership(actor: Actor, membership: Membership, event_name: str) -> None:
    event: dict[str, Any] = {
        "event": event_name,
        "membership": str(membership.id),
        "person": str(membership.person_id),
        "organisation": str(membership.organisation_id),
        "role": str(membership.role),
    }
    record(actor, type="account_event", subject=membership.id, event=event)
