"""The writers of the impact: the index, runs and their lines, notices. Nothing that is published is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.core.lca.release import Release as ReleaseFile
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_succession import predecessors
from tanbiao.core.study.package import may_be_passed_on
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, NotFound, command, require
from tanbiao.web.factors import queries as factors
from tanbiao.web.factors.models import Release
from tanbiao.web.impact import index, judging
from tanbiao.web.impact.models import CertificateUse, Entry, FactorAlert, FactorUse, Line, Notice, Run, RunFactor
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.studies.models import Study

if TYPE_CHECKING:
    from tanbiao.web.impact.running import Plan

GOING = ("waiting", "running")
TASK = "impact.run"


@command("impact.system")
def keep_index(
    actor: Actor,  # noqa: ARG001 (the system, by permission)
    *,
    study_id: UUID,
    want: index.Wanted,
    prepared: dict[UUID, index.Prepared],
) -> None:
    """Store the index of one study: entries that were prepared, without those that are not wanted any more."""
    study = Study.objects.select_for_update().get(id=study_id)
    # What was read before the lock may be old by now; the event that made it so brings this command again.
    index.write(study, want, prepared)


def sync(study_id: UUID, *, anew: bool = False) -> None:
    """Make the index of a study from the stores; entries that are there already are kept unless asked ``anew``."""
    study = Study.objects.get(id=study_id)
    want = index.wanted(study)
    present = [] if anew else Entry.objects.filter(study=study).values_list("revision_id", flat=True)
    keep_index(index.SYSTEM, study_id=study_id, want=want, prepared=index.prepare_all(want, present))


@command("impact.run")
def ask(actor: Actor, *, release: str, enqueue: bool = True) -> Run:
    """Ask what a release would change, whether it is installed here or only lies in the data folder.

    Parameters
    ----------
    enqueue
        False: the caller carries the run through itself.

    Raises
    ------
    TanbiaoError
        ``release_not_found``, or a hash that differs.
    """
    row = factors.releases(actor).filter(name=release.partition("@")[0]).first()
    file = factors.open_release(actor, row.name) if row else _find(actor, release)
    run = Run.objects.create(
        release=file.name,
        release_hash=file.hash,
        preview=row is None,
        cause="asked",
        by=actor.person,
        state="waiting",
        at=clock.now(),
    )
    return _enqueue(run) if enqueue else run


def _find(actor: Actor, release: str) -> ReleaseFile:
    """Return a file of the data folder that is not installed, and that everybody may read."""
    unknown = TanbiaoError.of("release_not_found", name=release)
    if "/" in release or "\\" in release or release.partition("@")[0] in factors.hidden(actor):
        raise unknown
    file = find_release(release, data_dir=settings.TANBIAO_DATA)
    if not actor.is_system and not all(may_be_passed_on(item) for item in file):
        raise unknown
    return file


@command("impact.system")
def follow_installation(actor: Actor, *, release: str) -> Run | None:
    """Begin the run of a release that was installed and succeeds another one; asked twice it is one run."""
    file = factors.open_release(actor, release)
    others = [factors.open_release(actor, row.name).header for row in Release.objects.exclude(name=release)]
    succeeded = sorted(predecessors(file.header, others))
    if not succeeded:
        return None
    try:
        with transaction.atomic():
            run = Run.objects.create(
                release=file.name,
                release_hash=file.hash,
                preview=False,
                cause="installed",
                predecessors=succeeded,
                state="waiting",
                at=clock.now(),
            )
    except IntegrityError:
        return Run.objects.get(release=release, cause="installed")
    return _enqueue(run)


def _enqueue(run: Run) -> Run:
    run.slice += 1
    run.save(update_fields=["slice"])
    ledger.enqueue(TASK, key=f"{TASK}/{run.id}/{run.slice}", payload={"run": str(run.id)})
    return run


@command("impact.system")
def begin(actor: Actor, *, run_id: UUID, plan: Plan) -> Run:  # noqa: ARG001
    """Store the plan of a run, unless it has one."""
    run = Run.objects.select_for_update().get(id=run_id)
    if run.state not in GOING or run.subjects is not None:
        return run
    RunFactor.objects.bulk_create(plan.factors, batch_size=400)
    run.state, run.subjects, run.total = "running", plan.subjects, len(plan.subjects)
    run.looked_at, run.samples = plan.looked_at, plan.samples
    return _end_if_done(run)


@command("impact.system")
def advance(actor: Actor, *, run_id: UUID, position: int, count: int, lines: list[Line]) -> Run:  # noqa: ARG001
    """Store the lines of a slice that began at ``position``; a slice that was stored meanwhile is left alone."""
    run = Run.objects.select_for_update().get(id=run_id)
    if run.state != "running" or run.done != position:
        return run
    Line.objects.bulk_create(lines, batch_size=200)
    if run.cause == "installed":
        _notify(lines)
    run.done = position + count
    return _end_if_done(run)


@command("impact.system")
def append(actor: Actor, *, run_id: UUID, lines: list[Line], factors: list[RunFactor]) -> int:  # noqa: ARG001
    """Add lines of what came after a run had ended, and the factors it had not compared; those known are left alone."""
    run = Run.objects.select_for_update().get(id=run_id)
    known = set(Line.objects.filter(run=run).values_list("subject", flat=True))
    fresh = [line for line in lines if line.subject not in known]
    if run.state != "done" or not fresh:
        return 0
    RunFactor.objects.bulk_create(factors, batch_size=400, ignore_conflicts=True)
    Line.objects.bulk_create(fresh, batch_size=200)
    _notify(fresh)
    return len(fresh)


def _end_if_done(run: Run) -> Run:
    if run.done >= run.total:
        run.state, run.finished_at = "done", clock.now()
    run.save()
    return run


def _notify(lines: list[Line]) -> None:
    """Put what somebody must act on into the queues of both sides' desks; lower features hear of their certificates."""
    moment = clock.now()
    for line in lines:
        if line.is_over and line.certificate is not None:
            _say_moved(line.certificate.number, f"release/{line.run.release}", line.run.release, line.relative)
    Notice.objects.bulk_create(
        [
            Notice(line=line, organisation_id=organisation, side=side, at=moment)
            for line in lines
            if line.who != "nobody"
            for side, organisation in (("holder", line.owner_id), ("body", line.body_id))
            if organisation is not None
        ],
        batch_size=400,
    )


