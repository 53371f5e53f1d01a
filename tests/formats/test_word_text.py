"""What a Word document says: paragraphs and table rows in order, tracked changes as they would be printed."""

from __future__ import annotations

import pytest

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.zip_guard import pack
from tanbiao.formats.word_text import MAIN, lines_of

HEAD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'


def file_of(body: str) -> bytes:
    return pack({MAIN: f"{HEAD}<w:body>{body}</w:body></w:document>".encode()})


def p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_paragraphs_and_rows_come_in_reading_order() -> None:
    table = f"<w:tbl><w:tr><w:tc>{p('a')}{p('b')}</w:tc><w:tc>{p('')}</w:tc></w:tr></w:tbl>"
    wrapped = f"<w:sdt><w:sdtPr/><w:sdtContent>{p('in a control')}</w:sdtContent></w:sdt>"
    assert lines_of(file_of(p("one") + p(" ") + table + wrapped + p("two"))) == [
        "one",
        ("a\nb", ""),
        "in a control",
        "two",
    ]


def test_runs_are_joined_breaks_kept_and_tracked_changes_taken_as_accepted() -> None:
    runs = (
        "<w:p><w:r><w:t>for</w:t></w:r><w:r><w:t>ty</w:t><w:br/><w:t>two</w:t></w:r>"
        "<w:ins><w:r><w:t> new</w:t></w:r></w:ins><w:del><w:r><w:delText> old</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t> moved</w:t></w:r></w:moveFrom></w:p>"
    )
    assert lines_of(file_of(runs)) == ["forty\ntwo new"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 no zip", "archive_malformed"),
        (pack({"other.xml": b"<a/>"}), "word_unreadable"),
        (pack({MAIN: b"<a>"}), "word_unreadable"),
        (pack({MAIN: f"{HEAD}</w:document>".encode()}), "word_unreadable"),
        (pack({MAIN: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "word_unreadable"),
        (file_of("<w:sdt>" * 40_000 + "</w:sdt>" * 40_000), "word_unreadable"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        lines_of(data)
    assert caught.value.code == code
