"""The notes beside the examples print what is calculated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.examples.test_examples import result

from tanbiao.examples import catalogue

NOTES = Path(__file__).resolve().parents[2] / "docs" / "examples"
ROW = re.compile(
    r"^\| \[(?P<id>[a-z-]+)\].*?\| (?P<ours>[\d.]+) \| (?P<published>[\d.]+)[^|]*\| (?P<ratio>[\d.]+) "
    r"\| (?P<stand_in>[\d.]+) % \| (?P<unknown>\d+) \|$",
    re.MULTILINE,
)
ROWS = {found["id"]: found.groupdict() for found in ROW.finditer((NOTES / "README.md").read_text(encoding="utf-8"))}


def test_every_example_has_a_row_and_a_note() -> None:
    assert set(ROWS) == {item.id for item in catalogue()}
    for item in catalogue():
        assert (NOTES / f"{item.id}.md").exists()


@pytest.mark.parametrize("identifier", [item.id for item in catalogue()])
def test_table_prints_the_result(identifier: str) -> None:
    row, document = ROWS[identifier], result(identifier).document
    total = document["total"]["value"]
    stand_in = sum(item["value"] for item in document["contributions"] if item["stand_in"])
    assert float(row["ours"]) == pytest.approx(total, rel=5e-4)
    assert f"{total / float(row['published']):.2f}" == row["ratio"]
    assert f"{100 * stand_in / total:.1f}" == row["stand_in"]
    assert len(document["unknown"]) == int(row["unknown"])


@pytest.mark.parametrize("identifier", [item.id for item in catalogue()])
def test_note_prints_the_result(identifier: str) -> None:
    text = (NOTES / f"{identifier}.md").read_text(encoding="utf-8")
    assert f"**{ROWS[identifier]['ours']} kg CO2e" in text
