"""Answers to what may be waived of a case's sealed result."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.ids import new_id


class CaseWaiver(models.Model):
    """A check of the sealed package, or one process of it, waived or refused to be; never changed but by withdrawal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="waivers")
    round = models.PositiveIntegerField()
    package_hash = models.CharField(max_length=HASH_LENGTH)
    """The package that it is about; another one has to be answered for itself."""
    check_id = models.CharField(max_length=64)
    process = models.CharField(max_length=64, blank=True)
    """The only process it is of; empty: wherever the check fails."""
    granted = models.BooleanField()
    role = models.CharField(max_length=20)
    """verifier or reviewer: one of those that the rule names."""
    clause = models.CharField(max_length=200, blank=True)
    asked = models.TextField(blank=True)
    """The company's reason; empty where it did not ask."""
    reason = models.TextField()
    blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("case", "at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("case", "package_hash", "check_id", "process"),
                condition=models.Q(withdrawn_at__isnull=True),
                name="certification_waiver_answered_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.check_id}: {self.process}" if self.process else self.check_id
