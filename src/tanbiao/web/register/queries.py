"""The readers of the register. What is public is the same for everybody; only the sealed part asks who reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from django.db.models import QuerySet, Sum

from tanbiao.evidence import notes
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.ledger import queries as log
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register import bundles
from tanbiao.web.register.artefacts import MEDIA
from tanbiao.web.register.models import (
    Certificate,
    ChangeProposal,
    ProblemReport,
    ProductIdentifier,
    Snapshot,
    StatusChange,
    Tally,
)

STATES = ("valid", "suspended", "withdrawn", "cancelled", "expired", "changed", "succeeded")


def newest(actor: Actor) -> QuerySet[Certificate]:  # noqa: ARG001 (the register is public)
    """Return the newest versions of all certificates, newest issue first."""
    rows = Certificate.objects.filter(is_newest=True).select_related("body", "owner")
    return rows.order_by("-issued_at", "number")


def certificate(actor: Actor, number: str, version: int | None = None) -> Certificate:
    """Return a certificate by number, its newest version when none is named.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    """
    rows = Certificate.objects.select_related("body", "owner", "issue")
    wanted = rows.filter(number=number, version=version) if version else newest(actor).filter(number=number)
    found = wanted.select_related("issue").first()
    if found is None:
        raise NotFound.of("certificate_unknown", number)
    return found


def footprint(actor: Actor, number: str) -> Certificate:
    """Return a certificate that has a figure, for what is done with figures.

    Raises
    ------
    NotFound
        ``certificate_unknown``; ``certificate_without_figure``: it is of another kind.
    """
    found = certificate(actor, number)
    if found.study_id is None:
        raise NotFound.of("certificate_without_figure", number, number=number)
    return found


def versions(actor: Actor, number: str) -> QuerySet[Certificate]:  # noqa: ARG001
    """Return all versions of a certificate, newest first."""
    return Certificate.objects.filter(number=number).order_by("-version")


def history(actor: Actor, number: str) -> QuerySet[StatusChange]:  # noqa: ARG001
    """Return the changes of state of all versions, in order."""
    rows = StatusChange.objects.filter(certificate__number=number).select_related("certificate")
    return rows.order_by("certificate__version", "index")


def identifiers(number: str) -> QuerySet[ProductIdentifier]:
    """Return the barcodes and identifiers of a number."""
    return ProductIdentifier.objects.filter(number=number).order_by("scheme", "value")


def mine(actor: Actor) -> QuerySet[Certificate]:
    """Return the certificates that the actor's organisation holds or has issued."""
    if actor.organisation is None:
        return Certificate.objects.none()
    return newest(actor).filter(owner_id=actor.organisation_id) | newest(actor).filter(body_id=actor.organisation_id)


def credential(actor: Actor, number: str, version: int | None = None) -> str:
    """Return the signed credential (VC-JWT)."""
    return get_blob(certificate(actor, number, version).credential_hash).decode("ascii")


def proposals(actor: Actor, number: str) -> QuerySet[ChangeProposal]:
    """Return the changes of a certificate that people of the actor's body proposed, newest first."""
    rows = ChangeProposal.objects.filter(certificate__number=number, certificate__body_id=actor.organisation_id)
    return rows.select_related("certificate", "person", "closed_by")


def twin(actor: Actor, number: str, version: int | None = None) -> tuple[Certificate, bytes]:
    """Return (certificate, the credential with its Data Integrity proof).

    Raises
    ------
    NotFound
        ``twin_absent``: issued before there were twins, or by a device without EdDSA.
    """
    found = certificate(actor, number, version)
    if "twin" not in found.artefacts:
        raise NotFound.of("twin_absent", number, number=number)
    return found, get_blob(found.artefacts["twin"])


def artefact(actor: Actor, number: str, name: str, version: int | None = None) -> tuple[Certificate, bytes, str, str]:
    """Return (certificate, bytes, media type, ending) of an artefact.

    Raises
    ------
    NotFound
        ``artefact_unknown``
    NotAllowed
        The sealed bundle is for holder and body only.
    """
    found = certificate(actor, number, version)
    if found.study_id is None and name.endswith("_bundle"):
        # Its public statement is whole and its package needs no replay: both are told by the credential itself.
        raise NotFound.of("certificate_without_figure", number, number=number)
    if name == "public_bundle":
        return found, bundles.public(found), "application/zip", "zip"
    if name == "sealed_bundle":
        require(actor, "register.unseal", found)
        return found, bundles.sealed(found), "application/zip", "zip"
    if name not in MEDIA or name not in found.artefacts:
        raise NotFound.of("artefact_unknown", name)
    media_type, ending = MEDIA[name]
    return found, get_blob(found.artefacts[name]), media_type, ending


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a certificate's issue stands in the log: the proof, or that it still waits for its index."""

    proof: dict[str, object] | None


def log_place(found: Certificate) -> LogPlace:
    """Return the inclusion proof of a certificate's issue; None while the sequencer has not come round."""
    known = bundles.inclusion(found)
    return LogPlace(known.as_json() if known else None)


def place(found: Certificate) -> log.Inclusion:
    """Return where a certificate's issue stands in the log.

    Raises
    ------
    NotFound
        ``entry_not_in_log_yet``
    """
    known = bundles.inclusion(found)
    if known is None:
        raise NotFound.of("entry_not_in_log_yet", found.number)
    return known


def proof_text(known: log.Inclusion) -> str:
    """Return the offline proof of a place in the log (C2SP tlog-proof)."""
    return notes.LogProof(known.index, known.path, known.checkpoint).text()


@dataclass(frozen=True, slots=True)
class Counters:
    """The strip of figures on the home page; each one opens the list behind it."""

    valid: int
    suspended: int
    withdrawn_this_year: int
    checkpoint_at: object


def counters(actor: Actor) -> Counters:
    """Count what the home page shows; the sums say how many there are, whatever their number."""
    sums = dict(Tally.objects.filter(kind="certified").values_list("state").annotate(n=Sum("n")).order_by())
    year = datetime(clock.today().year, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    checkpoint = log.latest_checkpoint()
    return Counters(
        valid=sums.get("valid", 0),
        suspended=sums.get("suspended", 0),
        withdrawn_this_year=newest(actor).filter(state="withdrawn", state_since__gte=year).count(),
        checkpoint_at=checkpoint.at if checkpoint else None,
    )


def snapshot(key: str) -> Snapshot | None:
    """Return a published page by its key."""
    return Snapshot.objects.filter(key=key).first()


def report_by_code(actor: Actor, code: str) -> ProblemReport:  # noqa: ARG001 (whoever has the code)
    """Return a report by the code that whoever reported was given.

    Raises
    ------
    NotFound
        ``label_report_unknown``
    """
    asked = code.strip().upper()[:16]
    found = ProblemReport.objects.select_related("answered_for").filter(code=asked).first() if asked else None
    if found is None:
        raise NotFound.of("label_report_unknown", asked)
    return found
