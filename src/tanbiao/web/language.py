"""Chinese first, English on the same address: ``?lang=en``, else the cookie, else what the browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from tanbiao.core.findings import Lang

CODES: dict[str, str] = {"zh": "zh-hans", "zh-hans": "zh-hans", "zh-cn": "zh-hans", "en": "en"}
ONE_YEAR_SECONDS = 365 * 24 * 3600


def current() -> Lang:
    """Return the reader's language as the core spells it."""
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


def asked_for(request: HttpRequest) -> str | None:
    """Return the language code of ``?lang=``; None when absent or unknown."""
    return CODES.get(request.GET.get("lang", "").strip().lower())


def choose(request: HttpRequest) -> str:
    """Return the language code for a request: address, cookie, ``Accept-Language``, Chinese."""
    chosen = asked_for(request) or CODES.get(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "").lower())
    return chosen or translation.get_language_from_request(request)


class LanguageMiddleware:
    """Sets the reader's language for a request, and keeps a choice made by ``?lang=`` in a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = choose(request)
        with translation.override(code):
            request.LANGUAGE_CODE = code
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", "en" if code == "en" else "zh-Hans")
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        if asked_for(request):
            remember(response, code)
        return response


def remember(response: HttpResponse, code: str) -> None:
    """Keep a reader's choice of language in a cookie for a year."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=ONE_YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
