"""The published JSON Schema of a rule document, made from the model that reads it.

What a schema can't say is said when the document is read: an expression's units, ids that are used twice, clauses and
processes that are named but not there.
"""

from __future__ import annotations

from tanbiao.core.published_schema import PublishedSchema
from tanbiao.core.rules.model import FORMAT, Rule

_PUBLISHED = PublishedSchema(Rule, FORMAT, "category rule")
schema, shipped, as_text = _PUBLISHED.schema, _PUBLISHED.shipped, _PUBLISHED.as_text