@command("impact.system")
def continue_later(actor: Actor, *, run_id: UUID) -> Run:  # noqa: ARG001
    """Ask the worker for the next slice of a run that is not at its end."""
    run = Run.objects.select_for_update().get(id=run_id)
    return _enqueue(run) if run.state in GOING else run


@command("impact.system")
def fail(actor: Actor, *, run_id: UUID, findings: tuple[Finding, ...]) -> Run:  # noqa: ARG001
    """End a run that can't go on; the findings say why."""
    run = Run.objects.select_for_update().get(id=run_id)
    if run.state in GOING:
        run.state, run.problem = "failed", [to_json(item) for item in findings]
        run.finished_at = clock.now()
        run.save()
    return run


@command("impact.run")
def cancel(actor: Actor, *, run_id: UUID) -> Run:  # noqa: ARG001 (checked by the decorator)
    """Stop a run; the lines that are stored stay, and it can be resumed.

    Raises
    ------
    Conflict
        ``impact_run_ended``
    """
    run = _locked(run_id)
    if run.state not in GOING:
        raise Conflict.of("impact_run_ended", str(run_id), state=run.state)
    run.state = "cancelled"
    run.save(update_fields=["state"])
    return run


@command("impact.run")
def resume(actor: Actor, *, run_id: UUID, enqueue: bool = True) -> Run:  # noqa: ARG001
    """Go on with a run that was cancelled or failed, from the slice that was not stored.

    Raises
    ------
    Conflict
        ``impact_run_not_stopped``
    """
    run = _locked(run_id)
    if run.state not in ("cancelled", "failed"):
        raise Conflict.of("impact_run_not_stopped", str(run_id), state=run.state)
    run.state, run.problem, run.finished_at = "waiting" if run.subjects is None else "running", [], None
    run.save()
    return _enqueue(run) if enqueue else run


def _locked(run_id: UUID) -> Run:
    found = Run.objects.select_for_update().filter(id=run_id).first()
    if found is None:
        raise NotFound.of("impact_run_unknown", str(run_id))
    return found


