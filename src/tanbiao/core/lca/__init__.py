"""Linked systems: technosphere and gases in, intensities and contributions out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tanbiao.core.lca.answers import Answer
    from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
    from tanbiao.core.lca.plan import SolvePlan
    from tanbiao.core.lca.plan_cache import PlanCache
    from tanbiao.core.lca.system import PlannedBlock, ProductSystem
    from tanbiao.core.lca.unlinked import Unlinked
    from tanbiao.core.lca.updates import Edits

__all__ = [
    "Answer",
    "Edits",
    "InvalidSystem",
    "PlanCache",
    "PlannedBlock",
    "ProductSystem",
    "SolvePlan",
    "Unlinked",
    "Unsolvable",
]

_HOMES = {
    "Answer": "answers",
    "Edits": "updates",
    "InvalidSystem": "errors",
    "PlanCache": "plan_cache",
    "PlannedBlock": "system",
    "ProductSystem": "system",
    "SolvePlan": "plan",
    "Unlinked": "unlinked",
    "Unsolvable": "errors",
}


def __getattr__(name: str) -> Any:
    """Import on first use: SciPy's solvers take longer to load than a study takes to calculate."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
