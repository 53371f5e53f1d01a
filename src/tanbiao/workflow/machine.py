"""The machine: given a lifecycle, a state, an event and facts, it says what follows, or who may not and why.

It checks in this order, so that the answer is the most helpful one: does the event exist here (409), may this actor
fire it (403), is a needed reason given, do all guards hold (409). Nothing is changed here; the caller writes the state,
carries out the effects and logs the transition in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.workflow import effects as _effects
from tanbiao.workflow import guards as _guards
from tanbiao.workflow.document import START, SYSTEM, ActorRule, Document, Edge, Name, parse, reachable
from tanbiao.workflow.facts import Facts, Hand
from tanbiao.workflow.registry import REGISTRY, Registry

_REGISTERED = (_effects, _guards)  # importing them fills REGISTRY


class Refused(TanbiaoError):
    """The event does not take place; the findings say why."""


class IllegalTransition(Refused):
    """There is no such edge from this state."""


class WrongActor(Refused):
    """The edge exists, but it is not this actor's to fire."""


class GuardRefused(Refused):
    """The edge exists and is the actor's, but a condition does not hold."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What follows from an event: the new state, the instructions for the shell, and the type of the log line."""

    event: str
    source: str
    to: str
    effects: tuple[str, ...]
    log_type: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an object's history."""

    event: str
    source: str
    to: str


@dataclass(frozen=True, slots=True)
class Option:
    """An event that leaves a state, and whether it may be fired now; ``refusals`` are empty exactly when it may."""

    event: str
    name: Name
    to: str
    reasons: tuple[str, ...]
    refusals: tuple[Finding, ...]

    @property
    def allowed(self) -> bool:
        """Whether the event may be fired now by this actor."""
        return not self.refusals

    @property
    def mine(self) -> bool:
        """Whether the event is this actor's kind of act, allowed now or not: such a button is shown with its reason."""
        return not any(item.code == "not_your_part" for item in self.refusals)


class Lifecycle:
    """A lifecycle document bound to the guards and effects it names."""

    def __init__(self, document: Document, registry: Registry = REGISTRY) -> None:
        faults = [
            *(
                finding("lifecycle_unknown_guard", Severity.BLOCKING, f"{edge.source}.{edge.event}", guard=name)
                for edge in document.edges
                for name in edge.guards
                if (document.facts, name) not in registry.guards
            ),
            *(
                finding("lifecycle_unknown_effect", Severity.BLOCKING, f"{edge.source}.{edge.event}", effect=name)
                for edge in document.edges
                for name in edge.effects
                if name not in registry.effects
            ),
        ]
        if faults:
            raise TanbiaoError(*faults)
        self.document = document
        self._registry = registry
        self._edges: Mapping[tuple[str, str], Edge] = {(edge.source, edge.event): edge for edge in document.edges}

    @property
    def states(self) -> tuple[str, ...]:
        """All state ids, in the order of the document."""
        return tuple(self.document.states)

    @property
    def events(self) -> tuple[str, ...]:
        """All event ids, in the order of the document."""
        return tuple(self.document.events)

    def edge(self, state: str, event: str) -> Edge | None:
        """Return the edge of this event from this state, if there is one."""
        return self._edges.get((state, event))

    def leaving(self, state: str) -> tuple[Edge, ...]:
        """Return the edges that leave a state (self-edges too)."""
        return tuple(edge for edge in self.document.edges if edge.source == state)

    def after(self, state: str) -> frozenset[str]:
        """Return every state that can still be reached."""
        return reachable(self.document.edges, state)

    def state_name(self, state: str) -> Name:
        """Return the bilingual name of a state; the start has one too."""
        return self.document.states[state].name if state != START else Name("（尚未建立）", "(not yet begun)")

    def fire(self, state: str, event: str, facts: Facts) -> Transition:
        """Return what follows from ``event`` in ``state``.

        Raises
        ------
        IllegalTransition
            ``illegal_transition``.
        WrongActor
            ``not_your_part``.
        GuardRefused
            ``reason_needed`` or the refusals of every guard that does not hold.
        """
        edge = self._edges.get((state, event))
        if edge is None:
            raise IllegalTransition(self._illegal(state, event))
        stranger = self._stranger(edge, facts.hand)
        if stranger:
            raise WrongActor(stranger)
        refusals = self._refusals(edge, facts)
        if refusals:
            raise GuardRefused(*refusals)
        return Transition(event, state, edge.target, edge.effects, edge.log_type, facts.reason)

    def options(self, state: str, facts: Facts) -> tuple[Option, ...]:
        """Return the events that leave ``state``, each with why it may not be fired now (empty when it may).

        A reason still to be typed is no refusal here.
        """
        result = []
        for edge in self.leaving(state):
            stranger = self._stranger(edge, facts.hand)
            refusals = (stranger,) if stranger else self._guarded(edge, facts)
            name = self.document.events[edge.event]
            result.append(Option(edge.event, name, edge.target, edge.reasons, tuple(refusals)))
        return tuple(result)

    def replay(self, history: Iterable[Step]) -> str:
        """Walk a history and return the state it ends in.

        Raises
        ------
        IllegalTransition
            At the first step that is no edge or does not begin where the last one ended.
        """
        state = START
        for step in history:
            edge = self._edges.get((step.source, step.event))
            if step.source != state or edge is None or edge.target != step.to:
                raise IllegalTransition(self._illegal(state, step.event))
            state = step.to
        return state

    def _illegal(self, state: str, event: str) -> Finding:
        known = self.document.states
        name = self.state_name(state) if state == START or state in known else Name(state, state)
        label = self.document.events.get(event, Name(event, event))
        return finding(
            "illegal_transition",
            Severity.BLOCKING,
            event=event,
            state=state,
            state_zh=name.zh,
            state_en=name.en,
            event_zh=label.zh,
            event_en=label.en,
        )

    def _stranger(self, edge: Edge, hand: Hand) -> Finding | None:
        if any(_stands_there(rule, hand) for rule in edge.actors):
            return None
        label = self.document.events[edge.event]
        return finding(
            "not_your_part",
            Severity.BLOCKING,
            event_zh=label.zh,
            event_en=label.en,
            actors=", ".join(str(rule) for rule in edge.actors),
        )

    def _refusals(self, edge: Edge, facts: Facts) -> tuple[Finding, ...]:
        if edge.reasons and facts.reason not in edge.reasons:
            return (finding("reason_needed", Severity.BLOCKING, "reason", choices=", ".join(edge.reasons)),)
        return self._guarded(edge, facts)

    def _guarded(self, edge: Edge, facts: Facts) -> tuple[Finding, ...]:
        asked = (self._registry.guards[(self.document.facts, name)](facts) for name in edge.guards)
        each = (refusal if isinstance(refusal, tuple) else (refusal,) for refusal in asked if refusal is not None)
        return tuple(chain.from_iterable(each))


def _stands_there(rule: ActorRule, hand: Hand) -> bool:
    if rule.party == SYSTEM:
        return SYSTEM in hand.parties
    return rule.party in hand.parties and rule.role in hand.roles


@cache
def load_lifecycle(name: str) -> Lifecycle:
    """Load a shipped lifecycle by name: ``study``, ``certification-case``, ``certificate``, ``dataset`` and so on.

    Raises
    ------
    TanbiaoError
        ``lifecycle_unknown``, or what is unsound in the document.
    """
    entry = resources.files("tanbiao.workflow").joinpath("lifecycles", f"{name}.yaml")
    if not entry.is_file():
        raise TanbiaoError.of("lifecycle_unknown", name, name=name)
    return Lifecycle(parse(entry.read_text(encoding="utf-8")))
