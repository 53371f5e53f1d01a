"""Imported inventories as datasets of a release; figures worked out by hand."""

import math
from dataclasses import replace

import pytest

from core.lca.inventories import gives, inventory, made, process, product, shares, uses, waste
from core.release.linked_release import HEADER
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Inventory, ModuleResult, ProcessKind, Spread
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, build_release, write_release
from tanbiao.core.lca.release_inventory import Imported, Terms, release_datasets
from tanbiao.formats import registry
from tanbiao.formats.archive import Members

TERMS = Terms("db", "A database", version="3", licence="CC BY 4.0", redistribution="yes")


def imported(stock: Inventory, terms: Terms = TERMS, **options: object) -> Imported:
    return release_datasets(stock, terms, LinkOptions(**options))


def released(found: Imported) -> Release:
    return Release(memoryview(build_release(found.datasets, HEADER)), "made for the test")


def by_id(found: Imported) -> dict[str, object]:
    return {item.id.removeprefix("db:"): item for item in found.datasets}


def test_a_chain_with_a_treatment_is_scaled_to_one_unit_of_each_product() -> None:
    # 2 t of steel need 720 MJ (3.6 MJ are 1 kWh), emit 1 000 kg CO2 and leave 40 kg of slag to be dumped.
    stock = inventory(
        [product("steel"), product("power", "energy", name={"en": "Electricity, high voltage"}), waste("slag")],
        process(
            "mill",
            made("steel", 2.0, "t"),
            uses("power", 200.0, "kWh", id="7"),
            gives("co2", 1.0, "t", id="8"),
            gives("slag", 40.0, "kg"),
        ),
        process("station", made("power", 10.0, "kWh"), gives("co2", 8.0, "kg"), gives("ch4", 1.0, "g")),
        # ILCD and openLCA write a treatment as an input of its waste.
        process("dump", uses("slag", 4.0, "kg", is_reference=True), gives("ch4", 0.2, "kg")),
    )
    found = imported(stock)
    made_ = by_id(found)
    assert found.ids == {"mill": "db:mill", "station": "db:station", "dump": "db:dump"}
    assert (made_["mill"].reference.unit, made_["station"].reference.unit) == ("kg", "MJ|electricity")
    assert (made_["dump"].reference.unit, made_["dump"].kind) == ("kg|waste", "treatment")
    inputs = {item.dataset: item for item in made_["mill"].inputs}
    assert (inputs["db:station"].amount, inputs["db:station"].unit) == (pytest.approx(0.36), "MJ|electricity")
    assert (inputs["db:station"].id, inputs["db:station"].exchange) == ("7", "7")
    assert (inputs["db:dump"].amount, inputs["db:dump"].unit) == (pytest.approx(0.02), "kg|waste")
    assert [(item.gas, item.id, item.amount) for item in made_["mill"].emissions] == [
        ("CO2 fossil", "8", pytest.approx(0.5))
    ]
    release = released(found)
    # 1 kg steel: 0.5 + 0.36 MJ · (8/36 kg CO2 + 0.001/36 kg CH4) and 0.02 kg slag · 0.05 kg CH4
    assert release.get("db:mill").gases == pytest.approx(
        {"CO2 fossil": 0.5 + 0.36 * 8 / 36, "CH4 fossil": 0.36 * 0.001 / 36 + 0.02 * 0.05}
    )
    assert release.get("db:dump").total == pytest.approx(0.05 * 29.8)  # IPCC AR6 WG1 table 7.15
    item = release.get("db:mill")
    assert (item.licence, item.redistribution, item.source.title) == ("CC BY 4.0", "yes", "A database")
    assert (item.geography, item.product.code, item.product.name.en) == ("CN", "steel", "steel")
    assert found.readiness.is_ready
    assert item.missing is None


def test_allocation_is_applied_and_each_product_becomes_a_dataset() -> None:
    stock = inventory(
        [product("milk"), product("meat")],
        process(
            "farm",
            made("milk", 8.0, "kg"),
            gives("meat", 2.0, "kg"),
            gives("ch4", 10.0, "kg"),
            allocation=shares("economic", {"milk": 0.6, "meat": 0.4}),
        ),
    )
    made_ = by_id(imported(stock))
    assert made_["farm#milk"].emissions[0].amount == pytest.approx(0.75)
    assert made_["farm#meat"].emissions[0].amount == pytest.approx(2.0)
    assert made_["farm#meat"].name.en == "farm | meat"


