"""A product's own model: the study document, its revisions, its calculation and the sealed package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tanbiao.core.study.model import STAGES, Study

if TYPE_CHECKING:
    from tanbiao.core.study.calculation import calculate as calculate
    from tanbiao.core.study.result import Result as Result

__all__ = ["STAGES", "Result", "Study", "calculate"]


def __getattr__(name: str) -> Any:
    """Load the engine only when it is used: reading a study needs neither NumPy nor a release."""
    if name == "calculate":
        from tanbiao.core.study.calculation import calculate

        return calculate
    if name == "Result":
        from tanbiao.core.study.result import Result

        return Result
    raise AttributeError(name)
