"""What a command says: one JSON document on standard output, or lines for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO, TypeVar

from tanbiao.core.findings import Finding, Lang, render

Item = TypeVar("Item")

_MARKS = {"info": "·", "warning": "!", "error": "✗", "blocking": "✗"}
_REMEDY = {"zh": "办法", "en": "What to do"}


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes.

    With ``as_json`` standard output holds exactly one JSON document and everything meant for a person goes to standard
    error; without it, lines go to standard output.
    """

    lang: Lang = "zh"
    as_json: bool = False

    @property
    def _people(self) -> TextIO:
        return sys.stderr if self.as_json else sys.stdout

    def document(self, body: Mapping[str, Any]) -> None:
        """Write the answer's JSON document (only under ``--json``)."""
        if self.as_json:
            print(json.dumps(body, ensure_ascii=False, indent=2))

    def line(self, text: str = "") -> None:
        """Write one line for a person."""
        print(text, file=self._people)

    def text(self, zh: str, en: str) -> None:
        """Write the line of the reader's language."""
        self.line(zh if self.lang == "zh" else en)

    def findings(self, items: Iterable[Finding]) -> None:
        """Write each finding with its place and remedy."""
        for item in items:
            told = render(item, self.lang)
            place = f" [{told['where']}]" if told["where"] else ""
            self.line(f"{_MARKS[told['severity']]} {told['code']}{place} {told['message']}")
            if told["remedy"]:
                self.line(f"    {_REMEDY[self.lang]}: {told['remedy']}")

    def tick(self, label: str, done: int, total: int) -> None:
        """Redraw the progress line on standard error when it is a terminal: about a hundred times over the whole."""
        if sys.stderr.isatty() and (done == total or done % max(total // 100, 1) == 0):
            print(f"\r{label} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    def progress(self, items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
        """Yield the items, drawing a progress line on standard error when it is a terminal."""
        if not sys.stderr.isatty():
            yield from items
            return
        for count, item in enumerate(items, start=1):
            of = f"/{total}" if total is not None else ""
            print(f"\r{label} {count}{of}", end="", file=sys.stderr, flush=True)
            yield item
        print(file=sys.stderr)
