"""Counts made from the raw files with regular expressions and plain JSON, by nothing that the readers use."""

import json
import re
import zipfile
from pathlib import Path

Counts = tuple[int, int, int]
"""Processes, exchanges, reference flows."""


def openlca(path: Path) -> Counts:
    """Count an openLCA archive of either schema."""
    processes = exchanges = references = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("processes/"):
                rows = json.loads(archive.read(name))["exchanges"]
                processes += 1
                exchanges += len(rows)
                marks = ("quantitativeReference", "isQuantitativeReference")
                references += sum(any(row.get(mark) for mark in marks) for row in rows)
    return processes, exchanges, references


def ilcd(path: Path) -> Counts:
    """Count the process datasets of an ILCD archive; a reference is an exchange that referenceToReferenceFlow names."""
    processes = exchanges = references = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            if "processDataSet" in text[:2000]:
                numbers = re.findall(r'<exchange\b[^>]*dataSetInternalID="(\d+)"', text)
                processes += 1
                exchanges += len(numbers)
                named = re.findall(r"<referenceToReferenceFlow>\s*(\d+)\s*<", text)
                references += len(set(named) & set(numbers))
    return processes, exchanges, references


def ecospold1(path: Path) -> Counts:
    """Count the datasets of one EcoSpold 1 file; output group 0 is the reference product."""
    text = path.read_text(encoding="utf-8-sig")
    return (
        len(re.findall(r"<dataset\b", text)),
        len(re.findall(r"<exchange\b", text)),
        len(re.findall(r"<outputGroup>\s*0\s*<", text)),
    )


def ecospold2(path: Path) -> Counts:
    """Count the activities of one EcoSpold 2 file; output group 0 of an intermediate exchange is the reference."""
    text = path.read_text(encoding="utf-8-sig")
    rows = re.findall(r"<(intermediateExchange|elementaryExchange)\b(.*?)</\1>", text, re.DOTALL)
    made = sum(kind == "intermediateExchange" and bool(re.search(r"<outputGroup>\s*0\s*<", row)) for kind, row in rows)
    return len(re.findall(r"<(?:childA|a)ctivityDataset\b", text)), len(rows), made
