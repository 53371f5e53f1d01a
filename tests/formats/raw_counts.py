"""Counts made from the raw files with regular expressions and plain JSON, by nothing that the readers use."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

Counts = tuple[int, int, int, int]
"""Processes, flows (described or referred to, each once), exchanges, reference flows."""


def _texts(path: Path) -> Iterator[str]:
    """Yield the text of a file, of every file of a folder, or of every member of a zip."""
    if path.is_dir():
        for one in sorted(path.iterdir()):
            yield one.read_text(encoding="utf-8-sig")
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
    else:
        yield path.read_text(encoding="utf-8-sig")


def openlca(path: Path) -> Counts:
    """Count an openLCA archive of either schema."""
    processes = exchanges = references = 0
    flows = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("flows/") and name.endswith(".json"):
                flows.add(Path(name).stem.lower())
            if name.startswith("processes/"):
                rows = json.loads(archive.read(name))["exchanges"]
                processes += 1
                exchanges += len(rows)
                flows |= {row["flow"]["@id"].lower() for row in rows}
                marks = ("quantitativeReference", "isQuantitativeReference")
                references += sum(any(row.get(mark) for mark in marks) for row in rows)
    return processes, len(flows), exchanges, references


def ilcd(path: Path) -> Counts:
    """Count ILCD datasets; a reference is an exchange that referenceToReferenceFlow names.

    An exchange with results by module is a result of an EPD, not an exchange; its flow is not counted unless described.
    Of a process that stands in the archive in several versions only the newest counts.
    """
    newest: dict[str, tuple[str, int, int]] = {}
    flows: set[str] = set()
    for text in _texts(path):
        head = text[:3000]
        if "flowDataSet" in head and "<flowInformation" in text:
            flows |= {key.lower() for key in re.findall(r"<(?:\w+:)?UUID>\s*([0-9a-fA-F-]{36})", text)[:1]}
        if "processDataSet" not in head or "<processInformation" not in text:
            continue
        own = re.findall(r"<(?:\w+:)?UUID>\s*([0-9a-fA-F-]{36})", text)[0].lower()
        version = (re.findall(r"<(?:\w+:)?dataSetVersion>\s*([\d.]+)", text) or [""])[0]
        exchanges = references = 0
        named = set(re.findall(r"<referenceToReferenceFlow>\s*(\d+)\s*<", text))
        for number, row in re.findall(r'<exchange\b[^>]*?dataSetInternalID="(\d+)"[^>]*>(.*?)</exchange>', text, re.S):
            if re.search(r"<\w+:amount\b[^>]*module=", row):
                continue
            exchanges += 1
            references += number in named
            target = re.search(r'<referenceToFlowDataSet\b[^>]*refObjectId="([^"]+)"', row)
            flows |= {target[1].lower()} if target else set()
        if own not in newest or newest[own][0] < version:
            newest[own] = (version, exchanges, references)
    counts = list(newest.values())
    return len(counts), len(flows), sum(one[1] for one in counts), sum(one[2] for one in counts)


def tidas(path: Path) -> Counts:
    """Count TIDAS files in a folder."""
    processes = exchanges = references = 0
    flows = set()
    for text in _texts(path):
        document = json.loads(text)
        if "flowDataSet" in document:
            flows.add(document["flowDataSet"]["flowInformation"]["dataSetInformation"]["common:UUID"])
        if "processDataSet" in document:
            body = document["processDataSet"]
            processes += 1
            named = body["processInformation"]["quantitativeReference"]["referenceToReferenceFlow"]
            rows = body["exchanges"]["exchange"]
            rows = rows if isinstance(rows, list) else [rows]
            exchanges += len(rows)
            references += sum(row["@dataSetInternalID"] == named for row in rows)
            flows |= {row["referenceToFlowDataSet"]["@refObjectId"] for row in rows}
    return processes, len(flows), exchanges, references


def ecospold1(path: Path) -> Counts:
    """Count the datasets of one EcoSpold 1 file; output group 0 is the reference product, else group 2 (co-products).

    The format has no ids: products are one by name, place and unit, elementary flows by name, categories and unit.
    """
    text = path.read_text(encoding="utf-8-sig")
    flows = set()
    for attributes, row in re.findall(r"<exchange\b([^>]*)>(.*?)</exchange>", text, re.S):
        told = {key: " ".join(value.split()) for key, value in re.findall(r'(\w+)\s*=\s*"([^"]*)"', attributes)}
        natural = re.search(r"<(?:input|output)Group>\s*4\s*<", row)
        keys = ("name", "category", "subCategory", "unit") if natural else ("name", "location", "unit")
        flows.add((bool(natural), *(told.get(key, "") for key in keys)))
    return (
        len(re.findall(r"<dataset\b", text)),
        len(flows),
        len(re.findall(r"<exchange\b", text)),
        len(re.findall(r"<outputGroup>\s*0\s*<", text) or re.findall(r"<outputGroup>\s*2\s*<", text)),
    )


def ecospold2(path: Path) -> Counts:
    """Count the activities of one EcoSpold 2 file; output group 0 of an intermediate exchange is the reference."""
    text = path.read_text(encoding="utf-8-sig")
    rows = re.findall(r"<(intermediateExchange|elementaryExchange)\b(.*?)</\1>", text, re.DOTALL)
    made = sum(kind == "intermediateExchange" and bool(re.search(r"<outputGroup>\s*0\s*<", row)) for kind, row in rows)
    flows = {re.search(r'(?:intermediate|elementary)ExchangeId="([^"]+)"', row)[1] for _, row in rows}  # type: ignore[index]
    return len(re.findall(r"<(?:childA|a)ctivityDataset\b", text)), len(flows), len(rows), made


_SIMAPRO_MADE = ["Products", "Waste treatment", "Waste scenario"]
_SIMAPRO_USED = [
    "Avoided products",
    "Materials/fuels",
    "Electricity/heat",
    "Waste to treatment",
    "Materials/assemblies",
    "Processes",
    "Assembly",
    "Disposal scenarios",
    "Waste scenarios",
    "Disassemblies",
    "Reuses",
    "Additional life cycles",
    "Waste/Disposal scenario",
    "Separated waste",
    "Remaining waste",
    "Sub-assemblies",
]
_SIMAPRO_NATURE = [
    "Resources",
    "Raw materials",
    "Emissions to air",
    "Airborne emissions",
    "Emissions to water",
    "Waterborne emissions",
    "Emissions to soil",
    "Final waste flows",
    "Non material emissions",
    "Social issues",
    "Economic issues",
]


def simapro(path: Path) -> Counts:
    """Count the processes and stages of a SimaPro CSV file; a line under a heading of flows is an exchange.

    The format has no ids: what processes make and use is one by its name, what comes from or goes to nature by heading,
    name and compartment. What a disposal scenario refers to (``Reference assembly``) is no exchange.
    """
    text = path.read_text(encoding="cp1252", errors="replace")
    separator = "," if "{CSV separator: Comma}" in text else ";"
    processes = exchanges = references = 0
    flows: set[tuple[str, ...]] = set()
    for block in re.split(r"^End\s*$", text, flags=re.MULTILINE):
        if not re.search(r"^Category type\s*$", block, re.MULTILINE):
            continue
        processes += 1
        heading = ""
        for line in map(str.strip, block.splitlines()):
            cells = line.split(separator)
            if not line:
                heading = ""
            elif not heading:
                heading = line
            elif heading in (*_SIMAPRO_MADE, *_SIMAPRO_USED, *_SIMAPRO_NATURE):
                exchanges += 1
                references += heading in _SIMAPRO_MADE
                flows.add((heading, *cells[:2]) if heading in _SIMAPRO_NATURE else (cells[0],))
    return processes, len(flows), exchanges, references
