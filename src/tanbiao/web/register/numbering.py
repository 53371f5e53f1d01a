"""Numbers and places in the status lists: the next one by a counter, whoever comes at the same time waits for its row.

The unique constraints still decide who gets what; a counter only says where to try first, so that a number costs the
same among ten certificates and among ten million.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db import transaction

from tanbiao.evidence import status_list
from tanbiao.web.register.models import Issue, Serial, StatusShard

ENTRIES = status_list.MIN_ENTRIES
"""Places of one list. A list is filled to a half, so that a place is drawn at once and hides among as many others."""


def next_number(order: Mapping[str, Any]) -> str:
    """Return the next number of the scheme's pattern."""
    year = str(order["valid_from"])[:4]
    serial = _next_serial(str(order["scheme_id"]), year)
    return str(order["pattern"]).format(year=year, serial=serial)


def next_declared(kind: str, year: int, *, demo: bool) -> str:
    """Return the next number of a figure that is no certificate; it says so itself (SC: self-calculated, VS: verified
    by a statement)."""
    letters = {"self_calculated": "SC", "verified": "VS"}[kind]
    return f"{'DEMO-' if demo else ''}{letters}-{year}-{_next_serial(kind, str(year)):06d}"


def _next_serial(scheme: str, year: str) -> int:
    with transaction.atomic():
        rows = Serial.objects.select_for_update()
        if not rows.filter(scheme=scheme, year=year).exists():
            begun = Issue.objects.filter(order__scheme_id=scheme, order__valid_from__startswith=year)
            last = begun.values("number").distinct().count()
            Serial.objects.get_or_create(scheme=scheme, year=year, defaults={"last": last})
        row = rows.get(scheme=scheme, year=year)
        row.last += 1
        row.save(update_fields=["last"])
        return row.last


class _Taken(Collection[int]):
    """The places of a list that are taken, asked for one by one."""

    def __init__(self, shard: StatusShard) -> None:
        self._base, self._size = shard.number * ENTRIES, shard.taken

    def __len__(self) -> int:
        return self._size

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and Issue.objects.filter(status_index=self._base + index).exists()

    def __iter__(self) -> Iterator[int]:
        within = Issue.objects.filter(status_index__gte=self._base, status_index__lt=self._base + ENTRIES)
        return (index - self._base for index in within.values_list("status_index", flat=True))


def draw_status_index() -> int:
    """Return a free place in the platform's newest status list: list × 131,072 + place, the place drawn at random."""
    with transaction.atomic():
        shard = _open_shard()
        place = status_list.draw_index(secrets.randbits(63), _Taken(shard))
        shard.taken += 1
        shard.save(update_fields=["taken"])
        return shard.number * ENTRIES + place


def _open_shard() -> StatusShard:
    """Return the newest list, locked; a new one when that is half full."""
    if not StatusShard.objects.exists():
        taken = Issue.objects.filter(status_index__lt=ENTRIES).count()
        StatusShard.objects.get_or_create(number=0, defaults={"taken": taken})
    while True:
        shard = StatusShard.objects.select_for_update().order_by("-number")[0]
        if shard.taken * 2 < ENTRIES:
            return shard
        StatusShard.objects.get_or_create(number=shard.number + 1)
