"""What a person of a certification body does in a case, for which product categories, and the words of both.

The functions are those that the engine keeps apart (:class:`tanbiao.workflow.facts.Duty`), with planning before them.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.web.accounts.roles import Role

EVERY = "*"
SECTOR = "sector:"
"""A scope is every category (``*``), a sector (``sector:metals``) or a category by its id."""


class Function(TextChoices):
    """What somebody is competent to do."""

    PLANNER = "planner", _("Application review and planning")
    VERIFIER = "verifier", _("Audit and verification")
    REVIEWER = "reviewer", _("Technical review")
    DECIDER = "decider", _("Certification decision")


ROLE_OF: dict[Function, Role] = {
    Function.PLANNER: Role.CASE_MANAGER,
    Function.VERIFIER: Role.VERIFIER,
    Function.REVIEWER: Role.REVIEWER,
    Function.DECIDER: Role.DECIDER,
}
"""The role under which each function is done here."""
SAID: dict[Function, dict[str, str]] = {
    Function.PLANNER: {"zh": "受理评审与策划", "en": "application review and planning"},
    Function.VERIFIER: {"zh": "审核与核查", "en": "audit and verification"},
    Function.REVIEWER: {"zh": "技术复核", "en": "technical review"},
    Function.DECIDER: {"zh": "认证决定", "en": "certification decision"},
}
"""As findings say them, which hold both languages."""


def is_scope(scope: str) -> bool:
    """Whether a scope names something of the catalogue."""
    catalogue = load_catalogue()
    if scope.startswith(SECTOR):
        return scope.removeprefix(SECTOR) in {one.id for one in catalogue.categories.sectors}
    return scope == EVERY or scope in catalogue.by_id


def scopes_over(category: str) -> tuple[str, ...]:
    """Return the scopes that cover a category, the nearest first; one that no catalogue knows only by ``*``."""
    known = load_catalogue().by_id.get(category)
    return (known.id, f"{SECTOR}{known.sector}", EVERY) if known else (EVERY,)


def scope_words(scope: str) -> dict[str, str]:
    """Return a scope in both languages."""
    catalogue = load_catalogue()
    if scope == EVERY:
        return {"zh": "全部类别", "en": "every category"}
    if scope.startswith(SECTOR):
        sector = next((one for one in catalogue.categories.sectors if f"{SECTOR}{one.id}" == scope), None)
        return {"zh": sector.title.zh, "en": sector.title.en} if sector else {"zh": scope, "en": scope}
    known = catalogue.by_id.get(scope)
    return {"zh": known.title.zh, "en": known.title.en} if known else {"zh": scope or "—", "en": scope or "—"}


def scope_choices(lang: str) -> list[tuple[str, str]]:
    """Return every scope with its words in a language: all, the sectors, the categories."""
    catalogue = load_catalogue().categories
    ids = [EVERY, *(f"{SECTOR}{one.id}" for one in catalogue.sectors), *(one.id for one in catalogue.categories)]
    return [(scope, scope_words(scope)[lang]) for scope in ids]
