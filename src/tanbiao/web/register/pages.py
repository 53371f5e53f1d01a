"""The public pages of the register, the page that verifies a label, and the pages of holder and issuing body."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.register import (
    changing,
    commands,
    forms,
    front,
    migrating,
    pact,
    pages_checks,
    pages_comparing,
    pages_declaring,
    pages_feeds,
    pages_find,
    pages_flight,
    pages_handing_over,
    pages_open,
    pages_resolver,
    publishing,
    queries,
    show,
    states,
    status_lists,
    verifying,
    words,
)
from tanbiao.web.register.models import Certificate, Snapshot

PER_PAGE = 24
DECLARED = ("SC-", "VS-", "DEMO-SC-", "DEMO-VS-")
"""How numbers of figures begin that are no certificates."""
MAX_SHARDS = 16_384
"""Of 131,072 places each: more lists than there are places in the column that holds them."""


def _published(request: HttpRequest, name: str, number: str) -> HttpResponse:
    """Serve a public page: the snapshot for visitors, a fresh one for the signed-in and for older versions."""
    actor, lang = actor_of(request), current()
    version = request.GET.get("version", "")
    if actor.is_anonymous and not version:
        kept = queries.snapshot(publishing.snapshot_key(lang, name, number)) or _kept_now(name, number)
        return _with_etag(request, gzip.decompress(bytes(kept.packed)), kept.etag)
    if version and not version.isdecimal():
        raise NotFound.of("certificate_unknown", number)
    found = queries.certificate(actor, number, int(version[:6]) if version else None)
    return render(request, show.template_of(found, name), show.public_context(found, lang))


def _kept_now(name: str, number: str) -> Snapshot:
    """Render a page that is not kept (after an upgrade, say) and keep it; its certificate can't change meanwhile."""
    lang = current()
    with transaction.atomic():
        found = states.locked(number)
        return publishing.render_page(found, name, lang, show.public_context(found, lang))


def _with_etag(request: HttpRequest, body: bytes, etag: str) -> HttpResponse:
    quoted = f'"{etag}"'
    asked = [item.strip().removeprefix("W/") for item in request.headers.get("If-None-Match", "").split(",")]
    response = HttpResponse(status=304) if quoted in asked else HttpResponse(body)
    response["ETag"] = quoted
    response["Cache-Control"] = "no-cache"
    return response


@access(PUBLIC)
@require_safe
def product(request: HttpRequest, number: str) -> HttpResponse:
    """Show the product page; a figure that is no certificate has a page of its own."""
    if number.startswith(DECLARED):
        return redirect("register:declaration", number=number)
    return _published(request, "product", number)


