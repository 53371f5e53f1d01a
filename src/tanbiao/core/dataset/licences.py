"""What a dataset's licence statement says about passing it on, as far as words can tell."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Literal

Standing = Literal["forbidden", "not_forbidden", "unknown"]


@lru_cache(maxsize=1)
def _forbidding() -> tuple[str, ...]:
    text = resources.files("tanbiao.data.nomenclature").joinpath("licences.json").read_text(encoding="utf-8")
    return tuple(word for entry in json.loads(text)["forbids"] for word in entry["words"])


@lru_cache(maxsize=4096)
def redistribution(licence: str) -> Standing:
    """Return whether a licence statement forbids passing the dataset on.

    ``unknown`` where nothing is stated. A statement that none of the listed words is in forbids nothing: the list
    (``data/nomenclature/licences.json``) is the project's own and no legal advice.
    """
    plain = " ".join(licence.split()).casefold()
    if not plain:
        return "unknown"
    return "forbidden" if any(word in plain for word in _forbidding()) else "not_forbidden"
