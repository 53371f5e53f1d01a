"""What a case's page shows of its waivers: findings, the company's reason, the answers and their forms."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from tanbiao.core.findings import render
from tanbiao.core.rules.outcome import title
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import waivers, words
from tanbiao.web.certification.commands.waiving import WITHDRAWN_IN, answering_role, may_withdraw
from tanbiao.web.certification.models import Case, CaseWaiver
from tanbiao.web.certification.waivers import Line
from tanbiao.web.language import current


@dataclass(frozen=True, slots=True)
class WaiverView:
    """A line with its words, and what the reader may do."""

    line: Line
    title: str
    state: Promise
    tone: str
    roles: list[Promise | str]
    findings: list[dict[str, str]]
    answers: list[tuple[CaseWaiver, Promise, Promise | str]]
    """Answer, what it came to, the role of who gave it."""
    may_answer: bool
    withdrawable: CaseWaiver | None


def waiver_views(actor: Actor, case: Case) -> list[WaiverView]:
    """Return what may be waived of the case's package, what waits for an answer first."""
    role = answering_role(actor, case)
    found = [_view(actor, case, line, role) for line in waivers.lines(case)]
    return sorted(found, key=lambda view: list(words.WAIVER_STATES).index(view.line.state))


def _view(actor: Actor, case: Case, line: Line, role: Role | None) -> WaiverView:
    standing = line.standing
    mine = standing is not None and case.state in WITHDRAWN_IN and may_withdraw(actor, case, standing)
    return WaiverView(
        line=line,
        title=title(None, line.item.check, current()),
        state=words.WAIVER_STATES[line.state],
        tone=words.WAIVER_TONES[line.state],
        roles=[Role(name).label for name in line.item.roles],
        findings=[render(one, current()) for one in line.item.findings],
        answers=[
            (row, words.WAIVER_STATES["granted" if row.granted else "refused"], Role(row.role).label)
            for row in line.answers
        ],
        may_answer=standing is None and role is not None and role.value in line.item.roles,
        withdrawable=standing if mine else None,
    )
