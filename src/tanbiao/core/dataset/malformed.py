"""What is wrong with a dataset document that its model refuses, in both languages and with the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic import ValidationError

# Pydantic's own error types (pydantic-core 2, "Validation errors"); another one keeps its English words.
_WORDS: Final[Mapping[str, str]] = {
    "missing": "缺少此项",
    "extra_forbidden": "数据集格式中没有此项",
    "finite_number": "必须是有限数值，不能是 NaN 或无穷大",
    "float_type": "必须是数值",
    "float_parsing": "必须是数值",
    "int_type": "必须是整数",
    "int_parsing": "必须是整数",
    "int_from_float": "必须是整数",
    "bool_type": "必须是 true 或 false",
    "bool_parsing": "必须是 true 或 false",
    "string_type": "必须是文字",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符：{pattern}",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "必须大于或等于 {ge}",
    "less_than": "必须小于 {lt}",
    "less_than_equal": "必须小于或等于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "union_tag_invalid": "{discriminator} 只能是 {expected_tags}",
    "union_tag_not_found": "缺少 {discriminator}",
    "dict_type": "必须是键值对象",
    "model_type": "必须是键值对象",
    "model_attributes_type": "必须是键值对象",
    "list_type": "必须是列表",
    "tuple_type": "必须是列表",
}


class Contradiction(ValueError):
    """Parts of a document that can't stand together; said in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


def first_error(error: ValidationError, *before: str) -> tuple[str, dict[str, str]]:
    """Return the place of the first error and the parameters of ``dataset_malformed``: ``reason``, ``reason_zh``.

    Parameters
    ----------
    before
        Steps that lead to what was validated.
    """
    first = error.errors(include_url=False)[0]
    place = ".".join([*before, *(str(step) for step in first["loc"])])
    context: Mapping[str, Any] = first.get("ctx", {})
    raised = context.get("error")
    if isinstance(raised, Contradiction):
        return place, {"reason": str(raised), "reason_zh": raised.zh}
    message = str(first["msg"])
    words = _WORDS.get(first["type"])
    return place, {"reason": message, "reason_zh": message if words is None else words.format(**context)}
