"""Files that people attach are what they say, and a zip inside them is looked at before anyone opens it."""

import io
import zipfile

import pytest

from tanbiao.web.commanding import Invalid
from tanbiao.web.uploads import checked_upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", content)
    return out.getvalue()


def test_a_workbook_is_taken_for_what_it_is() -> None:
    assert checked_upload("meter.xlsx", "text/plain", workbook(b"<workbook/>")) == XLSX


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("meter.xlsx", b"", "file_empty"),
        ("meter.xlsx", b"%PDF-1.7", "file_kind_refused"),
        ("meter.exe", b"MZ", "file_kind_refused"),
        ("meter.txt", b"\x00\x01", "file_kind_refused"),
        ("meter.xlsx", b"PK\x03\x04 cut off", "archive_malformed"),
        ("meter.docx", workbook(bytes(60_000_000)), "archive_too_large"),
    ],
)
def test_what_is_harmful_or_something_else_is_refused_by_its_name(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked_upload(name, "", data)
    assert (caught.value.code, caught.value.where) == (code, name)
