"""Which files are read as one: loose ones by format, a folder, an archive; packed to the same bytes in any order."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest

from foreign_files import FILES
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import inspection, registry
from tanbiao.formats.archive import Members
from tanbiao.formats.together import Bundle, bundle_of, bundles, groups

SEVERAL = [form for form, files in FILES.items() if len(files) > 1]
PICTURE = b"\x89PNG\r\n\x1a\n and so on"


def loose(form: str) -> list[tuple[str, bytes]]:
    """Return a format's files as a phone sends them: names without folders."""
    return [(name.rpartition("/")[2], data) for name, data in FILES[form].items()]


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def content(bundle: Bundle) -> dict[str, bytes]:
    with Members.of_bytes(bundle.data, bundle.label) as members:
        return dict(members)


@pytest.mark.parametrize("form", SEVERAL)
def test_loose_files_of_a_format_are_one_and_read_as_the_archive_is(form: str) -> None:
    (one,) = bundles(loose(form))
    assert content(one) == dict(loose(form))
    assert one.files == tuple(sorted((name, len(data)) for name, data in loose(form)))
    read = registry.read(Members.of_bytes(one.data, one.label))
    whole = registry.read(Members.of_bytes(zipped(FILES[form]), "whole.zip"))
    assert (read.format, len(read.processes)) == (form, 1)
    assert [one.exchanges[0].amount for one in read.processes] == [one.exchanges[0].amount for one in whole.processes]


def test_the_same_files_in_another_order_and_another_spelling_of_a_name_are_the_same_bytes() -> None:
    files = [*loose("ilcd"), ("e\u0301.xml", FILES["ilcd"]["daten/m1.xml"])]
    turned = [("\u00e9.xml" if name == "e\u0301.xml" else name, data) for name, data in files]
    random.Random(4).shuffle(turned)
    assert [one.data for one in bundles(turned)] == [one.data for one in bundles(files)]
    # The same file twice is one file.
    assert bundles([*files, files[0]]) == bundles(files)


def test_files_of_several_formats_are_parted_and_tables_stay_with_their_mapping() -> None:
    spold = next(iter(FILES["ecospold2"].items()))
    archive = zipped(FILES["openlca-jsonld-2"])
    made = bundles([*loose("ilcd"), spold, *loose("mapped-csv"), ("whole.zip", archive), ("picture.png", PICTURE)])
    held = {tuple(name for name, _ in one.files) or (one.label,) for one in made}
    # Five ILCD files are the most: the picture goes with them; the table goes with its mapping though it is one of two.
    assert held == {
        ("c.xml", "m1.xml", "m2.xml", "picture.png", "s.xml", "炼钢.xml"),
        ("a.spold",),
        ("map.yaml", "表.csv"),
        ("whole.zip",),
    }
    assert next(one.data for one in made if one.label == "whole.zip") == archive


def test_our_own_tables_and_a_mapped_table_are_told_apart_by_their_names() -> None:
    made = bundles([*loose("tanbiao-tables"), *loose("mapped-csv")])
    assert sorted(len(one.files) for one in made) == [2, 4]


def test_what_tells_nothing_goes_with_its_ending_and_alone_where_nothing_is_known() -> None:
    made = bundles([*loose("ilcd"), *loose("tidas")[:2], ("extra.json", b"{}"), ("faulty.yaml", b"a: [")])
    names = [{name for name, _ in one.files} for one in made]
    assert [("extra.json" in one, "m1.json" in one, "faulty.yaml" in one) for one in names] == [
        (False, False, True),
        (True, True, False),
    ]
    assert [one.label for one in bundles([("b.png", PICTURE), ("a.bin", b"\x00")])] == ["a.bin", "b.png"]
    (yaml,) = bundles([*loose("mapped-csv"), ("broken.yaml", b"tanbiao: csv-mappin"), *loose("mapped-csv")])
    assert [name for name, _ in yaml.files] == ["broken.yaml", "map.yaml", "表.csv"]


def test_a_folder_is_one_whatever_is_in_it_and_litter_is_left_behind() -> None:
    files = [(f"steel\\{name}", data) for name, data in FILES["ilcd"].items()]
    files += [("steel/read me.txt", b"by hand"), ("steel/.DS_Store", b"x"), ("steel/__MACOSX/a.xml", b"x")]
    (one,) = bundles(files)
    assert (one.label, len(one.files)) == ("steel", 6)
    assert set(content(one)) == {*FILES["ilcd"], "read me.txt"}