@access(PUBLIC)
@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Show the certificate page."""
    return _published(request, "certificate", number)


@access(PUBLIC)
@require_safe
def pact_document(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the product's footprint for PACT, as far as its holder publishes it."""
    document = pact.published(queries.footprint(actor_of(request), number))
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def artefact(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Hand out a label, a PDF or a bundle."""
    version = request.GET.get("version", "")
    found, data, media_type, ending = queries.artefact(
        actor_of(request), number, name, int(version[:6]) if version.isdecimal() else None
    )
    shown_here = name.startswith(("label_", "pdf_"))
    response = attachment(data, media_type, f"{found.number}-{name}.{ending}", inline=shown_here)
    if name in found.artefacts:
        response["ETag"] = f'"{found.artefacts[name]}"'
        response["Cache-Control"] = "public, max-age=300"
    return response


@access(PUBLIC)
@require_safe
def credential(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the signed credential."""
    found = queries.certificate(actor_of(request), number)
    response = HttpResponse(queries.credential(actor_of(request), number), content_type="application/vc+jwt")
    response["ETag"] = f'"{found.credential_hash}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def twin(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the same credential as JSON with a Data Integrity proof (eddsa-jcs-2022)."""
    version = request.GET.get("version", "")
    found, data = queries.twin(actor_of(request), number, int(version[:6]) if version.isdecimal() else None)
    response = HttpResponse(data, content_type="application/vc")
    response["ETag"] = f'"{found.artefacts["twin"]}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def leaf(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the log leaf of a certificate's issue."""
    place = queries.place(queries.certificate(actor_of(request), number))
    return HttpResponse(place.leaf, content_type="application/json")


@access(PUBLIC)
@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the offline proof (C2SP tlog-proof) that the leaf is in the log."""
    place = queries.place(queries.certificate(actor_of(request), number))
    return HttpResponse(queries.proof_text(place), content_type="text/plain; charset=utf-8")


@access(PUBLIC)
@require_safe
def status_list(request: HttpRequest, purpose: str, shard: int = 0) -> HttpResponse:
    """Hand out a signed status list; what stands before Django does so from its file, as long as that is fresh."""
    if purpose not in status_lists.PURPOSES or not 0 <= shard < MAX_SHARDS or not status_lists.is_known(shard):
        raise NotFound.of("not_found")
    found = status_lists.current(purpose, shard)
    response = HttpResponse(found.document, content_type=front.STATUS_TYPE)
    response["ETag"] = f'"{found.hash}"'
    for name, value in front.STATUS_HEADERS:
        response[name] = value
    return response


@access(PUBLIC)
@require_safe
def trust_list(request: HttpRequest) -> HttpResponse:
    """Hand out this platform's trust list."""
    response = JsonResponse(verifying.trust_list().as_json(), json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Check a label: by its number, or by a credential that is pasted or sent as a file."""
    number = (request.POST.get("number") or request.GET.get("number") or "").strip()
    token = request.POST.get("credential", "").strip()
    sent = request.FILES.get("file")
    if sent is not None:
        if sent.size and sent.size > forms.MAX_CREDENTIAL_BYTES:
            raise Invalid.of("attachment_too_large", sent.name or "", limit=1)
        token = forms.credential_of_file(sent.read())
    if number and not token:
        return redirect("register:label", number=number)
    context: dict[str, Any] = {"report_form": forms.ReportForm()}
    if token:
        context |= _verdict_context(verifying.check(token), None)
    return render(request, "register/verify.html", context)


@access(PUBLIC)
@require_http_methods(["GET", "HEAD"])
def label(request: HttpRequest, number: str) -> HttpResponse:
    """Show what a scanned label means and whether it is valid: the page that opens from the QR code."""
    actor, lang = actor_of(request), current()
    value = request.GET.get("value", "").strip()[:40]
    try:
        found = queries.certificate(actor, number)
    except NotFound:
        context = {"unknown_number": number, "report_form": forms.ReportForm(initial={"number": number})}
        return render(request, "register/verify.html", context, status=404)
    token = queries.credential(actor, number)
    verdict = verifying.check_certificate(found, token, value)
    if request.GET.get("s") and found.study_id is not None:
        verdict = verifying.with_label(verdict, found, request.build_absolute_uri())
    public, checked = show.public_context(found, lang), _verdict_context(verdict, found)
    if found.study_id is None:
        context = checked | public | {"verdict_steps": checked["steps"]}
        return render(request, show.template_of(found, "label"), context)
    context = (
        public
        | checked
        | {
            "value": value,
            "older_label": verifying.is_older_label(found, request.build_absolute_uri()),
            "declared_of": found.issue.order["declared_of"][lang],
            "report_form": forms.ReportForm(initial={"number": number}),
            "proof": queries.log_place(found).proof,
        }
    )
    return render(request, "register/label.html", context)


def _verdict_context(verdict: Any, found: Certificate | None) -> dict[str, Any]:
    demo = verdict.demo or bool(found and found.is_demo)
    table = words.VERDICT_DEMO_WORDS if demo else words.VERDICT_WORDS
    return {
        "verdict": verdict,
        "verdict_word": table[verdict.verdict],
        "steps": [{"ok": step.ok, "message": step.message(current()), "id": step.id} for step in verdict.steps],
    }


@access(PUBLIC)
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Take a report of a problem with a label."""
    form = forms.ReportForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            made = commands.report_problem(actor_of(request), **form.values())
        except TanbiaoError as error:
            form.add_problem(error)
            status = status_of(error)
        else:
            messages.success(request, _("Thank you. The report is kept; follow it by its code."))
            return redirect("register:report_status", code=made.code)
    return render(request, "register/verify.html", {"report_form": form}, status=status)


@access(PUBLIC)
@require_safe
def report_status(request: HttpRequest, code: str) -> HttpResponse:
    """Show whoever reported what came of it."""
    row = queries.report_by_code(actor_of(request), code)
    known = Certificate.objects.filter(number=row.number).exists()
    context = {
        "thing": row,
        "known": known,
        "kind": words.REPORT_WORDS[row.kind],
        "outcome": words.REPORT_OUTCOMES.get(row.outcome, ""),
        "by": row.answered_for.name(current()) if row.answered_for else "",
    }
    response = render(request, "register/report_status.html", context)
    response["Cache-Control"] = "no-store"
    return response


@access(PUBLIC)
@require_safe
def find_report(request: HttpRequest) -> HttpResponse:
    """Lead to a report by its code."""
    return redirect(
        "register:report_status", code=queries.report_by_code(actor_of(request), request.GET.get("code", "")).code
    )


@access("register.unseal")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show the certificates that one's organisation holds or has issued."""
    actor = actor_of(request)
    page = Paginator(queries.mine(actor), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "register/mine.html", {"page": page, "cards": [show.card(row) for row in page]})


@access("register.migrations")
@require_http_methods(["GET", "POST"])
def migrations(request: HttpRequest) -> HttpResponse:
    """Show the certificates whose rule ends; mark what was told as read."""
    actor = actor_of(request)
    if request.method == "POST":
        commands.read_migrations(actor)
        return redirect("desk" if request.POST.get("next") == "desk" else "register:migrations")
    page = Paginator(migrating.migrations(actor), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "register/migrations.html", {"page": page, "lines": migrating.lines(page)})


@access("register.unseal")
@require_GET
def manage(request: HttpRequest, number: str) -> HttpResponse:
    """Show what holder or body may do with a certificate."""
    return _manage_page(request, number)


def _manage_page(
    request: HttpRequest,
    number: str,
    *,
    tried: dict[str, Any] | None = None,
    consent_form: forms.ConsentForm | None = None,
    error: TanbiaoError | None = None,
) -> HttpResponse:
    actor, lang = actor_of(request), current()
    found = queries.certificate(actor, number)
    if actor.organisation_id not in (found.body_id, found.owner_id):
        raise NotFound.of("certificate_unknown", number)
    context = show.public_context(found, lang) | {
        "offers": forms.offers(actor, found, tried or {}),
        "proposal": show.proposal(changing.open_proposal(found)) if actor.organisation_id == found.body_id else None,
        "consent_form": consent_form
        or forms.ConsentForm(certificate=found, initial={"shown": found.shown.get("fields", [])}),
        "production_form": pages_declaring.production_form(number),
        "holder_side": actor.owns(found),
        "refusals": error.findings if error else (),
    }
    status = status_of(error) if error else (422 if tried or consent_form else 200)
    return render(request, "register/manage.html", context, status=status)


@access("register.unseal")
@require_POST
def act(request: HttpRequest, number: str, event: str) -> HttpResponse:
    """Change the state of a certificate."""
    actor = actor_of(request)
    found = queries.certificate(actor, number)
    chosen = forms.ACTS.get(event)
    if chosen is None:
        raise NotFound.of("not_found")
    form = chosen[0](request.POST, certificate=found, event=event)
    if not form.is_valid():
        return _manage_page(request, number, tried={event: form})
    try:
        chosen[1](actor, number=number, **form.values())
    except TanbiaoError as error:
        return _manage_page(request, number, tried={event: form}, error=error)
    told = {
        "change": _("The new version is being issued; the present one holds until it is out."),
        "propose": _("Proposed. Another person of the body who decides carries it out."),
    }
    messages.success(request, told.get(event) or _("Done."))
    return redirect("register:manage", number=number)


@access("register.change_state")
@require_POST
def drop_change(request: HttpRequest, number: str, proposal_id: UUID) -> HttpResponse:
    """Drop a proposed change."""
    commands.drop_change(actor_of(request), number=number, proposal_id=proposal_id)
    messages.success(request, _("Done."))
    return redirect("register:manage", number=number)


@access("register.consent")
@require_POST
def consent(request: HttpRequest, number: str) -> HttpResponse:
    """Set which further fields the public sees."""
    actor = actor_of(request)
    form = forms.ConsentForm(request.POST, certificate=queries.certificate(actor, number))
    if not form.is_valid():
        return _manage_page(request, number, consent_form=form)
    try:
        commands.consent(actor, number=number, fields=tuple(form.cleaned_data["shown"]))
    except TanbiaoError as error:
        return _manage_page(request, number, consent_form=form, error=error)
    messages.success(request, _("Saved."))
    return redirect("register:manage", number=number)


urlpatterns: list[URLPattern] = [
    *pages_find.urlpatterns,
    *pages_checks.urlpatterns,
    *pages_comparing.urlpatterns,
    *pages_resolver.urlpatterns,
    *pages_feeds.urlpatterns,
    *pages_open.urlpatterns,
    *pages_declaring.urlpatterns,
    path("p/<str:number>", product, name="product"),
    path("p/<str:number>/pact.json", pact_document, name="pact"),
    path("c/<str:number>", certificate, name="certificate"),
    path("c/<str:number>/credential.jwt", credential, name="credential"),
    path("c/<str:number>/credential.json", twin, name="twin"),
    path("c/<str:number>/leaf.json", leaf, name="leaf"),
    path("c/<str:number>/proof.tlog-proof", proof, name="proof"),
    path("c/<str:number>/<slug:name>", artefact, name="artefact"),
    path("v/<str:number>", label, name="label"),
    path("verify", verify, name="verify"),
    path("verify/report", report, name="report"),
    path("verify/reports/", find_report, name="find_report"),
    path("verify/reports/<str:code>/", report_status, name="report_status"),
    path("status/<slug:purpose>", status_list, name="status_list"),
    path("status/<slug:purpose>/<int:shard>", status_list, name="status_shard"),
    path(".well-known/tanbiao-trust.json", trust_list, name="trust_list"),
    path("certificates/", mine, name="mine"),
    path("migrations/", migrations, name="migrations"),
    path("certificates/<str:number>/", manage, name="manage"),
    path("certificates/<str:number>/act/<slug:event>/", act, name="act"),
    path("certificates/<str:number>/changes/<uuid:proposal_id>/drop/", drop_change, name="drop_change"),
    path("certificates/<str:number>/consent/", consent, name="consent"),
    *pages_handing_over.urlpatterns,
    *pages_flight.urlpatterns,
]
