"""Lifecycles as data: a machine that interprets them, and the guards they name. Pure: no clock, no database, no web."""

from tanbiao.workflow.machine import (
    GuardRefused,
    IllegalTransition,
    Lifecycle,
    Option,
    Refused,
    Step,
    Transition,
    WrongActor,
    load_lifecycle,
)

__all__ = [
    "GuardRefused",
    "IllegalTransition",
    "Lifecycle",
    "Option",
    "Refused",
    "Step",
    "Transition",
    "WrongActor",
    "load_lifecycle",
]
