"""The same bits on every CPU type, BLAS and run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.numerics.frozen import digest, system_digest

RECORDED = "a9d0d06ddc83b0986a9343d94cfa8ccb5d8ffa2d83f2f51599750029596e79c1"
RECORDED_OF_A_SYSTEM = "93d9f957ba28b49ff8409904bf581f581dd3619ece095afe90eef4e67484134e"
EVERY_CPU_FEATURE = "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"


def test_samples_have_the_recorded_bits():
    assert digest() == RECORDED
    assert system_digest() == RECORDED_OF_A_SYSTEM


@pytest.mark.parametrize(
    "environment",
    [
        {"NPY_DISABLE_CPU_FEATURES": EVERY_CPU_FEATURE},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": EVERY_CPU_FEATURE},
    ],
    ids=["no vector units", "Haswell", "Nehalem, no vector units"],
)
def test_samples_do_not_depend_on_the_vector_units_or_the_blas(environment):
    script = Path(__file__).with_name("frozen.py")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [RECORDED, RECORDED_OF_A_SYSTEM], run.stderr
