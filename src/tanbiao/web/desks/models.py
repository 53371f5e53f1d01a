"""Tables of the desks: addresses of calendar feeds, and who wants the digest by mail."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id


class CalendarFeed(models.Model):
    """The private address under which a person's calendar of one organisation is read by a calendar program."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    lang = models.CharField(max_length=2)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    read_on = models.DateField(null=True)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return f"{self.person_id} {self.organisation_id}"


class MailChoice(models.Model):
    """Where a person wants the digest, how often, and whether the address was confirmed or the digest stopped."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254)
    lang = models.CharField(max_length=2)
    every = models.CharField(max_length=8)
    """daily or weekly."""
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    """When the owner of the address said yes; nothing but the question is sent before."""
    stopped_at = models.DateTimeField(null=True)
    sent_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.every}"

    @property
    def state(self) -> str:
        """``stopped``, ``on`` or ``asked`` (not yet confirmed)."""
        return "stopped" if self.stopped_at else "on" if self.confirmed_at else "asked"
