"""The blind second opinion: a draw whose seed was committed beforehand, and what the second opinion came to."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.certification.models.verification import Opinion


class OpinionDraw(models.Model):
    """A draw: committed before the opinion, carried out when it is stated. Never changed after."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="draws")
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=HASH_LENGTH)
    """SHA-256 of the seed, in the history before there was an opinion."""
    committed_at = models.DateTimeField()
    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, null=True, related_name="+")
    drawn = models.BooleanField(null=True)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("case",), condition=models.Q(opinion__isnull=True), name="certification_one_open_draw"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.drawn}"


class SecondOpinion(models.Model):
    """A second opinion on the package of a drawn one: by whom, what it says, whether it differs, what that came to."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_opinions")
    first = models.OneToOneField(Opinion, on_delete=models.PROTECT, related_name="second")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    kind = models.CharField(max_length=12, blank=True)
    figure = models.CharField(max_length=24, blank=True)
    """The second reviewer's own figure of the whole, where he made one; canonical decimal, unit of the result."""
    statement = models.TextField(blank=True)
    hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    stated_at = models.DateTimeField(null=True)
    differs = models.BooleanField(null=True)
    stands = models.CharField(max_length=6, blank=True)
    """Which one stands where they differ: first or second."""
    reason = models.TextField(blank=True)
    resolved_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
