"""Tables of label schemes: how a packaged template stands on this platform, its history, and which bodies are approved.

The schemes themselves are versioned documents of the package. A template that nobody has unlocked has no row.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine

HASH_LENGTH = 71


class SchemeEntry(models.Model):
    """A version of a template on this platform, with what its last unlocking brought."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=120, unique=True)
    """``id@version`` of the packaged document."""
    state = models.CharField(max_length=20)
    state_since = models.DateTimeField()
    head = models.CharField(max_length=HASH_LENGTH)
    """Hash of the newest line of its history: an act names the head that its actor has seen."""
    number_pattern = models.CharField(max_length=80)
    minimum_width_mm = models.FloatField(default=0.0)
    regions = models.JSONField(default=list)
    adoption = models.JSONField(null=True)
    """``{batches, authorities}`` of the adoption list on which a rule must stand; None: it need not."""
    document = models.CharField(max_length=HASH_LENGTH)
    """The authority's document (PDF) as a content hash."""
    document_title = models.CharField(max_length=300)
    document_number = models.CharField(max_length=120)
    document_date = models.DateField(null=True)
    artwork = models.CharField(max_length=HASH_LENGTH)
    """The authority's artwork (PNG) as a content hash."""
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("reference",)

    def __str__(self) -> str:
        return self.reference


class SchemeEvent(HistoryLine):
    """A line of an entry's history; its hash chains over the one before."""

    entry = models.ForeignKey(SchemeEntry, on_delete=models.PROTECT, related_name="history")

    class Meta:
        ordering = ("entry", "index")
        constraints = (models.UniqueConstraint(fields=("entry", "index"), name="schemes_one_event_per_index"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.index} {self.event}"


class BodyApproval(models.Model):
    """An authority's approval of a body for a scheme, as the operator entered it from the document."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.CharField(max_length=64)
    """The scheme's id without its version: an approval outlives a version."""
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="scheme_approvals")
    number = models.CharField(max_length=120)
    categories = models.JSONField(default=list)
    """Product categories by id; empty: all that the scheme is open to."""
    regions = models.JSONField(default=list)
    """ISO 3166 codes; empty: all that the scheme is open to."""
    valid_from = models.DateField()
    valid_until = models.DateField()
    paper = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    ended_on = models.DateField(null=True)
    """First day on which it stands no more, where it was ended before its term."""
    end_reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("scheme", "at", "id")
        indexes = (models.Index(fields=("scheme", "body")),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"
