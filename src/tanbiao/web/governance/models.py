"""Tables of governance: databases, datasets under review with their history, reviews, comparisons, traces, releases.

What was said is a row that is never changed. ``GovernedDataset.head`` is the hash of the newest line of its history:
whoever acts names the head he has seen. The data themselves lie in the dataset version, which never changes either.
"""

from __future__ import annotations

from django.db import models

from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.factors.models import Release
from tanbiao.web.ids import new_id
from tanbiao.web.ledger.history import HistoryLine

HASH_LENGTH = 71


class Database(models.Model):
    """A background database: whose it is, under what licence, who may read it, and how it ranks among others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="databases")
    level = models.CharField(max_length=20)
    """national, provincial, industry, adapted or foreign: precedence where two have one product."""
    access = models.CharField(max_length=20)
    """public (everybody), registered (whoever is signed in) or owner (the owner's organisation)."""
    licence = models.CharField(max_length=40)
    """Code of :data:`tanbiao.web.licences.LICENCES`."""
    at = models.DateTimeField()

    class Meta:
        ordering = ("key",)

    def __str__(self) -> str:
        return self.key

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.name_en if lang == "en" else self.name_zh


class GovernedDataset(models.Model):
    """One version of a dataset on its way into a database, and its life there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    database = models.ForeignKey(Database, on_delete=models.PROTECT, related_name="entries")
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="governed")
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    """The provider; None: the platform itself."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    lifecycle = models.CharField(max_length=60)
    terms = models.JSONField()
    state = models.CharField(max_length=30)
    state_since = models.DateTimeField()
    round = models.PositiveIntegerField(default=1)
    head = models.CharField(max_length=HASH_LENGTH)
    content_hash = models.CharField(max_length=HASH_LENGTH)
    source_statement = models.TextField(blank=True)
    legal_basis = models.TextField(blank=True)
    licence = models.CharField(max_length=40, blank=True)
    classification = models.CharField(max_length=20, blank=True)
    """open, internal or secret, as the authority classifies it; empty: nobody has."""
    embargo_until = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    is_correction = models.BooleanField(default=False)
    """Whether it corrects the published version instead of merely following it."""
    checks = models.JSONField(null=True)
    """What the checks of screening found: {errors, warnings, findings}; None before they ran."""
    seed = models.CharField(max_length=64, blank=True)
    """Seed of the draw of this round's reviewers."""
    identifier = models.CharField(max_length=120, blank=True)
    number = models.PositiveIntegerField(default=0)
    """How many versions of this dataset the database has published with this one; 0 before it is."""
    predecessor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="successors")
    changelog = models.JSONField(default=list)
    quality = models.JSONField(default=dict)
    """What the trace check rated: {scores, rating, level, method, at}; empty before it."""
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-changed_at", "id")
        indexes = (models.Index(fields=("state",)), models.Index(fields=("database", "state")))

    def __str__(self) -> str:
        return self.identifier or str(self.id)


class GovernanceEvent(HistoryLine):
    """A line of a dataset's history: a transition, or an act within a state. Its hash chains over the one before."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="history")

    class Meta:
        ordering = ("entry", "index")
        constraints = (models.UniqueConstraint(fields=("entry", "index"), name="governance_one_event_per_index"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.index} {self.event}"


class DrawnReviewer(models.Model):
    """A reviewer who was drawn for a round."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="drawn")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("entry", "person", "round"), name="governance_drawn_once"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.person_id}"


class DatasetReview(models.Model):
    """A drawn reviewer's opinion; ``majors`` are the points that must be closed."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    positive = models.BooleanField()
    text = models.TextField()
    majors = models.PositiveIntegerField(default=0)
    majors_closed = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("entry", "person", "round"), name="governance_one_review"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.person_id} {self.positive}"


class Comparison(models.Model):
    """The figure beside an independent source's or its peers', in percent of the latter."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="comparisons")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    source = models.CharField(max_length=300)
    own_value = models.CharField(max_length=40)
    other_value = models.CharField(max_length=40)
    unit = models.CharField(max_length=60)
    deviation_percent = models.CharField(max_length=40)
    explanation = models.TextField(blank=True)
    at = models.DateTimeField()
    is_open: bool = False
    """Whether the deviation is over the limit and not explained; the reader of comparisons fills it in."""

    def __str__(self) -> str:
        return f"{self.source} {self.deviation_percent} %"


