"""Which command and which fields belong to an act on a rule: the only way in for pages and API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound
from tanbiao.web.rulebook import commands, queries
from tanbiao.web.rulebook.models import RuleEntry

SEEN: Final = "builds_on"
_REASONED: Final = (SEEN, "reason", "text")
_ENDED: Final = (SEEN, "reason", "transition_until", "text")


@dataclass(frozen=True, slots=True)
class Act:
    """An act's command, the fields it takes, and whether it is a grave one."""

    command: Callable[..., RuleEntry]
    fields: tuple[str, ...]
    grave: bool = False


def _adopt(
    actor: Actor, *, entry_id: UUID, builds_on: str, batch: str, transition_until: date | None = None
) -> RuleEntry:
    commands.adopt(actor, batch=batch, entries=[(entry_id, builds_on)], transition_until=transition_until)
    return queries.entry(actor, entry_id)


ACTS: Final[Mapping[str, Act]] = {
    "accept": Act(commands.accept, (SEEN, "text")),
    "refuse": Act(commands.refuse, _REASONED, grave=True),
    "run_examples": Act(commands.run_examples, ()),
    "open_consultation": Act(commands.open_consultation, (SEEN,)),
    "redraft": Act(commands.redraft, _REASONED),
    "close_consultation": Act(commands.close_consultation, (SEEN,)),
    "assess": Act(commands.assess, (SEEN, "points", "recommends", "text")),
    "return": Act(commands.return_to_drafting, _REASONED, grave=True),
    "approve": Act(commands.approve, (SEEN, "text")),
    "file": Act(commands.file, (SEEN, "filing_number", "filed_on")),
    "adopt": Act(_adopt, (SEEN, "batch", "transition_until")),
    "begin_revision": Act(commands.begin_revision, (SEEN, "version", "purpose")),
    "suspend": Act(commands.suspend, _REASONED, grave=True),
    "resume": Act(commands.resume, _REASONED),
    "abolish": Act(commands.abolish, _ENDED, grave=True),
    "cancel_filing": Act(commands.cancel_filing, _ENDED, grave=True),
    "withdraw": Act(commands.withdraw, ("reason", "text"), grave=True),
}


def act_of(event: str) -> str:
    """Return the act by which an event of the lifecycle is done: three events resume a rule, one act does."""
    return "resume" if event.startswith("resume_") else event


def run(actor: Actor, entry_id: UUID, name: str, values: Mapping[str, Any]) -> RuleEntry:
    """Carry an act out with those of the values that it takes.

    Raises
    ------
    NotFound
        ``rule_event_unknown``
    """
    act = ACTS.get(name)
    if act is None:
        raise NotFound.of("rule_event_unknown", "event", event=name[:40])
    return act.command(actor, entry_id=entry_id, **{key: values[key] for key in act.fields if key in values})
