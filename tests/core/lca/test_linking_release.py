"""Files linked on a release: its datasets supply what nobody in the files makes; figures worked out by hand."""

from typing import Any

import pytest

from core.lca.inventories import gives, inventory, made, process, product, uses, waste
from core.release.linked_release import HEADER, document
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking_model import Decision, LinkOptions, Rank
from tanbiao.core.lca.linking_release import OnRelease, link_on
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import build_release


def dataset(identifier: str, name: str, value: float, unit: str = "kg", **more: Any) -> dict[str, Any]:
    body = document(identifier, unit, co2e={"AR6": value}, kinds={"fossil": value})
    return body | {"name": {"en": name}} | more


def release() -> Release:
    """Lime here and abroad, power, glue that lacks a supplier upstream, paint by volume, and lime nobody may take."""
    glue = dataset("r:glue", "glue", 0.0) | document(
        "r:glue", inputs=[], emissions=[{"gas": "CO2 fossil", "amount": 3.0}],
        gaps=[{"id": "g", "name": "resin", "amount": 1.0, "unit": "kg"}],
    )  # fmt: skip
    glue = {key: value for key, value in glue.items() if key not in ("co2e", "kinds")} | {"name": {"en": "glue"}}
    listed = [
        dataset("r:lime", "Lime", 0.5),
        dataset("r:lime-fr", "lime", 0.2, geography="FR"),
        dataset("r:lime-never", "lime", 0.1, never_for=["CN"]),
        dataset("r:lime-spend", "lime", 0.3, screening=True),
        dataset("r:power", "grid power", 0.6, "kWh|electricity", product={"code": "f-power", "name": {"en": "power"}}),
        dataset("r:paint", "paint", 2.0, "m3"),
        dataset("r:direct", "lime", 9.0, kind="direct_emission_factor"),
        glue,
    ]
    return Release(memoryview(build_release([parse_dataset(one) for one in listed], HEADER)), "made for the test")


FLOWS = [product(key) for key in ("wall", "brick", "lime", "glue", "paint", "sand")]
FLOWS += [product("f-power", "energy", name={"en": "something of another name"}), waste("rubble")]


def linked(*exchanges: Any, chosen: dict[Any, Decision] | None = None, **options: Any) -> OnRelease:
    stock = inventory(FLOWS, process("mason", made("wall"), *exchanges, gives("co2", 0.1)))
    return link_on(stock, release(), LinkOptions(chosen=chosen or {}, **options))


def test_what_the_files_lack_is_supplied_by_code_else_by_name_from_the_nearest_place() -> None:
    found = linked(uses("lime", 2000.0, "g"), uses("f-power", 1.0, "kWh"))
    assert {one.id for one in found.backgrounds} == {"r:lime", "r:power"}
    assert {one.providers[0][0]: one.rank for one in found.linked.choices} == {
        "r:lime": Rank.SAME_PLACE,
        "r:power": Rank.SAME_PLACE,
    }
    # 0.1 + 2 kg · 0.5 + 1 kWh · 0.6
    assert solve(found.linked).footprint("mason") == pytest.approx(1.7)
    assert (found.findings, found.linked.findings) == ((), ())


def test_what_the_files_make_themselves_stands_before_the_release() -> None:
    stock = inventory(
        FLOWS,
        process("mason", made("wall"), uses("lime", 1.0)),
        process("kiln", made("lime"), gives("co2", 0.9), location="DE"),
    )
    found = link_on(stock, release(), LinkOptions())
    assert (found.backgrounds, solve(found.linked).footprint("mason")) == ((), pytest.approx(0.9))


@pytest.mark.parametrize("how", ["file", "person"])
def test_a_dataset_that_is_named_by_its_id_is_taken(how: str) -> None:
    named = "r:lime-fr"
    lime = uses("lime", 1.0, provider=named if how == "file" else "")
    found = linked(lime, chosen={("mason", "lime"): Decision(named)} if how == "person" else None)
    assert found.linked.choices[0].rank is (Rank.NAMED if how == "file" else Rank.CHOSEN)
    assert solve(found.linked).footprint("mason") == pytest.approx(0.3)


def test_what_nothing_fits_stays_open_with_the_reason() -> None:
    found = linked(uses("paint", 1.0), uses("sand", 1.0), gives("rubble", 1.0))
    assert {one.flow for one in found.linked.unlinked} == {"paint", "sand", "rubble"}
    assert [(one.code, one.where, one.severity.value) for one in found.findings] == [
        ("unit_mismatch", "paint", "warning")
    ]
    solved = solve(found.linked)
    assert (solved.footprint("mason"), solved.incomplete) == (pytest.approx(0.1), {"mason"})


def test_a_figure_on_an_incomplete_dataset_is_no_whole_figure() -> None:
    found = linked(uses("glue", 1.0))
    assert [one.code for one in found.findings] == ["background_incomplete"]
    solved = solve(found.linked)
    assert solved.footprint("mason") == pytest.approx(3.1)
    assert solved.incomplete == {"mason", "r:glue"}
