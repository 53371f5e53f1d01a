"""Keep docs/requirements.csv in step with the tests: --write fills the column ``tests``, --check compares.

A test claims a requirement by ``@pytest.mark.requirement("GBA-T01", …)``. An id that the record lacks is an error.
"""

from __future__ import annotations

import ast
import csv
import io
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "docs" / "requirements.csv"
COLUMNS = ["id", "seed", "quote_zh", "requirement_en", "module", "met_by", "tests"]


def _ids(decorators: list[ast.expr]) -> list[str]:
    found = []
    for node in decorators:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            found += [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)]
    return found


def _walk(path: Path) -> dict[str, list[str]]:
    """Return requirement id → test node ids of one file; marks on a class count for each of its tests."""
    claims: dict[str, list[str]] = defaultdict(list)
    name = path.relative_to(ROOT).as_posix()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            outer = _ids(node.decorator_list)
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name.startswith("test"):
                    for requirement in outer + _ids(item.decorator_list):
                        claims[requirement].append(f"{name}::{node.name}::{item.name}")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            for requirement in _ids(node.decorator_list):
                claims[requirement].append(f"{name}::{node.name}")
    return claims


def main() -> int:
    """Return 0 when the record is in step."""
    claims: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for requirement, tests in _walk(path).items():
            claims[requirement] += tests
    before = RECORD.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(before)))
    unknown = sorted(set(claims) - {row["id"] for row in rows})
    if unknown:
        print(f"tests claim requirements that the record does not know: {', '.join(unknown)}")
        return 1
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, "met_by": row.get("met_by") or "", "tests": " ".join(claims.get(row["id"], []))})
    after = buffer.getvalue()
    if "--write" in sys.argv:
        RECORD.write_text(after, encoding="utf-8")
    elif after != before:
        print("docs/requirements.csv is behind the tests: run python scripts/requirements.py --write")
        return 1
    claimed = {row["id"] for row in rows if claims.get(row["id"])}
    nameless = sorted(row["id"] for row in rows if row["id"] in claimed and not (row.get("met_by") or "").strip())
    if nameless:
        print(f"tested, but met_by does not say by what: {', '.join(nameless)}")
        return 0 if "--write" in sys.argv else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
