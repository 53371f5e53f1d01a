"""The calculation report: every input, factor, source and version, in three forms; never a plain incomplete total."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from documents import sample
from documents.determinism import digests
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import report
from tanbiao.documents.report.build import build
from tanbiao.documents.report.content import Figure

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags, checks that they nest, and keeps the text apart from styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.css = ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.css += data
        else:
            self.text += data + "\n"


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


def pdf_text(pdf: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_self_contained_and_allows_only_its_own_style(lang: Any) -> None:
    page = Page(report.html(sample.partial(), sample.study(), lang))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object"}
    assert not any(key in attributes for _, attributes in page.tags for key in ("style", "src", "onclick", "onload"))
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in page.tags)
    digest = base64.b64encode(hashlib.sha256(page.css.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in report.policy()
    policies = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [report.policy()]
    assert "url(" not in page.css


FORMS = {
    "html": lambda result, study, lang: squeezed(Page(report.html(result, study, lang)).text),
    "pdf": lambda result, study, lang: pdf_text(report.pdf(result, study, lang)),
    "xlsx": lambda result, study, lang: squeezed(
        "".join(
            str(cell.value)
            for sheet in openpyxl.load_workbook(io.BytesIO(report.xlsx(result, study, lang)))
            for row in sheet
            for cell in row
            if cell.value is not None
        )
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_input_factor_source_and_version_is_in_the_report(form: str) -> None:
    result, study = sample.incomplete(), sample.study()
    shown = FORMS[form](result, study, "en")
    for item in result["contributions"]:
        for key in ("row", "dataset", "version", "source", "licence", "geography"):
            assert squeezed(str(item[key])) in shown, (form, item["row"], key)
        assert squeezed(item["name"]["en"]) in shown
    versions = result["versions"]
    for value in (
        *(versions[key] for key in ("engine", "method", "release", "release_hash", "rule", "rule_hash")),
        "AR6",
    ):
        assert squeezed(value) in shown, (form, value)
    for words in (
        "Lithium hexafluorophosphate",
        "electrolytic copper foil",
        "Labels and tape",
        "The grid factor is of 2022",
        "Recycled aluminium credit",
        "0.602 kg Li2CO3 × 44.01/73.89",
        "meter/E-07",
        "below the rule's limit",
        "stores and delivers energy",
        "Self-calculated: neither verified nor certified",
    ):
        assert squeezed(words) in shown, (form, words)


@pytest.mark.parametrize("form", FORMS)
def test_the_chinese_report_has_chinese_headings(form: str) -> None:
    shown = FORMS[form](sample.partial(), sample.study(), "zh")
    for words in (
        "产品碳足迹核算报告",
        "自行核算结果：未经核查，未经认证",
        "目的与受众",
        "方法选择",
        "部分碳足迹",
        "原材料获取",
        "未声明",
    ):
        assert words in shown, (form, words)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_incomplete_total_is_nowhere_a_plain_number(form: str, lang: Any) -> None:
    shown = FORMS[form](sample.incomplete(), sample.study(), lang)
    assert "≥72.5" in shown
    assert not re.search(r"(?<!≥)(?<!\d)72\.50?(?!\d)", shown)


def test_the_workbook_holds_no_plain_incomplete_total_in_a_number_cell_or_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(report.xlsx(sample.incomplete(), sample.study(), "en")))
    for sheet in book:
        for row in sheet:
            for cell in row:
                assert cell.value != 72.5
                if isinstance(cell.value, str) and cell.value.startswith("=SUM"):
                    assert sheet.title == "Credits (apart)"


def test_the_tables_that_say_so_sum_to_their_last_row() -> None:
    for result in (sample.partial(), sample.complete(), sample.incomplete()):
        tables = [table for table in build(result, sample.study(), "zh").tables() if table.summed is not None]
        assert {table.key for table in tables} >= {"stages", "kinds", "inputs", "top"}
        for table in tables:
            assert table.total is not None
            cells = [row[table.summed or 0] for row in table.rows]
            known = sum(cell.value or 0.0 for cell in cells if isinstance(cell, Figure))
            last = table.total[table.summed or 0]
            assert isinstance(last, Figure)
            assert known == pytest.approx(last.value, rel=1e-12), table.key


def test_a_page_cites_each_source_once_by_number() -> None:
    tables = {table.key: table for table in build(sample.partial(), sample.study(), "en").tables()}
    cited = tables["cited"].rows
    assert cited == (("A1", "amounts", "Sample table 1 (invented for tests)", ""),)
    assert all(str(row[8]).startswith("A1") for row in tables["inputs"].rows)


def test_the_workbook_adds_up_by_formula_and_keeps_full_precision() -> None:
    result = sample.partial()
    result["contributions"][0]["factor"] = 0.123456789012
    book = openpyxl.load_workbook(io.BytesIO(report.xlsx(result, sample.study(), "en")))
    sheet = book["Inputs and factors"]
    headings = [cell.value for cell in sheet[1]]
    column = headings.index("Footprint, kg CO₂e/kWh")
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    count = len(result["contributions"])
    assert str(rows[count][column]).startswith("=SUM(")
    assert sum(row[column] for row in rows[:count]) == pytest.approx(72.5)  # type: ignore[arg-type, misc]
    assert rows[0][headings.index("Factor")] == 0.123456789012
    cached = openpyxl.load_workbook(io.BytesIO(report.xlsx(result, sample.study(), "en")), data_only=True)
    assert cached["Inputs and factors"].cell(count + 2, column + 1).value == 72.5


def test_names_that_look_like_formulas_or_markup_stay_names() -> None:
    evil = '=HYPERLINK("http://x")<script>#panic()'
    result = sample.partial()
    result["contributions"][0]["name"] = {"zh": evil, "en": evil}
    result["study"]["name"] = {"zh": evil, "en": evil}
    book = openpyxl.load_workbook(io.BytesIO(report.xlsx(result, sample.study(), "zh")))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value == evil]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert "<script" not in report.html(result, sample.study(), "zh")
    assert squeezed("<script>#panic()") in pdf_text(report.pdf(result, sample.study(), "zh"))


@pytest.mark.parametrize("form", ["html", "pdf", "xlsx"])
def test_the_same_result_gives_the_same_bytes_in_every_process(form: str) -> None:
    script = (
        "import hashlib\nfrom documents import sample\nfrom tanbiao.documents import report\n"
        f"out = report.{form}(sample.complete(), sample.study(), 'zh')\n"
        "print(hashlib.sha256(out if isinstance(out, bytes) else out.encode()).hexdigest())\n"
    )
    assert len(digests(script)) == 1


def test_what_the_study_does_not_say_is_said_to_be_missing() -> None:
    shown = Page(report.html(sample.partial(), {}, "en")).text
    assert "not given in the study" in shown


def test_the_standing_and_the_notes_stand_at_the_head() -> None:
    page = report.html(
        sample.partial(), sample.study(), "en", standing="Verified by Demo body A", notes=["demonstration only"]
    )
    assert "neither verified nor certified" not in page
    assert page.index("Verified by Demo body A") < page.index("demonstration only") < page.index("<nav>")


def test_a_result_of_a_newer_engine_with_absent_shares_is_shown_in_words() -> None:
    result = sample.incomplete()
    result["primary_data_share"] = {"absent": "unknown", "reason": "an operand is incomplete", "bound": None}
    for item in result["contributions"]:
        item |= {"share": None, "share_of_known": item["value"] / 72.5}
    shown = Page(report.html(result, sample.study(), "en")).text
    assert "unknown (an operand is incomplete)" in shown
    assert "Share of known part" in shown


def test_five_thousand_rows_are_reported_whole() -> None:
    result = sample.large(5000)
    page = report.html(result, sample.study(), "zh")
    assert page.count("<tr>") >= 5000
    book = report.xlsx(result, sample.study(), "zh")
    sheet = openpyxl.load_workbook(io.BytesIO(book), read_only=True)["输入与因子"]
    assert sheet.max_row >= 5002


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_table_has_a_sheet_under_a_name_that_excel_takes(lang: Any) -> None:
    row = {"row": "m1", "supply": "grid", "covered": None, "market_based": 1.0, "location_based": 1.0}
    told = {"headline": "market", "market_based": 72.5, "location_based": 72.5, "rows": [row]}
    result = {**sample.partial(), "electricity": told}
    made = build(result, sample.study(), lang, narrow=False)
    book = openpyxl.load_workbook(io.BytesIO(report.xlsx(result, sample.study(), lang)))
    assert len(book.sheetnames) == 1 + len(made.tables())


def test_a_long_pdf_keeps_every_row() -> None:
    result = sample.large(420)
    shown = pdf_text(report.pdf(result, sample.study(), "zh"))
    assert all(f"sample/m{index}·" in shown for index in range(420))
    assert "6.562" in shown  # 420 / 64 = 6.5625, half to even


def test_a_document_that_is_no_result_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        report.html({"study": {}}, {}, "zh")
    assert caught.value.code == "result_malformed"
