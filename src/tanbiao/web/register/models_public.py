"""Tables behind the public side of the register: counters of numbers, what search reads, sums, identifiers."""

from __future__ import annotations

from django.db import models

from tanbiao.web.ids import new_id

HASH_LENGTH = 71


class Serial(models.Model):
    """The last serial number given under a scheme in a year; its row is the queue of those who want the next."""

    scheme = models.CharField(max_length=120)
    year = models.CharField(max_length=4)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("scheme", "year"), name="register_one_serial"),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.year}: {self.last}"


class StatusShard(models.Model):
    """One of the platform's status lists (both purposes): how many of its places are taken."""

    number = models.PositiveIntegerField(primary_key=True)
    taken = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"list {self.number}: {self.taken}"


NARROWED = ("kind", "state", "body", "scheme", "grade", "category", "region")
"""What entries are narrowed by."""


class Entry(models.Model):
    """What search, lists, open data and statistics read: one row per number, all of it public.

    ``record`` is the published snapshot, from which everything else of the row follows; on PostgreSQL a generated
    column ``vector`` holds the tokens, on SQLite a table of its own (``register_entry_fts``).
    """

    kind = models.CharField(max_length=16)
    """certified, verified or self_calculated."""
    number = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=20)
    category = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=10, blank=True)
    """Where the holder is at home: ISO 3166-2."""
    body = models.CharField(max_length=120, blank=True)
    """Code of the certification body; empty for a self-calculated entry."""
    holder = models.CharField(max_length=120)
    scheme = models.CharField(max_length=120, blank=True)
    grade = models.CharField(max_length=20, blank=True)
    is_demo = models.BooleanField()
    issued_on = models.DateField()
    valid_until = models.DateField()
    product_key = models.CharField(max_length=120)
    holder_key = models.CharField(max_length=120)
    body_key = models.CharField(max_length=120, blank=True)
    """Keys to sort by: Chinese in the order of GB 18030, which for common characters is that of pinyin."""
    tokens = models.TextField()
    record = models.JSONField()
    snapshot = models.CharField(max_length=HASH_LENGTH)
    """Content hash of the record, as the log names it."""
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-issued_on", "number")
        indexes = (
            # Each order in which entries are walked; what narrows them stands beside it, so that no row is read.
            models.Index(fields=("-issued_on", "number"), include=NARROWED, name="entry_by_day"),
            models.Index(fields=("valid_until", "number"), include=NARROWED, name="entry_by_end"),
            models.Index(fields=("product_key", "number"), include=NARROWED, name="entry_by_product"),
            models.Index(
                fields=("holder_key", "product_key", "number"),
                include=NARROWED,
                name="entry_by_holder",
            ),
            models.Index(
                fields=("body_key", "holder_key", "product_key", "number"),
                include=NARROWED,
                name="entry_by_body",
            ),
            models.Index(
                fields=("category", "product_key", "-issued_on", "number"),
                include=("kind", "state", "body", "scheme", "grade", "region"),
                name="entry_by_category",
            ),
            models.Index(
                fields=("region", "holder_key", "-issued_on", "number"),
                include=("kind", "state", "body", "scheme", "grade", "category"),
                name="entry_by_region",
            ),
            models.Index(fields=("holder", "-issued_on", "number"), name="register_entry_of_holder"),
            models.Index(fields=("changed_at", "number"), name="register_entry_changed"),
        )

    def __str__(self) -> str:
        return self.number


class Tally(models.Model):
    """How many entries there are of each kind: rows are added (+1, −1) and summed; a night's task folds them together.

    Nobody waits for a counter's row: writers only insert.
    """

    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=20)
    category = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=10, blank=True)
    body = models.CharField(max_length=120, blank=True)
    scheme = models.CharField(max_length=120, blank=True)
    grade = models.CharField(max_length=20, blank=True)
    month = models.CharField(max_length=7)
    """Month of issue, ``2026-11``."""
    n = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.category}: {self.n}"


