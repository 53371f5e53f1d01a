"""Several databases in one release: who stands, who fills a gap; figures worked out by hand."""

from typing import Any

import pytest

from core.release.linked_release import HEADER, document, emit, use
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import build_release
from tanbiao.core.lca.release_databases import Contribution, Database, Merged, merge, solvable


def database(key: str, level: Any) -> Database:
    return Database(key, key, "owner", "CC0", "yes", "public", level)


def made(key: str, level: Any, *items: dict[str, Any]) -> Contribution:
    return Contribution(database(key, level), tuple(map(parse_dataset, items)))


def named(identifier: str, name: str, **changes: Any) -> dict[str, Any]:
    return document(identifier, **changes) | {"name": {"en": name}}


def gap(name: str, amount: float, unit: str = "kg", **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "amount": amount, "unit": unit, "uncertainty": {"type": "fixed"}} | more


def items(found: Merged) -> dict[str, Dataset]:
    return {item.id: item for item in found.datasets}


def released(found: Merged) -> Release:
    return Release(memoryview(build_release(found.datasets, HEADER, {"aliases": found.aliases()})), "test")


def figure(value: float) -> dict[str, Any]:
    return {"co2e": {"AR6": value}, "kinds": {"fossil": value}}


def test_the_national_dataset_stands_and_the_users_of_the_other_use_it() -> None:
    foreign = made(
        "world",
        "foreign",
        named("w:cement", "Cement", **figure(0.9)),
        named("w:steel", "steel", **figure(2.0)),
        named("w:beam", "beam", inputs=[use("w:cement", 2.0), use("w:steel", 1.0)]),
    )
    national = made("cn", "national", named("n:cement", "cement ", **figure(0.7)))
    found = merge([foreign, national])
    assert set(items(found)) == {"n:cement", "w:beam", "w:steel"}
    assert [(one.dataset, one.by, one.users, one.kept) for one in found.superseded] == [
        ("w:cement", "n:cement", 1, False)
    ]
    release = released(found)
    assert release.get("w:beam").total == pytest.approx(2 * 0.7 + 2.0)
    assert release.get("w:cement").id == "n:cement"  # the old name leads to the one that stands
    assert found.origins["n:cement"] == "cn"
    assert [one.code for one in found.findings] == ["dataset_superseded"]


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ("national", "provincial", "a"),
        ("provincial", "industry", "a"),
        ("industry", "adapted", "a"),
        ("adapted", "foreign", "a"),
        ("foreign", "starter", "a"),
        ("starter", "national", "b"),
        ("industry", "industry", "a"),  # of equal levels the first
    ],
)
def test_levels_stand_in_their_order(one: str, other: str, stands: str) -> None:
    found = merge([made("x", one, named("a", "lime")), made("y", other, named("b", "lime"))])
    assert list(items(found)) == [stands]


@pytest.mark.parametrize(
    "changes",
    [
        {"geography": "CN-GD"},
        {"reference": {"unit": "t"}},
        {"kind": "treatment"},
        {"product": {"name": {"en": "quick"}}},
    ],
)
def test_another_place_unit_kind_or_product_is_another_thing(changes: dict[str, Any]) -> None:
    found = merge([made("x", "national", named("a", "lime")), made("y", "starter", named("b", "lime") | changes)])
    assert set(items(found)) == {"a", "b"}


def test_a_code_makes_the_same_product_under_another_name() -> None:
    one = named("a", "lime") | {"product": {"code": "1520", "name": {"zh": "石灰"}}}
    other = named("b", "quicklime") | {"product": {"code": "1520", "name": {"en": "quicklime"}}}
    assert list(items(merge([made("y", "starter", other), made("x", "national", one)]))) == ["a"]


def test_several_technologies_have_no_speaker_but_their_market() -> None:
    power = {"en": "power"}
    makers = [
        document("coal") | {"name": {"en": "coal power"}, "product": {"name": power}},
        document("wind") | {"name": {"en": "wind power"}, "product": {"name": power}},
    ]
    national = made("cn", "national", named("grid", "power", **figure(0.5)))
    found = merge([national, made("world", "foreign", *makers)])
    assert set(items(found)) == {"grid", "coal", "wind"}
    assert [one.code for one in found.findings] == ["product_made_several_times"]
    market = document("mix", inputs=[use("coal", 0.5), use("wind", 0.5)])
    market |= {"name": {"en": "market for power"}, "product": {"name": power}}
    user = document("user", inputs=[use("mix", 1.0)])
    found = merge([national, made("world", "foreign", *makers, market, user)])
    assert set(items(found)) == {"grid", "coal", "wind", "user"}
    assert items(found)["user"].inputs[0].dataset == "grid"


