"""The readers of governance: each starts from what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.findings import Severity, finding
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, NotFound, allowed, require
from tanbiao.web.datasets import queries as datasets
from tanbiao.web.factors import audiences
from tanbiao.web.governance.models import (
    Comparison,
    Database,
    DatasetNotice,
    Derivation,
    ErrorReport,
    GovernedDataset,
    PlatformRelease,
)
from tanbiao.web.governance.permissions import JUDGES
from tanbiao.web.governance.pinning import users_of
from tanbiao.web.licences import lets_others_read

PUBLIC_STATES = ("published", "suspended", "corrected", "superseded", "retired")
"""States in which a dataset is or was public; all of them still resolve."""
WORK = {
    Role.OPERATOR: ("submitted", "screening", "peer_review", "cross_validation"),
    Role.FACTOR_REVIEWER: ("peer_review",),
    Role.METROLOGIST: ("trace_check",),
    Role.AUTHORITY_OFFICER: ("approved", "suspended"),
}
"""Where a dataset waits for a role's step."""


def visible(actor: Actor) -> Q:
    """Return the filter of datasets that whoever asks may see.

    The provider sees its own; judges what was submitted, reviewers what they were drawn for; everybody what the
    database's access tier lets out of what was published.
    """
    if actor.is_system:
        return Q()
    seen = Q(state__in=PUBLIC_STATES, database__access="public")
    if actor.person is not None:
        seen |= Q(state__in=PUBLIC_STATES, database__access="registered")
        seen |= Q(drawn__person=actor.person, id__isnull=False)
    if actor.organisation is not None:
        seen |= Q(owner=actor.organisation)
        seen |= Q(state__in=PUBLIC_STATES, database__owner=actor.organisation)
    if actor.has(Role.OPERATOR):
        seen |= Q(owner=None) | ~Q(state="draft")
    if actor.has(Role.METROLOGIST, Role.AUTHORITY_OFFICER, Role.FACTOR_REVIEWER):
        seen |= ~Q(state__in=("draft", "withdrawn"))
    return Q(id__in=GovernedDataset.objects.filter(seen).values("id"))


def databases(actor: Actor) -> QuerySet[Database]:
    """Return the databases whose existence the actor may know, by key."""
    require(actor, "governance.view_published")
    if allowed(actor, "governance.judge"):
        return Database.objects.all()
    seen = Q(access="public") | (Q(access="registered") if actor.person is not None else Q(pk__in=[]))
    if actor.organisation is not None:
        seen |= Q(owner=actor.organisation)
    return Database.objects.filter(seen)


def database(actor: Actor, key: str) -> Database:
    """Return one database by key.

    Raises
    ------
    NotFound
        ``database_unknown``
    """
    found = databases(actor).filter(key=key).first()
    if found is None:
        raise NotFound.of("database_unknown", "database", key=key[:40] or "—")
    return found


def published(actor: Actor, key: str = "") -> QuerySet[GovernedDataset]:
    """Return what is or was published and the actor may see, the newest first; of one database where it is named."""
    require(actor, "governance.view_published")
    rows = GovernedDataset.objects.filter(visible(actor), state__in=PUBLIC_STATES)
    rows = rows.select_related("database", "version", "owner").order_by("-published_at", "id")
    return rows.filter(database__key=key) if key else rows


def mine(actor: Actor) -> QuerySet[GovernedDataset]:
    """Return the datasets that the actor's organisation provides, what changed last first."""
    require(actor, "governance.provide")
    own = Q(owner=actor.organisation) if actor.organisation is not None else Q(pk__in=[])
    if actor.has(Role.OPERATOR) or actor.is_system:
        own |= Q(owner=None)
    return GovernedDataset.objects.filter(own).select_related("database", "version", "owner")


def desk(actor: Actor) -> QuerySet[GovernedDataset]:
    """Return what waits for one of the actor's roles, the longest waiting first."""
    require(actor, "governance.judge")
    waits = Q(pk__in=[])
    for role, states in WORK.items():
        if not actor.has(role):
            continue
        here = Q(state__in=states)
        if role is Role.FACTOR_REVIEWER:
            here &= Q(id__in=GovernedDataset.objects.filter(drawn__person=actor.person).values("id"))
        waits |= here
    rows = GovernedDataset.objects.filter(visible(actor)).filter(waits)
    return rows.select_related("database", "version", "owner").order_by("state_since", "id")


