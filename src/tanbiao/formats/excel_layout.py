"""The layout of the Excel template: sheets, columns, words in two languages; one place for writer and reader."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

Lang = Literal["zh", "en"]

MAX_ROWS: Final = 20_000
"""Rows that are read of a sheet; what lies below is a finding."""
FIRST_ROW: Final = 6
"""First row of data of a stage, process, source, parameter or cut-off sheet (1-based); row 5 holds the headings."""
HEADER_ROW: Final = 5
STATE_ROW: Final = 3
TEMPLATE_ROWS: Final = 300
"""Rows that are formatted and have drop-downs in an empty template."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in the document, headings, hints, width, and which drop-down list it has."""

    key: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str
    width: int
    choices: str = ""


SHEETS: Final = {
    "guide": ("说明", "Guide"),
    "product": ("产品", "Product"),
    "raw_materials": ("原材料", "Raw materials"),
    "manufacturing": ("制造", "Manufacturing"),
    "distribution": ("分销", "Distribution"),
    "use": ("使用", "Use"),
    "end_of_life": ("生命末期", "End of life"),
    "processes": ("工序", "Processes"),
    "parameters": ("参数", "Parameters"),
    "cut_off": ("取舍", "Cut-off"),
    "sources": ("来源", "Sources"),
}
LISTS_SHEET: Final = "_lists"

KINDS: Final = {
    "dataset": ("外购材料", "bought material"),
    "process": ("自有工序", "own process"),
    "supplier": ("供应商足迹", "supplier's footprint"),
    "electricity": ("用电", "electricity"),
    "fuel": ("燃料", "fuel burnt"),
    "transport": ("运输", "transport"),
    "gas": ("直接排放", "direct emission"),
    "emission": ("按方法计算的排放", "emission by a method"),
    "circular": ("循环足迹公式", "circular footprint formula"),
    "fate": ("生命末期去向", "end-of-life fate"),
    "treatment": ("废物处理", "waste treatment"),
    "credit": ("抵减（单列）", "credit (apart)"),
    "burden_free": ("无负荷投入", "burden-free input"),
    "what": ("损失", "loss"),
}
PARTS: Final = {
    "process": ("工序", "process"),
    "gives": ("产出", "gives"),
    "takes": ("投入", "takes"),
    "emits": ("排放", "emits"),
    "losses": ("损失", "losses"),
    "avoids": ("替代", "avoids"),
}
STATES: Final = {
    "rows": ("有数据", "has rows"),
    "not_declared": ("未声明", "not declared"),
    "excluded": ("排除", "excluded"),
    "empty": ("无活动", "nothing happens"),
}
DATA_WORDS: Final = {
    "site_specific": ("现场实测", "site-specific"),
    "primary": ("初级（供应商）", "primary (supplier)"),
    "secondary": ("次级（文献、数据库）", "secondary"),
    "estimate": ("估算", "estimate"),
    "stand_in": ("替代", "stand-in"),
}
ABSENT: Final = {
    "unknown": ("不明", "unknown"),
    "not_declared": ("未声明", "not_declared"),
    "excluded": ("排除", "excluded"),
    "below_cut_off": ("低于取舍", "below_cut_off"),
}
SUPPLIES: Final = {
    "grid": ("电网", "grid"),
    "direct_line": ("绿电直连", "direct line"),
    "own_generation": ("自发自用", "own generation"),
    "contract": ("绿电合同", "power contract"),
    "green_certificate": ("绿证", "green certificate"),
    "dataset": ("指定因子", "stated factor"),
}
BOUNDARIES: Final = {
    "cradle_to_gate": ("从摇篮到大门", "cradle to gate"),
    "cradle_to_grave": ("从摇篮到坟墓", "cradle to grave"),
    "gate_to_gate": ("从大门到大门", "gate to gate"),
}
GOODS: Final = {
    "excluded": ("排除", "excluded"),
    "included": ("包含", "included"),
    "not_declared": ("未声明", "not declared"),
}
YES_NO: Final = {"false": ("否", "no"), "true": ("是", "yes")}

