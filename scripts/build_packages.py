"""Try every packaged rule and write what stands behind it: ``data/catalogue/packages.json``.

python scripts/build_packages.py           # write
python scripts/build_packages.py --check   # exit code 1 when the file is not what the rules give today
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from tanbiao.core.catalogue.facts import as_json
from tanbiao.core.catalogue.packages import find_facts
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import DEFAULT, find_release
from tanbiao.core.rules.load import list_rules

TARGET = Path(__file__).resolve().parent.parent / "src" / "tanbiao" / "data" / "catalogue" / "packages.json"


@cache
def _release(name: str) -> Release:
    return find_release(name or DEFAULT)


def build() -> str:
    """Return the file's text as the packaged rules give it."""
    rules = list_rules()
    replaced = {rule.replaces: rule.reference for rule in rules if rule.replaces}
    return as_json([find_facts(rule, _release, replaced.get(rule.reference)) for rule in rules])


def main() -> int:
    """Write the file, or compare it."""
    text = build()
    if "--check" in sys.argv[1:]:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print("data/catalogue/packages.json is not what the rules give; run python scripts/build_packages.py")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
