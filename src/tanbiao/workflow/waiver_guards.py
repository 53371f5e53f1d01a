"""Guards of waivers in a certification case: what the applicant asked for is answered, and nothing is granted without.

A waiver that was refused, or withdrawn, leaves the check as it stands in the sealed result: failed.
"""

from __future__ import annotations

from collections.abc import Iterable

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import CaseFacts, WaiverFact
from tanbiao.workflow.registry import REGISTRY

TEAM_ROLE = "verifier"


def lacking(facts: CaseFacts) -> tuple[WaiverFact, ...]:
    """Return what the sealed result fails of and nobody has waived: no favourable opinion and no certificate."""
    return tuple(item for item in facts.waivers or () if item.blocks and item.state in ("refused", "withdrawn"))


def _no(code: str, items: Iterable[WaiverFact]) -> Finding | None:
    names = sorted(item.name for item in items)
    return finding(code, Severity.BLOCKING, "waivers", count=len(names), names=", ".join(names)) if names else None


def _unexamined(facts: CaseFacts) -> Finding | None:
    return finding("waivers_not_examined", Severity.BLOCKING, "waivers") if facts.waivers is None else None


def _open(facts: CaseFacts) -> list[WaiverFact]:
    return [item for item in facts.waivers or () if item.state == "open"]


@REGISTRY.guard("case")
def team_answered_waivers(facts: CaseFacts) -> Finding | None:
    """Every waiver that the team may give is given or refused before the opinion."""
    mine = [item for item in _open(facts) if TEAM_ROLE in item.roles]
    return _unexamined(facts) or _no("waivers_unanswered", mine)


@REGISTRY.guard("case")
def waivers_answered(facts: CaseFacts) -> Finding | None:
    """Every waiver that was asked for is given or refused."""
    return _unexamined(facts) or _no("waivers_unanswered", _open(facts))


@REGISTRY.guard("case")
def opinion_within_waivers(facts: CaseFacts) -> Finding | None:
    """A favourable opinion does not pass over a failed check that was not waived."""
    if facts.opinion is None or not facts.opinion.favourable:
        return None
    return _no("check_not_waived", lacking(facts))


@REGISTRY.guard("case")
def waivers_stand(facts: CaseFacts) -> Finding | None:
    """Every failed check that keeps a certificate away is waived."""
    return _unexamined(facts) or _no(
        "check_not_waived", (*lacking(facts), *(one for one in _open(facts) if one.blocks))
    )
