"""The readers of studies. Each starts from what the actor may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, finding, from_json, render
from tanbiao.core.lca.release import Release
from tanbiao.core.rules.case_waivers import Waived, lay_over
from tanbiao.core.study import cbam, cbam_bridge, parameter_sets
from tanbiao.core.study.interpretation import interpret
from tanbiao.core.study.model import Study as Document
from tanbiao.core.study.pair import Pair, compare_pair
from tanbiao.core.study.revision import RowChange, diff
from tanbiao.core.study.years import Pinned, Years, compare_years
from tanbiao.core.variation import VARIED
from tanbiao.formats import forms
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.factors import queries as factors
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies.models import Evidence, Result, Revision, Study, Transition, Upload


def visible(actor: Actor) -> QuerySet[Study]:
    """Return the studies the actor may see: those of their organisation, and those given to it in a case."""
    if actor.is_system:
        return Study.objects.all()
    if actor.organisation is None:
        return Study.objects.none()
    given = Q(grants__organisation_id=actor.organisation_id, grants__ended_at__isnull=True)
    return Study.objects.filter(Q(owner_id=actor.organisation_id) | given).distinct()


Veil = Callable[[Actor], Mapping[UUID, datetime]]
_veils: list[Veil] = []


def veil(hides: Veil) -> Veil:
    """Register what a higher feature keeps from an actor: study → the moment from which on its course is hidden."""
    _veils.append(hides)
    return hides


Waivers = Callable[[str], tuple[Waived, ...]]
_waivers: list[Waivers] = []


def case_waivers(given: Waivers) -> Waivers:
    """Register what a higher feature knows of checks of a package (by hash) that its verification waived."""
    _waivers.append(given)
    return given


def hidden_since(actor: Actor) -> dict[UUID, datetime]:
    """Return the studies whose course is hidden from an actor, with the earliest moment that is."""
    found: dict[UUID, datetime] = {}
    for hides in _veils:
        for study_id, moment in hides(actor).items():
            found[study_id] = min(moment, found.get(study_id, moment))
    return found


def listing(actor: Actor, *, state: str = "") -> QuerySet[Study]:
    """Return the visible studies, newest change first, of one state if one is named.

    One whose course is hidden from the actor is not among them: its place in a list would tell its state.
    """
    rows = visible(actor).exclude(id__in=hidden_since(actor)).select_related("owner", "head")
    rows = rows.order_by("-changed_at", "id")
    return rows.filter(state=state) if state else rows


def study(actor: Actor, study_id: UUID) -> Study:
    """Return one visible study.

    Raises
    ------
    NotFound
        ``study_unknown``: there is none, or not for this actor.
    """
    found = visible(actor).select_related("owner", "head", "head__parent").filter(id=study_id).first()
    if found is None:
        raise NotFound.of("study_unknown", str(study_id))
    since = hidden_since(actor).get(found.id)
    if since is not None:
        before = Transition.objects.filter(study=found, at__lt=since).order_by("-id").first()
        found.state = before.target if before else found.state
        found.changed_at = min(found.changed_at, since)
    return found


def revisions(actor: Actor, study_id: UUID) -> QuerySet[Revision]:
    """Return the revisions of a visible study, newest first."""
    return Revision.objects.filter(study=study(actor, study_id)).select_related("author").order_by("-number")


def revision(actor: Actor, study_id: UUID, number: int | None = None) -> Revision:
    """Return a revision by its number, the newest when none is named.

    Raises
    ------
    NotFound
        ``revision_unknown``
    """
    found = study(actor, study_id)
    if number is None:
        if found.head is None:
            raise NotFound.of("revision_unknown", str(study_id), number=0)
        return found.head
    row = found.revisions.filter(number=number).first()
    if row is None:
        raise NotFound.of("revision_unknown", str(study_id), number=number)
    return row


def document(actor: Actor, study_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return the document of a revision as JSON values."""
    return read_json(revision(actor, study_id, number).hash)


