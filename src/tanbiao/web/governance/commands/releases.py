"""Platform releases: asked for by the operator, built by a worker, installed as a factor release with a standing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.core.lca.release_find import find_release
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.datasets.queries import document
from tanbiao.web.factors import audiences
from tanbiao.web.factors import commands as factors
from tanbiao.web.factors import queries as factor_queries
from tanbiao.web.factors.models import Release
from tanbiao.web.governance import queries, suppliers
from tanbiao.web.governance.models import Database, GovernedDataset, PlatformRelease
from tanbiao.web.governance.pinning import is_derived, is_for_everybody, users_of
from tanbiao.web.ledger import commands as ledger

STANDINGS: Final = ("demonstration", "published")
TASK: Final = "governance.release"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,58}[a-z0-9])?")


@command("governance.build_release")
def ask_release(
    actor: Actor,
    *,
    name: str,
    version: str,
    databases: Sequence[str],
    gap_filling: bool = False,
    base: str = "",
    standing: str = "demonstration",
    samples: int = 0,
    only_for: Sequence[str] = (),
    basis: str = "",
    enqueue: bool = True,
) -> PlatformRelease:
    """Ask for a release of all published datasets of some databases, pinned as they stand now.

    With the versions it pins what was decided on suppliers in those databases.

    Parameters
    ----------
    databases
        Keys; the level of each decides precedence, of equal levels the one named first.
    gap_filling
        Whether a database may supply what one of a higher level uses and lacks.
    base
        An installed release that stands below all of them (its fuels and grids are taken along); empty: none.
    samples
        Number of shared samples; 0: each dataset is drawn by its own spread.
    only_for
        Organisations by id or unified social credit code that alone may read it; none: everybody.
    basis
        By what right they use what may not be passed on.
    enqueue
        Whether the platform's worker is to build it; a command that builds it itself says no.

    Raises
    ------
    NotFound
        ``database_unknown``, ``release_not_installed``
    Invalid
        ``release_name_invalid``, ``release_standing_unknown``, ``release_samples_wrong``, ``release_database_none``;
        ``audience_organisation_unknown``, ``audience_too_many``, ``audience_basis_missing``
    Conflict
        ``release_name_taken``, ``nothing_published``, ``release_base_closed``; ``release_database_closed``: it is asked
        for everybody, and a database is not, or its licence forbids passing on; ``audience_too_wide``: an organisation
        that a database's tier or licence does not let use it
    """
    if standing not in STANDINGS:
        raise Invalid.of("release_standing_unknown", "standing", known=", ".join(STANDINGS))
    check_words(name, version, samples)
    keys = list(dict.fromkeys(databases))
    if not keys:
        raise Invalid.of("release_database_none", "databases")
    chosen = [queries.database(actor, key) for key in keys]
    readers = audiences.named(only_for)
    _check_readers(name, chosen, readers, basis)
    check_place(actor, name, base)
    pins = [pin for one in chosen for pin in _pins(one)]
    if not pins:
        raise Conflict.of("nothing_published", "databases", databases=", ".join(keys))
    made = PlatformRelease.objects.create(
        name=name,
        version=version.strip()[:40],
        standing=standing,
        databases=keys,
        gap_filling=gap_filling,
        pins=pins,
        report={"base": base, "samples": samples, **_suppliers(chosen)},
        basis=basis.strip()[:500],
        by=actor.person,
        at=clock.now(),
    )
    made.readers.set(readers)
    event = {"type": "release.asked", "name": name, "databases": keys, "pins": [pin["hash"] for pin in pins]}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event)
    if enqueue:
        ledger.enqueue(TASK, key=f"{TASK}/{made.id}", payload={"release": str(made.id)})
    return made


def check_words(name: str, version: str, samples: int) -> None:
    """Refuse a name, version or number of samples that no release can have.

    Raises
    ------
    Invalid
        ``release_name_invalid``, ``release_samples_wrong``
    """
    if not _NAME.fullmatch(name) or not version.strip():
        raise Invalid.of("release_name_invalid", "name", name=name[:60])
    if not 0 <= samples <= 10_000:
        raise Invalid.of("release_samples_wrong", "samples", samples=samples)


def check_place(actor: Actor, name: str, base: str) -> None:
    """Refuse a name that is taken, and a base that is not there or not for everybody.

    Raises
    ------
    NotFound
        ``release_not_installed``
    Conflict
        ``release_base_closed``, ``release_name_taken``
    """
    if base and not factor_queries.release(actor, base).is_public:
        raise Conflict.of("release_base_closed", "base", name=base)
    if PlatformRelease.objects.filter(name=name).exists() or _is_known(name):
        raise Conflict.of("release_name_taken", "name", name=name)


def _check_readers(name: str, databases: Sequence[Database], readers: Sequence[Organisation], basis: str) -> None:
    """Refuse readers whom the tier or licence of a database does not let use it, and closed data without a right."""
    closed = [one.key for one in databases if not is_for_everybody(one)]
    if closed and not readers:
        raise Conflict.of("release_database_closed", "databases", databases=", ".join(closed))
    if closed and len(basis.strip()) < audiences.SHORTEST:
        raise Invalid.of("audience_basis_missing", "basis", count=len(closed))
    for database in databases:
        users = users_of(database)
        strange = [one.name_zh for one in readers if users is not None and one.id not in users]
        if strange:
            raise Conflict.of("audience_too_wide", "only_for", release=name, names=", ".join(strange))


def _is_known(name: str) -> bool:
    try:
        find_release(name, data_dir=settings.TANBIAO_DATA)
    except TanbiaoError:
        return Release.objects.filter(name=name).exists()
    return True


def _pins(database: Database) -> list[dict[str, Any]]:
    """Return the versions that stand in a database now; a suspended one is in no new release."""
    rows = GovernedDataset.objects.filter(database=database, state="published").select_related("version__source")
    return [
        {
            "entry": str(row.id),
            "identifier": row.identifier,
            "dataset": row.version.dataset_id,
            "version": row.version.version,
            "hash": row.content_hash,
            "database": database.key,
            **_derived_from(row),
        }
        for row in rows.order_by("identifier")
    ]


def _suppliers(databases: Sequence[Database]) -> dict[str, Any]:
    """Return the decisions on suppliers that hold now, by database; nothing where there are none."""
    found = {one.key: suppliers.documents(suppliers.in_force(one)) for one in databases}
    stated = {key: said for key, said in found.items() if said}
    return {"suppliers": stated} if stated else {}


def _derived_from(row: GovernedDataset) -> dict[str, Any]:
    """Return the versions of the inputs that a derived dataset is pinned with; nothing for what was imported."""
    if not is_derived(row):
        return {}
    used = document(row.version)["derivation"]["inputs"]
    return {"derived_from": [{key: one[key] for key in ("id", "version", "hash")} for one in used]}


@command("governance.install_built")
def install_built(
    actor: Actor, *, release_id: UUID, report: Mapping[str, Any], ids: Mapping[str, Sequence[str]]
) -> PlatformRelease:
    """Install what a worker built; ``ids`` says which datasets of the release each pinned entry became."""
    row = PlatformRelease.objects.select_for_update(of=("self",)).get(id=release_id)
    if row.state != "waiting":
        return row
    only_for = [str(one) for one in row.readers.order_by("id").values_list("id", flat=True)]
    row.release = factors.install_release(actor, name=row.name, only_for=only_for, basis=row.basis)
    row.pins = [pin | {"ids": list(ids.get(pin["entry"], ()))} for pin in row.pins]
    row.report = {**row.report, **report}
    row.state, row.finished_at = "built", clock.now()
    row.save()
    return row


@command("governance.install_built")
def fail_release(actor: Actor, *, release_id: UUID, findings: Sequence[Finding]) -> PlatformRelease:  # noqa: ARG001
    """Close a release that can't be built, with the reasons."""
    row = PlatformRelease.objects.select_for_update(of=("self",)).get(id=release_id)
    if row.state == "waiting":
        row.state, row.finished_at = "failed", clock.now()
        row.findings = [to_json(item) for item in findings]
        row.save()
    return row
