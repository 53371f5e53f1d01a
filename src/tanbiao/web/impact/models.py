"""Tables of the impact: the index of what leans on which factor, and the runs that recalculated it.

The index is made from the stores (revisions, results, certificates) and can be made again. A run changes nothing
outside its own tables.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.studies.models import Revision, Study


class Entry(models.Model):
    """A revision in the index: one that is its study's newest or that a certificate rests on, and that has a result."""

    id = models.BigAutoField(primary_key=True)
    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="impact_entry")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="impact_entries")
    release = models.CharField(max_length=80)
    release_hash = models.CharField(max_length=71)
    gwp = models.CharField(max_length=20)
    rule = models.CharField(max_length=120, blank=True)
    form = models.CharField(max_length=10)
    """compiled; whole: too large to compile, it is calculated in full; refused: see ``problem``."""
    value = models.FloatField(null=True)
    """Total on its own release, kg CO2e per declared unit."""
    unit = models.CharField(max_length=60)
    completeness = models.CharField(max_length=20)
    period_from = models.CharField(max_length=10)
    period_to = models.CharField(max_length=10)
    body = models.BinaryField()
    """The compiled study (see :mod:`tanbiao.web.impact.packing`); empty unless ``form`` is compiled."""
    problem = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["release", "gwp"])]

    def __str__(self) -> str:
        return f"{self.revision_id} on {self.release}"


class FactorUse(models.Model):
    """A factor of a release that a revision leans on: what it asks the release, and the dataset that answers."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="uses")
    release = models.CharField(max_length=80)
    question = models.CharField(max_length=240)
    dataset_id = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "question"], name="impact_one_use_per_question"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["release", "question"]),
            models.Index(fields=["dataset_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.question} in {self.release}"


class CertificateUse(models.Model):
    """A certificate (version) that rests on an indexed revision, and the right to its label."""

    certificate = models.OneToOneField(Certificate, on_delete=models.CASCADE, primary_key=True, related_name="+")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="certificates")
    label = models.CharField(max_length=10)
    """active, suspended or ended: the right to the label stands and falls with the certificate."""

    def __str__(self) -> str:
        return f"{self.certificate_id}: label {self.label}"


class Run(models.Model):
    """What one release would change: its plan, how far it is, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.CharField(max_length=80)
    release_hash = models.CharField(max_length=71)
    preview = models.BooleanField()
    """The release is not installed: nobody but who oversees the platform sees the run."""
    cause = models.CharField(max_length=10)
    """installed (it succeeds another release) or asked (somebody wanted to know)."""
    predecessors = models.JSONField(default=list)
    """Releases whose studies are looked at; empty: every other one."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10)
    """waiting, running, done, cancelled or failed."""
    subjects = models.JSONField(null=True)
    """Ids of the index entries to recalculate, in order; None while there is no plan."""
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    slice = models.PositiveIntegerField(default=0)
    """How many times work was asked for; part of the task's key."""
    samples = models.PositiveIntegerField(default=0)
    looked_at = models.PositiveIntegerField(default=0)
    """Index entries of the predecessors, touched or not."""
    problem = models.JSONField(default=list)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["release"], condition=models.Q(cause="installed"), name="impact_one_run_per_installed_release"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release} {self.state}"


class RunFactor(models.Model):
    """A factor whose figure the new release changes, for studies of one release and GWP set."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="factors")
    release = models.CharField(max_length=80)
    gwp = models.CharField(max_length=20)
    question = models.CharField(max_length=240)
    dataset_id = models.CharField(max_length=200)
    new_dataset_id = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=60)
    old = models.FloatField(null=True)
    new = models.FloatField(null=True)
    stop = models.CharField(max_length=12, blank=True)
    """Why it can't be answered as before: gone, other_unit, no_figure."""
    uses = models.PositiveIntegerField()

    class Meta:
        ordering = ("-uses", "question")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["run", "release", "gwp", "question"], name="impact_one_factor_per_question"
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Line(models.Model):
    """What a run found for one study or certificate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines")
    subject = models.CharField(max_length=60)
    """``certificate/<id>`` or ``revision/<id>``."""
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    old_release = models.CharField(max_length=80)
    old = models.FloatField(null=True)
    new = models.FloatField(null=True)
    relative = models.FloatField(null=True)
    """(new − old) / |old|; None where one of the two is not known whole."""
    p2_5 = models.FloatField(null=True)
    p50 = models.FloatField(null=True)
    p97_5 = models.FloatField(null=True)
    unit = models.CharField(max_length=60)
    completeness = models.CharField(max_length=20)
    how = models.CharField(max_length=12)
    """first_order, full, stopped or failed."""
    old_class = models.CharField(max_length=60, blank=True)
    new_class = models.CharField(max_length=60, blank=True)
    class_source = models.CharField(max_length=300, blank=True)
    """Empty: no class is defined for it."""
    class_may_change = models.BooleanField(default=False)
    who = models.CharField(max_length=10)
    """holder, body or nobody."""
    why = models.CharField(max_length=40)
    is_over = models.BooleanField()
    """|Δ| reaches the threshold."""
    threshold_percent = models.FloatField()
    threshold_source = models.CharField(max_length=300)
    rank = models.FloatField()
    """|Δ|, what gave no figure before all others: the worst first."""
    recalculate_by = models.DateField(null=True)
    by_basis = models.CharField(max_length=20, blank=True)
    causes = models.JSONField(default=list)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ("-rank", "subject")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "subject"], name="impact_one_line_per_subject"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["run", "rank"]),
            models.Index(fields=["owner", "run"]),
            models.Index(fields=["body", "run"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.how}"


class Notice(models.Model):
    """A line in the queue of somebody's desk: the holder's, and that of the body that issued the certificate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="notices")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-at", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["line", "organisation"], name="impact_one_notice_per_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} → {self.organisation_id}"


class FactorAlert(models.Model):
    """A factor of a governed database lost its standing: said to whose figure leans on it, until it is restored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identifier = models.CharField(max_length=120)
    """Of the published dataset, ``tanbiao/<database>/<name>.<number>``."""
    state = models.CharField(max_length=30)
    """suspended, corrected or retired."""
    release = models.CharField(max_length=80)
    dataset_id = models.CharField(max_length=200)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-at", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation", "seen_at"])]

    def __str__(self) -> str:
        return f"{self.identifier} {self.state} → {self.organisation_id}"


class RuleRun(models.Model):
    """A dry run of a rule's draft over the studies of its category: nothing outside its own tables changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="dry_runs")
    draft = models.PositiveIntegerField()
    """Number of the draft that was tried."""
    document = models.CharField(max_length=71)
    """Hash of the rule that the draft is."""
    state = models.CharField(max_length=10)
    """waiting, done or failed."""
    summary = models.JSONField(default=dict)
    """See :func:`tanbiao.core.rules.dry_run.summary`."""
    findings = models.JSONField(default=list)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "id")

    def __str__(self) -> str:
        return f"{self.rule} draft {self.draft}"


class RuleEffect(models.Model):
    """What a draft would do to one study; only a study of the draft's categories has one."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(RuleRun, on_delete=models.CASCADE, related_name="effects")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    effect = models.JSONField()
    rank = models.FloatField()
    """Size of the relative change; largest where a figure is lost or a study newly blocked."""

    class Meta:
        ordering = ("-rank", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["run", "owner"])]

    def __str__(self) -> str:
        return f"{self.run_id} {self.revision_id}"
