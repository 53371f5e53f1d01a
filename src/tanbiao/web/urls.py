"""Addresses: those of every feature, the API, and log-in."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from tanbiao.web import pages
from tanbiao.web.api_root import api
from tanbiao.web.features import FEATURES, module_of


def _features() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for name in FEATURES:
        module = module_of(name, "pages")
        if module is not None:
            found.append(path("", include((module.urlpatterns, name), namespace=name)))
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    *_features(),
    path("api/v1/", api.urls),
    *pages.urlpatterns,
    path("accounts/", include("allauth.urls")),
]

handler400 = "tanbiao.web.problems.bad_request"
handler403 = "tanbiao.web.problems.forbidden"
handler404 = "tanbiao.web.problems.missing"
handler500 = "tanbiao.web.problems.failed"

if settings.DEBUG:
    handler500 = "django.views.defaults.server_error"
