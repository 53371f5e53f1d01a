"""The readers of the impact: overseers see everything, holders and bodies the lines that are theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.lca.release_succession import predecessors
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import NotFound, allowed, require
from tanbiao.web.factors import queries as factors
from tanbiao.web.factors.models import Release
from tanbiao.web.impact import running
from tanbiao.web.impact.dates import LIVING, NextEvent, next_event
from tanbiao.web.impact.models import CertificateUse, Entry, FactorAlert, FactorUse, Line, Notice, Run, RunFactor
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies.models import Study

WHO = ("holder", "body", "nobody")


def oversees(actor: Actor) -> bool:
    """Whether the actor sees every line of every run."""
    return allowed(actor, "impact.run")


def _own(actor: Actor) -> Q:
    return Q(owner_id=actor.organisation_id) | Q(body_id=actor.organisation_id)


def lines(actor: Actor) -> QuerySet[Line]:
    """Return the lines the actor may see, the worst of a run first."""
    require(actor, "impact.view")
    rows = Line.objects.select_related("run", "study", "revision", "certificate", "owner", "body")
    closed = factors.hidden(actor)
    rows = rows.exclude(run__release__in=closed).exclude(old_release__in=closed)
    if not oversees(actor):
        rows = rows.filter(_own(actor), run__preview=False)
    return rows.order_by("-rank", "subject")


def runs(actor: Actor) -> QuerySet[Run]:
    """Return the runs the actor may see, newest first: all of them, or those with a line of their own."""
    require(actor, "impact.view")
    rows = Run.objects.defer("subjects").exclude(release__in=factors.hidden(actor))
    if not oversees(actor):
        mine = lines(actor).order_by().values("run")
        rows = rows.filter(preview=False, id__in=mine)
    return rows.order_by("-at", "-id")


def run(actor: Actor, run_id: UUID) -> Run:
    """Return one run.

    Raises
    ------
    NotFound
        ``impact_run_unknown``
    """
    found = runs(actor).filter(id=run_id).first()
    if found is None:
        raise NotFound.of("impact_run_unknown", str(run_id))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines of a run are wanted; empty: all."""

    who: str = ""
    only: str = ""
    """certificates, studies, over (the threshold), or none (no figure)."""


def lines_of(actor: Actor, run_id: UUID, choice: Choice | None = None) -> QuerySet[Line]:
    """Return the visible lines of a run."""
    rows = lines(actor).filter(run=run(actor, run_id))
    wanted = choice or Choice()
    if wanted.who in WHO:
        rows = rows.filter(who=wanted.who)
    narrowed = {
        "certificates": Q(certificate__isnull=False),
        "studies": Q(certificate__isnull=True),
        "over": Q(is_over=True),
        "none": Q(new__isnull=True),
    }.get(wanted.only)
    return rows if narrowed is None else rows.filter(narrowed)


@dataclass(frozen=True, slots=True)
class Between:
    """The newest finished run of a release, and those of its lines that rest on an earlier one."""

    run: Run
    lines: QuerySet[Line]


def between(actor: Actor, old: str, new: str) -> Between | None:
    """Return what a release makes of each study and certificate on another; None before anybody has asked."""
    last = runs(actor).filter(release=new, state="done").first()
    return Between(last, lines_of(actor, last.id).filter(old_release=old)) if last is not None else None


def line(actor: Actor, line_id: UUID) -> Line:
    """Return one line.

    Raises
    ------
    NotFound
        ``impact_line_unknown``
    """
    found = lines(actor).filter(id=line_id).first()
    if found is None:
        raise NotFound.of("impact_line_unknown", str(line_id))
    return found


def factors_of(actor: Actor, run_id: UUID) -> QuerySet[RunFactor]:
    """Return the changed factors of a run, the most used first; for overseers only, because uses tell of others."""
    require(actor, "impact.run")
    return RunFactor.objects.filter(run=run(actor, run_id)).exclude(release__in=factors.hidden(actor))


