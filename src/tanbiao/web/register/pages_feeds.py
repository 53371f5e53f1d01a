"""Changes of the register for readers: an Atom feed, and the web hooks of one's organisation."""

from __future__ import annotations

from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.problems import status_of
from tanbiao.web.register import show, subscribing, words


@access(PUBLIC)
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Return the newest changes as Atom (RFC 4287), of all or of a ``number``, ``holder``, ``category`` or ``body``."""
    asked = {topic: request.GET.get(topic, "")[:120] for topic in subscribing.TOPICS}
    entries = subscribing.feed_entries(actor_of(request), asked)
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    own = f"{base}{request.get_full_path()}"
    updated = clock.stamp(entries[0].changed_at if entries else clock.now())
    title = _("Changes of the register") + (" · 演示 DEMO" if settings.TANBIAO_DEMO else "")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(title)}</title><id>{escape(own)}</id><updated>{updated}</updated>",
        f'<link rel="self" href={quoteattr(own)}/><author><name>{escape(base)}</name></author>',
    ]
    for entry in entries:
        card = show.card_of(entry.record)
        word = f"{card['state']['name']} · {card['product']} · {card['holder']}"
        lines.append(
            f"<entry><title>{escape(word)}</title><id>urn:tanbiao:snapshot:{escape(entry.snapshot)}</id>"
            f"<updated>{clock.stamp(entry.changed_at)}</updated><link href={quoteattr(base + card['url'])}/>"
            f"<summary>{escape(entry.number)}</summary></entry>"
        )
    response = HttpResponse("\n".join([*lines, "</feed>"]), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=60"
    response["Access-Control-Allow-Origin"] = "*"
    return response


class SubscriptionForm(TanbiaoForm):
    """What to be told of, and where."""

    topic = forms.ChoiceField(label=gettext_lazy("Tell us of changes of"), choices=list(words.TOPIC_WORDS.items()))
    value = forms.CharField(
        label=gettext_lazy("Its number or code"),
        max_length=120,
        help_text=gettext_lazy("Certificate number, credit code of the maker or body, or the category's code."),
    )
    url = forms.URLField(label=gettext_lazy("Address to call (https)"), max_length=500, assume_scheme="https")


@access("register.subscribe")
@require_http_methods(["GET", "POST"])
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Show the web hooks of one's organisation, and make one."""
    actor, status, made = actor_of(request), 200, None
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = subscribing.subscribe(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                form, status = SubscriptionForm(), 200
    rows = [(row, words.TOPIC_WORDS[row.topic]) for row in subscribing.subscriptions(actor)[:200]]
    return render(request, "register/subscriptions.html", {"form": form, "rows": rows, "made": made}, status=status)


@access("register.subscribe")
@require_POST
def unsubscribe(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """End a web hook."""
    subscribing.unsubscribe(actor_of(request), subscription_id=subscription_id)
    messages.success(request, _("Ended."))
    return redirect("register:subscriptions")


urlpatterns: list[URLPattern] = [
    path("feed.atom", feed, name="feed"),
    path("subscriptions/", subscriptions, name="subscriptions"),
    path("subscriptions/<uuid:subscription_id>/end/", unsubscribe, name="unsubscribe"),
]
