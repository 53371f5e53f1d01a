"""Write NOTICE from ``data/sources.json`` and the lists of vendored parts.

    python scripts/build_notice.py [--check]

What is shipped beside our own code: data with their sources, licences and attributions; fonts; style sheets and
scripts for the browser. ``--check`` writes nothing and fails when NOTICE is not what it would write.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src" / "tanbiao" / "data"
HEAD = """Tanbiao (碳标)
Copyright 2026 the Tanbiao maintainers

Licensed under the Apache License, Version 2.0 (see LICENSE). The parts below keep their own terms.
The data are facts compiled from public sources, converted to common units; none of their publishers endorses
Tanbiao or anything calculated with it.
"""
# Tables of vendored parts, each in the file of the folder that holds them: heading → file.
VENDORED = {
    "Fonts": DATA / "fonts" / "SOURCES.md",
    "Schemas": DATA / "schemas" / "SOURCES.md",
    "For the browser": ROOT / "src" / "tanbiao" / "web" / "static" / "vendor" / "README.md",
}

# Notices that a licence wants word for word.
VERBATIM = (DATA / "schemas" / "PACT-NOTICE.txt",)


def data_part() -> str:
    """Return one paragraph per data source."""
    sources = json.loads((DATA / "sources.json").read_text(encoding="utf-8"))["sources"]
    lines = ["Data", "----", ""]
    for entry in sources:
        lines.append(entry["name"])
        lines.append(f"  licence: {entry['licence']}")
        lines.append(f"  attribution: {entry['attribution']}")
        if entry["datasets"]:
            lines.append(f"  in: tanbiao/data/{entry['file']} ({entry['datasets']} datasets)")
        else:
            lines.append(f"  in: tanbiao/data/{entry['file']}")
        lines.extend(f"  source: {url}" for url in entry["urls"])
        lines.append("")
    return "\n".join(lines)


def vendored_part(heading: str, path: Path) -> str:
    """Return the rows of a Markdown table of vendored parts as plain lines."""
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    table = [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]
    lines = [heading, "-" * len(heading), ""]
    names, cells = table[0], table[2:]
    for row in cells:
        lines.append(row[0])
        lines.extend(f"  {name}: {cell}" for name, cell in zip(names[1:], row[1:], strict=False) if cell)
        lines.append("")
    return "\n".join(lines)


def notice() -> str:
    """Return the text of NOTICE."""
    parts = [HEAD, data_part()]
    parts.extend(vendored_part(heading, path) for heading, path in VENDORED.items() if path.exists())
    parts.extend(path.read_text(encoding="utf-8") for path in VERBATIM)
    return "\n".join(parts).rstrip() + "\n"


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when NOTICE differs")
    arguments = parser.parse_args()
    place = ROOT / "NOTICE"
    if arguments.check:
        return 0 if place.read_text(encoding="utf-8") == notice() else 1
    place.write_text(notice(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
