"""Case papers: drafted from the case, signed by who did what they record, released by the body's signatory, kept.

A paper's acts are entries of the log of their own; they do not move the head of the case, so nobody who decides
meanwhile is told that what he saw has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import Lang
from tanbiao.core.schemes.precheck import months_after
from tanbiao.documents.papers import FREE, KINDS
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.models import Membership, Organisation
from tanbiao.web.certification import papers, papers_files, papers_word
from tanbiao.web.certification.acts import LIFECYCLE, SYSTEM, locked
from tanbiao.web.certification.models import Case, CasePaper, Document, PaperSignature, Signatory
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.studies.queries import read_json
from tanbiao.web.uploads import Upload, checked_upload
from tanbiao.workflow.terms import terms_of

REMARKS_MOST = 8000
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@command("certification.papers")
def draft_paper(actor: Actor, *, case_id: UUID, kind: str, remarks: str = "") -> CasePaper:
    """Draft a paper from the case as it stands; a draft of the same kind that nobody released is superseded.

    Raises
    ------
    Invalid
        ``paper_kind_unknown``, ``remarks_too_long``.
    Conflict
        ``paper_not_yet``
    """
    case = locked(actor, case_id)
    require(actor, "certification.papers", case)
    if kind not in KINDS:
        raise Invalid.of("paper_kind_unknown", "kind", kind=kind[:40])
    if len(remarks) > REMARKS_MOST:
        raise Invalid.of("remarks_too_long", "remarks", limit=REMARKS_MOST)
    content = canonical_bytes(papers.content_of(case, kind, remarks))
    made = _new_version(actor, case, kind, content, round=case.round)
    _say(actor, made, "paper_drafted")
    return made


def _new_version(actor: Actor, case: Case, kind: str, content: bytes, **columns: Any) -> CasePaper:
    """Make the next version of a paper as a draft; one of the same kind that nobody released is superseded."""
    case.papers.filter(kind=kind, state="draft").update(state="superseded")
    last = case.papers.filter(kind=kind).order_by("-version").values_list("version", flat=True).first()
    return CasePaper.objects.create(
        case=case,
        kind=kind,
        version=(last or 0) + 1,
        state="draft",
        content=ledger.put_blob(content, "application/json"),
        by=actor.person,
        at=clock.now(),
        **columns,
    )


@command("certification.view")
def sign_paper(actor: Actor, *, paper_id: UUID, content: str) -> CasePaper:
    """Sign a paper's content; only who did what it records can.

    Raises
    ------
    NotAllowed
        ``paper_not_yours``
    Conflict
        ``paper_not_draft``, ``stale_decision`` (another content than was seen), ``already_signed``.
    """
    paper = _locked(actor, paper_id)
    person = person_of(actor)
    _require_draft(paper)
    if content != paper.content:
        raise Conflict.of("stale_decision", "content", seen=content or "—", current=paper.content)
    duty = papers.signers(paper.case, paper.kind).get(person.id)
    if duty is None:
        raise NotAllowed.of("paper_not_yours", paper.kind)
    if paper.signatures.filter(person=person).exists():
        raise Conflict.of("already_signed", paper.kind)
    PaperSignature.objects.create(paper=paper, person=person, duty=duty, content=content, at=clock.now())
    _say(actor, paper, "paper_signed", duty=duty)
    return paper


@command("certification.papers")
def file_word(actor: Actor, *, paper_id: UUID, upload: Upload) -> CasePaper:
    """Take the free text of an edited Word file into a new version of a draft, which is signed anew.

    Facts, tables and figures stay as they are recorded: a file in which they differ is refused. The file itself is
    kept under its hash, which the new content names.

    Raises
    ------
    Invalid
        ``file_kind_refused`` and what :func:`tanbiao.web.uploads.checked_upload` refuses; ``remarks_too_long``;
        ``paper_word_same``; what :func:`tanbiao.web.certification.papers_word.free_text` refuses.
    NotAllowed
        ``paper_not_yours``: somebody else signs it.
    Conflict
        ``paper_not_draft``, ``paper_word_stale``
    """
    paper = _locked(actor, paper_id)
    require(actor, "certification.papers", paper.case)
    _require_draft(paper)
    if not papers.may_edit(paper, person_of(actor).id):
        raise NotAllowed.of("paper_not_yours", paper.kind)
    kind = checked_upload(upload.filename, upload.media_type, upload.data)
    if kind != WORD:
        raise Invalid.of("file_kind_refused", upload.filename, kind=kind)
    old = read_json(paper.content)
    kept = [section for section in old["sections"] if section["key"] != FREE]
    said = papers_word.free_text(paper, upload.filename, upload.data)
    if sum(len(line) + 1 for line in said) > REMARKS_MOST:
        raise Invalid.of("remarks_too_long", "remarks", limit=REMARKS_MOST)
    free = [{"key": FREE, "words": said}] if said else []
    if [*kept, *free] == old["sections"]:
        raise Invalid.of("paper_word_same", upload.filename)
    filed = ledger.put_blob(upload.data, kind)
    content = canonical_bytes({**old, "sections": [*kept, *free], "word": filed})
    made = _new_version(actor, paper.case, paper.kind, content, word=filed, round=paper.round)
    _say(actor, made, "paper_edited", word=filed, edits=paper.content)
    return made


@command("certification.view")
def release_paper(actor: Actor, *, paper_id: UUID, content: str) -> CasePaper:
    """Release a signed paper as the body's signatory, who has signed nothing of it himself; its PDFs are then sealed.

    Raises
    ------
    NotAllowed
        ``not_signatory``
    Conflict
        ``paper_not_draft``, ``stale_decision``, ``signatures_missing``, ``released_by_signer``.
    """
    paper = _locked(actor, paper_id)
    person, case = person_of(actor), paper.case
    live = Signatory.objects.filter(body=case.body, person=person, ended_at__isnull=True)
    if actor.organisation_id != case.body_id or not live.exists():
        raise NotAllowed.of("not_signatory")
    _require_draft(paper)
    if content != paper.content:
        raise Conflict.of("stale_decision", "content", seen=content or "—", current=paper.content)
    needed, signed = set(papers.signers(case, paper.kind)), set(paper.signatures.values_list("person_id", flat=True))
    if needed - signed or (not signed and paper.kind != "notice"):
        raise Conflict.of("signatures_missing", paper.kind, count=len(needed - signed) or 1)
    if person.id in signed:
        raise Conflict.of("released_by_signer", paper.kind)
    case.papers.filter(kind=paper.kind, state="released").update(state="superseded")
    paper.state, paper.released_by, paper.released_at = "released", person, clock.now()
    until = months_after(clock.today().isoformat(), terms_of(case.terms).retention_months)
    paper.retain_until = until
    paper.save()
    paper.refresh_from_db()
    _say(actor, paper, "paper_released", retain_until=until)
    ledger.enqueue("certification.seal", key=f"seal/{paper.id}", payload={"paper": str(paper.id)})
    return paper


def seal_paper(paper_id: UUID) -> CasePaper:
    """Set a released paper as PDF in both languages and log what came out; done again, nothing happens."""
    paper = CasePaper.objects.select_related("case").get(id=paper_id)
    if paper.sealed or paper.released_at is None:
        return paper
    # Setting takes seconds: no transaction is held meanwhile, and the same paper gives the same bytes.
    made = {lang: papers_files.render(paper, "pdf", lang) for lang in papers_files.LANGUAGES}
    return _keep_sealed(SYSTEM, paper_id=paper_id, made=made)


@command("certification.system")
def _keep_sealed(actor: Actor, *, paper_id: UUID, made: Mapping[Lang, bytes]) -> CasePaper:
    paper = _locked(actor, paper_id)
    if not paper.sealed:
        paper.sealed = {lang: ledger.put_blob(data, "application/pdf") for lang, data in made.items()}
        paper.save(update_fields=["sealed"])
        _say(actor, paper, "paper_sealed", sealed=dict(paper.sealed))
    return paper


@command("certification.papers")
def delete_paper(actor: Actor, *, paper_id: UUID) -> None:
    """Delete a draft, or a paper whose time of retention is over.

    Raises
    ------
    Conflict
        ``retention_runs``
    """
    paper = _locked(actor, paper_id)
    require(actor, "certification.papers", paper.case)
    if paper.retain_until is not None and clock.today() <= paper.retain_until:
        raise Conflict.of("retention_runs", paper.kind, day=paper.retain_until.isoformat())
    _say(actor, paper, "paper_deleted")
    paper.delete()


@command("certification.papers")
def delete_document(actor: Actor, *, document_id: UUID) -> None:
    """Delete a document of the application after the case's end and its time of retention.

    Raises
    ------
    Conflict
        ``case_still_runs``, ``retention_runs``
    """
    found = Document.objects.select_related("case").filter(id=document_id).first()
    case = locked(actor, found.case_id) if found is not None else None
    if found is None or case is None:
        raise NotFound.of("document_unknown", str(document_id))
    require(actor, "certification.papers", case)
    if not LIFECYCLE.document.states[case.state].terminal:
        raise Conflict.of("case_still_runs", case.number)
    until = months_after(case.state_since.date().isoformat(), terms_of(case.terms).retention_months)
    if clock.today().isoformat() <= until:
        raise Conflict.of("retention_runs", found.kind, day=until)
    body = {"case": str(case.id), "document": str(found.id), "blob": found.blob}
    ledger.record(actor, type="case_event", subject=str(case.id), event={"type": "case.document_deleted", **body})
    found.delete()


@command("certification.handle")
def name_signatory(actor: Actor, *, person_id: UUID) -> Signatory:
    """Name a person of the body who releases its papers; named again, nothing changes.

    Raises
    ------
    Invalid
        ``not_of_this_body``
    """
    body = _body_of(actor)
    if not Membership.objects.filter(organisation=body, person_id=person_id, ended_at__isnull=True).exists():
        raise Invalid.of("not_of_this_body", "person")
    made, new = Signatory.objects.get_or_create(
        body=body, person_id=person_id, ended_at=None, defaults={"named_by": actor.person, "named_at": clock.now()}
    )
    if new:
        _say_signatory(actor, made, "signatory_named")
    return made


@command("certification.handle")
def end_signatory(actor: Actor, *, person_id: UUID) -> None:
    """End a signatory's mandate; what he released stays released.

    Raises
    ------
    NotFound
        ``signatory_unknown``
    """
    found = Signatory.objects.filter(body=_body_of(actor), person_id=person_id, ended_at__isnull=True).first()
    if found is None:
        raise NotFound.of("signatory_unknown", str(person_id))
    found.ended_at = clock.now()
    found.save(update_fields=["ended_at"])
    _say_signatory(actor, found, "signatory_ended")


def _body_of(actor: Actor) -> Organisation:
    if actor.organisation is None:
        raise NotAllowed.of("not_allowed", permission="certification.handle")
    return actor.organisation


def _say_signatory(actor: Actor, row: Signatory, event: str) -> None:
    body = {"body": str(row.body_id), "person": str(row.person_id)}
    ledger.record(actor, type="case_event", subject=str(row.body_id), event={"type": f"case.{event}", **body})


def _locked(actor: Actor, paper_id: UUID) -> CasePaper:
    """Return a paper of a case of the actor's own side, locked.

    Raises
    ------
    NotFound
        ``paper_unknown``
    """
    paper = CasePaper.objects.select_for_update().filter(id=paper_id).first()
    if paper is None:
        raise NotFound.of("paper_unknown", str(paper_id))
    paper.case = locked(actor, paper.case_id)
    if actor.organisation_id == paper.case.owner_id and not _shown_to_applicant(paper):
        raise NotFound.of("paper_unknown", str(paper_id))
    return paper


def _shown_to_applicant(paper: CasePaper) -> bool:
    """Whether the applicant knows of a paper: a released one that is for him, and the contract that he signs."""
    return paper.kind in papers.APPLICANT_SEES and (paper.released_at is not None or paper.kind == "contract")


def _require_draft(paper: CasePaper) -> None:
    if paper.state != "draft":
        raise Conflict.of("paper_not_draft", paper.kind)


def _say(actor: Actor, paper: CasePaper, event: str, **more: Any) -> None:
    """Write an act on a paper into the log."""
    case: Case = paper.case
    body = {
        "case": str(case.id),
        "paper": str(paper.id),
        "kind": paper.kind,
        "version": paper.version,
        "content": paper.content,
        **more,
    }
    ledger.record(actor, type="case_event", subject=str(case.id), event={"type": f"case.{event}", **body})