UNITS: Final = (
    "kg", "t", "g", "kWh", "MWh", "MJ", "GJ", "m3", "Nm3", "L", "m2", "m", "piece", "t*km", "MJ|LHV", "kWh|LHV",
)  # fmt: skip
REGIONS: Final = (
    "CN", "CN-BJ", "CN-TJ", "CN-HE", "CN-SX", "CN-NM", "CN-LN", "CN-JL", "CN-HL", "CN-SH", "CN-JS", "CN-ZJ", "CN-AH",
    "CN-FJ", "CN-JX", "CN-SD", "CN-HA", "CN-HB", "CN-HN", "CN-GD", "CN-GX", "CN-HI", "CN-CQ", "CN-SC", "CN-GZ",
    "CN-YN", "CN-XZ", "CN-SN", "CN-GS", "CN-QH", "CN-NX", "CN-XJ",
)  # fmt: skip

ROW_COLUMNS: Final = (
    Column("id", "行号", "Row id", "唯一且永不重用，如 r1", "unique and for ever, e.g. r1", 8),
    Column("name.zh", "名称", "Name (Chinese)", "材料或能源的名称", "what it is", 22),
    Column("name.en", "英文名称", "Name (English)", "可不填", "optional", 18),
    Column("kind", "类型", "Kind", "从下拉表选择", "choose from the list", 14, "kinds"),
    Column("amount", "数量", "Amount", "只填数字；不知道填“不明”", "a number; if not known write unknown", 12),
    Column("unit", "单位", "Unit", "如 kg、kWh、Nm3", "e.g. kg, kWh, Nm3", 10, "units"),
    Column(
        "target",
        "因子、工序、燃料或气体",
        "Factor, process, fuel or gas",
        "外购材料、废物：因子编号；自有工序：工序编号；燃料：如 natural-gas；排放：如 CO2 fossil；"
        "方法：如 carbonate/limestone；运输：车辆因子编号",
        "material, waste, vehicle: id of the factor; own process: its id; fuel: natural-gas; emission: CO2 fossil; "
        "method: carbonate/limestone",
        30,
        "targets",
    ),
    Column("supply", "供电方式", "Supply", "只用于用电", "electricity only", 10, "supplies"),
    Column("region", "地区", "Region", "用电所在地区，如 CN-GD", "of the electricity", 8, "regions"),
    Column("year", "年份", "Year", "用电年份，如 2023", "of the electricity", 7),
    Column(
        "distance",
        "运距",
        "Distance",
        "只用于运输，如 500 km，或 CN-GD > CN-BJ",
        "transport only, e.g. 500 km or CN-GD > CN-BJ",
        10,
    ),
    Column("data.kind", "数据类型", "Kind of data", "从下拉表选择", "choose from the list", 14, "data"),
    Column("data.pedigree", "质量评分", "Pedigree", "五个 1–5 的数，如 2,3,4,1,3", "five scores, e.g. 2,3,4,1,3", 11),
    Column("data.uncertainty", "不确定度", "Uncertainty", "如 5 %", "e.g. 5 %", 10),
    Column("source", "来源", "Source", "来源表中的编号，可加 #页码", "a key of the sources sheet, with #place", 16),
    Column("derivation", "推导", "Derivation", "怎样得到这个数", "how the amount was found", 20),
    Column("stand_in.for", "替代什么", "Stands in for", "因子不是本物质时填写", "when the factor is another's", 16),
    Column("stand_in.reason", "替代理由", "Why", "为什么用替代因子", "why a stand-in is used", 16),
    Column("reason", "缺失原因", "Why absent", "数量为“不明”等时必填", "when the amount is absent", 16),
    Column("bound", "上限", "At most", "数量不明时的上限，如 0.1 kg", "upper limit of an absent amount", 10),
    Column(
        "per",
        "基准产量",
        "Per output",
        "该数量对应的产量，如 52000 t；空着表示声明单位",
        "output this amount is for",
        12,
    ),
    Column("process", "所属规则过程", "Rule's process", "如 cell-assembly", "e.g. cell-assembly", 16),
    Column("note", "备注", "Note", "", "", 18),
    Column(
        "inputs",
        "方法输入",
        "Inputs of the method",
        "如 purity = 0.95; calcination = 1；用电如 generation = wind; site = …; claim1.certificate = …",
        "e.g. purity = 0.95; calcination = 1; of electricity: generation = wind; site = …; claim1.certificate = …",
        18,
    ),
    Column("more", "其他（高级）", "More (advanced)", "请勿手工修改", "do not edit by hand", 12),
)
PROCESS_COLUMNS: Final = (
    Column(
        "owner", "工序编号", "Process id", "小写字母、数字、连字符，如 cathode-material", "e.g. cathode-material", 18
    ),
    Column(
        "part",
        "部分",
        "Part",
        "工序、产出、投入、排放、损失、替代",
        "process, gives, takes, emits, losses, avoids",
        9,
        "parts",
    ),
    *ROW_COLUMNS,
)
SOURCE_COLUMNS: Final = (
    Column("key", "编号", "Key", "小写字母、数字、连字符", "lower case, digits, hyphen", 14),
    Column("title", "题名", "Title", "文献、台账、发票、计量记录", "paper, ledger, invoice, meter record", 40),
    Column("authors", "作者", "Authors", "", "", 18),
    Column("year", "年份", "Year", "", "", 7),
    Column("publisher", "出版者", "Publisher", "", "", 20),
    Column("doi", "DOI", "DOI", "", "", 16),
    Column("url", "网址", "URL", "", "", 20),
    Column("licence", "许可", "Licence", "", "", 14),
    Column("note", "备注", "Note", "", "", 20),
)
PARAMETER_COLUMNS: Final = (
    Column("key", "名称", "Name", "小写字母、数字、下划线", "lower case, digits, underscore", 20),
    Column("name.zh", "含义", "Meaning (Chinese)", "", "", 20),
    Column("name.en", "英文含义", "Meaning (English)", "", "", 20),
    Column("amount", "数值", "Amount", "只填数字，或公式 = a * b", "a number, or a formula = a * b", 14),
    Column("unit", "单位", "Unit", "无单位可空着", "empty for a pure number", 10, "units"),
    Column("source", "来源", "Source", "", "", 16),
    Column("note", "备注", "Note", "", "", 20),
    Column("more", "其他（高级）", "More (advanced)", "请勿手工修改", "do not edit by hand", 12),
)
CUT_OFF_COLUMNS: Final = (
    Column("id", "编号", "Id", "如 x1", "e.g. x1", 8),
    Column("what.zh", "取舍了什么", "What (Chinese)", "", "", 24),
    Column("what.en", "英文", "What (English)", "", "", 20),
    Column("bound", "上限", "At most", "如 0.02 kg 或 0.5 %", "e.g. 0.02 kg or 0.5 %", 12),
    Column("energy", "能量上限", "Energy at most", "如 0.1 MJ", "e.g. 0.1 MJ", 12),
    Column("emission", "排放上限", "Emission at most", "如 0.01 kg（CO2e）", "e.g. 0.01 kg (CO2e)", 12),
    Column("reason", "理由", "Reason", "", "", 30),
    Column("process", "所属规则过程", "Rule's process", "", "", 16),
)


