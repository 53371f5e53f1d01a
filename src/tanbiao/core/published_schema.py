"""The published JSON Schema of a document of ours, made from the model that reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class PublishedSchema:
    """A format's schema: as the model makes it, and as the package ships it.

    Parameters
    ----------
    format
        ``rule/1``; the schema is ``urn:tanbiao:rule:1`` in ``schemas/rule-1.json`` of the package's data.
    words
        What the format is: ``category rule``.
    """

    model: type[BaseModel]
    format: str
    words: str

    @property
    def file(self) -> str:
        """Path of the shipped file under ``tanbiao/data``."""
        return f"schemas/{self.format.replace('/', '-')}.json"

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of the document as it is written, before anything is normalised."""
        made = self.model.model_json_schema(by_alias=True, mode="validation")
        head = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:tanbiao:{self.format.replace('/', ':')}",
            "title": f"Tanbiao {self.words} ({self.format})",
        }
        return {**head, **{key: value for key, value in made.items() if key != "title"}}

    def shipped(self) -> dict[str, Any]:
        """Return the schema file of the package."""
        text = resources.files("tanbiao.data").joinpath(*self.file.split("/")).read_text(encoding="utf-8")
        body: dict[str, Any] = json.loads(text)
        return body

    def as_text(self) -> str:
        """Return the schema as the file's text."""
        return json.dumps(self.schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
