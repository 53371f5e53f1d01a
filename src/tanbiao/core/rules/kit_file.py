"""A kit of further examples beside a rule: ``tanbiao: rule-kit/1``.

A published rule keeps its hash. What is found later to hold its elements stands in a file beside it, which names the
rule and its hash; a text that differs by one letter has no such kit.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import find_document, read_model
from tanbiao.core.rules.model import Example, Rule
from tanbiao.core.rules.parts import Line, Part, Title
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.model_base import Digest

FOLDER: Final = "kits"
FORMAT: Final = "rule-kit/1"


class Kit(Part):
    """Further examples of one version of a rule."""

    tanbiao: Literal["rule-kit/1"]
    rule: Line
    """``id@version``."""
    hash: Digest
    """Of the rule's document."""
    statement: Title
    """How its examples were found."""
    examples: tuple[Example, ...] = ()


def read_kit(data: bytes) -> Kit:
    """Return the kit of a YAML file.

    Raises
    ------
    TanbiaoError
        ``rule_kit_malformed``, ``unknown_key``, ``field_missing``; as ``parse_text``.
    """
    return read_model(Kit, parse_text(data)[0], "rule_kit_malformed")


@lru_cache(maxsize=64)
def _packaged(reference: str) -> Kit | None:
    data = find_document(f"rules/{FOLDER}", f"{reference}.yaml", None)
    return None if data is None else read_kit(data)


def kit_of(rule: Rule, folder: Path | None = None) -> Kit | None:
    """Return the kit of exactly this rule: beside its file (``kits/ID@VERSION.yaml``), else the packaged one."""
    name = f"{rule.reference}.yaml"
    own = None if folder is None else folder / FOLDER / name
    kit = read_kit(own.read_bytes()) if own is not None and own.is_file() else _packaged(rule.reference)
    return kit if kit is not None and (kit.rule, kit.hash) == (rule.reference, rule.hash) else None


def examples_of(rule: Rule, folder: Path | None = None) -> tuple[Example, ...]:
    """Return the worked examples of a rule, then those of its kit.

    Raises
    ------
    TanbiaoError
        ``rule_id_twice``: the kit uses the id of an example of the rule.
    """
    kit = kit_of(rule, folder)
    if kit is None:
        return rule.examples
    twice = {item.id for item in rule.examples} & {item.id for item in kit.examples}
    if twice:
        name = min(twice)
        raise TanbiaoError.of("rule_id_twice", f"examples.{name}", id=name)
    return (*rule.examples, *kit.examples)
