"""The project's own tables of datasets: what stands in which column of the workbook and of the CSV tables.

One row per object, joined by ids; every field of :mod:`tanbiao.core.dataset.inventory` has a column, so that what is
written is read back the same. A column is found by its key, its Chinese or its English heading, or both as the workbook
shows them (``过程编号 process``); the order of columns and tables counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

__all__ = ["CHOICES", "MARK", "SPREAD", "TABLES", "Column", "Holds", "Table", "joined", "parted", "shown"]

MARK: Final = "tanbiao-dataset-tables/1"


class Holds(StrEnum):
    """What a column's cells hold."""

    TEXT = "text"
    """Free text, kept to the last blank."""
    WORD = "word"
    """An id, a name that others refer to, a code: blanks around it count for nothing."""
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"
    """Texts parted by ``|``; ``\\|`` is the sign itself, ``\\\\`` the backslash."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: key, headings, what its cells hold, and the choices where there are such."""

    key: str
    zh: str
    en: str
    holds: Holds = Holds.WORD
    choices: str = ""
    width: int = 14


@dataclass(frozen=True)
class Table:
    """A table: key (the CSV file's name), the sheet's two names, a sentence on what a row is, and the columns."""

    key: str
    zh: str
    en: str
    row_zh: str
    row_en: str
    columns: tuple[Column, ...]

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return f"{self.zh} {self.en}"

    @cached_property
    def by_heading(self) -> Mapping[str, Column]:
        """Every heading in lower case → its column."""
        found: dict[str, Column] = {}
        for one in self.columns:
            for text in (one.key, one.zh, one.en, heading(one), f"{one.zh} / {one.en}"):
                found.setdefault(text.casefold(), one)
        return found


def heading(column: Column) -> str:
    """Return the heading in both languages, as the workbook shows it."""
    return f"{column.zh} {column.en}"


CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "direction": {"input": "输入", "output": "输出"},
    "flag": {"yes": "是", "no": "否"},
    "flow_kind": {"product": "产品", "waste": "废物", "elementary": "基本流", "other": "其他"},
    "process_kind": {
        "unit_process": "单元过程",
        "system_process": "系统过程",
        "epd_result": "EPD结果",
        "partly_terminated": "部分终结",
        "footprint_factor": "碳足迹因子",
        "direct_emission_factor": "直接排放因子",
    },
    "distribution": {
        "lognormal": "对数正态",
        "normal": "正态",
        "triangular": "三角",
        "uniform": "均匀",
        "undefined": "仅范围",
    },
    "method": {"physical": "物理", "economic": "经济", "causal": "因果", "other": "其他"},
    "citation": {"source": "来源", "actor": "机构或人员", "review": "评审"},
    "object": {"process": "过程", "flow": "流"},
}
"""Name of a list → code → Chinese word. The English word is the code."""


def shown(choices: str, code: str) -> str:
    """Return a code as the workbook shows it: both words."""
    return f"{CHOICES[choices][code]} {code}"


_TEXT, _NUMBER, _FLAG, _LIST = Holds.TEXT, Holds.NUMBER, Holds.FLAG, Holds.LIST

SPREAD: Final = (
    Column("distribution", "分布", "distribution", choices="distribution"),
    Column("sigma", "标准差（对数正态：ln X 的）", "standard deviation (lognormal: of ln X)", _NUMBER),
    Column("gsd2_or_2sd", "GSD² 或 2·SD（未填标准差时）", "GSD² or 2·SD (where no standard deviation)", _NUMBER),
    Column("minimum", "最小值", "minimum", _NUMBER),
    Column("mode", "众数", "mode", _NUMBER),
    Column("maximum", "最大值", "maximum", _NUMBER),
    Column("pedigree", "谱系得分", "pedigree scores", _LIST),
    Column("base_sigma", "基础标准差（ln X）", "basic standard deviation (of ln X)", _NUMBER),
)
_NAMES: Final = (
    Column("name_zh", "中文名称", "name in Chinese", _TEXT, width=30),
    Column("name_en", "英文名称", "name in English", _TEXT, width=30),
    Column("name", "名称（未注明语言）", "name (no language)", _TEXT, width=30),
)