def views(actor: Actor, study_id: UUID, number: int | None = None) -> tuple[parameter_sets.View, ...]:
    """Return a revision under each scheme's parameters.

    Raises
    ------
    Invalid
        The findings of a study that gives no number.
    """
    body = parsed(actor, study_id, number)
    try:
        release = background(actor, study_id, body.release)
        return parameter_sets.views(body, release, rulebook.rule(body.rule) if body.rule else None)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def interpretation(actor: Actor, study_id: UUID, number: int | None = None, varied: float = VARIED) -> dict[str, Any]:
    """Return the interpretation of a revision's newest result; its sensitivity is calculated now.

    ``varied``: the share by which one input at a time is made smaller and larger.

    Raises
    ------
    NotFound
        ``result_missing``
    Invalid
        ``result_older``, ``variation_out_of_range``, and the findings of a study that gives no number.
    """
    result = result_document(actor, study_id, number)
    body = parsed(actor, study_id, number)
    try:
        release = background(actor, study_id, body.release)
        return interpret(body, release, rulebook.rule(body.rule) if body.rule else None, result, varied)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def siblings(actor: Actor, study_id: UUID) -> QuerySet[Study]:
    """Return the other visible studies of the same owner that have a document, newest change first."""
    own = study(actor, study_id)
    others = visible(actor).filter(owner_id=own.owner_id, head__isnull=False).exclude(id=study_id)
    return others.order_by("-changed_at", "id")


def years(actor: Actor, study_id: UUID, base_id: UUID) -> Years:
    """Return the change from another study of the same owner to this one; each on its own release and rule first.

    Raises
    ------
    NotFound
        ``study_unknown``: there is no such study of this owner, or not for this actor.
    Invalid
        Why the two can't be compared, or what gives no number.
    """
    if not siblings(actor, study_id).filter(id=base_id).exists():
        raise NotFound.of("study_unknown", str(base_id))
    try:
        return compare_years(_pinned(actor, base_id), _pinned(actor, study_id))
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def comparable(actor: Actor, study_id: UUID) -> QuerySet[Study]:
    """Return every other visible study that has a document, of any owner, newest change first.

    Raises
    ------
    NotFound
        ``study_unknown``.
    """
    study(actor, study_id)
    others = visible(actor).filter(head__isnull=False).exclude(id=study_id)
    return others.order_by("-changed_at", "id")


def pair(actor: Actor, study_id: UUID, other_id: UUID, *, samples: int = 1000, seed: int = 1) -> Pair:
    """Compare the newest revisions of two visible studies on the same draws.

    Raises
    ------
    NotFound
        ``study_unknown``: one of them is not there for this actor.
    Invalid
        Why the two can't be compared, or what gives no number.
    """
    if not comparable(actor, study_id).filter(id=other_id).exists():
        raise NotFound.of("study_unknown", str(other_id))
    try:
        return compare_pair(_pinned(actor, study_id), _pinned(actor, other_id), samples=samples, seed=seed)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def _pinned(actor: Actor, study_id: UUID) -> Pinned:
    body = parsed(actor, study_id)
    release = background(actor, study_id, body.release)
    return Pinned(body, release, rulebook.rule(body.rule) if body.rule else None)


def filled_form(actor: Actor, study_id: UUID, form: forms.Form, lang: Lang, number: int | None = None) -> forms.Filled:
    """Return a revision in the form of a scheme.

    Raises
    ------
    Invalid
        What keeps the form from being filled in, or the findings of a study that gives no number.
    """
    body = parsed(actor, study_id, number)
    try:
        release = background(actor, study_id, body.release)
        rule = rulebook.rule(body.rule) if body.rule else None
        return forms.fill(form, body, release, rule, created=clock.now(), lang=lang)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def embedded(
    actor: Actor, study_id: UUID, number: int | None = None
) -> tuple[cbam.Account, cbam_bridge.Bridge | None, tuple[Finding, ...]] | None:
    """Return (embedded emissions of a revision's goods, the way to them from its footprint, findings).

    None where the study names no goods.

    Raises
    ------
    Invalid
        What keeps them from being counted.
    """
    body = parsed(actor, study_id, number)
    if body.cbam is None:
        return None
    try:
        release = background(actor, study_id, body.release)
        account = cbam.embedded(body, release)
        way, told = cbam_bridge.bridge(body, release, rulebook.rule(body.rule) if body.rule else None)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return account, way, (*account.findings, *told)


def background(actor: Actor, study_id: UUID, release: str | None) -> Release:
    """Return the release of a visible study: by its owner's right to read it.

    Whom a study was given in a case reads what it uses of a release that is only for some, and nothing else of it.

    Raises
    ------
    NotFound
        ``study_unknown``; ``release_not_installed``: not on this platform, or not for the study's owner.
    """
    owner = study(actor, study_id).owner
    return factors.open_release(actor if actor.is_system else Actor(organisation=owner), release)


def parsed(actor: Actor, study_id: UUID, number: int | None = None) -> Document:
    """Return the document of a revision as the core's study."""
    found, findings = Document.parse(document(actor, study_id, number))
    if found is None:
        # It was a study when it was saved: either its bytes or this version's reader changed.
        raise TanbiaoError(*findings)
    return found


