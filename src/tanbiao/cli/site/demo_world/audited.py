"""The demonstration's audits: a fence around nowhere, and positions sealed for a key that nobody has kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from tanbiao.cli.site.demo_world.cast import Troupe
from tanbiao.core.verification.onsite import Position
from tanbiao.evidence import sealing
from tanbiao.web.accounts import reader_keys
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import commands as certification
from tanbiao.web.certification import queries as cases
from tanbiao.web.certification import units
from tanbiao.web.certification.commands.audit_planning import SiteFence

NOTE = "演示：私钥未保存 demo: private key not kept"
NOWHERE = (0.0, 0.0)
"""Where equator and prime meridian meet, in the sea: no factory of anybody."""
AT_THE_GATE = Position(0.0005, 0.0005, 14.0)


def plan(actor: Callable[[str], Actor], body: Troupe, case_id: UUID, mode: str) -> None:
    """Plan the audit of a case, with a fence around the first site of its unit where it has one."""
    office = actor(f"{body.key}-office")
    _have_key(office)
    unit = units.unit_of(cases.case(office, case_id))
    fences = [] if unit is None else [SiteFence(unit.sites[0].name_zh, *NOWHERE)]
    certification.plan_audit(office, case_id=case_id, mode=mode, remote_days=0.5, fences=fences)


def _have_key(office: Actor) -> None:
    """Register and prove a reader's key where the body has none; its private half is not kept."""
    if reader_keys.my_keys(office).filter(state="current").exists():
        return
    private, public = sealing.new_key()
    key = reader_keys.register_key(office, public=json.dumps(public), note=NOTE)
    answer = sealing.unseal(key.challenge.encode(), private).decode()
    reader_keys.prove_key(office, key_id=key.id, answer=answer)