class TraceCheck(models.Model):
    """Raw evidence that was traced to its documents, and the scores that follow."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="traces")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveIntegerField()
    evidence = models.JSONField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.entry_id)


class ErrorReport(models.Model):
    """What somebody says is wrong with a published dataset, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="reports")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    state = models.CharField(max_length=20, default="open")
    """open, suspended (accepted, the dataset is suspended), to_correct (accepted, a correction is awaited), refused."""
    answer = models.TextField(blank=True)
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return str(self.id)


class Follower(models.Model):
    """A person who is told what happens in a database."""

    database = models.ForeignKey(Database, on_delete=models.PROTECT, related_name="followers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("database", "person"), name="governance_follows_once"),)

    def __str__(self) -> str:
        return f"{self.database_id} {self.person_id}"


class DatasetNotice(models.Model):
    """A line on a person's desk: a dataset he provides or follows changed its state."""

    entry = models.ForeignKey(GovernedDataset, on_delete=models.PROTECT, related_name="notices")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    event = models.CharField(max_length=40)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.event} {self.entry_id}"


class PlatformRelease(models.Model):
    """A factor release built from published versions: what it was asked to hold, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    version = models.CharField(max_length=40)
    standing = models.CharField(max_length=40)
    databases = models.JSONField()
    """Keys of databases, the first one before the second where both have a product."""
    gap_filling = models.BooleanField()
    pins = models.JSONField()
    """[{entry, dataset, version, hash, database}]: the versions as they stood when it was asked for; of one's own
    datasets ``entry`` is the dataset version itself."""
    state = models.CharField(max_length=20, default="waiting")
    """waiting, built or failed."""
    report = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose own datasets it holds; None: published ones of databases."""
    readers = models.ManyToManyField(Organisation, related_name="+")
    """Whom alone it is for; none: everybody."""
    basis = models.CharField(max_length=500, blank=True)
    """By what right they use what may not be passed on."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return self.name


class SupplierChoice(models.Model):
    """A decision on who supplies a product in a database, or its withdrawal; the newest of a key is in force."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    database = models.ForeignKey(Database, on_delete=models.PROTECT, related_name="supplier_choices")
    number = models.PositiveIntegerField()
    """Place in the database's history, from 1."""
    process = models.CharField(max_length=300, blank=True)
    """Id of the process that uses the product; empty: every use of which the data name no supplier."""
    product = models.CharField(max_length=300)
    provider = models.CharField(max_length=300, blank=True)
    """Id of the process that supplies it; empty: the decision is taken back."""
    role = models.CharField(max_length=40)
    reason = models.TextField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("database", "number")
        constraints = (models.UniqueConstraint(fields=("database", "number"), name="governance_one_choice"),)

    def __str__(self) -> str:
        return f"{self.database_id} {self.product} {self.provider}"


class Derivation(models.Model):
    """How a dataset of a database follows from others there; a changed definition is a new row of the same key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    database = models.ForeignKey(Database, on_delete=models.PROTECT, related_name="derivations")
    owner = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose dataset it makes, and whose step it is to submit each version."""
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=100)
    """Id of the dataset that it makes."""
    number = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    """False: a later definition stands in its place, or it was ended."""
    about = models.JSONField()
    """{id, name {zh, en}, geography, valid_from, technology, licence, unit, derivation}: what calculating needs."""
    legal_basis = models.TextField(blank=True)
    licence = models.CharField(max_length=40)
    version = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="+")
    """The newest version that was calculated from it."""
    findings = models.JSONField(default=list)
    """Why the last calculation gave no figure; empty where it did."""
    at = models.DateTimeField()
    calculated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=("database", "key", "number"), name="governance_one_definition"),)

    def __str__(self) -> str:
        return f"{self.database_id}:{self.key}.{self.number}"


class DerivationInput(models.Model):
    """An input of a definition, by which a newly published version finds what follows from it."""

    derivation = models.ForeignKey(Derivation, on_delete=models.PROTECT, related_name="inputs")
    release_id = models.CharField(max_length=200)
    """Its id in a release of the platform: ``database:dataset``."""
    database = models.ForeignKey(Database, on_delete=models.PROTECT, related_name="+")
    dataset_id = models.CharField(max_length=200)

    class Meta:
        indexes = (models.Index(fields=("database", "dataset_id")),)

    def __str__(self) -> str:
        return self.release_id
