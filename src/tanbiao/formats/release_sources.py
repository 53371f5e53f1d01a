"""The databases that a ``release.yaml`` names: files of any format that is read, folders of datasets, other releases.

Each entry of ``databases`` says whose the database is and on what terms, and where it stands: ``file`` (or ``files``,
read together), ``folder`` (dataset documents), or ``release`` (a release file, or ``NAME@sha256:…``). Places are
relative to the ``release.yaml``. ``choose`` decides who supplies what in a file, see
:func:`tanbiao.core.lca.linking_choices.decisions`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset import Dataset
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.lca.linking import together
from tanbiao.core.lca.linking_choices import WRONG, decisions
from tanbiao.core.lca.linking_model import Decision, DecisionKey, LinkOptions
from tanbiao.core.lca.linking_record import all_links
from tanbiao.core.lca.release_databases import LEVELS, TIERS, Contribution, Database
from tanbiao.core.lca.release_inventory import Terms, release_datasets

_TEXTS: Final = ("key", "title", "owner", "licence", "tier", "level")
_PLACES: Final = ("file", "files", "folder", "release")
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "tier": TIERS,
    "level": LEVELS,
    "gwp": GWP_SETS,
    "allocation": ("file", "physical", "economic", "causal"),
    "coproducts": ("refuse", "reference", "mass"),
    "providers": ("none", "place", "name"),
}
_KNOWN: Final = frozenset(
    (*_TEXTS, *_PLACES, *_VALUES, "redistribution", "version", "url", "format", "stand_ins", "pins", "choose")
)

FolderReader = Callable[[Path], list[Dataset]]


@dataclass(frozen=True)
class Entry:
    """One entry of ``databases``, checked: what is said of it, where it stands, how it is linked, what it must hold."""

    database: Database
    paths: tuple[Path, ...] = ()
    folder: Path | None = None
    release: str = ""
    format: str = ""
    options: LinkOptions = field(default_factory=LinkOptions)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> tuple[Path, ...]:
        """Every file and folder that belongs to it."""
        return (*self.paths, *((self.folder,) if self.folder else ()))


def entries(said: Any, base: Path) -> tuple[Entry, ...]:
    """Return the entries of a ``databases`` list.

    Raises
    ------
    TanbiaoError
        ``release_database_wrong`` for each part that is missing, unknown or not one of its values;
        ``choice_malformed``, ``choice_twice``.
    """
    if not isinstance(said, list) or not said:
        raise TanbiaoError.of("release_database_wrong", "databases", database="databases", part="databases")
    wrong: list[Finding] = []
    made = []
    for number, one in enumerate(said):
        body = one if isinstance(one, dict) else {}
        faults = list(_faults(body))
        wrong += [_wrong(body, number, part) for part in faults]
        if faults:
            continue
        try:
            chosen = decisions(body.get("choose", []), f"databases[{number}].choose", "release_author")
        except TanbiaoError as error:
            wrong += error.findings
        else:
            made.append(_entry(body, base, chosen))
    keys = [entry.database.key for entry in made]
    wrong += [_wrong({"key": key}, keys.index(key), "key") for key in sorted(set(keys)) if keys.count(key) > 1]
    if wrong:
        raise TanbiaoError(*wrong)
    return tuple(made)


def _wrong(body: Mapping[str, Any], number: int, part: str) -> Finding:
    name = str(body.get("key") or number + 1)
    return finding("release_database_wrong", Severity.BLOCKING, f"databases[{number}].{part}", database=name, part=part)


def _faults(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of an entry that are wrong."""
    yield from sorted(body.keys() - _KNOWN)
    for part in _TEXTS:
        if not isinstance(body.get(part), str) or not body[part].strip():
            yield part
    for part, values in _VALUES.items():
        if str(body.get(part, "")).strip() and body[part] not in values:
            yield part
    key = body.get("key", "")
    if isinstance(key, str) and re.search(r"[:\s]", key):
        yield "key"
    places = [part for part in _PLACES if part in body]
    if len(places) != 1 or not _place_is_well(body[places[0]]):
        yield places[0] if places else "file"
    yield from (part for part in ("stand_ins", "pins") if not _is_texts(body.get(part, {})))
    if "choose" in body and not {"file", "files"} & body.keys():  # nothing else is linked here
        yield "choose"
    yield from (
        part for part in ("redistribution", "version", "url", "format") if not isinstance(body.get(part, ""), str)
    )


def _is_texts(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(value, str) for value in given.values())


def _place_is_well(given: Any) -> bool:
    listed = given if isinstance(given, list) else [given]
    return bool(listed) and all(isinstance(one, str) and one.strip() for one in listed)


