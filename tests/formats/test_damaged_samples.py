"""Damaged copies of every format's samples, inspected, linked and solved: datasets or findings, never a traceback."""

import pytest

import mutated_way
from foreign_files import FILES

EACH = -(-10_000 // len(FILES))
"""Copies of each format, so that all together are ten thousand."""


@pytest.mark.parametrize("form", FILES)
def test_damaged_samples_give_datasets_or_findings(form: str) -> None:
    tally = mutated_way.run(form, 40, "quick")
    assert tally.copies == 40
    assert tally.linked
    # Damage that nobody notices would be a test of nothing.
    assert tally.outcomes["as before"] < 40


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("form", FILES)
def test_ten_thousand_damaged_samples_give_datasets_or_findings(form: str) -> None:
    tally = mutated_way.run(form, EACH, "soak")
    assert tally.copies == EACH
    assert tally.linked
    assert tally.standings["complete"] + tally.standings["incomplete"]
    assert tally.outcomes["refused"]


def test_a_truncated_zip_is_refused_by_its_name() -> None:
    data = mutated_way.packed(FILES["ilcd"])
    refused = mutated_way.inspected("", {}, data[: len(data) // 2])
    assert (refused.code, refused.where) == ("archive_malformed", "damaged.zip")
