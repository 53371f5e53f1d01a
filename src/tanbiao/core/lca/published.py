"""What others have published for the same product, beside a dataset of the starter release, with the ratio.

The values stand in ``data/releases/published.json``, each with its document and the row or page; it is made by
``scripts/build_starter.py`` from ``data-sources/starter_published.csv``. A ratio judges nothing: place, year and
boundary differ, and each entry says how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset

FAR: Final = 1.5
"""Beyond this ratio, or below its inverse, a dataset's figure asks for a look (project default)."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published value.

    Attributes
    ----------
    value
        kg CO2e per reference unit of the dataset beside which it stands.
    printed
        As the document has it, with its unit and what was done to it.
    gwp_set
        Of the published value; ``unknown`` where the document does not say.
    differs
        How the two are not the same thing: texts in both languages.
    ratio
        The dataset's own figure divided by ``value``.
    """

    value: float
    unit: str
    printed: str
    place: str
    year: int | None
    gwp_set: str
    source: str
    row: str
    url: str
    differs: tuple[Mapping[str, str], ...]
    ratio: float

    @property
    def is_far(self) -> bool:
        """Whether the two figures are further apart than :data:`FAR`."""
        return not 1 / FAR <= self.ratio <= FAR

    def document(self, lang: str) -> dict[str, Any]:
        """Return it as JSON, with ``differs`` in one language."""
        return {
            "value": self.value,
            "unit": self.unit,
            "printed": self.printed,
            "geography": self.place,
            "year": self.year,
            "gwp_set": self.gwp_set,
            "source": self.source,
            "row": self.row,
            "url": self.url,
            "differs": [text[lang] for text in self.differs],
            "ratio": self.ratio,
            "far": self.is_far,
        }


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    text = resources.files("tanbiao.data.releases").joinpath("published.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def published_beside(dataset: Dataset) -> tuple[Published, ...]:
    """Return what has been published for the product of a dataset; empty where nothing is known."""
    body = _document()
    return tuple(
        Published(
            value=entry["value"],
            unit=entry["unit"],
            printed=entry["printed"],
            place=entry["geography"],
            year=entry["year"],
            gwp_set=entry["gwp_set"],
            source=entry["source"],
            row=entry["row"],
            url=entry["url"],
            differs=tuple(body["words"][key] for key in entry["differs"]),
            ratio=dataset.total / entry["value"],
        )
        for entry in body["values"].get(dataset.id, ())
        if entry["unit"] == dataset.reference.unit
    )
