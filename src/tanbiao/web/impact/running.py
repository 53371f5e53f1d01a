"""Carrying a run: its plan, then slice after slice, each stored whole before the next begins.

A slice is a task of its own, so that issuing certificates does not wait for a long run, a crash repeats one slice at
most, and a cancelled run goes on where it stood.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release
from tanbiao.web.factors import queries as factors
from tanbiao.web.factors.models import Release as Installed
from tanbiao.web.impact import commands, judging
from tanbiao.web.impact.dates import LIVING
from tanbiao.web.impact.engine import Changed, Found, changed_questions, recalculated, samples_of
from tanbiao.web.impact.index import SYSTEM
from tanbiao.web.impact.models import Entry, FactorUse, Line, Run, RunFactor
from tanbiao.web.register.models import Certificate

logger = logging.getLogger("tanbiao.impact")
SLICE = 2000
"""Entries of one slice; no figure depends on it."""
BATCH = 400


class Cancelled(Exception):
    """Somebody cancelled the run while a slice was being calculated."""


@dataclass(frozen=True)
class Plan:
    """What a run will do: the factors that change, the entries that lean on them, and how many were looked at."""

    factors: list[RunFactor]
    subjects: list[int]
    looked_at: int
    samples: int


def release_of(run: Run) -> Release:
    """Open the release a run is about, checked by its hash.

    Raises
    ------
    TanbiaoError
        ``release_not_found``, ``release_hash_differs``.
    """
    return find_release(f"{run.release}@{run.release_hash}", data_dir=settings.TANBIAO_DATA)


def opened(name: str) -> Release:
    """Open an installed release."""
    return factors.open_release(SYSTEM, name)


def candidates(run: Run) -> QuerySet[Entry]:
    """Return the entries a run looks at: newest revisions of living studies, and what certificates in force rest on."""
    rows = Entry.objects.exclude(release=run.release)
    audience = factors.audience(run.release)
    if audience is not None:
        rows = rows.filter(study__owner__in=audience)
    if run.predecessors:
        rows = rows.filter(release__in=run.predecessors)
    newest = Q(revision_id=F("study__head_id")) & ~Q(study__state="withdrawn")
    held = Q(certificates__certificate__is_newest=True, certificates__certificate__state__in=LIVING)
    return rows.filter(newest | held).distinct()


def plan(run: Run, new: Release) -> Plan:
    """Find what the release changes and which entries lean on it; an entry that gave no figure is looked at too."""
    rows = candidates(run)
    there: dict[tuple[str, str], set[int]] = {}
    refused: set[int] = set()
    for key, release, gwp, form in rows.values_list("id", "release", "gwp", "form"):
        there.setdefault((release, gwp), set()).add(key)
        refused |= {key} if form == "refused" else set()
    found: list[RunFactor] = []
    touched = set(refused)
    for (release, gwp), ids in sorted(there.items()):
        asked = FactorUse.objects.filter(release=release).order_by().values_list("question", flat=True).distinct()
        for changed in _batches(changed_questions(opened(release), new, gwp, sorted(asked))):
            names = [item.question for item in changed]
            uses = FactorUse.objects.filter(release=release, question__in=names, entry__gwp=gwp)
            counts = dict(uses.values_list("question").annotate(number=Count("id")).order_by("question"))
            found += [
                _factor(run, release, gwp, item, counts[item.question]) for item in changed if item.question in counts
            ]
            touched.update(ids.intersection(uses.values_list("entry_id", flat=True)))
    return Plan(found, sorted(touched), sum(map(len, there.values())), samples_of(new))


def _factor(run: Run, release: str, gwp: str, item: Changed, uses: int) -> RunFactor:
    return RunFactor(
        run=run,
        release=release,
        gwp=gwp,
        question=item.question,
        dataset_id=item.dataset_id[:200],
        new_dataset_id=item.new_dataset_id[:200],
        unit=item.unit[:60],
        old=item.old,
        new=item.new,
        stop=item.stop,
        uses=uses,
    )


def _batches(items: Sequence[Changed]) -> Iterator[Sequence[Changed]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def step(run_id: UUID) -> Run:
    """Do the next piece of a run (its plan, or one slice), store it, and return the run as it then stands.

    What can't be done at all (the release is gone) ends the run with the reason.
    """
    run = Run.objects.get(id=run_id)
    if run.state not in ("waiting", "running"):
        return run
    try:
        new = release_of(run)
        if run.subjects is None:
            return commands.begin(SYSTEM, run_id=run_id, plan=plan(run, new))
        ids = run.subjects[run.done : run.done + SLICE]
        lines = lines_of(run, new, ids)
    except Cancelled:
        return Run.objects.get(id=run_id)
    except TanbiaoError as error:
        return commands.fail(SYSTEM, run_id=run_id, findings=error.findings)
    return commands.advance(SYSTEM, run_id=run_id, position=run.done, count=len(ids), lines=lines)


def carry_through(run_id: UUID) -> Run:
    """Do a run to its end, without the worker."""
    run = step(run_id)
    while run.state in ("waiting", "running"):
        run = step(run_id)
    return run


def lines_of(run: Run, new: Release, ids: Sequence[int]) -> list[Line]:
    """Recalculate index entries and return their lines, not stored.

    Raises
    ------
    Cancelled
    """

    def heed() -> None:
        if Run.objects.filter(id=run.id, state="cancelled").exists():
            raise Cancelled

    entries: list[Entry] = []
    for start in range(0, len(ids), BATCH):
        rows = Entry.objects.filter(id__in=ids[start : start + BATCH]).select_related("study", "revision")
        entries += rows.order_by("id")
    found = recalculated(entries, new, opened, samples=run.samples, heed=heed)
    since = installed_on(run.release)
    nothing = Found("failed")
    return [
        judging.line_of(run, subject, found.get(subject.entry.id, nothing), since)
        for subject in judging.subjects(entries)
    ]


def catch_up(study_id: UUID) -> int:
    """Add what came after a finished run to it: certificates that were issued on a release it succeeds.

    Returns
    -------
    int
        How many lines were added.
    """
    added = 0
    for run in Run.objects.filter(cause="installed", state="done"):
        entries = list(candidates(run).filter(study_id=study_id).select_related("study", "revision").order_by("id"))
        known = set(Line.objects.filter(run=run, study_id=study_id).values_list("subject", flat=True))
        late = [one for one in judging.subjects(entries) if one.certificate and one.key not in known]
        if late:
            new = release_of(run)
            found = [item for one in late for item in _late(run, new, one)]
            added += commands.append(SYSTEM, run_id=run.id, lines=[line for line, _ in found], factors=_factors(found))
    return added


def _late(run: Run, new: Release, subject: judging.Subject) -> Iterator[tuple[Line, list[RunFactor]]]:
    entry = subject.entry
    asked = list(entry.uses.values_list("question", flat=True))
    changed = changed_questions(opened(entry.release), new, entry.gwp, asked)
    if changed or entry.form == "refused":
        found = recalculated([entry], new, opened, samples=run.samples)[entry.id]
        factors = [_factor(run, entry.release, entry.gwp, item, 1) for item in changed]
        yield judging.line_of(run, subject, found, installed_on(run.release)), factors


def _factors(found: Sequence[tuple[Line, list[RunFactor]]]) -> list[RunFactor]:
    return list({(row.release, row.gwp, row.question): row for _, rows in found for row in rows}.values())


def installed_on(release: str) -> date | None:
    """Return the day a release came to this platform; None where it has not."""
    row = Installed.objects.filter(name=release).first()
    return None if row is None else (row.installed_at + timedelta(hours=8)).date()


def live_line(release: str, entry: Entry, certificate: Certificate | None) -> Line:
    """Return what an installed release makes of one entry now, as a line that is not stored.

    For what was calculated or certified after the release's own run had passed it.
    """
    new = opened(release)
    run = Run(release=new.name, release_hash=new.hash, preview=False, cause="asked", samples=samples_of(new))
    found = recalculated([entry], new, opened, samples=run.samples)[entry.id]
    return judging.line_of(run, judging.Subject(entry, certificate), found, installed_on(release))
