"""``tanbiao inspect`` on files that other programs wrote: recognised, read, counted as by hand, never a traceback."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from formats import raw_counts
from sample_files import LCA, needs_samples
from tanbiao.cli.main import main

pytestmark = needs_samples
Counter = Callable[[Path], raw_counts.Counts]


def inspect(capsys: pytest.CaptureFixture[str], *names: object) -> dict[str, object]:
    code = main(["inspect", *map(str, names), "--json", "--lang", "en"])
    body = json.loads(capsys.readouterr().out)
    blocking = any(item["severity"] in ("error", "blocking") for item in body["findings"])
    assert code == int(blocking)
    assert all(item["message"] and item["remedy"] for item in body["findings"])
    return body


def every_sample() -> list[tuple[str, str, Counter]]:
    """Return every sample, its format and what counts it."""
    found: list[tuple[str, str, Counter]] = [
        ("olca/uslci_olca1_5_0_schema1.zip", "openlca-jsonld-1", raw_counts.openlca),
        ("olca/uslci-transport_v1.1_schema2.zip", "openlca-jsonld-2", raw_counts.openlca),
        ("ilcd/tiangong_ilcd_subset_120.zip", "ilcd", raw_counts.ilcd),
        ("ilcd/olca-ilcd_sdk_samples.zip", "eilcd", raw_counts.ilcd),
        ("epd/InDataWG_ILCD-EPD_sample_data.zip", "ilcd-epd", raw_counts.ilcd),
        ("tidas", "tidas", raw_counts.tidas),
    ]
    counters = {"ecospold1": raw_counts.ecospold1, "ecospold2": raw_counts.ecospold2, "simapro": raw_counts.simapro}
    for folder, count in counters.items():
        paths = sorted((LCA / folder).iterdir()) if (LCA / folder).is_dir() else []
        form = "simapro-csv" if folder == "simapro" else folder
        found += [(f"{folder}/{path.name}", form, count) for path in paths]
    return found


@pytest.mark.parametrize(("name", "form", "count"), every_sample())
def test_the_counts_are_those_of_the_raw_file(
    name: str, form: str, count: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    body = inspect(capsys, LCA / name)
    counted = count(LCA / name)
    assert counted[0] > 0 or name == "simapro/minimal_header.csv"
    assert body["format"] == form
    assert tuple(body[key] for key in ("processes", "flows", "exchanges", "reference_flows")) == counted


def test_the_us_lci_uses_754_products_that_nobody_makes(capsys: pytest.CaptureFixture[str]) -> None:
    body = inspect(capsys, LCA / "olca" / "uslci_olca1_5_0_schema1.zip")
    assert (body["processes"], body["exchanges"], body["products_without_provider"]) == (766, 32_526, 754)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (["ilcd/olca-ilcd_sdk_samples.zip"], "eilcd"),
        (["epd/InDataWG_ILCD-EPD_sample_data.zip"], "ilcd-epd"),
        (["tidas"], "tidas"),
        (["tidas/tidas-example-process.json", "tidas/tidas-example-flow.json"], "tidas"),
        (["simapro"], "simapro-csv"),
        (["simapro/process.csv", "ecospold2/v2_2.spold"], "mixed"),
    ],
)
def test_every_other_sample_is_read(names: list[str], form: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = inspect(capsys, *(LCA / name for name in names))
    assert body["format"] == form
    assert isinstance(body["processes"], int)
    assert body["processes"] > 0
