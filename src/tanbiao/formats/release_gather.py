"""From a folder to what its release is frozen from: databases read, ranked and joined, with the record of how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset import Dataset
from tanbiao.core.findings import Finding, TanbiaoError, to_json
from tanbiao.core.lca import linking_record
from tanbiao.core.lca.release_databases import LEVELS, Contribution, Database, merge, solvable
from tanbiao.formats.dataset_folder import Folder, read_datasets, read_folder
from tanbiao.formats.release_sources import read

OWN: Final = Database(
    key="own",
    title="The release's own folder",
    owner="",
    licence="each dataset's own",
    redistribution="each dataset's own",
    tier="public",
    level=LEVELS[-1],
)
"""Datasets that stand in the folder beside its databases: of the lowest level, because nothing says more."""


@dataclass(frozen=True)
class Gathered:
    """What a release file is made of, see :func:`tanbiao.core.lca.release_build.write_release`."""

    header: dict[str, Any]
    documents: dict[str, Any]
    datasets: Sequence[Dataset]


def gather(
    place: Path,
    data_dir: str | None = None,
    watch: Callable[[str], None] | None = None,
    follows: Iterable[Dataset] = (),
    sized: Callable[[int], None] | None = None,
) -> Gathered:
    """Read a folder and the databases that its ``release.yaml`` names.

    Parameters
    ----------
    data_dir
        Where releases that are named as databases are looked for.
    watch
        Told the key of each database before it is read.
    follows
        Datasets of an earlier release, see :meth:`Folder.calculated`.
    sized
        Told how many exchanges the files of a database hold, before they are linked.

    Raises
    ------
    TanbiaoError
        As :func:`read_folder` and :func:`tanbiao.formats.release_sources.read`; ``release_id_twice``;
        ``release_nothing_solvable``.
    """
    folder = read_folder(place)
    if not folder.databases:
        return Gathered(folder.header, folder.documents, folder.calculated(follows))
    contributions = []
    for entry in folder.databases:
        if watch is not None:
            watch(entry.database.key)
        contributions.append(read(entry, read_datasets, data_dir, sized))
    own = folder.calculated(follows, (item for one in contributions for item in one.datasets))
    if own:
        contributions.append(Contribution(OWN, tuple(own)))
    return joined(folder, contributions)


def joined(folder: Folder, contributions: Sequence[Contribution]) -> Gathered:
    """Return what stands after precedence, gap filling and the test that it can be solved."""
    merged = merge(contributions, folder.gap_filling)
    datasets, refused = solvable(merged.datasets)
    if not datasets:
        raise TanbiaoError.of("release_nothing_solvable", folder.header["name"], name=folder.header["name"])
    standing = {item.id for item in datasets}
    aliases = {old: new for old, new in merged.aliases().items() if new in standing}
    documents = dict(folder.documents)
    documents["aliases"] = aliases | documents.get("aliases", {})
    documents["precedence"] = merged.document()
    # The version that was taken, by the hash of its content before this release filled in its figures.
    documents["origins"] = {item.id: [merged.origins[item.id], item.content_hash] for item in datasets}
    if links := linking_record.in_release(contributions, merged, standing):
        documents[linking_record.SECTION] = links
    found = (*merged.findings, *refused)
    documents["readiness"] = {
        "databases": {one.database.key: _report(one) for one in contributions if one.readiness is not None},
        "release": {"codes": _codes(found), "findings": [to_json(item) for item in found]},
    }
    count = Counter(merged.origins[key] for key in standing)
    header = folder.header | {
        "databases": [_described(one, count[one.database.key]) for one in contributions],
        "gap_filling": folder.gap_filling,
        "readiness": {
            "databases": {one.database.key: one.readiness.counts() for one in contributions if one.readiness},
            "release": {"codes": _codes(found)},
        },
        "precedence": {name: len(rows) for name, rows in documents["precedence"].items()},
    }
    return Gathered(header, documents, datasets)


def _codes(found: Sequence[Finding]) -> dict[str, int]:
    return dict(sorted(Counter(item.code for item in found).items()))


def _report(one: Contribution) -> dict[str, Any]:
    report = one.readiness
    if report is None:
        return {}
    return report.counts() | {"findings": [to_json(item) for item in report.findings]}


def _described(one: Contribution, datasets: int) -> dict[str, Any]:
    files = [{"name": name, "hash": digest} for name, digest in one.files]
    return {**asdict(one.database), "datasets": datasets, "offered": len(one.datasets), "files": files}
