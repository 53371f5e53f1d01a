"""Tables of the register: certificates and their versions, the issue saga, public snapshots, reports of the public."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.certification.models import Case
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine
from tanbiao.web.register.models_public import (
    Declaration,
    Entry,
    FacetName,
    Notice,
    OpenDump,
    ProductIdentifier,
    Production,
    Recalculation,
    Serial,
    StatusShard,
    Subscription,
    Tally,
)
from tanbiao.web.studies.models import Study

__all__ = [
    "Certificate",
    "ChangeProposal",
    "Declaration",
    "Entry",
    "FacetName",
    "Flag",
    "Issue",
    "IssueStage",
    "Migration",
    "MigrationNotice",
    "Notice",
    "OpenDump",
    "ProblemReport",
    "ProductIdentifier",
    "Production",
    "Recalculation",
    "RecheckRun",
    "Serial",
    "Snapshot",
    "StatusChange",
    "StatusList",
    "StatusShard",
    "Subscription",
    "Tally",
]

HASH_LENGTH = 71


class Issue(models.Model):
    """The issue of one certificate version: a saga of stages, each recorded before it acts, resumed or voided."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="issues")
    """The granted case; None for an administrative change of an existing certificate."""
    order = models.JSONField()
    """What is to be certified: everything the claims are made from, frozen when the saga opens."""
    number = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, db_index=True)
    """running, done or voided."""
    void_reason = models.CharField(max_length=60, blank=True)
    master = models.CharField(max_length=64)
    """Hexadecimal master salt of the commitments: secret, needed to open them."""
    status_index = models.PositiveIntegerField(unique=True)
    """Random place in the status lists; never used twice, also not after a void."""
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("number", "version"), name="register_number_once"),
            models.UniqueConstraint(
                fields=("case",), condition=~models.Q(state="voided"), name="register_one_live_issue_per_case"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"


class IssueStage(models.Model):
    """A stage of an issue: begun before it acts, done with what came out of it."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="stages")
    name = models.CharField(max_length=12)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    output = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("issue", "name"), name="register_stage_once"),)

    def __str__(self) -> str:
        return f"{self.issue_id} {self.name}"


class Certificate(models.Model):
    """One version of a certificate as it stands in the register."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=64, db_index=True)
    version = models.PositiveIntegerField(default=1)
    is_newest = models.BooleanField(default=True)
    issue = models.OneToOneField(Issue, on_delete=models.PROTECT, related_name="certificate")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates_issued")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="certificates_held")
    """The holder."""
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="certificates")
    """None where it is of another kind than a footprint."""
    scheme = models.CharField(max_length=120)
    category = models.CharField(max_length=120, blank=True)
    lifecycle = models.CharField(max_length=60)
    terms = models.JSONField()
    is_demo = models.BooleanField()
    state = models.CharField(max_length=20)
    reason = models.CharField(max_length=60, blank=True)
    state_since = models.DateTimeField()
    suspended_until = models.DateField(null=True)
    """Last day on which a suspension can be corrected, where one runs."""
    succeeded_by = models.CharField(max_length=64, blank=True)
    """Number of the certificate that has taken its place, where that has another number."""
    head = models.CharField(max_length=HASH_LENGTH)
    valid_from = models.DateField()
    valid_until = models.DateField()
    issued_at = models.DateTimeField()
    status_index = models.PositiveIntegerField(unique=True)
    claims = models.JSONField()
    """The claims of the credential: what is public of the certificate."""
    shown = models.JSONField(default=dict)
    """What else the scheme publishes or the holder consented to show, by field."""
    package_hash = models.CharField(max_length=HASH_LENGTH)
    credential_hash = models.CharField(max_length=HASH_LENGTH)
    artefacts = models.JSONField(default=dict)
    """Name → content hash: label_svg, label_small_svg, label_pdf, label_png, pdf_zh, pdf_en, statement, twin."""
    log_entry = models.CharField(max_length=40, blank=True)
    """Id of the log entry that issued it; its index and proof are looked up there."""
    sort_key = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-issued_at", "number")
        indexes = (
            models.Index(fields=("is_newest", "state", "state_since"), name="register_state_since"),
            models.Index(fields=("category", "state")),
        )
        constraints = (
            models.UniqueConstraint(fields=("number", "version"), name="register_version_once"),
            models.UniqueConstraint(
                fields=("number",), condition=models.Q(is_newest=True), name="register_one_newest_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    @property
    def changed_at(self) -> datetime:
        """When the last act was: every act of a certificate's history changes its state."""
        return self.state_since

    @changed_at.setter
    def changed_at(self, moment: datetime) -> None:
        self.state_since = moment


class StatusChange(HistoryLine):
    """A change of a certificate's state. The first line's hash covers the signed credential.

    Lines written before they had ``details`` keep the hash that the log has of them, whose body named the text itself.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="history")

    class Meta:
        ordering = ("certificate", "index")
        constraints = (models.UniqueConstraint(fields=("certificate", "index"), name="register_change_once"),)

    @property
    def text(self) -> str:
        """What was said of the change."""
        return str(self.details.get("text", ""))


class Flag(models.Model):
    """A flag on a certificate (surveillance overdue, review needed, under inspection), from its rise to its end."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="flags")
    name = models.CharField(max_length=30)
    raised_at = models.DateTimeField()
    lowered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.name}"


class ChangeProposal(models.Model):
    """An administrative change of a certificate that a person of its body proposes and another one decides on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="proposals")
    """The version that is to be changed."""
    reason = models.CharField(max_length=60)
    content = models.JSONField()
    """``holder_name_zh``, ``holder_name_en``, ``models``, ``sites``: what is to be another; empty: as it is."""
    text = models.TextField(blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    hash = models.CharField(max_length=HASH_LENGTH)
    state = models.CharField(max_length=10, default="open")
    """open, decided, dropped or replaced."""
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("certificate",), condition=models.Q(state="open"), name="register_one_open_proposal"
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate} {self.reason}"


class Migration(models.Model):
    """A certificate whose rule ends: by which day it must rest on another one, or be gone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="migrations")
    """The version that stood when the end was announced."""
    rule = models.CharField(max_length=120)
    """``id@version`` of the rule that ends."""
    cause = models.CharField(max_length=20)
    """sunset (a national rule came), abolish, or cancel_filing: then it is to be withdrawn or cancelled."""
    successor = models.CharField(max_length=120, blank=True)
    until = models.DateField()
    at = models.DateTimeField()
    outcome: str = ""
    """Where it stands now; the reader of migrations fills it in."""

    class Meta:
        ordering = ("until", "certificate__number")
        constraints = (models.UniqueConstraint(fields=("certificate", "rule"), name="register_migration_once"),)

    def __str__(self) -> str:
        return f"{self.certificate} {self.rule}"


