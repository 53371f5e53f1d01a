"""The REST API under ``/api/v1``: the routers of all features, one problem schema, one OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import ninja
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tanbiao.core.findings import Finding, Severity, TanbiaoError
from tanbiao.web import problems
from tanbiao.web.api_kit import ProblemOut, problem_statuses
from tanbiao.web.commanding import NotAllowed, NotSignedIn
from tanbiao.web.features import FEATURES, module_of


class TanbiaoApi(ninja.NinjaAPI):
    """Django Ninja whose OpenAPI document declares the problems that the handlers below answer with."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        """Return the OpenAPI document with one problem schema for every refusal.

        The problems are added here and not as response models of each operation: building hundreds of equal models
        took half of the service's start.
        """
        schema = super().get_openapi_schema(*args, **kwargs)
        shape = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(shape.pop("$defs", {}))
        schemas["ProblemOut"] = shape
        content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                declared = {str(status): answer for status, answer in operation["responses"].items()}
                for status in problem_statuses(method, needs_actor="security" in operation):
                    declared.setdefault(str(status), {"description": HTTPStatus(status).phrase, "content": content})
                operation["responses"] = declared
        return schema


def build() -> TanbiaoApi:
    """Return the API with the routers of all installed features."""
    made = TanbiaoApi(
        title="Tanbiao 碳标",
        version=settings.TANBIAO_VERSION,
        description="Product carbon footprints, their verification and label. Errors are RFC 9457 problem details.",
        urls_namespace="api",
        docs_url=None,
    )
    for name in FEATURES:
        module = module_of(name, "api")
        if module is not None:
            made.add_router("", module.router, tags=[name])
    _add_handlers(made)
    return made


def _add_handlers(made: TanbiaoApi) -> None:
    made.add_exception_handler(TanbiaoError, _domain)
    made.add_exception_handler(Http404, _framework)
    made.add_exception_handler(PermissionDenied, _framework)
    made.add_exception_handler(AuthenticationError, _unauthenticated)
    made.add_exception_handler(ValidationError, _validation)
    made.add_exception_handler(HttpError, _http)
    made.add_exception_handler(Exception, _anything)


def _domain(request: HttpRequest, error: Any) -> HttpResponse:
    return problems.respond(request, error)


def _framework(request: HttpRequest, error: Any) -> HttpResponse:
    return _anything(request, error)


def _unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
    return problems.respond(request, NotSignedIn.of("sign_in_first"))


def _validation(request: HttpRequest, error: Any) -> HttpResponse:
    """Every field that does not fit its schema, with its place."""
    findings = []
    for item in error.errors[:100]:
        where = ".".join(str(part) for part in item.get("loc", ()))
        params = {"reason": str(item.get("msg", "")), "type": str(item.get("type", ""))}
        findings.append(Finding("field_invalid", Severity.BLOCKING, where, params))
    return problems.answer(request, findings, 422)


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    """Errors that the framework itself raises: a body that is no JSON (400), a CSRF token that is missing (403)."""
    if error.status_code == 403:
        return problems.respond(request, NotAllowed.of("csrf_failed"))
    finding = Finding("request_unreadable", Severity.BLOCKING, "", {"reason": _("the request can't be read")})
    return problems.answer(request, [finding], error.status_code)


def _anything(request: HttpRequest, error: Any) -> HttpResponse:
    known = problems.translate(error)
    return problems.unexpected(request, error) if known is None else problems.respond(request, known)


api = build()
