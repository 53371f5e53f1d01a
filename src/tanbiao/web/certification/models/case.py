"""A certification case: its history, duties, documents, contract and team.

Everything that was said is a row that is never changed; the case itself carries only where it stands. ``Case.head`` is
the hash of the newest line of its history: whoever acts names the head he has seen, and acts on nothing older.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine
from tanbiao.web.studies.models import Study

HASH_LENGTH = 71


class Case(models.Model):
    """A certification case: one applicant, one body, one study, one scheme version, from application to its end."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases_applied")
    """The applicant."""
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases_handled")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="cases")
    """The study of a footprint; None where another kind is certified, which rests on a claim."""
    subject = models.JSONField(default=dict)
    """Names of what a claim is about (``zh``, ``en``); empty with a study."""
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
    system_kit = models.JSONField(default=list)
    """Pieces of the management system that the applicant says are there, by the scheme's ids of them."""
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

    @property
    def is_of_claim(self) -> bool:
        """Whether it is about a claim (management system, service, reduction, removal, neutrality), not a footprint."""
        return self.study_id is None

    def title(self, lang: str) -> str:
        """Return what is to be certified, in a language."""
        if self.study is not None:
            return self.study.title_zh if lang == "zh" else (self.study.title_en or self.study.title_zh)
        return str(self.subject.get(lang) or self.subject.get("zh") or "")


class CaseEvent(HistoryLine):
    """A line of a case's history: a transition, or an act within a state. Its hash chains over the one before."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history")
    is_transition = models.BooleanField()
    round = models.PositiveIntegerField()

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
