"""The facts that stand behind each packaged rule, as they were found when it was packaged.

A category's technical package is complete when its document, its factors and its calculation model are there
(深市监联〔2022〕34号, 三(一)). :mod:`tanbiao.core.catalogue.packages` finds the facts by trying the rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

FORMAT = "rule-packages/1"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model study with a cited inventory: its figure and what it rests on."""

    example: str
    study: str
    release: str
    value: float
    """The rule's headline, kg CO2e per declared unit."""
    unit: str
    completeness: str
    stand_in_share: float | None
    """Of the total; None where the total is incomplete."""
    unknown: int
    source: str


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What is behind one version of a rule."""

    rule: str
    hash: str
    standing: str
    title: Mapping[str, str]
    categories: tuple[str, ...]
    missing: tuple[str, ...]
    """``code place`` of what the rule lacks before it could be issued."""
    examples: int
    failed: tuple[str, ...]
    """Worked examples that do not give what they should."""
    failing: int
    """Worked examples that show a failure for a named reason."""
    basis: str
    """``inventory``: a model study with a cited inventory; ``arithmetic``: arithmetic examples only, not a product;
    ``unsaid``: its examples do not say which they are."""
    replaced_by: str | None
    models: tuple[ModelFacts, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the rule could be issued: nothing missing and every example as it should be."""
        return not self.missing and not self.failed and self.failing >= 2


def as_json(packages: list[PackageFacts]) -> str:
    """Return the facts as the text of their file."""
    body = {"tanbiao": FORMAT, "packages": [asdict(item) for item in packages]}
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@lru_cache(maxsize=1)
def packaged_facts() -> tuple[PackageFacts, ...]:
    """Return the facts of the packaged rules as they were found when they were packaged, by reference."""
    data = resources.files("tanbiao.data").joinpath("catalogue", "packages.json").read_text(encoding="utf-8")
    return tuple(_from_json(item) for item in json.loads(data)["packages"])


def _from_json(item: dict[str, Any]) -> PackageFacts:
    lists = {key: tuple(item[key]) for key in ("categories", "missing", "failed")}
    models = tuple(ModelFacts(**model) for model in item["models"])
    return PackageFacts(**(item | lists | {"models": models}))
