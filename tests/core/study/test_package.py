"""The sealed package: everything under one root, and the identical result from the package alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from study_background import background, document, stages
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules import load_rule
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import check_root, identical, replay, seal


def study() -> Study:
    """Return a study that uses every kind of answer of a release."""
    rows = [
        {"id": "a", "amount": "1.1 kg", "from": "process/zinc"},
        {"id": "b", "amount": "3 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2025}},
        {"id": "c", "amount": "2 Nm3", "fuel": "natural-gas"},
        {"id": "d", "amount": "1 t", "transport": [{"distance": "10 km", "by": "dataset/lorry"}]},
        {"id": "e", "amount": "1 kg", "from": "dataset/no-gwp"},
    ]
    processes = {
        "zinc": {"gives": "3 kg", "takes": [{"id": "z", "amount": "1 kg", "from": "process/alpha"}]},
        "alpha": {"gives": "1 kg", "takes": [{"id": "y", "amount": "= factor * 0.7 kg", "from": "dataset/resin"}]},
    }
    body = document(
        stages=stages(raw_materials=rows), processes=processes, parameters={"factor": "1.3"}, rule="generic-goods@1.0.0"
    )
    parsed, findings = Study.parse(body)
    assert parsed is not None, findings
    return parsed


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    """Return a package as it comes back from a store: canonical bytes, keys sorted."""
    rule = load_rule("generic-goods@1.0.0")
    result = calculate(study(), background(), rule, samples=100)
    sealed = seal(study(), background(), rule, result)
    stored: dict[str, Any] = json.loads(canonical_bytes(sealed))
    return stored


def test_replay_gives_the_identical_canonical_result(package: dict[str, Any]) -> None:
    result = replay(package)
    assert result.canonical() == package["result"]
    assert result.hash == package["result_hash"]
    assert identical(package, result)


def test_the_package_carries_the_datasets_it_used_and_no_others(package: dict[str, Any]) -> None:
    ids = [item["block"]["id"] for item in package["datasets"]]
    assert ids == ["gas-burn", "gas-up", "grid-2024", "lorry", "lorry-up", "no-gwp", "resin"]


def test_the_same_study_gives_the_same_root(package: dict[str, Any]) -> None:
    rule = load_rule("generic-goods@1.0.0")
    again = seal(study(), background(), rule, calculate(study(), background(), rule, samples=100))
    assert again["root"] == package["root"]


@pytest.mark.parametrize(
    "path",
    [
        ("study", "product", "name", "zh"),
        ("datasets", 0, "block", "version"),
        ("rule", "version"),
        ("release", "hash"),
        ("result", "total", "value"),
        ("engine", "version"),
        ("answers", "grids"),
    ],
)
def test_any_change_breaks_the_root(package: dict[str, Any], path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(package)
    part: Any = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = "9.9.9" if path[-1] == "version" else "changed"
    with pytest.raises(TanbiaoError) as caught:
        check_root(changed)
    assert caught.value.code == "package_root_wrong"


def test_another_seed_breaks_the_root(package: dict[str, Any]) -> None:
    with pytest.raises(TanbiaoError):
        replay({**package, "seed": 2})


def test_a_package_without_a_part_is_no_package(package: dict[str, Any]) -> None:
    body = {key: value for key, value in package.items() if key != "answers"}
    with pytest.raises(TanbiaoError) as caught:
        replay(body)
    assert caught.value.code == "package_malformed"


def test_a_dataset_that_is_missing_is_named(package: dict[str, Any]) -> None:
    from tanbiao.core.study.package import packed_release

    release = packed_release(package)
    with pytest.raises(TanbiaoError) as caught:
        release.get("steel")
    assert caught.value.code == "package_incomplete"
    for question in (lambda: release.fuel("coal"), lambda: release.grid_electricity("CN", 1999)):
        with pytest.raises(TanbiaoError):
            question()


def test_a_result_of_something_else_is_not_sealed() -> None:
    other = calculate(study(), background(), None, samples=100)
    with pytest.raises(TanbiaoError) as caught:
        seal(study(), background(), load_rule("generic-goods@1.0.0"), other)
    assert caught.value.code == "package_result_differs"


def test_blocks_are_checked_against_the_releases_own_proofs() -> None:
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.study.package import packed_release

    release = find_release()
    parsed, _ = Study.parse(
        document(
            release=release.name,
            stages=stages(
                raw_materials=[
                    {"id": "a", "amount": "1 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}}
                ]
            ),
        )
    )
    assert parsed is not None
    sealed = seal(parsed, release, None, calculate(parsed, release, samples=10))
    assert replay(sealed).hash == sealed["result_hash"]
    sealed["datasets"][0]["block"]["co2e"] = {"unknown": 0.1}
    sealed["datasets"][0]["block"]["kinds"] = {"undivided": 0.1}
    with pytest.raises(TanbiaoError) as caught:
        packed_release(sealed)
    assert caught.value.code == "package_block_unproven"