@command("impact.acknowledge")
def acknowledge(actor: Actor, *, notice_id: UUID) -> Notice:
    """Take a notice from the queue of one's own organisation's desk.

    Raises
    ------
    NotFound
        ``impact_notice_unknown``
    """
    notice = Notice.objects.select_for_update().filter(id=notice_id, organisation=actor.organisation).first()
    if notice is None:
        raise NotFound.of("impact_notice_unknown", str(notice_id))
    if notice.seen_at is None:
        notice.seen_at, notice.seen_by = clock.now(), actor.person
        notice.save(update_fields=["seen_at", "seen_by"])
    return notice


def _say_moved(number: str, cause: str, release: str, relative: float | None) -> None:
    percent = None if relative is None else relative * 100
    payload = {"number": number, "cause": cause, "release": release, "percent": percent}
    ledger.emit("impact.certificate", payload)


ALERTING = ("suspended", "corrected", "retired")
"""States of a governed dataset that those who lean on it must know; another version comes as a new release."""


@command("impact.system")
def alert(actor: Actor, *, identifier: str, state: str, uses: Mapping[str, Sequence[str]]) -> int:  # noqa: ARG001
    """Tell everybody whose figure leans on a dataset that it lost its standing, or that it has it again.

    Parameters
    ----------
    uses
        Release → ids under which it holds the dataset.

    Returns
    -------
    int
        How many alerts were written; the same event delivered twice writes them once.
    """
    moment = clock.now()
    FactorAlert.objects.filter(identifier=identifier, ended_at__isnull=True).exclude(state=state).update(
        ended_at=moment
    )
    if state not in ALERTING:
        return 0
    known = set(
        FactorAlert.objects.filter(identifier=identifier, state=state, ended_at__isnull=True).values_list(
            "release", "dataset_id", "study_id", "certificate_id", "organisation_id"
        )
    )
    fresh: list[FactorAlert] = []
    for release, ids in sorted(uses.items()):
        for dataset_id in sorted(set(ids)):
            entries = Entry.objects.filter(uses__release=release, uses__dataset_id=dataset_id).distinct()
            for subject in judging.subjects(entries.select_related("study", "revision").order_by("id")):
                held = subject.certificate
                parties = {held.owner_id, held.body_id} if held else {subject.entry.study.owner_id}
                for party in sorted(parties, key=str):
                    row = (release, dataset_id, subject.entry.study_id, held.id if held else None, party)
                    if row in known:
                        continue
                    fresh.append(
                        FactorAlert(
                            identifier=identifier,
                            state=state,
                            release=release,
                            dataset_id=dataset_id,
                            study_id=subject.entry.study_id,
                            certificate=held,
                            organisation_id=party,
                            at=moment,
                        )
                    )
    FactorAlert.objects.bulk_create(fresh, batch_size=400)
    for number in sorted({row.certificate.number for row in fresh if row.certificate is not None}):
        _say_moved(number, f"dataset/{identifier}/{state}", identifier, None)
    return len(fresh)


@command("impact.acknowledge")
def acknowledge_alert(actor: Actor, *, alert_id: UUID) -> FactorAlert:
    """Take an alert from the queue of one's own organisation's desk; it stays on the figure's own page.

    Raises
    ------
    NotFound
        ``impact_notice_unknown``
    """
    found = FactorAlert.objects.select_for_update().filter(id=alert_id, organisation=actor.organisation).first()
    if found is None:
        raise NotFound.of("impact_notice_unknown", str(alert_id))
    if found.seen_at is None:
        found.seen_at, found.seen_by = clock.now(), actor.person
        found.save(update_fields=["seen_at", "seen_by"])
    return found


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: studies looked at, entries, factor uses, certificates, and studies whose rows differed."""

    studies: int
    entries: int
    refused: int
    uses: int
    certificates: int
    differed: int


def rebuild(actor: Actor, watch: Callable[[Sequence[UUID]], Iterable[UUID]] = lambda ids: ids) -> Rebuilt:
    """Make the whole index again from the stores, study by study; ``watch`` may draw progress.

    Each study is a transaction of its own: the index stays readable meanwhile, and a rebuild that is broken off is
    repeated without harm.
    """
    require(actor, "impact.run")
    differed = 0
    ids = list(Study.objects.order_by("created_at", "id").values_list("id", flat=True))
    for study_id in watch(ids):
        before = index.rows_of(study_id)
        sync(study_id, anew=True)
        differed += index.rows_of(study_id) != before
    return Rebuilt(
        len(ids),
        Entry.objects.count(),
        Entry.objects.filter(form="refused").count(),
        FactorUse.objects.count(),
        CertificateUse.objects.count(),
        differed,
    )
