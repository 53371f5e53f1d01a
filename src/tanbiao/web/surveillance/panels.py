"""What a certificate's life shows on pages below: the certificate's own page, the public page, the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web import clock
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.panels import panel
from tanbiao.web.register.models import Certificate, StatusChange
from tanbiao.web.surveillance import forms, queries, show
from tanbiao.web.surveillance.commands import grievances, transfers
from tanbiao.web.surveillance.models import Surveillance
from tanbiao.workflow.terms import terms_of

ON_DESK = 5


@panel("certificate")
def of_certificate(request: HttpRequest, certificate: Certificate) -> str:
    """Show holder and body what is due of a certificate, and what they can ask for."""
    actor, number = actor_of(request), certificate.number
    if not allowed(actor, "surveillance.view"):
        return ""
    context: dict[str, Any] = {
        "certificate": certificate,
        "surveys": show.lines(queries.surveillances(actor, number=number)),
        "items": show.items(queries.work_items(actor, number=number)),
        "grievances": show.lines(queries.grievances(actor, number=number)),
        "transfers": show.lines(queries.transfers(actor, number=number)),
    }
    holds = actor.owns(certificate)
    if holds and allowed(actor, "surveillance.appeal"):
        change = StatusChange.objects.filter(certificate=certificate).order_by("-index").first()
        term = timedelta(days=terms_of(certificate.terms).appeal_days)
        if change and change.event in grievances.APPEALABLE and clock.now() - change.at <= term:
            context["appeal_form"] = forms.AppealForm(initial={"against": change.hash})
            context["appeal_until"] = clock.day_of(change.at + term)
            context["appeal_stays"] = terms_of(certificate.terms).appeal_suspends_effect == "yes"
        running = queries.transfers(actor, number=number).filter(state__in=transfers.RUNNING).exists()
        if certificate.state == "valid" and not running:
            context["transfer_form"] = forms.TransferForm(present=certificate.body)
    if actor.organisation_id == certificate.body_id and allowed(actor, "surveillance.plan"):
        context["order_form"] = forms.OrderForm()
    return render_to_string("surveillance/_certificate.html", context, request=request)


@panel("public_certificate")
def of_public(request: HttpRequest, certificate: Certificate) -> str:
    """Say in public what the last surveillance came to, and where to complain."""
    last = (
        Surveillance.objects.filter(number=certificate.number, state__in=("passed", "change_required", "failed"))
        .order_by("-state_since")
        .first()
    )
    context = {"certificate": certificate, "last": last, "state": show.state(last) if last else None}
    return render_to_string("surveillance/_public.html", context, request=request)


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the newest notices that nobody has read, and how much is due."""
    actor = actor_of(request)
    if actor.organisation is None or not allowed(actor, "surveillance.view"):
        return ""
    unread = queries.notices(actor).filter(read_at__isnull=True)
    items = queries.work_items(actor).filter(body=actor.organisation)
    context = {
        "notices": show.notices(unread[:ON_DESK]),
        "total": unread.count(),
        "items": show.items(items[:ON_DESK]),
        "due": items.count(),
    }
    if not context["total"] and not context["due"]:
        return ""
    return render_to_string("surveillance/_desk.html", context, request=request)
