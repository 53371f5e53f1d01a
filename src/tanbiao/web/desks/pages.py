"""The pages of the desks: the queue, the calendar and its feed, an authority's overview, the digest by mail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import icalendar
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.desks import commands, mail_tokens, mailing, queries, show, words
from tanbiao.web.desks.forms import MailForm
from tanbiao.web.language import CODES
from tanbiao.web.problems import status_of

PER_PAGE = 40
VIEWS = ("month", "list")
LIST_AHEAD = timedelta(days=366)


@access("desks.view")
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader, the most urgent first."""
    kind, band = request.GET.get("kind", "")[:40], request.GET.get("band", "")
    band = band if band in queries.BANDS else ""
    text = request.GET.get("q", "")[:100]
    found = queries.queue(actor_of(request), kind=kind, band=band, text=text)
    page = Paginator(found.lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "page": page,
        "lines": show.lines(page),
        "bands": [(one, words.BAND_WORDS[one], found.bands[one]) for one in queries.BANDS if found.bands[one]],
        "kind": kind,
        "band": band,
        "text": text,
    }
    return render(request, "desks/queue.html", context)


def _month_of(text: str) -> date:
    """Return the first day of a month written ``2026-11``; of this month where it can't be read."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return clock.today().replace(day=1)


@access("desks.view")
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the terms of a month, or those to come as a list."""
    return _calendar(request)


def _calendar(request: HttpRequest, *, secret: str = "", mail_form: MailForm | None = None) -> HttpResponse:
    actor = actor_of(request)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    first = _month_of(request.GET.get("month", ""))
    context: dict[str, Any] = {
        "view": view,
        "first": first,
        "before": (first - timedelta(days=1)).replace(day=1) if first.year > date.min.year else first,
        "after": (first + timedelta(days=32)).replace(day=1) if first.year < date.max.year else first,
        "feeds": queries.feeds(actor),
        "secret": f"{settings.TANBIAO_BASE_URL}{reverse('desks:feed', args=(secret,))}" if secret else "",
        "mail_on": mailing.is_on(),
        "choice": queries.mail_choice(actor),
        "choice_words": words.MAIL_WORDS,
        "every_words": words.EVERY_WORDS,
    }
    choice = context["choice"]
    known = {"address": choice.address, "every": choice.every} if choice else None
    context["mail_form"] = mail_form or MailForm(initial=known)
    if view == "month":
        context["weeks"] = queries.month(actor, first)
        context["weekdays"] = show.weekdays()
    else:
        page = Paginator(queries.terms(actor, clock.today(), clock.today() + LIST_AHEAD), PER_PAGE)
        context["page"] = page.get_page(request.GET.get("page"))
    wrong = mail_form is not None and mail_form.errors
    return render(request, "desks/calendar.html", context, status=422 if wrong else 200)


@access("desks.subscribe")
@require_POST
def make_feed(request: HttpRequest) -> HttpResponse:
    """Make a private address of the calendar, and show it this once."""
    try:
        _feed, secret = commands.make_feed(actor_of(request))
    except TanbiaoError as error:
        messages.error(request, show.said(error))
        return redirect("desks:calendar")
    response = _calendar(request, secret=secret)
    response["Cache-Control"] = "no-store"
    return response


@access("desks.subscribe")
@require_POST
def end_feed(request: HttpRequest, feed_id: UUID) -> HttpResponse:
    """End a feed."""
    commands.end_feed(actor_of(request), feed_id=feed_id)
    messages.success(request, _("The address no longer works."))
    return redirect("desks:calendar")


@access(PUBLIC)
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Hand a calendar to a program that knows its private address."""
    found, actor = queries.feed_of(secret)
    with translation.override(CODES[found.lang]):
        terms = queries.feed_terms(actor)
        name = _("Tanbiao: terms")
        text = icalendar.calendar(
            show.entries(terms), name=name, made=clock.now(), product=f"-//Tanbiao//desks//{found.lang.upper()}"
        )
    commands.note_read(found)
    response = HttpResponse(text, content_type=icalendar.MEDIA_TYPE)
    response["Content-Disposition"] = 'inline; filename="tanbiao.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@access("desks.oversee")
@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """Show an authority the bodies and holders of its jurisdiction in numbers; nothing can be changed here."""
    found = queries.oversight(actor_of(request))
    groups = ((_("Certification bodies"), found.bodies), (_("Certificate holders"), found.holders))
    return render(request, "desks/authority.html", {"found": found, "groups": groups})


@access("desks.mail")
@require_POST
def choose_mail(request: HttpRequest) -> HttpResponse:
    """Ask for the digest, or stop it."""
    actor = actor_of(request)
    if request.POST.get("stop"):
        commands.stop_mail(actor)
        messages.success(request, _("No digest is sent any more."))
        return redirect("desks:calendar")
    form = MailForm(request.POST)
    if form.is_valid():
        try:
            choice = mailing.ask(actor, **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            asked = _("A mail is on its way; open the link in it.")
            messages.success(request, _("Saved.") if choice.confirmed_at else asked)
            return redirect("desks:calendar")
    return _calendar(request, mail_form=form)


@csrf_exempt
@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def mail_link(request: HttpRequest, token: str) -> HttpResponse:
    """Do what a mail's link is for, on a button: programs that fetch links ahead press none.

    Without a CSRF token, which a mail program that unsubscribes by one click (RFC 8058) has not: the link's own token
    says everything that is asked.
    """
    _choice, act, _address = mail_tokens.read(token)
    if request.method == "GET":
        return render(request, "desks/mail_link.html", {"act": act})
    try:
        choice = commands.answer_mail(actor_of(request), token=token)
    except TanbiaoError as error:
        return render(request, "desks/mail_link.html", {"problem": show.said(error)}, status=status_of(error))
    return render(request, "desks/mail_link.html", {"act": act, "state": choice.state})


urlpatterns: list[URLPattern] = [
    path("desk/queue/", queue, name="queue"),
    path("desk/calendar/", calendar, name="calendar"),
    path("desk/calendar/feeds/", make_feed, name="make_feed"),
    path("desk/calendar/feeds/<uuid:feed_id>/end/", end_feed, name="end_feed"),
    path("desk/authority/", authority, name="authority"),
    path("desk/mail/", choose_mail, name="choose_mail"),
    path("calendar/<str:secret>.ics", feed, name="feed"),
    path("mail/<str:token>/", mail_link, name="mail_link"),
]
