"""The histogram of relative changes: round bins, open ends, every change in exactly one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tanbiao.documents.charts import bins, histogram


def test_round_bins_with_open_ends() -> None:
    found = bins([-0.02, -0.011, 0.0, 0.004, 0.021, 0.024, 5.0])
    # Nine tenths of the seven changes are the whole list: the largest sets the span, and its step is 1.
    assert found[0].high == -5.0
    found = bins([0.011] * 95 + [3.0] * 5)
    assert (found[0].low, found[0].high, found[-1].low) == (None, -0.025, 0.025)
    assert found[-1].count == 5
    assert [item.count for item in found if item.low == 0.01] == [95]
    assert [item.label for item in found][-3:] == ["+1.5 % … +2 %", "+2 % … +2.5 %", "≥ +2.5 %"]
    assert bins([]) == []
    assert sum(item.count for item in bins([0.0])) == 1


@given(st.lists(st.integers(-(10**6), 10**6).map(lambda item: item / 1e5), min_size=1, max_size=30))
def test_every_change_is_in_one_bin_and_the_picture_says_how_many(changes: list[float]) -> None:
    found = bins(changes)
    assert sum(item.count for item in found) == len(changes)
    for item in found:
        inside = [v for v in changes if (item.low is None or v >= item.low) and (item.high is None or v < item.high)]
        assert item.count == len(inside)
    for lang in ("zh", "en"):
        picture = histogram(found, lang)  # type: ignore[arg-type]
        assert picture.startswith("<svg")
        assert picture == histogram(found, lang)  # type: ignore[arg-type]
