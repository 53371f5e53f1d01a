"""The readers of certification. Each starts from what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.facts import facts_of, terms_of_case
from tanbiao.web.certification.models import Case, CaseEvent, Document, Finding, FindingEntry
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.studies.models import Study
from tanbiao.workflow.machine import Option

ENDED = tuple(state.id for state in LIFECYCLE.document.states.values() if state.terminal)
BODY_ROLES = (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
OWNER_ROLES = (Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER)

TABS = ("unassigned", "mine", "awaiting", "decided")
EVALUATION = ("planned", "doc_review", "on_site", "footprint_verification")

FILLED_BY_FORM: dict[str, frozenset[str]] = {
    "accept": frozenset(
        {
            "body_not_qualified",
            "body_not_competent",
            "advice_not_declared",
            "advised_too_recently",
        }
    ),
    "plan": frozenset(
        {
            "team_without_lead",
            "team_not_competent",
            "member_not_full_time",
            "member_too_new",
            "conflict_not_declared",
            "man_days_too_few",
        }
    ),
    "state_opinion": frozenset({"opinion_incomplete", "materiality_out_of_range"}),
    "grant": frozenset({"votes_missing"}),
    "deny": frozenset({"votes_missing"}),
}
"""Refusals that the act's own form answers: no reason to hide the form."""


def visible(actor: Actor) -> QuerySet[Case]:
    """Return the cases the actor may see: those of his enterprise or of his certification body."""
    if actor.is_system:
        return Case.objects.all()
    if actor.organisation is None:
        return Case.objects.none()
    mine = Q(pk__isnull=True)
    if actor.has(*OWNER_ROLES):
        mine |= Q(owner_id=actor.organisation_id)
    if actor.has(*BODY_ROLES):
        mine |= Q(body_id=actor.organisation_id)
    return Case.objects.filter(mine)


def case(actor: Actor, case_id: UUID) -> Case:
    """Return one visible case.

    Raises
    ------
    NotFound
        ``case_unknown``: there is none, or not for this actor.
    """
    found = visible(actor).select_related("owner", "body", "study", "study__head").filter(id=case_id).first()
    if found is None:
        raise NotFound.of("case_unknown", str(case_id))
    return found


def listing(actor: Actor, *, state: str = "") -> QuerySet[Case]:
    """Return the visible cases, newest change first."""
    rows = visible(actor).select_related("owner", "body", "study").order_by("-changed_at", "id")
    return rows.filter(state=state) if state else rows


def in_team(actor: Actor, found: Case) -> bool:
    """Whether the actor is a verifier of the case's team."""
    if actor.person is None or not actor.has(Role.VERIFIER):
        return False
    return found.team.filter(person=actor.person).exists()


def desk(actor: Actor, role: Role, tab: str) -> QuerySet[Case]:
    """Return one tab of a role's desk: ``unassigned``, ``mine``, ``awaiting`` (the applicant) or ``decided``."""
    rows = listing(actor).filter(body_id=actor.organisation_id)
    chosen = {
        Role.CASE_MANAGER: _manager_tab,
        Role.VERIFIER: _verifier_tab,
        Role.REVIEWER: _reviewer_tab,
        Role.DECIDER: _decider_tab,
    }[role](actor, tab)
    return rows.filter(chosen).distinct()


def _manager_tab(actor: Actor, tab: str) -> Q:  # noqa: ARG001 (every desk has the same signature)
    return {
        "unassigned": Q(state="applied"),
        "mine": Q(state__in=("accepted", "contracted", *EVALUATION, "technical_review", "decision", "granted")),
        "awaiting": Q(state="rectification") | Q(state="accepted") & ~Q(signatures__side="applicant"),
    }.get(tab, Q(state__in=ENDED))


def _verifier_tab(actor: Actor, tab: str) -> Q:
    me = Q(team__person_id=actor.person_id)
    return {
        "unassigned": Q(state__in=("accepted", "contracted")),
        "mine": me & Q(state__in=EVALUATION),
        "awaiting": me & Q(state="rectification"),
    }.get(tab, me & Q(state__in=("technical_review", "decision", "granted", *ENDED)))


def _reviewer_tab(actor: Actor, tab: str) -> Q:
    me = Q(duties__person_id=actor.person_id, duties__duty="reviewer")
    return {
        "unassigned": Q(state="technical_review"),
        "mine": me & Q(state__in=("footprint_verification", "technical_review", "decision", "granted")),
        "awaiting": Q(state="rectification"),
    }.get(tab, me & Q(state__in=ENDED))


