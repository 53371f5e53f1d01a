"""Print hashes of what must have the same bits on every machine: results, and the samples of a system and a release.

Run on two machines (``scripts/arm.sh`` does it on this one and on an emulated ARM processor) the lines must not differ.
Nominal intensities in double precision come from a solver and are not among them: a release is solved once, and read.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks import matrices  # noqa: E402
from core.release.linked_release import HEADER, datasets  # noqa: E402
from tanbiao.core.lca import ProductSystem  # noqa: E402
from tanbiao.core.lca.montecarlo import sample  # noqa: E402
from tanbiao.core.lca.release_build import Samples, write_release  # noqa: E402
from tanbiao.core.lca.release_find import find_release  # noqa: E402
from tanbiao.core.lca.uncertain import UncertainSystem  # noqa: E402
from tanbiao.core.study import calculate  # noqa: E402
from tanbiao.formats import yaml_study  # noqa: E402

_SYSTEM, _DRAWS = "seeded-2k", 40
"""Large enough that its kernels are compiled where there is a compiler."""


def main() -> None:
    """Print a line for each."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        release = write_release(Path(folder) / "linked-1.tbr", datasets(), HEADER, samples=Samples(301))
        print("release of a linked system, 301 samples", release.hash)
    for file in sorted(Path(str(resources.files("tanbiao.examples"))).glob("*.yaml")):
        study = yaml_study.load(file.read_bytes()).study
        assert study is not None
        assert study.release is not None
        background = find_release(study.release.partition("@")[0])
        print(f"{file.stem}, 1,000 samples", calculate(study, background, samples=1000, seed=7).hash)
    arrays, spread = matrices.load(_SYSTEM)
    made = sp.coo_array((spread.technosphere, arrays.technosphere.coords), shape=arrays.technosphere.shape)
    emitted = sp.coo_array((spread.interventions, arrays.interventions.coords), shape=arrays.interventions.shape)
    drawn = sample(UncertainSystem(ProductSystem(*arrays), made, emitted), _DRAWS, seed=1, storage=np.float32)
    bits = hashlib.sha256(np.ascontiguousarray(drawn.values).tobytes())
    print(f"{_SYSTEM}, {_DRAWS} samples of all products", bits.hexdigest())


if __name__ == "__main__":
    main()
