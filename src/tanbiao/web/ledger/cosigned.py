"""Who witnesses this log, and which checkpoint with which of their lines the public is shown.

Which witnesses there are stands in a file of the operator's (``witnesses`` in the data folder, or where
``TANBIAO_WITNESSES`` points): lines ``witness VKEY ADDRESS`` and ``quorum N``. A witness that does not answer holds
nobody up: after :data:`PATIENCE` a checkpoint is shown with what it has, and the health says so.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Count

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.cosignatures import Policy
from tanbiao.web import clock
from tanbiao.web.ledger.models import Checkpoint, Cosignature

PATIENCE = timedelta(seconds=30)
"""How long a checkpoint waits for its quorum before it is shown without (project default)."""


def file() -> Path:
    """Return where the list of witnesses lies (whether or not it does)."""
    return Path(settings.TANBIAO_WITNESSES or Path(settings.TANBIAO_DATA) / "witnesses")


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Policy:
    return Policy.parse(path.read_text(encoding="utf-8"))


def policy() -> Policy:
    """Return the witnesses of this log; none where there is no list.

    Raises
    ------
    TanbiaoError
        ``witness_policy_malformed``.
    """
    path = file()
    return _read(path, path.stat().st_mtime_ns) if path.exists() else Policy()


def lines_of(checkpoint: Checkpoint) -> dict[str, Cosignature]:
    """Return each witness's newest line on a checkpoint, by name."""
    return {row.witness: row for row in Cosignature.objects.filter(checkpoint=checkpoint).order_by("id")}


def note_of(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's note with the lines of its witnesses."""
    return checkpoint.note + "".join(row.line for _, row in sorted(lines_of(checkpoint).items()))


def shown(newest: Checkpoint | None) -> Checkpoint | None:
    """Return the checkpoint that the public is shown: the newest with a quorum, unless the newest of all has waited
    too long for its own."""
    asked = known()
    if newest is None or not asked.quorum:
        return newest
    names = [one.name for one in asked.witnesses]
    rows = (
        Cosignature.objects.filter(witness__in=names)
        .values("checkpoint_id")
        .annotate(count=Count("witness", distinct=True))
        .filter(count__gte=asked.quorum)
        .order_by("-checkpoint_id")
    )
    good = rows.first()
    if good is None or (good["checkpoint_id"] < newest.size and clock.wall() - newest.at > PATIENCE):
        return newest
    return Checkpoint.objects.get(size=good["checkpoint_id"])


def known() -> Policy:
    """Return the witnesses, none where the list can't be read: the health names it, and the log goes on."""
    try:
        return policy()
    except (TanbiaoError, OSError):
        return Policy()


def health(newest: Checkpoint | None) -> str:
    """Say whether enough witnesses have signed the newest checkpoint in time."""
    try:
        asked = policy()
    except (TanbiaoError, OSError):
        return "list_unreadable"
    if newest is None or not asked.quorum or clock.wall() - newest.at <= PATIENCE:
        return "ok"
    signed = set(lines_of(newest)) & {one.name for one in asked.witnesses}
    return "ok" if len(signed) >= asked.quorum else "too_few"
