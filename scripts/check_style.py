"""Short files and functions (docs/architecture.md, "How the code reads"), and a name of its own for every test file."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_FILE, MAX_FUNCTION = 600, 80


def twice() -> list[str]:
    """Return the test files that share a name: one process can't load both, and one of them is not run."""
    known: dict[str, Path] = {}
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        other = known.setdefault(path.name, path)
        if other != path:
            found.append(f"{path.relative_to(ROOT)}: {other.relative_to(ROOT)} has that name already")
    return found


def main() -> int:
    """Print what is too long; return 1 when anything is."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        if text.count("\n") > MAX_FILE:
            found.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    found.append(f"{name}:{node.lineno} {node.name}: {length} lines")
    found += twice()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
