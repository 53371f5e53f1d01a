"""Attaching indirect-carbon certificates to a case: checked against scheme, holder and day before they are taken."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from uuid import UUID

from tanbiao.core.schemes.attached import Attached, check_attached
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification.acts import locked, note, require_state
from tanbiao.web.certification.clocks import LIFECYCLE
from tanbiao.web.certification.models import AttachedCertificate
from tanbiao.web.commanding import Conflict, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.uploads import Upload, checked_upload

OPEN = tuple(state.id for state in LIFECYCLE.document.states.values() if not state.terminal and state.id != "granted")


@command("certification.apply")
def attach_certificate(actor: Actor, *, case_id: UUID, certificate: Attached, upload: Upload) -> AttachedCertificate:
    """Attach a certificate of a kind that the scheme names as indirect.

    Raises
    ------
    Invalid
        A file that is not accepted.
    Conflict
        Why it can't be attached: kind, standard, holder, term; ``attached_twice``.
    """
    case = locked(actor, case_id)
    require(actor, "certification.apply", case)
    require_state(case, "attach", *OPEN)
    media_type = checked_upload(upload.filename, upload.media_type, upload.data)
    scheme = scheme_queries.scheme(case.scheme)
    applicant = case.owner.uscc or case.owner.foreign_id
    refused = check_attached(scheme, certificate, applicant_id=applicant, day=clock.today().isoformat())
    if refused:
        raise Conflict(*refused)
    if case.attached.filter(kind=certificate.kind, number=certificate.number).exists():
        raise Conflict.of("attached_twice", "number", number=certificate.number)
    said = asdict(certificate)
    days = {key: date.fromisoformat(said.pop(key)) for key in ("valid_from", "valid_until")}
    made = AttachedCertificate.objects.create(
        case=case,
        **said,
        **days,
        blob=ledger.put_blob(upload.data, media_type),
        filename=upload.filename[:200],
        media_type=media_type,
        by=actor.person,
        at=clock.now(),
    )
    note(actor, case, "attached", kind=made.kind, number=made.number, blob=made.blob)
    return made
