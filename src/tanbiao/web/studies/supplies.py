"""What the records of a study's electricity cover, before anything is calculated: as page and API tell it."""

from __future__ import annotations

from uuid import UUID

from tanbiao.core.study.calculation import Settings
from tanbiao.core.study.power_claims import Covered, judged
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import queries


def covered(actor: Actor, study_id: UUID) -> list[Covered]:
    """Return what each row's records cover under the study's rule; where the rule takes the supply as grid, it says so.

    Raises
    ------
    NotFound
        ``study_unknown``; ``revision_unknown``: there is no document yet.
    """
    document = queries.parsed(actor, study_id)
    settings = Settings.of(rulebook.rule(document.rule) if document.rule else None)
    return judged(document, settings.terms, settings.electricity_counts, settings.proof_required)
