"""The verification of a case after the steps of ISO 14064-3: terms, analysis, risks, tests, misstatements, later facts.

The evidence plan itself is :class:`~tanbiao.web.certification.models.verification.SampledRow`.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import HASH_LENGTH, Case
from tanbiao.web.ids import new_id


class VerificationTerms(models.Model):
    """The terms of the verification; the newest stands. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="verification_terms")
    version = models.PositiveIntegerField()
    assurance = models.CharField(max_length=12)
    criteria = models.TextField()
    scope = models.TextField()
    materiality_percent = models.CharField(max_length=12)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_terms_version"),)

    def __str__(self) -> str:
        return f"{self.case_id} terms {self.version}"


class StrategicAnalysis(models.Model):
    """What the verifier understood before he assessed risks; the newest stands. Never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="analyses")
    version = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    activities = models.TextField()
    """Product, processes and sites; what makes the figure large."""
    data_flow = models.TextField()
    """How data come about and into the study: meters, systems, hands."""
    controls = models.TextField()
    """What the company does itself against errors."""
    changes = models.TextField(blank=True)
    """What changed since the last period or the last round."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "version")
        constraints = (models.UniqueConstraint(fields=("case", "version"), name="certification_analysis_version"),)

    def __str__(self) -> str:
        return f"{self.case_id} analysis {self.version}"


class RowRisk(models.Model):
    """The assessed risk of a row in a round; detection risk follows from inherent and control risk."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="risks")
    round = models.PositiveIntegerField()
    row = models.CharField(max_length=120)
    inherent = models.CharField(max_length=8)
    control = models.CharField(max_length=8)
    detection = models.CharField(max_length=8)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "round", "row"), name="certification_risk_once"),)

    def __str__(self) -> str:
        return f"{self.row} {self.inherent}/{self.control}"


class RowTest(models.Model):
    """A test of a row: traced, recalculated by own means, confirmed or analysed; its result and its evidence."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tests")
    round = models.PositiveIntegerField()
    row = models.CharField(max_length=120)
    kind = models.CharField(max_length=12)
    result = models.CharField(max_length=12)
    """consistent, misstated or inconclusive."""
    declared = models.CharField(max_length=24)
    figure = models.CharField(max_length=24, blank=True)
    """The verifier's own figure, kg CO2e per declared unit, canonical decimal."""
    text = models.TextField(blank=True)
    """The document traced to, the means of the recalculation, who confirmed, what the analysis compared."""
    blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    carried_from = models.PositiveIntegerField(null=True)
    """The round in which it was made, where the row has not changed since."""
    client_id = models.CharField(max_length=120, null=True)
    """What makes a test that came from elsewhere (workbook) be recorded once."""
    package_hash = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=("case", "round", "client_id"), name="certification_test_client_once"),
        )

    def __str__(self) -> str:
        return f"{self.row} {self.kind} {self.result}"


class Misstatement(models.Model):
    """An error found in a row: what was declared, what is correct; what is left is seen in the round's package."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="misstatements")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    row = models.CharField(max_length=120)
    """The row, or for something left out ``omitted-n``."""
    carried_by = models.CharField(max_length=120, blank=True)
    """For something left out: the row that carries it since it was corrected."""
    declared = models.CharField(max_length=24)
    correct = models.CharField(max_length=24)
    isolated = models.BooleanField(default=False)
    intended = models.BooleanField(default=False)
    text = models.TextField()
    package_hash = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "number")
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="certification_misstatement_number"),
            models.UniqueConstraint(fields=("case", "row"), name="certification_one_misstatement_per_row"),
        )

    def __str__(self) -> str:
        return f"M{self.number}"


class LaterFact(models.Model):
    """A fact discovered after the opinion: before the issue it leads back to verification, after it is a work item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="later_facts")
    state = models.CharField(max_length=30)
    """Where the case stood when it was reported."""
    row = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled_text = models.TextField(blank=True)
    settled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.case_id}: {self.text[:40]}"
