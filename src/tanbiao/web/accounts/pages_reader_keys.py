"""The page of an organisation's readers' keys: register, prove, retire, and the history."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts import queries, reader_keys
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Conflict, allowed
from tanbiao.web.forms import TanbiaoForm

REASON_WORDS = {
    "lost": gettext_lazy("The private key is lost"),
    "disclosed": gettext_lazy("Somebody else may have the private key"),
    "unused": gettext_lazy("It is no longer wanted"),
    "replaced": gettext_lazy("Replaced by a newer key"),
}


class KeyForm(TanbiaoForm):
    """A public key to register."""

    public = forms.CharField(
        label=gettext_lazy("Public key"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy(
            'Make a key on your own machine with "tanbiao seal key FILE"; it prints the public line.'
        ),
    )
    note = forms.CharField(label=gettext_lazy("Where the private key lies"), max_length=120, required=False)


class AnswerForm(TanbiaoForm):
    """What a challenge says once it is opened."""

    answer = forms.CharField(label=gettext_lazy("What the opened file says"), max_length=200)


@access("accounts.view_organisation")
@require_safe
def reader_keys_page(request: HttpRequest) -> HttpResponse:
    """Show the keys."""
    return _page(request)


def _page(request: HttpRequest, form: KeyForm | None = None, answer: AnswerForm | None = None) -> HttpResponse:
    actor = actor_of(request)
    keys = list(reader_keys.my_keys(actor))
    manages = allowed(actor, "accounts.reader_keys", queries.my_organisation(actor))
    context = {
        "organisation": queries.my_organisation(actor),
        "rows": [{"key": key, "reason": REASON_WORDS.get(key.reason, "")} for key in keys],
        "waiting": [key for key in keys if key.state == "waiting"],
        "manages": manages,
        "reasons": [(code, REASON_WORDS[code]) for code in reader_keys.REASONS],
        "form": form or KeyForm(),
        "answer": answer or AnswerForm(),
        "days": reader_keys.CHALLENGE_LASTS.days,
    }
    wrong = any(one is not None and one.errors for one in (form, answer))
    return render(request, "accounts/reader_keys.html", context, status=422 if wrong else 200)


@access("accounts.reader_keys")
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Register a key."""
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            reader_keys.register_key(actor_of(request), **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("Now prove that the private half is yours: open the challenge."))
            return redirect("accounts:reader_keys")
    return _page(request, form)


@access("accounts.reader_keys")
@require_safe
def challenge(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Download what is encrypted for a key that waits for its proof."""
    key = reader_keys.my_key(actor_of(request), key_id)
    if key.state != "waiting":
        raise Conflict.of("reader_key_settled")
    response = HttpResponse(key.challenge, content_type="application/jose+json")
    response["Content-Disposition"] = 'attachment; filename="challenge.json"'
    response["Cache-Control"] = "no-store"
    return response


@access("accounts.reader_keys")
@require_POST
def prove(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Answer a challenge."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            reader_keys.prove_key(actor_of(request), key_id=key_id, answer=form.cleaned_data["answer"])
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("The key is proved: sealed evidence reaches you under it from now on."))
            return redirect("accounts:reader_keys")
    return _page(request, answer=form)


@access("accounts.reader_keys")
@require_POST
def retire(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Take a key out of use."""
    reader_keys.retire_key(actor_of(request), key_id=key_id, reason=request.POST.get("reason", ""))
    messages.success(request, _("The key is out of use."))
    return redirect("accounts:reader_keys")


urlpatterns = [
    path("organisation/reader-keys/", reader_keys_page, name="reader_keys"),
    path("organisation/reader-keys/new/", register, name="register_reader_key"),
    path("organisation/reader-keys/<uuid:key_id>/challenge.json", challenge, name="reader_key_challenge"),
    path("organisation/reader-keys/<uuid:key_id>/proof/", prove, name="prove_reader_key"),
    path("organisation/reader-keys/<uuid:key_id>/retire/", retire, name="retire_reader_key"),
]
