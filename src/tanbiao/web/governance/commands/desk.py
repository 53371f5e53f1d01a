"""The provider's desk, and the databases that datasets go into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.datasets import queries as datasets
from tanbiao.web.governance import queries
from tanbiao.web.governance.acts import LIFECYCLE, advance, locked
from tanbiao.web.governance.facts import facts_of
from tanbiao.web.governance.models import Database, DatasetNotice, Follower, GovernedDataset
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.licences import licence as licence_of
from tanbiao.workflow.terms import defaults

LEVELS: Final = ("national", "provincial", "industry", "adapted", "foreign")
"""Precedence of databases, the strongest first."""
TIERS: Final = ("public", "registered", "owner")
_KEY: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@command("governance.found_database")
def found_database(
    actor: Actor, *, key: str, name_zh: str, name_en: str, level: str, access: str, licence: str
) -> Database:
    """Found a database of the actor's organisation.

    Raises
    ------
    Invalid
        ``database_key_invalid``, ``database_name_missing``, ``database_level_unknown``, ``database_access_unknown``,
        ``licence_unknown``
    Conflict
        ``database_key_taken``
    """
    if not _KEY.fullmatch(key):
        raise Invalid.of("database_key_invalid", "key", key=key[:40])
    if not name_zh.strip() or not name_en.strip():
        raise Invalid.of("database_name_missing", "name_zh")
    if level not in LEVELS:
        raise Invalid.of("database_level_unknown", "level", level=level[:40], known=", ".join(LEVELS))
    if access not in TIERS:
        raise Invalid.of("database_access_unknown", "access", access=access[:40], known=", ".join(TIERS))
    if licence_of(licence) is None:
        raise Invalid.of("licence_unknown", "licence", licence=licence[:40])
    if actor.organisation is None:
        raise Invalid.of("no_organisation")
    if Database.objects.filter(key=key).exists():
        raise Conflict.of("database_key_taken", "key", key=key)
    made = Database.objects.create(
        key=key,
        name_zh=name_zh.strip()[:200],
        name_en=name_en.strip()[:200],
        owner=actor.organisation,
        level=level,
        access=access,
        licence=licence,
        at=clock.now(),
    )
    event = {"type": "database.founded", "key": key, "level": level, "access": access, "licence": licence}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event)
    return made


@command("governance.report")
def follow(actor: Actor, *, database: str, wanted: bool = True) -> Database:
    """Follow a database, or stop: followers are told what is published, suspended and replaced in it.

    Raises
    ------
    NotFound
        ``database_unknown``
    """
    found = queries.database(actor, database)
    if wanted:
        Follower.objects.get_or_create(database=found, person=person_of(actor))
    else:
        Follower.objects.filter(database=found, person=person_of(actor)).delete()
    return found


@command("governance.provide")
def open_dataset(actor: Actor, *, database: str, version_id: UUID) -> GovernedDataset:
    """Begin the way of one of the organisation's dataset versions into a database.

    Raises
    ------
    NotFound
        ``database_unknown``, ``dataset_version_unknown``
    Invalid
        ``dataset_not_own``: another organisation shares it.
    Conflict
        ``dataset_already_open``: this version is on its way or published there.
    """
    into = queries.database(actor, database)
    version = datasets.version(actor, version_id)
    if not datasets.is_own(actor, version):
        raise Invalid.of("dataset_not_own", "version_id")
    gone = ("withdrawn", "rejected")
    if GovernedDataset.objects.filter(database=into, version=version).exclude(state__in=gone).exists():
        raise Conflict.of("dataset_already_open", "version_id", database=into.key)
    now = clock.now()
    entry = GovernedDataset(
        database=into,
        version=version,
        owner=version.owner,
        by=actor.person,
        lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
        terms={name: one["value"] for name, one in defaults().items() if name.startswith("dataset_")},
        state="",
        state_since=now,
        head="",
        content_hash=version.content_hash,
        licence=version.source.licence,
        created_at=now,
        changed_at=now,
    )
    entry.save()
    advance(actor, entry, "open", facts_of(actor, entry))
    return entry


@command("governance.provide")
def describe(
    actor: Actor,
    *,
    entry_id: UUID,
    source_statement: str = "",
    legal_basis: str = "",
    licence: str = "",
    embargo_until: date | None = None,
    valid_until: date | None = None,
    is_correction: bool = False,
    version_id: UUID | None = None,
) -> GovernedDataset:
    """Say what reviewers need to know, and choose another version of the same dataset; in a draft only.

    Raises
    ------
    NotFound
        ``governed_dataset_unknown``, ``dataset_version_unknown``
    Invalid
        ``licence_unknown``, ``dataset_not_own``, ``dataset_versions_differ``
    """
    entry = locked(actor, entry_id)
    if licence and licence_of(licence) is None:
        raise Invalid.of("licence_unknown", "licence", licence=licence[:40])
    facts = facts_of(actor, entry)
    if version_id is not None and version_id != entry.version_id:
        version = datasets.version(actor, version_id)
        if not datasets.is_own(actor, version):
            raise Invalid.of("dataset_not_own", "version_id")
        if version.dataset_id != entry.version.dataset_id:
            raise Invalid.of("dataset_versions_differ", "version_id")
        entry.version, entry.content_hash = version, version.content_hash
    entry.source_statement, entry.legal_basis = source_statement.strip(), legal_basis.strip()
    entry.licence = licence
    entry.embargo_until, entry.valid_until, entry.is_correction = embargo_until, valid_until, is_correction
    advance(actor, entry, "describe", facts, version=entry.content_hash, licence=licence)
    return entry


def _plain(actor: Actor, entry_id: UUID, event: str, builds_on: str | None, reason: str = "", **details: Any) -> Any:
    entry = locked(actor, entry_id)
    advance(actor, entry, event, facts_of(actor, entry, builds_on=builds_on, reason=reason), **details)
    return entry


@command("governance.provide")
def submit(actor: Actor, *, entry_id: UUID, builds_on: str) -> GovernedDataset:
    """Submit a described dataset; from now on its content hash is what every judgement is about."""
    entry: GovernedDataset = _plain(actor, entry_id, "submit", builds_on)
    return entry


@command("governance.provide")
def revise(actor: Actor, *, entry_id: UUID) -> GovernedDataset:
    """Take a returned dataset back to the draft, in a new round."""
    entry: GovernedDataset = _plain(actor, entry_id, "revise", None)
    return entry


@command("governance.provide")
def withdraw(actor: Actor, *, entry_id: UUID, reason: str, text: str = "") -> GovernedDataset:
    """Withdraw a dataset before it is published."""
    entry: GovernedDataset = _plain(actor, entry_id, "withdraw", None, reason, text=text.strip())
    return entry


@command("governance.report")
def read_notices(actor: Actor, *, notice_ids: Sequence[int] | None = None) -> int:
    """Mark notices of the actor's person as read: those named, or all; return how many were not read before."""
    rows = DatasetNotice.objects.filter(person=person_of(actor), read_at__isnull=True)
    if notice_ids is not None:
        rows = rows.filter(id__in=list(notice_ids))
    return rows.update(read_at=clock.now())
