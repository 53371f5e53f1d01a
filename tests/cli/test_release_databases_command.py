"""``tanbiao release build`` on files of databases, and ``release show --readiness``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.lca.inventories import gives, inventory, made, process, product, uses
from core.release.linked_release import HEADER, document
from study_background import document as study_document
from study_background import stages
from tanbiao.cli.main import main
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.lca.release import Release
from tanbiao.core.study import calculate
from tanbiao.core.study.model import Study
from tanbiao.core.study.package import seal
from tanbiao.formats.writers import openlca

ENTRY = {
    "key": "plant",
    "title": "A plant's processes",
    "owner": "A plant",
    "licence": "internal",
    "tier": "private",
    "level": "industry",
    "file": "plant.zip",
}


def stock() -> Inventory:
    """Steel from bought power and lime; an alloy that needs itself; a tool made of the alloy."""
    return inventory(
        [product(key) for key in ("steel", "lime", "alloy", "tool", "ore")] + [product("power", "energy")],
        process("mill", made("steel", 1.0), uses("power", 3.6), uses("lime", 0.1), gives("co2", 1.0), version="1.0"),
        process("station", made("power", 3.6), gives("co2", 0.8), version="1.0"),
        process("smith", made("alloy", 1.0), uses("ore", 1.0), version="1.0"),
        process("mine", made("ore", 1.0), uses("alloy", 1.0), version="1.0"),
        process("shop", made("tool", 1.0), uses("alloy", 0.2), version="1.0"),
    )


def folder_with(
    place: Path, entries: list[dict[str, Any]], own: list[dict[str, Any]] | None = None, **header: Any
) -> Path:
    place.mkdir()
    (place / "plant.zip").write_bytes(openlca.write(stock()).data)
    said = HEADER | {"databases": entries} | header
    (place / "release.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    if own:
        (place / "own.json").write_text(json.dumps(own), encoding="utf-8")
    return place


def lime(**changes: Any) -> dict[str, Any]:
    return document("lime", co2e={"AR6": 0.5}, kinds={"fossil": 0.5}) | {"name": {"en": "lime"}} | changes


def build(folder: Path, out: Path, *words: str) -> int:
    return main(["release", "build", str(folder), "--out", str(out), "--samples", "0", *words])


def test_a_database_file_becomes_datasets_and_its_report_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = folder_with(tmp_path / "data", [ENTRY]), tmp_path / "r.tbr"
    assert build(folder, out, "--json", "--lang", "en") == 0
    body = json.loads(capsys.readouterr().out)
    release = Release.open(out)
    assert body["datasets"] == len(release) == 2
    database = body["readiness"]["databases"][0]
    assert (database["owner"], database["tier"], database["level"], database["offered"]) == (
        "A plant", "private", "industry", 2,
    )  # fmt: skip
    assert database["files"][0]["hash"].startswith("sha256:")
    report = database["readiness"]
    assert (report["complete"], report["incomplete"], report["refused"]) == (1, 1, 3)
    assert {"singular", "depends_on_refused", "unlinked_input"} <= report["codes"].keys()
    assert all(item["remedy"] for item in report["findings"])
    counts = report["coverage"]["total"]
    assert sum(counts.values()) == report["exchanges"]
    mill = next(item for item in release if item.name.en == "mill")
    assert mill.total == pytest.approx(1.8)
    assert (mill.redistribution, mill.missing.own, mill.missing.bound) == ("no (private)", 1, None)
    pinned = release.document("origins")[mill.id]
    assert pinned[0] == "plant"
    assert main(["release", "show", str(out), "--readiness", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    for words in ("1 complete, 1 incomplete, 3 without an answer", "unlinked_input", "What to do", "smith"):
        assert words in told
    assert main(["release", "show", str(out), "--readiness", "--json", "--lang", "zh"]) == 0
    shown = json.loads(capsys.readouterr().out)["readiness"]
    assert shown["databases"][0]["readiness"]["codes"] == report["codes"]
    assert main(["release", "show", str(out), "--verify"]) == 0


def test_who_supplies_what_and_why_is_told_of_a_release_and_of_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = folder_with(tmp_path / "data", [ENTRY], [lime()], gap_filling=True), tmp_path / "r.tbr"
    assert build(folder, out) == 0
    mill = next(item.id for item in Release.open(out) if item.name.en == "mill")
    station = next(item.id for item in Release.open(out) if item.name.en == "station")
    capsys.readouterr()
    assert main(["release", "explain", str(out), mill, "--json"]) == 0
    links = json.loads(capsys.readouterr().out)["links"]
    assert [(one["rank"], one["filled"], one["providers"][0]["dataset"]) for one in links] == [
        ("same_place", False, station),
        ("same_place", True, "lime"),
    ]
    assert main(["release", "show", str(out), "--dataset", mill, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["links"] == links
    for lang, told in (
        ("zh", "由其他数据库补缺；同产品同地"),
        ("en", "fills a gap from another database; same product"),
    ):
        for words in (["explain", str(out), mill], ["show", str(out), "--dataset", mill]):
            assert main(["release", *words, "--lang", lang]) == 0
            said = capsys.readouterr().out
            assert told in said
            assert f"{station} (100 %)" in said
    assert main(["inspect", str(folder / "plant.zip"), "--link", "--json"]) == 1
    choices = json.loads(capsys.readouterr().out)["link"]["choices"]
    # power; of the tool's chain alloy, ore and alloy again. Lime has nobody.
    assert sorted(one["rank"] for one in choices) == ["same_place"] * 4
    assert all(len(one["providers"]) == 1 and one["why"]["zh"] == "同产品同地" for one in choices)


def test_a_release_that_follows_keeps_the_record_of_what_it_takes_over(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "data", [ENTRY])
    assert build(folder, tmp_path / "old.tbr") == 0
    old = Release.open(tmp_path / "old.tbr")
    later = tmp_path / "later"
    later.mkdir()
    (later / "release.yaml").write_text(yaml.safe_dump(HEADER | {"name": "later"}), encoding="utf-8")
    (later / "own.json").write_text(json.dumps(lime()), encoding="utf-8")
    words = ["release", "rebuild", str(tmp_path / "old.tbr"), str(later), "--out", str(tmp_path / "new.tbr")]
    assert main([*words, "--samples", "0"]) == 0
    new = Release.open(tmp_path / "new.tbr")
    assert "lime" in new
    assert new.document("links") == old.document("links") != {}


def test_the_folders_own_datasets_fill_gaps_where_the_release_says_so(tmp_path: Path) -> None:
    for name, filling, total in (("no", False, 1.8), ("yes", True, 1.85)):
        folder = folder_with(tmp_path / name, [ENTRY], [lime()], gap_filling=filling)
        assert build(folder, tmp_path / f"{name}.tbr") == 0
        release = Release.open(tmp_path / f"{name}.tbr")
        mill = next(item for item in release if item.name.en == "mill")
        assert mill.total == pytest.approx(total)
        assert (mill.missing is None) is filling
        assert release.header["precedence"]["filled" if filling else "not_filled"] == 1


def test_a_folder_and_a_release_are_databases_too_and_derived_datasets_see_them(tmp_path: Path) -> None:
    first = folder_with(tmp_path / "first", [ENTRY])
    assert build(first, tmp_path / "first.tbr") == 0
    pin = Release.open(tmp_path / "first.tbr").hash
    steel = next(item.id for item in Release.open(tmp_path / "first.tbr") if item.name.en == "mill")
    entries = [
        {**ENTRY, "key": "before", "tier": "public"} | {"release": f"../first.tbr@{pin}"},
        {**ENTRY, "key": "cn", "level": "national", "tier": "registered"} | {"folder": "national"},
    ]
    for entry in entries:
        del entry["file"]
    half = {"operation": "mix", "inputs": [{"dataset": steel, "share": 1.0}], "source": "made for the test"}
    derived = {"id": "d", "version": "1", "name": {"en": "d"}, "geography": "CN", "derivation": half}
    folder = folder_with(tmp_path / "second", entries, [derived])
    (folder / "national").mkdir()
    (folder / "national" / "lime.json").write_text(json.dumps(lime()), encoding="utf-8")
    assert build(folder, tmp_path / "second.tbr") == 0
    release = Release.open(tmp_path / "second.tbr")
    assert release.get(steel).total == pytest.approx(1.85)  # a national database always fills
    assert release.get("d").total == pytest.approx(1.85)
    assert [one["key"] for one in release.header["databases"]] == ["before", "cn", "own"]


def test_pins_take_exactly_the_versions_they_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(folder_with(tmp_path / "data", [ENTRY]), tmp_path / "r.tbr") == 0
    origins = Release.open(tmp_path / "r.tbr").document("origins")
    station = next(key for key in origins if not Release.open(tmp_path / "r.tbr").get(key).inputs)
    pins = {station: origins[station][1]}
    assert build(folder_with(tmp_path / "pinned", [ENTRY | {"pins": pins}]), tmp_path / "p.tbr") == 0
    assert Release.open(tmp_path / "p.tbr").ids() == (station,)
    for name, wrong, code in (
        ("other", {station: "sha256:" + "0" * 64}, "release_pin_differs"),
        ("gone", {"plant:gone": "sha256:" + "0" * 64}, "release_pin_missing"),
    ):
        capsys.readouterr()
        assert build(folder_with(tmp_path / name, [ENTRY | {"pins": wrong}]), tmp_path / f"{name}.tbr") == 2
        assert code in capsys.readouterr().out
        assert not (tmp_path / f"{name}.tbr").exists()


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"tier": "open"}, "release_database_wrong", "tier"),
        ({"level": "galactic"}, "release_database_wrong", "level"),
        ({"owner": " "}, "release_database_wrong", "owner"),
        ({"key": "a b"}, "release_database_wrong", "key"),
        ({"colour": "red"}, "release_database_wrong", "colour"),
        ({"file": None}, "release_database_wrong", "file"),
        ({"folder": "x"}, "release_database_wrong", "file"),
        ({"coproducts": "guess"}, "release_database_wrong", "coproducts"),
        ({"pins": ["x"]}, "release_database_wrong", "pins"),
        ({"format": "lotus"}, "format_unknown", "lotus"),
        ({"file": "nowhere.zip"}, "dataset_file_unreadable", "nowhere.zip"),
        ({"file": "broken.zip"}, "archive_malformed", "broken.zip"),
    ],
)
def test_a_bad_entry_is_named_and_leaves_no_file(
    changes: dict[str, Any], code: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {key: value for key, value in (ENTRY | changes).items() if value is not None}
    folder = folder_with(tmp_path / "data", [entry])
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 cut off")
    assert build(folder, tmp_path / "r.tbr", "--lang", "en") == 2
    told = capsys.readouterr().out
    assert code in told
    assert place in told
    assert [item.name for item in tmp_path.iterdir()] == ["data"]


def two_kilns() -> Inventory:
    """Lime from two kilns of one place, of 0.5 and 0.9 kg CO2 per kg; a wall of a kilogram of it."""
    return inventory(
        [product("wall"), product("lime")],
        process("mason", made("wall"), uses("lime", 1.0)),
        process("kiln-a", made("lime"), gives("co2", 0.5)),
        process("kiln-b", made("lime"), gives("co2", 0.9)),
    )


def test_a_supplier_is_chosen_in_the_release_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_with(tmp_path / "data", [ENTRY])
    written = openlca.write(two_kilns()).data
    (folder / "plant.zip").write_bytes(written)
    assert main(["inspect", str(folder / "plant.zip"), "--link", "--json"]) == 0
    (waiting,) = json.loads(capsys.readouterr().out)["link"]["undecided"]
    assert [one["label"] for one in waiting["candidates"]] == ["kiln-a (CN)", "kiln-b (CN)"]
    dear = waiting["candidates"][1]["id"]

    def said(*choose: dict[str, Any]) -> None:
        header = HEADER | {"databases": [ENTRY | {"choose": list(choose)}]}
        (folder / "release.yaml").write_text(yaml.safe_dump(header, allow_unicode=True), encoding="utf-8")

    totals = {}
    for name, choose in (
        ("mixed", ()),
        ("chosen", ({"product": waiting["product"], "provider": dear, "reason": "near"},)),
    ):
        said(*choose)
        assert build(folder, tmp_path / f"{name}.tbr") == 0
        release = Release.open(tmp_path / f"{name}.tbr")
        totals[name] = next(item for item in release if item.name.en == "mason")
    assert totals["mixed"].total == pytest.approx(0.7)
    assert totals["chosen"].total == pytest.approx(0.9)
    capsys.readouterr()
    words = ["release", "explain", str(tmp_path / "chosen.tbr"), totals["chosen"].id]
    for lang, told in (("zh", "由发布版编制者指定；near"), ("en", "chosen by the release's author; near")):
        assert main([*words, "--lang", lang]) == 0
        assert told in capsys.readouterr().out
    wrong = [
        {"product": waiting["product"], "provider": "nobody"},
        {"product": waiting["product"], "provider": waiting["users"][0], "process": "no-such"},
    ]
    said(*wrong)
    assert build(folder, tmp_path / "wrong.tbr", "--lang", "en") == 2
    told = capsys.readouterr().out
    assert "choice_provider_unknown" in told
    assert "choice_process_unknown" in told
    assert not (tmp_path / "wrong.tbr").exists()
    said({"product": waiting["product"]})
    assert build(folder, tmp_path / "wrong.tbr", "--lang", "en") == 2
    assert "databases[0].choose[0].provider" in capsys.readouterr().out


def test_a_supplier_is_chosen_on_the_command_line_or_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "walls.zip"
    place.write_bytes(openlca.write(two_kilns()).data)
    words = ["inspect", str(place), "--link"]
    assert main([*words, "--lang", "en"]) == 0
    assert "kiln-b (CN)" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    (waiting,) = json.loads(capsys.readouterr().out)["link"]["undecided"]
    lime_id, dear, user = waiting["product"], waiting["candidates"][1]["id"], waiting["users"][0]
    listed = tmp_path / "choose.yaml"
    listed.write_text(yaml.safe_dump({"choose": [{"product": lime_id, "provider": dear}]}), encoding="utf-8")
    for choice in (f"{lime_id}={dear}", f"{user}::{lime_id}={dear}", str(listed)):
        assert main([*words, "--json", "--choose", choice]) == 0
        link = json.loads(capsys.readouterr().out)["link"]
        figures = {one["name"]: one["co2e"] for one in link["footprints"]}
        assert figures["mason (CN)"] == pytest.approx(0.9)
        assert link["undecided"] == []
        (made_,) = link["choices"]
        assert (made_["rank"], made_["by"]) == ("chosen", "command")
    assert main([*words, "--json", "--choose", f"{lime_id}=nobody"]) == 1
    body = json.loads(capsys.readouterr().out)
    assert "choice_provider_unknown" in {item["code"] for item in body["findings"]}
    for choice in ("=x", str(tmp_path / "nowhere.yaml"), str(place)):
        assert main([*words, "--choose", choice, "--lang", "zh"]) == 2
        assert "Traceback" not in capsys.readouterr().out


def test_files_are_linked_on_a_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "release.yaml").write_text(yaml.safe_dump(HEADER, allow_unicode=True), encoding="utf-8")
    (folder / "own.json").write_text(json.dumps([lime(), document("other")]), encoding="utf-8")
    assert build(folder, tmp_path / "back.tbr") == 0
    place = tmp_path / "plant.zip"
    place.write_bytes(openlca.write(stock()).data)
    capsys.readouterr()
    words = ["inspect", str(place), "--background", str(tmp_path / "back.tbr")]
    assert main([*words, "--json", "--lang", "en"]) == 1
    body = json.loads(capsys.readouterr().out)["link"]
    assert (body["background"]["name"], body["background"]["inputs"]) == (HEADER["name"], 1)
    assert [one["id"] for one in body["background"]["datasets"]] == ["lime"]
    figures = {one["name"]: one for one in body["footprints"]}
    # 1 + 0.8 + 0.1 kg · 0.5; without the release its lime is missing: 1.8 and incomplete.
    mill = next(one for name, one in figures.items() if name.startswith("mill"))
    assert (mill["co2e"], mill["standing"], mill["refused"]) == (pytest.approx(1.85), "complete", None)
    smith = next(one for name, one in figures.items() if name.startswith("smith"))
    assert (smith["co2e"], smith["refused"]["code"]) == (None, "singular")
    shop = next(one for name, one in figures.items() if name.startswith("shop"))
    assert (shop["refused"]["code"], "smith" in shop["refused"]["message"]) == ("depends_on_refused", True)
    for lang, told in (("zh", "1 个数据集供应 1 个投入"), ("en", "1 datasets supply 1 inputs")):
        assert main([*words, "--lang", lang]) == 1
        assert told in capsys.readouterr().out
    assert main(["inspect", str(place), "--background", "no-such-release"]) == 2
    assert "release_not_found" in capsys.readouterr().out


def test_two_databases_of_one_key_and_an_empty_list_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(folder_with(tmp_path / "a", [ENTRY, dict(ENTRY)]), tmp_path / "r.tbr") == 2
    assert build(folder_with(tmp_path / "b", []), tmp_path / "r.tbr") == 2
    assert capsys.readouterr().out.count("release_database_wrong") == 2
    assert build(folder_with(tmp_path / "c", [ENTRY], gap_filling="perhaps"), tmp_path / "r.tbr") == 2


def test_a_database_of_which_nothing_can_be_used_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_with(tmp_path / "data", [ENTRY])
    loop = inventory([product("a")], process("p", made("a", 1.0), uses("a", 1.0)))
    (folder / "plant.zip").write_bytes(openlca.write(loop).data)
    assert build(folder, tmp_path / "r.tbr", "--lang", "en") == 2
    told = capsys.readouterr().out
    assert "release_database_empty" in told
    assert "uses_all_it_makes" in told


def test_compare_tells_other_suppliers_and_other_databases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second release adds a national lime, which supersedes the folder's and fills nothing new."""
    user = document("user", inputs=[{"id": "l", "dataset": "lime", "amount": 2.0, "unit": "kg"}])
    first = folder_with(tmp_path / "one", [ENTRY], [lime(), user])
    assert build(first, tmp_path / "one.tbr") == 0
    national = {key: value for key, value in ENTRY.items() if key != "file"}
    national |= {"key": "cn", "level": "national", "folder": "national"}
    second = folder_with(tmp_path / "two", [ENTRY, national], [lime(), user])
    (second / "national").mkdir()
    body = lime(id="n-lime", co2e={"AR6": 0.4}, kinds={"fossil": 0.4})
    (second / "national" / "lime.json").write_text(json.dumps(body), encoding="utf-8")
    assert build(second, tmp_path / "two.tbr") == 0
    capsys.readouterr()
    table = tmp_path / "changes.csv"
    words = ["release", "compare", str(tmp_path / "one.tbr"), str(tmp_path / "two.tbr"), "--csv", str(table)]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["precedence"] == [{"dataset": "lime", "before": "own", "after": "cn"}]
    changed = {item["dataset"]: item for item in found["changed"]}
    moved = {"exchange": "l", "before": ["lime"], "after": ["n-lime"], "rank_before": None, "rank_after": None}
    assert changed["user"]["providers"] == [moved]  # its folder's author wrote the supplier down: nothing was chosen
    assert (changed["user"]["old"], changed["user"]["new"]) == (pytest.approx(1.0), pytest.approx(0.8))
    mill = next(item for name, item in changed.items() if name.startswith("plant:"))
    assert mill["providers"][0]["after"] == ["n-lime"]  # the gap is filled by the higher database
    assert mill["providers"][0]["before"] == []
    assert mill["providers"][0]["rank_after"] == "same_place"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("change,dataset,unit,old,new,relative")
    assert any(row.startswith("provider,user") for row in rows)
    assert any(row.startswith("precedence,lime") and "own,cn" in row for row in rows)
    for lang, told in (
        ("zh", "供应者改变"),
        ("en", "stand from another database"),
        ("en", "— → same product, same place"),
    ):
        assert main([*words, "--lang", lang]) == 0
        assert told in capsys.readouterr().out
    assert main([*words[:-1], "/nowhere/at/all.csv"]) == 2


