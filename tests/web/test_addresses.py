"""Addresses grouped by their first segment answer as the same patterns tried one after another would."""

from __future__ import annotations

from django.urls import URLResolver, get_resolver, path, re_path
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern

from tanbiao.web.addresses import FirstSegments, by_first_segment, first_segment, under_own_segments


def view(*_args: object) -> None:
    raise AssertionError("an address is found, not opened")


PATTERNS = [
    path("studies/new/", view, name="new"),
    path("", view, name="home"),
    path("studies/<int:number>/", view, name="study"),
    re_path(r"^log/(?P<place>tile/[0-9]+)$", view, name="tile"),
    path("log/<str:place>/", view, name="log"),
    path("studies/<str:name>/", view, name="named"),
    path("<str:anything>/", view, name="anything"),
    path("healthz", view, name="healthz"),
]
PATHS = [
    "studies/new/",
    "studies/7/",
    "studies/seven/",
    "studies/7",
    "",
    "log/tile/12",
    "log/tile/",
    "log/head/",
    "healthz",
    "healthz/",
    "other/",
    "studie/",
    "studies",
]


def found(resolver: URLResolver, address: str) -> tuple[str, dict[str, object]] | None:
    try:
        match = resolver.resolve(address)
    except Resolver404:
        return None
    return (match.url_name or "", match.kwargs)


def test_grouped_addresses_answer_as_the_list_would() -> None:
    plain = URLResolver(RoutePattern(""), PATTERNS)
    fixed = [each for each in PATTERNS if first_segment(each) is not None]
    grouped = URLResolver(RoutePattern(""), by_first_segment(fixed))
    feature = under_own_segments(fixed, "feature")
    for address in PATHS:
        expected = found(URLResolver(RoutePattern(""), fixed), address)
        assert found(grouped, address) == expected
        assert found(feature, address) == expected
    assert found(plain, "other/") == ("anything", {"anything": "other"})
    assert found(under_own_segments(PATTERNS, "feature"), "log/tile/12") == ("tile", {"place": "tile/12"})


def test_a_feature_is_not_asked_for_what_begins_otherwise() -> None:
    feature = under_own_segments(PATTERNS[:1], "feature")
    assert isinstance(feature.pattern, FirstSegments)
    assert feature.pattern.match("studies/new/") == ("studies/new/", (), {})
    assert feature.pattern.match("studiesnew/") is None


def test_no_page_hides_behind_the_group_of_another() -> None:
    """A first segment that isn't plain text would be tried at the place of its group's first: none of ours has one."""
    for resolver in get_resolver().url_patterns:
        for pattern in getattr(resolver, "url_patterns", []):
            if isinstance(pattern.pattern, RoutePattern):
                assert first_segment(pattern) is not None, pattern
