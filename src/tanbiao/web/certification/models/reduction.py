"""The reduction commitment of a case."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case


class ReductionCommitment(models.Model):
    """A commitment as the team recorded it at the audit; the newest version stands. Never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="commitments")
    version = models.PositiveIntegerField()
    baseline = models.CharField(max_length=24)
    target = models.CharField(max_length=24)
    """Both canonical decimals in ``unit``."""
    unit = models.CharField(max_length=60)
    baseline_year = models.PositiveIntegerField()
    target_year = models.PositiveIntegerField()
    measures = models.JSONField()
    """Of each: kind, text, saving."""
    hash = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_commitment_version"),)

    def __str__(self) -> str:
        return f"{self.baseline} → {self.target} {self.unit} ({self.target_year})"
