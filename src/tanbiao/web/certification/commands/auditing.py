"""The audit's list of product consistency, drawn up from the sealed study and answered at product and site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tanbiao.core.verification.consistency import ANSWERS, Item
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.audit import list_of
from tanbiao.web.certification.commands.findings import raise_finding
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.models import Case, ConsistencyAnswer
from tanbiao.web.commanding import Invalid, command


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one item: ``consistent``, ``not`` or ``not_seen``; the last two with a remark."""

    item: str
    answer: str
    remark: str = ""


@command("certification.verify")
def check_consistency(actor: Actor, *, case_id: UUID, answers: Sequence[Answer]) -> Case:
    """Answer items of the list; what is not consistent becomes a major finding, once.

    Raises
    ------
    Invalid
        ``consistency_item_unknown``, ``consistency_answer_unknown``, ``consistency_without_remark``: the item is named.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "check_consistency", *VISITING)
    known = {item.key: item for item in list_of(case)}
    for given in answers:
        _check(given, known)
    stands = dict(case.consistency.values_list("item", "answer"))
    for given in answers:
        ConsistencyAnswer.objects.update_or_create(
            case=case,
            item=given.item,
            defaults={
                "answer": given.answer,
                "remark": given.remark.strip()[:1000],
                "round": case.round,
                "by": person_of(actor),
                "at": clock.now(),
            },
        )
        if given.answer == "not" and stands.get(given.item) != "not":
            _raise(actor, case, known[given.item], given.remark)
    case.refresh_from_db()
    counts = {answer: sum(given.answer == answer for given in answers) for answer in ANSWERS}
    note(actor, case, "consistency_checked", **counts)
    return case


def _check(given: Answer, known: dict[str, Item]) -> None:
    if given.item not in known:
        raise Invalid.of("consistency_item_unknown", given.item, item=given.item)
    if given.answer not in ANSWERS:
        raise Invalid.of("consistency_answer_unknown", given.item, answer=given.answer)
    if given.answer != "consistent" and not given.remark.strip():
        raise Invalid.of("consistency_without_remark", given.item, item=given.item)


def _raise(actor: Actor, case: Case, item: Item, remark: str) -> None:
    text = f"{item.name['zh']} / {item.name['en']} [{item.stated or '—'}]: {remark.strip()}"
    raise_finding(actor, case_id=case.id, severity="major", text=text, row=item.row)
