"""What an edited Word file says anew: its free text, and nothing else.

The file is held against the one that the same paper gives. Everything before the section of free text and everything
after it must be as it was; what a paper records is changed where it was recorded, never in a text program.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents.papers import FREE
from tanbiao.documents.words import word
from tanbiao.formats.word_text import Line, lines_of
from tanbiao.web.certification import papers_files
from tanbiao.web.certification.models import CasePaper
from tanbiao.web.commanding import Conflict, Invalid

SHOWN = 120
"""Characters of a line that a refusal repeats."""
NUMBERED = re.compile(r"\d+\. ")
"""How the heading of a section begins."""


def free_text(paper: CasePaper, filename: str, data: bytes) -> list[str]:
    """Return the free text of an edited Word file of a draft, one line a paragraph.

    Raises
    ------
    Invalid
        ``word_unreadable``; ``paper_word_headings``: the headings around the free text are not there;
        ``paper_word_changed``: something else was changed, with its place; ``paper_word_table``: a table stands in the
        free text.
    Conflict
        ``paper_word_stale``: it was made from another version of the paper.
    """
    try:
        found = lines_of(data)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    for lang in papers_files.LANGUAGES:
        own = lines_of(papers_files.render(paper, "docx", lang))
        begin, end = _bounds(own, lang)
        if own[begin] in found and own[end] in found:
            return _between(paper, own, found, lang)
    headings = " / ".join(_headings(lang) for lang in papers_files.LANGUAGES)
    raise Invalid.of("paper_word_headings", filename, headings=headings)


def _headings(lang: Lang) -> str:
    return ", ".join(word(f"paper.{key}", lang) for key in (FREE, "signatures"))


def _bounds(lines: Sequence[Line], lang: Lang) -> tuple[int, int]:
    """Return where the headings of the free text and of the signatures stand in a file of ours."""
    places = []
    for key in (FREE, "signatures"):
        title = word(f"paper.{key}", lang)
        numbered = [at for at, line in enumerate(lines) if isinstance(line, str) and line.endswith(f". {title}")]
        places.append(numbered[-1])
    return places[0], places[1]


def _between(paper: CasePaper, own: Sequence[Line], found: Sequence[Line], lang: Lang) -> list[str]:
    begin, end = _bounds(own, lang)
    first = found.index(own[begin])
    last = len(found) - 1 - list(reversed(found)).index(own[end])
    _require_same(own[: begin + 1], found[: first + 1])
    _require_signatures(paper, own[end:], found[last:], lang)
    free = found[first + 1 : last]
    table = next((line for line in free if not isinstance(line, str)), None)
    if table is not None:
        raise Invalid.of("paper_word_table", word(f"paper.{FREE}", lang), found=_said(table))
    hint = word("paper.write_here", lang)
    return [text for line in free if line != hint for text in str(line).split("\n") if text.strip()]


def _require_same(own: Sequence[Line], found: Sequence[Line]) -> None:
    """Require that what is recorded stands there as it did."""
    section = ""
    for at in range(max(len(own), len(found))):
        was, now = (lines[at] if at < len(lines) else "" for lines in (own, found))
        if _plain(was) != _plain(now):
            place = section or _said(own[0])
            raise Invalid.of("paper_word_changed", place, was=_said(was), now=_said(now))
        section = was if isinstance(was, str) and NUMBERED.match(was) else section


def _require_signatures(paper: CasePaper, own: Sequence[Line], found: Sequence[Line], lang: Lang) -> None:
    """Require the hash of this very content and no signature that is none; who signed meanwhile may be missing."""
    known = {_plain(line) for line in own} | {_plain(word("paper.unsigned", lang))}
    title = word("paper.signatures", lang)
    hashes = [line[1] for line in found if isinstance(line, tuple) and line[0] == word("paper.hash", lang)]
    if hashes != [paper.content]:
        raise Conflict.of("paper_word_stale", title, found=", ".join(hashes)[:SHOWN] or "–", current=paper.content)
    for line in found:
        if _plain(line) not in known:
            raise Invalid.of("paper_word_changed", title, was="–", now=_said(line))


def _plain(line: Line) -> str:
    """Return a line with every run of blanks as one: a text program may set others."""
    cells = (line,) if isinstance(line, str) else line
    return "\x1f".join(" ".join(cell.split()) for cell in cells)


def _said(line: Line) -> str:
    return (line if isinstance(line, str) else " | ".join(line))[:SHOWN] or "–"
