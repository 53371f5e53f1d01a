"""Freezing datasets into a release file: the same datasets give the same bytes."""

from __future__ import annotations

import os
import struct
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tanbiao.core import merkle
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.classifications import search_words
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
    draw_gwp: bool = False
    """Whether GWP values are drawn where an uncertainty of them is known."""


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
    pieces = _arranged(datasets, header, documents or {}, None, None, Path(), None)
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def write_release(
    path: Path | str,
    datasets: Iterable[Dataset],
    header: Mapping[str, Any],
    documents: Mapping[str, Any] | None = None,
    *,
    samples: Samples | None = None,
    executor: Mapper | None = None,
    previous: Mapping[str, Dataset] | None = None,
    ready: Callable[[], None] | None = None,
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
    ready
        Called before samples are drawn, and returns when what they need is there (``tanbiao.jobs.compiling``).

    Raises
    ------
    TanbiaoError
        As :func:`build_release`; what sampling refuses; ``release_not_written`` where the disk does.
    """
    place = Path(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
            partial = Path(folder) / "partial"
            pieces = _arranged(datasets, header, documents or {}, samples, executor, Path(folder), previous, ready)
            with partial.open("wb") as file:
                for piece in pieces:
                    if isinstance(piece, bytes):
                        file.write(piece)
                    else:
                        form.copied(piece, file)
                file.flush()
                os.fsync(file.fileno())
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
    ready: Callable[[], None] | None = None,
) -> list[bytes | Path]:
    ordered = sorted(datasets, key=lambda item: item.id)
    ids = [item.id for item in ordered]
    _check(ordered, ids, documents)
    ordered = release_derived.calculated(ordered)
    said: dict[str, Any] = {}
    extra: dict[str, form.Piece] = {}
    found = _Collected(GWP_SETS)
    frozen: Iterable[Dataset] = ordered
    if samples is not None or any(item.is_linked for item in ordered):
        # SciPy's solvers are loaded only where there is something to solve.
        from tanbiao.core.lca import release_solve

        solved = release_solve.solve(ordered)
        if samples is None:
            from tanbiao.core.lca.release_spread import with_spreads

            solved = with_spreads(solved)
        linked = solved.linked
        # A gas of the chains may have no value in an older report.
        found = _Collected(linked.known_sets(), uses=True)
        frozen = solved
        if any(item.derivation is not None for item in ordered):
            frozen = release_derived.sealed(list(solved), previous)
        said["system"] = release_solve.described(linked)
        extra |= release_solve.sections(linked, solved.inventory)
        if samples is not None:
            from tanbiao.core.lca.release_store import sample_release

            if ready is not None:
                ready()
            stored, said["samples"] = sample_release(linked, samples, executor, folder)
            extra |= stored
    dictionary = _dictionary(ordered)
    packed: list[bytes] = []
    hashes: list[bytes] = []
    for item in frozen:  # one by one: with their figures and blocks all of them would take the memory twice
        block = item.canonical()
        hashes.append(merkle.leaf_hash(block))
        packed.append(form.compress_block(block, dictionary))
        found.add(item)
    if found.uses:
        extra |= release_solve.use_sections(found.use_keys, found.totals)
    extra |= found.sections() | {
        "ids": form.Piece("text", (len(ids),), "\n".join(ids).encode(), compress=True),
        "dictionary": form.Piece("bytes", (len(dictionary),), dictionary, compress=True),
    }
    for name, document in documents.items():
        extra[name] = form.Piece("json", (len(document),), canonical_bytes(document), compress=True)
    return form.arrange({**header, **found.counts(), **said}, hashes, packed, extra)


class _Collected:
    """What the header and the sections say of the datasets, gathered one by one."""

    def __init__(self, sets: Sequence[str], uses: bool = False) -> None:
        self.uses = uses
        self.use_keys: list[str] = []
        self.totals: dict[str, list[float]] = {name: [] for name in sets}
        self._kinds: dict[str, list[float]] = {name: [] for name in sets}
        self._basis = {name: bytearray() for name in sets}
        self._rows: list[dict[str, Any]] = []
        self._derived: list[str] = []
        self._chinese = 0
        self._counts: dict[str, Counter[str]] = {
            part: Counter() for part in ("kinds", "gwp_sets", "uncertainty", "findings")
        }

    def add(self, item: Dataset) -> None:
        """Enter a dataset with its figures."""
        self._rows.append(_row(item))
        for name in self.totals:
            figure = item.intensity(name)
            self._kinds[name].extend(figure.kinds[kind] for kind in KIND_COLUMNS)
            self._basis[name].append(_BASIS.index(figure.gwp_basis))
            self.totals[name].append(figure.total)
        if self.uses:
            self.use_keys.append(item.use_key())
        if item.derivation is not None:
            self._derived.append(item.id)
        self._chinese += item.is_chinese
        self._counts["kinds"][item.kind.value] += 1
        self._counts["gwp_sets"][item.gwp_set] += 1
        self._counts["uncertainty"][item.uncertainty_basis] += 1
        self._counts["findings"].update(notice.code for notice in item.findings)

    def sections(self) -> dict[str, form.Piece]:
        """Return the sections ``names``, ``intensity/…`` and ``gwp_basis/…``."""
        made = {"names": form.Piece("json", (len(self._rows),), canonical_bytes(self._rows), compress=True)}
        for name, values in self._kinds.items():
            shape = (len(self._rows), len(KIND_COLUMNS))
            made[f"intensity/{name}"] = form.Piece("float64", shape, struct.pack(f"<{len(values)}d", *values))
            made[f"gwp_basis/{name}"] = form.Piece("uint8", (len(self._rows),), bytes(self._basis[name]))
        return made

    def counts(self) -> dict[str, Any]:
        """Return what the header counts."""
        counted = {part: dict(sorted(values.items())) for part, values in self._counts.items()}
        return {
            "datasets": len(self._rows),
            "chinese": self._chinese,
            **counted,
            "kind_columns": list(KIND_COLUMNS),
            "gwp_basis_codes": list(_BASIS),
        } | ({"derived": self._derived} if self._derived else {})


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


def _dictionary(ordered: Sequence[Dataset]) -> bytes:
    """Return a compression dictionary: an even sample of the blocks, so that common keys and sources are in it."""
    step = max(1, len(ordered) * 700 // _DICTIONARY_BYTES)
    return b"".join(item.canonical() for item in ordered[::step])[-_DICTIONARY_BYTES:]


def _row(item: Dataset) -> dict[str, Any]:
    """Return what the search needs of a dataset."""
    codes = {"codes": search_words(item.classifications)} if item.classifications else {}
    return {
        **codes,
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