def test_own_use_is_taken_off_the_output() -> None:
    stock = inventory(
        [product("coal")], process("mine", made("coal", 10.0, "kg"), uses("coal", 2.0, "kg"), gives("co2", 4.0, "kg"))
    )
    found = imported(stock)
    assert by_id(found)["mine"].inputs == ()
    assert released(found).get("db:mine").total == pytest.approx(0.5)


def test_what_nobody_supplies_is_a_gap_with_a_bound_and_never_zero() -> None:
    stock = inventory(
        [product("part"), product("glue", categories=("Chemicals",)), product("resin", categories=("Chemicals",))],
        process("press", made("part", 2.0, "kg"), uses("glue", 3.0, "kg", id="4"), gives("co2", 1.0, "kg")),
        process("works", made("resin", 1.0, "kg"), gives("co2", 5.0, "kg")),
        process("shop", made("box", 1.0, ""), uses("part", 4.0, "kg")),
    )
    stock = replace(stock, flows={**stock.flows, "box": product("box", "items")})
    found = imported(stock)
    gap = by_id(found)["press"].gaps[0]
    assert (gap.id, gap.name, gap.product, gap.amount, gap.unit) == ("4", "glue", "glue", 1.5, "kg")
    assert gap.stand_in == "db:works"
    release = released(found)
    press, shop = release.get("db:press"), release.get("db:shop")
    assert (press.total, press.missing.bound, press.missing.own) == (0.5, pytest.approx(7.5), 1)
    assert (shop.total, shop.missing.bound, shop.missing.own) == (2.0, pytest.approx(30.0), 0)
    assert release.get("db:works").missing is None
    assert [notice.code for notice in press.findings] == ["dataset_incomplete_bounded"]
    assert shop.findings[0].params == {"dataset": "db:shop", "own": 0, "bound": "30", "unit": "piece"}
    assert "unlinked_input" in {one.code for one in found.readiness.findings}
    open_ended = released(imported(stock, replace(TERMS, stand_ins={"glue": "nobody"})))
    assert open_ended.get("db:shop").missing.bound is None
    assert [notice.code for notice in open_ended.get("db:shop").findings] == ["dataset_incomplete"]


def test_a_bad_loop_is_left_out_by_name_and_everything_else_is_built() -> None:
    stock = inventory(
        [product("a"), product("b"), product("c"), product("d")],
        process("one", made("a", 1.0), uses("b", 1.0)),
        process("two", made("b", 1.0), uses("a", 1.0), gives("co2", 1.0)),
        process("user", made("c", 1.0), uses("a", 0.1)),
        process("free", made("d", 1.0), gives("co2", 2.0)),
    )
    found = imported(stock)
    assert [item.id for item in found.datasets] == ["db:free"]
    assert {key: why.code for key, why in found.left_out.items()} == {
        "one": "singular",
        "two": "singular",
        "user": "depends_on_refused",
    }
    told = {one.code: one for one in found.readiness.findings}
    assert "one" in told["singular"].params["processes"]
    assert found.readiness.counts()["codes"] == {
        "depends_on_refused": 1,
        "mass_balance": 1,  # a kilogram of c out of 0.1 kg of a
        "singular": 1,
    }
    assert released(found).get("db:free").total == 2.0


def test_a_unit_that_nobody_knows_refuses_the_process_and_its_users() -> None:
    stock = inventory(
        [product("work", "effort"), product("house")],
        process("mason", made("work", 1.0, "mason-day"), gives("co2", 1.0)),
        process("site", made("house", 1.0), uses("work", 3.0, "mason-day")),
    )
    found = imported(stock)
    assert not found.datasets
    assert found.left_out["mason"].code == "unit_not_known"
    assert found.left_out["site"].because == ("mason",)


