"""What qualifies a body: approvals and accreditations with scope and dates, branches, declarations of impartiality."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.accounts import identifiers
from tanbiao.web.accounts import uscc as credit_code
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.bodies.functions import is_scope
from tanbiao.web.bodies.models import Branch, ImpartialityDeclaration, Qualification
from tanbiao.web.bodies.writing import body_of, book_of, enter, line_of, text_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload

KINDS = ("approval", "accreditation")
SCOPES_MAX = 100
DECLARATION_DAYS = 365
"""How long a declaration of impartiality stands; project default, not official."""


@command("bodies.keep")
def bring_qualification(
    actor: Actor,
    *,
    kind: str,
    number: str,
    issuer: str,
    fields: str,
    scopes: Sequence[str],
    valid_from: date,
    valid_until: date,
    paper: Upload | None,
    basis: str = "",
    body_id: UUID | None = None,
) -> Qualification:
    """Bring an approval or accreditation of one's own body with its document; it counts once the operator confirms it.

    Raises
    ------
    Invalid
        ``qualification_kind_unknown``, ``competence_scope_unknown``, ``qualification_scope_missing``,
        ``period_reversed``, ``qualification_over``, ``text_missing``, ``qualification_paper_missing``, a file that is
        not accepted.
    Conflict
        ``qualification_known``: the same number is on record already and stands or waits.
    """
    body = body_of(actor, "bodies.keep", body_id)
    book = book_of(body)
    if kind not in KINDS:
        raise Invalid.of("qualification_kind_unknown", "kind", known=", ".join(KINDS))
    wanted = list(dict.fromkeys(scopes))
    wrong = [scope for scope in wanted if not is_scope(scope)]
    if wrong:
        raise Invalid.of("competence_scope_unknown", "scopes", scope=wrong[0][:120])
    if not 1 <= len(wanted) <= SCOPES_MAX:
        raise Invalid.of("qualification_scope_missing", "scopes", limit=SCOPES_MAX)
    if valid_until < valid_from:
        raise Invalid.of("period_reversed", "valid_until")
    if valid_until < clock.today():
        raise Invalid.of("qualification_over", "valid_until", until=valid_until.isoformat())
    said = line_of("number", number, 120)
    known = Qualification.objects.filter(
        body=body, kind=kind, number=said, state__in=("brought", "confirmed", "suspended")
    )
    if known.filter(valid_until=valid_until).exists():
        raise Conflict.of("qualification_known", "number", number=said)
    if paper is None:
        raise Invalid.of("qualification_paper_missing", "paper")
    media_type = checked_upload(paper.filename, paper.media_type, paper.data)
    made = Qualification.objects.create(
        body=body,
        kind=kind,
        number=said,
        issuer=line_of("issuer", issuer, 200),
        basis=basis.strip()[:300],
        fields=line_of("fields", fields, 500),
        scopes=wanted,
        valid_from=valid_from,
        valid_until=valid_until,
        paper=ledger.put_blob(paper.data, media_type),
        filename=paper.filename[:200],
        state="brought",
        by=actor.person,
        at=clock.now(),
    )
    enter(actor, book, "qualification_brought", "qualification", made.id, **_told(made))
    return made


def _told(row: Qualification) -> dict[str, object]:
    return {
        "kind": row.kind,
        "number": row.number,
        "issuer": row.issuer,
        "scopes": row.scopes,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat(),
        "paper": row.paper,
    }


@command("bodies.confirm")
def judge_qualification(actor: Actor, *, qualification_id: UUID, confirms: bool, text: str) -> Qualification:
    """Confirm an approval or accreditation against the issuer's own register, or refuse it with the reason.

    Raises
    ------
    NotFound
        ``qualification_unknown``
    Conflict
        ``qualification_judged``
    """
    row = _qualification(actor, qualification_id)
    book = book_of(row.body)
    row.refresh_from_db(fields=["state"])
    if row.state != "brought":
        raise Conflict.of("qualification_judged", "qualification")
    row.state, row.said = ("confirmed" if confirms else "refused"), text_of("text", text)
    row.save(update_fields=["state", "said"])
    enter(actor, book, f"qualification_{row.state}", "qualification", row.id, text=row.said, paper=row.paper)
    return row


@command("bodies.confirm")
def end_qualification(actor: Actor, *, qualification_id: UUID, text: str) -> Qualification:
    """End an approval or accreditation before its term, from today on: withdrawn by its issuer.

    Raises
    ------
    NotFound
        ``qualification_unknown``
    Conflict
        ``qualification_not_confirmed``
    """
    row = _qualification(actor, qualification_id)
    book = book_of(row.body)
    row.refresh_from_db(fields=["state"])
    if row.state not in ("confirmed", "suspended"):
        raise Conflict.of("qualification_not_confirmed", "qualification")
    row.state, row.said, row.ended_on = "ended", text_of("text", text), clock.today()
    row.save(update_fields=["state", "said", "ended_on"])
    enter(actor, book, "qualification_ended", "qualification", row.id, text=row.said)
    return row


@command("bodies.confirm")
def suspend_qualification(actor: Actor, *, qualification_id: UUID, text: str) -> Qualification:
    """Put on record that the issuer has suspended an approval or accreditation: it counts for nothing until restored.

    Raises
    ------
    NotFound
        ``qualification_unknown``
    Conflict
        ``qualification_not_confirmed``
    """
    return _turn(actor, qualification_id, "confirmed", "suspended", "qualification_suspended", text)


@command("bodies.confirm")
def restore_qualification(actor: Actor, *, qualification_id: UUID, text: str) -> Qualification:
    """Put on record that the issuer has lifted the suspension: it counts again, for what is left of its term.

    Raises
    ------
    NotFound
        ``qualification_unknown``
    Conflict
        ``qualification_not_suspended``
    """
    return _turn(actor, qualification_id, "suspended", "confirmed", "qualification_restored", text)


def _turn(actor: Actor, qualification_id: UUID, source: str, target: str, event: str, text: str) -> Qualification:
    row = _qualification(actor, qualification_id)
    book = book_of(row.body)
    row.refresh_from_db(fields=["state"])
    if row.state != source:
        raise Conflict.of(f"qualification_not_{source}", "qualification")
    row.state, row.said = target, text_of("text", text)
    row.save(update_fields=["state", "said"])
    enter(actor, book, event, "qualification", row.id, text=row.said)
    return row


def _qualification(actor: Actor, qualification_id: UUID) -> Qualification:
    require(actor, "bodies.confirm")
    row = Qualification.objects.filter(id=qualification_id).select_related("body").first()
    if row is None:
        raise NotFound.of("qualification_unknown", "qualification")
    return row


@command("bodies.keep")
def open_branch(
    actor: Actor,
    *,
    name_zh: str,
    jurisdiction: str,
    activities: str,
    name_en: str = "",
    uscc: str = "",
    foreign_id: str = "",
) -> Branch:
    """Put a branch on record: its credit code is checked, or the register entry of another jurisdiction is named.

    Raises
    ------
    Invalid
        ``jurisdiction_malformed``, a credit code that does not check, ``branch_identity_missing``, ``text_missing``.
    Conflict
        ``branch_known``
    """
    body = body_of(actor, "bodies.keep")
    book = book_of(body)
    code, foreign = "", foreign_id.strip()[:80]
    if not uscc.strip() and not foreign:
        raise Invalid.of("branch_identity_missing", "uscc")
    wrong = [
        *identifiers.wrong_place(jurisdiction, ""),
        *identifiers.wrong_identifier(jurisdiction, uscc.strip(), foreign),
    ]
    if wrong:
        raise Invalid(*wrong)
    if uscc.strip():
        try:
            code = credit_code.check(uscc)
        except TanbiaoError as error:
            raise Invalid(*error.findings) from error
    open_ones = Branch.objects.filter(body=body, closed_at__isnull=True)
    if open_ones.filter(uscc=code, foreign_id=foreign).exists():
        raise Conflict.of("branch_known", "uscc")
    made = Branch.objects.create(
        body=body,
        name_zh=line_of("name_zh", name_zh, 200),
        name_en=name_en.strip()[:200],
        uscc=code,
        foreign_id=foreign,
        jurisdiction=jurisdiction,
        activities=line_of("activities", activities, 500),
        opened_at=clock.now(),
    )
    told = {"name": made.name_zh, "uscc": code, "foreign_id": made.foreign_id, "jurisdiction": jurisdiction}
    enter(actor, book, "branch_opened", "branch", made.id, activities=made.activities, **told)
    return made


@command("bodies.keep")
def close_branch(actor: Actor, *, branch_id: UUID, text: str) -> Branch:
    """Close a branch, from now on.

    Raises
    ------
    NotFound
        ``branch_unknown``
    Conflict
        ``branch_closed``
    """
    body = body_of(actor, "bodies.keep")
    book = book_of(body)
    row = Branch.objects.filter(id=branch_id, body=body).first()
    if row is None:
        raise NotFound.of("branch_unknown", "branch")
    if row.closed_at is not None:
        raise Conflict.of("branch_closed", "branch")
    said = text_of("text", text)
    row.closed_at = clock.now()
    row.save(update_fields=["closed_at"])
    enter(actor, book, "branch_closed", "branch", row.id, text=said)
    return row


@command("bodies.keep")
def declare_impartiality(actor: Actor, *, text: str, body_id: UUID | None = None) -> ImpartialityDeclaration:
    """Declare for the body, by a person of it, that it is impartial and what it does to stay so; stands for a year."""
    body = body_of(actor, "bodies.keep", body_id)
    book = book_of(body)
    today = clock.today()
    made = ImpartialityDeclaration.objects.create(
        body=body,
        text=text_of("text", text),
        by=actor.person,
        valid_from=today,
        valid_until=today + timedelta(days=DECLARATION_DAYS),
        at=clock.now(),
    )
    enter(
        actor,
        book,
        "impartiality_declared",
        "declaration",
        made.id,
        text=made.text,
        valid_until=made.valid_until.isoformat(),
    )
    return made
