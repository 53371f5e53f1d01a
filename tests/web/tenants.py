"""The two-tenant question: what can a stranger see of an owner, on any page and through any call?"""

from __future__ import annotations

from collections.abc import Iterable

from django.test import Client

REFUSED = (302, 401, 403, 404, 405)


def assert_unseen(strangers: Iterable[Client], addresses: Iterable[str], secrets: Iterable[str]) -> None:
    """Fail when a stranger opens one of the owner's addresses, or when an answer holds one of the owner's words.

    Parameters
    ----------
    strangers
        Browsers of other tenants and of visitors.
    addresses
        Addresses that only the owner may open.
    secrets
        Words that only the owner's own pages may show (names, ids, amounts).
    """
    words = [word for word in secrets if word]
    for stranger in strangers:
        for address in addresses:
            answer = stranger.get(address)
            assert answer.status_code in REFUSED, f"{address} opened to a stranger ({answer.status_code})"
            assert_silent(answer.getvalue().decode(errors="replace"), words, address)


def assert_silent(text: str, secrets: Iterable[str], address: str) -> None:
    """Fail when a text holds one of the owner's words."""
    told = [word for word in secrets if word and word in text]
    assert not told, f"{address} tells a stranger {told}"
