"""Which format files are in, by what stands in them; names and endings count for nothing.

A sample of the members of each folder is looked at (their first kilobytes), each votes for the format its root
element, root key or first line belongs to. Marks: ILCD namespaces ``http://lca.jrc.it/ILCD/…`` with
the EPD extensions ``…/EPD/2013|2019|2024`` and the life cycle model ``…/LifeCycleModel/2017``; EcoSpold namespaces
``http://www.EcoInvent.org/EcoSpold01|02``; openLCA JSON-LD's ``@type``, with ``openlca.json`` or ``olca-schema.json``
``{"version": 2}`` for schema 2 and ``context.json`` for schema 1; TIDAS's root keys ``processDataSet`` …; SimaPro's
header.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tanbiao.core import zip_guard
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.formats.archive import Members
from tanbiao.formats.dataset_tables import MARK

__all__ = ["HEAD", "Detected", "detect", "family_of", "kind_of", "looks_like"]

HEAD: Final = 8192
PER_FOLDER: Final = 40
"""Members of one folder that are looked at: project default."""
_FULL: Final = 2 * 1024 * 1024
"""Bytes of one member that are searched for what its head does not tell."""

_ROOT: Final = re.compile(r"<(?![?!])\s*(?:([\w.-]+):)?([\w.-]+)([^>]*)")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ILCD_ROOTS: Final = frozenset(
    ("processDataSet", "flowDataSet", "flowPropertyDataSet", "unitGroupDataSet", "sourceDataSet", "contactDataSet")
)
_METHOD_ROOT: Final = "LCIAMethodDataSet"
_MODEL_ROOT: Final = "lifeCycleModelDataSet"
_EPD: Final = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*["'][^"']*/EPD/20\d\d""")
_TIDAS: Final = re.compile(
    r'^\s*\{\s*"(process|flow|flowProperty|unitGroup|source|contact|lifeCycleModel|LCIAMethod)DataSet"'
)
_OLCA_TYPE: Final = re.compile(
    r'"@type"\s*:\s*"(Process|Flow|FlowProperty|UnitGroup|Actor|Source|Location|Category|Parameter|Currency|DQSystem'
    r'|ProductSystem|ImpactMethod|ImpactCategory|NwSet|SocialIndicator|Project|Result|Epd)"'
)
_OLCA_2: Final = re.compile(rb'"(isInput|isQuantitativeReference|isAvoidedProduct|isRefFlowProperty|isRefUnit)"\s*:')
_OLCA_1: Final = re.compile(
    rb'"(input|quantitativeReference|avoidedProduct|referenceFlowProperty|referenceUnit)"\s*:\s*(true|false)'
)
_SIMAPRO: Final = re.compile(r"\A\s*\{(SimaPro\b|processes\}|methods\}|product stages\}|CSV separator)", re.IGNORECASE)
_MAPPING: Final = re.compile(r"^\s*tanbiao:\s*[\"']?(csv-)?mapping/", re.MULTILINE)
_TABLES: Final = re.compile(rf"^\s*\"?schema\"?[,;\t]\"?{re.escape(MARK)}", re.MULTILINE)
_FAMILY: Final = {"eilcd": "ilcd", "ilcd-epd": "ilcd", "openlca-jsonld-1": "openlca", "openlca-jsonld-2": "openlca"}


@dataclass(frozen=True, slots=True)
class Detected:
    """A format and how many of the members looked at spoke for each."""

    format: str
    votes: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