class MigrationNotice(models.Model):
    """Holder and body were told that a certificate's rule ends."""

    migration = models.ForeignKey(Migration, on_delete=models.PROTECT, related_name="notices")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("migration", "organisation"), name="register_told_once"),)

    def __str__(self) -> str:
        return f"{self.migration_id} {self.organisation_id}"


class StatusList(models.Model):
    """A signed status list as it was published; the newest of a purpose counts."""

    purpose = models.CharField(max_length=12)
    """revocation or suspension."""
    shard = models.PositiveIntegerField(default=0)
    """Which of the platform's lists: places shard × 131,072 and on."""
    document = models.TextField()
    """The signed credential (VC-JWT)."""
    hash = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("purpose", "shard", "-id"), name="register_newest_list"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.at}"


class Snapshot(models.Model):
    """A public page as it was rendered when something was published or changed its state; served by one look-up."""

    key = models.CharField(max_length=120, primary_key=True)
    """``<version>:zh:product/<number>`` and the like."""
    packed = models.BinaryField(default=b"")
    """The page, gzipped: it is served so to whoever can read that."""
    etag = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class RecheckRun(models.Model):
    """A night's re-check of every certificate: how many, how many with something wrong, and what."""

    day = models.DateField(unique=True)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    checked = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    findings = models.JSONField(default=list)
    """The first findings, rendered in both languages."""

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}: {self.checked} checked, {self.failed} failed"


class ProblemReport(models.Model):
    """What somebody of the public reported about a label."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=30)
    text = models.TextField()
    contact = models.CharField(max_length=200, blank=True)
    photo = models.CharField(max_length=HASH_LENGTH, blank=True)
    photo_type = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    code = models.CharField(max_length=16, blank=True, db_index=True)
    """Random: whoever reported follows the report by it; empty: reported before there were codes."""
    outcome = models.CharField(max_length=20, blank=True)
    """What it came to; empty while nobody has answered."""
    answer = models.TextField(blank=True)
    """What whoever reported is told."""
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_for = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
