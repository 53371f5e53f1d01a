"""What the guards of a certificate's life look at: surveillance, complaints, appeals, transfer, label licence, use."""

from __future__ import annotations

from dataclasses import dataclass

from tanbiao.core.findings import Finding
from tanbiao.workflow.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeFacts(Facts):
    """What all of them need: where the certificate stands, and what the actor says."""

    certificate_state: str = ""
    days_to_expiry: int | None = None
    text: str = ""
    hand_refusals: tuple[Finding, ...] | None = None
    """Why the acting person of the body may not do this by the body's book (competence, matrix, load); None: nobody
    has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveillanceFacts(LifeFacts):
    """Facts of one surveillance."""

    items_missing: tuple[str, ...] = ()
    """Of what the scheme wants looked at, what is not recorded."""
    items_failed: tuple[str, ...] = ()
    change_percent: float | None = None
    """Recalculated footprint against the certified one; None when it was not recalculated."""
    surveyors: frozenset[str] = frozenset()
    """Everybody who began it or recorded something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrievanceFacts(LifeFacts):
    """Facts of a complaint or appeal."""

    ground: str = ""
    appealable: bool = False
    """The decision is one of the body's about this certificate, and the newest one."""
    days_since_decision: int | None = None
    involved: frozenset[str] = frozenset()
    """Everybody who had a duty in the case or took part in what is complained of."""
    handler: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts(LifeFacts):
    """Facts of a transfer."""

    same_body: bool = False
    in_the_way: tuple[str, ...] = ()
    """What is open with the old body, by kind."""
    file_read_by: frozenset[str] = frozenset()
    reviewer: str = ""
    receiver_qualified: bool | None = None
    receiver_refusals: tuple[Finding, ...] | None = None
    """What the receiving body's own book says against it and its people; None: it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFacts(LifeFacts):
    """Facts of a label licence."""

    scope_gaps: tuple[str, ...] = ()
    """What the scope does not say: ``dates``, ``batches``."""
    outside: tuple[str, ...] = ()
    """Models or days that the certificate does not cover."""
    violations_open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFacts(LifeFacts):
    """Facts of a use of a label."""

    licence_state: str = ""
    position_known: bool = False
    width_mm: float | None = None
    minimum_width_mm: float | None = None
    quantity: int | None = None
    quantity_needed: bool = False
    outside_production: bool = False
    model_covered: bool = True
    sampler: str = ""
    figure_seen: str = ""
    figure_certified: str = ""
