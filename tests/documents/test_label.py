"""The label: what must stand on it, what must never, and that it can be read and scanned at its size."""

from __future__ import annotations

import base64
import datetime
import io
import re
from typing import Any

import pytest
from defusedxml import ElementTree
from PIL import Image
from pypdf import PdfReader

from documents import facts
from documents.determinism import digests
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import label, palette
from tanbiao.documents.qr import QUIET, code

SVG = "{http://www.w3.org/2000/svg}"
VARIANTS: tuple[Any, ...] = ("full", "compact")


def words(picture: str) -> str:
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(picture).iter(f"{SVG}text"))


@pytest.mark.requirement("NAT-06b")
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_label_shows_the_quantified_footprint_with_its_unit(variant: Any) -> None:
    shown = words(label.label_svg(facts.label(), "zh", variant=variant))
    assert "72.5" in shown
    assert "kg CO₂e/kWh" in shown
    assert facts.NUMBER in shown


@pytest.mark.requirement("JS-30d")
def test_certification_information_accompanies_the_mark() -> None:
    shown = words(label.label_svg(facts.label(), "zh"))
    for part in (
        "广东演示新能源科技有限公司",
        "LFP-280",
        "1 kWh（额定容量）",
        "从摇篮到大门",
        "2028年11月20日",
        facts.NUMBER,
        "演示认证机构甲",
        "traction-battery@1.0.0",
        "碳标演示标识方案",
    ):
        assert part in shown, part
    english = words(label.label_svg(facts.label(), "en"))
    for part in ("cradle to gate", "20 November 2028", "1 kWh of rated capacity"):
        assert part in english, part


@pytest.mark.parametrize("variant", VARIANTS)
def test_demo_stands_across_the_demonstration_label_and_on_no_other(variant: Any) -> None:
    demo = label.label_svg(facts.label(), "en", variant=variant)
    assert words(demo).count("演示 DEMO") >= 2
    assert "rotate(-28" in demo
    other = label.label_svg(facts.label(demo=False, maker={"zh": "甲"}, product={"zh": "乙"}), "en", variant=variant)
    assert "DEMO 演示" not in other
    assert "演示 DEMO" not in other


def test_a_partial_footprint_says_that_it_is_not_comparable() -> None:
    assert "不可与全生命周期比较" in words(label.label_svg(facts.label(), "zh"))
    whole = facts.label(completeness="complete", stages=tuple(palette.STAGES))
    assert "不可与全生命周期比较" not in words(label.label_svg(whole, "zh"))


def test_stages_that_are_not_declared_are_hatched_in_the_ring() -> None:
    picture = label.label_svg(facts.label(), "zh")
    assert picture.count('class="tb-absent"') == 2
    whole = label.label_svg(facts.label(completeness="complete", stages=tuple(palette.STAGES)), "zh")
    assert 'class="tb-absent"' not in whole


def test_an_excluded_stage_is_empty_and_not_hatched() -> None:
    picture = label.label_svg(facts.label(excluded=("use",)), "en")
    assert picture.count('class="tb-absent"') == 1
    assert picture.count('class="tb-excluded"') == 1
    assert "excluded" in words(picture)
    assert "not declared: End of life; excluded: Use" in picture


def test_shares_are_drawn_only_where_the_scheme_publishes_them() -> None:
    equal = label.label_svg(facts.label(), "zh")
    shares = {"raw_materials": 0.69, "manufacturing": 0.29, "distribution": 0.02}
    divided = label.label_svg(facts.label(shares=shares), "zh")
    assert equal != divided
    assert "69" not in words(divided)


def test_no_rank_class_or_word_of_merit_stands_on_the_label() -> None:
    for lang in ("zh", "en"):
        for variant in VARIANTS:
            picture = label.label_svg(facts.label(), lang, variant=variant)
            assert not re.search(r"低碳|零碳|领先|优于|等级|排名|low-carbon|green|rank|class [A-G]|%", words(picture))


def test_the_label_is_not_green_and_its_mono_form_has_no_colour() -> None:
    for variant in VARIANTS:
        colours = re.findall(r"#[0-9A-Fa-f]{6}", label.label_svg(facts.label(), "zh", variant=variant))
        for colour in set(colours) - {palette.INK}:
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert green <= max(red, blue)
        mono = re.findall(r"#[0-9A-Fa-f]{6}", label.label_svg(facts.label(), "zh", variant=variant, ink="mono"))
        assert set(mono) <= {palette.INK, palette.PAPER, "#000000"}


def test_a_value_with_something_unknown_gets_no_label() -> None:
    with pytest.raises(TanbiaoError) as caught:
        label.label_svg(facts.label(completeness="incomplete"), "zh")
    assert caught.value.code == "label_incomplete"


