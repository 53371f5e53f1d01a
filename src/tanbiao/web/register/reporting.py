"""The report of certification data upward: entries of a period in the fields that an authority asks for, validated.

The fields are data: ``data/reporting/*.json`` in the package, and files of the same form in ``reporting/`` of the data
folder, which an operator puts there when the authority has published its own. Until then the set ``project-default``
says in its own title that it is nobody's official format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid, require
from tanbiao.web.register.models import Entry
from tanbiao.web.register.records import code_of

DEFAULT = "project-default"
MOST = 50_000
"""Rows of one report; a longer period is split (project default)."""
KEPT_FINDINGS = 1_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name in the file, its titles, where in the record it stands, and what is accepted."""

    name: str
    zh: str
    en: str
    source: tuple[str, ...]
    required: bool = False
    pattern: str = ""
    allowed: tuple[str, ...] = ()

    def accepts(self, cell: str) -> bool:
        """Whether a value has the field's form and is one of those allowed."""
        formed = not self.pattern or re.fullmatch(self.pattern, cell) is not None
        return formed and (not self.allowed or cell in self.allowed)

    def title(self, lang: str) -> str:
        """Return the title in the reader's language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A set of fields: id, title, whose it is, whether it is official."""

    id: str
    zh: str
    en: str
    official: bool
    fields: tuple[Field, ...]

    @classmethod
    def read(cls, text: str, name: str) -> FieldSet:
        """Read a set from JSON.

        Raises
        ------
        TanbiaoError
            ``field_set_malformed``
        """
        try:
            body = json.loads(text)
            fields = tuple(
                Field(
                    name=str(one["name"]),
                    zh=str(one["zh"]),
                    en=str(one["en"]),
                    source=tuple(str(one["source"]).split(".")),
                    required=bool(one.get("required", False)),
                    pattern=re.compile(str(one.get("pattern", ""))).pattern,
                    allowed=tuple(str(value) for value in one.get("allowed", ())),
                )
                for one in body["fields"]
            )
            if not fields or len({field.name for field in fields}) < len(fields):
                raise ValueError("no field, or one named twice")
            return cls(str(body["id"]), str(body["zh"]), str(body["en"]), body["official"] is True, fields)
        except (KeyError, TypeError, ValueError, re.error) as error:
            raise TanbiaoError.of("field_set_malformed", name, reason=str(error)[:100]) from error


def field_sets() -> list[FieldSet]:
    """Return the sets of the package and of the operator; one of the operator's replaces one of the same id.

    Raises
    ------
    TanbiaoError
        ``field_set_malformed``: an operator's file can't be read.
    """
    sets = {one.id: one for one in _shipped()}
    folder = Path(settings.TANBIAO_DATA) / "reporting"
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        own = FieldSet.read(path.read_text(encoding="utf-8"), path.name)
        sets[own.id] = own
    return list(sets.values())


@lru_cache(maxsize=1)
def _shipped() -> tuple[FieldSet, ...]:
    folder = resources.files("tanbiao.data") / "reporting"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".json")), key=lambda item: item.name)
    return tuple(FieldSet.read(item.read_text(encoding="utf-8"), item.name) for item in files)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report, in the order of its fields."""

    number: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its fields, its rows, and what the validator found."""

    fields: FieldSet
    begin: date
    end: date
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]


def report(actor: Actor, *, begin: str = "", end: str = "", field_set: str = "") -> Report:
    """Return the certificates issued in a period, in a set's fields: a body its own, authority and operator all.

    Raises
    ------
    Invalid
        ``report_period_malformed``, ``field_set_unknown``, ``report_too_long``
    """
    require(actor, "register.report_upward")
    first, last = _period(begin, end)
    known = {one.id: one for one in field_sets()}
    chosen = known.get(field_set or DEFAULT)
    if chosen is None:
        raise Invalid.of("field_set_unknown", "set", known=", ".join(known))
    rows = Entry.objects.filter(kind="certified", issued_on__gte=first, issued_on__lte=last)
    if not actor.has(Role.AUTHORITY_OFFICER, Role.OPERATOR):
        assert actor.organisation is not None
        own = {"code": actor.organisation.uscc or actor.organisation.foreign_id, "zh": actor.organisation.name_zh}
        rows = rows.filter(body=code_of(own))
    found = list(rows.order_by("issued_on", "number").values_list("record", flat=True)[: MOST + 1])
    if len(found) > MOST:
        raise Invalid.of("report_too_long", "end", limit=MOST)
    made = tuple(_row(record, chosen) for record in found)
    return Report(chosen, first, last, made, tuple(validate(made, chosen))[:KEPT_FINDINGS])


def _period(begin: str, end: str) -> tuple[date, date]:
    today = clock.today()
    try:
        first = date.fromisoformat(begin) if begin.strip() else date(today.year, 1, 1)
        last = date.fromisoformat(end) if end.strip() else today
    except ValueError as error:
        raise Invalid.of("report_period_malformed", "begin") from error
    if first > last:
        raise Invalid.of("report_period_malformed", "begin")
    return first, last


def _row(record: Mapping[str, Any], fields: FieldSet) -> Row:
    return Row(record["number"], tuple(_value(record, field.source) for field in fields.fields))


def _value(record: Mapping[str, Any], source: tuple[str, ...]) -> str:
    value: Any = record
    for part in source:
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return "|".join(str(item) for item in value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def validate(rows: tuple[Row, ...], fields: FieldSet) -> list[Finding]:
    """Return what is wrong with a report: a required field that is empty, a value of another form, a number twice."""
    found: list[Finding] = []
    seen: set[str] = set()
    for row in rows:
        if row.number in seen:
            found.append(finding("report_number_twice", Severity.ERROR, row.number, number=row.number))
        seen.add(row.number)
        for field, cell in zip(fields.fields, row.cells, strict=True):
            where = f"{row.number}.{field.name}"
            if field.required and not cell.strip():
                found.append(finding("report_field_empty", Severity.ERROR, where, field=field.name))
            elif cell and not field.accepts(cell):
                found.append(finding("report_field_form", Severity.ERROR, where, field=field.name, value=cell[:60]))
    return found
