"""Goal and scope of a study: what the form and the call change of the document, and what is still missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tanbiao.core.findings import Finding
from tanbiao.core.study.goal import goal_and_scope, goal_findings
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, command
from tanbiao.web.studies import commands, queries
from tanbiao.web.studies.models import Revision

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "goal": ("goal",),
    "function": ("product", "function"),
    "functional": ("unit", "functional"),
    "reference_flow": ("unit", "reference_flow"),
    "capital_goods": ("capital_goods",),
    "assumptions": ("assumptions",),
    "limitations": ("limitations",),
}
"""Part of goal and scope → its place in the study's document."""


@command("studies.edit")
def state_scope(actor: Actor, *, study_id: UUID, scope: Mapping[str, Any], expected_parent: str) -> Revision:
    """Write parts of goal and scope and save the document as the next revision.

    Parameters
    ----------
    scope
        Part (:data:`PLACES`) → its value as the study's format has it; None takes a part out, what is not named stays.

    Raises
    ------
    Invalid
        ``scope_part_unknown``, or the findings of the changed document; nothing is written.
    Conflict
        ``study_locked``; ``stale_parent``: somebody saved in between.
    """
    document = queries.document(actor, study_id)
    for part, value in scope.items():
        if part not in PLACES:
            raise Invalid.of("scope_part_unknown", part[:40], part=part[:40], known=", ".join(PLACES))
        *path, last = PLACES[part]
        holder = document
        for step in path:
            holder = holder.setdefault(step, {})
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    note = ", ".join(sorted(scope))
    return commands.save(
        actor, study_id=study_id, document=document, expected_parent=expected_parent, note=f"scope: {note}"
    )


def scope_of(actor: Actor, study_id: UUID) -> tuple[dict[str, Any], list[Finding]]:
    """Return goal and scope of the newest revision, what of it is missing, and what stands against it.

    Raises
    ------
    NotFound
        ``study_unknown``; ``revision_unknown``: there is no document yet.
    """
    study = queries.parsed(actor, study_id)
    return goal_and_scope(study), goal_findings(study)