def _entry(body: Mapping[str, Any], base: Path, chosen: Mapping[DecisionKey, Decision]) -> Entry:
    listed = body.get("files", body.get("file", []))
    files = listed if isinstance(listed, list) else [listed]
    # What its tier does not open to everybody is not passed on, unless its owner says so in words.
    default = "yes" if body["tier"] in ("public", "registered") else f"no ({body['tier']})"
    return Entry(
        Database(
            key=body["key"],
            title=body["title"],
            owner=body["owner"],
            licence=body["licence"],
            redistribution=body.get("redistribution", "") or default,
            tier=body["tier"],
            level=body["level"],
            version=body.get("version", ""),
            url=body.get("url", ""),
        ),
        paths=tuple(base / one for one in files),
        folder=base / body["folder"] if "folder" in body else None,
        release=_release_place(body.get("release", ""), base),
        format=body.get("format", ""),
        options=LinkOptions(
            gwp_set=body.get("gwp", GWP_SETS[-1]),
            allocation=body.get("allocation", "file"),
            without_factors=body.get("coproducts", "refuse"),
            stand_ins=body.get("providers", "name"),
            chosen=chosen,
        ),
        stand_ins=body.get("stand_ins", {}),
        pins=body.get("pins", {}),
    )


def _release_place(name: str, base: Path) -> str:
    """Return a release's path relative to the file that names it, or its name."""
    path, at, pin = name.partition("@")
    return f"{base / path}{at}{pin}" if path.endswith(".tbr") else name


def read(
    entry: Entry,
    read_folder: FolderReader,
    data_dir: str | None = None,
    sized: Callable[[int], None] | None = None,
) -> Contribution:
    """Return what a database brings; ``sized`` is told the exchanges of its files before they are linked.

    Raises
    ------
    TanbiaoError
        What readers raise for a file that is none of theirs; ``release_database_empty``: nothing of it can be used;
        ``release_pin_differs``, ``release_pin_missing``; a choice of supplier that can't be carried out
        (``linking_choices.WRONG``). Each names the database, and its file where nothing else does.
    """
    try:
        return _read(entry, read_folder, data_dir, sized)
    except TanbiaoError as error:
        key = entry.database.key
        files = ", ".join(path.name for path in entry.places) or entry.release
        raise TanbiaoError(
            *(
                replace(item, where=f"{key}: {item.where or files}" if item.where != key else key)
                for item in error.findings
            )
        ) from error


def _read(
    entry: Entry, read_folder: FolderReader, data_dir: str | None, sized: Callable[[int], None] | None
) -> Contribution:
    if entry.paths:
        found = _imported(entry, sized)
    elif entry.folder is not None:
        found = Contribution(entry.database, tuple(read_folder(entry.folder)))
    else:
        from tanbiao.core.lca.release_find import find_release

        release = find_release(entry.release, data_dir=data_dir)
        files = ((release.name, release.hash),)
        found = Contribution(entry.database, tuple(release), files=files, links=all_links(release))
    if not found.datasets:
        reasons = [one for one in found.readiness.findings if one.severity.blocks] if found.readiness else []
        raise TanbiaoError(
            finding("release_database_empty", Severity.BLOCKING, entry.database.key, database=entry.database.key),
            *reasons,
        )
    return _pinned(entry, found) if entry.pins else found


def _imported(entry: Entry, sized: Callable[[int], None] | None = None) -> Contribution:
    from tanbiao.formats import inspection, registry

    if entry.format:
        registry.find(entry.format)
    inventories = []
    for members in inspection.groups(list(entry.paths), entry.format):
        with members:
            inventories.append(registry.read(members, entry.format))
    if sized is not None:
        sized(sum(one.count_exchanges() for one in inventories))
    told = [one for inventory in inventories for one in inventory.findings]
    database = entry.database
    made = release_datasets(
        together(inventories),
        Terms(
            key=database.key,
            title=database.title,
            version=database.version,
            url=database.url,
            licence=database.licence,
            redistribution=database.redistribution,
            stand_ins=entry.stand_ins,
        ),
        entry.options,
        told=told,
    )
    wrong = [replace(one, severity=Severity.BLOCKING) for one in made.readiness.findings if one.code in WRONG]
    if wrong:
        raise TanbiaoError(*wrong)
    files = tuple((path.name, _hash(path)) for path in entry.paths)
    return Contribution(database, made.datasets, made.readiness, files, made.links)


def _hash(path: Path) -> str:
    """Return ``sha256:…`` of a file, or of the names and hashes of all files of a folder."""
    if path.is_dir():
        inner = [one for one in sorted(path.rglob("*")) if one.is_file()]
        text = "\n".join(f"{one.relative_to(path).as_posix()} {_hash(one)}" for one in inner)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _pinned(entry: Entry, found: Contribution) -> Contribution:
    """Return the datasets that the release pins, each compared with its hash, and what they are made from."""
    known = {item.id: item for item in found.datasets}
    wrong: list[Finding] = []
    for key, wanted in sorted(entry.pins.items()):
        where = f"{entry.database.key}.pins"
        if key not in known:
            wrong.append(finding("release_pin_missing", Severity.BLOCKING, where, dataset=key))
        elif known[key].content_hash != wanted:
            params = {"dataset": key, "expected": wanted, "found": known[key].content_hash}
            wrong.append(finding("release_pin_differs", Severity.BLOCKING, where, **params))
    if wrong:
        raise TanbiaoError(*wrong)
    kept: set[str] = set()
    front = list(entry.pins)
    while front:
        key = front.pop()
        if key not in kept and key in known:
            kept.add(key)
            front += [used.dataset for used in known[key].inputs]
            front += [other for other in (known[key].pair,) if other]
    return replace(found, datasets=tuple(item for item in found.datasets if item.id in kept))
