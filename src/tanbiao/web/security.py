"""What every answer carries, and what no request may bring."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tanbiao.web import problems
from tanbiao.web.commanding import TooLarge

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""No inline script or style anywhere: markup that carries one does not run."""

EMBEDDABLE = "tanbiao_embeddable"
"""Mark of an answer that other sites may show in a frame; its own policy says ``frame-ancestors *``."""
DRAIN_LIMIT_BYTES = 512 * 1024 * 1024
"""How much of a refused upload is read and thrown away, so that the browser shows the refusal and no broken line."""


def policy_headers() -> dict[str, str]:
    """Return the headers that every answer carries."""
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
    }
    if settings.SESSION_COOKIE_SECURE:
        headers |= {"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000"}
    return headers


class SecurityHeaders:
    """Sets the policy headers on every answer; a view may make one stricter, never miss one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in policy_headers().items():
            if name != "X-Frame-Options" or not getattr(response, EMBEDDABLE, False):
                response.headers.setdefault(name, value)
        return response


class UploadLimit:
    """Refuses a request whose declared length is over the limit, before anything of it is parsed or stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isdigit() else 0
        limit = settings.TANBIAO_MAX_UPLOAD_BYTES
        if size <= limit:
            return self.get_response(request)
        _drain(request, min(size, DRAIN_LIMIT_BYTES))
        error = TooLarge.of("upload_too_large", size=_megabytes(size), limit=_megabytes(limit))
        return problems.respond(request, error)


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"


def _drain(request: HttpRequest, size: int) -> None:
    stream = request.META.get("wsgi.input")
    while stream is not None and size > 0:
        piece = stream.read(min(size, 1024 * 1024))
        if not piece:
            return
        size -= len(piece)