def test_compare_recalculates_a_certificates_sealed_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, figure in (("one", 0.5), ("two", 0.6)):
        folder = folder_with(tmp_path / name, [ENTRY], [lime(co2e={"AR6": figure}, kinds={"fossil": figure})])
        assert build(folder, tmp_path / f"{name}.tbr") == 0
    old = Release.open(tmp_path / "one.tbr")
    rows = [{"id": "r", "amount": "2 kg", "from": "dataset/lime"}]
    study, _ = Study.parse(study_document(stages=stages(raw_materials=rows), release=old.name))
    assert study is not None
    package = seal(study, old, None, calculate(study, old, None, samples=0))
    (tmp_path / "sealed").mkdir()
    (tmp_path / "sealed" / "package.json").write_text(json.dumps(package), encoding="utf-8")
    capsys.readouterr()
    words = ["release", "compare", str(tmp_path / "one.tbr"), str(tmp_path / "two.tbr")]
    words += ["--studies", str(tmp_path / "sealed"), "--csv", str(tmp_path / "c.csv"), "--json"]
    assert main(words) == 0
    item = json.loads(capsys.readouterr().out)["studies"][0]
    assert item["package"] == package["root"]
    assert (item["old"], item["new"]) == (pytest.approx(1.0), pytest.approx(1.2))
    assert "\ncertificate," in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "sealed" / "package.json").write_text(json.dumps(package | {"seed": 99}), encoding="utf-8")
    assert main(words) == 1
    assert "package_root_wrong" in capsys.readouterr().out
    assert main([words[0], words[1], words[3], words[2], *words[4:]]) == 1
