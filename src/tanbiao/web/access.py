"""Who may open a page: said on every view, and denied where nothing is said.

:func:`access` marks a page or an API operation with ``PUBLIC``, ``SIGNED_IN`` or the name of a permission. The
middleware asks before a page runs, the router of :mod:`tanbiao.web.api_kit` before an operation does, and a view of
ours without a mark is refused to everybody. A test walks all of them as every role.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import problems
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import NotAllowed, NotSignedIn, require

PUBLIC = "public"
SIGNED_IN = "signed_in"
MARK = "tanbiao_access"
FOREIGN_VIEWS = ("allauth.", "django.views.static")
"""Views of libraries that guard themselves."""

View = TypeVar("View", bound=Callable[..., Any])


def access(rule: str) -> Callable[[View], View]:
    """Mark a view or API operation with who may call it."""

    def mark(view: View) -> View:
        setattr(view, MARK, rule)
        return view

    return mark


def rule_of(view: Any) -> str | None:
    """Return the mark of a view (of its class for class-based ones); None when it has none."""
    rule = getattr(view, MARK, None) or getattr(getattr(view, "view_class", None), MARK, None)
    return rule if isinstance(rule, str) else None


def check(actor: Actor, rule: str) -> None:
    """Refuse an actor whom a rule keeps out.

    Raises
    ------
    NotSignedIn, NotAllowed
    """
    if rule == PUBLIC:
        return
    if actor.is_anonymous:
        raise NotSignedIn.of("sign_in_first")
    if rule != SIGNED_IN:
        require(actor, rule)


class AccessMiddleware:
    """Asks before every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Let the view run, or answer for it."""
        module = str(getattr(getattr(view, "func", view), "__module__", ""))
        if module.startswith((*FOREIGN_VIEWS, "ninja.")):
            return None
        rule = rule_of(view)
        try:
            if rule is None:
                raise NotAllowed.of("access_not_declared")
            check(actor_of(request), rule)
        except TanbiaoError as error:
            return problems.respond(request, error)
        return None
