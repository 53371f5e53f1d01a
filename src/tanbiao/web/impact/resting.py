"""What rests on the rules that a foreign change touches: studies that name them, certificates in force under them."""

from __future__ import annotations

from dataclasses import dataclass

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.impact.queries import oversees
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.states import LIVING
from tanbiao.web.rulebook import watch_queries
from tanbiao.web.rulebook.models import ForeignChange
from tanbiao.web.studies import queries as studies
from tanbiao.web.studies.models import Study

LISTED = 20
"""Studies and certificates of a rule that are named; the counts are of all (project default)."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A touched rule with what rests on it: counts, and the first of what may be named to this actor."""

    rule: str
    studies: int
    """Those that the actor may see; all of them for operator and authority."""
    named: tuple[Study, ...]
    certificates: int
    """In force and suspended; the register is public."""
    numbers: tuple[str, ...]


def resting_on(actor: Actor, change: ForeignChange) -> list[Resting]:
    """Return what rests on each rule that a foreign change touches, by rule."""
    return [_resting(actor, one) for one in dict.fromkeys(watch_queries.references(change))]


def _resting(actor: Actor, reference: str) -> Resting:
    seen = Study.objects.none() if actor.is_anonymous else studies.visible(actor).filter(head__rule=reference)
    counted = Study.objects.filter(head__rule=reference) if actor.is_system or oversees(actor) else seen
    rule_id, _, version = reference.partition("@")
    living = Certificate.objects.filter(
        is_newest=True, state__in=LIVING, claims__rule_id=rule_id, claims__rule_version=version
    )
    return Resting(
        reference,
        counted.count(),
        tuple(seen.order_by("-changed_at")[:LISTED]),
        living.count(),
        tuple(living.order_by("number").values_list("number", flat=True)[:LISTED]),
    )
