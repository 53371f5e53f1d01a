"""The responsibility matrix: which department and role may do which step of a case.

A line only narrows. What the lifecycle asks for (role, side, separation of duties) stands whatever the matrix says.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.models import Responsibility


class Step(TextChoices):
    """A step of a case, or of a certificate's life, that a line of the matrix may narrow."""

    ACCEPTANCE = "acceptance", _("Review of the application")
    PLANNING = "planning", _("Planning of the evaluation")
    EVALUATION = "evaluation", _("Evaluation: documents, site, verification")
    REVIEW = "review", _("Technical review of the case")
    DECISION = "decision", _("Decision on the certification")
    SURVEILLANCE = "surveillance", _("Surveillance of certificates")
    GRIEVANCE = "grievance", _("Complaints and appeals")


SAID: dict[Step, dict[str, str]] = {
    Step.ACCEPTANCE: {"zh": "受理评审", "en": "review of the application"},
    Step.PLANNING: {"zh": "认证策划", "en": "planning"},
    Step.EVALUATION: {"zh": "评价（文件、现场、核查）", "en": "evaluation"},
    Step.REVIEW: {"zh": "技术复核", "en": "technical review"},
    Step.DECISION: {"zh": "认证决定", "en": "decision"},
    Step.SURVEILLANCE: {"zh": "获证后监督", "en": "surveillance"},
    Step.GRIEVANCE: {"zh": "投诉与申诉", "en": "complaints and appeals"},
}


def matrix_refusal(actor: Actor, body: Organisation, step: Step) -> Finding | None:
    """Return why the matrix of a body keeps its acting person from a step, or None.

    ``matrix_department``, ``matrix_role``: who, which step, which departments or roles may.
    """
    row = Responsibility.objects.filter(organisation=body, step=step.value).first()
    if row is None or actor.person is None:
        return None
    said = {
        "who": actor.person.name_zh,
        "who_en": actor.person.name("en"),
        "step_zh": SAID[step]["zh"],
        "step_en": SAID[step]["en"],
    }
    departments = list(row.departments.filter(closed_at__isnull=True))
    mine = row.departments.filter(closed_at__isnull=True, people=actor.person).exists()
    if row.departments.exists() and not mine:
        names = {
            "departments_zh": "、".join(one.name("zh") for one in departments) or "—",
            "departments_en": ", ".join(one.name("en") for one in departments) or "—",
        }
        return finding("matrix_department", Severity.BLOCKING, "matrix", **names, **said)
    if row.roles and not actor.has(*(Role(role) for role in row.roles)):
        return finding("matrix_role", Severity.BLOCKING, "matrix", roles=", ".join(row.roles), **said)
    return None
