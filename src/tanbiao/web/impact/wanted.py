"""The most wanted missing factors: what certified figures lean on stand-ins, over all holders and of no single one."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from tanbiao.core.study.wanted import Leaning, WantedFactor, leanings, rank
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import require
from tanbiao.web.factors import queries as factors
from tanbiao.web.impact.dates import LIVING
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies.queries import read_json


def wanted_factors(actor: Actor, release: str = "") -> list[WantedFactor]:
    """Return the missing factors of the living certificates, the most wanted first.

    Parameters
    ----------
    release
        Only certificates whose figure rests on this release; empty: all.
    """
    require(actor, "impact.wanted")
    closed = factors.hidden(actor)
    if release in closed:
        return []
    rows = Certificate.objects.filter(is_newest=True, state__in=LIVING, study__isnull=False).select_related("issue")
    found: list[Leaning] = []
    for row in rows.order_by("id"):
        used, leaning = _of(row.issue.order["package_blob"], row.owner_id, row.id)
        if release in ("", used):
            # What stands in is named to the audience of its release alone.
            found += [replace(one, dataset="") for one in leaning] if used in closed else leaning
    return rank(found)


@lru_cache(maxsize=20_000)
def _of(package_blob: str, holder: UUID, certificate: UUID) -> tuple[str, tuple[Leaning, ...]]:
    """Return the release and the leanings of a sealed package, which never changes."""
    package = read_json(package_blob)
    release = str(package["result"]["versions"]["release"])
    return release, tuple(leanings(package, str(holder), str(certificate)))
