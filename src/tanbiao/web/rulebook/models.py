"""Tables of the rulebook: a rule's version on its way, its drafts, comments, assessments, filing, lists, notices.

What was said is a row that is never changed. ``RuleEntry.head`` is the hash of the newest line of its history: whoever
acts names the head he has seen. A draft is the text as somebody wrote it; what is issued is the canonical document.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine

HASH_LENGTH = 71


class AdoptionBatch(models.Model):
    """A batch of the adoption list, as an authority published it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=80, unique=True)
    """``2026-1``, or as the authority calls it."""
    authority = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "-at")

    def __str__(self) -> str:
        return self.number


class RuleEntry(models.Model):
    """One version of a category rule, from its proposal to its end."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule_id = models.CharField(max_length=64)
    version = models.CharField(max_length=20)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    layer = models.CharField(max_length=20)
    """national, industry, local, group, enterprise, or project: came with the product."""
    kind = models.CharField(max_length=24)
    """standard, or certification_rule: a certification body's rule, which is filed."""
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="rules")
    """Who makes it; None: the product itself."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    jurisdiction = models.CharField(max_length=10)
    purpose = models.TextField(blank=True)
    standard_number = models.CharField(max_length=80, blank=True)
    """Of the standard that it is: ``Q/…`` an enterprise's own, ``T/…`` a group's."""
    chain = models.JSONField(default=list)
    """[{stage, part, enterprise, data}]: whose data of which part a whole-chain rule takes; empty: it is none."""
    supplements = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="supplemented_by")
    """The national rule that it adds to, and does not stand in place of."""
    revises = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="revisions")
    converts = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="conversions")
    """The rule of a lower layer that it lifts to its own."""
    ended_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="ended")
    lifecycle = models.CharField(max_length=60)
    terms = models.JSONField()
    state = models.CharField(max_length=30)
    state_since = models.DateTimeField()
    before = models.CharField(max_length=30, blank=True)
    """State to which it returns from a revision or a suspension."""
    round = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=HASH_LENGTH)
    document = models.ForeignKey("RuleDraft", null=True, on_delete=models.PROTECT, related_name="+")
    """The newest draft; of an issued rule the one that was issued."""
    trial = models.JSONField(null=True)
    """What the worked examples gave: {draft, files, passed, failed: [{example, reason}], at}; None: not tried."""
    content_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    """Hash of the issued document, which is also its place in the content store; empty before."""
    issued_at = models.DateTimeField(null=True)
    filing = models.JSONField(default=dict)
    """{field: value} of the filing, as it was filled in."""
    filing_number = models.CharField(max_length=80, blank=True)
    filed_on = models.DateField(null=True)
    filing_due = models.DateField(null=True)
    batch = models.ForeignKey(AdoptionBatch, null=True, on_delete=models.PROTECT, related_name="entries")
    transition_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at", "id")
        indexes = (models.Index(fields=("state",)), models.Index(fields=("rule_id", "version")))
        constraints = (
            models.UniqueConstraint(
                fields=("rule_id", "version"),
                condition=models.Q(issued_at__isnull=False),
                name="rulebook_issued_once",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """``id@version``, as a study names it."""
        return f"{self.rule_id}@{self.version}"

    def name(self, lang: str) -> str:
        """Return the title in a language."""
        return self.title_en if lang == "en" else self.title_zh


class RuleCategory(models.Model):
    """A product category that a rule covers."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="categories")
    code = models.CharField(max_length=64, db_index=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("entry", "code"), name="rulebook_category_once"),)

    def __str__(self) -> str:
        return self.code


