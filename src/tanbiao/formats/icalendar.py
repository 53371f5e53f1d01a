"""Whole-day entries as iCalendar (RFC 5545), for calendars that subscribe to an address.

Written by hand, because three rules are all that is needed of it: text is escaped (3.3.11), lines end with CR LF
and are folded after 75 octets, never inside a character (3.1), and a date without a time is ``VALUE=DATE`` whose end is
the day after (3.6.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE_OCTETS = 75
"""RFC 5545, 3.1: longest line without its break."""
REFRESH = "PT6H"
"""How often a calendar should ask again (RFC 7986, 5.7); project default, not official."""
_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if code != 0x0A}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of one whole day.

    Parameters
    ----------
    uid
        The same for the same thing as long as it lives: a calendar replaces what it knows under it.
    """

    uid: str
    day: date
    summary: str
    description: str = ""
    address: str = ""
    category: str = ""


def escape(text: str) -> str:
    """Return a text as a property's value: backslash, semicolon, comma and line break escaped, controls left out."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """Return a line in pieces of at most 75 octets, the further ones begun with a blank; no character is cut."""
    pieces: list[str] = []
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > LINE_OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    return "\r\n".join([*pieces, piece])


def calendar(entries: Iterable[Entry], *, name: str, made: datetime, product: str) -> str:
    """Return a calendar as text with CR LF at the end of each line.

    Parameters
    ----------
    name
        What a reader's program calls the calendar.
    made
        The moment, with a zone, that the entries are of.
    product
        Who made it, for ``PRODID``: ``-//Tanbiao//desks//EN``.
    """
    return "".join(f"{fold(line)}\r\n" for line in _lines(entries, name, made, product))


def _lines(entries: Iterable[Entry], name: str, made: datetime, product: str) -> Iterator[str]:
    stamp = made.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{escape(product)}", "CALSCALE:GREGORIAN")
    yield from (f"NAME:{escape(name)}", f"X-WR-CALNAME:{escape(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}")
    for entry in entries:
        yield from ("BEGIN:VEVENT", f"UID:{escape(entry.uid)}", f"DTSTAMP:{stamp}")
        yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{escape(entry.summary)}"
        if entry.description:
            yield f"DESCRIPTION:{escape(entry.description)}"
        if entry.address:
            yield f"URL:{entry.address.translate(_CONTROLS)}"
        if entry.category:
            yield f"CATEGORIES:{escape(entry.category)}"
        # A term takes nobody's time: the day stays free.
        yield from ("TRANSP:TRANSPARENT", "END:VEVENT")
    yield "END:VCALENDAR"
