"""What labels show on pages below: the certificate's own page and the public page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.labels import queries, show
from tanbiao.web.panels import panel
from tanbiao.web.register.models import Certificate, ProblemReport


@panel("certificate")
def of_certificate(request: HttpRequest, certificate: Certificate) -> str:
    """Show holder and body the licences, their uses, and how a shop shows the label."""
    actor, number = actor_of(request), certificate.number
    if not allowed(actor, "labels.view"):
        return ""
    context = {
        "certificate": certificate,
        "licences": show.lines(queries.licences(actor, number=number)),
        "uses": show.lines(queries.uses(actor, number=number)[:10]),
        "may_apply": actor.owns(certificate) and allowed(actor, "labels.apply") and certificate.state == "valid",
        "may_find": actor.organisation_id == certificate.body_id and allowed(actor, "labels.find"),
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    return render_to_string("labels/_certificate.html", context, request=request)


@panel("public_certificate")
def of_public(request: HttpRequest, certificate: Certificate) -> str:
    """Say in public on which products the label may stand, and what runs off."""
    rows = [row for row in queries.public(actor_of(request), certificate.number) if row.version == certificate.version]
    older = [
        row
        for row in queries.public(actor_of(request), certificate.number)
        if row.version != certificate.version and row.run_off_until
    ]
    context = {"rows": [*rows, *older], "certificate": certificate}
    return render_to_string("labels/_public.html", context, request=request)


@panel("report")
def of_report(request: HttpRequest, report: ProblemReport) -> str:
    """Lead from a report of the public to the violation that it brought to light."""
    known = Certificate.objects.filter(number=report.number).exists()
    if not known or not allowed(actor_of(request), "labels.find"):
        return ""
    return render_to_string("labels/_report.html", {"report": report}, request=request)
