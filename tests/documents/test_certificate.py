"""The certificate: all its fields in both languages, the credential inside, archival, and unmistakable in the demo."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from documents import facts
from documents.determinism import digests
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import certificate


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    """Return all text without spaces and line breaks, which a PDF does not keep reliably."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in read(pdf).pages))


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.fixture(scope="module")
def chinese() -> bytes:
    return certificate.certificate_pdf(facts.certificate(), facts.CREDENTIAL, "zh")


@pytest.fixture(scope="module")
def english() -> bytes:
    return certificate.certificate_pdf(facts.certificate(), facts.CREDENTIAL, "en")


@pytest.mark.parametrize(
    "part",
    [
        "产品碳足迹证书",
        facts.NUMBER,
        "广东演示新能源科技有限公司",
        "广东省广州市演示区示范大道1号",
        "91999999MA00000X0T",
        "广东演示新能源科技有限公司电池厂",
        "广东演示二厂（惠州）",
        "LFP-280-DEMO",
        "72.5",
        "kg CO₂e/kWh",
        "1 kWh（额定容量）",
        "从摇篮到大门",
        "原材料获取、制造、分销",
        "使用、生命末期",
        "2023年1月1日 至 2023年12月31日",
        "IPCC AR6，100 年",
        "基于位置：2022 年全国电网平均",
        "traction-battery@1.0.0",
        "碳标演示标识方案",
        "starter-2026.1",
        "演示核查报告 V-0001",
        "演示认证机构甲",
        "演示机构，无任何资质",
        "2026年11月20日",
        "2026年11月21日 至 2028年11月20日",
        facts.URL,
        "本证书状态为“有效”",
        "自身不从事任何认证",
        "不可与全生命周期碳足迹比较",
    ],
)
def test_the_chinese_certificate_holds_every_field(chinese: bytes, part: str) -> None:
    assert squeezed(part) in text(chinese)


@pytest.mark.parametrize(
    "part",
    [
        "Product Carbon Footprint Certificate",
        "Guangdong Demo New Energy Technology Co., Ltd.",
        "Guangdong demo plant 2 (Huizhou)",
        "cradle to gate",
        "Use, End of life",
        "1 January 2023 – 31 December 2023",
        "location-based: national grid average of 2022",
        "Demo certification body A",
        "21 November 2026 – 20 November 2028",
        "it certifies nothing itself",
        "not comparable with a full life cycle",
    ],
)
def test_the_english_certificate_holds_the_same(english: bytes, part: str) -> None:
    assert squeezed(part) in text(english)


def test_one_file_can_hold_both_languages() -> None:
    both = certificate.certificate_pdf(facts.certificate(), facts.CREDENTIAL, "both")
    assert len(read(both).pages) == 2
    assert "产品碳足迹证书" in text(both)
    assert squeezed("it certifies nothing itself") in text(both)


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_every_page_of_a_demo_certificate_says_that_it_is_none(lang: Any) -> None:
    many = facts.certificate(models=tuple(f"LFP-{index:03d}-DEMO" for index in range(300)))
    pages = read(certificate.certificate_pdf(many, facts.CREDENTIAL, lang)).pages
    assert len(pages) >= 2
    for page in pages:
        shown = squeezed(page.extract_text())
        assert "演示DEMO" in shown
        assert "不构成认证" in shown
        assert "nocertification" in shown


def test_a_certificate_of_a_real_scheme_carries_no_demo_mark() -> None:
    plain = {"zh": "甲公司", "en": "Company A"}
    real = facts.certificate(
        demo=False,
        number="CFP-1",
        query_url="https://tanbiao.example/p/CFP-1",
        holder=certificate.Party(plain),
        producer=certificate.Party(plain),
        body=certificate.Party(plain),
        sites=(plain,),
        product=plain,
        models=("A1",),
        scheme=plain,
        operator=plain,
        accreditation=None,
        verification=None,
    )
    assert "DEMO" not in text(certificate.certificate_pdf(real, facts.CREDENTIAL, "zh"))


def test_the_credential_is_embedded_unchanged(chinese: bytes) -> None:
    attached = read(chinese).attachments
    assert list(attached) == ["certificate.vc.jwt"]
    assert attached["certificate.vc.jwt"] == [facts.CREDENTIAL.encode()]


