"""Tables of certification: cases, their history, teams, findings, evidence samples, opinions, reviews and decisions.

Everything that was said is a row that is never changed; the case itself carries only where it stands. ``Case.head`` is
the hash of the newest line of its history: whoever acts names the head he has seen, and acts on nothing older.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.studies.models import Study

HASH_LENGTH = 71


class Case(models.Model):
    """A certification case: one applicant, one body, one study, one scheme version, from application to its end."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases_applied")
    """The applicant."""
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases_handled")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=20)
    """initial, change, extension, recertification or transfer."""
    certification = models.CharField(max_length=64, default="product-footprint")
    """Kind of certification by the scheme's id of it."""
    replaces = models.CharField(max_length=80, blank=True)
    """Number of the certificate that a change or recertification is about."""
    scheme = models.CharField(max_length=120)
    lifecycle = models.CharField(max_length=60)
    """Lifecycle and version the case was accepted under, e.g. ``certification-case@1.0.0``."""
    terms = models.JSONField()
    """The scheme's numbers as they stood when the case was opened; a later scheme changes no running case."""
    state = models.CharField(max_length=30)
    state_since = models.DateTimeField()
    round = models.PositiveIntegerField(default=1)
    package_hash = models.CharField(max_length=HASH_LENGTH)
    """The calculation package of this round: what findings, opinion, review and decision are about."""
    head = models.CharField(max_length=HASH_LENGTH)
    system_months = models.PositiveIntegerField(null=True)
    acceptance = models.JSONField(default=dict)
    """What the body confirmed on acceptance, and its declaration of impartiality."""
    contract_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    man_days = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at", "id")
        indexes = (models.Index(fields=("body", "state")), models.Index(fields=("owner", "state")))

    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """A line of a case's history: a transition, or an act within a state. Its hash chains over the one before."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history")
    index = models.PositiveIntegerField()
    event = models.CharField(max_length=40)
    source = models.CharField(max_length=30)
    target = models.CharField(max_length=30)
    is_transition = models.BooleanField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)
    round = models.PositiveIntegerField()
    hash = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        ordering = ("case", "index")
        constraints = (models.UniqueConstraint(fields=("case", "index"), name="certification_one_event_per_index"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.index} {self.event}"


class HeldDuty(models.Model):
    """A person had this duty in this round; never removed, because duties bind over all rounds."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(max_length=12)
    round = models.PositiveIntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("case", "person", "duty", "round"), name="certification_duty_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.duty} r{self.round}"


class Document(models.Model):
    """A document of the application, by kind."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    blob = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "at")

    def __str__(self) -> str:
        return f"{self.kind}: {self.filename}"


class Signature(models.Model):
    """One side's acceptance of the contract text that hashes to ``contract_hash``."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=12)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    contract_hash = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "side"), name="certification_one_signature_per_side"),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"


class TeamMember(models.Model):
    """A member of the evaluation team with what the body states about him."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="team")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    lead = models.BooleanField(default=False)
    competent = models.BooleanField(null=True)
    full_time = models.BooleanField(null=True)
    years = models.CharField(max_length=8, blank=True)
    no_conflict_declared = models.BooleanField(default=False)

    class Meta:
        ordering = ("-lead", "id")
        constraints = (models.UniqueConstraint(fields=("case", "person"), name="certification_member_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.case_id}"


class Visit(models.Model):
    """A visit to the site, or a remote one: check-in, check-out, place, people met, things sampled."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    round = models.PositiveIntegerField()
    remote = models.BooleanField(default=False)
    place = models.CharField(max_length=200)
    checked_in = models.DateTimeField()
    checked_out = models.DateTimeField(null=True)
    interviews = models.PositiveIntegerField(default=0)
    samples = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("checked_in", "id")

    def __str__(self) -> str:
        return self.place


class Finding(models.Model):
    """A finding of the team, pinned to a row of the study or to the whole; raised, answered, closed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField()
    severity = models.CharField(max_length=12)
    """major, minor or observation."""
    row = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10)
    package_hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("case", "number")
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="certification_finding_number"),)

    def __str__(self) -> str:
        return f"F{self.number}"


class FindingEntry(models.Model):
    """What was said on a finding: raised, answered, reopened or closed, by whom, with a file if there is one."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10)
    text = models.TextField()
    blob = models.CharField(max_length=HASH_LENGTH, blank=True)
    filename = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind}"


class SampledRow(models.Model):
    """A row of the evidence plan: its share of the emission, whether it was traced, and the verifier's own figure."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sample")
    round = models.PositiveIntegerField()
    row = models.CharField(max_length=120)
    share = models.CharField(max_length=24)
    """Share of Σ|contribution|, canonical decimal."""
    declared = models.CharField(max_length=24)
    own = models.CharField(max_length=24, blank=True)
    """The verifier's own figure for the row, by his own means; empty while he has none."""
    traced_to = models.CharField(max_length=300, blank=True)
    """The document the row was traced to; empty while it was not."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("case", "round", "row"), name="certification_row_sampled_once"),)

    def __str__(self) -> str:
        return self.row


class Opinion(models.Model):
    """The team's opinion on a package (ISO 14064-3: unmodified, modified, adverse, disclaimed)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    round = models.PositiveIntegerField()
    package_hash = models.CharField(max_length=HASH_LENGTH)
    kind = models.CharField(max_length=12)
    assurance = models.CharField(max_length=12)
    materiality_percent = models.CharField(max_length=12)
    scope = models.TextField()
    statement = models.TextField()
    declared = models.CharField(max_length=24)
    recomputed = models.CharField(max_length=24)
    replay_identical = models.BooleanField()
    own_rows = models.PositiveIntegerField()
    own_difference_percent = models.CharField(max_length=24, blank=True)
    sampled_share = models.CharField(max_length=24)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("id",)
        get_latest_by = "at"

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Review(models.Model):
    """The technical review of an opinion."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    round = models.PositiveIntegerField()
    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="reviews")
    positive = models.BooleanField()
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    def __str__(self) -> str:
        return f"{self.case_id} {self.positive}"


class Vote(models.Model):
    """The decision of one decision maker on a review; a single one, or those of a committee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="votes")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="votes", null=True)
    grants = models.BooleanField()
    void = models.BooleanField(default=False)
    """The issue that followed was voided: the case is to be decided again."""
    reason = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "by"), condition=models.Q(void=False), name="certification_one_vote_per_person"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.grants}"
