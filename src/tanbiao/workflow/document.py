"""Reading a lifecycle document (``tanbiao: lifecycle/1``): its shape, its names, its soundness.

A lifecycle is a YAML file whose scalars are all strings until this module types them, as in every document of the
project. What can be wrong with one is a finding with a code and a place; a document with findings is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding

SCHEMA = "lifecycle/1"
START = "start"
"""The pseudo-state before the first event: nothing exists yet."""
SYSTEM = "system"
"""The actor of clocks and of the platform's own follow-up steps."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages of the interface."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class State:
    """One state; ``terminal`` states have no way out."""

    id: str
    name: Name
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class ActorRule:
    """Who may fire an edge: somebody who stands on that side of the object (``party``) and has that role there."""

    party: str
    role: str

    def __str__(self) -> str:
        return self.party if self.party == SYSTEM else f"{self.party}.{self.role}"


@dataclass(frozen=True, slots=True)
class Edge:
    """``source --event [guards] (actors)--> target / effects``, and the type of the line it writes into the log."""

    event: str
    source: str
    target: str
    actors: tuple[ActorRule, ...]
    guards: tuple[str, ...]
    effects: tuple[str, ...]
    reasons: tuple[str, ...]
    log_type: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A term that runs while the object is in one of ``states``.

    ``runs`` says when: ``always`` from the state's begin, ``working`` not while the work waits for the other side,
    ``waiting`` only while it does. ``term`` names the number in the scheme's terms (days); ``event`` is what the clock
    allows or fires when it is over, empty for a mere reminder.
    """

    id: str
    name: Name
    states: tuple[str, ...]
    term: str
    event: str
    runs: str = "always"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed lifecycle document, sound in itself."""

    id: str
    version: str
    facts: str
    title: Name
    states: Mapping[str, State]
    events: Mapping[str, Name]
    reasons: Mapping[str, Name]
    flags: Mapping[str, Name]
    edges: tuple[Edge, ...]
    clocks: tuple[Clock, ...]


class _Strict(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """YAML with every scalar a string, and a duplicate key an error (in C: a process reads all when it starts)."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise TanbiaoError.of(
            "lifecycle_key_twice", f"line {node.start_mark.line + 1}", keys=", ".join(sorted(repeated))
        )
    return {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str) -> Document:
    """Read and check a lifecycle document.

    Raises
    ------
    TanbiaoError
        With one finding per fault: ``lifecycle_schema``, ``lifecycle_missing``, ``lifecycle_unknown_state``,
        ``lifecycle_unreachable``, ``lifecycle_dead_end``, ``lifecycle_terminal_leaves``, ``lifecycle_edge_twice``, …
    """
    raw = yaml.load(text, Loader=_Strict)  # noqa: S506 — a BaseLoader: it makes strings, lists and mappings only
    if not isinstance(raw, dict) or raw.get("tanbiao") != SCHEMA:
        raise TanbiaoError.of("lifecycle_schema", "tanbiao", expected=SCHEMA)
    missing = [key for key in ("id", "version", "facts", "title", "states", "events", "edges") if key not in raw]
    if missing:
        raise TanbiaoError.of("lifecycle_missing", ", ".join(missing), keys=", ".join(missing))
    document = Document(
        id=raw["id"],
        version=raw["version"],
        facts=raw["facts"],
        title=_name(raw["title"]),
        states={key: State(key, _name(value), value.get("terminal") == "true") for key, value in raw["states"].items()},
        events={key: _name(value) for key, value in raw["events"].items()},
        reasons={key: _name(value) for key, value in raw.get("reasons", {}).items()},
        flags={key: _name(value) for key, value in raw.get("flags", {}).items()},
        edges=tuple(_edges(raw)),
        clocks=tuple(_clock(value) for value in raw.get("clocks", [])),
    )
    faults = list(check(document))
    if faults:
        raise TanbiaoError(*faults)
    return document


def _name(value: Mapping[str, str]) -> Name:
    return Name(value["zh"], value["en"])


def _actor(text: str) -> ActorRule:
    party, _, role = text.partition(".")
    return ActorRule(party, role)


def _clock(value: Mapping[str, Any]) -> Clock:
    states, event = tuple(value["states"]), value.get("event", "")
    return Clock(value["id"], _name(value), states, value["term"], event, value.get("runs", "always"))


def _edges(raw: Mapping[str, Any]) -> Iterator[Edge]:
    for value in raw["edges"]:
        for source in value["from"]:
            yield Edge(
                event=value["event"],
                source=source,
                target=source if value["to"] == "same" else value["to"],
                actors=tuple(_actor(text) for text in value["actors"]),
                guards=tuple(value.get("guards", ())),
                effects=tuple(value.get("effects", ())),
                reasons=tuple(value.get("reasons", ())),
                log_type=value["log"],
            )


def check(document: Document) -> Iterator[Finding]:
    """Yield what is unsound: unknown names, unreachable states, dead ends, ways out of an end, doubled edges."""
    yield from _unknown_names(document)
    yield from _shape(document)
    seen: set[tuple[str, str]] = set()
    for edge in document.edges:
        if (edge.source, edge.event) in seen:
            yield _fault("lifecycle_edge_twice", f"{edge.source}.{edge.event}")
        seen.add((edge.source, edge.event))


def _unknown_names(document: Document) -> Iterator[Finding]:
    for edge in document.edges:
        place = f"{edge.source}.{edge.event}"
        for state in {edge.source, edge.target} - {START} - set(document.states):
            yield _fault("lifecycle_unknown_state", place, state=state)
        if edge.event not in document.events:
            yield _fault("lifecycle_unknown_event", place, event=edge.event)
        for reason in set(edge.reasons) - set(document.reasons):
            yield _fault("lifecycle_unknown_reason", place, reason=reason)
    for clock in document.clocks:
        for state in set(clock.states) - set(document.states):
            yield _fault("lifecycle_unknown_state", f"clocks.{clock.id}", state=state)
        if clock.event and clock.event not in document.events:
            yield _fault("lifecycle_unknown_event", f"clocks.{clock.id}", event=clock.event)


def _shape(document: Document) -> Iterator[Finding]:
    reached = reachable(document.edges)
    leaving = {edge.source for edge in document.edges if edge.target != edge.source}
    for state in document.states.values():
        if state.id not in reached:
            yield _fault("lifecycle_unreachable", state.id, state=state.id)
        if state.terminal and state.id in leaving:
            yield _fault("lifecycle_terminal_leaves", state.id, state=state.id)
        if not state.terminal and state.id not in leaving:
            yield _fault("lifecycle_dead_end", state.id, state=state.id)


def reachable(edges: Iterable[Edge], start: str = START) -> frozenset[str]:
    """Return the states that can be reached from ``start``, itself included."""
    follow: dict[str, set[str]] = {}
    for edge in edges:
        follow.setdefault(edge.source, set()).add(edge.target)
    reached, front = {start}, [start]
    while front:
        for state in follow.get(front.pop(), set()) - reached:
            reached.add(state)
            front.append(state)
    return frozenset(reached)


def _fault(code: str, where: str, **params: str) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)
