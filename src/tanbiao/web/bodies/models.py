"""Tables: an organisation's book with its chained lines, and what its people may do.

A book has one history for everything about the organisation, so that nobody can leave out the line on one person.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine
from tanbiao.web.ledger.models import HASH_LENGTH


class Book(models.Model):
    """An organisation's book: its row is the lock of whatever is entered, its head the hash of the newest line."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="book")
    state = models.CharField(max_length=30, default="kept")
    head = models.CharField(max_length=HASH_LENGTH, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"book of {self.organisation_id}"


class BookLine(HistoryLine):
    """A line of a book: what was entered, about what, by whom."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="history")
    kind = models.CharField(max_length=20)
    subject = models.UUIDField(db_index=True)

    class Meta:
        ordering = ("book", "index")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["book", "index"], name="bodies_one_line_per_index")
        ]


class Staff(models.Model):
    """What a body has on record of one of its people, beside the competences."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="staff")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    full_time = models.BooleanField(default=False)
    experience_since = models.DateField(null=True)
    """First day of work with product carbon footprints; the years are counted from it."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["body", "person"], name="bodies_one_record_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.body}"


class Competence(models.Model):
    """A person's competence for categories × function in a body, granted with its evidence; never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="competences")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=120)
    """``*``, ``sector:<id>`` or the id of a category."""
    function = models.CharField(max_length=12)
    training = models.TextField()
    years = models.DecimalField(max_digits=4, decimal_places=1)
    """Years of work in the field, as the evidence shows."""
    witness = models.TextField(blank=True)
    """Who watched the person at work, when and with what result."""
    reason = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("person", "function", "scope", "valid_from", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["body", "person", "function"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.scope} × {self.function}"


class LoadLimit(models.Model):
    """How much one person of a body may have in hand; where there is no row the project's defaults count."""

    body = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="load_limit", primary_key=True)
    cases = models.PositiveIntegerField()
    man_days = models.DecimalField(max_digits=6, decimal_places=1)
    blocks = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.body_id}: {self.cases} cases, {self.man_days} man-days"


class Qualification(models.Model):
    """An authority's approval or an accreditation of a body: brought by the body, confirmed by the operator."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="qualifications")
    kind = models.CharField(max_length=16)
    """``approval`` or ``accreditation``."""
    number = models.CharField(max_length=120)
    issuer = models.CharField(max_length=200)
    basis = models.CharField(max_length=300, blank=True)
    """What it was given under: a law, a standard, a programme of the accreditation body."""
    fields = models.CharField(max_length=500)
    """Fields of certification, as the document has them."""
    scopes = models.JSONField(default=list)
    """Product categories: ``*``, ``sector:<id>`` or ids of categories."""
    valid_from = models.DateField()
    valid_until = models.DateField()
    paper = models.CharField(max_length=HASH_LENGTH)
    filename = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    """``brought``, ``confirmed``, ``refused``, ``suspended`` or ``ended``."""
    said = models.TextField(blank=True)
    """What the operator compared, or why it was refused or ended."""
    ended_on = models.DateField(null=True)
    """First day on which it stands no more, where it was ended before its term."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("body", "kind", "-valid_until", "id")

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Branch(models.Model):
    """A branch of a body: another place, possibly under another authority."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="branches")
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, blank=True)
    foreign_id = models.CharField(max_length=80, blank=True)
    jurisdiction = models.CharField(max_length=10)
    activities = models.CharField(max_length=500)
    """Which steps of certification are done there."""
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("body", "opened_at", "id")

    def __str__(self) -> str:
        return self.name_zh


class ImpartialityDeclaration(models.Model):
    """A body's declaration that it is impartial, signed by one of its persons; stands for a term."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="declarations")
    text = models.TextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("body", "-valid_until", "-at")

    def __str__(self) -> str:
        return f"{self.body_id} until {self.valid_until}"