def entry(actor: Actor, entry_id: UUID) -> GovernedDataset:
    """Return one dataset.

    Raises
    ------
    NotFound
        ``governed_dataset_unknown``
    """
    require(actor, "governance.view_published")
    rows = GovernedDataset.objects.filter(visible(actor), id=entry_id)
    found = rows.select_related("database", "version__source", "owner", "predecessor").first()
    if found is None:
        raise NotFound.of("governed_dataset_unknown", str(entry_id))
    return found


def is_judge_or_owner(actor: Actor, row: GovernedDataset) -> bool:
    """Whether the actor sees how a dataset was judged, not only what was published."""
    return actor.is_system or actor.has(*JUDGES) or (actor.organisation_id is not None and own(actor, row))


def own(actor: Actor, row: GovernedDataset) -> bool:
    """Whether a dataset is the actor's organisation's."""
    return row.owner_id == actor.organisation_id if row.owner_id else actor.has(Role.OPERATOR)


def document(actor: Actor, row: GovernedDataset) -> dict[str, Any] | None:
    """Return the document of a dataset that the actor may see, or None where the licence keeps it from him."""
    if is_judge_or_owner(actor, row):
        return datasets.document(row.version)
    return datasets.document(row.version) if lets_others_read(row.licence, row.version.licence) else None


def reports(actor: Actor, row: GovernedDataset) -> QuerySet[ErrorReport]:
    """Return the error reports on a dataset: all for those who judge and provide, else one's own."""
    found = row.reports.select_related("person")
    return found if is_judge_or_owner(actor, row) else found.filter(person=actor.person)


def comparisons(row: GovernedDataset) -> list[Comparison]:
    """Return this round's comparisons; ``is_open`` says that the deviation is over the limit and not explained."""
    limit = float(row.terms.get("dataset_deviation_percent", "inf"))
    found = list(row.comparisons.filter(round=row.round).order_by("id"))
    for one in found:
        one.is_open = not one.explanation and abs(float(one.deviation_percent)) > limit
    return found


def notes_of(actor: Actor, row: GovernedDataset) -> tuple[str, ...]:
    """Return the acts within the state that the actor may do: close his major points, explain a deviation."""
    if row.state == "peer_review":
        mine = row.reviews.filter(round=row.round, person=actor.person, majors__gt=0, majors_closed=False)
        return ("close_majors",) if mine.exists() else ()
    if row.state == "cross_validation" and (own(actor, row) or actor.has(Role.OPERATOR)):
        return ("explain_deviation",) if any(one.is_open for one in comparisons(row)) else ()
    return ()


def notices(actor: Actor) -> QuerySet[DatasetNotice]:
    """Return what the actor's person was told, newest first."""
    require(actor, "governance.report")
    return DatasetNotice.objects.filter(person=actor.person).select_related("entry__version", "entry__database")


def own_derivations(actor: Actor) -> Q:
    """Return the filter of definitions whose dataset is the actor's to provide; the secretariat looks after all."""
    if actor.is_system or actor.has(Role.OPERATOR):
        return Q()
    return Q(owner=actor.organisation) if actor.organisation is not None else Q(pk__in=[])


def derivations(actor: Actor) -> QuerySet[Derivation]:
    """Return the definitions that the actor looks after, those in force first, then the newest first."""
    require(actor, "governance.derive")
    rows = Derivation.objects.filter(own_derivations(actor)).select_related("database", "owner", "version__source")
    return rows.order_by("-is_current", "-at", "-id")


def derivation(actor: Actor, derivation_id: UUID) -> Derivation:
    """Return one definition.

    Raises
    ------
    NotFound
        ``derivation_unknown``
    """
    found = derivations(actor).filter(id=derivation_id).first()
    if found is None:
        raise NotFound.of("derivation_unknown", str(derivation_id))
    return found


def derivable(actor: Actor) -> QuerySet[GovernedDataset]:
    """Return what is published now and the actor may derive from, by name."""
    return published(actor).filter(state="published").order_by("version__name", "id")