TABLES: Final = (
    Table(
        "processes",
        "过程",
        "Processes",
        "每行一个过程（数据集）。",
        "Each row is a process (a dataset).",
        (
            Column("id", "过程编号", "process id", width=38),
            *_NAMES,
            Column("kind", "过程类型", "process type", choices="process_kind"),
            Column("location", "地点", "place"),
            Column("valid_from", "有效期起", "valid from"),
            Column("valid_until", "有效期止", "valid until"),
            Column("technology", "技术说明", "technology", _TEXT, width=40),
            Column("categories", "分类", "categories", _LIST, width=30),
            Column("licence", "许可", "licence", _TEXT, width=30),
            Column("version", "版本", "version"),
            Column("default_allocation", "默认分配方法", "default allocation"),
            Column("is_waste_treatment", "废物处理", "waste treatment", _FLAG, "flag"),
            Column("declared_modules", "已申报模块", "declared modules", _LIST),
            Column("citations", "引用编号", "citation ids", _LIST),
        ),
    ),
    Table(
        "exchanges",
        "交换",
        "Exchanges",
        "每行一个过程的一项输入或输出；参考产品标“是”。数量空着表示未知，不是零。",
        "Each row is an input or output of a process; mark the reference. An empty amount is unknown, not zero.",
        (
            Column("process", "过程", "process", width=38),
            Column("direction", "方向", "direction", choices="direction"),
            Column("flow", "流", "flow", width=38),
            Column("amount", "数量", "amount", _NUMBER),
            Column("unit", "单位", "unit"),
            Column("is_reference", "参考产品", "reference", _FLAG, "flag"),
            Column("is_avoided", "避免产品", "avoided product", _FLAG, "flag"),
            Column("provider", "供应过程", "provider", width=38),
            Column("location", "地点", "place"),
            Column("formula", "公式", "formula", _TEXT),
            *SPREAD,
            Column("id", "序号", "number"),
            Column("flow_property", "计量属性编号", "flow property id"),
            Column("production_volume", "年产量", "annual production volume", _NUMBER),
            Column("quality", "数据质量（原文）", "data quality entry", _TEXT),
            Column("comment", "说明", "comment", _TEXT, width=40),
        ),
    ),
    Table(
        "flows",
        "流",
        "Flows",
        "每行一种产品、废物或基本流。",
        "Each row is a product, a waste or an elementary flow.",
        (
            Column("id", "流编号", "flow id", width=38),
            *_NAMES,
            Column("kind", "流类型", "flow type", choices="flow_kind"),
            Column("unit", "单位", "unit"),
            Column("cas", "CAS号", "CAS number"),
            Column("formula", "分子式", "sum formula", _TEXT),
            Column("categories", "分类或环境介质", "categories or compartment", _LIST, width=30),
            Column("location", "地点", "place"),
            Column("synonyms", "同义词", "synonyms", _LIST),
            Column("version", "版本", "version"),
            Column("reference_property", "参考属性编号", "reference property id"),
        ),
    ),
    Table(
        "parameters",
        "参数",
        "Parameters",
        "每行一个参数；过程为空的参数属于全部过程。",
        "Each row is a parameter; one without a process belongs to all.",
        (
            Column("process", "过程", "process", width=38),
            Column("name", "参数名", "parameter"),
            Column("value", "数值", "value", _NUMBER),
            Column("formula", "公式", "formula", _TEXT),
            *SPREAD,
            Column("comment", "说明", "comment", _TEXT, width=40),
        ),
    ),
    Table(
        "allocation",
        "分配",
        "Allocation",
        "每行一个分配系数；交换为空的系数用于整个过程。同一方法各产品之和为 1。",
        "Each row is a factor; one without an exchange is of the whole process. Those of one method add up to 1.",
        (
            Column("process", "过程", "process", width=38),
            Column("product", "产品流", "product flow", width=38),
            Column("method", "方法", "method", choices="method"),
            Column("value", "系数", "factor", _NUMBER),
            Column("exchange", "交换序号", "exchange number"),
            Column("formula", "公式", "formula", _TEXT),
        ),
    ),
    Table(
        "results",
        "结果",
        "Results",
        "每行一个按模块给出的结果（EPD）。未申报的模块不列，不是零。",
        "Each row is a result by module (EPD). A module that is not declared has no row: it is not zero.",
        (
            Column("process", "过程", "process", width=38),
            Column("indicator", "指标", "indicator", _TEXT, width=30),
            Column("module", "模块", "module"),
            Column("scenario", "情景", "scenario", _TEXT),
            Column("value", "数值", "value", _NUMBER),
            Column("unit", "单位", "unit"),
            Column("indicator_id", "指标编号", "indicator id"),
        ),
    ),
    Table(
        "citations",
        "来源",
        "Citations",
        "每行一个来源、机构（人员）或评审。",
        "Each row is a source, an actor or a review.",
        (
            Column("id", "引用编号", "citation id", width=38),
            Column("kind", "类别", "type", choices="citation"),
            Column("name", "名称", "name", _TEXT, width=40),
            Column("text", "内容", "text", _TEXT, width=40),
            Column("url", "网址", "address"),
            Column("version", "版本", "version"),
        ),
    ),
    Table(
        "documentation",
        "说明文字",
        "Documentation",
        "每行一个过程的一段说明；field 为原格式中的字段名。",
        "Each row is a text about a process; the field is named as in the format it came from.",
        (
            Column("process", "过程", "process", width=38),
            Column("field", "字段", "field", _TEXT, width=40),
            Column("text", "文字", "text", _TEXT, width=80),
        ),
    ),
    Table(
        "names",
        "其他语言",
        "Names",
        "每行一个过程或流在其他语言中的名称。",
        "Each row is the name of a process or flow in a further language.",
        (
            Column("object", "对象", "object", choices="object"),
            Column("id", "编号", "id", width=38),
            Column("language", "语言", "language"),
            Column("text", "名称", "name", _TEXT, width=40),
        ),
    ),
    Table(
        "classifications",
        "分类体系",
        "Classifications",
        "每行是一个过程或流在某一分类中的一级；0 级最宽。",
        "Each row is a level of a classification of a process or flow; level 0 is the widest.",
        (
            Column("object", "对象", "object", choices="object"),
            Column("id", "编号", "id", width=38),
            Column("number", "第几个分类", "which classification", _NUMBER),
            Column("system", "分类名称", "classification", _TEXT, width=30),
            Column("level", "级", "level", _NUMBER),
            Column("code", "代码", "code", _TEXT),
            Column("name", "类目", "class", _TEXT, width=40),
            Column("uri", "目录地址", "address of the list", _TEXT, width=30),
        ),
    ),
    Table(
        "flow_amounts",
        "流的属性",
        "Flow properties of flows",
        "每行给出一个流每参考单位所含的一种属性。",
        "Each row tells how much of a property one reference unit of a flow holds.",
        (
            Column("flow", "流编号", "flow id", width=38),
            Column("flow_property", "属性编号", "flow property id", width=38),
            Column("factor", "系数", "factor", _NUMBER),
        ),
    ),
    Table(
        "flow_properties",
        "计量属性",
        "Flow properties",
        "每行一种计量属性（质量、热值等）。",
        "Each row is a quantity in which flows are measured.",
        (
            Column("id", "属性编号", "flow property id", width=38),
            Column("name", "名称", "name", _TEXT, width=30),
            Column("unit_group", "单位组编号", "unit group id", width=38),
            Column("version", "版本", "version"),
        ),
    ),
    Table(
        "unit_groups",
        "单位组",
        "Unit groups",
        "每行一个单位组。",
        "Each row is a group of units of one quantity.",
        (
            Column("id", "单位组编号", "unit group id", width=38),
            Column("name", "名称", "name", _TEXT, width=30),
            Column("reference_unit", "参考单位", "reference unit"),
            Column("version", "版本", "version"),
        ),
    ),
    Table(
        "units",
        "单位",
        "Units",
        "每行一个单位；系数为 1 单位合多少参考单位。",
        "Each row is a unit; its factor is how many reference units it is.",
        (
            Column("unit_group", "单位组编号", "unit group id", width=38),
            Column("name", "单位", "unit"),
            Column("factor", "系数", "factor", _NUMBER),
        ),
    ),
)


def joined(texts: tuple[str, ...]) -> str:
    """Return texts in one cell, so that :func:`parted` gives the same texts."""
    return " | ".join(text.replace("\\", "\\\\").replace("|", "\\|") for text in texts)


def parted(cell: str) -> tuple[str, ...]:
    """Return the texts of a list's cell, stripped; empty ones are left out."""
    texts, text, escaped = [], "", False
    for sign in cell:
        if escaped or sign not in "\\|":
            text, escaped = text + sign, False
        elif sign == "\\":
            escaped = True
        else:
            texts.append(text)
            text = ""
    return tuple(one.strip() for one in [*texts, text] if one.strip())
