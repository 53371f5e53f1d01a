"""Tables of imports and dataset versions. What is imported stays the organisation's own: nothing here is public."""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id


class DatasetImport(models.Model):
    """One file that somebody brought, or several that belong together, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    """None: the platform itself (the command line)."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    blob = models.CharField(max_length=71)
    """Of several files the archive they were packed into, which has the same bytes whatever their order was."""
    size = models.PositiveBigIntegerField()
    files = models.JSONField(default=list)
    """Of several files ``[name, bytes]`` of each, by name; empty where one file or archive was brought."""
    asked_format = models.CharField(max_length=40, blank=True)
    rights_holder = models.CharField(max_length=200, blank=True)
    """Whose data these are; empty: the organisation's own, or as each dataset says."""
    licence = models.CharField(max_length=40, blank=True)
    """Code of :data:`tanbiao.web.licences.LICENCES`; empty: not stated."""
    licence_text = models.CharField(max_length=300, blank=True)
    is_shared = models.BooleanField(default=False)
    """Whether its datasets may be read by every signed-in bringer of this platform; else by the owner only."""
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, default="waiting")
    """waiting, done (with or without findings), refused (nothing was stored)."""
    format = models.CharField(max_length=40, blank=True)
    counts = models.JSONField(default=dict)
    """processes, flows, exchanges, reference_flows, products_without_provider; stored, unchanged, quarantined."""
    findings = models.JSONField(default=list)
    severities = models.JSONField(default=dict)
    """How many findings of each severity; lists show these, the findings themselves may be many."""
    pack = models.CharField(max_length=71, blank=True)
    """Content hash of the pack: the stored documents one after the other."""
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return self.filename


class DatasetVersion(models.Model):
    """One immutable version of a process, held by the database; its document lies in the pack of its import."""

    append_only = True
    changes_in = ("is_newest",)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(DatasetImport, on_delete=models.PROTECT, related_name="versions")
    dataset_id = models.CharField(max_length=200)
    version = models.CharField(max_length=60, blank=True)
    content_hash = models.CharField(max_length=71)
    predecessor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")
    is_newest = models.BooleanField(default=True)
    name = models.CharField(max_length=400)
    kind = models.CharField(max_length=40)
    location = models.CharField(max_length=60, blank=True)
    exchanges = models.PositiveIntegerField()
    licence = models.CharField(max_length=300, blank=True)
    """What the dataset itself says, else what was said when it was brought."""
    is_shared = models.BooleanField(default=False)
    offset = models.PositiveBigIntegerField()
    length = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("name", "dataset_id")
        constraints = (
            models.UniqueConstraint(
                fields=("owner", "dataset_id", "content_hash"), name="datasets_one_row_per_content"
            ),
        )
        indexes = (
            models.Index(fields=("owner", "dataset_id")),
            models.Index(fields=("owner", "is_newest", "name")),
            models.Index(fields=("content_hash",)),
        )

    def __str__(self) -> str:
        return self.name
