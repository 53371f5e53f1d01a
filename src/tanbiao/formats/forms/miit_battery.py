"""The traction battery declaration to China's industry ministry (MIIT), in a structure of our own."""

from __future__ import annotations

from typing import Any, Final

from tanbiao.formats.forms.basis import Basis, without
from tanbiao.formats.forms.battery import declaration

STATEMENT: Final = {
    "zh": "按公开报道的核算逻辑整理：四个阶段的排放之和除以全生命周期提供的总能量；"
    "申报表样未公开，结构由本项目自定，非官方。",
    "en": "By the logic of calculation as publicly reported: the emissions of four stages over the total energy "
    "delivered; the form itself is not public, this structure is the project's own and not official.",
}
SOURCE: Final = "工信厅通装函〔2025〕551号（2025-12-30），据工业和信息化部 2025-12-31 的新闻发布"


def write(basis: Basis) -> dict[str, Any]:
    """Return the declaration; what the study leaves out is said through the basis."""
    return {**declaration(basis, STATEMENT, SOURCE), **without({"verifier": basis.battery.verifier})}
