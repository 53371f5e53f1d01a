"""Damaged copies of foreign files give findings, never a traceback and never a hang."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

import openpyxl
import pytest

from foreign_files import FILES
from mutations import bent
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import TanbiaoError, catalogue, describe
from tanbiao.formats import dataset_csv, dataset_workbook, ecospold1, ecospold2, mapped_csv, simapro_csv
from tanbiao.formats.writers import workbook

Reader = Callable[[Mapping[str, bytes]], Inventory]


def repacked(sheet: bytes) -> bytes:
    """Return a workbook of datasets with another sheet of exchanges: damage inside, where a whole zip shows none."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILLED)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == SHEET else old.read(name))
    return out.getvalue()


def filled() -> bytes:
    """Return a workbook of datasets with one process."""
    book = openpyxl.load_workbook(io.BytesIO(workbook.template()))
    for name in ("说明 Guide", "参数 Parameters"):
        del book[name]
    book["过程 Processes"].append([None, "炼钢", "steel making"])
    for row in (["炼钢", "output", "steel", 1, "kg", "yes"], ["炼钢", "input", "ore", "1,5", "kg", None, 0.5]):
        book["交换 Exchanges"].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


FILLED = filled()
SHEET = f"xl/worksheets/sheet{openpyxl.load_workbook(io.BytesIO(FILLED)).sheetnames.index('交换 Exchanges') + 1}.xml"
READERS: dict[str, Reader] = {
    "tables of exchanges": lambda files: dataset_csv.read(TABLES | {"exchanges.csv": files["file"]}),
    "tables of processes": lambda files: dataset_csv.read(TABLES | {"Processes.csv": files["file"]}),
    "workbook": lambda files: dataset_workbook.read({"a.xlsx": files["file"]}),
    "workbook's sheet": lambda files: dataset_workbook.read({"a.xlsx": repacked(files["file"])}),
    "ecospold1": ecospold1.read,
    "ecospold2": ecospold2.read,
    "mapping": lambda files: mapped_csv.read({"a.csv": TABLE, "m.yaml": files["file"]}),
    "simapro": simapro_csv.read,
    "table": lambda files: mapped_csv.read({"a.csv": files["file"], "m.yaml": MAPPING}),
}
SLOWEST = 20.0
"""Seconds: a hang, not a speed."""

MAPPING = b"""tanbiao: csv-mapping/1
rows: process
process: {id: "{id}", name: {en: "{name}"}, location: "{place}", documentation: {basis: "{basis}"}}
reference: {flow: "{name}", amount: "1", unit: "{unit}"}
results: [{indicator: GWP100, amount: "{total}", unit: kg}]
flows: [{flow: CO2, cas: "124-38-9", categories: [air], amount: "{co2}", unit: kg, deviation: "{co2}"}]
"""
TABLE = (
    "id,name,place,unit,total,co2,basis\n1,steel,CN,kg,2.1,2,AR6\n"
    '2,"Stahl, gewalzt",DE,kg,"2,0",1.9,AR5\n3,钢,CN,kg,3,,\n'
).encode()

TABLES = {name: data for name, data in FILES["tanbiao-tables"].items() if name != "Processes.csv"} | {
    "Processes.csv": b"process id,location,name in English,valid from\nsteel,CN,steel making,2023\n",
    "parameters.csv": b"process,parameter,value,formula\nsteel making,a,2,\n,b,,a^2\n",
    "results.csv": b"process,indicator,module,value,unit\nsteel making,GWP,A1,2.5,kg\n",
}


