"""Rights and obligations of participants: published by version, accepted by a person of each one, with proof."""

from __future__ import annotations

from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.bodies.models import ObligationAcceptance, ObligationText
from tanbiao.web.bodies.obligations import in_force
from tanbiao.web.bodies.writing import book_of, enter, line_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger

TEXT_MAX = 100_000


@command("bodies.publish")
def publish_obligations(
    actor: Actor, *, kind: str, title_zh: str, title_en: str, text_zh: str, text_en: str
) -> ObligationText:
    """Publish a new version of the rights and obligations of a kind of participant; all of them are asked again.

    Raises
    ------
    Invalid
        ``obligation_kind_unknown``, ``text_missing``, ``book_text_too_long``.
    Conflict
        ``obligation_unchanged``: it says the same as the version in force.
    """
    if kind not in Kind.values or kind == Kind.OPERATOR:
        raise Invalid.of("obligation_kind_unknown", "kind", known=", ".join(one for one in Kind if one != "operator"))
    last = in_force(kind)
    said = {
        "title_zh": line_of("title_zh", title_zh, 200),
        "title_en": line_of("title_en", title_en, 200),
        "text_zh": line_of("text_zh", text_zh, TEXT_MAX),
        "text_en": line_of("text_en", text_en, TEXT_MAX),
    }
    if last is not None and all(getattr(last, name) == value for name, value in said.items()):
        raise Conflict.of("obligation_unchanged", "text_zh", version=last.version)
    version = (last.version if last else 0) + 1
    whole = {"kind": str(kind), "version": version, **said}
    made = ObligationText.objects.create(**whole, hash=content_hash(whole), by=actor.person, at=clock.now())
    event = {"type": "obligations.published", "kind": str(kind), "version": version, "hash": made.hash}
    ledger.record(actor, type="organisation_event", subject=str(made.id), event=event)
    return made


@command("bodies.accept")
def accept_obligations(actor: Actor, *, document_id: UUID, seen: str) -> ObligationAcceptance:
    """Accept the version in force for one's own organisation, naming the hash of the text that was read.

    Raises
    ------
    NotFound
        ``obligation_unknown``: there is none, or it binds another kind of organisation.
    Conflict
        ``obligation_replaced``: a newer version is in force; ``obligation_not_seen``: the hash is not its own;
        ``obligation_accepted``.
    """
    person = person_of(actor)
    organisation = actor.organisation
    found = ObligationText.objects.filter(id=document_id).first()
    if found is None or organisation is None or found.kind != organisation.kind:
        raise NotFound.of("obligation_unknown", "document")
    require(actor, "bodies.accept", organisation)
    book = book_of(organisation)
    newest = in_force(found.kind)
    if newest is None or newest.id != found.id:
        raise Conflict.of("obligation_replaced", "document", version=newest.version if newest else 0)
    if seen != found.hash:
        raise Conflict.of("obligation_not_seen", "seen", hash=found.hash)
    if ObligationAcceptance.objects.filter(document=found, organisation=organisation).exists():
        raise Conflict.of("obligation_accepted", "document", version=found.version)
    enter(
        actor,
        book,
        "obligations_accepted",
        "obligations",
        found.id,
        kind=found.kind,
        version=found.version,
        document=found.hash,
    )
    return ObligationAcceptance.objects.create(
        document=found, organisation=organisation, by=person, hash=found.hash, line=book.head, at=clock.now()
    )
