"""The menu: public places for everybody, desks by role. An entry shows only where its page exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tanbiao.web import waiting
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import MANAGING_ROLES, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the menu: the name of its page, its words, and the roles it is for (empty: everybody)."""

    page: str
    words: Promise
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as drawn: its address, its words, whether the reader is there, and how much waits for them there."""

    href: str
    words: Promise
    here: bool
    count: int = 0


QUEUE = "desks:queue"
_COUNTED = "_tanbiao_waiting"

BRINGERS = frozenset({Role.DATA_PROVIDER, Role.OPERATOR, Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR})
JUDGES = frozenset({Role.OPERATOR, Role.FACTOR_REVIEWER, Role.METROLOGIST, Role.AUTHORITY_OFFICER})
RULE_JUDGES = frozenset({Role.OPERATOR, Role.AUTHORITY_OFFICER, Role.RULE_ASSESSOR})
MAKERS = frozenset({Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER})

MENU = (
    Entry("register:home", _("Register")),
    Entry("register:verify", _("Check a label")),
    Entry("catalogue:list", _("Product catalogue")),
    Entry("schemes:list", _("Label schemes")),
    Entry("factors:list", _("Factor database")),
    Entry("rulebook:rules", _("Category rules")),
    Entry("studies:list", _("Footprint studies"), MAKERS),
)

DESKS = (
    Entry(QUEUE, _("What waits for me")),
    Entry("desks:calendar", _("Calendar")),
    Entry("desks:authority", _("Oversight"), frozenset({Role.AUTHORITY_OFFICER})),
    Entry("studies:list", _("My studies"), MAKERS),
    Entry("claims:list", _("Claim ledger"), frozenset({Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR})),
    Entry("certification:applications", _("My applications"), frozenset({Role.ENTERPRISE_MANAGER})),
    Entry(
        "register:mine",
        _("My certificates"),
        frozenset({Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.DECIDER}),
    ),
    Entry(
        "register:migrations",
        _("Certificates to migrate"),
        frozenset({Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.AUTHORITY_OFFICER}),
    ),
    Entry(
        "surveillance:desk",
        _("Life of certificates"),
        frozenset(
            {
                *(Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER),
                *(Role.AUTHORITY_OFFICER, Role.OPERATOR),
            }
        ),
    ),
    Entry(
        "labels:desk",
        _("Labels"),
        frozenset({Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.VERIFIER, Role.AUTHORITY_OFFICER}),
    ),
    Entry("certification:cases", _("Cases"), frozenset({Role.CASE_MANAGER})),
    Entry("certification:verifier_desk", _("Verifier's desk"), frozenset({Role.VERIFIER})),
    Entry("certification:reviewer_desk", _("Reviewer's desk"), frozenset({Role.REVIEWER})),
    Entry("certification:decider_desk", _("Decider's desk"), frozenset({Role.DECIDER})),
    Entry(
        "bodies:body",
        _("Our body"),
        frozenset({Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER}),
    ),
    Entry(
        "bodies:people",
        _("People and competences"),
        frozenset({Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER}),
    ),
    Entry("datasets:list", _("My datasets"), BRINGERS),
    Entry("governance:mine", _("Datasets under review"), frozenset({Role.DATA_PROVIDER})),
    Entry("governance:desk", _("Datasets to judge"), JUDGES),
    Entry("rulebook:mine", _("Our rules"), frozenset({Role.RULE_DRAFTER})),
    Entry("rulebook:desk", _("Rules to decide"), RULE_JUDGES),
    Entry("claims:list", _("Claims of all"), frozenset({Role.OPERATOR, Role.AUTHORITY_OFFICER})),
    Entry(
        "register:report_upward",
        _("Report of certification data"),
        frozenset({Role.CASE_MANAGER, Role.DECIDER, Role.AUTHORITY_OFFICER, Role.OPERATOR}),
    ),
    Entry("register:subscriptions", _("Notices of changes"), frozenset(Role)),
    Entry("impact:list", _("Impact of releases")),
    Entry("accounts:enter", _("Enter an organisation"), frozenset({Role.OPERATOR})),
    Entry(
        "bodies:risks",
        _("Risks to impartiality"),
        frozenset({Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER}),
    ),
    Entry("bodies:departments", _("Departments and responsibilities"), MANAGING_ROLES),
    Entry("bodies:registry", _("Qualification of bodies"), frozenset({Role.OPERATOR})),
    Entry("bodies:publish", _("Publish rights and obligations"), frozenset({Role.OPERATOR})),
    Entry("bodies:obligations", _("Rights and obligations")),
    Entry("accounts:organisation", _("My organisation")),
)


def _links(
    entries: tuple[Entry, ...], request: HttpRequest, actor: Actor, counts: Mapping[str, int] = MappingProxyType({})
) -> list[Link]:
    links = []
    for entry in entries:
        if entry.roles and not entry.roles & actor.roles:
            continue
        try:
            href = reverse(entry.page)
        except NoReverseMatch:
            continue
        here = request.path == href or (href != "/" and request.path.startswith(href))
        links.append(Link(href, entry.words, here, counts.get(entry.page, 0)))
    return links


def menu(request: HttpRequest, actor: Actor) -> list[Link]:
    """Return the public menu."""
    return _links(MENU, request, actor)


def desks(request: HttpRequest, actor: Actor) -> list[Link]:
    """Return the working places of a signed-in actor, each with how much waits there; counted once for a page."""
    if actor.is_anonymous or actor.organisation is None:
        return [] if actor.is_anonymous else _links(DESKS, request, actor)
    counted: dict[str, int] | None = getattr(request, _COUNTED, None)
    if counted is None:
        counted = waiting.counts(actor)
        counted[QUEUE] = sum(counted.values())
        setattr(request, _COUNTED, counted)
    return _links(DESKS, request, actor, counted)
