"""Search that finds Chinese, on both databases with one tokeniser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.web import search

THINGS = {
    "1": "LFP 动力电池 32Ah 演示电池有限公司",
    "2": "硅酸盐水泥熟料 P·Ⅱ 52.5",
    "3": "电解铝液 aluminium, primary",
    "4": "电动自行车 TDT-07Z",
}


@pytest.fixture
def things(db: None) -> None:
    for key, text in THINGS.items():
        search.index("product", key, text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("电", {"1", "3", "4"}),
        ("电池", {"1"}),
        ("动力电池", {"1"}),
        ("池电", set()),
        ("lfp", {"1"}),
        ("LF", {"1"}),
        ("ＬＦＰ　电池", {"1"}),
        ("Alu", {"3"}),
        ("铝 primary", {"3"}),
        ("ⅱ", {"2"}),
        ("tdt-07z", {"4"}),
        ("", set()),
        ("'; DROP TABLE", set()),
        ('" OR 1 *', set()),
        ("\x00 & | ! ( ) :*", set()),
    ],
)
@pytest.mark.django_db
def test_chinese_and_latin_words_are_found(things: None, query: str, found: set[str]) -> None:
    assert set(search.search("product", query)) == found


@pytest.mark.django_db
def test_what_changes_is_found_under_its_new_words_only(things: None) -> None:
    search.index("product", "1", "钠离子电芯")
    assert search.search("product", "动力") == []
    assert search.search("product", "钠离子") == ["1"]
    search.forget("product", "1")
    assert search.search("product", "钠离子") == []
    assert search.search("certificate", "水泥") == []
    assert search.search(["certificate", "product"], "水泥") == ["2"]


@given(st.text(alphabet="碳足迹标识认证ABab1２ -、。", min_size=1, max_size=12))
def test_a_text_is_found_by_itself(text: str) -> None:
    stored = set(search.tokens(text))
    for token, beginning in search.query_tokens(text):
        assert token in stored or (beginning and any(one.startswith(token) for one in stored))