class RuleDraft(models.Model):
    """One saved text of a rule; never changed."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="drafts")
    number = models.PositiveIntegerField()
    blob = models.CharField(max_length=HASH_LENGTH)
    """The text as it was written (YAML or JSON)."""
    hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    """Hash of the rule that it is; empty where it is none yet."""
    gaps = models.PositiveIntegerField(null=True)
    """What it lacks before it can be issued; None where it can't be read."""
    differs = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("entry", "-number")
        constraints = (models.UniqueConstraint(fields=("entry", "number"), name="rulebook_draft_once"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.number}"


class RuleStudy(models.Model):
    """A study file that a rule's worked examples name; the newest of a name counts."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="studies")
    name = models.CharField(max_length=120)
    blob = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("name", "-id")

    def __str__(self) -> str:
        return self.name


class RuleEvent(HistoryLine):
    """A line of a rule's history: a transition, or an act within a state. Its hash chains over the one before."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="history")

    class Meta:
        ordering = ("entry", "index")
        constraints = (models.UniqueConstraint(fields=("entry", "index"), name="rulebook_one_event_per_index"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.index} {self.event}"


class RuleComment(models.Model):
    """What somebody says in the consultation, and the answer that it got."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="comments")
    round = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    said_by = models.CharField(max_length=120, blank=True)
    """What a visitor calls himself."""
    clause = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True)
    """accepted, partly or declined; empty: not answered."""
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("round", "number")
        constraints = (models.UniqueConstraint(fields=("entry", "number"), name="rulebook_comment_once"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.number}"


class RuleAssessment(models.Model):
    """An assessor's points on the checklist, and whether he recommends the rule."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="assessments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    checklist = models.CharField(max_length=60)
    """``id@version`` of the checklist."""
    points = models.JSONField()
    """{item: points}"""
    share = models.CharField(max_length=20)
    """Points over the most that there are, as a decimal."""
    recommends = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("entry", "person", "round"), name="rulebook_one_assessment"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.person_id} {self.share}"


class RuleAlignment(models.Model):
    """A version of what a rule's clauses are aligned to in international documents; never changed."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="alignments")
    number = models.PositiveIntegerField()
    lines = models.JSONField()
    """[{clause, document, degree, at, read, source, reason: {zh, en}}]"""
    filename = models.CharField(max_length=200)
    blob = models.CharField(max_length=HASH_LENGTH)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("entry", "number")
        constraints = (models.UniqueConstraint(fields=("entry", "number"), name="rulebook_alignment_once"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.number}"


class ForeignChange(models.Model):
    """A change of a foreign rule that is watched, as somebody reported it: the next version of its entry here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.CharField(max_length=64)
    """Id in the watch list."""
    number = models.PositiveIntegerField()
    """Counts the changes of an item, from 1."""
    kind = models.CharField(max_length=12)
    """proposed, adopted, amended, dates, ended or effect (how it works out in practice)."""
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    text = models.TextField()
    published = models.DateField()
    applies = models.DateField(null=True)
    source = models.CharField(max_length=500)
    documents = models.JSONField(default=list)
    """Standards of the framework that it touches, as the watch list had them."""
    categories = models.JSONField(default=list)
    due = models.DateField()
    """Until when the keepers of the rules answer."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("item", "number"), name="rulebook_foreign_change_once"),)

    def __str__(self) -> str:
        return f"{self.item} {self.number}"

    def name(self, lang: str) -> str:
        """Return the title in a language."""
        return self.title_en if lang == "en" else self.title_zh


class ForeignChangeTask(models.Model):
    """What a foreign change asks the keeper of one rule, and his answer."""

    change = models.ForeignKey(ForeignChange, on_delete=models.PROTECT, related_name="tasks")
    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="foreign_tasks")
    clauses = models.JSONField(default=list)
    """Clauses of the rule that are aligned to a document of the change."""
    categories = models.JSONField(default=list)
    """Categories that the rule and the foreign one both cover."""
    answer = models.CharField(max_length=12, blank=True)
    """unaffected, realigned or revised; empty: not answered."""
    text = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("change", "entry"), name="rulebook_foreign_task_once"),)

    def __str__(self) -> str:
        return f"{self.change_id} {self.entry_id}"


class MutationRun(models.Model):
    """The mutation report of a draft: every element changed, and whether a worked example noticed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="mutations")
    draft = models.ForeignKey(RuleDraft, on_delete=models.PROTECT, related_name="+")
    files = models.BigIntegerField()
    """Mark of the study files that there were when it was asked for."""
    basis = models.CharField(max_length=HASH_LENGTH, blank=True)
    """Hash of the rule, its example files and the program's version: what the report says holds for these."""
    state = models.CharField(max_length=10)
    """waiting, done or failed."""
    report = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.entry_id} {self.state}"


class ElementReason(models.Model):
    """Why no worked example holds an element of a rule, as a person said it; never changed."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="element_reasons")
    element = models.CharField(max_length=400)
    key = models.CharField(max_length=HASH_LENGTH)
    """Hash of the part of the text that the element stands in, and of the examples: the reason counts for these."""
    text = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("entry", "key")),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.element}"


class ToolReport(models.Model):
    """A signed report on a tool's answers to a rule's test pack; whoever asked for it reads it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="tool_reports")
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    tool = models.CharField(max_length=200)
    conforms = models.BooleanField()
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    blob = models.CharField(max_length=HASH_LENGTH)
    """The report as it was signed."""
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.tool} {self.entry_id}"


class RuleNotice(models.Model):
    """A line on a person's desk about a rule of his organisation."""

    entry = models.ForeignKey(RuleEntry, on_delete=models.PROTECT, related_name="notices")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=40)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.event} {self.entry_id}"
