"""Damaged copies of other programs' samples: findings, never a traceback, and nothing that is not in the vocabulary."""

import json
import math
import time
from collections.abc import Callable, Mapping

import pytest

from mutations import mutated
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import catalogue
from tanbiao.formats import epd, ilcd, openlca, tidas
from tanbiao.formats.archive import Members

Reader = Callable[[Mapping[str, bytes]], Inventory]
SAMPLES: dict[str, tuple[str, Reader]] = {
    "openlca-1": ("olca/uslci_olca1_5_0_schema1.zip", openlca.read),
    "openlca-2": ("olca/uslci-transport_v1.1_schema2.zip", openlca.read),
    "ilcd": ("ilcd/tiangong_ilcd_subset_120.zip", ilcd.read),
    "eilcd": ("ilcd/olca-ilcd_sdk_samples.zip", ilcd.read),
    "epd": ("epd/InDataWG_ILCD-EPD_sample_data.zip", epd.read),
    "tidas": ("tidas", tidas.read),
}
SLOWEST = 20.0
"""Seconds of the processor for one damaged copy: a hang, not a speed."""
PER_FOLDER, LARGEST = 4, 60_000

pytestmark = needs_samples


def some_of(path: str) -> dict[str, bytes]:
    """Return the smaller files of each folder of a sample, so that ten thousand copies take minutes, not days."""
    kept: dict[str, bytes] = {}
    with Members.open(LCA / path) as members:
        folders: dict[str, list[str]] = {}
        for name in members:
            if members.size(name) <= LARGEST:
                folders.setdefault(name.rpartition("/")[0], []).append(name)
        for names in folders.values():
            middle = sorted(names, key=lambda name: (members.size(name), name))
            start = max(len(middle) // 2 - PER_FOLDER, 0)  # middling ones: the smallest hold nothing to break
            chosen = [*middle[start : start + PER_FOLDER], *(one for one in names if one.endswith("_process.xml"))]
            kept |= {name: members[name] for name in chosen}
    return kept


def check(sample: str, count: int, seed: int) -> None:
    path, read = SAMPLES[sample]
    known = catalogue()
    whole = read(some_of(path))
    assert whole.processes
    for what, files in mutated(some_of(path), count, seed):
        started = time.process_time()
        found = read(files)
        assert time.process_time() - started < SLOWEST, what
        assert {one.code for one in found.findings} <= set(known), what
        for process in found.processes:
            numbers = [one.value for one in process.results] + [one.value for one in process.allocation]
            assert all(map(math.isfinite, numbers)), what
            for one in process.exchanges:
                assert one.flow in found.flows, what
                assert not math.isinf(one.amount), what
        json.dumps([[one.code, one.where, dict(one.params)] for one in found.findings], ensure_ascii=False).encode()


@pytest.mark.parametrize("sample", SAMPLES)
def test_damaged_samples_give_findings(sample: str) -> None:
    check(sample, 25, 11)


@pytest.mark.soak
@pytest.mark.parametrize("sample", SAMPLES)
def test_ten_thousand_damaged_samples_give_findings(sample: str) -> None:
    check(sample, 1_700, 12)