class ExpiryNotice(models.Model):
    """A line on an organisation's desk: something on record ends in so many days, or has ended."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="expiry_notices")
    kind = models.CharField(max_length=20)
    subject = models.UUIDField()
    words_zh = models.CharField(max_length=300)
    words_en = models.CharField(max_length=300)
    until = models.DateField()
    stage = models.PositiveIntegerField()
    """Days before the end at which it is said; 0: it has ended."""
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subject", "until", "stage"], name="bodies_each_alarm_once")
        ]

    def __str__(self) -> str:
        return f"{self.words_en}: {self.until}"


class ObligationText(models.Model):
    """A version of the rights and obligations of a kind of participant, published by the operator; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24)
    """Kind of organisation that it binds."""
    version = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    text_zh = models.TextField()
    text_en = models.TextField()
    hash = models.CharField(max_length=HASH_LENGTH)
    """Content hash of kind, version, titles and texts."""
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "-version")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "version"], name="bodies_one_text_per_version")
        ]

    @property
    def title(self) -> dict[str, str]:
        """The title in both languages."""
        return {"zh": self.title_zh, "en": self.title_en}

    @property
    def text(self) -> dict[str, str]:
        """The text in both languages."""
        return {"zh": self.text_zh, "en": self.text_en}

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class ObligationAcceptance(models.Model):
    """An organisation's acceptance of a version by one of its persons, under the hash that the person saw."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    document = models.ForeignKey(ObligationText, on_delete=models.PROTECT, related_name="acceptances")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accepted_obligations")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    hash = models.CharField(max_length=HASH_LENGTH)
    line = models.CharField(max_length=HASH_LENGTH)
    """Hash of the line of the organisation's book that says so."""
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["document", "organisation"], name="bodies_accepted_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.document_id}"


class ImpartialityRisk(models.Model):
    """A risk to a body's impartiality, as its register has it; what was said of it before stands in the book."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="impartiality_risks")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=16)
    text = models.TextField()
    applicant = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    """The organisation that it is about; None: it is about the body as a whole."""
    likelihood = models.PositiveSmallIntegerField()
    consequence = models.PositiveSmallIntegerField()
    """1 low, 2 medium, 3 high: as it stands before measures, or with them once it is mitigated."""
    measures = models.TextField(blank=True)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    review_on = models.DateField()
    state = models.CharField(max_length=12)
    """``open``, ``mitigated`` or ``closed``."""
    at = models.DateTimeField()

    class Meta:
        ordering = ("body", "number")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["body", "number"], name="bodies_one_number_per_risk")
        ]

    @property
    def score(self) -> int:
        """Likelihood × consequence, 1 to 9."""
        return self.likelihood * self.consequence

    def __str__(self) -> str:
        return f"R{self.number}"


class Department(models.Model):
    """A department of an organisation; closed, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="departments")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    people = models.ManyToManyField(Person, related_name="departments")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("organisation", "name_zh", "id")

    def name(self, lang: str) -> str:
        """Return the name in a language; Chinese where there is no English one."""
        return (self.name_en if lang == "en" else self.name_zh) or self.name_zh

    def __str__(self) -> str:
        return self.name_zh


class Responsibility(models.Model):
    """A line of the responsibility matrix: who may do a step of a case, or who sees to a duty of another kind."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="responsibilities")
    step = models.CharField(max_length=16, blank=True)
    """A step of a case, whose line the case's guard asks; empty for another duty."""
    duty = models.CharField(max_length=200, blank=True)
    """A duty in the organisation's own words, for the record."""
    departments = models.ManyToManyField(Department, related_name="responsibilities")
    """Empty: every department."""
    roles = models.JSONField(default=list)
    """One of these roles is needed; empty: what the step itself asks for."""

    class Meta:
        ordering = ("organisation", "step", "duty")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "step", "duty"], name="bodies_one_line_per_duty")
        ]

    def __str__(self) -> str:
        return self.step or self.duty
