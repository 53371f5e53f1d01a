"""Which command and which fields belong to an event of a dataset: the only way in for pages and API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound
from tanbiao.web.governance import commands
from tanbiao.web.governance.models import GovernedDataset

SEEN: Final = "builds_on"
NOTES: Final = ("close_majors", "explain_deviation")
"""Acts within a state: the lifecycle has no edge for them."""
_REASONED: Final = (SEEN, "reason", "text")


@dataclass(frozen=True, slots=True)
class Act:
    """An event's command, the fields it takes, and whether it is a grave one."""

    command: Callable[..., GovernedDataset]
    fields: tuple[str, ...]
    grave: bool = False


ACTS: Final[Mapping[str, Act]] = {
    "describe": Act(
        commands.describe,
        (
            "source_statement",
            "legal_basis",
            "licence",
            "embargo_until",
            "valid_until",
            "is_correction",
            "version_id",
        ),
    ),
    "submit": Act(commands.submit, (SEEN,)),
    "revise": Act(commands.revise, ()),
    "withdraw": Act(commands.withdraw, ("reason", "text"), grave=True),
    "screen": Act(commands.screen, (SEEN,)),
    "pass_screening": Act(commands.pass_screening, (SEEN,)),
    "review": Act(commands.review, (SEEN, "positive", "text", "majors")),
    "close_majors": Act(commands.close_majors, ("text",)),
    "close_reviews": Act(commands.close_reviews, (SEEN,)),
    "compare": Act(commands.compare, (SEEN, "source", "own_value", "other_value", "unit", "explanation")),
    "explain_deviation": Act(commands.explain_deviation, ("comparison", "explanation")),
    "pass_comparison": Act(commands.pass_comparison, (SEEN,)),
    "confirm_trace": Act(commands.confirm_trace, (SEEN, "evidence", "quality", "text")),
    "publish": Act(commands.publish, (SEEN, "classification")),
    "return": Act(commands.return_to_provider, _REASONED, grave=True),
    "reject": Act(commands.reject, _REASONED, grave=True),
    "suspend": Act(commands.suspend, _REASONED, grave=True),
    "restore": Act(commands.restore, _REASONED),
    "retire": Act(commands.retire, _REASONED, grave=True),
}


def run(actor: Actor, entry_id: UUID, event: str, values: Mapping[str, Any]) -> GovernedDataset:
    """Carry an act out with those of the values that it takes.

    Raises
    ------
    NotFound
        ``governance_event_unknown``
    """
    act = ACTS.get(event)
    if act is None:
        raise NotFound.of("governance_event_unknown", "event", event=event[:40])
    return act.command(actor, entry_id=entry_id, **{key: values[key] for key in act.fields if key in values})
