"""Tables of a certificate's life: surveillances, grievances, transfers, their histories, work items, notices.

Everything refers to a certificate by its number: a plan, a complaint or a work item outlives a version.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.studies.models import Study

HASH_LENGTH = 71


class Living(models.Model):
    """What has a lifecycle: its state, since when, and the head of its history."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=64, db_index=True)
    """Number of the certificate."""
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """The holder."""
    state = models.CharField(max_length=20)
    state_since = models.DateTimeField()
    head = models.CharField(max_length=HASH_LENGTH, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.state}"


class HistoryLine(models.Model):
    """A line of the history of anything that has a lifecycle here; its hash chains over the one before."""

    subject = models.UUIDField(db_index=True)
    index = models.PositiveIntegerField()
    event = models.CharField(max_length=20)
    source = models.CharField(max_length=20)
    target = models.CharField(max_length=20)
    reason = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    hash = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        ordering = ("subject", "index")
        constraints = (models.UniqueConstraint(fields=("subject", "index"), name="surveillance_line_once"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.index} {self.event}"


class Surveillance(Living):
    """One surveillance of a certificate: when it is due, who carried it out, how it ended."""

    due = models.DateField()
    cause = models.CharField(max_length=20, default="planned")
    """planned by the scheme's interval, or extra: ordered by the body."""
    version = models.PositiveIntegerField(null=True)
    """Version of the certificate that was looked at; none before it begins."""
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="+")
    """The holder's calculated study on the new data, handed in for this surveillance."""
    overdue_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    """When the holder was told that it comes."""

    class Meta(Living.Meta):
        ordering = ("due", "number")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(state="running"), name="surveillance_one_running"
            ),
            models.UniqueConstraint(fields=["number", "due"], name="surveillance_once_a_day"),
        ]


class Looked(models.Model):
    """What was found on one thing that the scheme wants looked at; a later record of the same thing counts."""

    surveillance = models.ForeignKey(Surveillance, on_delete=models.PROTECT, related_name="looked")
    item = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12)
    """ok, observation or not_ok."""
    text = models.TextField()
    figures = models.JSONField(default=dict)
    """Numbers behind it: recalculated and certified figure, reduction against its target."""
    blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.item}: {self.outcome}"


class Grievance(Living):
    """A complaint of anybody, or a holder's appeal against a decision about a certificate, to the body."""

    kind = models.CharField(max_length=10)
    """complaint or appeal."""
    code = models.CharField(max_length=16, unique=True)
    """Random: whoever complained without a log-in follows the matter by it."""
    text = models.TextField()
    contact = models.CharField(max_length=200, blank=True)
    photo = models.CharField(max_length=HASH_LENGTH, blank=True)
    photo_type = models.CharField(max_length=60, blank=True)
    against = models.CharField(max_length=HASH_LENGTH, blank=True)
    """Hash of the change of state that is appealed against."""
    against_event = models.CharField(max_length=20, blank=True)
    against_reason = models.CharField(max_length=60, blank=True)
    handler = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    stays = models.BooleanField(default=False)
    """Whether the suspension that it is against is stayed."""
    due = models.DateField()
    """Last day of the step it is in."""
    answer = models.TextField(blank=True)
    """What the body told whoever complained."""

    class Meta(Living.Meta):
        ordering = ("due", "created_at")


class Transfer(Living):
    """A holder's wish to take a certificate to another body; ``body`` is the one that issued it."""

    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    certificate_head = models.CharField(max_length=HASH_LENGTH)
    """The certificate's state when the receiving body accepted; nothing newer is transferred."""
    open_points = models.TextField(blank=True)
    """What the handing-over body says is open."""
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    issue_id = models.UUIDField(null=True)
    new_number = models.CharField(max_length=64, blank=True)

    class Meta(Living.Meta):
        ordering = ("-created_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(state__in=("requested", "released", "reviewed", "accepted")),
                name="surveillance_one_transfer",
            ),
        ]


class FileReading(models.Model):
    """A person of the receiving body has opened the file of a transfer."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="readings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("transfer", "person"), name="surveillance_read_once"),)

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.person_id}"


class WorkItem(models.Model):
    """Something a body has to do about a certificate by a day, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=64, db_index=True)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    cause = models.CharField(max_length=160)
    """What opened it; the same cause opens one item."""
    details = models.JSONField(default=dict)
    due = models.DateField()
    opened_at = models.DateTimeField()
    resolution = models.CharField(max_length=24, blank=True)
    text = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("due", "opened_at")
        constraints = (models.UniqueConstraint(fields=("number", "cause"), name="surveillance_item_once"),)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class LifeNotice(models.Model):
    """Something an organisation was told about a certificate."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    cause = models.CharField(max_length=160)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("organisation", "cause"), name="surveillance_told_once"),)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
