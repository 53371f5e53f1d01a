"""A photo loses what the camera wrote about itself and nothing else, and gets it back to the byte."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.photo_metadata import JPEG, PNG, with_metadata, without_metadata


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


EXIF = segment(0xE1, b"Exif\x00\x00GPS 23.1291N 113.2644E")
SCAN = segment(0xDA, b"\x03\x01") + b"\x12\xff\x00\x34\xff\xd0\x56"


def jpeg(*parts: bytes, behind: bytes = b"") -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF\x00") + b"".join(parts) + b"\xff\xd9" + behind


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*parts: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + b"".join(parts) + chunk(b"IEND", b"")


def test_place_and_time_are_taken_out_and_the_picture_stays() -> None:
    # A second scan as progressive files have it, and a second picture with its own place behind the end.
    behind = b"\xff\xd8" + EXIF + b"\xff\xd9"
    whole = jpeg(EXIF, SCAN, segment(0xC4, b"table"), SCAN, segment(0xFE, b"remark"), behind=behind)
    clean, parts = without_metadata(whole, JPEG)
    assert clean == jpeg(SCAN, segment(0xC4, b"table"), SCAN)
    assert b"GPS" not in clean
    assert [part.data for part in parts] == [EXIF, segment(0xFE, b"remark"), behind]
    assert with_metadata(clean, parts) == whole


def test_a_png_keeps_its_picture_and_loses_its_words() -> None:
    exif, data = chunk(b"eXIf", b"GPS"), chunk(b"IDAT", b"picture")
    whole = png(exif, data, chunk(b"tEXt", b"Author\x00Zhang")) + b"tail"
    clean, parts = without_metadata(whole, PNG)
    assert clean == png(data)
    assert with_metadata(clean, parts) == whole


@given(
    st.lists(st.tuples(st.sampled_from([0xE1, 0xE2, 0xED, 0xFE, 0xDB]), st.binary(max_size=40)), max_size=8),
    st.binary(max_size=60),
)
def test_what_was_taken_out_goes_back_to_the_byte(segments: list[tuple[int, bytes]], behind: bytes) -> None:
    whole = jpeg(*(segment(marker, body) for marker, body in segments), SCAN, behind=behind)
    clean, parts = without_metadata(whole, JPEG)
    assert with_metadata(clean, parts) == whole
    assert without_metadata(clean, JPEG) == (clean, ())


@pytest.mark.parametrize(
    "data, kind",
    [
        (b"", JPEG),
        (b"\xff\xd8", JPEG),
        (jpeg(SCAN)[:-2], JPEG),
        (b"\xff\xd8\xff\xe1\xff\xff", JPEG),
        (jpeg(SCAN), PNG),
        (png()[:-3], PNG),
        (png(), "image/gif"),
    ],
)
def test_half_a_photo_is_refused(data: bytes, kind: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        without_metadata(data, kind)
    assert caught.value.code == "photo_malformed"
