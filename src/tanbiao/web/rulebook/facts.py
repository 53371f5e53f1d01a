"""What the guards of a rule look at. Reads only; the machine decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from tanbiao.core.rules.filing import check_filing, filing_fields
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.rulebook.elements import unreasoned
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.rulebook.permissions import JUDGES
from tanbiao.workflow.facts import Hand, RuleFacts
from tanbiao.workflow.terms import terms_of

IN_FORCE: Final = ("issued", "filed", "adopted", "under_revision")
"""States in which a rule may be taken by new studies."""
ENDING: Final = ("superseding", "abolishing")
"""States in which what rests on a rule may still be finished."""
TRIED_IN: Final = ("drafting", "consultation", "review")
"""States in which it is asked what the examples hold."""
CERTIFICATION: Final = "certification_rule"
NATIONAL: Final = "national"


def hand_of(actor: Actor, entry: RuleEntry) -> Hand:
    """Return the actor as the machine sees him: on the owner's side, on the platform's, or on both."""
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    parties = set()
    if is_owner(actor, entry):
        parties.add("owner")
    if actor.has(*JUDGES):
        parties.add("platform")
    return Hand(str(actor.person_id), frozenset(role.value for role in actor.roles), frozenset(parties))


def is_owner(actor: Actor, entry: RuleEntry) -> bool:
    """Whether the actor stands on the owner's side; the product's own rules are the platform operator's."""
    if entry.owner_id is None:
        return actor.kind is Kind.OPERATOR
    return actor.organisation_id == entry.owner_id


def covering(categories: Iterable[str], states: Iterable[str]) -> QuerySet[RuleEntry]:
    """Return the rules in these states that cover one of the categories, in a fixed order."""
    found = RuleEntry.objects.filter(categories__code__in=list(categories), state__in=list(states))
    return RuleEntry.objects.filter(id__in=found.values("id")).order_by("rule_id", "version")


def codes_of(entry: RuleEntry) -> list[str]:
    """Return the categories that an entry covers."""
    return [item.code for item in entry.categories.all()]


def national_rule(entry: RuleEntry) -> str:
    """Return the reference of a national rule in force over one of the entry's categories, or nothing."""
    others = covering(codes_of(entry), IN_FORCE).filter(layer=NATIONAL).exclude(id=entry.id)
    found = others.first()
    return found.reference if found else ""


def closed_by(entry: RuleEntry) -> QuerySet[RuleEntry]:
    """Return what a national rule closes when it is adopted: the other rules of its categories but its supplements.

    What it revises or lifts is replaced already, since it was issued.
    """
    if entry.layer != NATIONAL:
        return RuleEntry.objects.none()
    alive = covering(codes_of(entry), (*IN_FORCE, "suspended")).exclude(Q(layer=NATIONAL) | Q(id=entry.id))
    return alive.filter(supplements=None)


def drafters(entry: RuleEntry) -> frozenset[str]:
    """Return everybody who proposed the rule or saved a draft of it, in any round."""
    people = {str(one) for one in entry.drafts.exclude(author=None).values_list("author_id", flat=True)}
    return frozenset(people | ({str(entry.by_id)} if entry.by_id else set()))


def failed_examples(entry: RuleEntry) -> int | None:
    """Return how many worked examples fail on the newest draft; None when they were not tried on it."""
    trial, draft = entry.trial, entry.document
    if trial is None or draft is None or trial["draft"] != draft.number or trial["files"] != files_mark(entry):
        return None
    return len(trial["failed"])


def files_mark(entry: RuleEntry) -> int:
    """Return the id of the newest example file: a trial speaks of the files that there were."""
    newest = entry.studies.order_by("-id").first()
    return newest.id if newest else 0


def facts_of(
    actor: Actor, entry: RuleEntry, *, builds_on: str | None = None, reason: str = "", **more: Any
) -> RuleFacts:
    """Gather the facts of a rule as it stands, with what the act itself adds (``more``)."""
    stated = list(entry.assessments.filter(round=entry.round))
    shares = [float(row.share) for row in stated]
    draft, today = entry.document, clock.today()
    same = RuleEntry.objects.filter(rule_id=entry.rule_id, version=entry.version, issued_at__isnull=False)
    facts = RuleFacts(
        hand=hand_of(actor, entry),
        terms=terms_of(entry.terms),
        reason=reason,
        builds_on=builds_on,
        current=entry.head,
        days_in_state=(clock.now() - entry.state_since) // timedelta(days=1),
        reference=entry.reference,
        layer=entry.layer,
        is_supplement=entry.supplements_id is not None,
        national_rule=national_rule(entry),
        document_gaps=draft.gaps if draft else None,
        document_differs=tuple(draft.differs) if draft else (),
        comments_open=entry.comments.filter(round=entry.round, outcome="").count(),
        examples_failed=failed_examples(entry),
        elements_open=unreasoned(entry) if entry.state in TRIED_IN else None,
        drafters=drafters(entry),
        assessors=frozenset(str(row.person_id) for row in stated),
        assessments_against=sum(not row.recommends for row in stated),
        assessment_score=sum(shares) / len(shares) if shares else None,
        reference_taken=same.exclude(id=entry.id).exists(),
        filing_asked=entry.kind == CERTIFICATION,
        filing_errors=len(check_filing(filing_fields(), entry.filing)) if entry.filing else None,
        filing_number=entry.filing_number,
        batch=entry.batch.number if entry.batch else "",
        closes=closed_by(entry).count() if entry.state in ("issued", "filed") else 0,
        transition_days=(entry.transition_until - today).days if entry.transition_until else None,
        before=entry.before,
    )
    return replace(facts, **more)
