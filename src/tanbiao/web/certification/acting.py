"""Which form and which command belong to an event: the case page's only way to act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import commands, forms
from tanbiao.web.certification.models import Case

Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Act:
    """An event's form, its command, whether the command takes the seen head, and whether it is a grave one."""

    form: type[forms.ActForm]
    command: Run
    seen: bool = False
    grave: bool = False

    def run(self, actor: Actor, case: Case, form: forms.ActForm) -> Any:
        """Carry the act out with what the form holds."""
        values = form.seen() if self.seen else form.values()
        return self.command(actor, case_id=case.id, **values)


ACTS: dict[str, Act] = {
    "accept": Act(forms.AcceptForm, commands.accept, seen=True),
    "refuse": Act(forms.ReasonForm, commands.refuse, grave=True),
    "sign": Act(forms.ActForm, commands.sign, seen=True),
    "plan": Act(forms.PlanForm, commands.plan, seen=True),
    "start": Act(forms.ActForm, commands.start),
    "pass_documents": Act(forms.ActForm, commands.pass_documents, seen=True),
    "skip_site": Act(forms.ActForm, commands.skip_site, seen=True),
    "complete_site": Act(forms.ActForm, commands.complete_site),
    "require_rectification": Act(forms.ActForm, commands.require_rectification),
    "resubmit": Act(forms.ActForm, commands.resubmit),
    "state_opinion": Act(forms.OpinionForm, commands.state_opinion, seen=True),
    "review": Act(forms.ReviewForm, commands.review, seen=True),
    "return_to_team": Act(forms.ReasonForm, commands.return_to_team, seen=True),
    "reopen_verification": Act(forms.ActForm, commands.reopen_verification, grave=True),
    "grant": Act(forms.GrantForm, commands.decide, seen=True),
    "deny": Act(forms.DenyForm, commands.decide, seen=True, grave=True),
    "lapse": Act(forms.ReasonForm, commands.lapse, grave=True),
    "void_issue": Act(forms.ReasonForm, commands.void_issue, grave=True),
    "withdraw": Act(forms.ReasonForm, commands.withdraw, grave=True),
    "terminate": Act(forms.ReasonForm, commands.terminate, seen=True, grave=True),
}
"""``apply`` has its own page; ``vote`` is what grant and deny are in a committee; ``contract`` and ``issue`` follow by
themselves."""