def entries_of(actor: Actor, row: Derivation) -> QuerySet[GovernedDataset]:
    """Return the versions in governance that a definition's dataset has, the newest first."""
    rows = GovernedDataset.objects.filter(visible(actor), database=row.database, version__dataset_id=row.key)
    return rows.select_related("database", "version", "owner").order_by("-created_at", "-id")


def releases(actor: Actor) -> QuerySet[PlatformRelease]:
    """Return the releases that were asked for, newest first: those for everybody, and those for one's organisation.

    Who builds them sees every one that is made of databases, also before and after it is his to read.
    """
    require(actor, "governance.view")
    rows = PlatformRelease.objects.select_related("release", "owner")
    if actor.is_system:
        return rows
    seen = ~Q(id__in=_closed()) | Q(id__in=_for(actor))
    if allowed(actor, "governance.build_release"):
        seen |= Q(owner=None)
    return rows.filter(seen)


def _closed() -> QuerySet[Any]:
    return PlatformRelease.readers.through.objects.values("platformrelease")


def _for(actor: Actor) -> QuerySet[Any]:
    if actor.organisation is None:
        return PlatformRelease.objects.none().values("id")
    return PlatformRelease.objects.filter(readers=actor.organisation).values("id")


def own_releases(actor: Actor) -> QuerySet[PlatformRelease]:
    """Return the releases of one's own organisation's datasets, newest first."""
    require(actor, "governance.own_release")
    if actor.organisation is None:
        return PlatformRelease.objects.none()
    return PlatformRelease.objects.filter(owner=actor.organisation).select_related("release", "owner")


def own_release(actor: Actor, release_id: UUID) -> PlatformRelease:
    """Return one release of one's own organisation's datasets.

    Raises
    ------
    NotFound
        ``platform_release_unknown``
    """
    found = own_releases(actor).filter(id=release_id).first()
    if found is None:
        raise NotFound.of("platform_release_unknown", str(release_id))
    return found


def closed_names(actor: Actor) -> frozenset[str]:
    """Return the names of releases that were asked for, for some alone, and are not the actor's to know."""
    if actor.is_system:
        return frozenset()
    rows = PlatformRelease.objects.filter(id__in=_closed()).exclude(id__in=_for(actor))
    return frozenset(rows.values_list("name", flat=True))


@audiences.limit
def users_of_release(name: str) -> frozenset[UUID] | None:
    """Return whom a release may be opened to: of one's own datasets the owner alone, else whom its databases let."""
    row = PlatformRelease.objects.filter(name=name).first()
    if row is None:
        return None
    if row.owner_id is not None:
        return frozenset({row.owner_id})
    limits = [users_of(one) for one in Database.objects.filter(key__in=row.databases)]
    closed = [one for one in limits if one is not None]
    return frozenset.intersection(*closed) if closed else None


def release(actor: Actor, release_id: UUID) -> PlatformRelease:
    """Return one release that was asked for.

    Raises
    ------
    NotFound
        ``platform_release_unknown``
    """
    found = releases(actor).filter(id=release_id).first()
    if found is None:
        raise NotFound.of("platform_release_unknown", str(release_id))
    return found


@dataclass(frozen=True, slots=True)
class Blocked:
    """A dataset of a release that may not be put to new uses, and where that is said."""

    dataset: str
    identifier: str
    state: str


def refuse_blocked(release_name: str, used: Iterable[str]) -> None:
    """Refuse a new use of datasets that are suspended by now.

    Raises
    ------
    Conflict
        ``dataset_suspended``, one finding for each.
    """
    wanted = set(used)
    found = [one for one in blocked(release_name) if one.dataset in wanted]
    if found:
        raise Conflict(
            *(finding("dataset_suspended", Severity.BLOCKING, one.dataset, identifier=one.identifier) for one in found)
        )


def blocked(release_name: str) -> tuple[Blocked, ...]:
    """Return the datasets of a platform release that are suspended by now."""
    found = PlatformRelease.objects.filter(name=release_name, state="built").first()
    if found is None:
        return ()
    pins = {pin["entry"]: pin for pin in found.pins}
    rows = GovernedDataset.objects.filter(id__in=pins, state="suspended")
    return tuple(
        Blocked(one, row.identifier, row.state)
        for row in rows.order_by("identifier")
        for one in pins[str(row.id)].get("ids", ())
    )