def changed_factor(found: Line, question: str) -> RunFactor | None:
    """Return a changed factor that moves a line."""
    return RunFactor.objects.filter(
        run_id=found.run_id, release=found.old_release, question=question, gwp=found.revision.impact_entry.gwp
    ).first()


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run found among the lines the actor may see."""

    lines: int
    certificates: int
    over: int
    to_act: int
    no_figure: int
    full: int
    up: int
    down: int


def summary(actor: Actor, run_id: UUID) -> Summary:
    """Count a run's visible lines."""
    rows = lines_of(actor, run_id)
    return Summary(
        lines=rows.count(),
        certificates=rows.filter(certificate__isnull=False).count(),
        over=rows.filter(is_over=True).count(),
        to_act=rows.exclude(who="nobody").count(),
        no_figure=rows.filter(new__isnull=True).count(),
        full=rows.filter(how="full").count(),
        up=rows.filter(relative__gt=0).count(),
        down=rows.filter(relative__lt=0).count(),
    )


def changes(actor: Actor, run_id: UUID) -> list[float]:
    """Return the relative changes of a run's visible lines that have one."""
    rows = lines_of(actor, run_id).filter(relative__isnull=False)
    values = rows.order_by("relative").values_list("relative", flat=True)
    return [value for value in values if value is not None]


# -- newer releases, and what they mean for one certificate or study ---------------------------------------------


