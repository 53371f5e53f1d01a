"""What ``tanbiao release show --dataset`` says of a derived dataset: operation, inputs, parameters, source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tanbiao.cli.console import Console

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset
    from tanbiao.core.lca.release import Release

_OPERATIONS: Final = {
    "mix": ("混合", "mix"),
    "allocation": ("分配", "allocation"),
    "unit": ("单位或基准换算", "change of unit or basis"),
    "relink": ("更换供应（改编）", "re-linked inputs (adapted)"),
}


def described(release: Release, dataset: Dataset) -> dict[str, Any]:
    """Return the lineage of a derived dataset as JSON values."""
    from tanbiao.core.lca.release_lineage import lineage

    return lineage(release, dataset) or {}


def tell(body: dict[str, Any], out: Console) -> None:
    """Print the lineage."""
    zh, en = _OPERATIONS[body["operation"]]
    out.text(f"推导自（{zh}）：", f"Derived from ({en}):")
    for item in body["inputs"]:
        amount = "" if item["amount"] is None else f"  {item['amount']:.6g} {item['unit']} → {item['co2e']:.6g} kg CO2e"
        out.line(f"  {item['dataset']}  {item['name'][out.lang]}{amount}")
        if not item["current"]:
            out.text("    注意：发布版中的版本与推导所用的不同。", "    note: the release holds another version.")
    parameters = body["parameters"]
    for key in ("basis", "product", "bridge"):
        if parameters.get(key):
            out.line(f"  {key}: {parameters[key]}")
    for name, share in (parameters.get("shares") or {}).items():
        out.line(f"  {share:8.3%}  {name}")
    for change in parameters.get("replaced", []):
        out.line(f"  {change['before']} → {change['after']}")
    if body["share"] is not None:
        out.text(
            f"  经更换的供应占数值的 {body['share']:.1%}", f"  {body['share']:.1%} of the figure comes through them"
        )
    out.line(f"  {body['source']} {body['url']}".rstrip())
    if body["predecessor"] is not None:
        before = body["predecessor"]
        out.text(
            f"  前一版本：v{before['version']} {before['hash']}", f"  replaces v{before['version']} {before['hash']}"
        )
