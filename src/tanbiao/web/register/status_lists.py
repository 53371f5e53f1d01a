"""The signed status lists: several of 131,072 places each, one file per list and purpose, signed when a bit changes.

A certificate's place is ``status_index``: list × 131,072 + place. The first list has the plain address
``/status/<purpose>``, the others ``/status/<purpose>/<list>``.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from tanbiao.core.canonical import hash_bytes
from tanbiao.evidence import jws
from tanbiao.evidence.keys import did_of
from tanbiao.evidence.status_list import MIN_ENTRIES as ENTRIES
from tanbiao.evidence.status_list import StatusList as Bits
from tanbiao.evidence.status_list import read_status_credential, status_credential
from tanbiao.web import clock
from tanbiao.web.ledger.signing import key_store
from tanbiao.web.register.models import Certificate, StatusList, StatusShard

SIGN_AGAIN_AFTER = timedelta(hours=12)
"""A list is signed anew before verifiers call it old (24 hours)."""
REVOKED = ("withdrawn", "cancelled")
NOT_TO_RELY_ON = ("suspended", *REVOKED)
PURPOSES = {"revocation": REVOKED, "suspension": NOT_TO_RELY_ON}


def shard_of(status_index: int) -> int:
    """Return which list a place is in."""
    return status_index // ENTRIES


def place_of(status_index: int) -> int:
    """Return the place within its list."""
    return status_index % ENTRIES


def url(purpose: str, shard: int) -> str:
    """Return a list's address."""
    base = f"{settings.TANBIAO_BASE_URL.rstrip('/')}/status/{purpose}"
    return f"{base}/{shard}" if shard else base


def read_url(address: str) -> tuple[str, int]:
    """Return purpose and number of the list at an address.

    Raises
    ------
    KeyError
        It is no address of a list of this platform.
    """
    head = f"{settings.TANBIAO_BASE_URL.rstrip('/')}/status/"
    purpose, _, shard = address.removeprefix(head).partition("/")
    if not address.startswith(head) or purpose not in PURPOSES or not (shard == "" or shard.isdecimal()):
        raise KeyError(address)
    number = int(shard[:9] or 0)
    if not is_known(number):
        raise KeyError(address)
    return purpose, number


def is_known(shard: int) -> bool:
    """Whether there is such a list; the first one always is."""
    return shard == 0 or StatusShard.objects.filter(number=shard).exists()


def write(purpose: str, shard: int = 0) -> StatusList:
    """Sign a list anew from the states of its certificates; writers of the same list wait for each other."""
    with transaction.atomic():
        StatusShard.objects.get_or_create(number=shard)
        StatusShard.objects.select_for_update().get(number=shard)
        within = Certificate.objects.filter(status_index__gte=shard * ENTRIES, status_index__lt=(shard + 1) * ENTRIES)
        states = within.filter(state__in=PURPOSES[purpose]).values_list("status_index", flat=True)
        bits = Bits.empty().with_set(place_of(index) for index in states)
        now = clock.now()
        key = key_store().ensure("status", now=now)
        issuer = did_of(settings.TANBIAO_BASE_URL.rstrip("/"))
        document = status_credential(url(purpose, shard), issuer, purpose, bits, now=now, key=key)
        made = StatusList.objects.create(
            purpose=purpose, shard=shard, document=document, hash=hash_bytes(document.encode("ascii")), at=now
        )
        transaction.on_commit(lambda: write_file(purpose, shard))
    return made


def newest(purpose: str, shard: int = 0) -> StatusList | None:
    """Return the newest signed list, None if there is none yet."""
    return StatusList.objects.filter(purpose=purpose, shard=shard).order_by("-id").first()


def current(purpose: str, shard: int = 0) -> StatusList:
    """Return the newest list, signed anew when it is about to be called old."""
    found = newest(purpose, shard)
    return write(purpose, shard) if found is None or clock.now() - found.at > SIGN_AGAIN_AFTER else found


def bits_of(published: StatusList) -> Bits:
    """Return what a list of this platform says."""
    payload = jws.take_apart(published.document, "vc+jwt").payload
    return read_status_credential(payload, payload["id"], payload["issuer"]).bits


def follow(certificate: Certificate) -> list[str]:
    """Sign those lists anew that say something else of a certificate than its state does; return their purposes."""
    shard, place = shard_of(certificate.status_index), place_of(certificate.status_index)
    changed = []
    for purpose, states in PURPOSES.items():
        said = newest(purpose, shard)
        if said is None or bits_of(said)[place] != (certificate.state in states):
            write(purpose, shard)
            changed.append(purpose)
    return changed


def sign_all() -> int:
    """Sign every list anew that is older than half a day; return how many lists there are."""
    shards = StatusShard.objects.order_by("number").values_list("number", flat=True)
    made = [current(purpose, shard) for shard in shards for purpose in PURPOSES]
    return len(made)


# -- as static files ----------------------------------------------------------------------------------------------


def file_of(purpose: str, shard: int) -> Path:
    """Return where a list lies as a static file: what stands before Django serves it from there."""
    return Path(settings.TANBIAO_DATA) / "public" / "status" / purpose / f"{shard}.jwt"


def write_file(purpose: str, shard: int) -> None:
    """Write the newest committed list as a static file, whole or not at all.

    Whoever writes last has read last: the file is locked before the database is asked.
    """
    import fcntl

    target = file_of(purpose, shard)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = newest(purpose, shard)
        if found is None:
            return
        draft = target.with_suffix(".draft")
        draft.write_text(found.document, encoding="ascii")
        signed = found.at.timestamp()
        os.utime(draft, (signed, signed))
        draft.replace(target)
