"""The shipped fonts, and text as they can show it."""

from __future__ import annotations

import hashlib
import re

import pytest

from tanbiao.documents import fonts

SOURCES = (fonts.FOLDER / "SOURCES.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(fonts.FOLDER.glob("*.ttf")), ids=lambda path: path.name)
def test_each_font_is_the_file_that_its_source_list_names(path: object) -> None:
    name = str(getattr(path, "name", ""))
    digest = hashlib.sha256((fonts.FOLDER / name).read_bytes()).hexdigest()
    assert re.search(rf"{re.escape(name)}.*{digest}", SOURCES)


def test_rare_characters_of_names_are_in_the_font() -> None:
    # Characters of surnames and places outside GB 2312 (the last three are in CJK extensions).
    for char in "喆堃镕頔珺晞㸆䶮𬭼":
        assert fonts.covers(fonts.FAMILY, char), char


def test_what_the_chinese_font_lacks_stands_in_the_one_behind_it() -> None:
    for char in "₂Łčş⁻":
        assert not fonts.covers(fonts.FAMILY, char)
        assert fonts.covers(fonts.FALLBACK, char)
    assert fonts.runs("CO₂e 磅") == [("CO", False), ("₂", True), ("e 磅", False)]


def test_a_character_without_a_glyph_becomes_its_code_point() -> None:
    assert fonts.printable("甲\U000323af乙") == "甲[U+323AF]乙"
    assert fonts.printable("😀") == "[U+1F600]"


def test_invisible_and_direction_turning_characters_are_dropped() -> None:
    assert fonts.printable("合格\u202eabc\u200b\ufeff") == "合格abc"
    assert fonts.printable("a\tb\x00c\nd") == "a b c\nd"


def test_a_tree_is_cleaned_in_its_strings_only() -> None:
    assert fonts.printable_tree({"k": ["a\u200b", 1, None, {"n": 2.5}]}) == {"k": ["a", 1, None, {"n": 2.5}]}


def test_width_counts_chinese_as_one_em() -> None:
    assert fonts.width("碳足迹", 10) == 30
    assert fonts.width("0000", 10) == pytest.approx(22.2)
    assert fonts.width("A", 10, bold=True) > fonts.width("A", 10)


def test_wrapping_keeps_words_and_ends_in_an_ellipsis() -> None:
    assert fonts.wrap("cold rolled sheet", 10, 60) == ["cold rolled", "sheet"]
    lines = fonts.wrap("很长很长的公司名称" * 9, 10, 100, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(fonts.width(line, 10) <= 100 for line in lines)


def test_a_line_does_not_begin_with_a_closing_mark() -> None:
    lines = fonts.wrap("磷酸铁锂动力电池，演示", 10, 80, lines=2)
    assert lines == ["磷酸铁锂动力电", "池，演示"]
