"""Pages of checks: what a certificate was on a day, with the signed receipt, and many numbers at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.register import batch, queries, receipting, show, words
from tanbiao.web.table_files import table_file
from tanbiao.web.uploads import Upload

SHOWN = 200
"""Lines of a batch that the page shows; the file has all."""


@access(PUBLIC)
@require_safe
def status_on(request: HttpRequest, number: str) -> HttpResponse:
    """Show what a certificate was on a day, and whether a legal entity held it."""
    actor, lang = actor_of(request), current()
    at, entity = request.GET.get("at", "")[:40], request.GET.get("entity", "")[:200]
    context: dict[str, Any] = {"number": number, "at": at, "entity": entity, "query": request.GET.urlencode()}
    status = 200
    try:
        told = receipting.status_at(actor, number=number, at=at, entity=entity)
    except TanbiaoError as error:
        status = status_of(error)
        if status == 404:
            raise
        context["refusals"] = error.findings
    else:
        tone = words.STATE_TONES.get(told["state"], "info")
        name = words.RECEIPT_STATES.get(told["state"]) or show.state_name(told["state"], lang)
        context |= {"told": told, "tone": tone, "state_name": name, "reason": show.reason_name(told["reason"], lang)}
        context["card"] = show.card(queries.certificate(actor, number), lang)
    return render(request, "register/status_on.html", context, status=status)


@access(PUBLIC)
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the signed receipt of a certificate's status on a day."""
    at, entity = request.GET.get("at", "")[:40], request.GET.get("entity", "")[:200]
    text = receipting.receipt(actor_of(request), number=number, at=at, entity=entity)
    return attachment(text.encode("utf-8"), "application/json", f"{number}-status-receipt.json")


class BatchForm(TanbiaoForm):
    """A list of numbers, pasted or as a file."""

    numbers = forms.CharField(
        label=_("Numbers, one a line"),
        required=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Behind a comma you may put the holder's name or credit code; it is then compared."),
    )
    file = forms.FileField(
        label=_("or a table (CSV, XLSX)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("First column: number. Second column, if you like: holder. At most 10,000 lines."),
    )

    def asked(self) -> list[batch.Asked]:
        """Return the list that was sent."""
        sent = self.cleaned_data["file"]
        if sent is not None:
            return batch.lines_of_file(Upload(sent.name or "", "", sent.read()))
        return batch.lines_of_text(self.cleaned_data["numbers"])


@access(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def many(request: HttpRequest) -> HttpResponse:
    """Check many numbers at once: on the page, or as a table to keep."""
    if request.method != "POST":
        return render(request, "register/batch.html", {"form": BatchForm()})
    form, status = BatchForm(request.POST, request.FILES), 422
    if form.is_valid():
        try:
            lines = batch.check(actor_of(request), form.asked())
        except TanbiaoError as error:
            form.add_problem(error)
            status = status_of(error)
        else:
            return _answer(request, lines)
    return render(request, "register/batch.html", {"form": form}, status=status)


def _answer(request: HttpRequest, lines: list[batch.Line]) -> HttpResponse:
    lang = current()
    wanted = request.POST.get("as", "")
    if wanted in ("csv", "xlsx"):
        heads = [str(words.BATCH_HEADS[name]) for name in batch.HEADS]
        return table_file("register-check", wanted, heads, [line.cells(lang) for line in lines])
    doubtful = [line for line in lines if not line.ok]
    shown = [*doubtful, *(line for line in lines if line.ok)][:SHOWN]
    context = {
        "form": BatchForm(initial={"numbers": "\n".join(line.number for line in lines)}),
        "total": len(lines),
        "summary": [(words.BATCH_REMARKS[code], n) for code, n in batch.summary(lines).items() if n],
        "rows": [
            {
                "number": line.number,
                "card": show.card_of(line.entry.record, lang) if line.entry else None,
                "match": line.holder_match,
                "remark": words.BATCH_REMARKS[line.remark or "ok"],
                "tone": "good" if line.ok else "bad",
            }
            for line in shown
        ],
        "cut": len(lines) - len(shown),
    }
    return render(request, "register/batch.html", context)


urlpatterns: list[URLPattern] = [
    path("c/<str:number>/status", status_on, name="status_on"),
    path("c/<str:number>/status-receipt.json", receipt, name="receipt"),
    path("verify/many", many, name="many"),
]
