"""The checks of a supplier's footprint in words, for every place that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core.findings import Finding, Lang, render

if TYPE_CHECKING:
    from tanbiao.core.lca.supplier import SupplierCheck

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "status": ("状态", "Status"),
    "period": ("有效期覆盖数据期", "Valid in the data period"),
    "boundary": ("系统边界", "System boundary"),
    "gwp_set": ("GWP 数值集", "GWP set"),
    "offsets": ("未扣减碳抵消", "No offsets taken off"),
    "green_power": ("绿电没有重复使用", "Green power claimed once"),
    "recycling": ("回收分配方法", "Recycling method"),
    "verification": ("核查状态", "Verification"),
    "figures": ("数值", "Figures"),
}
VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "active": ("有效", "active"),
    "replaced": ("已被替代", "replaced"),
    "unstated": ("未说明", "not stated"),
    "unproven": ("没有凭证编号", "without certificate numbers"),
    "none": ("无", "none"),
    "taken_off": ("已扣减", "taken off"),
    "unknown": ("不明", "unknown"),
    "cradle_to_gate": ("从摇篮到大门", "cradle to gate"),
    "cradle_to_grave": ("从摇篮到坟墓", "cradle to grave"),
    "gate_to_gate": ("从大门到大门", "gate to gate"),
    "cut_off": ("取舍法", "cut-off"),
    "closed_loop": ("闭环法", "closed loop"),
    "circular_footprint_formula": ("循环足迹公式", "circular footprint formula"),
    "fifty_fifty": ("各半法", "50/50"),
    "upstream_system_expansion": ("上游系统扩展", "upstream system expansion"),
    "certified": ("已认证", "certified"),
    "verified": ("已核查", "verified"),
    "self_declared": ("自我声明", "self-declared"),
}


def title(check: str, lang: Lang) -> str:
    """Return the name of a check."""
    return TITLES[check][0 if lang == "zh" else 1]


def value(text: str, lang: Lang) -> str:
    """Return what is stated or wanted in words; dates, figures and codes stay as they are."""
    words = (VALUES[item][0 if lang == "zh" else 1] if item in VALUES else item for item in text.split(" / "))
    return " / ".join(words)


def as_json(check: SupplierCheck, lang: Lang) -> dict[str, Any]:
    """Return a check as JSON values with its words."""
    return {
        "check": check.name,
        "title": title(check.name, lang),
        "passed": check.passed,
        "stated": value(check.stated, lang),
        "wanted": value(check.wanted, lang),
        "findings": [render(in_words(item, lang), lang) for item in check.findings],
    }


def in_words(item: Finding, lang: Lang) -> Finding:
    """Return a finding whose codes (``cut_off``, ``unstated``) are said in words."""
    params = {key: value(said, lang) if isinstance(said, str) else said for key, said in item.params.items()}
    return replace(item, params=params)
