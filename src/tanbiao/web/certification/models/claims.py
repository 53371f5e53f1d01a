"""The claim of a case of another kind than a footprint, and the retired credits that it uses up."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case


class CaseClaim(models.Model):
    """A version of a case's claim as it was frozen, never changed; the newest counts in the next round."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="claims")
    version = models.PositiveIntegerField()
    package_hash = models.CharField(max_length=HASH_LENGTH)
    """The frozen package (``tanbiao: claim-package/1``) in the content store."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_claim_version_once"),)

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class CreditRegistry(models.Model):
    """A registry of credits as claims have named one: its row is locked while credits of it are taken."""

    key = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.key


class UsedCredit(models.Model):
    """A block of retired credits in the hands of a case: no serial number of it can be used again on this platform.

    It is given back only when the case ends without a certificate or its claim is stated without the block.
    """

    registry = models.ForeignKey(CreditRegistry, on_delete=models.PROTECT, related_name="used")
    block = models.CharField(max_length=200)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="credits")
    at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("registry", "block", "first")),)

    def __str__(self) -> str:
        return f"{self.block} {self.first}-{self.last}"
