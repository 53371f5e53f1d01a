"""The certification unit of a case: what its certificate is to cover. A change is a new version."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case


class CertificationUnit(models.Model):
    """A version of a case's unit (``tanbiao: unit/1``), never changed; the newest counts."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="units")
    version = models.PositiveIntegerField()
    document = models.JSONField()
    hash = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_unit_version_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"
