"""The published JSON Schema of a scheme document, made from the model that reads it."""

from __future__ import annotations

from tanbiao.core.published_schema import PublishedSchema
from tanbiao.core.schemes.model import FORMAT, Scheme

_PUBLISHED = PublishedSchema(Scheme, FORMAT, "label scheme")
schema, shipped, as_text = _PUBLISHED.schema, _PUBLISHED.shipped, _PUBLISHED.as_text
