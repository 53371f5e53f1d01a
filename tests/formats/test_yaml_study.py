"""Strict YAML and JSON: every scalar text, positions kept, everything dangerous refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_background import document
from tanbiao.core.findings import TanbiaoError, render
from tanbiao.formats import yaml_study
from tanbiao.formats.yaml_study import dump, load, parse_text


def refused(text: str | bytes) -> tuple[str, str]:
    """Return (code, place) of a refusal."""
    with pytest.raises(TanbiaoError) as caught:
        parse_text(text if isinstance(text, bytes) else text.encode())
    assert render(caught.value.findings[0], "zh")["remedy"]
    return caught.value.code, caught.value.where


def test_every_scalar_is_text_until_the_schema_types_it() -> None:
    text = "a: NO\nb: 2023-01-01\nc: 1_000\nd: 0x10\ne: 1e3\nf: yes\ng: '5'\nh: 12:30:00\ni: .inf\n"
    body, _ = parse_text(text.encode())
    assert body == {
        "a": "NO", "b": "2023-01-01", "c": "1_000", "d": "0x10", "e": "1e3", "f": "yes", "g": "5",
        "h": "12:30:00", "i": ".inf",
    }  # fmt: skip


def test_no_value_and_null_are_nothing_but_quoted_text_is_text() -> None:
    body, _ = parse_text(b"a:\nb: null\nc: ~\nd: ''\ne: 'null'\n")
    assert body == {"a": None, "b": None, "c": None, "d": "", "e": "null"}


def test_positions_name_items_by_their_id() -> None:
    _, positions = parse_text(b"rows:\n  - {id: r1, amount: 2 kg}\n  - {amount: 3 kg}\n")
    assert positions["rows.r1.amount"] == (2, 22)
    assert positions["rows[1].amount"] == (3, 14)
    assert positions["rows"] == (2, 3)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml_duplicate_key", "3:1"),
        ("a: {b: 1, b: 2}\n", "yaml_duplicate_key", "1:11"),
        ("a: &x 1\n", "yaml_anchor", "1:4"),
        ("a: *x\n", "yaml_alias", "1:4"),
        ("a: !!python/object:os.system 1\n", "yaml_tag", "1:4"),
        ("a: !include file\n", "yaml_tag", "1:4"),
        ("<<: {a: 1}\n", "yaml_key_not_text", "1:1"),
        ("? [a, b]\n: 1\n", "yaml_key_not_text", "1:3"),
        ("a: 1\n---\nb: 2\n", "yaml_several_documents", "2:1"),
        ("a: [1, 2\n", "yaml_syntax", "2:1"),
        ("a: 1\n\tb: 2\n", "yaml_syntax", ""),
        ("", "yaml_empty", ""),
        (b"\xff\xfe\x00a", "not_utf8", "byte 0"),
        (b"a: " + b"x" * (yaml_study.MAX_BYTES + 1), "file_too_large", ""),
        ("[" * 60 + "]" * 60, "yaml_too_deep", "1:41"),
    ],
)
def test_what_is_dangerous_or_broken_is_refused_with_its_place(text: str | bytes, code: str, place: str) -> None:
    found, where = refused(text)
    assert found == code
    if place:
        assert where == place


def test_a_billion_laughs_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(30))
    assert refused(bomb) == ("yaml_anchor", "1:4")


def test_json_is_read_by_the_same_loader() -> None:
    body = document()
    assert load(json.dumps(body, ensure_ascii=False).encode()).study == load(dump(body)).study


def test_a_finding_has_path_line_and_column() -> None:
    text = "tanbiao: study/1\nstages:\n  raw_materials:\n    - id: r1\n      amount: -3 kg\n      from: dataset/x\n"
    loaded = load(text.encode())
    assert loaded.study is None
    places = {item.code: (item.where, loaded.place(item.where)) for item in loaded.findings}
    assert places["field_missing"][1] == ""
    assert places["stage_missing"][1] == "3:3"
    assert loaded.document["stages"]["raw_materials"][0]["amount"] == "-3 kg"


def test_a_bad_file_keeps_what_could_be_read_and_never_raises() -> None:
    assert load(b"a: &x 1").study is None
    assert load(b"- 1\n- 2\n").findings[0].code == "not_a_study"
    assert load(b"\x00\x01\x02").study is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_raise(data: bytes) -> None:
    loaded = load(data)
    assert loaded.study is None
    assert loaded.findings


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1, max_size=20)
values = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(texts.filter(lambda key: key != "<<"), values, min_size=1, max_size=4))
def test_what_is_written_reads_back(body: dict[str, object]) -> None:
    def has_merge_key(value: object) -> bool:
        if isinstance(value, dict):
            return "<<" in value or any(has_merge_key(item) for item in value.values())
        return isinstance(value, list) and any(has_merge_key(item) for item in value)

    if not has_merge_key(body):
        assert parse_text(dump(body))[0] == body