def test_what_the_standing_dataset_is_made_from_stays() -> None:
    foreign = made(
        "world", "foreign", named("w:lime", "lime", **figure(1.0)), document("w:user", inputs=[use("w:lime", 1)])
    )
    adapted = made("cn", "adapted", named("a:lime", "lime", inputs=[use("w:lime", 0.9)]))
    found = merge([foreign, adapted])
    assert set(items(found)) == {"a:lime", "w:lime", "w:user"}
    assert found.superseded[0].kept
    release = released(found)
    assert (release.get("a:lime").total, release.get("w:user").total) == (pytest.approx(0.9), pytest.approx(0.9))


def test_two_suppliers_that_become_one_keep_both_amounts() -> None:
    foreign = made(
        "world", "foreign", named("w:a", "lime"), document("w:b", geography="US") | {"name": {"en": "lime"}},
        document("user", inputs=[use("w:a", 1.0), use("w:b", 2.0)]),
    )  # fmt: skip
    national = made(
        "cn",
        "national",
        named("n:a", "lime", **figure(3.0)),
        document("n:b", geography="US") | {"name": {"en": "lime"}},
    )
    assert released(merge([foreign, national])).get("user").total == pytest.approx(1 * 3.0 + 2 * 1.0)


def test_a_lower_database_fills_a_gap_only_where_it_may() -> None:
    national = made("cn", "national", document("beam", gaps=[gap("steel", 2.0)], emissions=[emit("CO2 fossil", 1.0)]))
    starter = made("st", "starter", named("s:steel", "Steel", unit="t", geography="GLO", **figure(1500.0)))
    without = merge([national, starter])
    assert [(one.by, one.rank, one.allowed) for one in without.filled] == [("s:steel", "wider_region", False)]
    assert released(without).get("beam").missing.own == 1
    assert {one.code for one in without.findings} == {"gap_not_filled"}
    assert without.document()["not_filled"][0]["by"] == "s:steel"
    filled = merge([national, starter], gap_filling=True)
    assert released(filled).get("beam").total == pytest.approx(1.0 + 2.0 * 1.5)
    assert released(filled).get("beam").missing is None
    assert [one["gap"] for one in filled.document()["filled"]] == ["steel"]


def test_a_higher_database_may_always_fill_and_the_nearest_place_comes_first() -> None:
    starter = made("st", "starter", document("beam", gaps=[gap("steel", 2.0, geography="CN-HE")]))
    national = made(
        "cn", "national", named("n:cn", "steel", **figure(2.0)),
        document("n:us", geography="US", **figure(9.0)) | {"name": {"en": "steel"}},
    )  # fmt: skip
    industry = made("in", "industry", document("i:he", geography="CN-HE", **figure(1.0)) | {"name": {"en": "steel"}})
    assert released(merge([starter, national])).get("beam").total == pytest.approx(4.0)
    assert released(merge([starter, national, industry])).get("beam").total == pytest.approx(2.0)
    elsewhere = made("in", "industry", document("i:us", geography="US", **figure(3.0)) | {"name": {"en": "steel"}})
    found = merge([starter, elsewhere])
    assert (found.filled[0].rank, found.findings[0].code) == ("stand_in", "gap_filled_from_elsewhere")


def test_a_gap_takes_no_other_unit_and_a_waste_only_a_treatment() -> None:
    user = made(
        "a", "starter", document("x", gaps=[gap("slag", 2.0, "kg|waste")]), document("y", gaps=[gap("air", 1.0, "m3")])
    )
    maker = made("b", "national", named("maker", "slag"), named("air", "air"))
    assert not merge([user, maker]).filled
    dump = made(
        "b", "national", document("dump", "kg|waste", kind="treatment", **figure(0.1)) | {"name": {"en": "slag"}}
    )
    assert released(merge([user, dump])).get("x").total == pytest.approx(0.2)


def test_one_id_for_two_products_is_refused_and_for_one_product_decided() -> None:
    with pytest.raises(TanbiaoError) as caught:
        merge([made("x", "national", named("a", "lime")), made("y", "starter", named("a", "steel"))])
    assert caught.value.code == "release_id_twice"
    found = merge([made("x", "starter", named("a", "lime", **figure(2.0))), made("y", "national", named("a", "lime"))])
    assert [item.total for item in found.datasets] == [1.0]


def test_a_loop_that_only_the_linking_closes_is_left_out_by_name() -> None:
    one = made("x", "national", document("a", gaps=[gap("b", 1.0)]), document("free"))
    other = made("y", "starter", document("b", inputs=[use("c", 1.0)]), named("c", "C", gaps=[gap("a", 1.0)]))
    found = merge(
        [one, other, made("z", "starter", document("user", inputs=[use("w", 1.0)]), document("w", gaps=[gap("a", 1)]))],
        True,
    )
    kept, refused = solvable(found.datasets)
    assert [item.id for item in kept] == ["free"]
    codes = {item.where: item.code for item in refused}
    assert codes.pop("a") == "singular"
    assert codes == {"user": "depends_on_refused", "w": "depends_on_refused"}
    assert "a" in refused[0].params["processes"]
