"""A study on a sampled release: shared draws, the sealed package's replay, datasets withheld by their licence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.release.linked_release import HEADER, datasets
from study_background import document, stages
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.package import identical, replay, seal

SURE = {"kind": "site_specific", "uncertainty": {"percent": 1e-9}}
"""As good as fixed; a study can not state that nothing is uncertain."""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    items = [
        item.model_copy(update={"redistribution": "no (licensed users only)"}) if item.id == "lime" else item
        for item in datasets()
    ]
    return write_release(tmp_path_factory.mktemp("r") / "linked-1.tbr", items, HEADER, samples=Samples(400))


def study(*used: tuple[str, float], gwp: str = "AR6", data: Any = SURE) -> Study:
    rows = [
        {"id": f"r{number}", "amount": f"{amount} kg", "from": f"dataset/{key}", "data": data}
        for number, (key, amount) in enumerate(used)
    ]
    parsed, findings = Study.parse(document(stages=stages(raw_materials=rows), release="linked-1", gwp=gwp))
    assert parsed is not None, findings
    return parsed


def interval(result: Result) -> list[float]:
    return [result.document["total"][key] for key in ("p2_5", "p50", "p97_5")]


def test_a_study_combines_the_releases_own_draws(release: Release) -> None:
    result = calculate(study(("kiln", 2.0), ("wood", 3.0)), release, samples=400)
    kiln, wood = release.draws("kiln", "AR6"), release.draws("wood", "AR6")
    assert kiln is not None
    assert wood is not None
    combined = 2.0 * kiln.astype(float) + 3.0 * wood.astype(float)
    np.testing.assert_allclose(interval(result), np.quantile(combined, [0.025, 0.5, 0.975]), rtol=1e-9)
    assert result.value == pytest.approx(2 * release.get("kiln").total + 3 * release.get("wood").total, rel=1e-12)
    assert result.document["versions"]["background_samples"]["seed"] == 1


def test_two_studies_with_other_seeds_share_the_background(release: Release) -> None:
    one = calculate(study(("kiln", 1.0)), release, samples=400, seed=1)
    other = calculate(study(("kiln", 1.0)), release, samples=400, seed=99)
    assert interval(one) == pytest.approx(interval(other), rel=1e-9)


def test_more_samples_than_the_release_holds_are_refused(release: Release) -> None:
    with pytest.raises(TanbiaoError) as caught:
        calculate(study(("kiln", 1.0)), release, samples=401)
    assert caught.value.code == "samples_beyond_release"
    assert dict(caught.value.findings[0].params) == {"wanted": 401, "count": 400}


def test_a_set_without_samples_says_so_and_draws_by_the_datasets_spread(release: Release) -> None:
    result = calculate(study(("kiln", 1.0), gwp="AR5"), release, samples=300)
    assert "release_not_sampled_in_set" in {item.code for item in result.findings}
    assert "background_samples" not in result.document["versions"]
    assert interval(result)[0] < result.value < interval(result)[2]


def stored(package: dict[str, Any]) -> dict[str, Any]:
    """Return a package as it comes back from a store."""
    read: dict[str, Any] = json.loads(canonical_bytes(package))
    return read


def test_a_package_replays_to_the_same_bits_from_the_rows_it_carries(release: Release) -> None:
    wanted = study(("kiln", 2.0), ("wood", 3.0), data=None)
    result = calculate(wanted, release, samples=300, seed=4)
    package = stored(seal(wanted, release, None, result))
    assert identical(package, replay(package))
    assert set(package["answers"]["samples"]["rows"]) == {"kiln", "wood"}
    forged = copy.deepcopy(package)
    row = forged["answers"]["samples"]["rows"]["kiln"]
    row["totals"] = "00" + row["totals"][2:]
    from tanbiao.core.study.package import packed_release

    with pytest.raises(TanbiaoError, match="kiln") as caught:
        packed_release(forged)
    assert caught.value.code == "package_block_unproven"


def test_a_dataset_that_may_not_be_passed_on_is_only_committed_to(release: Release, tmp_path: Path) -> None:
    wanted = study(("lime", 2.0), ("wood", 1.0))
    result = calculate(wanted, release, samples=300)
    package = stored(seal(wanted, release, None, result))
    entry = next(item for item in package["datasets"] if item.get("withheld") == "lime")
    assert set(entry) == {"withheld", "leaf", "proof"}
    assert "totals" not in package["answers"]["samples"]["rows"]["lime"]
    with pytest.raises(TanbiaoError) as caught:
        replay(package)
    assert (caught.value.code, caught.value.findings[0].params["dataset"]) == ("package_dataset_withheld", "lime")
    assert identical(package, replay(package, release))
    another = write_release(tmp_path / "other.tbr", datasets(), HEADER)
    with pytest.raises(TanbiaoError) as caught:
        replay(package, another)
    assert caught.value.code == "release_not_the_one"
