"""One answer for everything that goes wrong: problem details (RFC 9457) for programs, a like page for people.

The reader's language decides the words, the code never changes. Nothing of the machine (paths, queries, stack) leaves
the house: an unexpected failure gets a reference that stands beside its trace in the server's own log.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render as render_template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tanbiao.core.findings import Finding, Severity, TanbiaoError, render
from tanbiao.web.commanding import Invalid, NotAllowed, NotFound, TooLarge, TooMany
from tanbiao.web.language import current

MEDIA_TYPE = "application/problem+json"
CONFLICTS = frozenset({"IllegalTransition", "GuardRefused"})
"""Errors of the workflow machine, which knows no HTTP: right call, wrong moment."""
logger = logging.getLogger("tanbiao.problems")


def status_of(error: TanbiaoError) -> int:
    """Return the HTTP status of a domain failure."""
    if CONFLICTS & {cls.__name__ for cls in type(error).__mro__}:
        return 409
    status = getattr(error, "status", 422)
    return status if isinstance(status, int) else 422


def titles() -> dict[int, str]:
    """Return the short name of each status in the reader's language."""
    return {
        400: _("The request can't be read"),
        401: _("Please sign in first"),
        403: _("You may not do this"),
        404: _("Not found"),
        405: _("This address doesn't take that method"),
        409: _("Not possible at this moment"),
        413: _("Too large"),
        422: _("Please check what you entered"),
        429: _("Too many attempts"),
        500: _("Something went wrong on our side"),
        503: _("Not available right now"),
    }


def document(findings: Sequence[Finding], status: int) -> dict[str, Any]:
    """Return the problem details of RFC 9457 with ``code``, ``where``, ``remedy`` and ``findings`` as extensions."""
    rendered = [render(item, current()) for item in findings]
    first = rendered[0]
    return {
        "type": f"urn:tanbiao:problem:{first['code']}",
        "title": titles().get(status, first["message"]),
        "status": status,
        "detail": first["message"],
        "code": first["code"],
        "where": first["where"],
        "remedy": first["remedy"],
        "findings": rendered,
    }


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: an address of the API, or one that asks for JSON and not for HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def respond(request: HttpRequest, error: TanbiaoError) -> HttpResponse:
    """Answer a domain failure: problem details, the sign-in page, or the friendly page."""
    status = status_of(error)
    if status == 401 and not wants_json(request) and request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
    return answer(request, error.findings, status)


def answer(request: HttpRequest, findings: Sequence[Finding], status: int) -> HttpResponse:
    """Answer with findings and a status, in the form the caller reads."""
    body = document(findings, status)
    if wants_json(request):
        response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type=MEDIA_TYPE, status=status)
        if status == 401:
            response["WWW-Authenticate"] = 'Bearer realm="tanbiao"'
        return response
    fragment = bool(request.headers.get("HX-Request"))
    template = "problem_fragment.html" if fragment else "problem.html"
    return render_template(request, template, {"problem": body}, status=status)


def unexpected(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer a failure nobody foresaw, with a reference to its trace in the log and nothing else."""
    reference = secrets.token_hex(6)
    logger.error("unexpected failure %s at %s %s", reference, request.method, request.path, exc_info=error)
    return answer(request, [Finding("unexpected", Severity.BLOCKING, "", {"reference": reference})], 500)


def translate(error: BaseException) -> TanbiaoError | None:
    """Return the domain failure that a framework's exception stands for; None for one that nobody foresaw."""
    if isinstance(error, TanbiaoError):
        return error
    if isinstance(error, Http404):
        return NotFound.of("not_found")
    if isinstance(error, PermissionDenied):
        return NotAllowed.of("not_allowed", permission="")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        limit = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024} MB"
        return TooLarge.of("form_too_large", limit=limit)
    if isinstance(error, TooManyFilesSent):
        return TooLarge.of("upload_files_too_many", limit=settings.DATA_UPLOAD_MAX_NUMBER_FILES)
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return Unreadable.of("request_unreadable")
    return None


class Unreadable(Invalid):
    """The request itself is malformed (400)."""

    status = 400


class ProblemMiddleware:
    """Turns every exception of a page into its problem page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that raised."""
        error = translate(exception)
        if error is not None:
            return respond(request, error)
        return None if settings.DEBUG else unexpected(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django calls it with the reason)
    """Answer a form whose security token is missing or old."""
    return respond(request, NotAllowed.of("csrf_failed"))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """Answer a log-in after too many wrong passwords."""
    return respond(request, TooMany.of("locked_out", minutes=int(settings.AXES_COOLOFF_TIME * 60)))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of 400."""
    return respond(request, translate(exception) or Unreadable.of("request_unreadable"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of 403."""
    return respond(request, translate(exception) or NotAllowed.of("not_allowed", permission=""))


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (its text names addresses)
    """Django's handler of 404: an address that nothing answers."""
    return respond(request, NotFound.of("not_found"))


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of 500, for what fails outside a view."""
    return answer(request, [Finding("unexpected", Severity.BLOCKING, "", {"reference": "-"})], 500)
