"""The page that checks labels in flight mode: installable, kept on the device by a service worker, with the camera."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanbiao.core.canonical import hash_bytes
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.language import current
from tanbiao.web.register import status_lists
from tanbiao.web.register.models import StatusShard

SCRIPTS = (
    "verify-page",
    "verify-claim",
    "verify-core",
    "verify-crypto",
    "verify-json",
    "verify-log",
    "verify-messages",
    "verify-pdf",
    "verify-scan",
    "verify-sm2",
    "verify-statement",
    "verify-install",
)
SHELL = (
    *(f"js/{name}.js" for name in SCRIPTS),
    "vendor/noble/noble-p256.min.js",
    "vendor/qr/qr-decode.min.js",
    "vendor/bootstrap/bootstrap.min.css",
    "css/tanbiao.css",
    "vendor/htmx/htmx.min.js",
    "js/site.js",
    "img/mark.svg",
    "register/register.css",
)
"""What the page needs; modules import each other by their plain names, so those are kept as well."""


MOST_LISTS = 4
"""Newest status lists kept from the beginning (45 kB each at most); others are kept when a label asks for them."""


@access(PUBLIC)
@require_safe
def app(request: HttpRequest) -> HttpResponse:
    """Show the page that checks labels without any network."""
    return render(request, "register/flight.html")


@access(PUBLIC)
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Say how the page is installed on a phone."""
    lang = current()
    body = {
        "id": "/verify/app",
        "name": _("Check a label") + (" · 演示 DEMO" if settings.TANBIAO_DEMO else ""),
        "short_name": _("Check a label"),
        "lang": "en" if lang == "en" else "zh-Hans",
        "start_url": f"{reverse('register:flight')}?lang={lang}",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#0B6B3A",
        "icons": [
            {"src": staticfiles_storage.url("img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/manifest+json"
    return response


@access(PUBLIC)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Hand out the service worker; its bytes change with whatever it keeps, and then browsers take the new one."""
    lang = "en" if request.GET.get("lang") == "en" else "zh"
    plain = [f"{settings.STATIC_URL}{name}" for name in SHELL]
    versioned = [staticfiles_storage.url(name) for name in SHELL]
    evidence = ["/.well-known/did.json", reverse("register:trust_list")]
    shards = StatusShard.objects.order_by("-number").values_list("number", flat=True)[:MOST_LISTS]
    evidence += [
        urlsplit(status_lists.url(purpose, shard)).path
        for purpose in status_lists.PURPOSES
        for shard in sorted({0, *shards})
    ]
    context = {
        "version": hash_bytes(json.dumps([settings.TANBIAO_VERSION, lang, *versioned]).encode())[7:23],
        "page": f"{reverse('register:flight')}?lang={lang}",
        "shell": json.dumps(plain),
        "evidence": json.dumps(evidence),
    }
    response = HttpResponse(render_to_string("register/worker.js", context), content_type="text/javascript")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


urlpatterns = [
    path("verify/app", app, name="flight"),
    path("verify/app.webmanifest", manifest, name="manifest"),
    path("verify/worker.js", worker, name="worker"),
]
