"""Tables of certification: what a case is (``case``), what it finds (``verification``), how that was found out
(``engagement``)."""

from __future__ import annotations

from tanbiao.web.certification.models.attached import AttachedCertificate
from tanbiao.web.certification.models.audit import ConsistencyAnswer
from tanbiao.web.certification.models.case import Case, CaseEvent, Document, HeldDuty, Signature, TeamMember
from tanbiao.web.certification.models.claims import CaseClaim, CreditRegistry, UsedCredit
from tanbiao.web.certification.models.clocks import Pause, StepClock
from tanbiao.web.certification.models.engagement import (
    LaterFact,
    Misstatement,
    RowRisk,
    RowTest,
    StrategicAnalysis,
    VerificationTerms,
)
from tanbiao.web.certification.models.onsite import AuditPhoto, AuditPlan, Interview, SyncedItem
from tanbiao.web.certification.models.papers import CasePaper, PaperSignature, Signatory
from tanbiao.web.certification.models.reduction import ReductionCommitment
from tanbiao.web.certification.models.second import OpinionDraw, SecondOpinion
from tanbiao.web.certification.models.unit import CertificationUnit
from tanbiao.web.certification.models.verification import (
    Finding,
    FindingEntry,
    Opinion,
    Review,
    SampledRow,
    Visit,
    Vote,
)
from tanbiao.web.certification.models.waivers import CaseWaiver

__all__ = [
    "AttachedCertificate",
    "AuditPhoto",
    "AuditPlan",
    "Case",
    "CaseClaim",
    "CaseEvent",
    "CasePaper",
    "CaseWaiver",
    "CertificationUnit",
    "ConsistencyAnswer",
    "CreditRegistry",
    "Document",
    "Finding",
    "FindingEntry",
    "HeldDuty",
    "Interview",
    "LaterFact",
    "Misstatement",
    "Opinion",
    "OpinionDraw",
    "PaperSignature",
    "Pause",
    "ReductionCommitment",
    "Review",
    "RowRisk",
    "RowTest",
    "SampledRow",
    "SecondOpinion",
    "Signatory",
    "Signature",
    "StepClock",
    "StrategicAnalysis",
    "SyncedItem",
    "TeamMember",
    "UsedCredit",
    "VerificationTerms",
    "Visit",
    "Vote",
]
