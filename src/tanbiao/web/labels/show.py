"""What pages and shops show of labels, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from tanbiao.core.findings import Lang
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.labels import licences, queries, uses, words
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.language import current
from tanbiao.web.register import queries as register
from tanbiao.web.register import show as register_show
from tanbiao.web.register import verifying
from tanbiao.web.register import words as register_words
from tanbiao.web.surveillance.offering import name_of


def state(row: Licence | LabelUse) -> dict[str, str]:
    """Return name and tone of a state."""
    lifecycle = licences.LIFECYCLE if isinstance(row, Licence) else uses.LIFECYCLE
    return {"name": name_of(lifecycle.state_name(row.state)), "tone": words.STATE_TONES.get(row.state, "info")}


def lines(rows: Iterable[Licence | LabelUse]) -> list[dict[str, Any]]:
    """Return what a list shows."""
    return [{"row": row, "state": state(row)} for row in rows]


def position(row: LabelUse) -> str:
    """Return the name of a use's position in the scheme."""
    found = next((one for one in uses.positions(licences.version_of(row.licence)) if one.id == row.position), None)
    return found.title.best(current()) if found else row.position


def shop(actor: Actor, number: str, lang: Lang) -> dict[str, Any]:
    """Return what a shop shows of a certificate: the verdict of now, the figure with its unit, who, until when.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    """
    found = register.certificate(actor, number)
    verdict = verifying.check_certificate(found, register.credential(actor, number))
    table = register_words.VERDICT_DEMO_WORDS if found.is_demo else register_words.VERDICT_WORDS
    card = register_show.card(found, lang)
    return {
        "number": number,
        "verdict": verdict.verdict,
        "headline": str(table[verdict.verdict]),
        "state": found.state,
        "state_name": str(card["state"]["name"]),
        "demonstration": found.is_demo,
        "rule_notice": card["rule_notice"],
        "product": card["product"],
        "value": card["value"],
        "unit": card["unit"],
        "declared_unit": card["declared_unit"],
        "boundary": str(card["boundary"]),
        "partial": card["partial"],
        "body": card["body"],
        "valid_until": found.valid_until,
        "url": f"{settings.TANBIAO_BASE_URL.rstrip('/')}/v/{number}",
        "run_off": [
            {"licence": row.licence, "ended_on": row.ended_on, "until": row.run_off_until}
            for row in queries.public(actor, number)
            if row.state == "ended" and row.run_off_until
        ],
    }
