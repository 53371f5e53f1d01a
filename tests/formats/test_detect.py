"""The format is told by the content: names and endings mislead, and nothing is guessed in silence."""

import io
import json

import pytest

from sample_files import LCA, needs_samples
from tanbiao.core.findings import TanbiaoError, describe
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect
from tanbiao.formats.table_mapping import packaged

ILCD = b'<processDataSet xmlns="http://lca.jrc.it/ILCD/Process" version="1.1">'
EPD = (
    b'<p:processDataSet xmlns:p="http://lca.jrc.it/ILCD/Process">'
    + b" " * 9000
    + b'<x xmlns="http://www.indata.network/EPD/2019"/>'
)
MODEL = b'<lifeCycleModelDataSet xmlns="http://eplca.jrc.ec.europa.eu/ILCD/LifeCycleModel/2017">'
ES1 = b'<?xml version="1.0"?><!-- <a> --><ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01"><dataset/>'
ES2 = '<?xml version="1.0"?><ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset/>'.encode("utf-16")
BARE = b"<ecoSpold><childActivityDataset>"
SIMAPRO = "\ufeff{SimaPro 9.5}\r\n{processes}\r\n".encode()
OLCA = {"@type": "Process", "@id": "x", "exchanges": []}


def process(**keys: bool) -> bytes:
    return json.dumps({**OLCA, "exchanges": [keys]}).encode()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"x.txt": ILCD}, "ilcd"),
        ({"x.json": EPD}, "ilcd-epd"),
        ({"a.xml": ILCD, "b.xml": MODEL}, "eilcd"),
        ({"x.zip.xml": ES1}, "ecospold1"),
        ({"x": ES2}, "ecospold2"),
        ({"x.spold": BARE}, "ecospold2"),
        ({"process.xml": SIMAPRO}, "simapro-csv"),
        ({"t.json": b'{"processDataSet": {}}'}, "tidas"),
        ({"t.json": json.dumps({"a" * 9000: 1, "flowDataSet": {}}).encode()}, "tidas"),
        ({"processes/a.json": process(isInput=True)}, "openlca-jsonld-2"),
        ({"processes/a.json": process(input=True)}, "openlca-jsonld-1"),
        ({"processes/a.json": process(input=True), "openlca.json": b'{"version": 2}'}, "openlca-jsonld-2"),
        ({"flows/a.json": b'{"@type": "Flow"}', "context.json": b"{}"}, "openlca-jsonld-1"),
        ({"a.json": json.dumps({"z" * 9000: 1, **OLCA}).encode(), "b.pdf": b"%PDF-"}, "openlca-jsonld-2"),
        ({"map.yaml": b"tanbiao: csv-mapping/1\n", "table.csv": b"a,b\n1,2\n"}, "mapped-csv"),
    ],
)
def test_the_content_tells_the_format(files: dict[str, bytes], expected: str) -> None:
    detected = detect(Members.of(files))
    assert (detected.format, detected.findings) == (expected, ())


def test_our_own_workbook_is_known() -> None:
    from tanbiao.formats import excel_study

    with pytest.raises(TanbiaoError) as caught:
        detect(Members.of({"a.bin": excel_study.template()}))
    assert caught.value.code == "file_is_a_study"


def test_a_foreign_workbook_is_not_ours() -> None:
    from openpyxl import Workbook

    out = io.BytesIO()
    Workbook().save(out)
    with pytest.raises(TanbiaoError) as caught:
        detect(Members.of({"a.xlsx": out.getvalue()}))
    assert caught.value.code == "format_unrecognised"


def test_a_table_with_the_columns_of_a_known_mapping_needs_none_beside_it() -> None:
    mapping = next(iter(packaged()))
    table = ",".join(f'"{name}"' for name in sorted(mapping.columns)) + "\n" + ",".join("1" for _ in mapping.columns)
    assert detect(Members.of({"any.txt": table.encode()})).format == "mapped-csv"


@pytest.mark.parametrize(
    ("data", "candidates"),
    [
        (b"name,amount\nsteel,1\n", "mapped-csv, simapro-csv"),
        (b"plain words", "mapped-csv, simapro-csv"),
    ],
)
def test_what_is_not_recognised_names_the_candidates(data: bytes, candidates: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        detect(Members.of({"a.xml": data}))
    assert caught.value.code == "format_unrecognised"
    assert caught.value.findings[0].params["candidates"] == candidates


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"<html><body>", "HTML"),
        (b"<!DOCTYPE html><p>", "HTML"),
        (b"<thing/>", "XML"),
        (b"%PDF-1.7", "PDF"),
        (b"{}", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"\x00\x01\x02", "BIN"),
    ],
)
def test_what_is_no_dataset_says_what_it_looks_like(data: bytes, seen: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        detect(Members.of({"a.xml": data}))
    assert caught.value.code == "format_is_no_dataset"
    said = caught.value.findings[0]
    assert said.params["seen"] == seen
    for lang in ("zh", "en"):  # a reader of a page has no command line
        assert "--format" not in describe(said, lang)


def test_mixed_formats_are_read_as_the_most_frequent_and_said_so() -> None:
    detected = detect(Members.of({"a.xml": ILCD, "b.xml": ILCD, "c.xml": ES1}, "mixed.zip"))
    assert detected.format == "ilcd"
    assert [(item.code, item.where) for item in detected.findings] == [("format_mixed", "mixed.zip")]
    assert detected.findings[0].params["candidates"] == "ilcd (2), ecospold1 (1)"


SAMPLES = {
    "olca/uslci_olca1_5_0_schema1.zip": "openlca-jsonld-1",
    "olca/uslci-transport_v1.1_schema2.zip": "openlca-jsonld-2",
    "ilcd/tiangong_ilcd_subset_120.zip": "ilcd",
    "ilcd/olca-ilcd_sdk_samples.zip": "eilcd",
    "epd/InDataWG_ILCD-EPD_sample_data.zip": "ilcd-epd",
    "tidas": "tidas",
    "ecospold1": "ecospold1",
    "ecospold2": "ecospold2",
    "simapro": "simapro-csv",
}


@needs_samples
@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_of_other_programs_are_recognised(name: str) -> None:
    with Members.open(LCA / name) as members:
        detected = detect(members)
    assert (detected.format, detected.findings) == (SAMPLES[name], ())
