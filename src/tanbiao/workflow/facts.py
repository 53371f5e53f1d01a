"""What guards look at: frozen facts, gathered by the shell before it asks the machine.

A fact nobody has established is ``None``, and a guard never takes ``None`` for a yes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tanbiao.core.findings import Finding
from tanbiao.workflow.terms import Terms


@dataclass(frozen=True, slots=True)
class Hand:
    """The one who acts: a person (opaque id), the roles held, and the sides of the object he stands on.

    ``parties`` are the words of the lifecycle's actors (``applicant``, ``body``, ``owner``, ``holder``, ``case``);
    the platform's own steps have the party ``system`` and no person.
    """

    person: str
    roles: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every edge may need: who acts, why, and which decision the act builds on."""

    hand: Hand
    terms: Terms
    reason: str = ""
    builds_on: str | None = None
    """Hash of the decision or document the actor has seen."""
    current: str | None = None
    """Hash of what stands now."""
    days_in_state: int = 0


class Duty(StrEnum):
    """The duties that must lie with different persons."""

    ADVISER = "adviser"
    APPLICANT = "applicant"
    TEAM = "team"
    REVIEWER = "reviewer"
    DECIDER = "decider"
    SECOND = "second"
    """Who states a blind second opinion."""


@dataclass(frozen=True, slots=True)
class Held:
    """A person had this duty in this round of the case. Duties of past rounds bind for ever."""

    person: str
    duty: Duty
    round: int = 1


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member of the evaluation team as the guards see him; ``None`` where the body has not said."""

    person: str
    competent: bool | None
    full_time: bool | None
    years: float | None
    no_conflict_declared: bool
    lead: bool = False
    name: str = ""
    refusals: tuple[Finding, ...] = ()
    """Why the body's own book keeps this person from the case: competence for category × function, load."""
    holder_cases: int = 0
    """Cases of the same holder that he evaluated before, in a row without a long break."""
    holder_months: int = 0
    """Months since the first of that row."""


@dataclass(frozen=True, slots=True)
class FindingFact:
    """A finding of the case: its weight (``major``, ``minor``, ``observation``) and where it stands."""

    id: str
    severity: str
    state: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: minutes from check-in to check-out (``None`` = not checked out), place, people met, things sampled."""

    minutes: int | None
    place: str
    interviews: int
    samples: int
    remote: bool = False
    site: str = ""
    """Site of the plan whose fence was asked."""


@dataclass(frozen=True, slots=True)
class AuditFact:
    """How the audit is planned: ``on_site``, ``remote`` or ``unannounced``, and the sites that have a fence."""

    mode: str
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpinionFact:
    """The opinion about to be stated or already stated."""

    kind: str
    assurance: str
    materiality_percent: float | None
    statement: str
    replay_identical: bool | None
    own_rows: int
    own_difference_percent: float | None
    """Largest difference between declared and independently recalculated rows; None when none was recalculated."""
    sampled_share: float | None
    """Share of |emission| whose evidence was traced to documents, 0…1."""

    @property
    def favourable(self) -> bool:
        """Whether the opinion lets a certificate follow."""
        return self.kind in ("unmodified", "modified")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinionFact:
    """Where the second opinion of a drawn case stands."""

    stated: bool = False
    differs: bool = False
    stands: str = ""
    """``first`` or ``second``, where a third person has resolved the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFact:
    """Where the verification of a round stands: its terms, its plan, and what its ledger of misstatements says."""

    assurance: str = ""
    """As the terms say; empty while there are none."""
    materiality_percent: float | None = None
    analysed: bool = False
    """The strategic analysis is written."""
    unassessed: int = 0
    """Rows without an assessment of risk."""
    planned: int = 0
    untested: tuple[str, ...] = ()
    """Rows of the evidence plan without a conclusive test."""
    suppliers_left_out: tuple[str, ...] = ()
    """Suppliers' sites that carry more than the scheme's share and have no tested row."""
    standing: str = ""
    """``immaterial``, ``material`` or ``undetermined``; empty where nobody has looked."""
    percent: float | None = None
    """The decisive misstatement in percent of the declared value."""

    @property
    def complete(self) -> bool:
        """Whether the evidence that was planned is there and says something."""
        gathered = self.planned and not self.untested and not self.suppliers_left_out
        return bool(gathered) and self.standing in ("immaterial", "material")


