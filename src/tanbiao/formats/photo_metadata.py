"""Taking what a camera wrote about itself (place, time, maker, comments) out of a photo, and putting it back in.

The picture's own bytes are never touched, so that the photo with its parts put back is the photo that was taken, to the
byte: its hash can be checked by whoever may see the parts. JPEG: ITU-T T.81 annex B; Exif and XMP lie in APP1,
Photoshop's in APP13, words in COM, second pictures behind the end. PNG: ISO/IEC 15948; chunks eXIf, tEXt, zTXt, iTXt.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import TanbiaoError

JPEG, PNG = "image/jpeg", "image/png"
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_TAKEN_SEGMENTS = frozenset({0xE1, 0xED, 0xFE})
_TAKEN_CHUNKS = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restarts."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that were taken out: where they began in the photo as it was."""

    offset: int
    data: bytes


def without_metadata(data: bytes, media_type: str) -> tuple[bytes, tuple[Part, ...]]:
    """Return a photo without what the camera wrote about itself, and the parts taken out, in their order.

    Raises
    ------
    TanbiaoError
        ``photo_malformed``: no whole JPEG or PNG.
    """
    spans = {JPEG: _jpeg_spans, PNG: _png_spans}.get(media_type)
    if spans is None:
        raise TanbiaoError.of("photo_malformed", media_type)
    try:
        parts = tuple(Part(start, data[start:end]) for start, end in spans(data) if start < end)
    except (IndexError, ValueError) as error:
        raise TanbiaoError.of("photo_malformed", media_type) from error
    kept, place = [], 0
    for part in parts:
        kept.append(data[place : part.offset])
        place = part.offset + len(part.data)
    return b"".join([*kept, data[place:]]), parts


def with_metadata(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the photo as it was taken: the parts put back where they were."""
    whole, place, written = [], 0, 0
    for part in parts:
        gap = part.offset - written
        whole += [data[place : place + gap], part.data]
        place, written = place + gap, part.offset + len(part.data)
    return b"".join([*whole, data[place:]])


def restored(data: bytes, parts: Sequence[Part]) -> bytes:
    """Return the photo as it was taken, checked: taken apart again it gives this photo and these parts.

    Raises
    ------
    TanbiaoError
        ``photo_malformed``; ``photo_parts_of_another``: the parts were taken out of another photo.
    """
    media_type = PNG if data.startswith(_PNG_MARK) else JPEG
    without_metadata(data, media_type)
    whole = with_metadata(data, parts)
    try:
        alike = without_metadata(whole, media_type) == (data, tuple(parts))
    except TanbiaoError:
        alike = False
    if not alike:
        raise TanbiaoError.of("photo_parts_of_another", "parts")
    return whole


def parts_to_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return parts as they are sealed: offset and bytes (base64) of each."""
    return [{"offset": part.offset, "data": b64encode(part.data).decode()} for part in parts]


def parts_from_json(data: bytes) -> tuple[Part, ...]:
    """Return the parts of a file that :func:`parts_to_json` describes.

    Raises
    ------
    TanbiaoError
        ``photo_parts_malformed``
    """
    try:
        rows = json.loads(data)
        parts = tuple(Part(row["offset"], b64decode(row["data"], validate=True)) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise TanbiaoError.of("photo_parts_malformed", "parts") from error
    if any(type(part.offset) is not int or part.offset < 0 for part in parts):
        raise TanbiaoError.of("photo_parts_malformed", "parts")
    return parts


def _jpeg_spans(data: bytes) -> Iterator[tuple[int, int]]:
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("no JPEG")
    place = 2
    while True:
        start = place
        if data[place] != 0xFF:
            raise ValueError("no marker")
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker == _EOI:
            yield place, len(data)
            return
        if marker in _BARE:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        end = place + length
        if length < 2 or end > len(data):
            raise ValueError("segment")
        if marker in _TAKEN_SEGMENTS:
            yield start, end
        place = _after_scan(data, end) if marker == _SOS else end


def _after_scan(data: bytes, place: int) -> int:
    """Return where the marker after entropy-coded data stands; ``FF 00`` and restarts belong to the data."""
    while True:
        place = data.index(b"\xff", place)
        following = data[place + 1]
        if following == 0 or following in _BARE:
            place += 2
        elif following == 0xFF:
            place += 1
        else:
            return place


def _png_spans(data: bytes) -> Iterator[tuple[int, int]]:
    if not data.startswith(_PNG_MARK):
        raise ValueError("no PNG")
    place = len(_PNG_MARK)
    while True:
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + 12 + length
        if len(kind) < 4 or end > len(data):
            raise ValueError("chunk")
        if kind in _TAKEN_CHUNKS:
            yield place, end
        place = end
        if kind == b"IEND":
            yield place, len(data)
            return
