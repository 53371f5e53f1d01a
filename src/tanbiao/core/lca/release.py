"""A frozen set of datasets under one hash: opened by mapping the file, read block by block, refused at a wrong byte."""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tanbiao.core import merkle
from tanbiao.core.canonical import PREFIX
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import release_format as form

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tanbiao.core.dataset import Dataset, Intensity
    from tanbiao.core.findings import Finding
    from tanbiao.core.lca.release_energy import FuelPair
    from tanbiao.core.lca.release_rows import SampleRows
    from tanbiao.core.lca.release_search import Hit, SearchIndex

KIND_COLUMNS: Final = ("fossil", "biogenic_emission", "biogenic_uptake", "land_use_change", "undivided")
"""Columns of the sections ``intensity/{GWP set}``; they add up to the total."""


class Release:
    """Published datasets, frozen. Make one with :meth:`open`; every part is checked by hash when it is read."""

    DOCUMENTS: Final[tuple[Literal["fuels", "electricity", "aliases"], ...]] = ("fuels", "electricity", "aliases")
    """Sections that a release which follows takes over unless its folder states them."""

    def __init__(self, data: memoryview, where: str) -> None:
        self._data = data
        self._where = where
        self._manifest = form.read_manifest(data, where)
        hashes = self._section("leaf_hashes")
        self._leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
        self._ids = self._section("ids").decode("utf-8").split("\n")
        offsets = self._section("block_offsets")
        self._offsets = struct.unpack(f"<{len(offsets) // 8}Q", offsets)
        if len(self._ids) != len(self._leaves) or len(self._offsets) != len(self._leaves) + 1:
            raise TanbiaoError.of("release_malformed", where, reason="index and blocks differ in number")
        self._position = {identifier: index for index, identifier in enumerate(self._ids)}
        self._parsed: dict[str, Dataset] = {}
        self._weighed: dict[tuple[str, str], Intensity] = {}
        self._documents: dict[str, dict[str, Any]] = {}
        self._samples: dict[str, SampleRows] = {}

    @classmethod
    def open(cls, path: Path | str, expected_hash: str | None = None) -> Release:
        """Map a release file and check its manifest and index against its Merkle root.

        Parameters
        ----------
        expected_hash
            The hash that a study or a catalogue pins; any other is refused.

        Raises
        ------
        TanbiaoError
            ``release_not_found``, ``release_malformed``, ``release_hash_wrong``, ``release_hash_differs``.
        """
        place = Path(path)
        try:
            with place.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise TanbiaoError.of("release_not_found", str(place), name=str(place)) from error
        except ValueError as error:  # an empty file can't be mapped
            raise TanbiaoError.of("release_malformed", str(place), reason=str(error)) from error
        release = cls(memoryview(mapped), str(place))
        release.require_hash(expected_hash)
        return release

    def require_hash(self, expected_hash: str | None) -> None:
        """Refuse the release when it is not the one that was pinned."""
        if expected_hash is not None and expected_hash != self.hash:
            raise TanbiaoError.of("release_hash_differs", self._where, expected=expected_hash, found=self.hash)

    @property
    def path(self) -> str:
        """Where it was opened."""
        return self._where

    @property
    def header(self) -> Mapping[str, Any]:
        """What the release says of itself: name, version, date, statement, standing, counts, findings."""
        return self._manifest.header

    @property
    def name(self) -> str:
        """``starter-2026.1``."""
        return str(self.header["name"])

    @property
    def hash(self) -> str:
        """``sha256:`` and the Merkle root over every dataset block and the manifest."""
        return PREFIX + self._manifest.root.hex()

    @property
    def standing(self) -> str:
        """``demonstration`` or ``published``; nothing can be certified on a demonstration."""
        return str(self.header["standing"])

    @property
    def statement(self) -> Mapping[str, str]:
        """What the reader must know, zh and en."""
        statement: Mapping[str, str] = self.header["statement"]
        return statement

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._position or identifier in self._aliases

    def ids(self) -> tuple[str, ...]:
        """Return every dataset id, sorted."""
        return tuple(self._ids)

    def derived_ids(self) -> tuple[str, ...]:
        """Return the ids of the datasets that are derived from others, sorted."""
        return tuple(self.header.get("derived", ()))

    def __iter__(self) -> Iterator[Dataset]:
        return (self.get(identifier) for identifier in self._ids)

    def canonical_id(self, identifier: str) -> str | None:
        """Return the id that an id or an alias (a source row merged into another dataset) stands for, or None."""
        return identifier if identifier in self._position else self._aliases.get(identifier)

    def get(self, identifier: str, where: str = "") -> Dataset:
        """Return a dataset by id or alias, its block checked by hash.

        Raises
        ------
        TanbiaoError
            ``unknown_dataset`` with the nearest ids, or ``release_hash_wrong``.
        """
        known = self.canonical_id(identifier)
        if known is None:
            raise TanbiaoError.of("unknown_dataset", where, dataset=identifier, nearest=self._nearest(identifier))
        found = self._parsed.get(known)
        if found is None:
            from tanbiao.core.dataset import Dataset

            found = Dataset.model_validate_json(self.block(known))
            self._parsed[known] = found
        return found

    def block(self, identifier: str) -> bytes:
        """Return the canonical JSON of a dataset (by id), checked against its leaf: what :meth:`proof` proves."""
        index = self._position[identifier]
        section = self._manifest.sections[form.BLOCKS]
        start = self._manifest.start + section.offset
        packed = self._data[start + self._offsets[index] : start + self._offsets[index + 1]]
        try:
            plain = form.expand_block(bytes(packed), self._dictionary)
        except zlib.error as error:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=identifier) from error
        if merkle.leaf_hash(plain) != self._leaves[index]:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=identifier)
        return plain

    def leaf(self, identifier: str) -> bytes:
        """Return the hash of a dataset's block (by id): equal leaves are equal datasets."""
        return self._leaves[self._position[identifier]]

    def position(self, identifier: str) -> int:
        """Return the place of a dataset (by id or alias) in :meth:`ids`; ``unknown_dataset`` where there is none."""
        known = self.canonical_id(identifier)
        if known is None:
            raise TanbiaoError.of("unknown_dataset", "", dataset=identifier, nearest=self._nearest(identifier))
        return self._position[known]

    def proof(self, identifier: str) -> dict[str, Any]:
        """Return the Merkle proof that a dataset block stands under the release's hash.

        ``{"index", "size", "path": [hex, …], "root": hash}``; check it with :func:`verify_block`.
        """
        index = self.position(identifier)
        path = [digest.hex() for digest in merkle.path_in(self._tree, index)]
        return {"index": index, "size": len(self._tree[0]), "path": path, "root": self.hash}

    @cached_property
    def _tree(self) -> list[list[bytes]]:
        return merkle.levels([*self._leaves, self._manifest.leaf])

    def intensity(self, identifier: str, gwp_set: str) -> Intensity:
        """Return kg CO2e per reference unit of a dataset under a GWP set (see ``Dataset.intensity``)."""
        found = self._weighed.get((identifier, gwp_set))
        if found is None:
            found = self._weighed[identifier, gwp_set] = self.get(identifier).weighed(gwp_set)
        return found

    def intensities(self, gwp_set: str) -> NDArray[np.float64]:
        """Return kg CO2e by kind of every dataset, in the order of :meth:`ids`: shape (datasets, 5), read-only.

        Columns are :data:`KIND_COLUMNS`. Datasets of another or an unknown set stand as published.
        """
        import numpy as np

        name = f"intensity/{gwp_set}"
        if name not in self._manifest.sections:
            raise TanbiaoError.of("gwp_set_not_known", self._where, set=gwp_set)
        values = np.frombuffer(self._section(name), dtype="<f8")
        return values.reshape(self._manifest.sections[name].shape)

    def section_names(self) -> frozenset[str]:
        """Return the names of all sections."""
        return frozenset(self._manifest.sections)

    def section(self, name: str) -> bytes:
        """Return a section's bytes, checked by hash.

        Raises
        ------
        TanbiaoError
            ``release_malformed`` (there is no such section), ``release_hash_wrong``.
        """
        return self._section(name)

    def array(self, name: str) -> NDArray[np.float64] | NDArray[np.int64]:
        """Return a section of numbers in its shape, checked by hash and read-only."""
        import numpy as np

        plain = self._section(name)
        section = self._manifest.sections[name]
        values: NDArray[Any] = np.frombuffer(plain, dtype=np.dtype(section.dtype).newbyteorder("<"))
        return values.reshape(section.shape)

    def mapped(self, name: str) -> memoryview:
        """Return an uncompressed section as it stands in the mapped file, unchecked: the caller checks row by row."""
        section = self._manifest.sections.get(name)
        if section is None or section.encoding != "raw":
            raise TanbiaoError.of("release_malformed", self._where, reason=f"section {name} is missing")
        start = self._manifest.start + section.offset
        if start + section.length > len(self._data):
            raise TanbiaoError.of("release_malformed", self._where, reason=f"section {name} is cut off")
        return self._data[start : start + section.length]

    def samples(self, gwp_set: str) -> SampleRows | None:
        """Return the samples under a GWP set, or None where the release has none."""
        if gwp_set not in (self.sampling or {}).get("roots", {}):
            return None
        if gwp_set not in self._samples:
            from tanbiao.core.lca.release_rows import SampleRows

            self._samples[gwp_set] = SampleRows(self, gwp_set)
        return self._samples[gwp_set]

    def draws(self, identifier: str, gwp_set: str) -> NDArray[np.float32] | None:
        """Return the sampled totals of a dataset, (samples,), checked; None where the release has none.

        kg CO2e per reference unit; sample ``i`` of every dataset belongs to one draw of the whole release.
        """
        rows = self.samples(gwp_set)
        return None if rows is None else rows.total(self.position(identifier))

    def use_index(self, gwp_set: str) -> tuple[list[str], NDArray[np.float64]] | None:
        """Return every dataset's use key (``Dataset.use_key``) and total under a set, in the order of :meth:`ids`.

        None where the release does not keep them (it has neither linked processes nor samples) or not for this set.
        """
        name = f"total/{gwp_set}"
        if name not in self._manifest.sections or "use_keys" not in self._manifest.sections:
            return None
        import numpy as np

        totals = np.frombuffer(self._section(name), dtype="<f8")
        keys = self._section("use_keys").decode("ascii").split("\n")
        if not len(keys) == len(totals) == len(self._ids):
            raise TanbiaoError.of("release_malformed", self._where, reason="use keys and datasets differ in number")
        return keys, totals

    @property
    def sampling(self) -> Mapping[str, Any] | None:
        """How the release was sampled (``count``, ``seed``, ``roots`` by GWP set), or None."""
        return self.header.get("samples")

    def carried_draws(self, identifier: str, gwp_set: str) -> dict[str, Any] | None:
        """Return a dataset's sampled totals with their proof, as a bundle carries them; see ``SampleRows.carried``."""
        rows = self.samples(gwp_set)
        return None if rows is None else rows.carried(self.position(identifier))

    def header_proof(self) -> dict[str, Any]:
        """Return the header with what proves it under the release's hash; see ``release_rows.proved_header``."""
        sections = {
            name: {"dtype": item.dtype, "shape": list(item.shape), "sha256": item.sha256}
            for name, item in self._manifest.sections.items()
        }
        path = [digest.hex() for digest in merkle.path_in(self._tree, len(self._leaves))]
        return {"header": dict(self.header), "sections": sections, "size": len(self._leaves) + 1, "path": path}

    def search(self, text: str, limit: int = 20, facets: Mapping[str, str] | None = None) -> list[Hit]:
        """Return the datasets that fit a text best; see :mod:`tanbiao.core.lca.release_search`."""
        return self._index.search(text, limit, facets or {})

    def facets(self, text: str = "", chosen: Mapping[str, str] | None = None) -> dict[str, dict[str, int]]:
        """Return facet → value → number of datasets among those that fit the text and the chosen facets."""
        return self._index.facets(text, chosen or {})

    def grid_electricity(self, region: str, year: int, where: str = "") -> tuple[Dataset, list[Finding]]:
        """Return the footprint factor of a grid and what to know of it; see ``release_energy.grid_electricity``."""
        from tanbiao.core.lca.release_energy import grid_electricity

        return grid_electricity(self, region, year, where)

    def fuel(self, identifier: str, where: str = "") -> FuelPair:
        """Return a fuel's combustion and upstream datasets; see ``release_energy.fuel``."""
        from tanbiao.core.lca.release_energy import fuel

        return fuel(self, identifier, where)

    def fuel_ids(self) -> tuple[str, ...]:
        """Return the ids that :meth:`fuel` knows."""
        return tuple(sorted(self.document("fuels")))

    def document(
        self, name: Literal["fuels", "electricity", "aliases", "readiness", "precedence", "origins", "links"]
    ) -> dict[str, Any]:
        """Return a JSON section, parsed once (not to be changed); an absent one is empty."""
        if name not in self._documents:
            present = name in self._manifest.sections
            self._documents[name] = json.loads(self._section(name)) if present else {}
        return self._documents[name]

    def verify_all(self) -> None:
        """Check every byte: each section, each dataset block, that each block is what its id says, and the padding.

        Raises
        ------
        TanbiaoError
            ``release_hash_wrong`` naming the part.
        """
        if merkle.root_of_hashes([*self._leaves, self._manifest.leaf]) != self._manifest.root:
            raise TanbiaoError.of("release_hash_wrong", self._where, part="leaf_hashes")
        used: list[tuple[int, int]] = [(0, form.manifest_end(self._data))]
        for name, section in self._manifest.sections.items():
            start = self._manifest.start + section.offset
            used.append((start, start + section.length))
            if name == form.BLOCKS:
                self._stored(section)
            else:
                self._section(name)
        for identifier in self._ids:
            if json.loads(self.block(identifier))["id"] != identifier:
                raise TanbiaoError.of("release_hash_wrong", self._where, part=identifier)
        blocks = self._manifest.sections[form.BLOCKS]
        if self._offsets[0] != 0 or self._offsets[-1] != blocks.length:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=form.BLOCKS)
        for gwp_set in (self.sampling or {}).get("roots", {}):
            rows = self.samples(gwp_set)
            if rows is not None:
                rows.check()
        self._verify_padding(sorted(used))

    def _verify_padding(self, used: list[tuple[int, int]]) -> None:
        """Nothing may hide between the sections or after the last one."""
        at = 0
        for start, end in [*used, (len(self._data), len(self._data))]:
            if start != form.aligned(at) or any(self._data[at:start]):
                raise TanbiaoError.of("release_hash_wrong", self._where, part=f"bytes {at}–{start}")
            at = end

    def _section(self, name: str) -> bytes:
        """Return a section's bytes after checking its hash."""
        section = self._manifest.sections.get(name)
        if section is None:
            raise TanbiaoError.of("release_malformed", self._where, reason=f"section {name} is missing")
        raw = self._stored(section)
        try:
            plain = form.expand_section(raw) if section.encoding == "zlib" else raw
        except zlib.error as error:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=name) from error
        if hashlib.sha256(plain).hexdigest() != section.sha256:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=name)
        return plain

    def _stored(self, section: form.Section) -> bytes:
        """Return a section's bytes as they stand in the file, after checking that they are the ones written."""
        start = self._manifest.start + section.offset
        raw = bytes(self._data[start : start + section.length])
        if hashlib.sha256(raw).hexdigest() != section.stored:
            raise TanbiaoError.of("release_hash_wrong", self._where, part=section.name)
        return raw

    def _nearest(self, identifier: str) -> str:
        """Return up to three ids that the writer may have meant."""
        import difflib

        known = [*self._ids, *self._aliases]
        close = difflib.get_close_matches(identifier, known, n=3, cutoff=0.75)
        return ", ".join(close or [hit.id for hit in self.search(identifier, 3)]) or "—"

    @cached_property
    def _dictionary(self) -> bytes:
        return self._section("dictionary")

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return self.document("aliases")

    @cached_property
    def _index(self) -> SearchIndex:
        from tanbiao.core.lca.release_search import SearchIndex

        return SearchIndex(json.loads(self._section("names")), self._levels())

    def _levels(self) -> dict[str, int]:
        """Return dataset id → rank of its database's level; empty where the release was not made from databases."""
        if "databases" not in self.header:
            return {}
        from tanbiao.core.lca.release_databases import LEVELS
        from tanbiao.core.lca.release_gaps import levels_of

        return {key: LEVELS.index(level) for key, level in levels_of(self).items()}


def verify_block(block: bytes, proof: Mapping[str, Any], release_hash: str) -> bool:
    """Whether a dataset block stands under a release's hash, by its proof alone (a bundle carries no release)."""
    try:
        path = [bytes.fromhex(digest) for digest in proof["path"]]
        root = merkle.root_from_path(int(proof["index"]), int(proof["size"]), merkle.leaf_hash(block), path)
    except (KeyError, TypeError, ValueError):
        return False
    return root is not None and PREFIX + root.hex() == release_hash
