"""What pages show of a certificate's life, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.language import current
from tanbiao.web.register import show as register_show
from tanbiao.web.register.models import ProblemReport
from tanbiao.web.register.words import REPORT_OUTCOMES, REPORT_WORDS
from tanbiao.web.surveillance import queries, words
from tanbiao.web.surveillance.commands import grievances, surveys, transfers
from tanbiao.web.surveillance.models import Grievance, HistoryLine, LifeNotice, Surveillance, Transfer, WorkItem
from tanbiao.web.surveillance.offering import name_of
from tanbiao.workflow.machine import Lifecycle

LIFECYCLES: dict[type, Lifecycle] = {
    Surveillance: surveys.LIFECYCLE,
    Grievance: grievances.LIFECYCLE,
    Transfer: transfers.LIFECYCLE,
}


def state(thing: Any, lifecycle: Lifecycle | None = None) -> dict[str, str]:
    """Return name and tone of a thing's state."""
    life = lifecycle or LIFECYCLES[type(thing)]
    return {"name": name_of(life.state_name(thing.state)), "tone": words.STATE_TONES.get(thing.state, "info")}


def is_late(thing: Any) -> bool:
    """Whether the day by which something is due has passed."""
    return bool(thing.due < clock.today())


def lines(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Return what a list shows of surveillances, grievances or transfers."""
    today = clock.today()
    ended = {Surveillance: ("planned", "running"), Grievance: grievances.OPEN}
    return [
        {
            "row": row,
            "state": state(row),
            "late": hasattr(row, "due") and row.due < today and row.state in ended.get(type(row), ()),
            "kind": words.KIND_WORDS.get(getattr(row, "kind", ""), ""),
        }
        for row in rows
    ]


def history(actor: Actor, thing: Any, lifecycle: Lifecycle | None = None) -> list[dict[str, Any]]:
    """Return the history of a thing; persons are named to the body only."""
    life = lifecycle or LIFECYCLES[type(thing)]
    events, reasons = life.document.events, life.document.reasons
    inside = actor.organisation_id == thing.body_id

    def line(row: HistoryLine) -> dict[str, Any]:
        return {
            "at": row.at,
            "name": name_of(events[row.event]) if row.event in events else words.NOTES.get(row.event, row.event),
            "reason": name_of(reasons[row.reason]) if row.reason in reasons else "",
            "text": row.details.get("text", "") or row.details.get("open_points", ""),
            "person": row.person if inside or row.organisation_id == actor.organisation_id else None,
        }

    return [line(row) for row in queries.history(actor, thing.id)]


def items(rows: Iterable[WorkItem]) -> list[dict[str, Any]]:
    """Return what a list shows of work items."""
    today = clock.today()
    return [
        {
            "row": row,
            "name": words.WORK_WORDS.get(row.kind, row.kind),
            "late": row.resolved_at is None and row.due < today,
            "resolution": words.RESOLUTION_WORDS.get(row.resolution, ""),
            "said": detail(row.details),
            "report": report_of(row),
        }
        for row in rows
    ]


def report_of(row: WorkItem) -> str:
    """Return the id of the report that a work item is about; empty for any other."""
    return row.cause.partition("/")[2] if row.kind == "misuse_report" else ""


def reports(rows: Iterable[ProblemReport]) -> list[dict[str, Any]]:
    """Return what a list shows of the reports of the public."""
    return [
        {
            "row": row,
            "kind": REPORT_WORDS.get(row.kind, row.kind),
            "outcome": REPORT_OUTCOMES.get(row.outcome, ""),
        }
        for row in rows
    ]


def detail(params: dict[str, Any]) -> str:
    """Return what a notice or item adds in words of its own: reason, change, release, text, day."""
    said = []
    if params.get("reason"):
        said.append(register_show.reason_name(params["reason"]) or str(params["reason"]))
    if params.get("percent") not in (None, ""):
        said.append(f"Δ {float(params['percent']):+.2f} %")
    said += [str(params[key]) for key in ("rule", "release", "text", "until", "due", "use") if params.get(key)]
    return " · ".join(said)


def notices(rows: Iterable[LifeNotice]) -> list[dict[str, Any]]:
    """Return what a list shows of notices."""
    return [
        {"row": row, "name": words.NOTICE_WORDS.get(row.kind, row.kind), "said": detail(row.params)} for row in rows
    ]


def looks(row: Surveillance, wanted: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return each thing to be looked at with its newest record; None where there is none yet."""
    found = surveys.newest_looks(row)
    return [
        {
            "item": item,
            "name": words.ITEM_WORDS.get(item, item),
            "look": found.get(item),
            "outcome": words.OUTCOME_WORDS[found[item].outcome] if item in found else "",
            "tone": words.OUTCOME_TONES[found[item].outcome] if item in found else "off",
        }
        for item in wanted
    ]


def cause(row: Surveillance) -> str:
    """Return why there is a surveillance."""
    return str(words.CAUSE_WORDS.get(row.cause, row.cause))


def lang() -> str:
    """Return the reader's language."""
    return current()
