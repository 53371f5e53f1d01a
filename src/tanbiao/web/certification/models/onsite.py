"""The audit at the site: how it is planned, interviews, photos, what came by sync."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.certification.models.verification import Visit
from tanbiao.web.ids import new_id


class AuditPlan(models.Model):
    """How the audit of a case is planned; the newest version stands. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="audit_plans")
    version = models.PositiveIntegerField()
    mode = models.CharField(max_length=12)
    """on_site, remote or unannounced."""
    day = models.DateField(null=True)
    """The day planned; of an unannounced audit the applicant does not learn it before the check-in."""
    remote_days = models.CharField(max_length=24)
    """Man-days worked from afar, canonical decimal."""
    fences = models.JSONField(default=list)
    """Of each site: site, latitude, longitude (degrees, WGS 84), radius_m."""
    salt = models.CharField(max_length=64)
    """Goes into the hash, so that nobody finds an unannounced day by trying all days."""
    hash = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_audit_plan_version"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.mode} {self.version}"


class Interview(models.Model):
    """A talk at the site: the role of whom was met (no name), its topic, notes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interviews")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="talks")
    role = models.CharField(max_length=120)
    topic = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.role}: {self.topic}"


class AuditPhoto(models.Model):
    """A photo of the site: the hash it was taken with, and the evidence file without what the camera wrote."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="audit_photos")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    taken_hash = models.CharField(max_length=HASH_LENGTH)
    """SHA-256 of the photo as taken: by the browser, and again here."""
    blob = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    caption = models.CharField(max_length=300, blank=True)
    item = models.CharField(max_length=200, blank=True)
    """Item of the product consistency list that it shows."""
    parts_removed = models.PositiveIntegerField()
    sealed_parts = models.TextField(blank=True)
    """The parts taken out, sealed for the body's key (JWE); empty where there were none or no key."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.filename


class SyncedItem(models.Model):
    """What a device has sent once: its own id, and the hash of what it sent under it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="synced")
    client_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    hash = models.CharField(max_length=HASH_LENGTH)
    result = models.UUIDField(null=True)
    """What was made of it, where that is a row of its own."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "client_id"), name="certification_synced_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"
