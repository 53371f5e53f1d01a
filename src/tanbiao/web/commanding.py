"""Commands: the only writers.

A command is one function that checks the actor, the guard and the version it builds on, and writes the new state, the
log entry and the events in one transaction. Pages and API call the same command, so that no step can be skipped.

>>> @command("accounts.manage_members")                                  # doctest: +SKIP
... def add_member(actor: Actor, *, organisation_id: UUID, username: str) -> Membership: ...

The permission named is tested without an object before the function runs ("could this actor ever"); the function then
calls :func:`require` with the object it has locked. A permission that nobody declared is denied.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import rules
from django.db import transaction
from django.utils.module_loading import import_string

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.workflow import machine
from tanbiao.workflow.facts import Facts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from tanbiao.web.accounts.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")


class Refused(TanbiaoError):
    """A command or query that gave no answer; ``status`` is the HTTP status that says so."""

    status = 422


class Invalid(Refused):
    """What was sent can't be used as it is (422)."""

    status = 422


class NotSignedIn(Refused):
    """The caller must sign in or send a token first (401)."""

    status = 401


class NotAllowed(Refused):
    """This actor has no right to do this (403)."""

    status = 403


class NotFound(Refused):
    """Nothing of this name exists for this actor (404): what one may not see does not exist."""

    status = 404


class Conflict(Refused):
    """Right call, wrong moment: an illegal transition, a guard, or a parent that is no longer the newest (409)."""

    status = 409


class TooLarge(Refused):
    """More was sent than is accepted (413)."""

    status = 413


class TooMany(Refused):
    """Too many attempts in a short time (429)."""

    status = 429


def allowed(actor: Actor, permission: str, subject: Any = None) -> bool:
    """Whether the actor holds a permission on ``subject`` (None: on anything at all); undeclared means no."""
    return bool(rules.has_perm(permission, actor, subject))


def require(actor: Actor, permission: str, subject: Any = None) -> None:
    """Refuse unless the actor holds the permission.

    Raises
    ------
    NotSignedIn, NotAllowed
        ``sign_in_first`` for a visitor without a name, else ``not_allowed``.
    """
    if allowed(actor, permission, subject):
        return
    if actor.is_anonymous:
        raise NotSignedIn.of("sign_in_first")
    raise NotAllowed.of("not_allowed", permission=permission)


def command(
    permission: str,
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a function a command: one transaction, permission first, everything but the actor by keyword."""

    def decorate(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        @wraps(function)
        def run(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise TypeError(f"{function.__name__} takes keywords only after the actor")
            require(actor, permission)
            with transaction.atomic():
                return function(actor, *args, **kwargs)

        return cast("Callable[Concatenate[Actor, P], R]", run)

    return decorate


def record(
    actor: Actor, *, type: str, subject: UUID | str, event: dict[str, Any], public: dict[str, Any] | None = None
) -> None:
    """Write a pending log entry through the evidence store, for features that stand below it.

    Features above the store call ``ledger.commands.record`` itself.
    """
    import_string("tanbiao.web.ledger.commands.record")(
        actor, type=type, subject=str(subject), event=event, public=public or {}
    )


def fired(
    lifecycle: machine.Lifecycle, state: str, event: str, facts: Facts, *, since: datetime | None = None
) -> machine.Transition:
    """Ask a lifecycle what follows, and translate its refusal into the web's words.

    Parameters
    ----------
    since
        When the present state came about: nothing follows from it at an earlier time. None: it is not asked.

    Raises
    ------
    NotAllowed
        The event is not this actor's to fire.
    Conflict
        No such edge from this state, or a guard refuses; ``clock_set_back``.
    """
    try:
        step = lifecycle.fire(state, event, facts)
    except machine.WrongActor as refused:
        raise NotAllowed(*refused.findings) from refused
    except machine.Refused as refused:
        raise Conflict(*refused.findings) from refused
    if since is not None and since - clock.now() > clock.SKEW:
        raise Conflict.of("clock_set_back", event, now=clock.stamp(clock.now())[:19], since=clock.stamp(since)[:19])
    return step
