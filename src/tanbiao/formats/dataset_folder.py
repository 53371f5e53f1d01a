"""A folder of dataset documents and a ``release.yaml`` (or ``.json``) that says what their release is.

Every other ``.json``, ``.yaml`` or ``.yml`` file below the folder holds one dataset document or a list of them; one
that states a ``derivation`` instead of figures is calculated from the others. The release file has ``name``,
``version``, ``date``, ``standing`` (``demonstration`` or ``published``), ``statement``
{zh, en} and may have ``aliases`` {old id: id}, ``fuels`` and ``electricity``, ``databases`` (see
:mod:`tanbiao.formats.release_sources`) and ``gap_filling``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset import Dataset, derive
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.strict_text import parse_text
from tanbiao.formats.release_sources import Entry, entries

SUFFIXES: Final = (".json", ".yaml", ".yml")
HEADER_NAMES: Final = ("release.yaml", "release.yml", "release.json")
DOCUMENTS: Final = ("aliases", "fuels", "electricity")
MAX_BYTES: Final = 500_000_000
STANDINGS: Final = ("demonstration", "published")


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: the release's header, its further documents, and the datasets."""

    header: dict[str, Any]
    documents: dict[str, Any]
    datasets: list[Dataset]
    """Those of the folder itself that state figures or exchanges."""
    derived: list[Mapping[str, Any]]
    """Documents of those that state a derivation instead."""
    databases: tuple[Entry, ...] = ()
    gap_filling: bool = False

    def calculated(self, follows: Iterable[Dataset] = (), others: Iterable[Dataset] = ()) -> list[Dataset]:
        """Return the folder's datasets with the derived ones calculated.

        Parameters
        ----------
        follows
            Datasets of an earlier release: those that nothing here replaces (by id) stay, and the derived ones among
            them are calculated from what the folder brings.
        others
            Datasets of the folder's databases, which may be derived from; they are not returned.

        Raises
        ------
        TanbiaoError
            What :func:`tanbiao.core.dataset.derive.read_all` refuses, by dataset.
        """
        beside = list(others)
        own = {item.id for item in self.datasets} | {str(item.get("id")) for item in self.derived}
        theirs = {item.id for item in beside} - own
        kept = [item for item in follows if item.id not in own and item.id not in theirs]
        documents = [*self.derived, *(item.document() for item in kept if item.derivation is not None)]
        plain = [*self.datasets, *(item for item in kept if item.derivation is None)]
        known = [*plain, *(item for item in beside if item.id in theirs)]
        return [item for item in derive.read_all(documents, known) if item.id not in theirs]


def read_folder(folder: Path) -> Folder:
    """Read every file of a folder.

    Raises
    ------
    TanbiaoError
        With all that is wrong, each by file and place: ``release_folder_empty``, ``release_header_missing``,
        ``release_header_wrong``, ``release_database_wrong``, ``release_file_unreadable``, ``dataset_malformed``.
    """
    if not folder.is_dir():
        raise TanbiaoError.of("release_folder_empty", str(folder), folder=str(folder))
    said = next((folder / name for name in HEADER_NAMES if (folder / name).is_file()), None)
    if said is None:
        raise TanbiaoError.of("release_header_missing", str(folder), folder=str(folder))
    header, documents, databases = _header(said)
    gap_filling = header.pop("gap_filling", "false") in ("true", True)
    listed = entries(databases, folder) if databases is not None else ()
    elsewhere = [place.resolve() for entry in listed for place in entry.places]
    paths = [path for path in _paths(folder) if path != said and not _is_below(path, elsewhere)]
    datasets, derived = _datasets(paths, folder)
    if not datasets and not derived and not listed:
        raise TanbiaoError.of("release_folder_empty", str(folder), folder=str(folder))
    return Folder(header, documents, datasets, derived, listed, gap_filling)


def read_datasets(folder: Path) -> list[Dataset]:
    """Read the dataset documents of a folder without a release file; raises as :func:`read_folder`."""
    if not folder.is_dir():
        raise TanbiaoError.of("release_folder_empty", str(folder), folder=str(folder))
    datasets, derived = _datasets([path for path in _paths(folder) if path.name not in HEADER_NAMES], folder)
    return derive.read_all(derived, datasets)


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _is_below(path: Path, places: Sequence[Path]) -> bool:
    resolved = path.resolve()
    return any(resolved == place or place in resolved.parents for place in places)


def _datasets(paths: Iterable[Path], folder: Path) -> tuple[list[Dataset], list[Mapping[str, Any]]]:
    """Return the datasets of files, and the documents of derived ones; raises with all that is wrong."""
    datasets: list[Dataset] = []
    derived: list[Mapping[str, Any]] = []
    refused: list[Finding] = []
    for where, item in _items(folder, paths, refused):
        if isinstance(item, dict) and item.get("derivation") is not None:
            derived.append(item)
            continue
        try:
            datasets.append(parse_dataset(item))
        except TanbiaoError as error:
            refused += [_placed(reason, where) for reason in error.findings]
    if refused:
        raise TanbiaoError(*refused)
    return datasets, derived


def _items(folder: Path, paths: Iterable[Path], refused: list[Finding]) -> Iterator[tuple[str, Any]]:
    """Yield (place, document) of every dataset in the files; what can't be read is added to ``refused``."""
    for path in paths:
        place = path.relative_to(folder).as_posix()
        try:
            found = _document(path, place)
        except TanbiaoError as error:
            refused += error.findings
            continue
        if not isinstance(found, list):
            yield place, found
            continue
        for number, item in enumerate(found):
            yield f"{place}[{number}]", item


def _placed(reason: Finding, where: str) -> Finding:
    inner = f"{where}: {reason.where}" if reason.where else where
    return Finding(reason.code, reason.severity, inner, reason.params)


def _document(path: Path, place: str) -> Any:
    """Return a file's document; YAML scalars stay text, which a dataset reads as the numbers they are."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TanbiaoError.of("file_too_large", place, size=path.stat().st_size, limit=MAX_BYTES)
        data = path.read_bytes()
        if path.suffix.lower() == ".json":
            return json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        return parse_text(data)[0]
    except TanbiaoError as error:
        raise TanbiaoError(*(_placed(item, place) for item in error.findings)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise TanbiaoError.of("release_file_unreadable", place, reason=str(error)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError(f"a key stands twice: {sorted(key for key, _ in pairs)}")
    return read


def _header(path: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    found = _document(path, path.name)
    if not isinstance(found, dict):
        raise TanbiaoError.of("release_header_wrong", path.name, part="release")
    header = {key: value for key, value in found.items() if key not in (*DOCUMENTS, "databases")}
    if header.get("gap_filling", "false") not in ("true", "false", True, False):
        raise TanbiaoError.of("release_header_wrong", path.name, part="gap_filling")
    for part in ("name", "version", "date", "standing"):
        if not isinstance(header.get(part), str) or not header[part].strip():
            raise TanbiaoError.of("release_header_wrong", path.name, part=part)
    statement = header.get("statement")
    if not isinstance(statement, dict) or not all(isinstance(statement.get(lang), str) for lang in ("zh", "en")):
        raise TanbiaoError.of("release_header_wrong", path.name, part="statement")
    if header["standing"] not in STANDINGS or "/" in header["name"]:
        raise TanbiaoError.of(
            "release_header_wrong", path.name, part="standing" if "/" not in header["name"] else "name"
        )
    documents = {key: found[key] for key in DOCUMENTS if key in found}
    return {"format": "tanbiao-release/1", **header}, documents, found.get("databases")