def test_a_workbook_and_a_damaged_zip_are_what_they_are() -> None:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    made = bundles([("book.xlsx", stream.getvalue()), ("cut.zip", zipped(FILES["ilcd"])[:-30])])
    assert sorted(one.label for one in made) == ["book.xlsx", "cut.zip"]
    assert all(one.files == () for one in made)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([("a.xml", b"<a/>"), ("a.xml", b"<b/>")], "import_name_twice"),
        ([("x/a.xml", b"<a/>"), ("x/a.xml", b"<b/>")], "import_name_twice"),
        ([("../a.xml", b"<a/>")], "archive_unsafe"),
        ([("x/../../a.xml", b"<a/>")], "archive_unsafe"),
        ([("a\nb.xml", b"<a/>")], "archive_unsafe"),
    ],
)
def test_names_that_clash_or_lead_out_are_refused(files: list[tuple[str, bytes]], code: str) -> None:
    with pytest.raises(TanbiaoError) as refused:
        bundles(files)
    assert refused.value.code == code
    # Under one name in two folders they are two files.
    assert len(bundles([("x/a.xml", b"<a/>"), ("y/a.xml", b"<b/>")])) == 2


def test_a_file_that_nobody_reads_is_a_finding_and_no_failure() -> None:
    (one,) = bundles([*loose("ilcd"), ("note.txt", b"by hand"), ("empty.xml", b"")])
    with Members.of_bytes(one.data, one.label) as members:
        members.are_loose = True
        found = inspection.inspect(members)
    assert len(found.inventory.processes) == 1
    unread = [item for item in found.findings if item.code == "dataset_file_not_read"]
    assert [(item.where, item.params["seen"], item.severity.value) for item in unread] == [
        ("note.txt", "TXT", "warning")
    ]
    # The empty one ends as ILCD files do: the reader tried it, and said what is wrong with it.
    assert "empty.xml" in {item.where.partition(":")[0] for item in found.findings}


@pytest.mark.parametrize(("names", "code"), [(["map.yaml"], "mapping_without_table"), (["表.csv"], "mapping_missing")])
def test_a_mapping_alone_and_a_table_alone_are_told(names: list[str], code: str) -> None:
    files = FILES["mapped-csv"]
    (one,) = bundles([(name, files[name]) for name in names])
    with Members.of_bytes(one.data, one.label) as members:
        found = inspection.inspect(members, "mapped-csv")
    assert not found.inventory.processes
    assert code in {item.code for item in found.findings}


def test_a_mapping_that_is_for_no_table_here_is_told() -> None:
    files = FILES["mapped-csv"]
    other = files["map.yaml"].replace(b"rows: exchange", b'files: "other-*.csv"\r\nrows: exchange')
    (one,) = bundles([*files.items(), ("other.yaml", other)])
    with Members.of_bytes(one.data, one.label) as members:
        found = inspection.inspect(members)
    told = [(item.code, item.where) for item in found.findings if item.code.startswith("mapping_not_used")]
    assert (len(found.inventory.processes), told) == (1, [("mapping_not_used", "other.yaml")])


def test_paths_are_parted_and_packed_as_uploads_are(tmp_path: Path) -> None:
    for form in ("ilcd", "mapped-csv"):
        for name, data in loose(form):
            (tmp_path / name).write_bytes(data)
    (tmp_path / "whole.zip").write_bytes(zipped(FILES["openlca-jsonld-2"]))
    folder = tmp_path / "steel"
    for name, data in FILES["tidas"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    paths = [path for path in tmp_path.iterdir() if path.is_file()]
    random.Random(7).shuffle(paths)
    made = [bundle_of(group) for group in groups([*paths, folder, paths[0]])]
    sent = bundles(
        [
            *loose("mapped-csv"),
            *loose("ilcd"),
            ("whole.zip", zipped(FILES["openlca-jsonld-2"])),
            *((f"steel/{name}", data) for name, data in FILES["tidas"].items()),
        ]
    )
    assert {one.label: one for one in made} == {one.label: one for one in sent}
    with pytest.raises(TanbiaoError) as missing:
        groups([tmp_path / "nowhere.xml"])
    assert missing.value.code == "dataset_file_unreadable"
