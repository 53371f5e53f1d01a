"""Critical reviews of a study: sight for a reviewer, the record, its reading.

A record is of one result: it names the hashes of revision and result, and a later revision or calculation is not
reviewed by it. Who wrote a revision can't record a review; a person of the owner records an internal one only.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.study.critical_review import parse_review, review_findings
from tanbiao.core.study.model_base import Text
from tanbiao.documents import declaration, report, review
from tanbiao.web import clock
from tanbiao.web.accounts import queries as accounts
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.studies import intake, queries
from tanbiao.web.studies.commands import locked
from tanbiao.web.studies.files import HTML, PDF, WORD
from tanbiao.web.studies.models import CriticalReview, Revision, StudyGrant

PURPOSE = "review"
"""What sight is given for."""
KINDS: dict[str, tuple[declaration.Form, str]] = {"html": ("html", HTML), "pdf": ("pdf", PDF), "docx": ("docx", WORD)}


@command("studies.manage")
def invite(actor: Actor, *, study_id: UUID, organisation_id: UUID) -> StudyGrant:
    """Let an organisation see a study in order to review it; a second call changes nothing.

    Raises
    ------
    NotFound
        ``organisation_unknown``
    """
    study = locked(actor, study_id)
    require(actor, "studies.manage", study)
    organisation = accounts.organisation_by_id(actor, organisation_id)
    if organisation.id == study.owner_id:
        raise NotFound.of("organisation_unknown", str(organisation_id))
    grant, _ = StudyGrant.objects.update_or_create(
        study=study,
        organisation=organisation,
        purpose=PURPOSE,
        defaults={"given_at": clock.now(), "ended_at": None},
    )
    return grant


@command("studies.manage")
def end_invitation(actor: Actor, *, study_id: UUID, organisation_id: UUID) -> None:
    """End the sight that was given for a review; the record stays."""
    study = locked(actor, study_id)
    require(actor, "studies.manage", study)
    grants = StudyGrant.objects.filter(study=study, organisation_id=organisation_id, purpose=PURPOSE)
    grants.filter(ended_at__isnull=True).update(ended_at=clock.now())


@command("studies.review")
def record(actor: Actor, *, study_id: UUID, document: dict[str, Any]) -> CriticalReview:
    """Record a critical review of the newest result.

    Raises
    ------
    NotAllowed
        ``reviewer_had_a_part``: the person wrote a revision; ``review_wrong_side``: a person of the owner records an
        external review, or another an internal one.
    Invalid
        What is wrong with the record.
    Conflict
        ``result_missing``
    """
    study = locked(actor, study_id)
    require(actor, "studies.review", study)
    person, organisation = person_of(actor), actor.organisation
    if organisation is None:
        raise NotFound.of("no_organisation")
    if Revision.objects.filter(study=study, author=person).exists():
        raise NotAllowed.of("reviewer_had_a_part")
    result = queries.latest_result(actor, study_id) if study.head else None
    if result is None:
        raise Conflict.of("result_missing", str(study_id))
    try:
        made = parse_review(document)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    if (made.kind == "internal_expert") != actor.owns(study):
        raise NotAllowed.of("review_wrong_side", kind=made.kind)
    found = review_findings(made, queries.parsed(actor, study_id), result.hash)
    if found:
        raise Invalid(*found)
    kept = CriticalReview.objects.create(
        study=study,
        result=result,
        blob=intake.put_json(made.canonical()),
        kind=made.kind,
        conclusion=made.conclusion,
        by=person,
        organisation=organisation,
        at=clock.now(),
    )
    event = {"what": "study.reviewed", "study": str(study.id), "review": made.hash, "conclusion": made.conclusion}
    ledger.record(actor, type="study_event", subject=str(study.id), event=event, public={})
    return kept


def reviews(actor: Actor, study_id: UUID) -> QuerySet[CriticalReview]:
    """Return the reviews of a visible study, newest first."""
    own = queries.study(actor, study_id)
    return CriticalReview.objects.filter(study=own).select_related("by", "organisation", "result__revision")


def asked(actor: Actor, study_id: UUID) -> QuerySet[StudyGrant]:
    """Return the organisations that were asked to review a visible study and still see it."""
    own = queries.study(actor, study_id)
    return StudyGrant.objects.filter(study=own, purpose=PURPOSE, ended_at__isnull=True).select_related("organisation")


def template(actor: Actor, study_id: UUID) -> dict[str, Any]:
    """Return a record to fill in, with the hashes of the newest revision and result.

    Raises
    ------
    NotFound
        ``result_missing``
    """
    study = queries.parsed(actor, study_id)
    result = queries.latest_result(actor, study_id)
    if result is None:
        raise NotFound.of("result_missing", str(study_id))
    person = {"name": "", "organisation": "", "competence": "", "chair": "no", "independent": "yes", "interest": "none"}
    return {
        "tanbiao": "review/1",
        "kind": "external_expert",
        "study": study.hash,
        "result": result.hash,
        "rule": study.rule or "",
        "criteria": ["GB/T 24067-2024"],
        "reviewers": [person],
        "begun": clock.today().isoformat(),
        "finished": clock.today().isoformat(),
        "answers": dict.fromkeys(review.QUESTIONS, "yes"),
        "comments": [{"id": "c1", "where": "", "comment": "", "answer": "", "settled": "yes"}],
        "conclusion": "conforms",
        "statement": "",
    }


def document_file(actor: Actor, study_id: UUID, review_id: UUID, suffix: str, lang: Lang) -> HttpResponse:
    """Return a record as ``html``, ``pdf`` or ``docx``.

    Raises
    ------
    NotFound
        ``review_unknown``, ``file_kind_unknown``
    """
    kept = reviews(actor, study_id).filter(id=review_id).first()
    if kept is None:
        raise NotFound.of("review_unknown", str(review_id))
    if suffix not in KINDS:
        raise NotFound.of("file_kind_unknown", suffix, kinds=", ".join(KINDS))
    form, media = KINDS[suffix]
    product = queries.read_json(kept.result.blob)["study"]["name"]
    who = f"{kept.by} · {kept.organisation.name(lang)} · {kept.at.date().isoformat()}"
    made = review.build(queries.read_json(kept.blob), Text(**product).best(lang), lang, recorded=who)
    data = declaration.render(made, form, report.stamp(queries.read_json(kept.result.blob)))
    return attachment(data, media, f"critical-review-{kept.at.date().isoformat()}.{suffix}")
