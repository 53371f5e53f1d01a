"""Addresses found by their first part: a request is compared with the patterns that begin as it does, not with all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

Address: TypeAlias = URLPattern | URLResolver


class FirstSegments(RoutePattern):
    """An empty prefix that matches only what begins with one of its segments; addresses are made as under ``""``."""

    def __init__(self, segments: Iterable[str]) -> None:
        super().__init__("")
        self.segments = frozenset(segments)

    def match(self, path: str) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
        """Return the whole path where its first segment is one of ours, else None."""
        return (path, (), {}) if path.partition("/")[0] in self.segments else None


def by_first_segment(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses in the same order of precedence, those that share a first segment under one resolver.

    A regular expression or a converter at the beginning stays what is tried by itself, where it stood first.
    """
    groups: dict[str, list[Address]] = {}
    for number, address in enumerate(addresses):
        segment = first_segment(address)
        groups.setdefault(f"{number}" if segment is None else f"/{segment}", []).append(address)
    return [
        URLResolver(FirstSegments([key[1:]]), found) if key.startswith("/") and len(found) > 1 else found[0]
        for key, found in groups.items()
    ]


def under_own_segments(addresses: Sequence[Address], app_name: str) -> URLResolver:
    """Return the addresses of a feature under its namespace, tried only for paths that begin as one of them does."""
    segments = [first_segment(address) for address in addresses]
    grouped = by_first_segment(addresses)
    prefix = RoutePattern("") if None in segments else FirstSegments(each for each in segments if each is not None)
    return URLResolver(prefix, grouped, app_name=app_name, namespace=app_name)


def first_segment(address: Address) -> str | None:
    """Return the text before the first slash of the pattern, or None where it isn't plain text."""
    if not isinstance(address.pattern, RoutePattern):
        return None
    first = str(address.pattern).partition("/")[0]
    return None if "<" in first else first
