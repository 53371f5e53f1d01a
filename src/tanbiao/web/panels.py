"""Places on a page that higher features may fill: the page says where, whoever stands above it says what.

A feature calls only lower ones, so a study's page can't ask the impact of a release. It has the place
``{% panels "study" study %}`` instead, and the impact feature registers what is drawn there. A panel that has nothing
to say to this reader returns an empty text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

Panel = Callable[[HttpRequest, Any], str]
_panels: dict[str, dict[str, Panel]] = {}


def panel(place: str) -> Callable[[Panel], Panel]:
    """Register a function that returns markup (rendered by a template) for a place; in order of registration."""

    def register(function: Panel) -> Panel:
        _panels.setdefault(place, {})[f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return register


def draw(place: str, request: HttpRequest, thing: Any) -> SafeString:
    """Return what the panels of a place have to say."""
    return mark_safe("".join(function(request, thing) for function in _panels.get(place, {}).values()))  # noqa: S308
