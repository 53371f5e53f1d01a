"""Freezing datasets into a release file: the same datasets give the same bytes."""

from __future__ import annotations

import os
import struct
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.dataset import Dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.lca import release_derived
from tanbiao.core.lca import release_format as form
from tanbiao.core.lca.release import KIND_COLUMNS, Release

if TYPE_CHECKING:
    from tanbiao.core.lca.release_samples import Mapper

_DICTIONARY_BYTES: Final = 32_000
_BASIS: Final = ("same", "recharacterised", "other", "unknown")


@dataclass(frozen=True, slots=True)
class Samples:
    """How a release is to be sampled: number of samples, seed, and the GWP sets that weigh them."""

    count: int = 1000
    seed: int = 1
    gwp_sets: tuple[str, ...] = (GWP_SETS[-1],)


def build_release(
    datasets: Iterable[Dataset],
    header: Mapping[str, Any],
    documents: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the bytes of a release file without samples.

    Parameters
    ----------
    datasets
        In any order; ids must be distinct, and a pair and the inputs of a linked unit process must be in the release.
        Where there are linked processes they are solved, and the file keeps their matrices, order and inventory.
    header
        ``name``, ``version``, ``date``, ``standing``, ``statement`` {zh, en}; counts are added.
    documents
        JSON sections: ``aliases`` {source row: id}, ``electricity``, ``fuels``.

    Raises
    ------
    TanbiaoError
        ``release_id_twice``, ``release_pair_missing``, ``release_alias_hides`` (an alias that is also an id);
        ``release_input_missing`` and what else :func:`tanbiao.core.lca.release_solve.solve` refuses.
    """
    return b"".join(_arranged(datasets, header, documents or {}, None, None, Path(), None))


def write_release(
    path: Path | str,
    datasets: Iterable[Dataset],
    header: Mapping[str, Any],
    documents: Mapping[str, Any] | None = None,
    *,
    samples: Samples | None = None,
    executor: Mapper | None = None,
    previous: Mapping[str, Dataset] | None = None,
) -> Release:
    """Write a release file, with samples if they are asked for, and return it opened.

    Nothing stands at ``path`` until the whole file does: samples and file grow in a folder beside it that is removed
    however this ends, and the file is put in place by one rename.

    Parameters
    ----------
    samples
        None: no samples, and a study draws each dataset by the dataset's own spread.
    executor
        Where groups of samples are solved (``tanbiao.jobs.Executor``); the same bits on every one.
    previous
        Id → dataset of the release that this one follows: a derived dataset with other inputs gets a new version.

    Raises
    ------
    TanbiaoError
        As :func:`build_release`; what sampling refuses; ``release_not_written`` where the disk does.
    """
    place = Path(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
            partial = Path(folder) / "partial"
            pieces = _arranged(datasets, header, documents or {}, samples, executor, Path(folder), previous)
            with partial.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            del pieces  # views of mapped files, which some systems do not let go of otherwise
            os.replace(partial, place)
    except OSError as error:
        raise TanbiaoError.of("release_not_written", str(place), reason=error.strerror or str(error)) from error
    return Release.open(place)


def _arranged(
    datasets: Iterable[Dataset],
    header: Mapping[str, Any],
    documents: Mapping[str, Any],
    samples: Samples | None,
    executor: Mapper | None,
    folder: Path,
    previous: Mapping[str, Dataset] | None,
) -> list[bytes | memoryview]:
    ordered = sorted(datasets, key=lambda item: item.id)
    ids = [item.id for item in ordered]
    _check(ordered, ids, documents)
    ordered = release_derived.calculated(ordered)
    said: dict[str, Any] = {}
    extra: dict[str, form.Piece] = {}
    sets: Sequence[str] = GWP_SETS
    if samples is not None or any(item.is_linked for item in ordered):
        # SciPy's solvers are loaded only where there is something to solve.
        from tanbiao.core.lca import release_solve

        ordered, linked, inventory = release_solve.solve(ordered)
        ordered = release_derived.sealed(ordered, previous)
        extra |= release_solve.sections(linked, inventory) | release_solve.use_sections(ordered, linked.known_sets())
        sets = linked.known_sets()  # a gas of the chains may have no value in an older report
        said["system"] = release_solve.described(linked)
        if samples is not None:
            from tanbiao.core.lca.release_store import sample_release

            stored, said["samples"] = sample_release(linked, samples, executor, folder)
            extra |= stored
    blocks = [item.canonical() for item in ordered]
    dictionary = _dictionary(blocks)
    packed = [form.compress_block(block, dictionary) for block in blocks]
    extra |= {
        "ids": form.Piece("text", (len(ids),), "\n".join(ids).encode(), compress=True),
        "dictionary": form.Piece("bytes", (len(dictionary),), dictionary, compress=True),
        "names": form.Piece("json", (len(ids),), canonical_bytes([_row(item) for item in ordered]), compress=True),
    }
    for gwp_set in sets:
        extra |= _intensities(ordered, gwp_set)
    for name, document in documents.items():
        extra[name] = form.Piece("json", (len(document),), canonical_bytes(document), compress=True)
    return form.arrange({**header, **_counts(ordered), **said}, blocks, packed, extra)


def _check(ordered: Sequence[Dataset], ids: Sequence[str], documents: Mapping[str, Any]) -> None:
    known = set(ids)
    if len(known) != len(ids):
        twice = next(name for name, count in Counter(ids).items() if count > 1)
        raise TanbiaoError.of("release_id_twice", dataset=twice)
    for item in ordered:
        if item.pair is not None and item.pair not in known:
            raise TanbiaoError.of("release_pair_missing", dataset=item.id, pair=item.pair)
    for alias, target in documents.get("aliases", {}).items():
        if alias in known or target not in known:
            raise TanbiaoError.of("release_alias_hides", alias=alias, dataset=target)


def _dictionary(blocks: Sequence[bytes]) -> bytes:
    """Return a compression dictionary: an even sample of the blocks, so that common keys and sources are in it."""
    step = max(1, len(blocks) * 700 // _DICTIONARY_BYTES)
    return b"".join(blocks[::step])[-_DICTIONARY_BYTES:]


def _row(item: Dataset) -> dict[str, Any]:
    """Return what the search needs of a dataset."""
    return {
        "id": item.id,
        "zh": item.name.zh,
        "en": item.name.en,
        "original": item.name_original,
        "keywords": item.keywords_zh,
        "cas": item.cas,
        "kind": item.kind.value,
        "geography": item.geography,
        "unit": item.reference.unit,
        "year": item.time.year,
        "source": item.source.key or item.source.title,
        "category": " / ".join(item.categories),
        "standing": "screening" if item.screening else "stand_in" if item.stand_in_only else "ordinary",
    }


def _intensities(ordered: Sequence[Dataset], gwp_set: str) -> dict[str, form.Piece]:
    values: list[float] = []
    basis = bytearray()
    for item in ordered:
        found = item.intensity(gwp_set)
        values.extend(found.kinds[kind] for kind in KIND_COLUMNS)
        basis.append(_BASIS.index(found.gwp_basis))
    shape = (len(ordered), len(KIND_COLUMNS))
    return {
        f"intensity/{gwp_set}": form.Piece("float64", shape, struct.pack(f"<{len(values)}d", *values)),
        f"gwp_basis/{gwp_set}": form.Piece("uint8", (len(ordered),), bytes(basis)),
    }


def _counts(ordered: Sequence[Dataset]) -> dict[str, Any]:
    derived = [item.id for item in ordered if item.derivation is not None]
    return {
        "datasets": len(ordered),
        "chinese": sum(item.is_chinese for item in ordered),
        "kinds": dict(sorted(Counter(item.kind.value for item in ordered).items())),
        "gwp_sets": dict(sorted(Counter(item.gwp_set for item in ordered).items())),
        "uncertainty": dict(sorted(Counter(item.uncertainty_basis for item in ordered).items())),
        "findings": dict(sorted(Counter(notice.code for item in ordered for notice in item.findings).items())),
        "kind_columns": list(KIND_COLUMNS),
        "gwp_basis_codes": list(_BASIS),
    } | ({"derived": derived} if derived else {})
