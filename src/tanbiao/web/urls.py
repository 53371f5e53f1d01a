"""Addresses: those of every feature, the API, and log-in."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLResolver, include, path

from tanbiao.web import pages
from tanbiao.web.addresses import Address, by_first_segment, under_own_segments
from tanbiao.web.api_root import api
from tanbiao.web.features import FEATURES, module_of


def _features() -> list[Address]:
    found: list[Address] = []
    for name in FEATURES:
        module = module_of(name, "pages")
        if module is not None:
            found.append(under_own_segments(module.urlpatterns, name))
    return found


def _api() -> URLResolver:
    addresses, app_name, namespace = api.urls
    return path("api/v1/", include((by_first_segment(addresses), app_name), namespace=namespace))


urlpatterns: list[Address] = [
    _api(),
    *_features(),
    *pages.urlpatterns,
    path("accounts/", include("allauth.urls")),
]

handler400 = "tanbiao.web.problems.bad_request"
handler403 = "tanbiao.web.problems.forbidden"
handler404 = "tanbiao.web.problems.missing"
handler500 = "tanbiao.web.problems.failed"

if settings.DEBUG:
    handler500 = "django.views.defaults.server_error"
