"""Tables of the catalogue: what authorities stated of a category's gates, and when it was opened or closed.

Categories and lists themselves are versioned documents of the package; nothing of them is stored here.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id


class GateStatement(models.Model):
    """What an authority stated of one gate of a category; the last one of a gate counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=64)
    gate = models.CharField(max_length=16)
    green = models.BooleanField()
    evidence = models.CharField(max_length=2000)
    bodies = models.ManyToManyField(Organisation, related_name="+")
    """The certification bodies that are competent, for the gate that counts them."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["category", "at"])]

    def __str__(self) -> str:
        return f"{self.category} {self.gate}"


class CategoryEvent(models.Model):
    """The opening or closing of a category; the last one says its state, none at all means planned."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=64)
    state = models.CharField(max_length=8)
    """open, closed."""
    is_demonstration = models.BooleanField(default=False)
    """Opened under a rule that claims no official basis."""
    rule = models.CharField(max_length=80, blank=True)
    basis = models.JSONField(default=dict)
    """What the gates rested on: criteria version, evidence of each gate, the rule's hash."""
    reason = models.CharField(max_length=2000)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["category", "at"])]

    def __str__(self) -> str:
        return f"{self.category} {self.state}"
