"""Taking what a device recorded without network: every item once, each by itself, refusals named and nothing lost.

An item is carried out by the command that the page with a network uses. What is refused is not recorded and stays with
the device, which shows why; sent again, an item that is on record changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.api_kit import UploadIn, upload_of
from tanbiao.web.certification.acts import of_my_team
from tanbiao.web.certification.audit_items import (
    AnswerItem,
    CheckInItem,
    CheckOutItem,
    InterviewItem,
    PhotoItem,
    SyncItem,
)
from tanbiao.web.certification.commands.auditing import Answer, check_consistency
from tanbiao.web.certification.commands.visiting import check_in, check_out, record_interview, record_photo
from tanbiao.web.certification.models import Case, SyncedItem
from tanbiao.web.commanding import Conflict, NotFound, Refused, command


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item: ``recorded``, ``known`` (it was before) or ``refused`` with the reasons."""

    client_id: UUID
    outcome: str
    findings: tuple[Finding, ...] = ()


@command("certification.verify")
def sync_audit(actor: Actor, *, case_id: UUID, items: Sequence[SyncItem]) -> list[Outcome]:
    """Take items in their order; see the module.

    Raises
    ------
    NotAllowed
        ``not_in_team``
    """
    case = of_my_team(actor, case_id)
    return [_one(actor, case, item) for item in items]


def _one(actor: Actor, case: Case, item: SyncItem) -> Outcome:
    known = case.synced.filter(client_id=item.client_id).first()
    if known is not None:
        if known.hash == item.hash and known.by_id == actor.person_id:
            return Outcome(item.client_id, "known")
        differs = finding("sync_item_differs", Severity.BLOCKING, known.kind, item=str(item.client_id))
        return Outcome(item.client_id, "refused", (differs,))
    try:
        with transaction.atomic():
            made = HANDLERS[type(item)](actor, case, item)
            SyncedItem.objects.create(
                case=case,
                client_id=item.client_id,
                kind=item.model_dump()["kind"],
                hash=item.hash,
                result=made,
                by=person_of(actor),
                at=clock.now(),
            )
    except Refused as refused:
        return Outcome(item.client_id, "refused", refused.findings)
    return Outcome(item.client_id, "recorded")


def _visit(case: Case, client_id: UUID) -> UUID:
    """Return the visit that an item of a device began, or one that began with a network, by its own id."""
    begun = case.synced.filter(client_id=client_id, kind="check_in").first()
    if begun is not None and begun.result is not None:
        return begun.result
    if case.visits.filter(id=client_id).exists():
        return client_id
    raise NotFound.of("visit_unknown", str(client_id))


def _check_in(actor: Actor, case: Case, item: CheckInItem) -> UUID:
    made = check_in(actor, case_id=case.id, at=item.at, **item.values())
    return made.id


def _check_out(actor: Actor, case: Case, item: CheckOutItem) -> UUID:
    visit = _visit(case, item.visit)
    made = check_out(
        actor, visit_id=visit, interviews=item.interviews, samples=item.samples, text=item.text, at=item.at
    )
    return made.id


def _interview(actor: Actor, case: Case, item: InterviewItem) -> UUID:
    visit = _visit(case, item.visit)
    made = record_interview(actor, visit_id=visit, role=item.role, topic=item.topic, notes=item.notes, at=item.at)
    return made.id


def _photo(actor: Actor, case: Case, item: PhotoItem) -> UUID:
    made = record_photo(
        actor,
        visit_id=_visit(case, item.visit),
        upload=upload_of(UploadIn(filename=item.filename, content_base64=item.content_base64)),
        taken_hash=item.taken_hash,
        caption=item.caption,
        item=item.item,
        at=item.at,
    )
    return made.id


def _answer(actor: Actor, case: Case, item: AnswerItem) -> None:
    stands = case.consistency.filter(item=item.item).select_related("by").first()
    if stands is not None and stands.answer not in (item.seen, item.answer):
        by = stands.by
        told = {"item": item.item, "answer": stands.answer, "by_zh": by.name("zh"), "by_en": by.name("en")}
        raise Conflict.of("answer_changed_meanwhile", item.item, **told)
    check_consistency(actor, case_id=case.id, answers=[Answer(item.item, item.answer, item.remark)])


HANDLERS: dict[type[SyncItem], Callable[[Actor, Case, SyncItem], UUID | None]] = {
    CheckInItem: _check_in,  # type: ignore[dict-item]
    CheckOutItem: _check_out,  # type: ignore[dict-item]
    InterviewItem: _interview,  # type: ignore[dict-item]
    PhotoItem: _photo,  # type: ignore[dict-item]
    AnswerItem: _answer,  # type: ignore[dict-item]
}
