"""Derived datasets: a definition, and (a worker) each version that follows from it, a draft on its provider's desk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from tanbiao.core.dataset import derive
from tanbiao.core.dataset.derivation import Derivation
from tanbiao.core.dataset.derived_document import definition_of
from tanbiao.core.dataset.inventory_document import differences
from tanbiao.core.dataset.malformed import first_error
from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.datasets import commands as datasets
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance import deriving, queries
from tanbiao.web.governance.acts import LIFECYCLE, SHOWN_CHANGES, SYSTEM, advance, tell_providers
from tanbiao.web.governance.facts import facts_of
from tanbiao.web.governance.models import Database, DerivationInput, GovernedDataset
from tanbiao.web.governance.models import Derivation as Definition
from tanbiao.web.governance.pinning import DERIVATION, release_id
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.licences import licence as licence_of
from tanbiao.workflow.terms import defaults

TASK: Final = "governance.derive"
_KEY: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?")
_YEAR: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@command("governance.derive")
def define_derivation(
    actor: Actor,
    *,
    database: str,
    key: str,
    name_zh: str,
    name_en: str,
    geography: str,
    valid_from: str,
    technology: str,
    derivation: Mapping[str, Any],
    legal_basis: str,
    licence: str,
    unit: str = "",
) -> Definition:
    """Define a dataset of a database by how it follows from published ones, or define it otherwise from now on.

    Parameters
    ----------
    key
        Id of the dataset; a definition of the same key takes the place of the one before.
    derivation
        As in a release's folder (``operation``, ``inputs`` or ``input``, ``source``); a dataset is named by its id in
        a release of the platform, ``database:dataset``.
    unit
        Its reference unit, where it is not that of its inputs.

    Raises
    ------
    NotFound
        ``database_unknown``
    Invalid
        ``derivation_key_invalid``, ``derivation_about_missing``, ``dataset_malformed``, ``licence_unknown``,
        ``derivation_input_not_published``, ``derivation_licence_wider``, ``derivation_shares_sum``,
        ``derivation_cycle``
    Conflict
        ``derivation_key_taken``: another dataset of the database has it.
    """
    into = queries.database(actor, database)
    said = {"name_zh": name_zh, "name_en": name_en, "geography": geography, "technology": technology}
    _require_said(key, {**said, "legal_basis": legal_basis}, valid_from, licence)
    stated = _stated(derivation)
    owner = actor.organisation if actor.has(Role.DATA_PROVIDER) else into.owner
    before = _before(into, key, owner)
    inputs = [_input(actor, name) for name in deriving.named(stated)]
    _require_licence(inputs, into, licence)
    _require_no_cycle(release_id(into.key, key), stated)
    Definition.objects.filter(database=into, key=key, is_current=True).update(is_current=False)
    made = Definition.objects.create(
        database=into,
        owner=owner,
        by=actor.person,
        key=key,
        number=before.number + 1 if before else 1,
        about={
            "id": key,
            "name": {"zh": name_zh.strip()[:200], "en": name_en.strip()[:200]},
            "geography": geography.strip()[:60],
            "valid_from": valid_from.strip(),
            "technology": technology.strip()[:2000],
            "licence": getattr(licence_of(licence), "en", licence),
            "unit": unit.strip()[:40],
            "derivation": definition_of(stated),
        },
        legal_basis=legal_basis.strip(),
        licence=licence,
        version=before.version if before else None,
        at=clock.now(),
    )
    DerivationInput.objects.bulk_create(
        DerivationInput(derivation=made, release_id=name, database=row.database, dataset_id=row.version.dataset_id)
        for name, row in inputs
    )
    event = {"type": "derivation.defined", "database": into.key, "key": key, "number": made.number}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event)
    ask_calculation(made, f"defined/{made.number}")
    return made


def _require_said(key: str, said: Mapping[str, str], valid_from: str, licence: str) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid.of("derivation_key_invalid", "key", key=key[:40])
    for field, text in said.items():
        if not text.strip():
            raise Invalid.of("derivation_about_missing", field, field=field)
    if not _YEAR.fullmatch(valid_from.strip()):
        raise Invalid.of("derivation_about_missing", "valid_from", field="valid_from")
    if licence_of(licence) is None:
        raise Invalid.of("licence_unknown", "licence", licence=licence[:40])


def _stated(derivation: Mapping[str, Any]) -> Derivation:
    try:
        stated = DERIVATION.validate_python(dict(derivation))
    except ValidationError as error:
        place, said = first_error(error, "derivation")
        raise Invalid.of("dataset_malformed", place, **said) from error
    try:
        deriving.shares(stated)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return stated


def _before(into: Database, key: str, owner: Organisation | None) -> Definition | None:
    """Return the definition that this one follows; refuse the key of a dataset that is not of the owner's deriving."""
    before = Definition.objects.filter(database=into, key=key).order_by("-number").first()
    if before is not None and before.owner_id == (owner.id if owner else None):
        return before
    if before is not None or GovernedDataset.objects.filter(database=into, version__dataset_id=key).exists():
        raise Conflict.of("derivation_key_taken", "key", key=key, database=into.key)
    return None


def _input(actor: Actor, name: str) -> tuple[str, GovernedDataset]:
    """Return the published version that an id names."""
    key, _, rest = name.partition(":")
    rows = queries.published(actor, key).filter(state="published") if key else GovernedDataset.objects.none()
    for dataset in dict.fromkeys((rest, rest.rpartition("#")[0])):
        found = rows.filter(version__dataset_id=dataset).first()
        if found is not None:
            return name, found
    for row in rows:
        if release_id(key, row.version.dataset_id) in (name, name.rpartition("#")[0]):
            return name, row
    raise Invalid.of("derivation_input_not_published", "derivation", input=name[:200])


