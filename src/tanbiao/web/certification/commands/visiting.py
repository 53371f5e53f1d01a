"""Being at the site: check-in at the fence, check-out, interviews, photos. A device without network sends them later.

Times are the platform's, or, of what a device sends later, the device's own: then they lie neither before the case's
step nor ahead of the platform's clock, and the time of receipt is kept beside them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.verification.onsite import Position, standing_of
from tanbiao.evidence import sealing
from tanbiao.formats.photo_metadata import JPEG, PNG, parts_to_json, without_metadata
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification import audit
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.facts import terms_of_case
from tanbiao.web.certification.models import AuditPhoto, Case, Interview, Visit
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload


@command("certification.verify")
def check_in(
    actor: Actor,
    *,
    case_id: UUID,
    place: str,
    remote: bool = False,
    site: str = "",
    position: Position | None = None,
    remark: str = "",
    at: datetime | None = None,
) -> Visit:
    """Check in at the site (or to a remote session).

    Where the plan has a fence for the site, only the side of the fence and a class of accuracy are kept in clear; the
    exact reading is sealed for the body's key.

    Raises
    ------
    Invalid
        ``visit_without_place``, ``position_impossible``; ``fence_unknown``: the plan has no such site;
        ``fence_without_remark``: outside, or without a reading, and no word why.
    Conflict
        ``visit_running``: the actor is checked in already; ``audit_mode_refused``: the scheme has no remote audit;
        ``device_time_ahead``, ``device_time_before``.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "check_in", *VISITING)
    if not place.strip():
        raise Invalid.of("visit_without_place", "place")
    if remote and "remote" not in terms_of_case(case).audit_modes:
        raise Conflict.of("audit_mode_refused", "remote", mode="remote")
    if case.visits.filter(by=actor.person, checked_out__isnull=True).exists():
        raise Conflict.of("visit_running", "place")
    seen = {} if remote else _at_the_fence(case, site.strip(), position, remark.strip())
    visit = Visit.objects.create(
        case=case,
        round=case.round,
        remote=remote,
        place=place.strip()[:200],
        checked_in=_moment(case, at),
        received_at=clock.now() if at else None,
        by=person_of(actor),
        **seen,
    )
    said = {"fence": visit.fence, "accuracy": visit.accuracy} if visit.fence else {}
    note(actor, case, "checked_in", visit=str(visit.id), remote=remote, **said)
    return visit


def _at_the_fence(case: Case, site: str, position: Position | None, remark: str) -> dict[str, str]:
    """Return the columns of a visit that say where its auditor stood."""
    if position is not None and not position.is_possible:
        raise Invalid.of("position_impossible", "position")
    fences = audit.fences_of(case)
    if site and site not in fences:
        raise Invalid.of("fence_unknown", "site", site=site)
    if not fences:
        return {}
    name = site or (next(iter(fences)) if len(fences) == 1 else "")
    if not name:
        raise Invalid.of("fence_unknown", "site", site="—")
    seen = {"site": name, "fence_remark": remark[:500]}
    if position is not None:
        standing = standing_of(position, fences[name], fine_m=terms_of_case(case).position_fine_m)
        seen |= {"fence": standing.fence, "accuracy": standing.accuracy}
        seen["sealed_position"] = _sealed_position(case, position)
    if seen.get("fence") != "inside" and not remark:
        raise Invalid.of("fence_without_remark", "remark", site=name)
    return seen


def _sealed_position(case: Case, position: Position) -> str:
    keys = audit.reader_keys(case)
    body = {"latitude": position.latitude, "longitude": position.longitude, "accuracy_m": position.accuracy_m}
    return sealing.seal(canonical_bytes(body), keys).decode() if keys else ""


def _moment(case: Case, at: datetime | None) -> datetime:
    """Return when it was: the platform's time, or the device's within reason."""
    now = clock.now()
    if at is None:
        return now
    ahead = terms_of_case(case).device_clock_minutes
    if at > now + timedelta(minutes=ahead):
        raise Conflict.of("device_time_ahead", "at", at=clock.stamp(at), limit=ahead)
    step = case.steps.filter(state__in=VISITING, begun_at__isnull=False).order_by("begun_at").first()
    if step is not None and at < step.begun_at - timedelta(minutes=ahead):
        raise Conflict.of("device_time_before", "at", at=clock.stamp(at), begun=clock.stamp(step.begun_at))
    return min(at, now)