class FacetName(models.Model):
    """The name of a body as its newest entry says it, for the facets."""

    code = models.CharField(max_length=120, primary_key=True)
    zh = models.CharField(max_length=200)
    en = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.zh


class ProductIdentifier(models.Model):
    """A barcode or identifier by which a certified product is known, as its holder says."""

    number = models.CharField(max_length=64, db_index=True)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    scheme = models.CharField(max_length=8)
    """gtin or iiid."""
    value = models.CharField(max_length=200, db_index=True)
    model = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("scheme", "value")
        constraints = (models.UniqueConstraint(fields=("number", "scheme", "value"), name="register_identifier_once"),)

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class OpenDump(models.Model):
    """The whole register as it was handed out on a day: its files by hash, and the manifest's hash in the log."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    manifest = models.JSONField()
    hash = models.CharField(max_length=HASH_LENGTH)
    log_entry = models.CharField(max_length=40)

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}: {self.entries}"


class Subscription(models.Model):
    """Who wants to be told of changes in the register, and at which address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12)
    """number, holder, category or body."""
    value = models.CharField(max_length=120)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=64)
    """Signs what is sent; its owner saw it once."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    """Notices in a row that could not be delivered."""

    class Meta:
        ordering = ("-created_at", "id")
        indexes = (models.Index(fields=("topic", "value"), name="register_subscribed"),)

    def __str__(self) -> str:
        return f"{self.topic} {self.value}"


class Notice(models.Model):
    """One change told to one subscriber: tried until it is taken or given up."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="notices")
    number = models.CharField(max_length=64)
    snapshot = models.CharField(max_length=HASH_LENGTH)
    at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("subscription", "snapshot"), name="register_told_a_change_once"),
        )

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.number}"


class Declaration(models.Model):
    """A public figure that is no certificate: self-calculated by a company, or verified by a statement of opinion."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16)
    """self_calculated or verified."""
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="published_figures")
    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="published_figures")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+")
    """Whose opinion a verified figure rests on."""
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="+")
    is_demo = models.BooleanField()
    state = models.CharField(max_length=12)
    """valid, changed (a newer one stands), cancelled or expired."""
    reason = models.CharField(max_length=30, blank=True)
    state_since = models.DateTimeField()
    succeeded_by = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    source = models.CharField(max_length=HASH_LENGTH)
    """Content hash of the result (self-calculated) or of the frozen package (verified)."""
    facts = models.JSONField()
    """What is always public: the figure and what it is of."""
    optional = models.JSONField()
    """What the holder may show besides, by field."""
    shown = models.JSONField(default=list)
    """Fields that the holder consents to show; none at first."""
    statement = models.JSONField(null=True)
    """The verification statement: body, assurance, day, and the hashes of the opinion and of the released paper."""

    class Meta:
        ordering = ("-published_at", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("study", "kind"), condition=models.Q(state="valid"), name="register_one_declaration_in_force"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Production(models.Model):
    """How much of an entry's product is made in a year, where its holder lets the public know."""

    number = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    amount = models.CharField(max_length=40)
    """In the entry's declared units, as the holder states it."""
    year = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number} {self.year}: {self.amount}"


class Recalculation(models.Model):
    """A sealed study calculated again on another factor release, for comparison: indicative, never certified."""

    key = models.CharField(max_length=HASH_LENGTH, unique=True)
    """Content hash of what it rests on: package, release, engine."""
    package = models.CharField(max_length=HASH_LENGTH)
    release = models.CharField(max_length=120)
    release_hash = models.CharField(max_length=HASH_LENGTH)
    state = models.CharField(max_length=8)
    """waiting, done or refused."""
    value = models.CharField(max_length=60, blank=True)
    """Rounded as the study's rule rounds; kg CO2e per declared unit."""
    interval = models.JSONField(null=True)
    """p2_5, p50, p97_5."""
    findings = models.JSONField(default=list)
    """Why it gave nothing."""
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at", "-id")

    def __str__(self) -> str:
        return f"{self.package} on {self.release}: {self.state}"
