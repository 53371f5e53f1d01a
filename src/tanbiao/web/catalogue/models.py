"""Tables of the catalogue: what authorities stated of a category's gates, and when it was opened or closed.

Categories and lists themselves are versioned documents of the package; nothing of them is stored here.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id


class GateStatement(models.Model):
    """What an authority stated of one gate of a category; the last one of a gate counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=64)
    gate = models.CharField(max_length=16)
    green = models.BooleanField()
    evidence = models.CharField(max_length=2000)
    bodies = models.ManyToManyField(Organisation, related_name="+")
    """The certification bodies that are competent, for the gate that counts them."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["category", "at"])]

    def __str__(self) -> str:
        return f"{self.category} {self.gate}"


class CategoryEvent(models.Model):
    """The opening or closing of a category; the last one says its state, none at all means planned."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    category = models.CharField(max_length=64)
    state = models.CharField(max_length=8)
    """open, closed."""
    is_demonstration = models.BooleanField(default=False)
    """Opened under a rule that claims no official basis."""
    rule = models.CharField(max_length=80, blank=True)
    basis = models.JSONField(default=dict)
    """What the gates rested on: criteria version, evidence of each gate, the rule's hash."""
    reason = models.CharField(max_length=2000)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["category", "at"])]

    def __str__(self) -> str:
        return f"{self.category} {self.state}"


class BroughtList(models.Model):
    """One version of a list of an authority that came after the package: its lines, its document; never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list_id = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    """Counts the versions of a list that were brought here, from 1."""
    version = models.CharField(max_length=20)
    document = models.JSONField()
    """The list as ``catalogue-list/1``."""
    content_hash = models.CharField(max_length=71)
    """Of the document without its version."""
    filename = models.CharField(max_length=200)
    blob = models.CharField(max_length=71)
    proof_name = models.CharField(max_length=200)
    proof_blob = models.CharField(max_length=71)
    """The authority's document, as it was brought."""
    findings = models.JSONField(default=list)
    """Doubts that did not keep it from being taken."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("list_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("list_id", "number"), name="catalogue_one_brought_list_per_number"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.list_id}@{self.version}"


class CodeTable(models.Model):
    """One version of the names of a classification's codes, as an operator brought it; it never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.CharField(max_length=60)
    """Id of a known classification, else its name as stated."""
    number = models.PositiveIntegerField()
    """Counts the versions of a classification's table here, from 1."""
    is_current = models.BooleanField(default=True)
    edition = models.CharField(max_length=60)
    """Of the classification itself, as its publisher names it."""
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=500)
    """Who published it, where and when, and how the copy was come by."""
    licence = models.CharField(max_length=40)
    """Code of :data:`tanbiao.web.licences.LICENCES`."""
    licence_text = models.CharField(max_length=300, blank=True)
    is_public = models.BooleanField(default=False)
    """Whether visitors see its names, too; else only people who are signed in to this platform."""
    filename = models.CharField(max_length=200)
    blob = models.CharField(max_length=71)
    content_hash = models.CharField(max_length=71)
    """Of the rows in the order of their codes."""
    rows = models.PositiveIntegerField()
    changes = models.JSONField(default=dict)
    """added, removed, renamed, same: beside the version before; empty for the first one."""
    findings = models.JSONField(default=list)
    """Doubts that did not keep it from being taken."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("scheme", "-number")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "number"), name="catalogue_one_code_table_per_number"),
            models.UniqueConstraint(
                fields=("scheme",), condition=models.Q(is_current=True), name="catalogue_one_current_code_table"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scheme} {self.edition} ({self.number})"

    def name(self, lang: str) -> str:
        """Return its title in a language, else in the other one."""
        return (self.title_en or self.title_zh) if lang == "en" else self.title_zh


class CodeName(models.Model):
    """A code of a table with its names; ``parent`` is the next wider code of the table."""

    id = models.BigAutoField(primary_key=True)
    table = models.ForeignKey(CodeTable, on_delete=models.PROTECT, related_name="names")
    code = models.CharField(max_length=60)
    parent = models.CharField(max_length=60, blank=True)
    name_zh = models.CharField(max_length=400, blank=True)
    name_en = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("table", "code"), name="catalogue_one_name_per_code"),)
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["table", "parent"])]

    def __str__(self) -> str:
        return self.code

    def name(self, lang: str) -> str:
        """Return the name in a language, else in the other one."""
        return (self.name_en or self.name_zh) if lang == "en" else (self.name_zh or self.name_en)
