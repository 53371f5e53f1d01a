"""What every feature's API is made of: the router that denies by default, bounds, pages of a list, problems."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import ninja
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from pydantic import BaseModel, Field

from tanbiao.web import access
from tanbiao.web.accounts.actor import Actor, actor_of, actor_of_token
from tanbiao.web.commanding import Invalid, NotSignedIn
from tanbiao.web.uploads import Upload

MAX_PAGE = 100
MAX_OFFSET = 1_000_000
MAX_INTEGER = 2**63 - 1

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Text = Annotated[str, Field(max_length=500)]

Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)


class FindingOut(BaseModel):
    """A finding in the reader's language."""

    code: str
    severity: str
    where: str
    message: str
    remedy: str


class ProblemOut(BaseModel):
    """Problem details (RFC 9457); ``code`` is stable and never translated."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str
    remedy: str
    findings: list[FindingOut]


class Page(BaseModel, Generic[Item]):
    """One page of a list: how many there are in all, where this page begins, and its items."""

    total: Count
    offset: Count
    items: list[Item]


PROBLEM_STATUSES = (400, 401, 403, 404, 409, 413, 422)


def problem_statuses(method: str, *, needs_actor: bool) -> list[int]:
    """Return the statuses with which an operation may answer by problem details."""
    left_out = set() if needs_actor else {401, 403}
    if method.upper() in ("GET", "HEAD"):
        left_out |= {409, 413}
    return [status for status in PROBLEM_STATUSES if status not in left_out]


def page_of(rows: QuerySet[Row], limit: int, offset: int, show: Callable[[Row], Item]) -> Page[Item]:
    """Return one page of an ordered query."""
    return Page[Item](total=rows.count(), offset=offset, items=[show(row) for row in rows[offset : offset + limit]])


class UploadIn(BaseModel):
    """A file, base64 in JSON."""

    filename: Annotated[str, Field(min_length=1, max_length=200)]
    content_base64: Annotated[str, Field(max_length=28_000_000)]


def upload_of(sent: UploadIn) -> Upload:
    """Return a file that came as base64.

    Raises
    ------
    Invalid
        ``file_not_base64``
    """
    try:
        data = base64.b64decode(sent.content_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid.of("file_not_base64", sent.filename) from error
    return Upload(sent.filename, "", data)


class SessionAuth(APIKeyCookie):
    """A signed-in browser: session cookie, and the CSRF token on every call that writes."""

    param_name = "tanbiao_session"

    def __init__(self, rule: str) -> None:
        super().__init__(csrf=True)
        self.rule = rule

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return the actor, or None when this browser is not signed in."""
        if "Authorization" in request.headers or actor_of(request).is_anonymous:
            return None
        actor: Actor | None = super().__call__(request)
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002 (the session is read already)
        """Return the actor whom the rule lets in."""
        actor = actor_of(request)
        access.check(actor, self.rule)
        return actor


class TokenAuth(HttpBearer):
    """A program: ``Authorization: Bearer <token>``."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the token's actor whom the rule lets in."""
        actor = actor_of_token(request, token)
        if actor is None:
            raise NotSignedIn.of("token_unknown")
        access.check(actor, self.rule)
        return actor


class Router(ninja.Router):
    """A router whose every operation must carry an ``access`` mark, and which declares its problems."""

    def add_api_operation(self, path: str, methods: list[str], view_func: Callable[..., Any], **options: Any) -> None:
        """Add an operation; its mark decides who gets in, before anything of the request is parsed."""
        rule = access.rule_of(view_func)
        if rule is None:
            raise ImproperlyConfigured(f"API operation {view_func.__module__}.{view_func.__name__} has no access mark")
        options["auth"] = None if rule == access.PUBLIC else [TokenAuth(rule), SessionAuth(rule)]
        super().add_api_operation(path, methods, view_func, **options)