@command("certification.verify")
def check_out(
    actor: Actor, *, visit_id: UUID, interviews: int, samples: int, text: str = "", at: datetime | None = None
) -> Visit:
    """Check out, with the number of people met and of things sampled.

    Interviews that were recorded one by one count at least as many.

    Raises
    ------
    NotFound
        ``visit_unknown``: it is not the actor's running visit.
    Conflict
        ``check_out_before_check_in``.
    """
    visit = Visit.objects.filter(id=visit_id, by_id=actor.person_id, checked_out__isnull=True).first()
    if visit is None:
        raise NotFound.of("visit_unknown", str(visit_id))
    case = of_my_team(actor, visit.case_id)
    require_state(case, "check_out", *VISITING)
    if min(interviews, samples) < 0:
        raise Invalid.of("number_negative", "interviews")
    moment = _moment(case, at)
    if moment < visit.checked_in:
        raise Conflict.of("check_out_before_check_in", "at")
    visit.checked_out = moment
    visit.interviews = max(interviews, visit.talks.count())
    visit.samples, visit.note = samples, text.strip()[:4000]
    visit.received_at = clock.now() if at else visit.received_at
    visit.save()
    note(actor, case, "checked_out", visit=str(visit.id), interviews=visit.interviews, samples=samples)
    return visit


def _visit(actor: Actor, visit_id: UUID) -> Visit:
    """Return a visit of the actor's own, with its case locked."""
    visit = Visit.objects.filter(id=visit_id, by_id=actor.person_id).first()
    if visit is None:
        raise NotFound.of("visit_unknown", str(visit_id))
    visit.case = of_my_team(actor, visit.case_id)
    require_state(visit.case, "record_at_site", *VISITING)
    return visit


@command("certification.verify")
def record_interview(
    actor: Actor, *, visit_id: UUID, role: str, topic: str, notes: str = "", at: datetime | None = None
) -> Interview:
    """Record a talk of one's own visit: the role of whom was met, the topic, notes.

    Raises
    ------
    Invalid
        ``interview_incomplete``: role or topic is empty.
    """
    visit = _visit(actor, visit_id)
    if not role.strip() or not topic.strip():
        raise Invalid.of("interview_incomplete", "role" if not role.strip() else "topic")
    made = Interview.objects.create(
        case=visit.case,
        visit=visit,
        role=role.strip()[:120],
        topic=topic.strip()[:200],
        notes=notes.strip()[:8000],
        by=person_of(actor),
        at=_moment(visit.case, at),
        received_at=clock.now(),
    )
    if visit.checked_out is not None and visit.talks.count() > visit.interviews:
        visit.interviews = visit.talks.count()
        visit.save(update_fields=["interviews"])
    note(actor, visit.case, "interview_recorded", interview=str(made.id), visit=str(visit.id))
    return made


@command("certification.verify")
def record_photo(
    actor: Actor,
    *,
    visit_id: UUID,
    upload: Upload,
    taken_hash: str,
    caption: str = "",
    item: str = "",
    at: datetime | None = None,
) -> AuditPhoto:
    """Keep a photo of one's own visit as evidence, without what the camera wrote about itself.

    ``taken_hash`` is the SHA-256 that the device made when the photo was taken; it is made again of what arrived.
    Place, time and maker that the camera wrote are taken out; the parts are sealed for the body's key, whose holder
    can put the photo together as it was taken and check that hash.

    Raises
    ------
    Invalid
        ``photo_hash_differs``, ``photo_kind_refused``, ``photo_malformed``, ``consistency_item_unknown``.
    """
    visit = _visit(actor, visit_id)
    media_type = checked_upload(upload.filename, upload.media_type, upload.data)
    if media_type not in (JPEG, PNG):
        raise Invalid.of("photo_kind_refused", upload.filename, kind=media_type)
    found = hash_bytes(upload.data)
    if found != taken_hash:
        raise Invalid.of("photo_hash_differs", upload.filename, taken=taken_hash[:80], found=found)
    if item and item not in {one.key for one in audit.list_of(visit.case)}:
        raise Invalid.of("consistency_item_unknown", "item", item=item)
    try:
        clean, parts = without_metadata(upload.data, media_type)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    keys = audit.reader_keys(visit.case) if parts else []
    made = AuditPhoto.objects.create(
        case=visit.case,
        visit=visit,
        taken_hash=found,
        blob=ledger.put_blob(clean, media_type),
        filename=upload.filename[:200],
        media_type=media_type,
        caption=caption.strip()[:300],
        item=item,
        parts_removed=len(parts),
        sealed_parts=sealing.seal(canonical_bytes(parts_to_json(parts)), keys).decode() if keys else "",
        by=person_of(actor),
        at=_moment(visit.case, at),
        received_at=clock.now(),
    )
    note(actor, visit.case, "photo_recorded", photo=str(made.id), taken=found, kept=made.blob)
    return made
