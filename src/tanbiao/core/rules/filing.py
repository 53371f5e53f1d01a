"""The filing of a certification rule: its field set as data, a check of every field, and the file that is handed in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources

from pydantic import Field

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.parts import Id, Line, Part, Title, Version
from tanbiao.core.strict_text import parse_text

FIELDS = "cnca-rule"
_CODE = r"^[A-Z][A-Z0-9]{1,19}$"


class FilingField(Part):
    """One field: its code in the authority's system, its names, and what its value must be."""

    code: str = Field(pattern=_CODE)
    zh: Line
    en: Line
    required: bool = False
    max: int = Field(ge=1, le=4000)
    """Most characters."""
    pattern: Line | None = None
    begins_with: str | None = Field(default=None, pattern=_CODE)
    """Field whose value this one begins with."""
    is_date: bool = False
    from_: Line | None = Field(default=None, alias="from")
    """What of the rule it is filled from: ``title``, ``reference``, ``owner``, ``issued``, ``informed_by``."""
    hint: Title | None = None


class FilingFields(Part):
    """A field set."""

    tanbiao: Line
    id: Id
    version: Version
    standing: Line
    title: Title
    asked_by: Line = "—"
    """Document that asks for the filing; a finding names it with the field."""
    fields: tuple[FilingField, ...]


@cache
def filing_fields(name: str = FIELDS) -> FilingFields:
    """Return a packaged field set."""
    data = resources.files("tanbiao.data").joinpath("rulebook", f"filing-{name}.yaml").read_bytes()
    return read_model(FilingFields, parse_text(data)[0], "filing_fields_malformed")


def check_filing(fields: FilingFields, values: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with a filing's values, field by field; ``where`` is the field's code.

    Codes: ``filing_field_unknown``, ``filing_field_missing``, ``filing_field_long``, ``filing_field_shape``,
    ``filing_code_prefix`` (a code that does not begin with the one it belongs to), ``filing_date_wrong``.
    """
    known = {field.code for field in fields.fields}
    unknown = sorted(set(values) - known)
    clause = {"clause": fields.asked_by}
    found = [finding("filing_field_unknown", Severity.ERROR, code[:60], field=code[:60], **clause) for code in unknown]
    for field in fields.fields:
        found += _check_field(field, values, fields.asked_by)
    return found


def _check_field(field: FilingField, values: Mapping[str, str], clause: str) -> Iterator[Finding]:
    value = values.get(field.code, "").strip()
    names = {"field": field.code, "zh": field.zh, "en": field.en, "clause": clause}
    if not value:
        if field.required:
            yield finding("filing_field_missing", Severity.ERROR, field.code, **names)
        return
    if len(value) > field.max:
        yield finding("filing_field_long", Severity.ERROR, field.code, **names, length=len(value), limit=field.max)
    elif field.pattern and not re.fullmatch(field.pattern, value):
        hint = {"hint_zh": field.hint.zh, "hint_en": field.hint.en} if field.hint else {"hint_zh": "—", "hint_en": "—"}
        yield finding("filing_field_shape", Severity.ERROR, field.code, **names, value=value[:60], **hint)
    elif field.is_date and not _is_day(value):
        yield finding("filing_date_wrong", Severity.ERROR, field.code, **names, value=value[:60])
    head = values.get(field.begins_with, "").strip() if field.begins_with else ""
    if head and not value.startswith(head):
        yield finding("filing_code_prefix", Severity.ERROR, field.code, **names, value=value[:60], prefix=head[:60])


def _is_day(value: str) -> bool:
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def export_filing(fields: FilingFields, values: Mapping[str, str]) -> bytes:
    """Return the filing as the CSV file that is handed in: a line of field codes, one of names, one of values.

    UTF-8 with a mark at the beginning, so that Chinese office programs read it.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow([field.code for field in fields.fields])
    table.writerow([field.zh for field in fields.fields])
    table.writerow([values.get(field.code, "").strip() for field in fields.fields])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")