@pytest.mark.parametrize("field", ["number", "unit", "declared_unit", "boundary", "query_url", "stages"])
def test_a_label_without_one_of_its_fields_is_refused(field: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        label.label_svg(facts.label(**{field: ()} if field == "stages" else {field: ""}), "zh")
    assert caught.value.code == "label_field_missing"
    assert caught.value.findings[0].params["field"] == field


def test_a_label_of_a_nameless_maker_or_an_infinite_value_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        label.label_svg(facts.label(maker={"zh": " ", "en": ""}), "zh")
    assert caught.value.code == "label_field_missing"
    with pytest.raises(TanbiaoError) as caught:
        label.label_svg(facts.label(value=float("nan")), "zh")
    assert caught.value.code == "label_value_invalid"


def test_long_names_stay_within_the_label() -> None:
    long = facts.label(
        maker={"zh": "广东省粤港澳大湾区新型储能材料与器件制造产业集团演示股份有限公司" * 2},
        product={"zh": "Extraordinarily long product designation with many words " * 4},
        value=123456.789,
        digits=6,
        unit="kg CO2e/100 m2",
    )
    root = ElementTree.fromstring(label.label_svg(long, "zh"))
    for node in root.iter(f"{SVG}text"):
        from tanbiao.documents.fonts import width

        if node.get("transform"):
            continue
        size, x = float(node.get("font-size")), float(node.get("x"))
        bold = node.get("font-weight") == "bold"
        wide = width("".join(node.itertext()), size, bold=bold)
        left = {"middle": x - wide / 2, "end": x - wide}.get(node.get("text-anchor") or "", x)
        assert left >= 0, "".join(node.itertext())
        assert left + wide <= 240, "".join(node.itertext())


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pdf_has_the_labels_size_and_its_text(variant: Any) -> None:
    pdf = PdfReader(io.BytesIO(label.label_pdf(facts.label(), facts.CREATED, "zh", variant=variant)))
    width, height = label.SIZES[variant]
    box = pdf.pages[0].mediabox
    assert float(box.width) == pytest.approx(width * 72 / 25.4, abs=0.1)
    assert float(box.height) == pytest.approx(height * 72 / 25.4, abs=0.1)
    assert "72.5" in pdf.pages[0].extract_text()


def sampled(picture: Image.Image, variant: str, text: str) -> list[list[int]]:
    """Return the QR modules as they stand in the rendered label, read at the middle of each module."""
    place = {"full": (148.0, 214.0, 80.0), "compact": (11.5, 78.5, 57.0)}[variant]
    scale = picture.width / (240 if variant == "full" else 80)
    symbol = code(text)
    step = place[2] / symbol.side
    grey = picture.convert("L")
    inner = range(QUIET, symbol.side - QUIET)
    return [
        [
            int(
                grey.getpixel(((place[0] + (x + 0.5) * step) * scale, (place[1] + (y + 0.5) * step) * scale)) < 128  # type: ignore[operator]
            )
            for x in inner
        ]
        for y in inner
    ]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("ink", ["colour", "mono"])
def test_at_300_dpi_every_module_of_the_code_survives(variant: Any, ink: Any) -> None:
    import segno

    png = label.label_png(facts.label(), "zh", variant=variant, ink=ink, dpi=300)
    picture = Image.open(io.BytesIO(png))
    assert picture.width == pytest.approx(label.SIZES[variant][0] / 25.4 * 300, abs=1)
    symbol = segno.make(facts.URL, error="m", micro=False, boost_error=False)
    assert sampled(picture, variant, facts.URL) == [list(row) for row in symbol.matrix]


def test_a_module_of_the_20_mm_label_is_wide_enough_for_a_phone() -> None:
    # 0.25 mm, three dots at 300 dpi: project default, not official.
    side_mm = 57 / 4
    assert side_mm / code(facts.URL).side >= 0.25


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_independent_reader_scans_the_printed_label(variant: Any) -> None:
    import zxingcpp

    picture = Image.open(io.BytesIO(label.label_png(facts.label(), "zh", variant=variant, dpi=300)))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [facts.URL]


def test_the_figure_of_the_20_mm_label_is_large_enough_to_read() -> None:
    root = ElementTree.fromstring(label.label_svg(facts.label(), "zh", variant="compact"))
    sizes = {"".join(node.itertext()): float(node.get("font-size")) / 4 for node in root.iter(f"{SVG}text")}
    assert sizes["72.5"] >= 4.0  # mm
    assert sizes["kg CO₂e/kWh"] >= 1.4
    assert sizes[facts.NUMBER] >= 1.4


def test_text_of_users_is_text() -> None:
    evil = facts.label(maker={"zh": '</text><script>alert(1)</script>"'}, product={"zh": "#panic()"})
    picture = label.label_svg(evil, "zh")
    ElementTree.fromstring(picture)
    assert "<script" not in picture
    assert b"%PDF" in label.label_pdf(evil, facts.CREATED, "zh")[:10]


def test_the_label_is_the_same_in_every_process() -> None:
    script = (
        "import hashlib\nfrom documents import facts\nfrom tanbiao.documents import label\n"
        "parts = [label.label_pdf(facts.label(), facts.CREATED), label.label_png(facts.label(), variant='compact'),\n"
        "         label.label_svg(facts.label()).encode()]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())\n"
    )
    assert len(digests(script)) == 1


def test_the_date_of_the_file_is_the_one_given() -> None:
    early = label.label_pdf(facts.label(), datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC))
    assert PdfReader(io.BytesIO(early)).metadata.creation_date.year == 2020  # type: ignore[union-attr]


def test_a_schemes_own_artwork_takes_the_place_of_the_ring_and_the_figure_stays() -> None:
    art = b"\x89PNG\r\n\x1a\n some picture"
    for variant in VARIANTS:
        drawn = label.label_svg(facts.label(artwork=art, demo=False), variant=variant)
        assert base64.b64encode(art).decode() in drawn
        assert "tb-manufacturing" not in drawn
        assert "72.5" in words(drawn)
        assert facts.NUMBER in words(drawn)


def test_only_the_fields_that_the_scheme_names_stand_on_the_label() -> None:
    named = ("value", "unit", "number", "code", "product")
    whole, few = (words(label.label_svg(one)) for one in (facts.label(), facts.label(fields=named)))
    for said in ("广东演示新能源科技有限公司", "traction-battery@1.0.0", "演示认证机构甲"):
        assert said in whole
        assert said not in few
    assert "LFP-280" in few
