"""The mutation report of a draft: asked for, carried by a worker, kept. The rule itself is not changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.core.rules.mutation_report import mutation_report
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.rulebook import documents, queries
from tanbiao.web.rulebook.acts import SYSTEM
from tanbiao.web.rulebook.commands.drafting import release_of, study_files
from tanbiao.web.rulebook.elements import basis_of
from tanbiao.web.rulebook.facts import files_mark
from tanbiao.web.rulebook.models import MutationRun

TASK: Final = "rulebook.mutate"


def task_key(run: MutationRun) -> str:
    """Return the key of the task that carries a run."""
    return f"{TASK}/{run.id}"


@command("rulebook.act")
def ask_mutations(actor: Actor, *, entry_id: UUID) -> MutationRun:
    """Ask which elements of the newest draft its worked examples hold; the same draft waits only once.

    Raises
    ------
    NotFound
        ``rule_entry_unknown``, ``rule_document_unreadable``
    Conflict
        ``rule_document_unreadable``: the newest text is no rule yet; ``rule_without_example``.
    """
    entry = queries.entry(actor, entry_id)
    draft = queries.draft(actor, entry)
    rule = documents.rule_of(draft)
    if rule is None:
        raise Conflict.of("rule_document_unreadable", "document")
    if not rule.examples:
        raise Conflict.of("rule_without_example", "examples")
    marked = {"draft": draft, "files": files_mark(entry), "basis": basis_of(entry)}
    waiting = MutationRun.objects.filter(entry=entry, state="waiting", **marked).first()
    if waiting is not None:
        return waiting
    run = MutationRun.objects.create(entry=entry, state="waiting", by=actor.person, at=clock.now(), **marked)
    ledger.enqueue(TASK, key=task_key(run), payload={"run": str(run.id)})
    return run


@command("rulebook.system")
def keep_mutations(
    actor: Actor,  # noqa: ARG001 (the system)
    *,
    run_id: UUID,
    report: Mapping[str, Any] | None = None,
    findings: Sequence[Finding] = (),
) -> MutationRun:
    """Close a run with its report, or with why there is none; one that is closed already stays as it is."""
    run = MutationRun.objects.select_for_update(of=("self",)).get(id=run_id)
    if run.state == "waiting":
        run.state, run.report = ("failed", {}) if report is None else ("done", dict(report))
        run.findings, run.finished_at = [to_json(one) for one in findings], clock.now()
        run.save()
    return run


def carry_mutations(run_id: UUID, told: Callable[[float], None] | None = None) -> MutationRun:
    """Change every element of the draft outside any lock, try its examples on each variant, and keep what came out."""
    run = MutationRun.objects.select_related("entry", "draft").get(id=run_id)
    rule = documents.rule_of(run.draft)
    if run.state != "waiting" or rule is None:
        return run
    try:
        with study_files(run.entry, rule) as folder:
            made = mutation_report(rule, release_of, folder, told)
    except TanbiaoError as error:
        return keep_mutations(SYSTEM, run_id=run_id, findings=error.findings)
    return keep_mutations(SYSTEM, run_id=run_id, report=made.as_json(), findings=made.findings())
