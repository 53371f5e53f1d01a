"""Handing evidence on: the sealed bundle encrypted for named readers, single rows proved to be of the certified set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from tanbiao.evidence import sealing
from tanbiao.evidence.bundles import licensed_rows
from tanbiao.evidence.commitments import rows_of
from tanbiao.evidence.keys import thumbprint
from tanbiao.web.accounts import reader_keys
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.reader_keys import NamedReader
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import artefacts, bundles, queries
from tanbiao.web.register.models import Certificate

MAX_ROWS = 500
"""Rows of one disclosure at most (project default): more than that is the sealed bundle's business."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a bundle is encrypted: a name for the record, and the public key."""

    name: str
    jwk: dict[str, str]


def readers_of(actor: Actor, text: str) -> list[Reader]:
    """Read lines ``name: {public key as JSON}``, or the name or credit code of an organisation that has a key here.

    Raises
    ------
    Invalid
        ``readers_malformed`` with the line's number; ``sealing_key_malformed``; what :func:`named` raises.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, gap, key = line.partition("{")
        name = name.strip().rstrip("：:").strip()
        if not gap and name:
            found.append(named(actor, name))
            continue
        if not gap or not 1 <= len(name) <= 200:
            raise Invalid.of("readers_malformed", str(number), line=number)
        found.append(Reader(name, sealing.read_key(f"{{{key}")))
    return found


def named(actor: Actor, name: str) -> Reader:
    """Return an organisation as a reader, by name, credit code or id.

    Raises
    ------
    Invalid
        ``reader_without_key``, ``reader_ambiguous``.
    """
    found = reader_keys.reader_named(actor, name)
    return Reader(found.organisation.name_zh, found.key.jwk)


def suggested(found: Certificate) -> list[NamedReader]:
    """Return who commonly reads a certificate's evidence and has a key: holder, body, and authorities."""
    parties = Q(id__in=(found.owner_id, found.body_id)) | Q(kind=Kind.AUTHORITY)
    return reader_keys.readers_among(Organisation.objects.filter(parties))


@command("register.unseal")
def seal_for(actor: Actor, *, number: str, readers: Sequence[Reader]) -> bytes:
    """Encrypt the sealed bundle of a certificate for named readers; the private log keeps who they are.

    Raises
    ------
    Invalid
        ``sealing_readers``, ``sealing_key_malformed``.
    """
    found = queries.certificate(actor, number)
    require(actor, "register.unseal", found)
    data = sealing.seal(bundles.sealed(found), [reader.jwk for reader in readers])
    event = {
        "number": number,
        "version": found.version,
        "sealed_for": [{"name": reader.name, "key": thumbprint(reader.jwk)} for reader in readers],
    }
    ledger.record(actor, type="evidence_event", subject=str(found.id), event=event)
    return data


@command("register.consent")
def disclose(actor: Actor, *, number: str, rows: Sequence[str], shown_to: str) -> bytes:
    """Return a bundle that shows some rows of one's own certificate's package; the private log keeps which, and to
    whom.

    Raises
    ------
    Invalid
        ``disclosure_empty``, ``disclosure_too_long``, ``committed_row_unknown``, ``row_licensed``.
    """
    found = queries.certificate(actor, number)
    require(actor, "register.consent", found)
    if len(rows) > MAX_ROWS:
        raise Invalid.of("disclosure_too_long", most=MAX_ROWS, found=len(rows))
    data = bundles.disclosed(found, rows)
    event = {"number": number, "version": found.version, "rows": sorted(set(rows)), "shown_to": shown_to[:200]}
    ledger.record(actor, type="evidence_event", subject=str(found.id), event=event)
    return data


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be shown: its pointer, and its value shortened for the eye."""

    path: str
    text: str


def rows(actor: Actor, number: str, wanted: str = "") -> tuple[Certificate, list[Row]]:
    """Return the rows of a certificate's package whose pointer or value contains ``wanted``; for its holder alone."""
    found = queries.certificate(actor, number)
    if not actor.owns(found):
        raise NotFound.of("certificate_unknown", number)
    require(actor, "register.consent", found)
    needle = wanted.strip().lower()
    return found, [row for row in _rows(found) if needle in row.path.lower() or needle in row.text.lower()]


def _rows(found: Certificate) -> Iterator[Row]:
    package = artefacts.package_of(found.issue)
    licensed = licensed_rows(package)
    for path, value in rows_of(package):
        if path not in licensed:
            yield Row(path, _short(value))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        text = " · ".join(f"{key} {item}" for key, item in value.items() if isinstance(item, str | int | float))
    else:
        text = str(value)
    return text if len(text) <= 160 else f"{text[:159]}…"
