"""``tanbiao rules list``: the packaged rules, what each rests on, and what stands behind it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console

if TYPE_CHECKING:
    from tanbiao.core.catalogue.facts import PackageFacts

BASIS = {
    "inventory": ("引自公开清单的模型研究", "a model study with a cited inventory"),
    "arithmetic": (
        "仅规则与结构；算例为算术示例，非真实产品",
        "rule and structure only; arithmetic examples, not a product",
    ),
    "unsaid": ("算例未注明依据", "its examples do not say what they rest on"),
}


def show(out: Console, *, every_version: bool) -> int:
    """List the rules; 0 always."""
    from tanbiao.core.catalogue.facts import packaged_facts

    packages = [item for item in packaged_facts() if every_version or item.replaced_by is None]
    out.document({"rules": [asdict(item) for item in packages]})
    for item in packages:
        zh, en = BASIS[item.basis]
        state = "✓" if item.is_complete else "○"
        out.line(f"{state} {item.rule:<34} {item.title[out.lang]}")
        out.line(f"    {zh if out.lang == 'zh' else en}" + _figure(item))
    out.text("✓ 完整：无缺项，算例全部符合预期。", "✓ complete: nothing missing, every worked example as expected.")
    out.text("全部为示范规则，不具有官方效力。", "All of them are demonstration rules, not official.")
    return 0


def _figure(item: PackageFacts) -> str:
    shown = ((model, "≥ " if model.unknown else "") for model in item.models)
    return "".join(f" · {model.study} {bound}{model.value:g} {model.unit}" for model, bound in shown)
