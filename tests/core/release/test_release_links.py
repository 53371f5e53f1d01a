"""Who supplies each exchange, kept in a release: ranks and shares worked out by hand, read back, compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lca.inventories import gives, inventory, made, process, product, uses
from core.release.linked_release import HEADER, document, use
from tanbiao.core.dataset.inventory import Inventory, Process
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.linking_model import Decision, LinkOptions, Rank
from tanbiao.core.lca.linking_record import (
    SECTION,
    Link,
    Supply,
    all_links,
    as_json,
    carried,
    in_release,
    links_of,
    why,
)
from tanbiao.core.lca.linking_record import (
    document as section,
)
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import build_release
from tanbiao.core.lca.release_compare import as_json as compared
from tanbiao.core.lca.release_compare import as_rows, compare
from tanbiao.core.lca.release_databases import Contribution, Database, merge
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_inventory import Terms, release_datasets

FLOWS = [product(key) for key in ("steel", "lime", "tool")] + [product("power", "energy")]


def processes(**changes: Any) -> list[Process]:
    """A mill with power from two stations of its place (3 : 1 by volume; a third is abroad) and named lime."""
    lime = changes.get("lime", "quarry-b")
    return [
        process(
            "mill",
            made("steel", 1.0),
            uses("power", 3.6, id="p"),
            uses("lime", 0.1, id="l", provider=lime),
            uses("tool", 0.0, id="t"),
            gives("co2", 1.0),
            version="1",
        ),
        process("a", made("power", 3.6, production_volume=3.0), gives("co2", 0.8)),
        process("b", made("power", 3.6, production_volume=1.0), gives("co2", 0.4)),
        process("c", made("power", 3.6), gives("co2", 0.1), location="FR"),
        process("quarry-a", made("lime"), gives("co2", 0.5)),
        process("quarry-b", made("lime"), gives("co2", 0.7)),
        process("smith", made("tool"), gives("co2", 9.0)),
    ]


def stock(listed: list[Process] | None = None) -> Inventory:
    return inventory(FLOWS, *(processes() if listed is None else listed))


def contribution(
    brought: Inventory, key: str = "db", level: Any = "industry", chosen: dict[Any, Decision] | None = None
) -> Contribution:
    terms = Terms(key, "A database", redistribution="yes")
    found = release_datasets(brought, terms, LinkOptions(chosen=chosen or {}))
    return Contribution(Database(key, key, "owner", "CC0", "yes", "public", level), found.datasets, links=found.links)


def released(*brought: Contribution, gap_filling: bool = False) -> Release:
    merged = merge(brought, gap_filling)
    links = in_release(brought, merged, {item.id for item in merged.datasets})
    documents = {"aliases": merged.aliases()} | ({SECTION: links} if links else {})
    return Release(memoryview(build_release(merged.datasets, HEADER, documents)), "made for the test")


MILL = (
    Link("p", Rank.SAME_PLACE, (Supply("db:a", 0.75), Supply("db:b", 0.25)), "production_volumes", {"farther": 1}),
    Link("l", Rank.NAMED, (Supply("db:quarry-b", 1.0),), "single", {"farther": 1}),
)


def test_rank_share_and_what_was_passed_over_are_kept_and_read_back() -> None:
    release = released(contribution(stock()))
    # Nothing supplies an amount of zero: the tool is no input of the mill.
    assert links_of(release, "db:mill") == MILL
    assert links_of(release, "db:a") == ()
    assert all_links(release) == {"db:mill": MILL}
    assert as_json(MILL[0]) == {
        "exchange": "p",
        "rank": "same_place",
        "providers": [
            {"dataset": "db:a", "share": 0.75, "instead_of": None},
            {"dataset": "db:b", "share": 0.25, "instead_of": None},
        ],
        "weighting": "production_volumes",
        "passed_over": {"farther": 1},
        "filled": False,
        "by": None,
        "reason": None,
        "why": {"zh": why(MILL[0], "zh"), "en": why(MILL[0], "en")},
    }
    assert why(MILL[0], "en") == (
        "same product, same place; weighted by production volume; passed over: 1 farther away or lower in rank"
    )
    assert why(MILL[1], "zh") == "文件指定；未取：1 个较远或排序靠后"
    # 1 kWh of power is 3.6 MJ: 1 + 0.75·0.8 + 0.25·0.4 + 0.1·0.7
    assert release.get("db:mill").total == pytest.approx(1.77)
    release.verify_all()


@settings(max_examples=20, deadline=None)
@given(st.permutations(processes()))
def test_the_order_of_a_file_changes_neither_links_nor_hash(shuffled: list[Process]) -> None:
    assert released(contribution(stock(shuffled))).hash == released(contribution(stock())).hash


def test_another_choice_is_another_release_though_its_datasets_are_the_same() -> None:
    only = [one for one in processes() if one.id != "quarry-a"]
    unnamed = [replace(one, exchanges=tuple(replace(e, provider="") for e in one.exchanges)) for one in only]
    first, second = released(contribution(stock(only))), released(contribution(stock(unnamed)))
    assert first.leaf("db:mill") == second.leaf("db:mill")
    assert first.hash != second.hash
    found = compare(first, second)
    assert (found.changed, found.same) == ((), len(first))
    (change,) = found.links
    assert (change.dataset, change.exchange, change.before.rank, change.after.rank) == (
        "db:mill", "l", Rank.NAMED, Rank.SAME_PLACE,
    )  # fmt: skip
    assert compared(found)["links"][0]["after"]["rank"] == "same_place"
    told = ("link", "db:mill", None, None, None, None, "l", "named: db:quarry-b 1", "same_place: db:quarry-b 1", None)
    assert told in as_rows(found)


def test_a_persons_choice_stands_with_role_and_reason_and_its_order_does_not_count() -> None:
    chosen = {("mill", "power"): Decision("b", "operator", "contract of 2024"), ("", "lime"): Decision("quarry-a")}
    brought = stock(processes(lime=""))
    release = released(contribution(brought, chosen=chosen))
    power, lime = links_of(release, "db:mill")
    assert power == Link(
        "p", Rank.CHOSEN, (Supply("db:b", 1.0),), passed_over={"farther": 2}, by="operator", reason="contract of 2024"
    )
    assert why(power, "en").startswith("chosen by the platform's operator; contract of 2024; passed over: 2")
    assert why(power, "zh").startswith("由平台运营方指定；contract of 2024；未取：2")
    assert (lime.rank, lime.providers, why(lime, "en").split(";")[0]) == (Rank.CHOSEN, ("db:quarry-a",), "chosen")
    # 1 + 0.4 + 0.1·0.5
    assert release.get("db:mill").total == pytest.approx(1.45)
    turned = dict(reversed(chosen.items()))
    assert released(contribution(brought, chosen=turned)).hash == release.hash
    assert released(contribution(brought)).hash != release.hash


def test_a_provider_that_changed_is_named_with_both_ranks() -> None:
    old, new = (released(contribution(stock(processes(lime=lime)))) for lime in ("quarry-b", ""))
    (change,) = [item for item in compared(compare(old, new))["changed"] if item["dataset"] == "db:mill"]
    assert change["providers"] == [
        {
            "exchange": "l",
            "before": ["db:quarry-b"],
            "after": ["db:quarry-a", "db:quarry-b"],
            "rank_before": "named",
            "rank_after": "same_place",
        }
    ]
    assert compare(old, new).links == ()  # told once


def test_precedence_and_gap_filling_stand_in_the_record() -> None:
    national = parse_dataset(
        document("n:lime", co2e={"AR6": 0.3}, kinds={"fossil": 0.3})
        | {"name": {"en": "lime"}, "product": {"code": "lime", "name": {"en": "lime"}}}
    )
    other = Contribution(Database("cn", "cn", "owner", "CC0", "yes", "public", "national"), (national,))
    alone = [one for one in processes() if one.id != "quarry-a"]
    release = released(contribution(stock(alone)), other)
    lime = next(one for one in links_of(release, "db:mill") if one.exchange == "l")
    assert lime == Link("l", Rank.NAMED, (Supply("n:lime", 1.0, "db:quarry-b"),))
    assert why(lime, "en") == "named by the file; by precedence in the place of db:quarry-b"
    assert {used.dataset for used in release.get("db:mill").inputs} == {"n:lime", "db:a", "db:b"}
    without = [one for one in alone if one.id != "quarry-b"]
    filled = next(
        one for one in links_of(released(contribution(stock(without)), other), "db:mill") if one.exchange == "l"
    )
    assert filled == Link("l", Rank.SAME_PLACE, (Supply("n:lime", 1.0),), filled=True)
    assert why(filled, "zh") == "由其他数据库补缺；同产品同地"


def test_a_release_of_which_nothing_was_linked_has_no_such_section() -> None:
    plain = parse_dataset(document("lime"))
    folder = Contribution(Database("f", "f", "owner", "CC0", "yes", "public", "industry"), (plain,))
    release = released(folder)
    assert SECTION not in release.section_names()
    assert links_of(release, "lime") == ()
    for name in ("starter-2026.1", "starter-2026.2"):
        assert SECTION not in find_release(name).section_names()
    assert compare(release, release).links == ()


def test_a_release_that_follows_keeps_what_still_holds() -> None:
    old = released(contribution(stock()))
    mill = old.get("db:mill")
    moved = [
        used if used.exchange != "l" else used.model_copy(update={"dataset": "db:quarry-a"}) for used in mill.inputs
    ]
    datasets = [item for item in old if item.id != "db:mill"] + [mill.model_copy(update={"inputs": tuple(moved)})]
    assert carried(old, datasets, {}) == section({"db:mill": MILL[:1]})
    said = section({"db:mill": MILL[1:]})
    assert carried(old, datasets, said) == said
    assert carried(released(contribution(stock([processes()[1]]))), datasets, {}) == {}


@pytest.mark.parametrize(
    "said",
    [
        {"names": [], "datasets": {"db:mill": [["p", 2, [[7, 1.0]]]]}},
        {"names": ["db:a"], "datasets": {"db:mill": [["p", 99, [[0, 1.0]]]]}},
        {"names": ["db:a"], "datasets": {"db:mill": [["p"]]}},
        {"names": ["db:a"], "datasets": {"db:mill": [["p", 2, [[0, "much"]]]]}},
        {"names": ["db:a"], "datasets": []},
        {"datasets": {"db:mill": []}},
    ],
)
def test_a_section_that_is_none_is_refused_by_name(said: dict[str, Any]) -> None:
    user = document("db:mill", inputs=[use("db:a", 1.0)])
    datasets = [parse_dataset(document("db:a")), parse_dataset(user)]
    release = Release(memoryview(build_release(datasets, HEADER, {SECTION: said})), "somebody's")
    with pytest.raises(TanbiaoError) as refused:
        links_of(release, "db:mill")
    assert refused.value.code == "release_malformed"
    assert SECTION in refused.value.findings[0].params["reason"]