def read_json(blob: str) -> dict[str, Any]:
    """Return a JSON document of the content store; the caller has found its hash in a row the actor may see."""
    loaded: dict[str, Any] = json.loads(get_blob(blob))
    return loaded


def changes(actor: Actor, study_id: UUID, *, older: int, newer: int) -> list[RowChange]:
    """Return what changed between two revisions, row by row."""
    return diff(parsed(actor, study_id, older), parsed(actor, study_id, newer))


def latest_result(actor: Actor, study_id: UUID, number: int | None = None) -> Result | None:
    """Return the newest result of a revision; None when it has not been calculated."""
    return revision(actor, study_id, number).results.order_by("-at", "-id").first()


def notices(actor: Actor, study_id: UUID) -> tuple[Finding, ...]:
    """Return what a label scheme will hold against the newest result though it may be submitted: it is provisional."""
    found = latest_result(actor, study_id)
    period = {} if found is None else read_json(found.blob).get("data_period", {})
    if not period.get("provisional"):
        return ()
    months = {"months": period["months"], "required": period["required"]}
    return (finding("provisional_not_certified", Severity.WARNING, "period", **months),)


def result_document(actor: Actor, study_id: UUID, number: int | None = None) -> dict[str, Any]:
    """Return the result of a revision as the document of the contract.

    Raises
    ------
    NotFound
        ``result_missing``
    """
    found = latest_result(actor, study_id, number)
    if found is None:
        raise NotFound.of("result_missing", str(study_id))
    return lay_over(read_json(found.blob), _waived_of(actor, found))


def _waived_of(actor: Actor, found: Result) -> tuple[Waived, ...]:
    """Return what was waived of a result in the verification of its package; nothing of a course that is hidden."""
    known = found.revision.study
    if not known.package_hash or found.revision_id != known.head_id or known.id in hidden_since(actor):
        return ()
    return tuple(item for given in _waivers for item in given(known.package_hash))


def package(actor: Actor, study_id: UUID) -> dict[str, Any]:
    """Return the frozen calculation package of a submitted study.

    Raises
    ------
    NotFound
        ``package_missing``
    """
    found = study(actor, study_id)
    if not found.package_hash:
        raise NotFound.of("package_missing", str(study_id))
    return read_json(found.package_hash)


def uploads(actor: Actor, study_id: UUID) -> QuerySet[Upload]:
    """Return the files that came in for a study, newest first."""
    return Upload.objects.filter(study=study(actor, study_id)).order_by("-at", "-id")


def upload(actor: Actor, upload_id: UUID) -> Upload:
    """Return one upload of a visible study.

    Raises
    ------
    NotFound
        ``upload_unknown``
    """
    found = Upload.objects.filter(id=upload_id, study__in=visible(actor)).select_related("study").first()
    if found is None:
        raise NotFound.of("upload_unknown", str(upload_id))
    return found


def findings_of(record: Upload) -> list[Finding]:
    """Return the findings an upload was kept with."""
    return [from_json(item) for item in record.findings]


def told_of(record: Upload, lang: Lang) -> list[dict[str, str]]:
    """Return the findings of an upload in words; ``place`` is the cell or line of the file itself, where it has one."""
    return [{**render(from_json(item), lang), "place": item.get("place", "")} for item in record.findings]


def evidence(actor: Actor, study_id: UUID) -> QuerySet[Evidence]:
    """Return the evidence of a study, by row."""
    return Evidence.objects.filter(study=study(actor, study_id)).select_related("by").order_by("row", "-at")


def evidence_file(actor: Actor, evidence_id: UUID) -> tuple[Evidence, bytes]:
    """Return an evidence file of a visible study with its bytes.

    Raises
    ------
    NotFound
        ``evidence_unknown``
    """
    found = Evidence.objects.filter(id=evidence_id, study__in=visible(actor)).first()
    if found is None:
        raise NotFound.of("evidence_unknown", str(evidence_id))
    return found, get_blob(found.blob)


def history(actor: Actor, study_id: UUID) -> QuerySet[Transition]:
    """Return the transitions of a study, in order; those that are hidden from the actor left out."""
    rows = Transition.objects.filter(study=study(actor, study_id)).select_related("person").order_by("id")
    since = hidden_since(actor).get(study_id)
    return rows if since is None else rows.filter(at__lt=since)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many studies an actor sees, by state."""

    by_state: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())


def counts(actor: Actor) -> Counts:
    """Count the visible studies by state."""
    found: dict[str, int] = {}
    for state in listing(actor).order_by().values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return Counts(found)