def successor(actor: Actor, release: str) -> Release | None:
    """Return the newest installed release that succeeds one; None where there is none."""
    rows = list(factors.releases(actor))
    headers = {row.name: factors.open_release(actor, row.name).header for row in rows}
    if release not in headers:
        return None
    later = [row for row in rows if release in predecessors(headers[row.name], headers.values())]
    # The newest is the one that no other of them is succeeded by.
    return next(
        (
            row
            for row in later
            if not any(row.name in predecessors(headers[one.name], headers.values()) for one in later)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Dates:
    """The three dates of a certificate, and what a newer release would make of its figure where one is installed."""

    period_from: str
    period_to: str
    release: str
    release_date: str
    newer: str
    newer_since: date | None
    event: NextEvent
    line: Line | None


def dates_of(actor: Actor, certificate: Certificate) -> Dates:
    """Return the three dates of a certificate to its holder, its body or an overseer.

    Raises
    ------
    NotFound
        ``certificate_unknown``: not this actor's to see.
    """
    mine = actor.organisation_id in (certificate.owner_id, certificate.body_id) and actor.organisation is not None
    if not (mine or oversees(actor)):
        raise NotFound.of("certificate_unknown", certificate.number)
    claims = certificate.claims
    name = str(claims["release"]).partition("@")[0]
    newer = successor(actor, name)
    since = (newer.installed_at + timedelta(hours=8)).date() if newer else None
    known = factors.releases(actor).filter(name=name).exists()
    shown = str(factors.open_release(actor, name).header.get("date", "")) if known else ""
    return Dates(
        claims["period_from"],
        claims["period_to"],
        name,
        shown,
        newer.name if newer else "",
        since,
        next_event(certificate, since),
        _certificate_line(actor, certificate, newer.name) if newer else None,
    )


def _certificate_line(actor: Actor, certificate: Certificate, release: str) -> Line | None:
    stored = latest(actor, release, certificate=certificate)
    if stored is not None or certificate.state not in LIVING:
        return stored
    use = CertificateUse.objects.filter(certificate=certificate).select_related("entry__study", "entry__revision")
    entry = use.first()
    return running.live_line(release, entry.entry, certificate) if entry is not None else None


@dataclass(frozen=True, slots=True)
class Hint:
    """A newer release for a study that is not certified, and what it would make of the newest revision's figure."""

    release: str
    line: Line | None
    """None: the revision has no figure yet."""


def hint(actor: Actor, study: Study) -> Hint | None:
    """Return the hint of a study to its owner; None where there is no newer release, or a certificate rests on it."""
    if not actor.owns(study) or study.head is None or not allowed(actor, "impact.view"):
        return None
    entry = Entry.objects.filter(revision=study.head).select_related("study", "revision").first()
    if entry is not None and entry.certificates.filter(certificate__state__in=LIVING).exists():
        return None
    pinned = entry.release if entry is not None else study.head.release.partition("@")[0]
    newer = successor(actor, pinned)
    if newer is None:
        return None
    if entry is None:
        return Hint(newer.name, None)
    stored = latest(actor, newer.name, study=study)
    return Hint(newer.name, stored or running.live_line(newer.name, entry, None))


def latest(
    actor: Actor, release: str, *, certificate: Certificate | None = None, study: Study | None = None
) -> Line | None:
    """Return the newest visible line about a certificate, or about a study's newest revision, on a release."""
    rows = lines(actor).filter(run__release=release, run__preview=False)
    if certificate is not None:
        rows = rows.filter(certificate=certificate)
    elif study is not None and study.head_id is not None:
        rows = rows.filter(certificate__isnull=True, revision_id=study.head_id)
    return rows.order_by("-run__at", "-run__id").first()


def notices(actor: Actor) -> QuerySet[Notice]:
    """Return the notices that wait on the desks of the actor's organisation, the worst first."""
    require(actor, "impact.view")
    if actor.organisation is None:
        return Notice.objects.none()
    rows = Notice.objects.filter(
        organisation=actor.organisation, seen_at__isnull=True, line__certificate__is_newest=True
    )
    closed = factors.hidden(actor)
    rows = rows.exclude(line__run__release__in=closed).exclude(line__old_release__in=closed)
    living = rows.filter(line__certificate__state__in=LIVING)
    return living.select_related("line__run", "line__certificate", "line__study").order_by("-line__rank", "-at", "id")


def alerts(actor: Actor) -> QuerySet[FactorAlert]:
    """Return the alerts about factors that wait on the desks of the actor's organisation, newest first."""
    require(actor, "impact.view")
    if actor.organisation is None:
        return FactorAlert.objects.none()
    rows = FactorAlert.objects.filter(organisation=actor.organisation, ended_at__isnull=True)
    rows = rows.exclude(release__in=factors.hidden(actor))
    return rows.select_related("study", "certificate").order_by("-at", "id")


# -- the index -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dependent:
    """A revision that leans on a dataset, and a certificate that rests on it, where there is one."""

    dataset_id: str
    release: str
    question: str
    study_id: UUID
    owner_id: UUID
    revision: int
    certificate: str
    version: int
    state: str
    label: str


def dependents(actor: Actor, dataset_ids: Iterable[str], *, release: str = "") -> list[Dependent]:
    """Return what leans on datasets: factor → revision → certificate → label, for who oversees the platform.

    Parameters
    ----------
    release
        Only uses of the datasets as of one release; empty: of any.
    """
    require(actor, "impact.run")
    rows = FactorUse.objects.filter(dataset_id__in=list(dataset_ids)).exclude(release__in=factors.hidden(actor))
    if release:
        rows = rows.filter(release=release)
    shown = rows.select_related("entry__study", "entry__revision").prefetch_related("entry__certificates__certificate")
    found: list[Dependent] = []
    for use in shown.order_by("dataset_id", "release", "entry_id", "question"):
        entry = use.entry
        common = (use.dataset_id, use.release, use.question, entry.study_id, entry.study.owner_id)
        held = sorted(entry.certificates.all(), key=lambda one: (one.certificate.number, one.certificate.version))
        for row in held:
            certificate = row.certificate
            found.append(
                Dependent(
                    *common,
                    entry.revision.number,
                    certificate.number,
                    certificate.version,
                    certificate.state,
                    row.label,
                )
            )
        if not held:
            found.append(Dependent(*common, entry.revision.number, "", 0, "", ""))
    return found
