"""Chinese messages of the web pages: collect msgids from code and templates, keep the .po files, compile the .mo.

    python scripts/messages.py [feature…]  # collect into the .po files, keep what is translated, compile
    python scripts/messages.py --check     # say what is missing or out of step; exit code 1 when something is

One catalogue per feature (``src/tanbiao/web/<feature>/locale/zh_Hans/LC_MESSAGES/django.po``) and one for what all
share (``src/tanbiao/web/locale``). Msgids are English; English pages need no catalogue.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "tanbiao" / "web"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
HEADER = "# Chinese (simplified) messages of Tanbiao's web pages. Collected and compiled by scripts/messages.py.\n#"


@dataclass(frozen=True)
class Part:
    """A catalogue and the files whose messages it holds."""

    folder: Path
    sources: tuple[Path, ...]

    @property
    def po(self) -> Path:
        """The catalogue that people write."""
        return self.folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

    @property
    def mo(self) -> Path:
        """The catalogue that Django reads."""
        return self.po.with_suffix(".mo")


def parts() -> list[Part]:
    """Return the shared part and that of every feature."""
    features = sorted(path.parent for path in WEB.glob("*/apps.py"))

    def sources(folder: Path, skip: list[Path]) -> tuple[Path, ...]:
        found = [*folder.rglob("*.py"), *folder.rglob("*.html")]
        return tuple(sorted(path for path in found if not any(path.is_relative_to(one) for one in skip)))

    return [Part(WEB, sources(WEB, features)), *(Part(one, sources(one, [])) for one in features)]


def messages_of(path: Path) -> Iterator[tuple[str | tuple[str, ...], int]]:
    """Yield the msgids of a file (a pair where there is a plural) with their lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        text = "\n".join(line.lstrip() for line in templatize(text).split("\n"))
    for line, found, _comments, _context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        yield (tuple(found) if isinstance(found, list | tuple) else found), line


def collect(part: Part) -> Catalog:
    """Return the part's catalogue as the sources want it, with the translations there are."""
    wanted = Catalog(locale="zh_Hans", project="Tanbiao", header_comment=HEADER, fuzzy=False)
    known = read(part)
    for path in part.sources:
        for msgid, _line in messages_of(path):
            if not msgid:
                continue
            first = msgid[0] if isinstance(msgid, tuple) else msgid
            old = known.get(first)
            translated = old.string if old is not None else ""
            wanted.add(msgid, translated, locations=[(str(path.relative_to(ROOT)), None)])
    return wanted


def read(part: Part) -> Catalog:
    """Return the part's catalogue as it stands."""
    if not part.po.exists():
        return Catalog(locale="zh_Hans")
    with part.po.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def as_po(catalog: Catalog) -> bytes:
    """Return a catalogue's text, sorted, without dates, so that the same messages give the same bytes."""
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, width=110, include_previous=False, omit_header=False)
    lines = out.getvalue().decode().split("\n")
    moods = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Generated-By",
        "Report-Msgid",
        "Language-Team",
    )
    dropped = tuple(f'"{name}' for name in moods)
    return "\n".join(line for line in lines if not line.startswith(dropped)).encode()


def as_mo(catalog: Catalog) -> bytes:
    """Return a catalogue compiled."""
    out = io.BytesIO()
    plain = read_po(io.BytesIO(as_po(catalog)), locale="zh_Hans")
    plain.creation_date = plain.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(out, plain)
    return out.getvalue()


def texts(mo: bytes) -> dict[str, str]:
    """Return what a compiled catalogue says; its header names the tool that wrote it and is left out."""
    return {str(one.id): str(one.string) for one in read_mo(io.BytesIO(mo)) if one.id}


def untranslated(catalog: Catalog) -> list[str]:
    """Return the msgids without Chinese."""
    return [str(one.id) for one in catalog if one.id and not (all(one.string) if one.pluralizable else one.string)]


def problems(part: Part) -> list[str]:
    """Return what is wrong with a part's catalogue, as sentences."""
    wanted = collect(part)
    name = part.po.relative_to(ROOT)
    if len(wanted) == 0 and not part.po.exists():
        return []
    found = [f"{name}: no Chinese for {msgid!r}" for msgid in untranslated(wanted)]
    if not part.po.exists() or part.po.read_bytes() != as_po(wanted):
        found.append(f"{name}: not as the sources want it; run scripts/messages.py")
    if texts(part.mo.read_bytes() if part.mo.exists() else as_mo(Catalog())) != texts(as_mo(wanted)):
        found.append(f"{part.mo.relative_to(ROOT)}: not compiled from its .po; run scripts/messages.py")
    return found


def hidden() -> list[str]:
    """Return the messages inside f-strings: the reader of sources does not see them, so they would stay English."""
    found = []
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                names = [
                    one.func.id
                    for one in ast.walk(node)
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
                ]
                if set(names) & set(KEYWORDS):
                    found.append(
                        f"{path.relative_to(ROOT)}:{node.lineno}: a message inside an f-string is not collected"
                    )
    return found


def conflicts() -> list[str]:
    """Return msgids that two catalogues translate differently: Django merges them, so only one would be shown."""
    seen: dict[str, tuple[str, str]] = {}
    found = []
    for part in parts():
        for one in read(part):
            if not one.id or not one.string:
                continue
            key, said = str(one.id), str(one.string)
            before = seen.setdefault(key, (said, part.folder.name))
            if before[0] != said:
                found.append(f"{key!r}: {before[0]} in {before[1]}, {said} in {part.folder.name}")
    return found


def main() -> int:
    """Collect and compile, or check."""
    if "--check" in sys.argv:
        wrong = [line for part in parts() for line in problems(part)] + conflicts() + hidden()
        print("\n".join(wrong) or "all messages are translated and compiled")
        return 1 if wrong else 0
    missing = 0
    asked = {name for name in sys.argv[1:] if not name.startswith("-")}
    for part in parts():
        wanted = collect(part)
        if len(wanted) == 0 or (asked and part.folder.name not in asked):
            continue
        part.po.parent.mkdir(parents=True, exist_ok=True)
        part.po.write_bytes(as_po(wanted))
        part.mo.write_bytes(as_mo(wanted))
        lacking = untranslated(wanted)
        missing += len(lacking)
        print(f"{part.po.relative_to(ROOT)}: {len(wanted)} messages, {len(lacking)} without Chinese")
    return 1 if missing else 0


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure(USE_I18N=True)
    django.setup()
    sys.exit(main())
