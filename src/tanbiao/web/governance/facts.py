"""What the guards of a dataset look at. Reads only; the machine decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.models import GovernedDataset
from tanbiao.web.governance.permissions import JUDGES
from tanbiao.web.licences import lets_others_read, licence
from tanbiao.workflow.facts import DatasetFacts, Hand
from tanbiao.workflow.terms import terms_of

NEEDED = ("name", "location", "valid_from", "technology")
"""Fields of a process without which nobody can judge its figures (project default)."""


def hand_of(actor: Actor, entry: GovernedDataset) -> Hand:
    """Return the actor as the machine sees him: on the provider's side, on the platform's, or on both."""
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    parties = set()
    if actor.organisation is not None and actor.organisation_id == entry.owner_id:
        parties.add("provider")
    if actor.has(*JUDGES):
        parties.add("platform")
    if entry.owner_id is None and actor.has(Role.OPERATOR):
        parties.add("provider")
    return Hand(str(actor.person_id), frozenset(role.value for role in actor.roles), frozenset(parties))


def provider_persons(entry: GovernedDataset) -> frozenset[str]:
    """Return everybody who belongs or ever belonged to the provider, and who brought the dataset."""
    found = {str(entry.by_id)} if entry.by_id else set()
    if entry.owner_id is not None:
        members = Membership.objects.filter(organisation_id=entry.owner_id).values_list("person_id", flat=True)
        found |= {str(one) for one in members}
    return frozenset(found)


def candidates(entry: GovernedDataset) -> list[UUID]:
    """Return the reviewers who may be drawn, in a fixed order: those in office without a tie to the provider."""
    tied = provider_persons(entry)
    live = Membership.objects.filter(role=Role.FACTOR_REVIEWER, ended_at__isnull=True)
    people = set(live.values_list("person_id", flat=True))
    return sorted((one for one in people if str(one) not in tied), key=str)


def missing(entry: GovernedDataset) -> tuple[str, ...]:
    """Return what the dataset's own description lacks."""
    process = document(entry.version)["process"]
    lacking = [key for key in NEEDED if not process.get(key)]
    if not any(item.get("is_reference") for item in process.get("exchanges", [])):
        lacking.append("reference")
    if len(process.get("exchanges", [])) < 2 and not process.get("results"):
        lacking.append("figures")
    return tuple(lacking)


def licence_allows(entry: GovernedDataset) -> bool | None:
    """Whether the readers of the database may have the dataset; None where no licence is stated."""
    if licence(entry.licence) is None:
        return None
    if entry.database.access == "owner":
        return True
    return lets_others_read(entry.licence, entry.version.licence)


def facts_of(
    actor: Actor, entry: GovernedDataset, *, builds_on: str | None = None, reason: str = "", **more: Any
) -> DatasetFacts:
    """Gather the facts of a dataset as it stands, with what the act itself adds (``more``)."""
    reviews = list(entry.reviews.filter(round=entry.round))
    compared = list(entry.comparisons.filter(round=entry.round))
    traces = list(entry.traces.filter(round=entry.round))
    open_percent = [float(row.deviation_percent) for row in compared if not row.explanation.strip()]
    today = clock.today()
    facts = DatasetFacts(
        hand=hand_of(actor, entry),
        terms=terms_of(entry.terms),
        reason=reason,
        builds_on=builds_on,
        current=entry.head,
        days_in_state=(clock.now() - entry.state_since) // timedelta(days=1),
        metadata_missing=missing(entry) if entry.state == "draft" else (),
        source_stated=bool(entry.source_statement.strip()),
        licence_stated=licence(entry.licence) is not None,
        legal_basis_stated=bool(entry.legal_basis.strip()),
        checks_blocking=None if entry.checks is None else int(entry.checks["errors"]),
        candidates=len(candidates(entry)) if entry.state == "screening" else 0,
        provider_persons=provider_persons(entry),
        drawn=frozenset(str(one) for one in entry.drawn.filter(round=entry.round).values_list("person_id", flat=True)),
        positive=frozenset(str(row.person_id) for row in reviews if row.positive),
        negative=frozenset(str(row.person_id) for row in reviews if not row.positive),
        open_majors=sum(row.majors for row in reviews if not row.majors_closed),
        comparisons=len(compared),
        unexplained_percent=max(open_percent, key=abs, default=None),
        evidence_traced=sum(len(row.evidence) for row in traces),
        traced_by=frozenset(str(row.person_id) for row in traces),
        embargo_days=(entry.embargo_until - today).days if entry.embargo_until else 0,
        licence_allows=licence_allows(entry),
        classification=entry.classification,
        days_to_end=(entry.valid_until - today).days if entry.valid_until else None,
    )
    return replace(facts, **more)
