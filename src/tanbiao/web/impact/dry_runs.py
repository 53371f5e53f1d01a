"""The dry run of a rule's draft over past studies: asked, carried by a worker, read. Nobody's study is changed.

An overseer sees every study; whoever else may ask sees his own organisation's, and of the others only counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.core.rules.dry_run import CHUNK, Effect, dry_run, summary
from tanbiao.core.rules.model import Rule
from tanbiao.jobs import Processes, Serial
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, NotFound, allowed, command, require
from tanbiao.web.factors.models import Release as Installed
from tanbiao.web.impact import past_files
from tanbiao.web.impact.index import SYSTEM
from tanbiao.web.impact.models import Entry, RuleEffect, RuleRun
from tanbiao.web.impact.past_files import PastFiles, Stored
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import path_of
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.studies.models import Result

TASK: Final = "impact.dry_run"
FEW: Final = 5
"""Below so many changed studies, how far they change is shown to overseers only (project default, not official)."""
SHARED: Final = 5 * CHUNK
"""From so many studies on the processors of the machine share the work; fewer are done before the processes begin."""
WORST: Final = 1e9
"""Rank of a study that loses its figure or is newly blocked."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A study that was tried, and what the draft does to it."""

    revision_id: UUID
    owner_id: UUID
    effect: Effect


@command("impact.dry_run")
def ask(actor: Actor, *, entry_id: UUID) -> RuleRun:
    """Ask what the newest draft of a rule would do to past studies; the same draft waits only once.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``, ``rule_document_unreadable``
    Conflict
        ``rule_document_unreadable``: the newest text is no rule yet.
    """
    entry = rulebook.entry(actor, entry_id)
    draft = rulebook.draft(actor, entry)
    if not draft.hash:
        raise Conflict.of("rule_document_unreadable", "document")
    waiting = RuleRun.objects.filter(rule=entry, draft=draft.number, state="waiting").first()
    if waiting is not None:
        return waiting
    run = RuleRun.objects.create(
        rule=entry, draft=draft.number, document=draft.hash, state="waiting", by=actor.person, at=clock.now()
    )
    ledger.enqueue(TASK, key=f"{TASK}/{run.id}", payload={"run": str(run.id)})
    return run


@command("impact.system")
def keep(actor: Actor, *, run_id: UUID, judged: Sequence[Judged], told: dict[str, Any]) -> RuleRun:  # noqa: ARG001
    """Keep what a dry run found; one that is closed already stays as it is."""
    run = RuleRun.objects.select_for_update(of=("self",)).get(id=run_id)
    if run.state != "waiting":
        return run
    RuleEffect.objects.bulk_create(
        (
            RuleEffect(
                run=run,
                revision_id=one.revision_id,
                owner_id=one.owner_id,
                effect=one.effect.as_json(),
                rank=_rank(one.effect),
            )
            for one in judged
            if one.effect.covered
        ),
        batch_size=500,
    )
    run.state, run.summary, run.finished_at = "done", told, clock.now()
    run.save()
    return run


@command("impact.system")
def fail(actor: Actor, *, run_id: UUID, findings: Sequence[Finding]) -> RuleRun:  # noqa: ARG001 (the system)
    """Close a dry run that gave nothing, with the reasons."""
    run = RuleRun.objects.select_for_update(of=("self",)).get(id=run_id)
    if run.state == "waiting":
        run.state, run.findings, run.finished_at = "failed", [to_json(one) for one in findings], clock.now()
        run.save()
    return run


def carry(run_id: UUID) -> RuleRun:
    """Try the draft on every study outside any lock, and keep what came out."""
    run = RuleRun.objects.select_related("rule").get(id=run_id)
    if run.state != "waiting":
        return run
    try:
        draft = rulebook.rule_of_draft(run.rule, run.draft)
        entries = list(_entries())
        found = _tried(draft, entries)
    except TanbiaoError as error:
        return fail(SYSTEM, run_id=run_id, findings=error.findings)
    judged = [
        Judged(entry.revision_id, entry.study.owner_id, effect) for entry, effect in zip(entries, found, strict=True)
    ]
    return keep(SYSTEM, run_id=run_id, judged=judged, told=summary(draft, found))


