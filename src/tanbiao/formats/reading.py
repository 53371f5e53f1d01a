"""What readers of foreign files share: a log of findings, text in unknown encodings, numbers, CAS numbers, pedigree.

A reader never raises for bad content. It writes what it doubts into a :class:`Log` and goes on; a file of a million bad
lines gives a bounded number of findings and one that says how many more there were.
"""

from __future__ import annotations

import codecs
import math
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tanbiao.core.dataset.inventory import Spread
from tanbiao.core.findings import Finding, Param, Severity, TanbiaoError, finding
from tanbiao.core.numerics.elementary import log_scalar

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://tanbiao.org/ns/foreign-datasets")
"""Ids of objects that a format names but does not number are UUIDs (version 5, RFC 9562) of their names in here."""
UNKNOWN: Final = math.nan
"""An amount that the file does not tell, beside an error finding; never zero."""
PER_CODE: Final = 500
"""Findings of one code that are kept one by one; project default."""


@dataclass(slots=True)
class Log:
    """Findings in the order they were made, at most :data:`PER_CODE` of each code."""

    items: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, severity: Severity, where: str = "", **params: Param) -> None:
        """Note a finding."""
        self.counts[code] += 1
        if self.counts[code] <= PER_CODE:
            short = {key: value[:200] if isinstance(value, str) else value for key, value in params.items()}
            self.items.append(finding(code, severity, where, **short))

    def info(self, code: str, where: str = "", **params: Param) -> None:
        """Note something worth knowing."""
        self.add(code, Severity.INFO, where, **params)

    def warn(self, code: str, where: str = "", **params: Param) -> None:
        """Note a doubt or a repair."""
        self.add(code, Severity.WARNING, where, **params)

    def error(self, code: str, where: str = "", **params: Param) -> None:
        """Note something that is wrong."""
        self.add(code, Severity.ERROR, where, **params)

    def failed(self, error: TanbiaoError, where: str, severity: Severity = Severity.ERROR) -> None:
        """Note a failure as a finding at ``where``."""
        for one in error.findings:
            self.add(one.code, severity, where or one.where, **one.params)

    def close(self) -> tuple[Finding, ...]:
        """Return everything noted; for codes that came too often, how often."""
        for code, count in sorted(self.counts.items()):
            if count > PER_CODE:
                self.items.append(finding("findings_left_out", Severity.INFO, repeated=code, more=count - PER_CODE))
        return tuple(self.items)


def name_id(*parts: str) -> str:
    """Return the id of something that the format knows by its names only: a UUID of the parts."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(" ".join(part.split()) for part in parts)))


def content(files: Mapping[str, bytes], name: str, log: Log) -> bytes | None:
    """Return the bytes of a member; one that is damaged or was cut off is a finding, and the others are still read."""
    try:
        return files[name]
    except TanbiaoError as error:
        log.failed(error, name)
        return None


def documents(files: Mapping[str, bytes], suffixes: tuple[str, ...], log: Log) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the members with these endings, by name; a file that came alone may have any name."""
    for name in sorted(files):
        wanted = name.lower().endswith(suffixes) or len(files) == 1
        if wanted and (data := content(files, name, log)) is not None:
            yield name, data


# --- text -------------------------------------------------------------------------------------------------------------

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, log: Log, where: str, *, declared: str = "", usual: str = "utf-8") -> str:
    """Return the text of ``data``: by its byte order mark, the declared encoding, the usual one, or a guess.

    Everything but the first fitting one of mark, declaration and UTF-8 is a finding (``encoding_guessed``,
    ``encoding_damaged``). The guess is between GB 18030 (Chinese text: high bytes come in pairs) and Windows-1252.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding) or _damaged(data[len(mark) :], encoding, log, where)
    eight_bit = ""
    for place, encoding in enumerate((declared or "utf-8", "utf-8", usual)):
        if place == 2:  # looked at only where the others do not fit: it reads the whole text
            eight_bit = "" if _looks_chinese(data) else usual
            if not eight_bit:
                break
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if declared and encoding != declared:
            log.warn("encoding_guessed", where, declared=declared, used=encoding)
        return text
    encoding = "cp1252" if eight_bit else "gb18030"
    log.warn("encoding_guessed", where, declared=declared or "utf-8", used=encoding)
    return _strictly(data, encoding) or _damaged(data, encoding, log, where)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _damaged(data: bytes, encoding: str, log: Log, where: str) -> str:
    text = data.decode(encoding, "replace")
    if "\ufffd" in text:
        log.warn("encoding_damaged", where, used=encoding, count=text.count("\ufffd"))
    return text


def _looks_chinese(data: bytes) -> bool:
    """Whether bytes above 0x7f mostly stand in runs: Western text has them one by one between plain letters."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data[:1_000_000])]
    return bool(runs) and sum(length for length in runs if length > 1) >= 0.8 * sum(runs)


# --- numbers ----------------------------------------------------------------------------------------------------------

