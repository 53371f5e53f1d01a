"""Find further examples for the packaged rules in force, until each is held: ``data/rules/kits/ID@VERSION.yaml``.

python scripts/build_rule_kits.py [ID@VERSION …]          # write, keeping what a kit already has
python scripts/build_rule_kits.py --check [ID@VERSION …]  # exit code 1 where an element is held by no example
"""

from __future__ import annotations

import sys
from pathlib import Path

from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import DEFAULT, find_release
from tanbiao.core.rules.kit_file import FOLDER, kit_of
from tanbiao.core.rules.load import list_rules, load_rule
from tanbiao.core.rules.mutation_report import mutation_report, opened
from tanbiao.core.rules.probing import STATEMENT, as_body, as_document, as_text, probe

TARGET = Path(__file__).resolve().parent.parent / "src" / "tanbiao" / "data" / "rules" / FOLDER


def _release(name: str) -> Release:
    return find_release(name or DEFAULT)


def current() -> list[str]:
    """Return the packaged rules that no other replaces, by reference."""
    rules = list_rules()
    replaced = {rule.replaces for rule in rules}
    return [rule.reference for rule in rules if rule.reference not in replaced]


def build(reference: str) -> tuple[str, ...]:
    """Write the kit of a rule; return the elements that are held by no example."""
    rule = load_rule(reference)
    found, path = probe(rule, opened(_release)), TARGET / f"{reference}.yaml"
    if found.examples and kit_of(rule) is not None:
        # what is there keeps its letters: read and written again, numbers would come back as texts
        more = as_text({"examples": [as_body(item) for item in found.examples]}).partition("\n")[2]
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    elif found.examples:
        TARGET.mkdir(exist_ok=True)
        path.write_text(as_text(as_document(rule, found.examples, STATEMENT)), encoding="utf-8")
    return found.left


def main() -> int:
    """Write or check; say what is left."""
    check = "--check" in sys.argv[1:]
    left = 0
    for reference in [name for name in sys.argv[1:] if not name.startswith("--")] or current():
        survivors = mutation_report(load_rule(reference), _release).survivors if check else build(reference)
        left += len(survivors)
        print(f"{reference}: {', '.join(survivors) or 'every element is held'}", flush=True)
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main())
