"""Risks to impartiality: where they come from, how large they are, and what an open high one blocks.

The sources follow the themes of ISO/IEC 17065, 4.2, in our own words. The scale is a project default; the standard sets
none.
"""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.bodies.models import ImpartialityRisk

SOURCES = (
    "ownership",
    "governance",
    "staff",
    "finance",
    "consulting",
    "self_review",
    "familiarity",
    "pressure",
    "shared_resources",
    "referral",
)
LEVELS = (1, 2, 3)
HIGH = 6
"""Likelihood × consequence from which a risk is high; project default, not official."""


def is_high(risk: ImpartialityRisk) -> bool:
    """Whether a risk is high."""
    return risk.score >= HIGH


def risk_refusals(body: Organisation, applicant: Organisation) -> tuple[Finding, ...]:
    """Return a finding for each open, high and unmitigated risk of the body that names the applicant."""
    rows = ImpartialityRisk.objects.filter(body=body, applicant=applicant, state="open")
    return tuple(
        finding(
            "impartiality_risk_open",
            Severity.BLOCKING,
            "impartiality",
            number=row.number,
            who=applicant.name_zh,
            who_en=applicant.name("en"),
            text=row.text[:200],
        )
        for row in rows
        if is_high(row)
    )
