"""The readers of the rulebook: each starts from what the actor may see; and the rule that a study names."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.filing import check_filing, filing_fields
from tanbiao.core.rules.load import list_references
from tanbiao.core.rules.model import Rule
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, NotFound, require
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.facts import CERTIFICATION, ENDING, IN_FORCE, NATIONAL, is_owner
from tanbiao.web.rulebook.models import AdoptionBatch, RuleComment, RuleDraft, RuleEntry, RuleNotice
from tanbiao.web.rulebook.permissions import JUDGES
from tanbiao.workflow.rule_guards import FILING_CLAUSE, NATIONAL_CLAUSE

OPEN: Final = ("consultation", "review")
ENDED: Final = ("superseded", "abolished", "filing_cancelled")
PUBLIC_STATES: Final = (*OPEN, *IN_FORCE, "suspended", *ENDING, *ENDED)
"""States in which everybody may read a rule."""
WORK: Final = {
    Role.OPERATOR: ("proposed",),
    Role.AUTHORITY_OFFICER: ("proposed", "review", "issued", "filed", "suspended"),
    Role.RULE_ASSESSOR: ("review",),
}
"""Where a rule waits for a role's step."""


def visible(actor: Actor) -> Q:
    """Return the filter of rules that whoever asks may see: everybody what is public, the owner its own, judges all."""
    if actor.is_system or actor.has(Role.OPERATOR, Role.AUTHORITY_OFFICER):
        return Q()
    seen = Q(state__in=PUBLIC_STATES)
    if actor.organisation is not None:
        seen |= Q(owner=actor.organisation)
    return seen


def rules(actor: Actor) -> QuerySet[RuleEntry]:
    """Return the rules that the actor may see, by title and version."""
    require(actor, "rulebook.view")
    rows = RuleEntry.objects.filter(visible(actor)).select_related("owner", "batch", "document")
    return rows.prefetch_related("categories")


def find(actor: Actor, *, state: str = "", layer: str = "", category: str = "") -> QuerySet[RuleEntry]:
    """Return rules by where they stand (``in_force``, ``open``, ``ended`` or a state), layer and category."""
    groups = {"in_force": IN_FORCE, "open": OPEN, "ending": ENDING, "ended": ENDED}
    rows = rules(actor)
    if state:
        rows = rows.filter(state__in=groups.get(state, (state,)))
    if layer:
        rows = rows.filter(layer=layer)
    if category:
        rows = rows.filter(id__in=RuleEntry.objects.filter(categories__code=category).values("id"))
    return rows.order_by("rule_id", "-issued_at", "-created_at", "id")


def entry(actor: Actor, entry_id: UUID) -> RuleEntry:
    """Return one rule.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``
    """
    found = rules(actor).select_related("revises", "converts", "supplements", "ended_by").filter(id=entry_id).first()
    if found is None:
        raise NotFound.of("rule_entry_unknown", str(entry_id))
    return found


def mine(actor: Actor) -> QuerySet[RuleEntry]:
    """Return the rules of the actor's organisation, what changed last first."""
    require(actor, "rulebook.act")
    return rules(actor).filter(owner=actor.organisation) if actor.organisation is not None else rules(actor).none()


def desk(actor: Actor) -> QuerySet[RuleEntry]:
    """Return what waits for one of the actor's roles, the longest waiting first."""
    require(actor, "rulebook.judge")
    waits = Q(pk__in=[])
    for role, states in WORK.items():
        if actor.has(role):
            waits |= Q(state__in=states)
    return rules(actor).filter(waits).order_by("state_since", "id")


def is_inside(actor: Actor, row: RuleEntry) -> bool:
    """Whether the actor sees how a rule is made (drafts, assessments before the issue), not only what is public."""
    return actor.is_system or actor.has(*JUDGES) or (not actor.is_anonymous and is_owner(actor, row))


def draft(actor: Actor, row: RuleEntry) -> RuleDraft:
    """Return the newest draft: public from the consultation on, before that its makers' and judges'.

    Raises
    ------
    NotFound
        ``rule_document_unreadable``: there is none for this actor.
    """
    if row.document is None or (row.state not in PUBLIC_STATES and not is_inside(actor, row)):
        raise NotFound.of("rule_document_unreadable", str(row.id))
    return row.document