@dataclass(frozen=True, slots=True)
class FormField:
    """A line of the product sheet."""

    key: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str
    choices: str = ""
    must: bool = False


PRODUCT_FIELDS: Final = (
    FormField("product.name.zh", "产品名称", "Product name (Chinese)", "", "", must=True),
    FormField("product.name.en", "产品英文名称", "Product name (English)", "可不填", "optional"),
    FormField("product.function.zh", "功能", "Function (Chinese)", "产品做什么用", "what it does"),
    FormField("product.function.en", "功能（英文）", "Function (English)", "可不填", "optional"),
    FormField("product.model", "型号", "Model", "", ""),
    FormField("product.category", "产品类别", "Category", "与规则一致，如 traction-battery", "as in the rule"),
    FormField("product.country", "生产国", "Country", "两位代码，默认 CN", "two letters, default CN"),
    FormField("product.sites", "生产场所", "Sites", "多个用分号隔开", "separated by semicolons"),
    FormField("goal.application", "用途", "Purpose", "如：申请碳足迹标识", "e.g. label", must=True),
    FormField("goal.reason", "原因", "Reason", "可不填", "optional"),
    FormField("goal.audience", "读者", "Audience", "多个用分号隔开", "separated by semicolons"),
    FormField("goal.public_comparison", "用于公开比较", "Public comparison", "是或否", "yes or no", "yes_no"),
    FormField("rule", "规则", "Rule", "编号@版本", "id@version"),
    FormField("release", "因子发布版", "Factor release", "空着为内置发布版", "empty: the packaged one"),
    FormField("gwp", "GWP 版本", "GWP set", "AR6 为默认", "AR6 by default", "gwp", must=True),
    FormField("unit.declared", "声明单位", "Declared unit", "如 1 kWh、1 kg、1 piece", "e.g. 1 kWh", must=True),
    FormField("unit.of.zh", "声明单位的含义", "Of (Chinese)", "如：额定容量", "e.g. rated capacity"),
    FormField("unit.of.en", "含义（英文）", "Of (English)", "可不填", "optional"),
    FormField("unit.functional.zh", "功能单位", "Functional unit (Chinese)", "可不填", "optional"),
    FormField("unit.functional.en", "功能单位（英文）", "Functional unit (English)", "可不填", "optional"),
    FormField(
        "unit.reference_flow.amount", "基准流", "Reference flow", "每声明单位的产品质量，如 8.2 kg", "e.g. 8.2 kg"
    ),
    FormField("unit.reference_flow.basis", "基准流说明", "Basis of it", "可不填", "optional"),
    FormField("unit.reference_flow.evidence", "基准流依据", "Evidence of it", "可不填", "optional"),
    FormField("unit.functional_flow.amount", "功能单位数量", "Functional unit, amount", "如 1 piece", "e.g. 1 piece"),
    FormField(
        "unit.functional_flow.takes",
        "功能单位所需产品",
        "Product it takes",
        "如 60 g（按声明单位的量纲）",
        "e.g. 60 g, of the declared unit's kind",
    ),
    FormField(
        "unit.functional_flow.evidence",
        "功能单位换算依据",
        "Evidence of it",
        "没有依据则不给出数值",
        "without it no figure is given",
    ),
    FormField(
        "unit.amounts_for",
        "各表数量对应的产量",
        "Amounts are for",
        "填全年产量，如 52000 t，则各表填全年用量；空着表示每声明单位",
        "a year's output, e.g. 52000 t; empty: per declared unit",
    ),
    FormField("period.from", "数据期开始", "Period from", "如 2023-01-01", "e.g. 2023-01-01", must=True),
    FormField("period.to", "数据期结束", "Period to", "如 2023-12-31", "e.g. 2023-12-31", must=True),
    FormField("boundary", "系统边界", "Boundary", "从下拉表选择", "choose from the list", "boundaries", must=True),
    FormField(
        "capital_goods.state", "设备与厂房", "Capital goods", "从下拉表选择", "choose from the list", "goods", must=True
    ),
    FormField("capital_goods.reason", "设备与厂房的理由", "Why", "", "", must=True),
    FormField(
        "carbon_content.biogenic",
        "产品生物碳含量",
        "Biogenic carbon in the product",
        "如 0.48 kg（碳）",
        "e.g. 0.48 kg (C)",
    ),
    FormField(
        "carbon_content.source", "含碳量来源", "Source of the carbon content", "如元素分析", "e.g. elemental analysis"
    ),
    FormField(
        "scenarios.use.scenario",
        "使用情景",
        "Use scenario",
        "编号@版本，其数量可用于公式",
        "id@version; its quantities may be used in formulas",
    ),
    FormField("more", "其他（高级）", "More (advanced)", "请勿手工修改", "do not edit by hand"),
)
PRODUCT_FIRST_ROW: Final = 4
"""First line of the product sheet; column A label, B value, C hint, D key (hidden)."""

