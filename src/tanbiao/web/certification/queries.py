"""The readers of certification. Each starts from what the actor may see."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.certification import clocks as clock_data
from tanbiao.web.certification import waivers as waiver_data
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.engagement import Engagement, engagement_of
from tanbiao.web.certification.facts import facts_of
from tanbiao.web.certification.models import (
    AttachedCertificate,
    Case,
    CaseEvent,
    CaseWaiver,
    Document,
    Finding,
    FindingEntry,
    LaterFact,
    ReductionCommitment,
    RowTest,
    SecondOpinion,
)
from tanbiao.web.certification.waivers import Line as WaiverLine
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.studies.models import Study
from tanbiao.workflow.machine import Option

ENDED = tuple(state.id for state in LIFECYCLE.document.states.values() if state.terminal)
REJECTED = tuple(state for state in ENDED if state != "issued")
"""States in which a case has ended without a certificate."""
BODY_ROLES = (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
OWNER_ROLES = (Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER)

TABS = ("unassigned", "mine", "awaiting", "decided", "rejected")
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
    "state_opinion": frozenset(
        {"opinion_incomplete", "materiality_out_of_range", "strategic_analysis_missing", "risks_not_assessed"}
    ),
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
    # Who states a blind second opinion sees the case on its own page alone until it is stated.
    blind = SecondOpinion.objects.filter(person=actor.person, stated_at__isnull=True).values("case")
    return Case.objects.filter(mine).exclude(id__in=blind)


def case(actor: Actor, case_id: UUID) -> Case:
    """Return one visible case.

    Raises
    ------
    NotFound
        ``case_unknown``: there is none, or not for this actor.
    """
    rows = visible(actor).select_related("owner", "body", "study", "study__head").prefetch_related("steps__pauses")
    found = rows.filter(id=case_id).first()
    if found is None:
        raise NotFound.of("case_unknown", str(case_id))
    return found


def listing(actor: Actor, *, state: str = "") -> QuerySet[Case]:
    """Return the visible cases, newest change first."""
    rows = visible(actor).select_related("owner", "body", "study__head").prefetch_related("steps__pauses")
    rows = rows.order_by("-changed_at", "id")
    return rows.filter(state=state) if state else rows


def in_team(actor: Actor, found: Case) -> bool:
    """Whether the actor is a verifier of the case's team."""
    if actor.person is None or not actor.has(Role.VERIFIER):
        return False
    return found.team.filter(person=actor.person).exists()


def desk(actor: Actor, role: Role, tab: str) -> QuerySet[Case]:
    """Return one tab of a role's desk: ``unassigned``, ``mine``, ``awaiting`` (the applicant), ``decided`` or
    ``rejected`` (ended without a certificate)."""
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
        "mine": Q(state__in=("accepted", "contracted", *EVALUATION, "technical_review", "decision", "granted"))
        | Q(state="issued", later_facts__isnull=False, later_facts__settled_at__isnull=True),
        "awaiting": Q(state="rectification") | Q(state="accepted") & ~Q(signatures__side="applicant"),
        "rejected": Q(state__in=REJECTED),
    }.get(tab, Q(state="issued"))


def _verifier_tab(actor: Actor, tab: str) -> Q:
    me = Q(team__person_id=actor.person_id)
    return {
        "unassigned": Q(state__in=("accepted", "contracted")),
        "mine": me & Q(state__in=EVALUATION),
        "awaiting": me & Q(state="rectification"),
        "rejected": me & Q(state__in=REJECTED),
    }.get(tab, me & Q(state__in=("technical_review", "decision", "granted", "issued")))


def _reviewer_tab(actor: Actor, tab: str) -> Q:
    me = Q(duties__person_id=actor.person_id, duties__duty="reviewer")
    return {
        "unassigned": Q(state="technical_review"),
        "mine": me & Q(state__in=("footprint_verification", "technical_review", "decision", "granted")),
        "awaiting": Q(state="rectification"),
        "rejected": me & Q(state__in=REJECTED),
    }.get(tab, me & Q(state="issued"))


def _decider_tab(actor: Actor, tab: str) -> Q:
    me = Q(duties__person_id=actor.person_id, duties__duty="decider")
    return {
        "unassigned": Q(state="decision"),
        "mine": me & Q(state__in=("decision", "granted")),
        "awaiting": Q(state="rectification"),
        "rejected": me & Q(state__in=REJECTED),
    }.get(tab, me & Q(state="issued"))


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


def body_case(actor: Actor, case_id: UUID) -> Case:
    """Return a case of the actor's own body: what a body finds out is not the applicant's to read.

    Raises
    ------
    NotFound
        ``case_unknown``
    """
    found = case(actor, case_id)
    if not actor.is_system and actor.organisation_id != found.body_id:
        raise NotFound.of("case_unknown", str(case_id))
    return found


def commitment(found: Case) -> ReductionCommitment | None:
    """Return the reduction commitment that stands in a case the caller may see; None where none was recorded."""
    return found.commitments.order_by("-version").first()


def verification(actor: Actor, case_id: UUID) -> Engagement:
    """Return the verification of a case of the actor's own body; see :func:`body_case`."""
    return engagement_of(body_case(actor, case_id))


def test_file(actor: Actor, test_id: UUID) -> tuple[RowTest, bytes]:
    """Return the evidence of a test in a case of the actor's own body."""
    found = RowTest.objects.filter(id=test_id, case__in=visible(actor)).exclude(blob="").first()
    if found is None or actor.organisation_id != found.case.body_id:
        raise NotFound.of("document_unknown", str(test_id))
    return found, get_blob(found.blob)


def later_facts(actor: Actor, case_id: UUID) -> QuerySet[LaterFact]:
    """Return what was reported after the opinion of a visible case."""
    return LaterFact.objects.filter(case=case(actor, case_id)).select_related("by", "settled_by")


def attached_file(actor: Actor, attached_id: UUID) -> tuple[AttachedCertificate, bytes]:
    """Return a certificate attached to a visible case, with its bytes. Raises ``document_unknown``."""
    found = AttachedCertificate.objects.filter(id=attached_id, case__in=visible(actor)).first()
    if found is None:
        raise NotFound.of("document_unknown", str(attached_id))
    return found, get_blob(found.blob)


def waivers(actor: Actor, case_id: UUID) -> tuple[WaiverLine, ...]:
    """Return what may be waived of the sealed result of a visible case's round, with the answers."""
    return waiver_data.lines(case(actor, case_id))


def waiver_file(actor: Actor, waiver_id: UUID) -> tuple[CaseWaiver, bytes]:
    """Return the evidence of a waiver of a visible case.

    Raises
    ------
    NotFound
        ``waiver_unknown``
    """
    found = CaseWaiver.objects.filter(id=waiver_id, case__in=visible(actor)).exclude(blob="").first()
    if found is None:
        raise NotFound.of("waiver_unknown", str(waiver_id))
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


def clocks(found: Case) -> list[clock_data.ClockView]:
    """Return the clocks that count in the case's state."""
    return clock_data.views(found)


def counts(actor: Actor, role: Role) -> dict[str, int]:
    """Return how many cases stand under each tab of a desk."""
    return {tab: desk(actor, role, tab).count() for tab in TABS}


def in_running_case(study: Study) -> bool:
    """Whether a study the caller may see is in a case that has not ended."""
    return Case.objects.filter(study=study).exclude(state__in=ENDED).exists()
