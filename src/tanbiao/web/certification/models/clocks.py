"""The clocks of a case: one for each stay in a state, and the spells in which it waits for the applicant."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Person
from tanbiao.web.certification.models.case import Case


class StepClock(models.Model):
    """A stay of a case in one state, from the transition into it to the one out of it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=30)
    round = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    """When the platform found that its term was over; the body's own steps go on all the same."""

    class Meta:
        ordering = ("case", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("case",), condition=models.Q(ended_at__isnull=True), name="certification_one_running_step"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class Pause(models.Model):
    """A spell in which a step waits for the applicant: what he was asked, and when it ended."""

    step = models.ForeignKey(StepClock, on_delete=models.PROTECT, related_name="pauses")
    text = models.TextField()
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("step", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("step",), condition=models.Q(ended_at__isnull=True), name="certification_one_running_pause"
            ),
        )

    def __str__(self) -> str:
        return f"{self.step_id} waits"
