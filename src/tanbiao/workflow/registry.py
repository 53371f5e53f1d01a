"""Guards and effects by name. A lifecycle document says the name; here stands what it means.

A guard is a pure function from facts to a refusal (a :class:`~tanbiao.core.findings.Finding`, or several) or ``None``.
An effect is an *instruction*: its name and the sentence that says what the shell must do with it in the same
transaction; the web binds a function to each (and a test sees that none is missing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tanbiao.core.findings import Finding

Guard = Callable[[Any], Finding | tuple[Finding, ...] | None]
G = TypeVar("G", bound=Guard)


@dataclass(slots=True)
class Registry:
    """Named guards per kind of facts, and named effects."""

    guards: dict[tuple[str, str], Guard] = field(default_factory=dict)
    effects: dict[str, str] = field(default_factory=dict)

    def guard(self, *kinds: str) -> Callable[[G], G]:
        """Register a guard under its function's name for these kinds of facts."""

        def register(function: G) -> G:
            for kind in kinds:
                key = (kind, function.__name__)
                if key in self.guards:
                    raise ValueError(f"guard {key} is registered twice")
                self.guards[key] = function
            return function

        return register

    def effect(self, name: str, meaning: str) -> None:
        """Register an effect's name with what it means."""
        if name in self.effects:
            raise ValueError(f"effect {name!r} is registered twice")
        self.effects[name] = meaning


REGISTRY = Registry()
