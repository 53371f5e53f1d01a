"""Of what standing a rule is, and the words that must stand on every output of a rule that is not official.

One function decides it, for pages, documents, forms and answers alike: what is not known to be official is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

OFFICIAL: Final = frozenset({"official", "adopted", "filed"})
"""Standings of a rule that an authority made, listed or took on file; every other one is a demonstration."""
NOTICE: Final[Mapping[str, str]] = {"zh": "演示规则，非官方", "en": "Demonstration rule, not official"}


def rule_notice(rule: str | None, standing: str | None) -> Mapping[str, str] | None:
    """Return what must be said of a figure's rule, in both languages; None where there is nothing to say.

    Parameters
    ----------
    rule
        ``id@version``; None or empty: no rule was applied.
    standing
        The rule's own standing; a figure that does not carry it (it is older) counts as not official.

    Examples
    --------
    >>> rule_notice("cement@1.0.0", "demonstration")["en"]
    'Demonstration rule, not official'
    >>> rule_notice("cement@3.0.0", "adopted") is None
    True
    """
    return NOTICE if rule and standing not in OFFICIAL else None


def notice_of(result: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return what must be said of the rule of a result document, by its versions."""
    versions = result["versions"]
    return rule_notice(versions.get("rule"), versions.get("rule_standing"))


def notice_text(rule: str | None, standing: str | None, lang: str) -> str:
    """Return the notice in a language; empty where there is nothing to say."""
    found = rule_notice(rule, standing)
    return "" if found is None else found["zh" if lang == "zh" else "en"]
