"""Why a linked system has no answer.

::

    TanbiaoError
    ├── Unsolvable      the system is well formed but has no trustworthy answer
    └── InvalidSystem   the arrays, names or demand are not what they must be
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Literal

from tanbiao.core.findings import Finding, Param, Severity, TanbiaoError

Label = str | int
UnsolvableCode = Literal["singular", "near_singular", "unproductive", "not_square", "no_reference"]

_SHOWN = 8
_OWN_PARAMS = ("processes", "products")


def shown(labels: Sequence[Label]) -> str:
    """Return names as one readable list, the rest counted: ``"a, b, c … (+4)"``."""
    text = ", ".join(str(label) for label in labels[:_SHOWN])
    rest = len(labels) - _SHOWN
    return f"{text} … (+{rest})" if rest > 0 else text


class Unsolvable(TanbiaoError, ValueError):
    """A system that gets no number.

    Parameters
    ----------
    code
        ``singular``: a loop that consumes all it makes, or equations that repeat each other;
        ``near_singular``: the condition of a loop is so bad that rounding decides the answer;
        ``unproductive``: a loop that consumes more than it makes;
        ``not_square``: more products than processes or the reverse;
        ``no_reference``: a process whose product can't be told, or two processes for one product.
    processes
        The processes concerned: names if the system was given names, else indices.
    products
        The products concerned, where that says more.
    """

    def __init__(
        self, code: UnsolvableCode, processes: Sequence[Label] = (), products: Sequence[Label] = (), **params: Param
    ) -> None:
        self.processes = tuple(processes)
        self.products = tuple(products)
        described: dict[str, Param] = {"processes": shown(self.processes), "products": shown(self.products)}
        super().__init__(Finding(code, Severity.BLOCKING, "", MappingProxyType(described | params)))

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross to another process (a worker pool pickles it)."""
        return _rebuild, (self.code, self.processes, self.products, dict(self.findings[0].params))


def _rebuild(
    code: UnsolvableCode, processes: tuple[Label, ...], products: tuple[Label, ...], params: dict[str, Param]
) -> Unsolvable:
    return Unsolvable(code, processes, products, **{k: v for k, v in params.items() if k not in _OWN_PARAMS})


class InvalidSystem(TanbiaoError, ValueError):
    """Arrays, names or a demand that don't describe a system; the finding names the place."""

    @classmethod
    def of(cls, code: str, where: str = "", **params: Param) -> InvalidSystem:
        """Make the error of a single blocking finding."""
        return cls(Finding(code, Severity.BLOCKING, where, MappingProxyType(dict(params))))
