"""Planning the audit at the site: its mode and day, the sites' fences, days worked from afar."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.verification.onsite import Position
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification import audit, units
from tanbiao.web.certification.acts import locked, note, require_state
from tanbiao.web.certification.facts import terms_of_case
from tanbiao.web.certification.models import AuditPlan, Case
from tanbiao.web.commanding import Conflict, Invalid, command, require

PLANNING = ("planned", "doc_review", "on_site")


@dataclass(frozen=True, slots=True)
class SiteFence:
    """The fence around a site of the certification unit: degrees (WGS 84), metres; without a radius the scheme's."""

    site: str
    latitude: float
    longitude: float
    radius_m: float | None = None


@command("certification.handle")
def plan_audit(
    actor: Actor,
    *,
    case_id: UUID,
    mode: str,
    day: date | None = None,
    remote_days: float = 0.0,
    fences: Sequence[SiteFence] = (),
) -> AuditPlan:
    """Plan how the case is audited; a later plan stands in the place of the earlier one.

    Raises
    ------
    Conflict
        ``audit_mode_refused``: the scheme does not have it; ``remote_days_too_many``; ``position_key_missing``:
        fences, and the body has no reader's key.
    Invalid
        ``fence_unknown``: no site of the unit; ``position_impossible``; ``number_negative``.
    """
    case = locked(actor, case_id)
    require(actor, "certification.handle", case)
    require_state(case, "plan_audit", *PLANNING)
    terms = terms_of_case(case)
    if mode not in terms.audit_modes:
        raise Conflict.of("audit_mode_refused", "mode", mode=mode)
    _check_remote(case, remote_days)
    circles = [_circle(case, fence, terms.fence_radius_m) for fence in fences]
    if circles and not audit.reader_keys(case):
        raise Conflict.of("position_key_missing", "fences")
    made = AuditPlan(
        case=case,
        version=case.audit_plans.count() + 1,
        mode=mode,
        day=day,
        remote_days=decimal12(remote_days),
        fences=circles,
        salt=secrets.token_hex(32),
        by=person_of(actor),
        at=clock.now(),
    )
    body = {"mode": mode, "day": day.isoformat() if day else "", "remote_days": made.remote_days, "salt": made.salt}
    made.hash = content_hash({**body, "fences": [{k: str(v) for k, v in circle.items()} for circle in circles]})
    made.save()
    # The history is the applicant's to read as well: it holds the hash of the plan and not its day.
    note(actor, case, "audit_planned", version=made.version, mode=mode, plan=made.hash)
    return made


def _check_remote(case: Case, days: float) -> None:
    if days < 0:
        raise Invalid.of("number_negative", "remote_days")
    whole, limit = float(case.man_days or 0), audit.remote_share_max(case)
    if days > whole * limit:
        raise Conflict.of("remote_days_too_many", "remote_days", days=days, whole=whole, limit=round(100 * limit, 1))


def _circle(case: Case, fence: SiteFence, radius: float) -> dict[str, str | float]:
    unit = units.unit_of(case)
    if unit is None or fence.site not in {site.name_zh for site in unit.sites}:
        raise Invalid.of("fence_unknown", "fences", site=fence.site)
    meant = fence.radius_m if fence.radius_m is not None else radius
    if not Position(fence.latitude, fence.longitude, meant).is_possible or meant <= 0:
        raise Invalid.of("position_impossible", "fences")
    return {**asdict(fence), "radius_m": meant}
