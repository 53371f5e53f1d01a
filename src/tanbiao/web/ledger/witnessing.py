"""Asking the log's witnesses for a co-signature on the newest checkpoint (C2SP tlog-witness), and keeping it."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import cosignatures
from tanbiao.evidence.cosignatures import WitnessKey
from tanbiao.evidence.witness import SIZE_TYPE, Request
from tanbiao.web import clock
from tanbiao.web.ledger import cosigned, queries
from tanbiao.web.ledger.models import Checkpoint, Cosignature

logger = logging.getLogger("tanbiao.witness")
FRESH_FOR = timedelta(hours=6)
"""After this a witness is asked again for a checkpoint it signed, so that a quiet log is not taken for a hidden one."""
TRY_AGAIN = timedelta(seconds=5)
ANSWER_SECONDS = 5
MAX_ANSWER = 64 * 1024


class Asking:
    """Asks the witnesses; remembers who did not answer, so that nobody is asked four times a second in vain."""

    def __init__(self) -> None:
        self._not_before: dict[str, datetime] = {}

    def round(self) -> int:
        """Ask every witness that has not signed the newest checkpoint lately; return how many signed."""
        newest, asked = queries.latest_checkpoint(), cosigned.policy()
        if newest is None or not asked.addresses:
            return 0
        lines, now, given = cosigned.lines_of(newest), clock.wall(), 0
        for known in asked.witnesses:
            address, row = asked.addresses.get(known.name), lines.get(known.name)
            fresh = row is not None and now - row.at < FRESH_FOR
            if address is None or fresh or now < self._not_before.get(known.name, now):
                continue
            reason = ask(newest, known, address)
            if reason:
                logger.warning("the witness %s did not sign the log of %s: %s", known.name, newest.size, reason)
                self._not_before[known.name] = now + TRY_AGAIN
            else:
                given += 1
        return given


def ask(newest: Checkpoint, known: WitnessKey, address: str) -> str:
    """Ask one witness for its line on a checkpoint and keep it; return "" or why there is none."""
    last = Cosignature.objects.filter(witness=known.name).order_by("-checkpoint_id").first()
    old = 0 if last is None else last.checkpoint_id
    status, media_type, body = _submit(address, newest, old)
    if status == 409 and media_type == SIZE_TYPE and body.strip().isdecimal():
        # It has seen another size than we remember, after a restore of either side: prove from there.
        if (size := int(body[:20])) > newest.size:
            return f"it has seen {size} entries already"
        status, media_type, body = _submit(address, newest, size)
    if status != 200:
        return f"{status} {body.strip()[:120]}"
    try:
        found = cosignatures.cosignatures(newest.note + body, [known])
    except TanbiaoError as error:
        return error.code
    line = next((one for one in body.splitlines() if one.startswith(f"— {known.name} ")), None)
    if known.name not in found or line is None:
        return "no line of its own"
    Cosignature.objects.create(
        checkpoint=newest, witness=known.name, vkey=known.vkey, line=f"{line}\n", at=clock.wall()
    )
    return ""


def _submit(address: str, newest: Checkpoint, old: int) -> tuple[int, str, str]:
    proof = tuple(queries.consistency(old, newest.size)) if old else ()
    request = urllib.request.Request(  # noqa: S310 (the operator's own list, http or https only)
        f"{address}/add-checkpoint", data=Request(old, proof, newest.note).body(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310
            return response.status, _kind(response), response.read(MAX_ANSWER).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _kind(error), error.read(MAX_ANSWER).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        return 0, "", str(error)


def _kind(answer: Any) -> str:
    """Return the media type of an answer of :mod:`urllib`."""
    return str(answer.headers.get("Content-Type", "")).partition(";")[0].strip()
