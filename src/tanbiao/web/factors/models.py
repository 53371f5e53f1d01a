"""Tables of the factor browser: installed releases and an index of their datasets.

The release *file* is the truth, addressed by its hash; these rows are made from it and can be made again.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.ids import new_id


class Release(models.Model):
    """A factor release that studies of this platform may pin."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    hash = models.CharField(max_length=71, unique=True)
    standing = models.CharField(max_length=40)
    statement_zh = models.TextField()
    statement_en = models.TextField()
    datasets = models.PositiveIntegerField()
    installed_at = models.DateTimeField()
    has_codes = models.BooleanField(default=False)
    """Whether :class:`DatasetCode` has the codes of its datasets; releases installed before there was one have not."""
    search_kind = models.CharField(max_length=40, default="dataset")
    """Under what its datasets are indexed: those of a closed release do not crowd the search of public ones."""
    is_public = models.BooleanField(default=True)
    """Whether everybody reads it; else only the organisations of :class:`ReleaseReader`."""

    class Meta:
        ordering = ("-installed_at", "name")

    def __str__(self) -> str:
        return self.name


class ReleaseReader(models.Model):
    """An organisation of the audience of a release that is not public."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="readers")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("release", "organisation"), name="factors_one_reader_per_release"),
        )

    def __str__(self) -> str:
        return f"{self.release_id} {self.organisation_id}"


class AudienceChange(models.Model):
    """A line of the history of a release's audience: who may read it from then on, by what right, and who said so."""

    append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="audiences")
    is_public = models.BooleanField()
    organisations = models.JSONField()
    """[{id, zh, en}] as they were called then; empty: everybody."""
    basis = models.CharField(max_length=500, blank=True)
    """By what right they use what may not be passed on: licence, contract, tier."""
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.release_id} {self.at}"


UNRANKED = 99
"""Of an entry that was indexed before ranks were."""


class DatasetEntry(models.Model):
    """What the browser shows and filters of one dataset; numbers are canonical text."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="entries")
    dataset_id = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=400)
    name_en = models.CharField(max_length=400)
    machine_made_zh = models.BooleanField()
    kind = models.CharField(max_length=40)
    boundary = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=200, blank=True)
    geography = models.CharField(max_length=40)
    year = models.IntegerField(null=True)
    unit = models.CharField(max_length=60)
    value = models.CharField(max_length=40, blank=True)
    gwp = models.CharField(max_length=20)
    quality = models.CharField(max_length=20, blank=True)
    uncertainty = models.CharField(max_length=20)
    source = models.CharField(max_length=300)
    licence = models.CharField(max_length=300)
    version = models.CharField(max_length=40)
    sort_key = models.CharField(max_length=420)
    rank = models.PositiveSmallIntegerField(default=UNRANKED)
    """By the level of its database (national … foreign, starter), Chinese before others."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("release", "dataset_id"), name="factors_one_entry_per_dataset"),)
        indexes = (
            models.Index(fields=("release", "kind")),
            models.Index(fields=("release", "geography")),
            models.Index(fields=("release", "sort_key")),
        )

    def __str__(self) -> str:
        return self.dataset_id


class DatasetCode(models.Model):
    """A dataset's code in a classification of products, under which a name of a code table finds it."""

    entry = models.ForeignKey(DatasetEntry, on_delete=models.CASCADE, related_name="codes")
    scheme = models.CharField(max_length=60)
    code = models.CharField(max_length=60)

    class Meta:
        indexes = (models.Index(fields=("scheme", "code")),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.code}"
