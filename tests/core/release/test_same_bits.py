"""A certified figure on a sampled release is replayed to the same bits, whatever the processor and the BLAS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.release.linked_release import HEADER, datasets
from study_background import document, stages
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import seal

EVERY_CPU_FEATURE = "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Seal a study with own processes, a loop, formulas and several datasets; return the file and the result's hash."""
    folder = tmp_path_factory.mktemp("bits")
    release = write_release(folder / "linked-1.tbr", datasets(), HEADER, samples=Samples(301))
    rows = [
        {"id": "a", "amount": "1.1 kg", "from": "process/brick"},
        {"id": "b", "amount": "= share * 3 kg", "from": "dataset/lime"},
        {"id": "c", "amount": "0.2 kg", "gas": "CH4 fossil"},
    ]
    processes = {
        "brick": {
            "gives": "2 kg",
            "takes": [
                {"id": "d", "amount": "0.5 kg", "from": "dataset/kiln"},
                {"id": "e", "amount": "0.3 kg", "from": "process/dust"},
            ],
        },
        "dust": {
            "gives": "1 kg",
            "takes": [
                {"id": "f", "amount": "0.1 kg", "from": "process/brick"},
                {"id": "g", "amount": "0.7 kg", "from": "dataset/wood"},
            ],
        },
    }
    body = document(
        stages=stages(raw_materials=rows), processes=processes, parameters={"share": "0.25"}, release="linked-1"
    )
    study, findings = Study.parse(body)
    assert study is not None, findings
    result = calculate(study, release, samples=301, seed=8)
    path = folder / "package.json"
    path.write_bytes(canonical_bytes(seal(study, release, None, result)))
    return path, result.hash


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NPY_DISABLE_CPU_FEATURES": EVERY_CPU_FEATURE},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": EVERY_CPU_FEATURE},
    ],
    ids=["as it is", "no vector units", "Haswell", "Nehalem, no vector units"],
)
def test_the_replay_depends_on_no_vector_unit_and_no_blas(
    environment: dict[str, str], package: tuple[Path, str]
) -> None:
    path, expected = package
    script = Path(__file__).with_name("replayed.py")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(path)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [expected, "True"], run.stderr
