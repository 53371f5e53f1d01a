"""The papers of a case: draft, edit in Word, sign, release, download; and who releases for the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as sentence
from tanbiao.documents.papers import FORMS, KINDS, title
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.certification import commands, papers_files, queries, queries_papers, words
from tanbiao.web.certification.models import Case, CasePaper
from tanbiao.web.certification.papers import may_edit, signers
from tanbiao.web.commanding import NotFound, allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.uploads import Upload


def _view(actor: Actor, case: Case, paper: CasePaper, *, signatory: bool) -> dict[str, Any]:
    needed = signers(case, paper.kind)
    signed = list(paper.signatures.all())
    done = {row.person_id for row in signed}
    draft = paper.state == "draft"
    writes = actor.organisation_id == case.body_id and allowed(actor, "certification.papers", case)
    return {
        "paper": paper,
        "title": title(paper.kind, current()),
        "state": words.PAPER_STATES[paper.state],
        "tone": words.PAPER_TONES[paper.state],
        "signed": signed,
        "missing": len(set(needed) - done),
        "may_sign": draft and actor.person_id in needed and actor.person_id not in done,
        "may_edit": draft and writes and may_edit(paper, actor.person_id),
        "may_release": draft and signatory and actor.person_id not in done,
    }


@access("certification.view")
@require_GET
def papers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the papers of a case with what the reader may do on each."""
    actor = actor_of(request)
    case = queries.case(actor, case_id)
    of_body = actor.organisation_id == case.body_id
    signatory = of_body and actor.person in queries_papers.signatories(actor)
    rows = queries_papers.papers(actor, case_id)
    context = {
        "case": case,
        "papers": [_view(actor, case, row, signatory=signatory) for row in rows],
        "kinds": [(kind, title(kind, current())) for kind in KINDS],
        "may_draft": of_body and allowed(actor, "certification.papers", case),
    }
    return render(request, "certification/papers.html", context)


def _do(request: HttpRequest, case_id: UUID, run: Callable[[], object], said: str) -> HttpResponse:
    try:
        run()
    except TanbiaoError as error:
        for item in error.findings:
            texts = sentence(item, current())
            messages.error(request, f"{texts['message']} — {texts['remedy']}")
    else:
        messages.success(request, said)
    return redirect("certification:papers", case_id=case_id)


@access("certification.papers")
@require_POST
def draft(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Draft a paper."""
    actor, sent = actor_of(request), request.POST
    kind, remarks = sent.get("kind", ""), sent.get("remarks", "")
    return _do(
        request,
        case_id,
        lambda: commands.draft_paper(actor, case_id=case_id, kind=kind, remarks=remarks),
        _("The draft is made."),
    )


@access("certification.view")
@require_POST
def act(request: HttpRequest, paper_id: UUID, event: str) -> HttpResponse:
    """Sign, release or delete a paper, or file its Word file."""
    actor = actor_of(request)
    found = queries_papers.paper(actor, paper_id)
    content = request.POST.get("content", "")
    sent = request.FILES.get("file")
    upload = Upload(sent.name or "", sent.content_type or "", sent.read()) if sent else Upload("", "", b"")
    runs: dict[str, tuple[Callable[[], object], str]] = {
        "sign": (lambda: commands.sign_paper(actor, paper_id=paper_id, content=content), _("You have signed.")),
        "release": (
            lambda: commands.release_paper(actor, paper_id=paper_id, content=content),
            _("The paper is released; its PDF is being sealed."),
        ),
        "word": (
            lambda: commands.file_word(actor, paper_id=paper_id, upload=upload),
            _("The text of the Word file is taken in; the new version is to be signed."),
        ),
        "delete": (lambda: commands.delete_paper(actor, paper_id=paper_id), _("The paper is deleted.")),
    }
    if event not in runs:
        raise NotFound.of("not_found")
    return _do(request, found.case_id, *runs[event])


@access("certification.view")
@require_GET
def file(request: HttpRequest, paper_id: UUID, lang: str, form: str) -> HttpResponse:
    """Download a paper."""
    found = queries_papers.paper(actor_of(request), paper_id)
    if form not in FORMS or lang not in papers_files.LANGUAGES:
        raise NotFound.of("not_found")
    data = papers_files.file_of(found, form, "zh" if lang == "zh" else "en")
    name = f"{found.case.number}-{found.kind}-v{found.version}-{lang}.{form}"
    return attachment(data, FORMS[form], name)


@access("certification.view")
@require_GET
def edited(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """Download the Word file that a paper's free text was taken from, as it was brought back."""
    found = queries_papers.paper(actor_of(request), paper_id)
    name = f"{found.case.number}-{found.kind}-v{found.version}-edited.docx"
    return attachment(papers_files.edited_word(found), FORMS["docx"], name)


@access("certification.handle")
@require_http_methods(["GET", "POST"])
def signatories(request: HttpRequest) -> HttpResponse:
    """Show who releases papers for the body, and name or end one."""
    actor = actor_of(request)
    if request.method == "POST":
        try:
            person = UUID(request.POST.get("person", ""))
            run = commands.end_signatory if "end" in request.POST else commands.name_signatory
            run(actor, person_id=person)
        except ValueError:
            messages.error(request, _("Choose a person."))
        except TanbiaoError as error:
            messages.error(request, sentence(error.findings[0], current())["message"])
        else:
            messages.success(request, _("Saved."))
        return redirect("certification:signatories")
    named = queries_papers.signatories(actor)
    others = [one for one in queries_papers.people(actor) if one not in named]
    return render(request, "certification/signatories.html", {"named": named, "others": others})


urlpatterns: list[URLPattern] = [
    path("cases/signatories/", signatories, name="signatories"),
    path("cases/<uuid:case_id>/papers/", papers, name="papers"),
    path("cases/<uuid:case_id>/papers/draft/", draft, name="draft_paper"),
    path("cases/papers/<uuid:paper_id>/edited.docx", edited, name="paper_edited"),
    path("cases/papers/<uuid:paper_id>/<slug:event>/", act, name="paper_act"),
    path("cases/papers/<uuid:paper_id>/<slug:lang>.<slug:form>", file, name="paper_file"),
]