def test_uncertainty_is_carried_in_the_units_of_the_dataset() -> None:
    spreads = [
        Spread("lognormal", sigma=0.2),
        Spread("lognormal", pedigree=(2, 3, 1, 4, 5)),
        Spread("normal", sigma=4.0),
        Spread("triangular", minimum=8.0, mode=10.0, maximum=14.0),
        Spread("uniform", minimum=20.0, maximum=30.0),  # does not hold the amount
        Spread("lognormal", sigma=-1.0),
        Spread("undefined", minimum=1.0, maximum=2.0),
    ]
    stock = inventory(
        [product("x")],
        process("p", made("x", 2.0), *(gives("co2", 10.0, "kg", spread=one) for one in spreads)),
    )
    found = imported(stock)
    told = [item.uncertainty for item in by_id(found)["p"].emissions]
    assert [item.type for item in told] == [
        "lognormal", "scored", "normal", "triangular", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    assert (told[0].sigma, told[2].sd, told[3].low, told[3].high) == (0.2, 2.0, 4.0, 7.0)
    assert (told[1].reliability, told[1].technological) == (2, 5)
    assert found.readiness.counts()["codes"]["spread_not_usable"] == 2
    quality = by_id(found)["p"].quality
    assert (quality.p, quality.c, quality.tir, quality.ger, quality.ter) == (2, 3, 1, 4, 5)
    # seven exchanges of one gas stand apart and are added up
    assert released(found).get("db:p").total == pytest.approx(35.0)


def test_the_parts_of_one_exchange_are_drawn_together(tmp_path) -> None:
    stock = inventory(
        [product("power", "energy"), product("x")],
        process("east", made("power", 1.0), gives("co2", 1.0, spread=Spread("lognormal", sigma=0.0))),
        process("west", made("power", 1.0), gives("co2", 1.0, spread=Spread("lognormal", sigma=0.0))),
        process(
            "user", made("x", 1.0), uses("power", 2.0, spread=Spread("lognormal", sigma=0.3)),
            uses("power", 1.0, spread=Spread("lognormal", sigma=0.0)),
        ),
    )  # fmt: skip
    found = imported(stock)
    inputs = by_id(found)["user"].inputs
    assert sorted((item.dataset, item.amount) for item in inputs) == [
        ("db:east", 0.5), ("db:east", 1.0), ("db:west", 0.5), ("db:west", 1.0),
    ]  # fmt: skip
    release = write_release(tmp_path / "r.tbr", found.datasets, HEADER, samples=Samples(4000, 1))
    draws = release.draws("db:user", "AR6").astype(float)
    # 1 + 2·LN(1, 0.3): the two halves together, not averaged out
    variance = 4.0 * (math.exp(0.09) - 1.0) * math.exp(0.09)
    assert draws.std() == pytest.approx(math.sqrt(variance), rel=0.05)
    assert draws.min() > 1.0


def test_an_epd_is_a_finished_figure_whose_set_is_not_known() -> None:
    stock = inventory(
        [product("board"), product("wall")],
        process(
            "epd", made("board", 10.0, "kg"), kind=ProcessKind.EPD,
            results=(ModuleResult("GWP-total", "A1-A3", 30.0, "kg CO2 eq."),),
        ),
        process("site", made("wall", 1.0), uses("board", 5.0, "kg")),
    )  # fmt: skip
    release = released(imported(stock))
    assert (release.get("db:epd").kind, release.get("db:epd").co2e) == ("epd_result", {"unknown": 3.0})
    assert release.get("db:site").total == pytest.approx(15.0)
    assert release.get("db:site").carried.undivided == pytest.approx(15.0)


def test_nothing_at_all_gives_nothing() -> None:
    found = imported(inventory([]))
    assert (found.datasets, dict(found.left_out)) == ((), {})


@needs_samples
def test_the_us_lci_archive_is_built_whole_with_the_same_footprints() -> None:
    with Members.open(LCA / "olca" / "uslci_olca1_5_0_schema1.zip") as members:
        stock = registry.read(members)
    options = LinkOptions(without_factors="reference")
    solved = solve(link(stock, options=options))
    found = release_datasets(stock, TERMS, options, solved)
    release = released(found)
    assert len(release) == 766
    for activity, identifier in found.ids.items():
        assert release.get(identifier).total == pytest.approx(solved.footprint(activity), rel=1e-12, abs=1e-15)
    lacking = {key for key, identifier in found.ids.items() if release.get(identifier).missing is not None}
    assert lacking == solved.incomplete
