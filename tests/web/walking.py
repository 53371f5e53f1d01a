"""Finds every page and every API operation of the site, so that tests of all of them include later features."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tanbiao.web.access import rule_of

SAMPLES: dict[str, Any] = {
    "uuid": str(uuid.UUID(int=7, version=4)),
    "int": "7",
    "slug": "none",
    "str": "none",
    "path": "none",
}
FOREIGN = ("allauth", "django", "ninja")


@dataclass(frozen=True)
class Place:
    """A page: its address with sample parameters, its view and who may call it."""

    address: str
    view: Any
    rule: str | None
    name: str


@dataclass(frozen=True)
class Operation:
    """An API operation: method, address with sample parameters, and who may call it."""

    method: str
    address: str
    rule: str | None
    name: str


def _part(pattern: Any) -> str:
    """Return a pattern's part of the address with samples for its parameters; regular expressions give a prefix."""
    route = str(pattern)
    converters = getattr(pattern, "converters", {})
    for name, converter in converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        sample = SAMPLES["uuid" if "uuid" in kind else "int" if "int" in kind else "str"]
        for spelled in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(spelled, sample)
        if f":{name}>" in route:
            begin = route.index("<", route.index(f":{name}>") - 20 if route.index(f":{name}>") > 20 else 0)
            route = route[:begin] + sample + route[route.index(">", begin) + 1 :]
    return route


def pages(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[Place]:
    """Yield every page of ours."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = prefix + _part(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            if str(getattr(pattern, "namespace", "")) != "api":
                yield from pages(pattern, here)
            continue
        assert isinstance(pattern, URLPattern)
        module = str(getattr(pattern.callback, "__module__", ""))
        if not module.startswith(FOREIGN):
            yield Place(here, pattern.callback, rule_of(pattern.callback), str(pattern.name))


def operations() -> Iterator[Operation]:
    """Yield every operation of the API."""
    from tanbiao.web.api_root import api

    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            address = f"/api/v1{prefix.rstrip('/')}/{path.lstrip('/')}"
            while "{" in address:
                begin, end = address.index("{"), address.index("}")
                kind = address[begin + 1 : end].partition(":")[0]
                sample = SAMPLES["uuid" if "uuid" in kind or "id" in kind else "str"]
                address = address[:begin] + sample + address[end + 1 :]
            for operation in view.operations:
                rule = rule_of(operation.view_func)
                for method in operation.methods:
                    yield Operation(method, address, rule, operation.view_func.__qualname__)