def detect(members: Members) -> Detected:
    """Return the format of the files.

    Where members of several formats stand together the one with most votes is returned, with a finding that names all.

    Raises
    ------
    TanbiaoError
        ``format_unrecognised`` with the candidates, or ``format_is_no_dataset`` where there are none;
        ``file_is_a_study`` for our own workbook; what reading a damaged member raises.
    """
    votes: Counter[str] = Counter()
    tables = []
    for name in _sample(members):
        kind = kind_of(members.head(name, HEAD), members, name)
        if kind == "table":
            tables.append(name)
        elif kind:
            votes[kind] += 1
    if not votes and tables and _fit(members, tables[0]):
        votes["mapped-csv"] = len(tables)
    if not votes:
        from tanbiao.formats.registry import known

        seen = looks_like(members.head(next(iter(members)), HEAD)) if len(members) else ""
        if tables or seen == "TXT":
            candidates = "mapped-csv, simapro-csv"
            raise TanbiaoError.of("format_unrecognised", members.label, candidates=candidates, known=known())
        raise TanbiaoError.of("format_is_no_dataset", members.label, seen=seen, known=known())
    families: Counter[str] = Counter()
    for kind, count in votes.items():
        families[family_of(kind)] += count
    if set(votes) == {"tanbiao-excel"}:
        raise TanbiaoError.of("file_is_a_study", members.label)
    family = min(families, key=lambda one: (-families[one], one))
    chosen = _refined(family, votes, members)
    findings: tuple[Finding, ...] = ()
    if len(families) > 1:
        named = ", ".join(f"{one} ({count})" for one, count in families.most_common())
        findings = (finding("format_mixed", Severity.WARNING, members.label, candidates=named, format=chosen),)
    return Detected(chosen, dict(sorted(votes.items())), findings)


def _fit(members: Members, name: str) -> bool:
    from tanbiao.formats.table_rows import fits

    return fits(name, members[name])


def family_of(kind: str) -> str:
    """Return the name that the variants of a format share: ``ilcd``, ``openlca``; any other kind itself."""
    return _FAMILY.get(kind, kind)


def _sample(members: Members) -> Iterator[str]:
    """Yield the names to look at: of each folder and ending some, spread evenly."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in members:
        folder, _, file = name.rpartition("/")
        groups.setdefault((folder, file.rpartition(".")[2].lower()), []).append(name)
    for names in groups.values():
        step = max(len(names) // PER_FOLDER, 1)
        yield from names[::step][:PER_FOLDER]


_LOOKS: Final = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\xd0\xcf\x11\xe0", "Office 97-2003"),
    (b"SQLite format 3", "SQLite"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
)


def looks_like(head: bytes) -> str:
    """Return what a file's first bytes look like, for a person: ``PDF``, ``XML``, ``TXT`` …, ``BIN`` for the rest."""
    known = next((name for mark, name in _LOOKS if head.startswith(mark)), "")
    if known:
        return known
    text = _text(head).lstrip()
    if text[:1] == "<":
        return "HTML" if re.match(r"<(!doctype\s+)?html", text, re.IGNORECASE) else "XML"
    if text[:1] in ("{", "["):
        return "JSON"
    return "BIN" if "\x00" in text else "TXT"


def kind_of(head: bytes, members: Members | None = None, name: str = "") -> str:
    """Return what a file's first bytes say it is: a format, ``openlca`` (schema open), ``table``, or ''."""
    if zip_guard.is_zip(head):
        return _workbook(members[name]) if members is not None else ""
    text = _text(head)
    start = text.lstrip()
    if start.startswith("<"):
        return _xml(start, members[name][:_FULL] if members is not None and _might_be_epd(start) else head)
    if start.startswith(("{", "[")) and not _SIMAPRO.match(start):
        return _json(start, members, name)
    if _SIMAPRO.match(start):
        return "simapro-csv"
    if _MAPPING.search(text):
        return "mapped-csv"
    if _TABLES.search(text):
        return "tanbiao-tables"
    return "table" if _is_table(text) else ""