_PLAIN: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:[\s\u00a0\u202f']\d{3})+(?:[.,]\d+)?")


def number(text: str, decimal: str = ".") -> float | None:
    """Return the number that ``text`` spells with this decimal sign, or None: no finite number, or not one at all.

    Thousands may be parted by blanks or apostrophes, never by a sign that could be a decimal one.
    """
    if decimal == "." and len(text) <= 400 and text.isascii() and _PLAIN.fullmatch(text):
        value = float(text)  # how most numbers stand
        return value if math.isfinite(value) else None
    plain = text.strip().replace("\u2212", "-")
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[\s\u00a0\u202f']", "", plain)
    if decimal != ".":
        if "." in plain:
            return None
        plain = plain.replace(decimal, ".")
    if len(plain) > 400 or not plain.isascii() or not _PLAIN.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def lenient_number(text: str | None, log: Log, where: str, field: str = "", decimal: str = ".") -> float | None:
    """Return the number of an attribute that may be missing; one that is no number is a finding.

    A comma where the format wants a point is read as a decimal comma, with ``decimal_comma``: 1,234 is then 1.234.
    """
    if text is None or not text.strip():
        return None
    value = number(text, decimal)
    if value is not None:
        return value
    other = "," if decimal == "." else "."
    value = number(text, other) if text.count(other) == 1 else None
    if value is not None:
        log.warn("decimal_comma", where, value=text, field=field)
        return value
    log.error("number_unreadable", where, value=text, field=field)
    return None


# --- CAS --------------------------------------------------------------------------------------------------------------

_CAS: Final = re.compile(r"0*(\d{2,7})-(\d{2})-(\d)")


def cas_number(text: str | None, log: Log, where: str) -> str:
    """Return a CAS registry number without leading zeros, or "" where there is none (``NaN`` and dashes count as none).

    One whose check digit does not fit (the last digit is Σ i·dᵢ mod 10, counted from the right; CAS, "Check digit
    verification") is a finding, ``cas_invalid``, and is not used.
    """
    plain = (text or "").strip()
    if plain.lower() in ("", "nan", "-", "--", "n/a", "na", "none", "null", "0", "000000-00-0"):
        return ""
    match = _CAS.fullmatch(plain)
    if match is not None:
        digits = match[1] + match[2]
        if sum(place * int(digit) for place, digit in enumerate(reversed(digits), 1)) % 10 == int(match[3]):
            return f"{match[1]}-{match[2]}-{match[3]}"
    log.warn("cas_invalid", where, value=plain)
    return ""


# --- uncertainty ------------------------------------------------------------------------------------------------------

_SCORE: Final = r"\s*([1-5]|n\.?a\.?|-)\s*"
_PEDIGREE: Final = re.compile(rf"\({'[,;]'.join([_SCORE] * 5)}[,;)]", re.IGNORECASE)


def pedigree_of(comment: str) -> tuple[int, ...]:
    """Return the five scores at the head of a comment as ecoinvent 2 and SimaPro write them, ``(2,3,1,1,1,na)``, or ().

    A score not assessed (``na``) is 0. A sixth one (sample size) is not part of the five.
    """
    match = _PEDIGREE.match(comment.lstrip())
    scores = tuple(int(score) if score.isdigit() else 0 for score in match.groups()) if match else ()
    return scores if any(scores) else ()


def log_sigma(squared_deviation: float) -> float | None:
    """Return σ of ln X from the square of the geometric standard deviation, σ = ln(GSD²)/2; None below 1."""
    return log_scalar(squared_deviation) / 2 if squared_deviation >= 1 else None


def in_order(low: float | None, high: float | None, log: Log, where: str) -> tuple[float | None, float | None]:
    """Return the bounds of a range, turned round with ``spread_bounds_swapped`` where the lower one is the higher."""
    if low is None or high is None or low <= high:
        return low, high
    log.warn("spread_bounds_swapped", where, minimum=low, maximum=high)
    return high, low


def spread_of(
    kind: str,
    log: Log,
    where: str,
    *,
    deviation: float | None = None,
    low: float | None = None,
    mode: float | None = None,
    high: float | None = None,
    pedigree: tuple[int, ...] = (),
) -> Spread | None:
    """Return the spread of a format that gives GSD² or two standard deviations, and a range.

    Parameters
    ----------
    kind
        ``lognormal``, ``normal``, ``triangular``, ``uniform`` or ``undefined``.
    deviation
        For ``lognormal`` GSD², for ``normal`` 2·SD (EcoSpold 1 ``standardDeviation95``; SimaPro "SD^2 or 2*SD").

    A width that is missing, zero or impossible gives an ``undefined`` spread (or none, without pedigree scores) and,
    but for a plain 0, the finding ``spread_invalid``.
    """
    if kind == "lognormal" and deviation is not None and (sigma := log_sigma(deviation)) is not None:
        return Spread("lognormal", sigma=sigma, pedigree=pedigree)
    if kind == "normal" and deviation is not None and deviation > 0:
        return Spread("normal", sigma=deviation / 2, pedigree=pedigree)
    if kind == "triangular" and low is not None and mode is not None and high is not None and low <= mode <= high:
        return Spread("triangular", minimum=low, mode=mode, maximum=high, pedigree=pedigree)
    if kind == "uniform" and low is not None and high is not None and low <= high:
        return Spread("uniform", minimum=low, maximum=high, pedigree=pedigree)
    if kind == "undefined":
        ranged = low is not None and high is not None and low < high
        if ranged or pedigree:
            return Spread(
                "undefined", minimum=low if ranged else None, maximum=high if ranged else None, pedigree=pedigree
            )
        return None
    if not (kind in ("lognormal", "normal") and not deviation):
        shown = "; ".join("-" if one is None else f"{one:g}" for one in (deviation, low, mode, high))
        log.warn("spread_invalid", where, kind=kind, values=shown)
    return Spread("undefined", pedigree=pedigree) if pedigree else None
