"""Spreads of linked processes in a release without samples: by hand, and against the same release with samples."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from core.release.linked_release import HEADER, datasets, document, emit, use
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.dataset.uncertainty import Propagated
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, build_release, write_release


def opened(data: bytes) -> Release:
    return Release(memoryview(data), "made for the test")


def test_a_chain_spreads_by_its_exchanges_to_first_order() -> None:
    spread = {"type": "lognormal", "sigma": 0.1}
    items = [
        document(
            "a", inputs=[use("b", 2.0, uncertainty=spread)], emissions=[emit("CO2 fossil", 1.0, uncertainty=spread)]
        ),
        document("b", uncertainty={"type": "stated", "percent": 10}),
    ]
    found = opened(build_release([parse_dataset(item) for item in items], HEADER)).get("a").uncertainty
    own = math.log(1.1) / 1.96
    # 3 kg: 2 of b, by its own spread and that of its amount, and 1 of its own.
    expected = math.sqrt((2 * own) ** 2 + (2 * 0.1) ** 2 + (1 * 0.1) ** 2) / 3
    assert isinstance(found, Propagated)
    assert (found.sigma, found.basis) == (pytest.approx(expected, rel=1e-5), "stated")


def test_parts_of_one_exchange_are_one_draw() -> None:
    spread = {"type": "lognormal", "sigma": 0.1}
    certain = {"type": "stated", "percent": 0}
    parts = [use(name, 1.0, uncertainty=spread, id=f"1.{name}", exchange="1") for name in ("b", "c")]
    items = [document("a", inputs=parts), *(document(name, uncertainty=certain) for name in ("b", "c"))]
    found = opened(build_release([parse_dataset(item) for item in items], HEADER)).get("a").uncertainty
    assert found.sigma == pytest.approx(0.1, rel=1e-5)


def test_what_nobody_knows_of_an_exchange_makes_the_figure_assumed() -> None:
    items = [document("a", inputs=[use("b", 2.0, uncertainty={"type": "unknown"})]), document("b")]
    found = opened(build_release([parse_dataset(item) for item in items], HEADER)).get("a")
    assert found.uncertainty_basis == "assumed"


def test_first_order_is_near_to_what_sampling_finds(tmp_path: Path) -> None:
    plain = opened(build_release(datasets(), HEADER))
    sampled = write_release(tmp_path / "sampled.tbr", datasets(), HEADER, samples=Samples(2000, seed=3))
    rows = sampled.samples("AR6")
    assert rows is not None
    for name in ("power", "coal"):
        drawn = np.log(np.abs(rows.total(sampled.position(name)).astype(np.float64)))
        # The error of a standard deviation of 2 000 draws is 1.6 %; first order misses some more.
        assert plain.get(name).uncertainty.sigma == pytest.approx(float(drawn.std()), rel=0.06)
