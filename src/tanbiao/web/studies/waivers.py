"""Who may write a waiver into a study: the person whom it names, in the role that it names."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.model import Study as Document
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotAllowed


def require_own(actor: Actor, before: Document | None, after: Document) -> None:
    """Refuse a new or changed waiver that is another person's, or in a role that the actor does not hold.

    Waivers that already stood in the last revision stay as they are, whoever saves.

    Raises
    ------
    NotAllowed
        ``waiver_of_another``, ``waiver_role_not_held``: all that is wrong, each with its place.
    """
    known = () if before is None else before.waivers
    names = set() if actor.person is None else {actor.person.name_zh, actor.person.name_en} - {""}
    roles = {role.value for role in actor.roles}
    wrong: list[Finding] = []
    for index, waiver in enumerate(after.waivers):
        if waiver in known:
            continue
        where, said = f"waivers[{index}]", {"check": waiver.check, "by": waiver.by, "role": waiver.role}
        if waiver.by not in names:
            wrong.append(finding("waiver_of_another", Severity.BLOCKING, where, **said))
        elif waiver.role not in roles:
            wrong.append(finding("waiver_role_not_held", Severity.BLOCKING, where, **said))
    if wrong:
        raise NotAllowed(*wrong)
