"""Indirect-carbon certificates that an applicant attaches to his case."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.ids import new_id


class AttachedCertificate(models.Model):
    """A certificate of another kind (green product, energy or environmental management system), with its file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attached")
    kind = models.CharField(max_length=64)
    standard = models.CharField(max_length=120)
    number = models.CharField(max_length=120)
    body_name = models.CharField(max_length=200)
    holder_id = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_until = models.DateField()
    blob = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "at", "id")
        constraints = (models.UniqueConstraint(fields=("case", "kind", "number"), name="certification_attached_once"),)

    def __str__(self) -> str:
        return f"{self.standard} {self.number}"
