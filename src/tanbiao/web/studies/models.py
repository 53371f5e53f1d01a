"""Tables of a study: its state, its immutable revisions, their results, its files.

The truth of a revision is canonical JSON in the content store, addressed by its hash. Rows here point at it.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id

HASH_LENGTH = 71


class Study(models.Model):
    """A product carbon footprint study of one organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="studies")
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=40)
    lifecycle = models.CharField(max_length=40)
    head = models.ForeignKey("Revision", on_delete=models.PROTECT, null=True, related_name="+")
    package_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at",)
        indexes = (models.Index(fields=("owner", "state")),)

    def __str__(self) -> str:
        return self.title_zh


class Revision(models.Model):
    """One saved state of a study's document; never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    hash = models.CharField(max_length=HASH_LENGTH)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    origin = models.CharField(max_length=20)
    """yaml, json, excel, page or example: how the document came in."""
    source_blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    """The uploaded file as it was, so that findings can go back into the same workbook."""
    rule = models.CharField(max_length=120, blank=True)
    release = models.CharField(max_length=120)
    rows = models.PositiveIntegerField()
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("study", "-number")
        constraints = (models.UniqueConstraint(fields=("study", "number"), name="studies_one_revision_per_number"),)

    def __str__(self) -> str:
        return f"{self.study_id} r{self.number}"


class Upload(models.Model):
    """A file as it came in. One that could not become a revision is kept with its findings: nothing is lost."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="uploads")
    blob = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    findings = models.JSONField()
    accepted = models.BooleanField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.filename


class Result(models.Model):
    """What a revision's calculation gave; the document is in the content store."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="results")
    blob = models.CharField(max_length=HASH_LENGTH)
    hash = models.CharField(max_length=HASH_LENGTH)
    value = models.CharField(max_length=40)
    unit = models.CharField(max_length=60)
    completeness = models.CharField(max_length=20)
    blocking = models.BooleanField()
    """Whether a check of the rule stands against submission."""
    samples = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


class Evidence(models.Model):
    """A file that backs a row of a study; (study, row) stays valid over all revisions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="evidence")
    row = models.CharField(max_length=120, blank=True)
    blob = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("row", "-at")

    def __str__(self) -> str:
        return self.filename


class CriticalReview(models.Model):
    """The record of a critical review of one result; never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="reviews")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="reviews")
    blob = models.CharField(max_length=HASH_LENGTH)
    """The record ``tanbiao: review/1`` in the content store."""
    kind = models.CharField(max_length=20)
    conclusion = models.CharField(max_length=40)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.conclusion} ({self.kind})"


class StudyGrant(models.Model):
    """Sight of a study for another organisation: a certification body while its case runs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=80)
    """What it was given for, e.g. ``case/<id>``."""
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("study", "organisation", "purpose"), name="studies_one_grant_per_purpose"),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} sees {self.study_id}"


class Transition(models.Model):
    """The history of a study's state: which event, by whom, from where to where, under which reason."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="transitions")
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    target = models.CharField(max_length=40)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
