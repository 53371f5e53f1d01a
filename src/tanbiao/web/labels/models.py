"""Tables of the label: licences and uses. Their history stands with that of all of a certificate's life."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.surveillance.models import HASH_LENGTH, Living


class Licence(Living):
    """The right to use the label of one version of a certificate, for products of some production days or batches."""

    licence = models.CharField(max_length=90, unique=True)
    """Its own number, printed on its artwork: certificate, version, serial."""
    version = models.PositiveIntegerField()
    basis = models.CharField(max_length=10)
    """dates or batches."""
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    batches = models.JSONField(default=list)
    covers = models.JSONField(default=list)
    """Models of the product."""
    quantity = models.PositiveBigIntegerField(null=True)
    """Products made on its days or in its batches, as the holder states; None: not stated."""
    text = models.TextField(blank=True)
    artwork = models.CharField(max_length=HASH_LENGTH, blank=True)
    """The artwork as it was drawn when the licence was granted (SVG)."""
    ended_on = models.DateField(null=True)
    run_off_until = models.DateField(null=True)
    """Last day on which products made before the end may still carry it; none: the label must be removed at once."""

    class Meta(Living.Meta):
        ordering = ("number", "-version", "licence")

    def __str__(self) -> str:
        return self.licence


class LabelUse(Living):
    """One use of the label: where, how wide, how many, on which product."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="uses")
    position = models.CharField(max_length=60)
    place = models.CharField(max_length=300)
    """What carries it: the packaging's number, an address on the web, a brochure."""
    width_mm = models.FloatField(null=True)
    quantity = models.PositiveBigIntegerField(null=True)
    model = models.CharField(max_length=200, blank=True)
    production_day = models.DateField(null=True)
    batch = models.CharField(max_length=80, blank=True)
    sampler = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    figure_seen = models.CharField(max_length=40, blank=True)
    due = models.DateField(null=True)
    """Until when a violation has to be put right."""

    class Meta(Living.Meta):
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.licence} {self.position}"