def test_the_attachment_is_typed_as_pdf_a_3_asks(chinese: bytes) -> None:
    # ISO 19005-3, 6.8: an embedded file has a MIME type, an AFRelationship, and is listed in the catalogue's AF array.
    catalogue = read(chinese).trailer["/Root"]
    (reference,) = catalogue["/AF"]
    spec = reference.get_object()
    assert spec["/AFRelationship"] == "/Data"
    assert spec["/EF"]["/F"].get_object()["/Subtype"] == "/application/vc+jwt"
    assert spec["/Desc"]


def test_the_file_declares_pdf_a_3b_with_embedded_fonts_and_an_output_intent(chinese: bytes) -> None:
    reader = read(chinese)
    catalogue = reader.trailer["/Root"]
    metadata = catalogue["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert catalogue["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert catalogue["/Lang"].startswith("zh")
    assert not reader.is_encrypted
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].get_object().values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_an_excluded_stage_is_not_called_not_declared() -> None:
    shown = text(certificate.certificate_pdf(facts.certificate(excluded=("use",)), facts.CREDENTIAL, "zh"))
    assert "有理由排除的阶段使用" in shown
    assert "未声明的阶段生命末期" in shown


def test_markup_in_names_is_shown_and_never_run() -> None:
    evil = '#panic("x") *b* $x^2$ <a> @ref `code` \\ #image("/etc/passwd") [y] //c /*d*/ "q" \'s\' ]) #sys.inputs'
    changed = facts.certificate(
        holder=certificate.Party({"zh": evil, "en": evil}), product={"zh": evil, "en": evil}, models=(evil,)
    )
    shown = text(certificate.certificate_pdf(changed, facts.CREDENTIAL, "zh"))
    assert shown.count(squeezed('#panic("x")*b*$x^2$<a>@ref`code`\\#image("/etc/passwd")[y]//c/*d*/')) >= 3


def test_long_names_thirty_models_and_rare_characters_are_set() -> None:
    name = "广东省粤港澳大湾区新型储能材料与器件制造产业集团演示股份有限公司" * 3
    models = tuple(f"型号-LFP-280-DEMO/{index:02d}" for index in range(30))
    changed = facts.certificate(
        holder=certificate.Party({"zh": name + "喆堃镕㸆𬭼"}), product={"zh": name}, models=models
    )
    shown = text(certificate.certificate_pdf(changed, facts.CREDENTIAL, "zh"))
    assert "喆堃镕㸆𬭼" in shown
    assert all(squeezed(model) in shown for model in models)
    assert "规格型号（共30个）" in shown


def test_a_character_that_no_font_has_is_printed_as_its_code_and_explained() -> None:
    changed = facts.certificate(product={"zh": "甲\U000323af乙"})
    shown = text(certificate.certificate_pdf(changed, facts.CREDENTIAL, "zh"))
    assert "甲[U+323AF]乙" in shown
    assert "凭证中保存原字" in shown


def test_the_same_facts_give_the_same_bytes_in_every_process(chinese: bytes) -> None:
    import hashlib

    script = (
        "import hashlib\nfrom documents import facts\nfrom tanbiao.documents import certificate\n"
        "print(hashlib.sha256(certificate.certificate_pdf(facts.certificate(), facts.CREDENTIAL)).hexdigest())\n"
    )
    assert digests(script) == {hashlib.sha256(chinese).hexdigest()}


def test_an_incomplete_value_gets_no_certificate() -> None:
    with pytest.raises(TanbiaoError) as caught:
        certificate.certificate_pdf(facts.certificate(completeness="incomplete"), facts.CREDENTIAL)
    assert caught.value.code == "certificate_incomplete"


@pytest.mark.parametrize("field", ["number", "sites", "models", "rule", "query_url", "stages", "gwp_set"])
def test_a_certificate_without_one_of_its_fields_is_refused(field: str) -> None:
    empty: Any = () if field in ("sites", "models", "stages") else ""
    with pytest.raises(TanbiaoError) as caught:
        certificate.certificate_pdf(facts.certificate(**{field: empty}), facts.CREDENTIAL)
    assert caught.value.code == "certificate_field_missing"


@pytest.mark.parametrize("credential", ["", "not a jwt", "a.b", "a.b.c\n", "a.b.c d", "é.b.c"])
def test_what_is_no_compact_jwt_is_not_embedded(credential: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        certificate.certificate_pdf(facts.certificate(), credential)
    assert caught.value.code == "credential_not_text"
