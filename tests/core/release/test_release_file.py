"""The release file: same input same bytes, every byte bound by the hash, proofs, and how fast it opens."""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import Any

import pytest

from tanbiao.core import merkle
from tanbiao.core.dataset.model import Dataset, parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import KIND_COLUMNS, Release, verify_block
from tanbiao.core.lca.release_build import build_release
from tanbiao.core.lca.release_find import find_release

HEADER = {
    "name": "small",
    "version": "1",
    "date": "2026-11-21",
    "standing": "demonstration",
    "statement": {"zh": "演示", "en": "demonstration"},
}


def dataset(identifier: str, total: float = 1.0, **changes: Any) -> Dataset:
    return parse_dataset(
        {
            "id": identifier,
            "version": "1",
            "name": {"zh": f"数据集{identifier}", "en": f"dataset {identifier}"},
            "kind": "footprint_factor",
            "reference": {"unit": "kg"},
            "boundary": "cradle_to_gate",
            "geography": "CN",
            "time": {"year": 2024},
            "co2e": {"AR6": total},
            "kinds": {"fossil": total},
            "uncertainty": {"type": "unknown"},
            "quality": {},
            "source": {"title": "made for the test"},
            "licence": "CC0",
            "redistribution": "yes",
            **changes,
        }
    )


@pytest.fixture(scope="module")
def small() -> bytes:
    datasets = [dataset(f"d{number}", float(number)) for number in range(1, 8)]
    return build_release(datasets, HEADER, {"aliases": {"old": "d3"}})


def opened(data: bytes) -> Release:
    return Release(memoryview(data), "test")


def refusal(data: bytes) -> str | None:
    """Return the code with which a file is refused, or None when every check passes."""
    try:
        opened(data).verify_all()
    except TanbiaoError as error:
        return error.code
    return None


def test_order_of_datasets_does_not_matter(small: bytes) -> None:
    shuffled = [dataset(f"d{number}", float(number)) for number in (3, 1, 7, 2, 6, 5, 4)]
    assert build_release(shuffled, HEADER, {"aliases": {"old": "d3"}}) == small


def test_hash_is_the_merkle_root_over_blocks_and_manifest(small: bytes) -> None:
    release = opened(small)
    leaves = [merkle.leaf_hash(release.block(identifier)) for identifier in release.ids()]
    manifest = release._manifest.leaf
    assert release.hash == "sha256:" + merkle.root_of_hashes([*leaves, manifest]).hex()


def test_any_changed_statement_or_dataset_changes_the_hash(small: bytes) -> None:
    before = opened(small).hash
    datasets = [dataset(f"d{number}", float(number)) for number in range(1, 8)]
    other_header = build_release(datasets, {**HEADER, "standing": "published"}, {"aliases": {"old": "d3"}})
    other_alias = build_release(datasets, HEADER, {"aliases": {"old": "d4"}})
    other_value = build_release([*datasets[:-1], dataset("d7", 7.0000001)], HEADER, {"aliases": {"old": "d3"}})
    assert len({before, *(opened(data).hash for data in (other_header, other_alias, other_value))}) == 4


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.soak)])
def test_a_flipped_bit_anywhere_is_refused(small: bytes, step: int) -> None:
    """Nothing in the file is free to change: one bit of every eleventh byte, of every byte in the soak."""
    opened(small).verify_all()
    generator = random.Random(7)
    for position in range(generator.randrange(step), len(small), step):
        damaged = bytearray(small)
        damaged[position] ^= 1 << generator.randrange(8)
        assert refusal(bytes(damaged)) in ("release_hash_wrong", "release_malformed"), f"bit flipped at byte {position}"


