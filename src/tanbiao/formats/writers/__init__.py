"""Inventories written out in foreign formats: one module per format with ``write(inventory) -> Written``."""

from __future__ import annotations

from dataclasses import dataclass

from tanbiao.core.findings import Finding

__all__ = ["Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of a file or archive, and what the format has no place for."""

    data: bytes
    findings: tuple[Finding, ...] = ()
