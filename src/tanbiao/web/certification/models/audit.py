"""What an audit looks at beside the visits: whether product and site are what the sealed study says."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import Case


class ConsistencyAnswer(models.Model):
    """An item of the product consistency list: consistent, not, or not seen, with a remark."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consistency")
    item = models.CharField(max_length=200)
    answer = models.CharField(max_length=12)
    remark = models.CharField(max_length=1000, blank=True)
    round = models.PositiveIntegerField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "item"), name="certification_consistency_once"),)

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"
