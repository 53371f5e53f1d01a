"""Reading what an audit at the site left behind: photos and sealed positions."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import queries
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger.blobs import attachment, get_blob

SEALED = "application/jose+json"


def photo_file(actor: Actor, case_id: UUID, photo_id: UUID, *, sealed: bool = False) -> HttpResponse:
    """Return a photo of a case of the actor's own body, or the parts taken out of it as they are sealed.

    Raises
    ------
    NotFound
        ``case_unknown``, ``photo_unknown``
    """
    found = queries.body_case(actor, case_id).audit_photos.filter(id=photo_id).first()
    if found is None or (sealed and not found.sealed_parts):
        raise NotFound.of("photo_unknown", str(photo_id))
    if sealed:
        return attachment(found.sealed_parts.encode(), SEALED, f"{found.id}.jwe.json")
    return attachment(get_blob(found.blob), found.media_type, found.filename)


def position_file(actor: Actor, case_id: UUID, visit_id: UUID) -> HttpResponse:
    """Return the sealed position of a check-in of a case of the actor's own body.

    Raises
    ------
    NotFound
        ``case_unknown``, ``visit_unknown``
    """
    found = queries.body_case(actor, case_id).visits.filter(id=visit_id).exclude(sealed_position="").first()
    if found is None:
        raise NotFound.of("visit_unknown", str(visit_id))
    return attachment(found.sealed_position.encode(), SEALED, f"{found.id}.jwe.json")
