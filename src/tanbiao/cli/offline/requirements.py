"""``tanbiao requirements``: the policy requirements, what meets each, and the tests that show it.

``docs/requirements.csv`` is the record. Its column ``met_by`` names the page, API call or command; its column
``tests`` is written by ``scripts/requirements.py`` from the marks in the test suite. A requirement counts as met only
when both are there.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import tanbiao
from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

FILE_NAME = "requirements.csv"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of the policies' requirements and what meets it."""

    id: str
    seed: str
    quote_zh: str
    requirement_en: str
    module: str
    met_by: str
    tests: str

    @property
    def met(self) -> bool:
        """Whether something meets it and a test shows so."""
        return bool(self.met_by.strip()) and bool(self.tests.strip())


def _text() -> str:
    """Read the record: packed into the wheel, or in ``docs/`` of a checkout."""
    packed = resources.files("tanbiao.data") / FILE_NAME
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(tanbiao.__file__).parents[2] / "docs" / FILE_NAME
    if checkout.is_file():
        return checkout.read_text(encoding="utf-8")
    raise TanbiaoError.of("requirements_missing", FILE_NAME)


def load() -> list[Requirement]:
    """Return all requirements in the order of the record."""
    return [Requirement(**row) for row in csv.DictReader(io.StringIO(_text()))]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--module", help="M01 … M20")
    parser.add_argument("--met", action="store_true", help="只列出已满足的要求 / only those met")
    parser.add_argument("--open", action="store_true", help="只列出未满足的要求 / only those not met")


def run(args: argparse.Namespace, out: Console) -> int:
    """Print the count by module, and the requirements asked for."""
    rows = load()
    by_module = {
        module: {"total": total, "met": sum(row.met for row in rows if row.module == module)}
        for module, total in sorted(Counter(row.module for row in rows).items())
    }
    met = sum(row.met for row in rows)
    shown = [
        row
        for row in rows
        if (not args.module or row.module.startswith(args.module))
        and (not args.met or row.met)
        and (not args.open or not row.met)
    ]
    out.document(
        {
            "total": len(rows),
            "met": met,
            "by_module": by_module,
            "requirements": [
                {"id": row.id, "module": row.module, "met": row.met, "met_by": row.met_by, "tests": row.tests.split()}
                for row in shown
            ],
        }
    )
    if out.as_json:
        return 0
    for module, count in by_module.items():
        out.line(f"{count['met']:>4} / {count['total']:<4} {module}")
    out.text(
        f"共 {len(rows)} 条政策要求，已满足 {met} 条（有对应功能且有测试证明）。",
        f"{met} of {len(rows)} policy requirements are met (something does it and a test shows it).",
    )
    if args.module or args.met or args.open:
        for row in shown:
            mark = "✓" if row.met else "·"
            out.line(f"{mark} {row.id:<10} {row.quote_zh if out.lang == 'zh' else row.requirement_en}")
            if row.met:
                out.line(f"             {row.met_by}")
    return 0
