"""The published JSON Schema of a scheme document, made from the model that reads it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from tanbiao.core.schemes.model import FORMAT, Scheme

FILE = "schemas/scheme-1.json"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``tanbiao: scheme/1`` as it is written."""
    made = Scheme.model_json_schema(by_alias=True, mode="validation")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tanbiao:scheme:1",
        "title": f"Tanbiao label scheme ({FORMAT})",
    }
    return {**head, **{key: value for key, value in made.items() if key != "title"}}


def shipped() -> dict[str, Any]:
    """Return the schema file of the package."""
    text = resources.files("tanbiao.data").joinpath(*FILE.split("/")).read_text(encoding="utf-8")
    body: dict[str, Any] = json.loads(text)
    return body


def as_text() -> str:
    """Return the schema as the file's text."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
