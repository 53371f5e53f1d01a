"""How governance says a notice: on the page and on the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tanbiao.web.governance import words
from tanbiao.web.governance.acts import LIFECYCLE
from tanbiao.web.governance.models import DatasetNotice
from tanbiao.web.language import current


def word_of(event: str) -> str:
    """Return the word of an event of the lifecycle, or of an act within a state."""
    if event in words.NOTE_WORDS:
        return str(words.NOTE_WORDS[event])
    return str(getattr(LIFECYCLE.document.events.get(event), current(), event))


def notices(rows: Iterable[DatasetNotice]) -> list[dict[str, Any]]:
    """Return each notice with the word of its event and the state in which the dataset is now."""
    return [
        {
            "row": row,
            "event": word_of(row.event),
            "state": getattr(LIFECYCLE.state_name(row.entry.state), current()),
            "tone": words.TONES.get(row.entry.state, "wait"),
        }
        for row in rows
    ]
