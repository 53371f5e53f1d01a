"""What a case finds: visits, findings, evidence samples, opinions, reviews and decisions. Rows are never changed."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.ids import new_id


class Visit(models.Model):
    """A visit to the site, or a remote one: check-in, check-out, place, people met, things sampled."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    round = models.PositiveIntegerField()
    remote = models.BooleanField(default=False)
    place = models.CharField(max_length=200)
    checked_in = models.DateTimeField()
    checked_out = models.DateTimeField(null=True)
    interviews = models.PositiveIntegerField(default=0)
    samples = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    site = models.CharField(max_length=200, blank=True)
    """Site of the audit's plan whose fence was asked."""
    fence = models.CharField(max_length=8, blank=True)
    """inside or outside; empty where there was no fence or no reading."""
    accuracy = models.CharField(max_length=8, blank=True)
    """fine or coarse."""
    fence_remark = models.CharField(max_length=500, blank=True)
    """Why the auditor was outside the fence, or had no reading."""
    sealed_position = models.TextField(blank=True)
    """The exact reading, sealed for the body's readers (JWE); nothing of it is kept in clear."""
    received_at = models.DateTimeField(null=True)
    """When the platform heard of it, where the times are the device's own."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("checked_in", "id")

    def __str__(self) -> str:
        return self.place


class Finding(models.Model):
    """A finding of the team, pinned to a row of the study or to the whole; raised, answered, closed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    severity = models.CharField(max_length=12)
    """major, minor or observation."""
    row = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10)
    package_hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("case", "number")
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="certification_finding_number"),)

    def __str__(self) -> str:
        return f"F{self.number}"


class FindingEntry(models.Model):
    """What was said on a finding: raised, answered, reopened or closed, by whom, with a file if there is one."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10)
    text = models.TextField()
    blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind}"


class SampledRow(models.Model):
    """A row of the evidence plan: its share of the emission, whether it was traced, and the verifier's own figure."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sample")
    round = models.PositiveIntegerField()
    row = models.CharField(max_length=120)
    share = models.CharField(max_length=24)
    """Share of Σ|contribution|, canonical decimal."""
    declared = models.CharField(max_length=24)
    own = models.CharField(max_length=24, blank=True)
    """The verifier's own figure for the row, by his own means; empty while he has none."""
    traced_to = models.CharField(max_length=300, blank=True)
    """The document the row was traced to; empty while it was not."""
    reasons = models.CharField(max_length=120, blank=True)
    """Why it is in the plan: risk, supplier, share, stratum, or chosen by the verifier; commas between."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "round", "row"), name="certification_row_sampled_once"),)

    def __str__(self) -> str:
        return self.row


class Opinion(models.Model):
    """The team's opinion on a package (ISO 14064-3: unmodified, modified, adverse, disclaimed)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    round = models.PositiveIntegerField()
    package_hash = models.CharField(max_length=HASH_LENGTH)
    kind = models.CharField(max_length=12)
    assurance = models.CharField(max_length=12)
    materiality_percent = models.CharField(max_length=12)
    scope = models.TextField()
    statement = models.TextField()
    declared = models.CharField(max_length=24)
    recomputed = models.CharField(max_length=24)
    replay_identical = models.BooleanField()
    own_rows = models.PositiveIntegerField()
    own_difference_percent = models.CharField(max_length=24, blank=True)
    sampled_share = models.CharField(max_length=24)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("id",)
        get_latest_by = "at"

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Review(models.Model):
    """The technical review of an opinion."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    round = models.PositiveIntegerField()
    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="reviews")
    positive = models.BooleanField()
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    def __str__(self) -> str:
        return f"{self.case_id} {self.positive}"


class Vote(models.Model):
    """The decision of one decision maker on a review; a single one, or those of a committee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="votes")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="votes", null=True)
    grants = models.BooleanField()
    void = models.BooleanField(default=False)
    """The issue that followed was voided: the case is to be decided again."""
    reason = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "by"), condition=models.Q(void=False), name="certification_one_vote_per_person"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.grants}"
