"""Run by the interpreter that has pyilcd and xmlschema: validate datasets against the schemas of the format."""

import sys
import zipfile
from collections import Counter
from pathlib import Path

import pyilcd
import xmlschema

folder = Path(pyilcd.__file__).parent / "schemas"
kinds = {"processes": "Process", "flows": "Flow", "flowproperties": "FlowProperty", "unitgroups": "UnitGroup"}
kinds |= {"sources": "Source", "contacts": "Contact"}
schemas: dict[str, xmlschema.XMLSchema] = {}
wrong: Counter[str] = Counter()
done: Counter[str] = Counter()
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        kind = name.split("/")[-2]
        done[kind] += 1
        if kind not in schemas:
            schemas[kind] = xmlschema.XMLSchema(str(folder / f"ILCD_{kinds[kind]}DataSet.xsd"))
        if done[kind] <= 20:
            for error in list(schemas[kind].iter_errors(archive.read(name)))[:3]:
                wrong[f"{kind} {error.path}: {error.reason}"[:300]] += 1
for message, count in wrong.most_common(20):
    sys.stdout.write(f"{count} {message}\n")
sys.stdout.write(f"{dict(done)}\n")
sys.exit(bool(wrong))
