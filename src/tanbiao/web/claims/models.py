"""Tables of the claim ledger: every instrument that a study has used up, and who holds a claim on it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tanbiao.web.accounts.models import Organisation
from tanbiao.web.ids import new_id


class Instrument(models.Model):
    """A certificate, proof or pass by kind and plain code; its row is the lock of all claims on it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=200)
    """As it is compared (:func:`tanbiao.web.claims.keys.key_of`)."""

    class Meta:
        ordering = ("kind", "code")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "code"], name="claims_one_row_per_instrument")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Claim(models.Model):
    """One use of an instrument by one row of one study: held, or released with its reason. Never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="claims")
    code = models.CharField(max_length=200)
    """As the study writes it."""
    amount = models.DecimalField(max_digits=30, decimal_places=9)
    """MWh of power, kg of material or CO2."""
    whole = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    """What the instrument holds in all, where the study says that others may use the rest."""
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    study = models.UUIDField(db_index=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    row = models.CharField(max_length=120)
    place = models.CharField(max_length=300)
    revision = models.CharField(max_length=71)
    registered_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    """Why it was released: ``withdrawn``, ``replaced`` (a later submission of the study does without it)."""

    class Meta:
        ordering = ("-registered_at", "-id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["owner", "released_at"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["instrument", "study", "place"],
                condition=Q(released_at__isnull=True),
                name="claims_one_held_claim_per_row",
            )
        ]

    @property
    def reference(self) -> str:
        """A name of the claim that tells nothing of who holds it."""
        return f"CL-{self.id.hex[-10:].upper()}"

    @property
    def is_held(self) -> bool:
        """Whether it keeps others from the instrument."""
        return self.released_at is None

    @property
    def uses(self) -> str:
        """The amount as plain decimal text."""
        return _plain(self.amount)

    @property
    def holds(self) -> str:
        """What the instrument holds in all, as plain decimal text; empty where the study does not say."""
        return "" if self.whole is None else _plain(self.whole)

    @property
    def title(self) -> dict[str, str]:
        """The study's title in both languages."""
        return {"zh": self.title_zh or self.title_en, "en": self.title_en or self.title_zh}

    def __str__(self) -> str:
        return self.reference


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
