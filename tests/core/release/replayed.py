"""Replays the package in a file and prints the hash of the result: the same on every machine."""

import json
import sys
from pathlib import Path

from tanbiao.core.study.package import identical, replay


def main(path: str) -> str:
    """Return the result's hash, and whether it has the sealed bits."""
    package = json.loads(Path(path).read_text(encoding="utf-8"))
    result = replay(package)
    return f"{result.hash} {identical(package, result)}"


if __name__ == "__main__":
    print(main(sys.argv[1]))  # noqa: T201