def _decider_tab(actor: Actor, tab: str) -> Q:
    me = Q(duties__person_id=actor.person_id, duties__duty="decider")
    return {
        "unassigned": Q(state="decision"),
        "mine": me & Q(state__in=("decision", "granted")),
        "awaiting": Q(state="rectification"),
    }.get(tab, me & Q(state__in=ENDED))


def options(actor: Actor, found: Case) -> tuple[Option, ...]:
    """Return what this actor's part in the case is now, each with why it is not possible (empty when it is).

    What the act's own form asks for counts as given; a committee's or a single vote counts as cast.
    """
    me = (str(actor.person_id),)
    facts = facts_of(actor, found, builds_on=found.head)
    facts = replace(facts, grants=me, denials=me)
    return tuple(
        replace(
            option,
            refusals=tuple(
                item for item in option.refusals if item.code not in FILLED_BY_FORM.get(option.event, frozenset())
            ),
        )
        for option in LIFECYCLE.options(found.state, facts)
        if option.mine
    )


def history(actor: Actor, case_id: UUID) -> QuerySet[CaseEvent]:
    """Return the history of a visible case, in order."""
    found = case(actor, case_id)
    return CaseEvent.objects.filter(case=found).select_related("person", "organisation").order_by("index")


def findings(actor: Actor, case_id: UUID) -> QuerySet[Finding]:
    """Return the findings of a visible case with what was said on them."""
    found = case(actor, case_id)
    return Finding.objects.filter(case=found).prefetch_related("entries__by").order_by("number")


def documents(actor: Actor, case_id: UUID) -> QuerySet[Document]:
    """Return the documents of a visible case."""
    return Document.objects.filter(case=case(actor, case_id)).select_related("by").order_by("kind", "at")


def document_file(actor: Actor, document_id: UUID) -> tuple[Document, bytes]:
    """Return a document of a visible case with its bytes.

    Raises
    ------
    NotFound
        ``document_unknown``
    """
    found = Document.objects.filter(id=document_id, case__in=visible(actor)).first()
    if found is None:
        raise NotFound.of("document_unknown", str(document_id))
    return found, get_blob(found.blob)


def answer_file(actor: Actor, entry_id: int) -> tuple[FindingEntry, bytes]:
    """Return the file that came with an answer to a finding of a visible case."""
    found = FindingEntry.objects.filter(id=entry_id, finding__case__in=visible(actor)).exclude(blob="").first()
    if found is None:
        raise NotFound.of("document_unknown", str(entry_id))
    return found, get_blob(found.blob)


def bodies(actor: Actor) -> list[Organisation]:  # noqa: ARG001 (the list of bodies is public)
    """Return the certification bodies one may apply to."""
    found = Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY)
    return sorted(found, key=lambda one: (one.name_zh, str(one.id)))


def verifiers(actor: Actor) -> list[Person]:
    """Return the verifiers of the actor's certification body."""
    if actor.organisation is None:
        return []
    people = Membership.objects.filter(
        organisation=actor.organisation, role=Role.VERIFIER, ended_at__isnull=True
    ).select_related("person")
    return sorted((row.person for row in people), key=lambda one: (one.name_zh, str(one.id)))


@dataclass(frozen=True, slots=True)
class ClockView:
    """A term that runs in a case: its name, how many days are left, and whether it has run out."""

    name_zh: str
    name_en: str
    days_left: int

    @property
    def over(self) -> bool:
        """Whether the term has run out."""
        return self.days_left < 0


def clocks(found: Case) -> list[ClockView]:
    """Return the clocks that run in the case's state."""
    terms = terms_of_case(found)
    passed = (clock.now() - found.state_since) // timedelta(days=1)
    return [
        ClockView(item.name.zh, item.name.en, terms.days(item.term) - passed)
        for item in LIFECYCLE.document.clocks
        if found.state in item.states
    ]


def counts(actor: Actor, role: Role) -> dict[str, int]:
    """Return how many cases stand under each tab of a desk."""
    return {tab: desk(actor, role, tab).count() for tab in TABS}


def granted_case(actor: Actor, case_id: UUID) -> dict[str, Any]:
    """Return what the register needs of a granted case (system only): opinion, review, decision and their hashes."""
    found = case(actor, case_id)
    opinion = found.opinions.order_by("-at").first()
    review = found.reviews.order_by("-at").first()
    vote = found.votes.filter(void=False, grants=True).order_by("-at").first()
    return {"case": found, "opinion": opinion, "review": review, "vote": vote}


def in_running_case(study: Study) -> bool:
    """Whether a study the caller may see is in a case that has not ended."""
    return Case.objects.filter(study=study).exclude(state__in=ENDED).exists()