def sheet_of(book: bytes) -> bytes:
    """Return the XML of the sheet that is damaged."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(SHEET)


SEEDS = {
    "tables of exchanges": FILES["tanbiao-tables"]["exchanges.csv"],
    "tables of processes": TABLES["Processes.csv"],
    "workbook": FILLED,
    "workbook's sheet": sheet_of(FILLED),
    "mapping": MAPPING,
    "table": TABLE,
    "ecospold1": (
        '<?xml version="1.0"?><ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold01">'
        '<dataset number="1"><metaInformation><processInformation><referenceFunction name="钢" unit="kg" amount="1"/>'
        '<geography location="CN"/><timePeriod><startYear>2020</startYear></timePeriod>'
        '<dataSetInformation type="5" version="1"/></processInformation></metaInformation><flowData>'
        '<exchange number="1" name="steel" location="CN" unit="kg" meanValue="1">'
        "<outputGroup>2</outputGroup></exchange>"
        '<exchange number="2" name="slag" location="CN" unit="kg" meanValue="0.2">'
        "<outputGroup>2</outputGroup></exchange>"
        '<exchange number="3" name="CO2" category="air" unit="kg" meanValue="2.1" CASNumber="000124-38-9" '
        'uncertaintyType="3" minValue="1" maxValue="4"><outputGroup>4</outputGroup></exchange>'
        '<allocation referenceToCoProduct="1" allocationMethod="1" fraction="90">'
        "<referenceToInputOutput>3</referenceToInputOutput></allocation></flowData></dataset></ecoSpold>"
    ).encode(),
    "ecospold2": (
        '<?xml version="1.0" encoding="utf-8"?><ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02">'
        '<childActivityDataset><activityDescription><activity id="a1" type="1" parentActivityId="p1">'
        '<activityName xml:lang="zh">炼钢</activityName></activity></activityDescription><flowData>'
        '<intermediateExchange id="i" intermediateExchangeId="f1" amount="1" productionVolumeAmount="5">'
        "<name>steel</name><unitName>kg</unitName>"
        '<property propertyId="m" amount="1" variableName="mass"><name>mass</name></property>'
        '<outputGroup>0</outputGroup></intermediateExchange><elementaryExchange elementaryExchangeId="f2" amount="2" '
        'mathematicalRelation="mass * (share ^ 2)"><name>CO2</name><unitName>kg</unitName><uncertainty>'
        '<lognormal variance="0.1"/><pedigreeMatrix reliability="1" completeness="2"/></uncertainty>'
        "<outputGroup>4</outputGroup></elementaryExchange>"
        '<parameter variableName="share" amount="1.4"/></flowData></childActivityDataset></ecoSpold>'
    ).encode(),
    "simapro": (
        "{SimaPro 9}\n{CSV separator: Semicolon}\n{Decimal separator: ,}\n\nProcess\n\nCategory type\nmaterial\n\n"
        "Process identifier\nx\n\nProducts\nsteel;kg;1;60;x;Metals;\nslag;kg;a*2;40;x;Metals;\n\nMaterials/fuels\n"
        '"ore; fine";kg;2,5;Lognormal;1,2;0;0;(1,2,3,4,5)\n\nEmissions to air\nCO2;;kg;max(a;1,5);Triangle;0;1;3;\n\n'
        "Input parameters\na;2;Uniform;0;1;3;No;\n\nCalculated parameters\nb;a^2;\n\nEnd\n\n"
        "Units\nkg;Mass;1;kg\n\nEnd\n"
    ).encode("cp1252"),
}
_BYTES = (
    b"\x00",
    b"\xff",
    b"<",
    b">",
    b'"',
    b"&",
    b"&#0;",
    b"]]>",
    b";",
    b"\n",
    b"End\n",
    b"{",
    b"NaN",
    b"1e999",
    b"-",
    b"(",
)
_WORDS = (
    b"inf",
    b"1,5",
    b"",
    b"9" * 400,
    "中".encode("gb18030"),
    "µ".encode("cp1252"),
    b"0/0",
    b"a^b^c",
    b"((((",
    b"<!--",
)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Return a damaged copy: bent, or cut, repeated, swapped, overwritten or with strange signs put in."""
    if dice.random() < 0.6:
        return bent(data, dice)
    out = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at, length = dice.randrange(len(out) + 1), dice.choice((1, 2, 5, 40, 400))
        kind = dice.randrange(6)
        if kind == 0:
            del out[at : at + length]
        elif kind == 1:
            out[at:at] = dice.choice(_BYTES) * dice.choice((1, 1, 1, 50))
        elif kind == 2:
            out[at : at + length] = dice.choice(_WORDS)
        elif kind == 3:
            out[at:at] = out[at : at + length]
        elif kind == 4 and at < len(out):
            out[at] = dice.randrange(256)
        else:
            other = dice.randrange(len(out) + 1)
            out[at : at + length], out[other : other + length] = out[other : other + length], out[at : at + length]
        if not out:
            return b""
    return bytes(out[: dice.randrange(len(out) + 1)]) if dice.random() < 0.1 else bytes(out)


def survives(read: Reader, data: bytes) -> None:
    started = time.monotonic()
    inventory = read({"file": data})
    assert time.monotonic() - started < SLOWEST
    known = catalogue()
    for one in inventory.findings:
        assert one.code in known
        assert "{" not in describe(one, "zh").replace("{{", "") or "{" in json.dumps(dict(one.params)) + one.where
    assert len({one.id for one in inventory.processes}) == len(inventory.processes)
    for process in inventory.processes:
        assert all(one.flow in inventory.flows for one in process.exchanges)
        json.dumps([asdict(one) for one in process.exchanges])
    inventory.products_without_provider()


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_hand_made_files_damaged_in_many_ways(name: str) -> None:
    dice = random.Random(f"{name} 1")
    for _ in range(300):
        survives(READERS[name], mutated(SEEDS[name], dice))


class Torn(Mapping[str, bytes]):
    """Files of which one can't be unpacked."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def __getitem__(self, name: str) -> bytes:
        if name.startswith("torn"):
            raise TanbiaoError.of("archive_malformed", name, reason="CRC")
        return self.files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


@pytest.mark.parametrize(
    ("read", "name", "ending"),
    [
        (ecospold1.read, "ecospold1", "xml"),
        (ecospold2.read, "ecospold2", "spold"),
        (simapro_csv.read, "simapro", "csv"),
        (mapped_csv.read, "table", "csv"),
    ],
)
def test_a_member_that_cannot_be_unpacked_does_not_hide_the_others(read: Reader, name: str, ending: str) -> None:
    files = {f"good.{ending}": SEEDS[name], f"torn.{ending}": b"", "m.yaml": MAPPING}
    inventory = read(Torn(files))
    assert len(inventory.processes) == len(read({f"good.{ending}": SEEDS[name], "m.yaml": MAPPING}).processes) > 0
    assert [one.where for one in inventory.findings if one.code == "archive_malformed"] == [f"torn.{ending}"]


def samples(name: str) -> Iterator[bytes]:
    for path in sorted((LCA / name).iterdir()) if (LCA / name).is_dir() else ():
        data = path.read_bytes()
        if len(data) < 60_000:
            yield data


@needs_samples
@pytest.mark.parametrize("name", sorted(SEEDS))
def test_sample_files_damaged_in_many_ways(name: str) -> None:
    dice = random.Random(f"{name} 2")
    for data in samples(name):
        for _ in range(15):
            survives(READERS[name], mutated(data, dice))


@pytest.mark.soak
@needs_samples
@pytest.mark.parametrize("name", sorted(SEEDS))
def test_ten_thousand_damaged_copies(name: str) -> None:
    dice = random.Random(f"{name} 3")
    originals = [SEEDS[name], *samples(name)]
    for number in range(10_000):
        survives(READERS[name], mutated(originals[number % len(originals)], dice))
