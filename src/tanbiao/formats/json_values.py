"""Members and scalars of foreign JSON datasets: whatever type a program wrote, one way to read it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.reading import Log, decode, lenient_number

MAX_DEPTH: Final = 100
_UNSTORABLE: Final = re.compile("[\ud800-\udfff\x00]")


def named(files: Iterable[str], *endings: str) -> list[str]:
    """Return the members with one of the endings (given in lower case)."""
    return [name for name in files if name.lower().endswith(endings)]


def contents(files: Mapping[str, bytes], names: Iterable[str], log: Log) -> Iterator[tuple[str, bytes]]:
    """Yield (member, bytes), one at a time; a member that can't be read is a finding."""
    for name in names:
        try:
            yield name, files[name]
        except TanbiaoError as error:
            log.failed(error, name)


def json_object(data: bytes, log: Log, where: str) -> dict[str, Any] | None:
    """Return the JSON object of a member; None with ``json_malformed`` or ``json_not_an_object``."""
    text = decode(data, log, where)
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        known = isinstance(error, json.JSONDecodeError)
        place = f"{where}:{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else where
        log.error("json_malformed", place, reason=error.msg if known else type(error).__name__)  # type: ignore[union-attr]
        return None
    if not isinstance(document, dict):
        log.error("json_not_an_object", where)
        return None
    if "\\" in text and ("\\u0000" in text or "\\ud" in text.lower()):
        return {storable(key): _cleaned(one, 1) for key, one in document.items()}
    return document


def storable(text: str) -> str:
    """Return the text without what no database takes: NUL and half surrogates, which JSON can spell."""
    return _UNSTORABLE.sub("\ufffd", text)


def _cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return storable(value)
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [_cleaned(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {storable(key): _cleaned(one, depth + 1) for key, one in value.items()}
    return value


def text_of(value: Any) -> str:
    """Return a scalar as stripped text; nothing, NaN, a list or a mapping as ''."""
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, list | dict) or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if abs(value) < 1e300 else f"{float(value):g}" if isinstance(value, float) else hex(value)[:40]


def truth_of(value: Any) -> bool:
    """Return whether a value says yes: ``true``, ``"TRUE"``, ``"yes"``, 1."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes")
    return value is True or (isinstance(value, int | float) and value == 1)


def number_of(value: Any, log: Log, where: str, field: str) -> float | None:
    """Return a finite number, or None: absent without a finding, ``number_unreadable`` where it is none."""
    if value is None or isinstance(value, str):
        return lenient_number(value, log, where, field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    log.error("number_unreadable", where, field=field, value=text_of(value) or type(value).__name__)
    return None
