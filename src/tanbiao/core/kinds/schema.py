"""The published JSON Schema of a claim, made from the model that reads it."""

from __future__ import annotations

from tanbiao.core.kinds.model import FORMAT, ClaimDocument
from tanbiao.core.published_schema import PublishedSchema

_PUBLISHED = PublishedSchema(ClaimDocument, FORMAT, "claim of a certification without a footprint")
schema, shipped, as_text = _PUBLISHED.schema, _PUBLISHED.shipped, _PUBLISHED.as_text
