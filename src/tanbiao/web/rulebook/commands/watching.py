"""Changes of foreign rules that are watched: reported once, answered by the keeper of every rule that they touch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from tanbiao.core.catalogue.framework import Watched
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.catalogue import queries as catalogue
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.rulebook import alignment_queries, watch_queries
from tanbiao.web.rulebook.acts import locked, note, tell
from tanbiao.web.rulebook.facts import IN_FORCE, is_owner
from tanbiao.web.rulebook.models import ForeignChange, ForeignChangeTask, RuleEntry

KINDS: Final = ("proposed", "adopted", "amended", "dates", "ended", "effect")
ANSWERS: Final = ("unaffected", "realigned", "revised")
ASKED: Final = ("drafting", "consultation", "review", *IN_FORCE, "suspended")
"""States of rules whose keepers are asked: made or in force; not what is about to end."""
DUE_DAYS: Final = 90
"""Days in which a keeper answers; project default, not official."""
_LIMITS: Final[Mapping[str, int]] = {"title_zh": 200, "title_en": 200, "text": 4000, "source": 500}


@command("rulebook.report_change")
def report_change(
    actor: Actor,
    *,
    item: str,
    kind: str,
    title_zh: str,
    title_en: str,
    text: str,
    published: date,
    source: str,
    applies: date | None = None,
) -> ForeignChange:
    """Report a change of a watched foreign rule; the keepers of the rules that it touches are asked for an answer.

    A rule is touched whose alignment record names a document of the watched one, or which covers a product of its list.

    Parameters
    ----------
    source
        Where it was published, so that anybody finds it.
    applies
        First day on which it holds, where that is known.

    Raises
    ------
    NotFound
        ``watch_item_unknown``
    Invalid
        ``foreign_change_missing``, ``code_table_about_long``, ``foreign_change_kind``, ``foreign_change_day``
    Conflict
        ``foreign_change_same``: the newest one says the same; ``foreign_change_at_once``
    """
    watched = _watched(actor, item)
    said = {"title_zh": title_zh, "title_en": title_en, "text": text, "source": source}
    said = {key: " ".join(value.split()) if key != "text" else value.strip() for key, value in said.items()}
    _check(kind, said, published)
    newest = ForeignChange.objects.filter(item=watched.item.id).order_by("-number").first()
    if newest is not None and (newest.kind, newest.published, newest.text) == (kind, published, said["text"]):
        raise Conflict.of("foreign_change_same", "text", number=newest.number)
    change = _store(
        item=watched.item.id,
        number=1 if newest is None else newest.number + 1,
        kind=kind,
        **said,
        published=published,
        applies=applies,
        documents=list(watched.item.standards),
        categories=list(watched.categories),
        due=clock.today() + timedelta(days=DUE_DAYS),
        by=actor.person,
        organisation=actor.organisation,
        at=clock.now(),
    )
    tasks = _ask(change)
    event = {"type": "foreign_change", "item": change.item, "number": change.number, "kind": kind, **said}
    rules = [task.entry.reference for task in tasks]
    ledger.record(actor, type="rule_event", subject=str(change.id), event=event | {"rules": rules})
    return change


def _watched(actor: Actor, item: str) -> Watched:
    for one in catalogue.framework(actor).watched():
        if one.item.id == item:
            return one
    raise NotFound.of("watch_item_unknown", "item", item=item[:64])


def _check(kind: str, said: Mapping[str, str], published: date) -> None:
    for field, limit in _LIMITS.items():
        if not said[field]:
            raise Invalid.of("foreign_change_missing", field)
        if len(said[field]) > limit:
            raise Invalid.of("code_table_about_long", field, limit=limit)
    if kind not in KINDS:
        raise Invalid.of("foreign_change_kind", "kind", value=kind[:40], known=", ".join(KINDS))
    today = clock.today()
    if published > today:
        raise Invalid.of("foreign_change_day", "published", day=published.isoformat(), today=today.isoformat())


def _store(**fields: object) -> ForeignChange:
    try:
        with transaction.atomic():
            return ForeignChange.objects.create(**fields)
    except IntegrityError as error:
        raise Conflict.of("foreign_change_at_once", "item", item=str(fields["item"])) from error


def _ask(change: ForeignChange) -> list[ForeignChangeTask]:
    """Open a task for every rule that the change touches, and tell its makers."""
    entries = list(RuleEntry.objects.filter(state__in=ASKED).select_related("document").prefetch_related("categories"))
    aligned = alignment_queries.naming(entries, change.documents)
    tasks = []
    for entry in entries:
        shared = sorted({one.code for one in entry.categories.all()} & set(change.categories))
        if entry not in aligned and not shared:
            continue
        clauses = list(aligned.get(entry, ()))
        tasks.append(ForeignChangeTask.objects.create(change=change, entry=entry, clauses=clauses, categories=shared))
        tell(entry, "foreign_change")
    return tasks


@command("rulebook.align")
def answer_change(actor: Actor, *, task_id: int, answer: str, text: str) -> ForeignChangeTask:
    """Answer what a foreign change means for one's rule; the answer enters the rule's history and is public.

    Raises
    ------
    NotFound
        ``foreign_task_unknown``
    NotAllowed
        ``not_allowed``: the rule is another organisation's.
    Invalid
        ``foreign_answer_unknown``, ``foreign_answer_reason``
    Conflict
        ``foreign_answered``; ``foreign_not_realigned``: no record was brought since the change was reported;
        ``foreign_not_revised``: neither is a revision under way nor is the rule a draft.
    """
    task = watch_queries.task(actor, task_id)
    entry = locked(actor, task.entry_id)
    task = ForeignChangeTask.objects.select_for_update(of=("self",)).select_related("change").get(id=task.id)
    if not (actor.is_system or is_owner(actor, entry)):
        raise NotAllowed.of("not_allowed", permission="rulebook.align")
    if answer not in ANSWERS:
        raise Invalid.of("foreign_answer_unknown", "answer", value=answer[:40], known=", ".join(ANSWERS))
    if not text.strip():
        raise Invalid.of("foreign_answer_reason", "text")
    if task.answer:
        raise Conflict.of("foreign_answered", "answer")
    _check_done(task, entry, answer)
    task.answer, task.text = answer, text.strip()[: _LIMITS["text"]]
    task.answered_by, task.answered_at = actor.person, clock.now()
    task.save(update_fields=["answer", "text", "answered_by", "answered_at"])
    note(actor, entry, "answer_change", item=task.change.item, number=task.change.number, answer=answer, text=task.text)
    return task


def _check_done(task: ForeignChangeTask, entry: RuleEntry, answer: str) -> None:
    """Refuse an answer that says something was done which was not."""
    if answer == "realigned":
        newest = alignment_queries.newest(entry)
        if newest is None or newest.at < task.change.at:
            raise Conflict.of("foreign_not_realigned", "answer", reference=entry.reference)
    if answer == "revised" and entry.state not in ("under_revision", "drafting", "consultation"):
        raise Conflict.of("foreign_not_revised", "answer", reference=entry.reference)
