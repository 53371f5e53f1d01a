"""Linked systems: technosphere and gases in, intensities and contributions out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tanbiao.core.lca.errors import InvalidSystem, Unsolvable
    from tanbiao.core.lca.plan import SolvePlan
    from tanbiao.core.lca.system import PlannedBlock, ProductSystem

__all__ = ["InvalidSystem", "PlannedBlock", "ProductSystem", "SolvePlan", "Unsolvable"]


def __getattr__(name: str) -> Any:
    """Import on first use: SciPy's solvers take longer to load than a study takes to calculate."""
    if name in ("ProductSystem", "PlannedBlock"):
        from tanbiao.core.lca import system

        return getattr(system, name)
    if name == "SolvePlan":
        from tanbiao.core.lca import plan

        return plan.SolvePlan
    if name in ("Unsolvable", "InvalidSystem"):
        from tanbiao.core.lca import errors

        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
