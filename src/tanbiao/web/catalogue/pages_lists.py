"""The pages of lists of authorities: all of them, one with what two-high lists say of its lines, bringing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.core.findings import render as say
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import brought_lists, forms, queries, words
from tanbiao.web.commanding import Invalid, allowed, require
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment, get_blob
from tanbiao.web.problems import status_of
from tanbiao.web.uploads import ENDINGS, Upload

SHOWN_FINDINGS = 100


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def lists(request: HttpRequest) -> HttpResponse:
    """Show the lists of authorities and which stand today; an operator or authority brings one."""
    actor, status = actor_of(request), 200
    context: dict[str, Any] = {}
    if request.method == "POST":
        require(actor, "catalogue.bring_list")
        answer = _bring(request, context)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    elif allowed(actor, "catalogue.bring_list"):
        context["form"] = forms.BroughtListForm(initial=_said_of(request))
    rows = queries.lists(actor)
    kinds = [(kind, name, [row for row in rows if row[0].kind == kind]) for kind, name in words.KIND_WORDS.items()]
    context["kinds"] = [item for item in kinds if item[2]]
    return render(request, "catalogue/lists.html", context, status=status)


def _said_of(request: HttpRequest) -> dict[str, str]:
    """Return what the form begins with: what stands of the list whose next version is asked for."""
    asked = request.GET.get("of", "")[:64]
    known = [item for item in queries.catalogue().lists if item.id == asked and item.kind in brought_lists.KINDS]
    if not known:
        return {}
    item = known[-1]
    return {
        "list_id": item.id,
        "kind": item.kind,
        "jurisdiction": item.jurisdiction,
        "title_zh": item.title.zh,
        "title_en": item.title.en,
        "publisher_zh": item.publisher.zh,
        "publisher_en": item.publisher.en,
    }


def _bring(request: HttpRequest, context: dict[str, Any]) -> HttpResponse | int:
    """Take what the form sends; else the status of the page, whose context then has form and findings."""
    form = forms.BroughtListForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return 422
    said = dict(form.cleaned_data)
    file, proof = said.pop("file"), said.pop("proof")
    try:
        made = brought_lists.bring_list(
            actor_of(request),
            about=brought_lists.AboutList(**said),
            filename=file.name or "",
            data=file.read(),
            proof=Upload(proof.name or "", proof.content_type or "", proof.read()),
        )
    except TanbiaoError as error:
        of_fields = [item for item in error.findings if item.where in form.fields]
        if of_fields:
            form.add_problem(Invalid(*of_fields))
        others = [item for item in error.findings if item.where not in form.fields]
        context["findings"] = [say(item, current()) for item in others[:SHOWN_FINDINGS]]
        context["more"] = len(others) - SHOWN_FINDINGS
        context["wrong"] = len(others)
        return status_of(error)
    messages.success(request, _("The list stands as %(reference)s.") % {"reference": made.reference})
    return redirect("catalogue:one_list", reference=made.reference)


@access(PUBLIC)
@require_GET
def one_list(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one list: who published it, when, what it names, where it was read; of a priority list what is two-high."""
    actor = actor_of(request)
    found = queries.list_of(actor, reference)
    lines = {line.entry.id: line for line in queries.linked_lines(actor, found)}
    row = queries.brought(actor, found.reference)
    context = {
        "found": found,
        "kind": words.KIND_WORDS[found.kind],
        "reads": words.READ_WORDS,
        "titles": {key: item.title.model_dump() for key, item in queries.catalogue().by_id.items()},
        "rows": [(entry, lines.get(entry.id)) for entry in found.entries],
        "is_linked": bool(lines),
        "looked_into": next((one.looked_into for line in lines.values() for one in line.categories), ()),
        "two_high": words.TWO_HIGH_WORDS,
        "two_high_tones": words.TWO_HIGH_TONES,
        "brought": row,
        "doubts": [say(from_json(item), current()) for item in row.findings[:SHOWN_FINDINGS]] if row else [],
        "may_read_proof": not actor.is_anonymous,
        "may_bring": found.kind in brought_lists.KINDS and allowed(actor, "catalogue.bring_list"),
    }
    return render(request, "catalogue/list.html", context)


@access("catalogue.read_proof")
@require_GET
def proof(request: HttpRequest, reference: str) -> HttpResponse:
    """Return the authority's document of a brought list."""
    row = queries.proof_of(actor_of(request), reference)
    ending = row.proof_name[row.proof_name.rfind(".") :].lower() if "." in row.proof_name else ""
    kind = ENDINGS.get(ending, "application/octet-stream")
    return attachment(get_blob(row.proof_blob), kind, row.proof_name)


urlpatterns: list[URLPattern] = [
    path("catalogue/lists/", lists, name="lists"),
    path("catalogue/lists/<str:reference>/", one_list, name="one_list"),
    path("catalogue/lists/<str:reference>/document/", proof, name="list_proof"),
]