def test_a_flipped_byte_in_a_block_is_refused_when_that_block_is_read(small: bytes) -> None:
    whole = opened(small)
    start = whole._manifest.start + whole._manifest.sections["blocks"].offset
    damaged = bytearray(small)
    damaged[start + whole._offsets[1] // 2] ^= 1
    release = opened(bytes(damaged))
    with pytest.raises(TanbiaoError) as caught:
        release.get("d1")
    assert caught.value.code == "release_hash_wrong"
    assert release.get("d7").total == 7.0, "the others still answer"


@pytest.mark.parametrize("cut", [0, 5, 20, 400, -1, -70])
def test_a_cut_file_is_refused(small: bytes, cut: int) -> None:
    with pytest.raises(TanbiaoError):
        opened(small[:cut]).verify_all()


def test_appended_bytes_are_refused(small: bytes) -> None:
    for extra in (b"\0", b"\0" * 64, b"hidden"):
        with pytest.raises(TanbiaoError) as caught:
            opened(small + extra).verify_all()
        assert caught.value.code == "release_hash_wrong"


def test_random_bytes_are_no_release() -> None:
    generator = random.Random(1)
    for size in (1, 24, 100, 5000):
        with pytest.raises(TanbiaoError) as caught:
            opened(b"TANBIAO-RELEASE1" + generator.randbytes(size))
        assert caught.value.code == "release_malformed"


def test_a_block_that_swells_is_refused() -> None:
    from tanbiao.core.lca.release_format import compress_block, expand_block

    bomb = compress_block(b"0" * 50_000_000, b"")
    assert len(bomb) < 100_000
    with pytest.raises(zlib.error, match="too large"):
        expand_block(bomb, b"")


def test_proof_of_one_dataset_needs_neither_file_nor_other_datasets(small: bytes) -> None:
    release = opened(small)
    for identifier in release.ids():
        proof = release.proof(identifier)
        block = release.block(identifier)
        assert verify_block(block, proof, release.hash)
        assert not verify_block(block.replace(b"CC0", b"CC9"), proof, release.hash)
        assert not verify_block(block, {**proof, "index": proof["index"] ^ 1}, release.hash)
        assert not verify_block(block, {**proof, "path": proof["path"][1:]}, release.hash)
    assert not verify_block(b"", {}, release.hash)


def test_unknown_id_is_answered_with_the_nearest(small: bytes) -> None:
    release = opened(small)
    assert release.get("old").id == "d3", "an alias leads to the dataset that its row went into"
    with pytest.raises(TanbiaoError) as caught:
        release.get("d33", "stages.raw_materials.r1.from")
    assert caught.value.code == "unknown_dataset"
    assert caught.value.where == "stages.raw_materials.r1.from"
    assert "d3" in str(caught.value.findings[0].params["nearest"])


def test_arrays_equal_the_datasets(small: bytes) -> None:
    release = opened(small)
    values = release.intensities("AR6")
    assert values.shape == (7, len(KIND_COLUMNS))
    for row, identifier in zip(values, release.ids(), strict=True):
        found = release.intensity(identifier, "AR6")
        assert list(row) == [found.kinds[kind] for kind in KIND_COLUMNS]
    with pytest.raises(TanbiaoError) as caught:
        release.intensities("AR9")
    assert caught.value.code == "gwp_set_not_known"


@pytest.mark.parametrize(
    ("datasets", "documents", "code"),
    [
        ([dataset("a"), dataset("a")], {}, "release_id_twice"),
        ([dataset("a", pair="b")], {}, "release_pair_missing"),
        ([dataset("a")], {"aliases": {"x": "b"}}, "release_alias_hides"),
        ([dataset("a")], {"aliases": {"a": "a"}}, "release_alias_hides"),
    ],
)
def test_a_set_that_does_not_hold_together_is_not_released(
    datasets: list[Dataset], documents: dict[str, Any], code: str
) -> None:
    with pytest.raises(TanbiaoError) as caught:
        build_release(datasets, HEADER, documents)
    assert caught.value.code == code


def test_found_by_path_then_data_directory_then_package_and_always_by_hash(small: bytes, tmp_path: Path) -> None:
    path = tmp_path / "small.tbr"
    path.write_bytes(small)
    name = opened(small).hash
    assert find_release(str(path)).name == "small"
    assert find_release(f"{path}@{name}").hash == name
    with pytest.raises(TanbiaoError) as caught:
        find_release(f"{path}@sha256:{'0' * 64}")
    assert caught.value.code == "release_hash_differs"
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "small.tbr").write_bytes(small)
    assert find_release("small", data_dir=tmp_path).hash == name
    assert find_release("starter-2026.1", data_dir=tmp_path).name == "starter-2026.1"
    (tmp_path / "releases" / "starter-2026.1.tbr").write_bytes(small)
    with pytest.raises(TanbiaoError) as caught:
        find_release("starter-2026.1", data_dir=tmp_path)
    assert caught.value.code == "release_hash_differs", "a name that the package pins can't be taken by another file"


@pytest.mark.parametrize("name", ["nothing", "../secret", "a/b", "/etc/passwd", ""])
def test_a_name_that_is_no_release_is_not_found(name: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        find_release(name)
    assert caught.value.code == "release_not_found"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.tbr").write_bytes(b"")
    with pytest.raises(TanbiaoError) as caught:
        Release.open(tmp_path / "empty.tbr")
    assert caught.value.code == "release_malformed"