def _entries() -> QuerySet[Entry]:
    """Return the newest calculated revision of every living study."""
    rows = Entry.objects.filter(revision_id=F("study__head_id")).exclude(study__state="withdrawn")
    return rows.select_related("revision", "study").defer("body").order_by("id")


def _tried(draft: Rule, entries: Sequence[Entry]) -> list[Effect]:
    """Return the effect on each entry, in their order, the same whether or not processes share the work."""
    hashes = dict(Installed.objects.values_list("name", "hash"))
    find_release = partial(past_files.release_of, hashes=hashes, data_dir=str(settings.TANBIAO_DATA))
    find_rule = partial(past_files.rule_of, rules=_rules({entry.rule for entry in entries if entry.rule}))
    with Processes() if len(entries) >= SHARED else Serial() as executor:
        return list(dry_run(draft, _pasts(entries), find_release, find_rule, executor=executor, read=past_files.read))


def _rules(references: set[str]) -> dict[str, Rule]:
    """Return the rules that past studies name, as far as there are such."""
    found = {}
    for reference in sorted(references):
        try:
            found[reference] = rulebook.rule(reference)
        except TanbiaoError:
            continue  # the effect of a study that names it says so
    return found


def _pasts(entries: Sequence[Entry]) -> Iterator[PastFiles]:
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        rows = Result.objects.filter(revision_id__in=[entry.revision_id for entry in chunk]).order_by("at", "id")
        newest = dict(rows.values_list("revision_id", "blob"))
        for entry in chunk:
            blob = newest.get(entry.revision_id)
            result = None if blob is None else _stored(blob)
            yield PastFiles(str(entry.revision_id), _stored(entry.revision.hash), result)


def _stored(content_hash: str) -> Stored:
    return Stored(str(path_of(content_hash)), content_hash)


def _rank(effect: Effect) -> float:
    old, new = effect.before, effect.after
    if effect.unread or old is None or new is None:
        return 0.0
    if (old.value is not None and new.value is None) or (new.blocks and not old.blocks):
        return WORST
    return abs(effect.change or 0.0)


# -- readers ----------------------------------------------------------------------------------------------------------


def runs(actor: Actor, entry: RuleEntry) -> QuerySet[RuleRun]:
    """Return the dry runs of a rule that the actor may see, newest first."""
    require(actor, "impact.dry_run")
    seen = rulebook.entry(actor, entry.id)
    return RuleRun.objects.filter(rule=seen)


def run(actor: Actor, run_id: UUID) -> RuleRun:
    """Return one dry run.

    Raises
    ------
    NotFound
        ``rule_dry_run_unknown``
    """
    require(actor, "impact.dry_run")
    found = RuleRun.objects.select_related("rule").filter(id=run_id).first()
    if found is None or not rulebook.rules(actor).filter(id=found.rule_id).exists():
        raise NotFound.of("rule_dry_run_unknown", str(run_id))
    return found


def told(actor: Actor, found: RuleRun) -> dict[str, Any]:
    """Return a run's summary as the actor may see it: of few changed studies nobody else learns by how much."""
    body: dict[str, Any] = deepcopy(found.summary)
    change = body.get("change")
    if change and change["count"] < FEW and not allowed(actor, "impact.run"):
        body["change"] = {"count": change["count"], "lowest": None, "median": None, "highest": None}
        body["grades"] = []
    return body


def effects(actor: Actor, found: RuleRun) -> QuerySet[RuleEffect]:
    """Return the studies of a run that the actor may see, those that are hit most first."""
    rows = found.effects.select_related("revision__study", "owner")
    return rows if allowed(actor, "impact.run") else rows.filter(owner=actor.organisation)