@dataclass(frozen=True, slots=True)
class WaiverFact:
    """A check of the sealed result, or one process of it, of which the applicant asked for a waiver."""

    name: str
    """``site-data: pressing``."""
    roles: tuple[str, ...]
    """Who may give it: ``verifier``, ``reviewer``."""
    state: str
    """``open``, ``granted``, ``refused`` or ``withdrawn`` (given once and taken back)."""
    blocks: bool
    """Whether no certificate may follow without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts(Facts):
    """Facts of a certification case."""

    legal_person: bool | None = None
    documents: frozenset[str] = frozenset()
    system_months: int | None = None
    system_kit: frozenset[str] = frozenset()
    """Pieces of the management system that the applicant states to be there."""
    commitment_recorded: bool | None = None
    """Whether a reduction commitment stands in the case; None where nobody has looked."""
    study_submitted: bool = False
    scheme_refusals: tuple[Finding, ...] | None = None
    """Why the label scheme is not open to this product, place, body, day and rule; None: nobody has looked."""
    unit_refusals: tuple[Finding, ...] | None = None
    """What keeps the certification unit from being certified with the declared figure; None: nobody has looked."""
    man_days_needed: float | None = None
    """What the scheme's table gives for this unit; None where it has no table: the scheme's least number counts."""
    body_active: bool | None = None
    body_qualified: bool | None = None
    body_competent: bool | None = None
    months_since_advice: int | None = None
    """Months since the body, or a person of it, advised the applicant; None only if declared never."""
    advice_declared: bool = False
    months_since_service: int | None = None
    """Months since a person of the body last served the applicant by the platform's own records; None: never."""
    days_waiting: int | None = None
    """Days since the body last asked the applicant for something; None: it waits for nothing."""
    signatures: frozenset[str] = frozenset()
    held: tuple[Held, ...] = ()
    team: tuple[TeamMember, ...] = ()
    hand_refusals: tuple[Finding, ...] | None = None
    """Why the acting person of the body may not take this step by the body's book; None: nobody has looked."""
    standing_refusals: tuple[Finding, ...] | None = None
    """Why applicant or body may not take this step today: approval, accreditation, declaration, obligations, risks;
    None: nobody has looked."""
    man_days: float | None = None
    findings: tuple[FindingFact, ...] = ()
    visits: tuple[Visit, ...] = ()
    audit: AuditFact | None = None
    """None: nothing is planned beyond team and man-days."""
    opinion: OpinionFact | None = None
    second_opinion: SecondOpinionFact | None = None
    """None: the opinion was not drawn."""
    verification: VerificationFact | None = None
    consistency_open: int | None = None
    """Items of the product consistency list without an answer; None where nobody has looked."""
    facts_open: int = 0
    """Facts that were discovered after an opinion and are not settled yet."""
    waivers: tuple[WaiverFact, ...] | None = None
    """Waivers that the applicant asked for; None where nobody has looked."""
    review_positive: bool | None = None
    grants: tuple[str, ...] = ()
    """Persons who voted to grant, this one included."""
    denials: tuple[str, ...] = ()
    issue_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts(Facts):
    """Facts of a study."""

    rule_pinned: bool = False
    calculated: bool = False
    stages_settled: bool = False
    cut_off_within_limit: bool | None = None
    electricity_proven: bool | None = None
    uncertainty_run: bool = False
    blocking_findings: int = 0
    required_unknown: int = 0
    screening_rows: str = ""
    """Rows whose factor only screens, by name; empty when there is none."""
    package_hash: str = ""
    opinion_in_case: bool = False
    findings_open: int = 0
    change_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts(Facts):
    """Facts of a factor dataset; persons are opaque ids."""

    metadata_missing: tuple[str, ...] = ()
    source_stated: bool = False
    licence_stated: bool = False
    legal_basis_stated: bool = False
    checks_blocking: int | None = None
    """Errors of the checks of schema, units and balances; None when they have not run on this version."""
    candidates: int = 0
    """Reviewers without a conflict who can be drawn."""
    provider_persons: frozenset[str] = frozenset()
    """Everybody who belongs or ever belonged to the provider."""
    drawn: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()
    negative: frozenset[str] = frozenset()
    open_majors: int = 0
    comparisons: int = 0
    unexplained_percent: float | None = None
    """Of the deviations that nobody has explained the largest by size, in percent; None when there is none."""
    evidence_traced: int = 0
    traced_by: frozenset[str] = frozenset()
    embargo_days: int = 0
    licence_allows: bool | None = None
    classification: str = ""
    successor_published: bool = False
    days_to_end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts(Facts):
    """Facts of a category rule's version; persons are opaque ids."""

    reference: str = ""
    layer: str = ""
    is_supplement: bool = False
    """It supplements a national rule and does not stand in its place."""
    national_rule: str = ""
    """Reference of a national rule in force that covers one of its categories."""
    document_gaps: int | None = None
    """What the document lacks before it can be issued; None when it can't be read."""
    document_differs: tuple[str, ...] = ()
    """Fields in which the document says otherwise than the proposal."""
    comments_open: int = 0
    examples_failed: int | None = None
    """Worked examples that do not hold; None when they were not tried on this document."""
    elements_open: tuple[str, ...] | None = None
    """Elements that no example holds and nobody has given a reason for; None: no mutation report of this document."""
    drafters: frozenset[str] = frozenset()
    """Everybody who proposed it or saved a draft, in any round."""
    assessors: frozenset[str] = frozenset()
    assessments_against: int = 0
    assessment_score: float | None = None
    """Mean share of the checklist's points over the assessments, 0…1."""
    reference_taken: bool = False
    filing_asked: bool = False
    filing_errors: int | None = None
    filing_number: str = ""
    batch: str = ""
    closes: int = 0
    """Rules in force that it closes when it is adopted."""
    transition_days: int | None = None
    """Days until the last day of the transition; None when none is set."""
    successor_in_force: bool = False
    before: str = ""
    """State that it had before it was revised or suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFacts(Facts):
    """Facts of a label scheme on this platform."""

    reference: str
    needs: tuple[str, ...] = ()
    """What its lock asks for; empty: it is no template."""
    brought: frozenset[str] = frozenset()
    """What is there of it."""
    pattern_taken_by: str = ""
    """Another scheme that gives numbers by the same pattern."""
    newer_open: bool = False
    """Whether a newer version of the scheme is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts(Facts):
    """Facts of a certificate."""

    days_to_expiry: int | None = None
    corrected: bool | None = None
    new_version_signed: bool = False
    value_change_percent: float | None = None
    case_decided: bool = False
    unit_added: tuple[str, ...] = ()
    """Models and sites that a change brings into the unit; leaving some out is administrative."""
    proposed_by: str = ""
    """Who of the body proposed an administrative change; empty: nobody has."""
    standing_refusals: tuple[Finding, ...] | None = None
    """What the body lacks today of approval, accreditation and competence to decide on a change; None: nobody has
    looked."""
    successor_valid: bool = False
    suspension_days: int | None = None
    """Term that the body set for the suspension; None: the longest that the scheme allows."""
    appeal: str = ""
    """What an appeal against the suspension has come to: ``stays``, ``rejected`` or ``upheld``."""
    transfer_accepted: bool = False
    flags: frozenset[str] = field(default_factory=frozenset)