def document(actor: Actor, row: RuleEntry) -> tuple[bytes, str]:
    """Return the canonical document of an issued rule, else the text of its newest draft, with its media type."""
    if row.content_hash:
        return get_blob(row.content_hash), documents.JSON
    return get_blob(draft(actor, row).blob), documents.YAML


def classification_codes(actor: Actor, row: RuleEntry) -> list[tuple[str, str]]:
    """Return (classification, code) of the products that a rule covers, as its document states them.

    Empty where the actor may read no document of it, or where that is no rule yet.
    """
    if row.content_hash:
        rule: Rule | None = documents.issued(row)
    else:
        readable = row.state in PUBLIC_STATES or is_inside(actor, row)
        rule = documents.rule_of(row.document) if readable else None
    return [(one.scheme, one.code) for one in rule.covers.classifications] if rule is not None else []


def for_filing(actor: Actor, entry_id: UUID) -> RuleEntry:
    """Return a rule whose filing the actor may see: its owner's people and the platform's judges.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``, ``rule_needs_no_filing``
    """
    row = entry(actor, entry_id)
    if not is_inside(actor, row) or row.kind != CERTIFICATION:
        raise NotFound.of("rule_needs_no_filing", str(entry_id))
    return row


def filing_to_hand_in(row: RuleEntry) -> dict[str, str]:
    """Return the values of a filing that is right.

    Raises
    ------
    Conflict
        ``rule_filing_missing``, or what is wrong, field by field.
    """
    if not row.filing:
        raise Conflict.of("rule_filing_missing", "filing", clause=FILING_CLAUSE)
    wrong = check_filing(filing_fields(), row.filing)
    if wrong:
        raise Conflict(*wrong)
    return dict(row.filing)


def comments(actor: Actor, row: RuleEntry) -> QuerySet[RuleComment]:
    """Return the comments on a rule, oldest first; they and their answers are public with the consultation."""
    require(actor, "rulebook.view")
    return row.comments.select_related("organisation")


def adoptable(actor: Actor) -> QuerySet[RuleEntry]:
    """Return the rules that may be put on the adoption list."""
    require(actor, "rulebook.adopt")
    waits = Q(state="filed") | Q(state="issued", kind="standard")
    return rules(actor).filter(waits).exclude(layer="project").order_by("rule_id", "version")


def batches(actor: Actor) -> QuerySet[AdoptionBatch]:
    """Return the batches of the adoption list, newest first."""
    require(actor, "rulebook.view")
    return AdoptionBatch.objects.select_related("authority").prefetch_related("entries__owner")


def notices(actor: Actor) -> QuerySet[RuleNotice]:
    """Return what the actor's person was told, newest first."""
    require(actor, "rulebook.read_notices")
    return RuleNotice.objects.filter(person=actor.person).select_related("entry")


# -- the rule that a study names ------------------------------------------------------------------------------------


def rule(reference: str) -> Rule:
    """Return a rule by ``id@version``: one that was issued here, else one of the package.

    A rule that has ended is still found: what was calculated under it stays reproducible.

    Raises
    ------
    TanbiaoError
        ``rule_unknown`` with the nearest references.
    """
    found = _issued(reference)
    return documents.issued(found) if found is not None and found.content_hash else load_rule(reference)


def rule_of_draft(row: RuleEntry, number: int) -> Rule:
    """Return the rule that a draft of this number is.

    Raises
    ------
    Conflict
        ``rule_document_unreadable``
    """
    found = documents.rule_of(row.drafts.filter(number=number).first())
    if found is None:
        raise Conflict.of("rule_document_unreadable", "document")
    return found


def base_of(actor: Actor, row: RuleEntry) -> RuleEntry | None:
    """Return the issued rule that a text is compared with: what it revises or lifts, else the version before it."""
    tied = row.revises or row.converts or _replaced(row)
    if tied is not None:
        return tied
    others = rules(actor).filter(rule_id=row.rule_id, issued_at__isnull=False).exclude(id=row.id)
    if row.issued_at is not None:
        others = others.filter(issued_at__lt=row.issued_at)
    return others.order_by("-issued_at").first()