def _text(head: bytes) -> str:
    """Return the head as text good enough for ASCII marks."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _xml(text: str, body: bytes) -> str:
    found = _ROOT.search(_COMMENT.sub("", text))
    if found is None:
        return ""
    prefix, root, attributes = found.groups()
    declared = re.search(rf'\bxmlns{":" + re.escape(prefix) if prefix else ""}\s*=\s*["\']([^"\']*)', attributes)
    space = declared.group(1) if declared else ""
    if "EcoSpold0" in space or root.lower() == "ecospold":
        second = "EcoSpold02" in space or ("EcoSpold01" not in space and "ctivityDataset" in text)
        return "ecospold2" if second else "ecospold1"
    if root == _MODEL_ROOT:
        return "eilcd"
    if root in _ILCD_ROOTS or (root == _METHOD_ROOT and "ILCD" in space):
        return "ilcd-epd" if root == "processDataSet" and _uses_epd(body) else "ilcd"
    return ""


def _uses_epd(body: bytes) -> bool:
    """Whether an element or attribute is of an EPD extension: many programs declare its namespace in every file."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    prefixes = {found[1] or b"" for found in _EPD.finditer(body)}
    return any(not one or re.search(rb"[<\s]" + re.escape(one) + rb":\w", body) for one in prefixes)


def _might_be_epd(text: str) -> bool:
    return "processDataSet" in text


def _json(text: str, members: Members | None, name: str) -> str:
    if _TIDAS.search(text):
        return "tidas"
    if _OLCA_TYPE.search(text):
        return "openlca"
    if members is None or members.size(name) > _FULL:
        return ""
    try:
        body = json.loads(members[name])
    except (ValueError, RecursionError):
        return ""
    if isinstance(body, dict):
        if any(isinstance(key, str) and key.endswith("DataSet") for key in body):
            return "tidas"
        if isinstance(body.get("@type"), str) and _OLCA_TYPE.search(f'"@type":"{body["@type"]}"'):
            return "openlca"
    return ""


def _workbook(data: bytes) -> str:
    """Return what a workbook is by its sheets: ``tanbiao-excel`` (a study), ``tanbiao-workbook``, else ``table``."""
    from tanbiao.formats import dataset_workbook
    from tanbiao.formats.excel_layout import SHEETS

    try:
        with zip_guard.opened(io.BytesIO(data)) as archive:
            book = archive.getinfo("xl/workbook.xml")
            text = zip_guard.head(archive, book, _FULL).decode("utf-8", "replace")
    except (TanbiaoError, KeyError):
        return ""
    sheets = set(re.findall(r'<sheet\b[^>]*\bname="([^"]*)"', text))
    if len(sheets & dataset_workbook.SHEETS) > 1:
        return "tanbiao-workbook"
    return "tanbiao-excel" if len(sheets & {name for pair in SHEETS.values() for name in pair}) > 1 else "table"


def _is_table(text: str) -> bool:
    lines = [line for line in text.splitlines()[:6] if line.strip()]
    if len(lines) < 2 or "\x00" in text:
        return False
    return any(all(line.count(mark) >= 1 for line in lines[:2]) for mark in ",;\t")


def _refined(family: str, votes: Mapping[str, int], members: Members) -> str:
    if family == "ilcd":
        return next((one for one in ("eilcd", "ilcd-epd") if votes.get(one)), "ilcd")
    if family == "openlca":
        return _openlca_schema(members)
    return family


def _openlca_schema(members: Members) -> str:
    """Return the schema: what the archive says, else the keys its datasets use; schema 2 where nothing decides."""
    for name in members:
        if name.rpartition("/")[2].lower() in ("openlca.json", "olca-schema.json"):
            version = re.search(rb'"version"\s*:\s*"?(\d+)', members.head(name, 512))
            if version:
                return "openlca-jsonld-1" if version.group(1) == b"1" else "openlca-jsonld-2"
    for name in _with_exchanges(members):
        body = members[name][:_FULL]
        if _OLCA_2.search(body):
            return "openlca-jsonld-2"
        if _OLCA_1.search(body):
            return "openlca-jsonld-1"
    return "openlca-jsonld-1" if any(name.endswith("context.json") for name in members) else "openlca-jsonld-2"


def _with_exchanges(members: Members) -> Iterable[str]:
    """Yield a few names of members whose keys tell the schema."""
    for folder in ("processes", "flows", "unit_groups", ""):
        yield from [name for name in members if folder in name and name.endswith(".json")][:20]