def _require_licence(inputs: Sequence[tuple[str, GovernedDataset]], into: Database, licence: str) -> None:
    """Refuse to pass on openly what follows from data that may not be passed on."""
    own = licence_of(licence)
    if own is None or not own.may_be_shared or into.access == "owner":
        return
    for name, row in inputs:
        known = licence_of(row.licence)
        if known is None or not known.may_be_shared:
            raise Invalid.of("derivation_licence_wider", "licence", input=name, licence=row.licence or "–")


def _require_no_cycle(own: str, stated: Derivation) -> None:
    graph = {
        release_id(row.database.key, row.key): DERIVATION.validate_python(row.about["derivation"])
        for row in Definition.objects.filter(is_current=True).select_related("database")
    }
    try:
        derive.in_order(graph | {own: stated})
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def ask_calculation(row: Definition, because: str) -> None:
    """Ask a worker to calculate a definition's dataset, once for each reason."""
    ledger.enqueue(TASK, key=f"{TASK}/{row.id}/{because}"[:200], payload={"derivation": str(row.id)})


@command("governance.derive")
def recalculate_derivation(actor: Actor, *, derivation_id: UUID) -> Definition:
    """Ask for a calculation now; where no input has another version nothing comes of it.

    Raises
    ------
    NotFound
        ``derivation_unknown``
    """
    row = _locked(actor, derivation_id)
    ask_calculation(row, f"asked/{clock.stamp(clock.now())}")
    return row


@command("governance.derive")
def end_derivation(actor: Actor, *, derivation_id: UUID) -> Definition:
    """End a definition: its dataset is not calculated again; versions that stand remain.

    Raises
    ------
    NotFound
        ``derivation_unknown``
    """
    row = _locked(actor, derivation_id)
    row.is_current = False
    row.save(update_fields=["is_current"])
    event = {"type": "derivation.ended", "database": row.database.key, "key": row.key, "number": row.number}
    ledger.record(actor, type="dataset_event", subject=str(row.id), event=event)
    return row


def _locked(actor: Actor, derivation_id: UUID) -> Definition:
    rows = Definition.objects.select_for_update(of=("self",)).select_related("database")
    found = rows.filter(queries.own_derivations(actor), id=derivation_id, is_current=True).first()
    if found is None:
        raise NotFound.of("derivation_unknown", str(derivation_id))
    return found


@command("governance.install_built")
def keep_calculated(
    actor: Actor,  # noqa: ARG001 (the system, by permission)
    *,
    derivation_id: UUID,
    calculated: deriving.Calculated,
) -> GovernedDataset | None:
    """Keep a new version as a draft that waits for its provider; None where nothing is new.

    A draft of it that was not submitted yet takes the newer version; one that is being judged is left to its judges.
    """
    row = Definition.objects.select_for_update(of=("self",)).select_related("database", "owner").get(id=derivation_id)
    row.findings, row.calculated_at = [], clock.now()
    if not row.is_current or not calculated.is_new:
        row.save(update_fields=["findings", "calculated_at"])
        return None
    before = row.version
    row.version = datasets.keep_derived(
        SYSTEM, owner=row.owner, by=row.by, document=calculated.document, code=row.licence
    )
    row.save(update_fields=["version", "findings", "calculated_at"])
    return _drafted(row, row.version, before)


def _drafted(row: Definition, version: DatasetVersion, before: DatasetVersion | None) -> GovernedDataset:
    alike = GovernedDataset.objects.select_for_update(of=("self",)).filter(
        database=row.database, version__dataset_id=row.key
    )
    entry = alike.filter(state="draft").select_related("database", "version", "owner").first()
    now = clock.now()
    if entry is None:
        entry = GovernedDataset(
            database=row.database,
            owner=row.owner,
            by=row.by,
            lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
            terms={name: one["value"] for name, one in defaults().items() if name.startswith("dataset_")},
            state="",
            state_since=now,
            head="",
            created_at=now,
        )
    entry.version, entry.content_hash, entry.changed_at = version, version.content_hash, now
    entry.source_statement = str(row.about["derivation"]["source"])
    entry.legal_basis, entry.licence = row.legal_basis, row.licence
    published = alike.filter(number__gt=0).order_by("-number").select_related("version__source").first()
    reference = published.version if published is not None else before
    entry.changelog = differences(document(reference), document(version))[:SHOWN_CHANGES] if reference else []
    entry.save()
    inputs = [{"id": one["id"], "hash": one["hash"]} for one in document(version)["derivation"]["inputs"]]
    advance(SYSTEM, entry, "derive", facts_of(SYSTEM, entry), version=version.content_hash, inputs=inputs)
    return entry


@command("governance.install_built")
def fail_calculation(
    actor: Actor,  # noqa: ARG001 (the system, by permission)
    *,
    derivation_id: UUID,
    findings: Sequence[Finding],
) -> Definition:
    """Keep why a definition's dataset has no figure now; its providers are told once for each reason."""
    row = Definition.objects.select_for_update(of=("self",)).select_related("database").get(id=derivation_id)
    told = [to_json(one) for one in findings]
    is_news = told != row.findings
    row.findings, row.calculated_at = told, clock.now()
    row.save(update_fields=["findings", "calculated_at"])
    entry = GovernedDataset.objects.filter(database=row.database, version__dataset_id=row.key)
    newest = entry.order_by("-created_at").select_related("database", "version", "owner").first()
    if is_news and newest is not None:
        tell_providers(newest, "derivation_failed")
    return row
