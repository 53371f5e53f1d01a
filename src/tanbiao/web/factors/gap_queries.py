"""The reader of wanted products beside a release; a release never changes, so an answer is kept."""

from __future__ import annotations

from functools import lru_cache

from tanbiao.core.lca import release_gaps
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.lca.release_gaps import GapRow
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.factors import queries


def gaps(actor: Actor, release_name: str, profile: str) -> tuple[GapRow, ...]:
    """Return each wanted product of a profile with what an installed release has for it.

    Raises
    ------
    NotFound
        ``release_not_installed``
    TanbiaoError
        ``gap_profile_unknown``
    """
    return _gaps(queries.open_release(actor, release_name), profile)


@lru_cache(maxsize=8)
def _gaps(file: ReleaseFile, profile: str) -> tuple[GapRow, ...]:
    return release_gaps.gaps(file, profile)
