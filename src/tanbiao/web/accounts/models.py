"""Organisations, natural persons, their accounts, roles and tokens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from tanbiao.web import clock
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.ids import new_id


class Organisation(models.Model):
    """A tenant: an enterprise, a certification body, an authority, or who runs the platform."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, null=True, blank=True, unique=True)
    foreign_id = models.CharField(max_length=80, blank=True)
    """Register and number of an organisation without a unified social credit code (Hong Kong BR no., LEI, …)."""
    jurisdiction = models.CharField(max_length=10)
    """ISO 3166-2 code of the place whose authority is competent (``CN-GD``, ``HK``)."""
    city = models.CharField(max_length=4, blank=True)
    """First four digits of GB/T 2260 of the city, where it is said."""
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(uscc__isnull=False) | ~models.Q(foreign_id=""), name="organisation_has_an_identity"
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def name(self, lang: str) -> str:
        """Return the name in a language; Chinese where there is no English one."""
        return (self.name_en if lang == "en" else self.name_zh) or self.name_zh


class Person(models.Model):
    """A natural person. Duties are separated between persons: two accounts of one person are one actor."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    identity_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    """Keyed hash of an identity document's number; the number itself is not stored."""
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name_zh

    def name(self, lang: str) -> str:
        """Return the name in a language; Chinese where there is no English one."""
        return (self.name_en if lang == "en" else self.name_zh) or self.name_zh


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by user name, each with its person: every request of a signed-in person asks for both.

    Accounts are made by commands only.
    """

    def get_queryset(self) -> models.QuerySet[Account]:
        """Return the accounts with their persons."""
        return super().get_queryset().select_related("person")

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account of a user name, without regard to case."""
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """A log-in of a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True)
    email = models.EmailField(blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """Return the person's name."""
        return self.person.name_zh


class Membership(models.Model):
    """A person's role in an organisation, from its grant to its end; never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=24, choices=Role.choices)
    granted_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="one_live_membership_per_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation} · {self.role}"


class ApiToken(models.Model):
    """A program's key: acts as its person in its organisation. Only a hash of it is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    secret_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    """The first characters of the secret, so that its owner knows which one it is."""
    created_at = models.DateTimeField(default=clock.now)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class ReaderKey(models.Model):
    """The public key under which an organisation gets sealed bundles: waiting for its proof, current, or retired."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reader_keys")
    kid = models.CharField(max_length=43, db_index=True)
    """RFC 7638 thumbprint of the key."""
    x = models.CharField(max_length=43)
    """The X25519 point, base64url (RFC 8037)."""
    note = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8)
    challenge = models.TextField(blank=True)
    """What is encrypted for the key until it is proved."""
    answer_hash = models.CharField(max_length=64)
    challenged_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=10, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state="current"), name="one_current_reader_key"
            ),
            models.UniqueConstraint(
                fields=["kid"], condition=models.Q(proved_at__isnull=False), name="reader_key_proved_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.kid}"

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as JWK."""
        return {"kty": "OKP", "crv": "X25519", "x": self.x}
