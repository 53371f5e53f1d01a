"""iCalendar after RFC 5545: what is escaped, how lines are folded, what a whole day is."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from tanbiao.formats.icalendar import LINE_OCTETS, Entry, calendar, escape, fold

MADE = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)


def _unfolded(text: str) -> list[str]:
    """Read it as RFC 5545, 3.1 says: a break before a blank is no break."""
    return text.replace("\r\n ", "").split("\r\n")


def test_text_is_escaped_and_controls_are_left_out() -> None:
    # The example of RFC 5545, 3.3.11, with a backslash and a bell added.
    assert escape("Project XYZ Final Review\nConference Room - 3B; Come Prepared, C:\\x\a") == (
        "Project XYZ Final Review\\nConference Room - 3B\\; Come Prepared\\, C:\\\\x"
    )
    assert escape("a\r\nb\rc") == "a\\nb\\nc"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
def test_a_folded_line_is_short_in_octets_and_reads_back(line: str) -> None:
    folded = fold(line)
    assert all(len(piece.encode()) <= LINE_OCTETS for piece in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line


def test_an_entry_is_a_whole_day_that_ends_with_the_next() -> None:
    entry = Entry("case-1@example", date(2026, 12, 31), "核查; 现场" * 20, "第一行\n第二行", "https://x.test/a", "case")
    text = calendar([entry], name="碳标, 待办", made=MADE, product="-//Tanbiao//desks//EN")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = _unfolded(text)
    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tanbiao//desks//EN", "CALSCALE:GREGORIAN"]
    assert "NAME:碳标\\, 待办" in lines
    assert {"DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "DTSTAMP:20261121T163000Z"} <= set(lines)
    assert "SUMMARY:" + "核查\\; 现场" * 20 in lines
    assert "DESCRIPTION:第一行\\n第二行" in lines


def test_a_forged_line_in_a_text_or_address_makes_no_line_of_its_own() -> None:
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VALARM"
    text = calendar([Entry(evil, date(2026, 1, 1), evil, evil, evil, evil)], name=evil, made=MADE, product=evil)
    lines = _unfolded(text)
    assert lines.count("END:VEVENT") == 1
    assert "BEGIN:VALARM" not in lines
