"""The papers of a case: frozen content, signatures of its persons, release by the body's signatory, and retention."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.ids import new_id


class Signatory(models.Model):
    """A person whom a body has named to release its papers; ended, never deleted."""

    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="signatories")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    named_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("body", "person"),
                condition=models.Q(ended_at__isnull=True),
                name="certification_signatory_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} signs for {self.body_id}"


class CasePaper(models.Model):
    """A version of a paper: ``draft``, ``released`` or ``superseded`` by a later version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=12)
    round = models.PositiveIntegerField()
    content = models.CharField(max_length=HASH_LENGTH)
    """Hash of the content (``tanbiao: paper/1``) in the content store: what is signed."""
    word = models.CharField(max_length=HASH_LENGTH, blank=True)
    """The edited Word file that the free text was taken from; empty: no file was brought back."""
    sealed = models.JSONField(default=dict)
    """Language → hash of the released PDF."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    released_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    retain_until = models.DateField(null=True)
    """Last day before which it can't be deleted; set at the release."""

    class Meta:
        ordering = ("case", "kind", "version")
        constraints = (
            models.UniqueConstraint(fields=("case", "kind", "version"), name="certification_paper_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} v{self.version}"


class PaperSignature(models.Model):
    """A person's signature under a paper's content."""

    paper = models.ForeignKey(CasePaper, on_delete=models.CASCADE, related_name="signatures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=12)
    content = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("paper", "person"), name="certification_paper_signed_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} signs {self.paper_id}"
