"""However a search is answered, it is answered as a reading of every record would: page, count and facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import register_fill
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.register import bounded, entries, finding
from web.register.naive import matches, value_of

RECORDS = [record for record, _ in register_fill.records(300)]
WORDS = (
    "",
    "电池",
    "演示",
    "冰箱 demo",
    "星河",
    "轮胎 长风",
    "de",
    "demo00s",
    "demo00s0001",
    "a",
    "公司",
    "不存",
    "body",
)
SORTS = sorted(finding.SORT_KEYS)


@pytest.fixture
def many() -> list[dict[str, Any]]:
    entries.put_many(register_fill.records(300))
    return RECORDS


def in_order(records: list[dict[str, Any]], sort: str) -> list[str]:
    """Return the numbers of records as they are sorted, worked out apart from the code under test."""
    rows = sorted(records, key=lambda record: record["number"])
    for key in reversed(sort.split(",")):
        rows.sort(key=lambda record: value_of(record, key.removeprefix("-")), reverse=key.startswith("-"))
    return [record["number"] for record in rows]


def answers(query: finding.Query, limit: int) -> Iterator[finding.Answer]:
    """Yield the answers for one page after another."""
    after = ""
    while True:
        answer = finding.find(ANONYMOUS, query, limit=limit, after=after)
        yield answer
        if not (after := answer.found.next):
            return


def facet_of(record: dict[str, Any], name: str) -> str:
    ways = {
        "state": record["state"],
        "category": record["category"],
        "region": record["holder"]["region"],
        "body": record["body"]["code"],
    }
    return str(ways.get(name, ""))


@pytest.mark.django_db
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.fixed_dictionaries(
        {"text": st.sampled_from(WORDS)},
        optional={
            "state": st.sampled_from(("valid", "expired")),
            "category": st.sampled_from(("demo-00", "demo-01")),
            "region": st.sampled_from(("CN-GD", "HK")),
            "body": st.sampled_from(("DEMOBODY01", "DEMOBODY02")),
            "holder": st.sampled_from(sorted({record["holder"]["code"] for record in RECORDS})[:3]),
        },
    ),
    keys=st.lists(st.sampled_from(SORTS), min_size=1, max_size=3, unique=True),
    down=st.lists(st.booleans(), min_size=3, max_size=3),
    limit=st.integers(5, 60),
    bounds=st.tuples(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1), st.integers(1, 400)),
)
def test_an_answer_is_what_reading_every_record_gives(
    many: list[dict[str, Any]],
    asked: dict[str, str],
    keys: list[str],
    down: list[bool],
    limit: int,
    bounds: tuple[int, int, float, int],
) -> None:
    sort = ",".join(("-" if turn else "") + key for key, turn in zip(keys, down, strict=False))
    query = finding.query_of(sort=sort, **asked)
    hits = [record for record in many if matches(record, asked)]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(("LIMIT", "SAMPLE", "COMMON", "WALK"), bounds, strict=True):
            patch.setattr(bounded, name, value)
        patch.setattr(bounded, "FEW", bounds[0] // 2)
        given = list(answers(query, limit))
        window = finding.window(ANONYMOUS, query, offset=limit, limit=limit)
    assert [entry.number for answer in given for entry in answer.found.entries] == in_order(hits, sort)
    assert [entry.number for entry in window] == in_order(hits, sort)[limit : 2 * limit]
    for answer in given:
        exact = answer.count.exact
        assert answer.count.n == (len(hits) if exact else bounds[0])
        assert exact or len(hits) > bounds[0]
        for facet in answer.facets:
            # From the sums, a facet is counted without its own narrowing.
            free = dict(asked, **{facet.name: ""}) if not (asked["text"] or asked.get("holder")) else asked
            true = Counter[str](facet_of(record, facet.name) for record in many if matches(record, free))
            for value, n in facet.values:
                if facet.name in ("state", "category", "region", "body"):
                    assert n == true[value] if facet.exact else n <= true[value]


@pytest.mark.django_db
def test_every_order_on_the_page_has_an_index() -> None:
    from tanbiao.web.register.pages_find import SORTS as OFFERED

    for sort, _ in OFFERED:
        assert bounded.has_index(finding.order_of(finding.query_of(sort=sort))), sort
    assert not bounded.has_index(finding.order_of(finding.query_of(sort="product,body")))
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "register_entry")
    there = [tuple(index["columns"]) for index in found.values() if index["index"] or index["unique"]]
    for walked in bounded.WALKED:
        plain = tuple(name.removeprefix("-") for name in walked)
        assert any(columns[: len(plain)] == plain for columns in there), walked


@pytest.mark.django_db
def test_a_common_word_is_told_with_lower_bounds(many: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "LIMIT", 40)
    page = Client().get("/?q=演示", headers={"accept-language": "en"}).content.decode()
    assert "More than 40 entries found" in page
    assert "lower bounds" in page
    assert "+)</option>" in page
    few = Client().get(f"/?q={many[0]['number']}", headers={"accept-language": "en"}).content.decode()
    assert "lower bounds" not in few
    told = Client().get("/api/v1/register/facets?q=演示").json()
    assert {facet["exact"] for facet in told} == {False}
    assert {facet["exact"] for facet in Client().get("/api/v1/register/facets").json()} == {True}


@pytest.mark.django_db
def test_a_page_of_words_asks_the_database_a_fixed_number_of_times(many: list[dict[str, Any]]) -> None:
    counts = []
    for text in ("演示", "电池", "不存在"):
        with CaptureQueriesContext(connection) as seen:
            finding.find(ANONYMOUS, finding.query_of(text=text), limit=24)
        counts.append(len(seen))
    assert max(counts) <= 4