def adoption_of(reference: str) -> tuple[str, str]:
    """Return the batch of the adoption list on which a rule stands, and the jurisdiction of its authority.

    Both empty: it is on none, or suspended, or ended. In its transition it still stands there.
    """
    found = _issued(reference)
    if found is None or found.batch is None or found.state not in (*IN_FORCE, *ENDING):
        return "", ""
    return found.batch.number, found.batch.authority.jurisdiction


def _replaced(row: RuleEntry) -> RuleEntry | None:
    """Return the rule that the document itself says it replaces."""
    said = documents.rule_of(row.document)
    return _issued(said.replaces) if said is not None and said.replaces else None


def _issued(reference: str) -> RuleEntry | None:
    rule_id, _, version = reference.partition("@")
    rows = RuleEntry.objects.filter(rule_id=rule_id[:64], version=version[:20], issued_at__isnull=False)
    return rows.select_related("ended_by", "batch__authority").first()


def references() -> list[str]:
    """Return the references that a new study may name: rules in force here, and the package's that are not entered."""
    known = RuleEntry.objects.filter(issued_at__isnull=False).order_by("rule_id", "version")
    entered = {row.reference: row.state for row in known}
    found = [one for one, state in entered.items() if state in IN_FORCE]
    return sorted([*found, *(one for one in list_references() if one not in entered)])


def offered() -> list[Rule]:
    """Return the rules that a new study may name, by reference."""
    return [rule(reference) for reference in references()]


def ending_of(reference: str) -> tuple[Finding, ...] | None:
    """Return why a new study can't take a rule, as findings; None where it is in force or comes with the package."""
    try:
        refuse_new_use(reference)
    except Conflict as refused:
        return refused.findings
    return None


def refuse_ended(reference: str) -> None:
    """Refuse to submit a study under a rule that has ended or is suspended; in its transition it may be finished.

    Raises
    ------
    Conflict
        ``rule_ended`` with the clause and what to use instead.
    """
    found = _issued(reference)
    if found is not None and found.state not in (*IN_FORCE, *ENDING):
        raise Conflict(finding("rule_ended", Severity.BLOCKING, "rule", reference=reference, **_why(found)))


def refuse_new_use(reference: str) -> None:
    """Refuse a rule for a study that did not have it before, when it has ended, is suspended or is about to end.

    Raises
    ------
    Conflict
        ``rule_ended``, ``rule_ending`` with the clause and what to use instead.
    """
    refuse_ended(reference)
    found = _issued(reference)
    if found is not None and found.state in ENDING:
        until: date | None = found.transition_until
        params = {**_why(found), "until": until.isoformat() if until else "—"}
        raise Conflict(finding("rule_ending", Severity.BLOCKING, "rule", reference=reference, **params))


_WORDS: Final = {
    "suspended": ("已暂停", "is suspended"),
    "superseded": ("已被替代", "is superseded"),
    "superseding": ("将被替代", "is being superseded"),
    "abolished": ("已废止", "is abolished"),
    "abolishing": ("将被废止", "is being abolished"),
    "filing_cancelled": ("的备案已注销", "has its filing cancelled"),
}


def _why(found: RuleEntry) -> dict[str, str]:
    zh, en = _WORDS[found.state]
    later = found.ended_by
    clause = f"lifecycle {found.lifecycle} (project default, not official)"
    if found.state == "filing_cancelled":
        clause = FILING_CLAUSE
    elif later is not None and later.layer == NATIONAL:
        clause = NATIONAL_CLAUSE
    if later is None:
        after = ("请选择该产品种类的现行规则。", "Choose a rule in force for the category.")
    else:
        after = (f"请改用规则“{later.reference}”。", f"Use the rule {later.reference} instead.")
    return {"word_zh": zh, "word_en": en, "clause": clause, "successor_zh": after[0], "successor_en": after[1]}
