"""The pages of an audit at the site: its plan, what is recorded there (also offline)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.certification import audit, commands, queries, queries_audit
from tanbiao.web.certification.commands.audit_planning import PLANNING
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.forms_onsite import AuditPlanForm
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.words import ANSWER_WORDS, GROUP_WORDS, MODE_WORDS
from tanbiao.web.commanding import allowed
from tanbiao.web.problems import status_of
from tanbiao.web.security import policy_headers

SHELL = (
    "vendor/bootstrap/bootstrap.min.css",
    "css/tanbiao.css",
    "certification/certification.css",
    "certification/audit.js",
    "certification/audit-queue.js",
    "vendor/htmx/htmx.min.js",
    "js/site.js",
    "img/mark.svg",
)
"""What the page at the site needs; modules import each other by their plain names, so those are kept as well."""


@access("certification.view")
@require_GET
def site_audit(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the audit to the case's body; its team records on this page, also where there is no network."""
    actor = actor_of(request)
    case = queries.body_case(actor, case_id)
    plan = audit.plan_of(case)
    context = {
        "case": case,
        "plan": plan,
        "mode": MODE_WORDS[plan.mode] if plan else "",
        "may_plan": allowed(actor, "certification.handle", case) and case.state in PLANNING,
        "may_record": queries.in_team(actor, case) and case.state in VISITING,
        "sites": list(audit.fences_of(case)),
        "groups": [(item, GROUP_WORDS[item.group]) for item in audit.list_of(case)],
        "answers": list(ANSWER_WORDS.items()),
        "visits": case.visits.select_related("by").prefetch_related("talks", "photos"),
        "taken_along": _taken_along(actor, case),
        "words": _words(),
    }
    response = render(request, "certification/site_audit.html", context)
    response["Permissions-Policy"] = policy_headers()["Permissions-Policy"].replace(
        "geolocation=()", "geolocation=(self)"
    )
    return response


def _taken_along(actor: Actor, case: Case) -> dict[str, Any]:
    """Return what the page's script needs on the device: addresses, the running visit, the answers as they stand."""
    running = case.visits.filter(by_id=actor.person_id, checked_out__isnull=True).first()
    return {
        "case": str(case.id),
        "person": str(actor.person_id),
        "sync": f"/api/v1/cases/{case.id}/audit/sync",
        "worker": "/cases/audit-worker.js",
        "shell": [*(f"{settings.STATIC_URL}{name}" for name in SHELL), *map(staticfiles_storage.url, SHELL)],
        "running": str(running.id) if running else "",
        "answers": dict(case.consistency.values_list("item", "answer")),
    }


def _words() -> dict[str, str]:
    """Return the words that the page's script says."""
    return {
        "online": _("online"),
        "offline": _("no network: everything is kept on this device and sent later"),
        "kept": _("This page is on your device and opens without a network."),
        "not_kept": _("This browser can't keep the page (no secure address). Stay online."),
        "waiting": _("waiting to be sent"),
        "recorded": _("sent"),
        "refused": _("not taken"),
        "nothing": _("Nothing waits on this device."),
        "remove": _("Discard"),
        "again": _("Send again as my answer"),
        "check_in": _("Check-in"),
        "check_out": _("Check-out"),
        "interview": _("Interview"),
        "photo": _("Photo"),
        "answer": _("Answer"),
        "locating": _("Looking for the position …"),
        "no_position": _("No position could be read: say why in the remark."),
        "position": _("Position read; accuracy in m:"),
        "signed_out": _("You are signed out. Sign in again on this device; nothing is lost."),
        "left": _("Something still waits to be sent. Send it first."),
        "sure": _("Discard this record? It was not sent."),
        "hashed": _("Hashed on this device:"),
        "first": _("Check in first."),
    }


@access("certification.handle")
@require_http_methods(["GET", "POST"])
def audit_plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Plan how the case is audited."""
    actor = actor_of(request)
    case = queries.body_case(actor, case_id)
    form, status = AuditPlanForm(request.POST or None, case=case), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.plan_audit(actor, case_id=case_id, **form.values())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The audit is planned."))
                return redirect("certification:site_audit", case_id=case_id)
    return render(request, "certification/audit_plan.html", {"case": case, "form": form}, status=status)


@access("certification.view")
@require_GET
def audit_photo(request: HttpRequest, case_id: UUID, photo_id: UUID) -> HttpResponse:
    """Return a photo, or the parts taken out of it as they are sealed."""
    return queries_audit.photo_file(actor_of(request), case_id, photo_id, sealed="sealed" in request.GET)


@access("certification.view")
@require_GET
def visit_position(request: HttpRequest, case_id: UUID, visit_id: UUID) -> HttpResponse:
    """Return the sealed position of a check-in."""
    return queries_audit.position_file(actor_of(request), case_id, visit_id)


@access(PUBLIC)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Hand out the service worker of the audit pages; it holds no data and answers for kept pages alone."""
    versions = json.dumps([settings.TANBIAO_VERSION, *map(staticfiles_storage.url, SHELL)])
    context = {"version": hash_bytes(versions.encode())[7:23]}
    response = HttpResponse(render_to_string("certification/audit-worker.js", context), content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


urlpatterns: list[URLPattern] = [
    path("cases/audit-worker.js", worker, name="audit_worker"),
    path("cases/<uuid:case_id>/audit/", site_audit, name="site_audit"),
    path("cases/<uuid:case_id>/audit/plan/", audit_plan, name="audit_plan"),
    path("cases/<uuid:case_id>/audit/photos/<uuid:photo_id>/", audit_photo, name="audit_photo"),
    path("cases/<uuid:case_id>/visits/<uuid:visit_id>/position/", visit_position, name="visit_position"),
]
