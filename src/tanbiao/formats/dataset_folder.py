"""A folder of dataset documents and a ``release.yaml`` (or ``.json``) that says what their release is.

Every other ``.json``, ``.yaml`` or ``.yml`` file below the folder holds one dataset document or a list of them; one
that states a ``derivation`` instead of figures is calculated from the others. The release file has ``name``,
``version``, ``date``, ``standing`` (``demonstration`` or ``published``), ``statement``
{zh, en} and may have ``aliases`` {old id: id}, ``fuels`` and ``electricity``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset import Dataset, derive
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.strict_text import parse_text

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


def read_folder(folder: Path, follows: Iterable[Dataset] = ()) -> Folder:
    """Read every file of a folder.

    Parameters
    ----------
    follows
        Datasets of an earlier release: those that the folder does not replace (by id) stay, and the derived ones among
        them are calculated from what the folder brings.

    Raises
    ------
    TanbiaoError
        With all that is wrong, each by file and place: ``release_folder_empty``, ``release_header_missing``,
        ``release_header_wrong``, ``release_file_unreadable``, ``dataset_malformed``; what
        :func:`tanbiao.core.dataset.derive.read_all` refuses, by dataset.
    """
    if not folder.is_dir():
        raise TanbiaoError.of("release_folder_empty", str(folder), folder=str(folder))
    said = next((folder / name for name in HEADER_NAMES if (folder / name).is_file()), None)
    if said is None:
        raise TanbiaoError.of("release_header_missing", str(folder), folder=str(folder))
    header, documents = _header(said)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path != said)
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
    if not datasets and not derived:
        raise TanbiaoError.of("release_folder_empty", str(folder), folder=str(folder))
    replaced = {item.id for item in datasets} | {str(item.get("id")) for item in derived}
    kept = [item for item in follows if item.id not in replaced]
    derived += [item.document() for item in kept if item.derivation is not None]
    plain = [*datasets, *(item for item in kept if item.derivation is None)]
    return Folder(header, documents, derive.read_all(derived, plain))


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


def _header(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    found = _document(path, path.name)
    if not isinstance(found, dict):
        raise TanbiaoError.of("release_header_wrong", path.name, part="release")
    header = {key: value for key, value in found.items() if key not in DOCUMENTS}
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
    return {"format": "tanbiao-release/1", **header}, documents
