"""Process-step data of the carbon market in a study: what the page and the call write, and how it stands beside it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.market import Reconciliation, filled, reconcile
from tanbiao.formats import market_table
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, command
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import commands, queries
from tanbiao.web.studies.models import Revision


@command("studies.edit")
def state_market(actor: Actor, *, study_id: UUID, section: dict[str, Any] | None, expected_parent: str) -> Revision:
    """Write the section ``carbon_market`` (None takes it out) and save the document as the next revision.

    Raises
    ------
    Invalid
        The findings of the changed document; nothing is written.
    Conflict
        ``study_locked``; ``stale_parent``: somebody saved in between.
    """
    document = queries.document(actor, study_id)
    document.pop("carbon_market", None)
    if section is not None:
        document["carbon_market"] = section
    return commands.save(
        actor, study_id=study_id, document=document, expected_parent=expected_parent, note="carbon market"
    )


@command("studies.edit")
def bring_market_table(actor: Actor, *, study_id: UUID, name: str, data: bytes, expected_parent: str) -> Revision:
    """Read a filled-in table (CSV or Excel) and save its data as the next revision.

    Raises
    ------
    Invalid
        What is wrong with the table or the document.
    Conflict
        As :func:`state_market`.
    """
    try:
        section = market_table.read(data, name)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return state_market(actor, study_id=study_id, section=section, expected_parent=expected_parent)


@command("studies.edit")
def type_market_line(actor: Actor, *, study_id: UUID, said: dict[str, str], expected_parent: str) -> Revision:
    """Write one line of a step by columns of the table, in the place of the line of its id, as the next revision.

    Raises
    ------
    Invalid
        What is wrong with the line or the document.
    Conflict
        As :func:`state_market`.
    """
    section = queries.document(actor, study_id).get("carbon_market")
    try:
        made = market_table.with_line(section, said)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return state_market(actor, study_id=study_id, section=made, expected_parent=expected_parent)


@command("studies.edit")
def drop_market_line(actor: Actor, *, study_id: UUID, step: str, line: str, expected_parent: str) -> Revision:
    """Take one line out; without any line the whole section goes.

    Raises
    ------
    Invalid
        ``market_line_unknown``
    Conflict
        As :func:`state_market`.
    """
    section = queries.document(actor, study_id).get("carbon_market") or {"steps": {}}
    try:
        made = market_table.without_line(section, step, line)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return state_market(actor, study_id=study_id, section=made, expected_parent=expected_parent)


@command("studies.edit")
def take_market_data(actor: Actor, *, study_id: UUID, expected_parent: str) -> Revision:
    """Put the report's activity data into the rows that stand for them, and save the document as the next revision.

    Raises
    ------
    Invalid
        What keeps the data from being taken.
    Conflict
        As :func:`state_market`.
    """
    try:
        document, rows = filled(queries.parsed(actor, study_id))
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    note = f"carbon market: {', '.join(rows)}"[:200]
    return commands.save(actor, study_id=study_id, document=document, expected_parent=expected_parent, note=note)


def reconciled(actor: Actor, study_id: UUID) -> Reconciliation | None:
    """Return the report beside the newest revision; None where the study has no such data.

    Raises
    ------
    Invalid
        What keeps the two from being compared.
    """
    body = queries.parsed(actor, study_id)
    if body.carbon_market is None:
        return None
    try:
        release = queries.background(actor, study_id, body.release)
        return reconcile(body, release, rulebook.rule(body.rule) if body.rule else None)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