LISTS: Final = {
    "kinds": KINDS,
    "parts": PARTS,
    "states": STATES,
    "data": DATA_WORDS,
    "supplies": SUPPLIES,
    "boundaries": BOUNDARIES,
    "goods": GOODS,
    "yes_no": YES_NO,
}

GUIDE: Final = {
    "zh": (
        "碳标 · 产品碳足迹研究模板（study/1）",
        "一、在“产品”表填写产品、声明单位、数据期和系统边界；带 * 的必填。",
        "二、在“原材料”“制造”“分销”“使用”“生命末期”各表逐行填写活动数据。每行一种材料、一种能源、一次运输或一种排放。",
        "三、某个阶段没有数据时，在该表第 3 行选择“未声明”“排除”或“无活动”，并写明理由；不能空着不说。",
        "四、数量只填数字，单位另填一列。不知道的数量填“不明”，并写缺失原因；不明不等于零。",
        "五、用电选“用电”，填地区和年份，平台自动取官方电力碳足迹因子；不能用二氧化碳排放因子代替。",
        "六、燃料选“燃料”，平台同时计入燃烧与上游；运输填货物质量、运距和车辆因子。",
        "七、厂内自产的中间品（如正极材料）写在“工序”表：先写“工序”行，再写产出、投入、排放、损失。",
        "八、全年数据：在“产品”表“各表数量对应的产量”填全年产量，各表直接填全年用量。",
        "九、行号唯一且永不重用；证据、意见都按行号记录。",
        "十、上传后如有问题，平台退回同一文件，并在有问题的单元格加批注。",
    ),
    "en": (
        "Tanbiao · template of a product footprint study (study/1)",
        "1. Product sheet: product, declared unit, data period, boundary; what has a * must be filled.",
        "2. One row for each material, energy, transport or emission, on the sheet of its life-cycle stage.",
        "3. A stage without data says so in row 3: not declared, excluded or nothing happens, and why.",
        "4. The amount is a number; the unit has its own column. Not known: write unknown and why; it is not zero.",
        "5. Electricity: region and year; the official footprint factor follows. A CO2 factor is no substitute.",
        "6. Fuel: burning and upstream are both counted. Transport: mass of goods, distance, factor of the vehicle.",
        "7. What the plant makes for itself stands on Processes: a process line, then gives, takes, emits, losses.",
        "8. Figures of a year: write the year's output into Amounts are for, and the year's amounts into the sheets.",
        "9. Row ids are unique and never reused; evidence and findings refer to them.",
        "10. If something is wrong, the same file comes back with comments on the cells.",
    ),
}  # fmt: skip


def word(pair: tuple[str, str], lang: Lang) -> str:
    """Return the word of a pair in the language."""
    return pair[0] if lang == "zh" else pair[1]


def key_of(words: dict[str, tuple[str, str]], text: str) -> str | None:
    """Return the key of a word in either language, or of the key itself; None when it is no such word."""
    plain = _folded(text)
    for key, pair in words.items():
        if plain in (_folded(key), _folded(pair[0]), _folded(pair[1])):
            return key
    return None


def _folded(text: str) -> str:
    """Return text without the differences that don't matter: full-width forms, case, blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()
