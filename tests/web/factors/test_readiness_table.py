"""The coverage of exchanges as people read it: which states are columns, shares of a row, what explains a state."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from tanbiao.core.findings import advise, catalogue, explain
from tanbiao.core.lca.linking import INDICATORS
from tanbiao.core.lca.readiness import EXPLAINED_BY, Cover
from tanbiao.web.factors.readiness import gaps_by_code, indicator_names, readiness, table


def counts(exchanges: int, total: dict[str, int], kinds: dict[str, int]) -> dict[str, Any]:
    """Return a report as a release stores it: one row for the total and the part without kinds, one for the kinds."""
    rows = {name: total if name in ("total", "undivided") else kinds for name in INDICATORS}
    return {
        "ready": False,
        "complete": 1,
        "incomplete": 2,
        "refused": 0,
        "exchanges": exchanges,
        "coverage": {name: {cover.value: row.get(cover.value, 0) for cover in Cover} for name, row in rows.items()},
    }


FIRST = counts(8, {"covered": 5, "incomplete": 1, "unlinked": 2}, {"covered": 3, "undivided": 3, "unlinked": 2})
SECOND = counts(2, {"covered": 2}, {"covered": 2})
BARE = counts(0, {}, {})


def test_states_that_nothing_is_in_are_no_columns_and_rows_add_up() -> None:
    found = readiness(
        [("a", "A", FIRST), ("b", "B", SECOND), ("c", "C", BARE)],
        gaps_by_code({"unlinked_input": 2, "epd_parts_differ": 1, "duplicate_dataset": 4}, "en"),
    )
    # In all: 5 + 2 covered; nothing of the total is undivided, three exchanges of each kind are.
    assert {one.cover: (one.exchanges, one.codes) for one in found.states} == {
        "covered": (7, []),
        "incomplete": (1, ["unlinked_input"]),
        "undivided": (3, ["epd_parts_differ"]),
        "unlinked": (2, ["unlinked_input"]),
    }
    assert [one.code for one in found.gaps] == ["duplicate_dataset", "unlinked_input", "epd_parts_differ"]
    shown = table(found)
    assert shown is not None
    assert [cover for cover, _ in shown.columns] == ["covered", "incomplete", "undivided", "unlinked"]
    assert [block.database.key for block in shown.blocks] == ["a", "b"]
    for block in shown.blocks:
        assert len(block.rows) == len(INDICATORS)
        for _, cells in block.rows:
            assert sum(cell.number for cell in cells) == block.database.exchanges
            assert sum(cell.share for cell in cells) == pytest.approx(1)
    (_, total), *_ = shown.blocks[0].rows
    assert [(cell.number, cell.share, cell.shade) for cell in total] == [
        (5, 0.625, 3),
        (1, 0.125, 1),
        (0, 0.0, 0),
        (2, 0.25, 2),
    ]
    assert table(readiness([("c", "C", BARE)], [])) is None


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_state_part_and_code_has_its_words(lang: str) -> None:
    spoken = "zh" if lang.startswith("zh") else "en"
    assert set(EXPLAINED_BY) == set(Cover)
    for codes in EXPLAINED_BY.values():
        for code in codes:
            assert code in catalogue()
            assert explain(code, spoken) != code  # type: ignore[arg-type]
            assert advise(code, spoken)  # type: ignore[arg-type]
            assert "{" not in advise(code, spoken)  # type: ignore[arg-type]
    with translation.override(lang):
        names = indicator_names()
        everything = counts(6, {cover.value: 1 for cover in Cover}, {cover.value: 1 for cover in Cover})
        states = readiness([("a", "A", everything)], []).states
    assert set(names) == set(INDICATORS)
    assert [one.cover for one in states] == [cover.value for cover in Cover]
    said = [*names.values(), *(text for one in states for text in (one.name, one.meaning, one.next))]
    assert all(said)
    assert all(any(ord(char) > 0x2E80 for char in text) is (spoken == "zh") for text in said)
