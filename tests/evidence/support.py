"""Helpers that the evidence tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent.parent / "data" / "vectors"


def vectors(name: str) -> Any:
    """Return a JSON file of test vectors."""
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))
