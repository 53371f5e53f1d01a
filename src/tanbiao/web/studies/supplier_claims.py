"""What the platform knows of the certificates by which suppliers lower their footprints: who else has claimed them."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from tanbiao.core.findings import blocking
from tanbiao.core.study import suppliers
from tanbiao.core.study.model import Study as Document
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.claims import queries as claims
from tanbiao.web.commanding import Conflict
from tanbiao.web.rulebook import queries as rulebook


def ruled_of(document: Document) -> str | None:
    """Return the recycling method of a study's rule; None without a rule."""
    return rulebook.rule(document.rule).allocation.recycling if document.rule else None


def claimed_of(actor: Actor, study_id: UUID, company: str, codes: tuple[str, ...]) -> list[str]:
    """Return which certificates other studies have claimed; the supplier's own study is no second use."""
    taken = []
    for code in codes:
        held = claims.check(actor, "green_power", code).claims
        others = [one for one in held if one.study != study_id]
        if any(_plain(company) not in (_plain(one.owner.name_zh), _plain(one.owner.name_en)) for one in others):
            taken.append(code)
    return taken


def refuse_claimed(actor: Actor, study_id: UUID, document: Document) -> None:
    """Refuse a study whose suppliers lower their footprints by certificates that somebody has claimed meanwhile.

    Raises
    ------
    Conflict
        ``supplier_green_power_twice``
    """
    ruled = ruled_of(document)
    for key, part in sorted(document.suppliers.items()):
        claimed = claimed_of(actor, study_id, part.company, part.certificates)
        found = [item for one in suppliers.assess(document, key, ruled, claimed) for item in one.findings]
        if blocking(found):
            raise Conflict(*(item for item in found if item.severity.blocks))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
