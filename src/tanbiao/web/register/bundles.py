"""Bundles of a certificate, made when asked for: statement and credential of its issue, newest proof and lists."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tanbiao.evidence import bundles, notes
from tanbiao.evidence.bundles import Enclosures
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import queries as log
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import artefacts, status_lists, verifying
from tanbiao.web.register.models import Certificate


def inclusion(certificate: Certificate) -> log.Inclusion | None:
    """Return the inclusion proof of a certificate's issue; None while the sequencer has not come round."""
    entry = LogEntry.objects.filter(id=UUID(certificate.log_entry)).first() if certificate.log_entry else None
    return None if entry is None else place_of(entry)


def place_of(entry: LogEntry) -> log.Inclusion | None:
    """Return the inclusion proof of an entry; None while the sequencer has not come round."""
    try:
        return log.inclusion(entry)
    except Conflict:
        return None


def _enclosures(certificate: Certificate) -> Enclosures:
    place = inclusion(certificate)
    shard = status_lists.shard_of(certificate.status_index)
    lists = {purpose: status_lists.current(purpose, shard).document for purpose in status_lists.PURPOSES}
    twin = certificate.artefacts.get("twin")
    return Enclosures(
        twin=get_blob(twin).decode() if twin else None,
        leaf=place.leaf if place else None,
        log_proof=notes.LogProof(place.index, place.path, place.checkpoint).text() if place else None,
        trust=verifying.trust_list().as_json(),
        suspension_list=lists["suspension"],
        revocation_list=lists["revocation"],
    )


def _statement_and_credential(certificate: Certificate) -> tuple[bytes, str]:
    return get_blob(certificate.artefacts["statement"]), get_blob(certificate.credential_hash).decode("ascii")


def public(certificate: Certificate) -> bytes:
    """Return the public bundle: it proves that nothing changed since the decision, and gives no recipe away."""
    statement, credential = _statement_and_credential(certificate)
    return bundles.public(statement, credential, _enclosures(certificate))


def disclosed(certificate: Certificate, rows: Sequence[str]) -> bytes:
    """Return a bundle that shows some rows; the caller has checked who asks."""
    statement, credential = _statement_and_credential(certificate)
    package, master = artefacts.package_of(certificate.issue), bytes.fromhex(certificate.issue.master)
    return bundles.disclosed(package, master, statement, rows, credential, _enclosures(certificate))


def sealed(certificate: Certificate) -> bytes:
    """Return the sealed bundle, from which the figure is calculated again; the caller has checked who asks."""
    statement, credential = _statement_and_credential(certificate)
    package = artefacts.package_of(certificate.issue)
    master = bytes.fromhex(certificate.issue.master)
    return bundles.sealed(package, master, statement, credential, _enclosures(certificate))
