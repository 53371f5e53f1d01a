"""The study document as its author wrote it: every row with amount, activity, source, evidence and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.core.study.model import ACTIVITY_KEYS
from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.core.study.normalise import way_text
from tanbiao.documents import model
from tanbiao.documents.report.content import Cell, Column, Table
from tanbiao.documents.words import named, pick, term, word

Study = Mapping[str, Any]


def plain(value: Any, lang: Lang) -> str:
    """Return any value of a study document as text: bilingual texts in the reader's language, lists with commas."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if isinstance(value, Mapping):
        if set(value) <= {"zh", "en"}:
            return pick(value, lang)
        kept = {key: item for key, item in value.items() if item not in (None, "", (), [])}
        return ", ".join(f"{named('key', str(key), lang)}: {plain(item, lang)}" for key, item in kept.items())
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(plain(item, lang) for item in value)
    return named("plain", str(value), lang)


def amount(value: Any, lang: Lang) -> str:
    """Return an amount as entered, or its absence in words with the reason."""
    if isinstance(value, Mapping) and "absent" in value:
        reason = plain(value.get("reason"), lang)
        shown = term("absent", str(value["absent"]), lang)
        return f"{shown} ({reason})" if reason else shown
    shown = plain(value, lang)
    return term("absent", shown, lang) if shown in ("unknown", "not_declared", "excluded", "below_cut_off") else shown


def walk(study: Study) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (place, row) of every row of the stages and the own processes, in the order of the document."""
    for stage, rows in (study.get("stages") or {}).items():
        if isinstance(rows, list | tuple):
            for row in rows:
                yield f"stages.{stage}", row
    for name, process in (study.get("processes") or {}).items():
        for side in PROCESS_PARTS:
            for row in process.get(side) or ():
                yield f"processes.{name}.{side}", row


def place_name(place: str, study: Study, lang: Lang) -> str:
    """Return a place in words: the stage's name, or the own process with the side of it."""
    kind, _, rest = place.partition(".")
    if kind == "stages":
        return model.stage_name(rest, lang)
    name, _, side = rest.rpartition(".")
    own = (study.get("processes") or {}).get(name) or {}
    return f"{pick(own.get('name'), lang) or name} · {word('side.' + side, lang)}"


def rows_table(study: Study, lang: Lang) -> Table:
    """Return the table of all rows as entered."""
    columns = (
        Column(word("c.place", lang), 1.5),
        Column(word("c.row", lang), 0.7),
        Column(word("c.name", lang), 1.8),
        Column(word("c.amount", lang), 1.4),
        Column(word("c.activity", lang), 2.4),
        Column(word("c.source", lang), 2.0),
        Column(word("c.evidence", lang), 2.6),
    )
    rows = tuple(_row(place, row, study, lang) for place, row in walk(study))
    return Table("rows", word("t.rows", lang), columns, rows, wide=True)


def _row(place: str, row: Mapping[str, Any], study: Study, lang: Lang) -> tuple[Cell, ...]:
    given = plain(row.get("amount"), lang)
    shown = amount(row.get("amount"), lang)
    if given == "unknown" and row.get("reason"):
        shown += f" ({plain(row['reason'], lang)})"
    if row.get("per"):
        shown += f" / {plain(row['per'], lang)}"
    return (
        place_name(place, study, lang),
        str(row.get("id", "")),
        pick(row.get("name"), lang),
        shown,
        activity(row, lang),
        plain(row.get("source"), lang),
        notes(row, lang),
    )


def activity(row: Mapping[str, Any], lang: Lang) -> str:
    """Return what the row does, as entered."""
    key = next((name for name in ACTIVITY_KEYS if row.get(name) is not None), "")
    if not key:
        return ""
    value = row[key]
    if key == "electricity" and isinstance(value, Mapping):
        supply = term("supply", str(value.get("supply", "")), lang)
        rest = {name: item for name, item in value.items() if name != "supply"}
        return f"{word('activity.electricity', lang)}: {supply}; {plain(rest, lang)}".rstrip("; ")
    if key == "transport" and isinstance(value, list | tuple):
        legs = "; ".join(f"{way_text(leg)} × {plain(leg.get('by'), lang)}" for leg in value)
        return f"{word('activity.transport', lang)}: {legs}"
    return f"{word('activity.' + key, lang)}: {plain(value, lang)}"


def notes(row: Mapping[str, Any], lang: Lang) -> str:
    """Return derivation, data, evidence, stand-in and note of a row in one text."""
    data = row.get("data") or {}
    parts = [
        plain(row.get("derivation"), lang),
        "; ".join(
            part
            for part in (
                term("data", str(data.get("kind", "")), lang) if data.get("kind") else "",
                plain({key: value for key, value in data.items() if key != "kind"}, lang),
            )
            if part
        ),
        f"{word('t.stand_ins', lang)}: {plain(row['stand_in'], lang)}" if row.get("stand_in") else "",
        plain(row.get("properties"), lang),
        plain(row.get("evidence"), lang),
        plain(row.get("note"), lang),
    ]
    return " · ".join(part for part in parts if part)


def sources_table(study: Study, lang: Lang) -> Table | None:
    """Return the study's named sources; None when it has none."""
    given = study.get("sources") or {}
    if not given:
        return None
    columns = (
        Column(word("c.key", lang), 1.2),
        Column(word("c.title", lang), 3.0),
        Column(word("c.detail", lang), 3.4),
        Column(word("c.licence", lang), 1.2),
    )
    rows: list[tuple[Cell, ...]] = []
    for key, source in given.items():
        rest = {name: value for name, value in source.items() if name not in ("title", "licence")}
        rows.append((str(key), plain(source.get("title"), lang), plain(rest, lang), plain(source.get("licence"), lang)))
    return Table("sources", word("t.sources", lang), columns, tuple(rows))
