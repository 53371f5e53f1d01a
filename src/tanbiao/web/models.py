"""The search index's own copy of what it indexed; see :mod:`tanbiao.web.search`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SearchEntry(models.Model):
    """One searchable thing: what it is, its id there, and its text cut into tokens."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    tokens = models.TextField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_search_entry_per_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"
