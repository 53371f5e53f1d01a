"""The small types of the study document: names, texts, quantities, and the base of its parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_serializer, model_validator

StageName = Literal["raw_materials", "manufacturing", "distribution", "use", "end_of_life"]
DataKind = Literal["site_specific", "primary", "secondary", "estimate", "stand_in"]
Boundary = Literal["cradle_to_gate", "cradle_to_grave", "gate_to_gate"]
GwpSet = Literal["AR4", "AR5", "AR6"]
Acquisition = Literal["sample_measurement", "dynamic_tracking", "online_system", "document", "calculation"]

RowId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ProcessId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
CIRCULAR_MODULES = ("production", "secondary_input", "secondary_output", "energy_recovery", "disposal")
"""Modules of the circular footprint formula."""
PROCESS_PARTS = ("takes", "emits", "losses", "avoids")
"""Parts of a process that are lists of rows."""
PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
"""No control characters: they survive neither a spreadsheet nor a page."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=PRINTABLE)]
Reference = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^(process|dataset|supplier)/.+$", max_length=300)
]
DatasetReference = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^dataset/.+$", max_length=300)]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z]{2}|[A-Z]{3})$")]
Quantity = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Score = Annotated[int, Field(ge=1, le=5)]


class Part(BaseModel):
    """Base of every part of the document: frozen, no unknown keys, serialised without what is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _lean(self, handler: Any) -> Any:
        body = handler(self)
        if not isinstance(body, dict):
            return body
        return {key: value for key, value in body.items() if value is not None and value not in ((), [], {})}


class Period(Part):
    """A span of days, both included."""

    from_: Date = Field(alias="from")
    to: Date


class Text(Part):
    """A text in Chinese, English or both."""

    zh: Line | None = None
    en: Line | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Text:
        if self.zh is None and self.en is None:
            raise ValueError("a text in Chinese or English is needed")
        return self

    def best(self, lang: str = "zh") -> str:
        """Return the text in the language asked for, else in the other one."""
        return (self.zh or self.en or "") if lang == "zh" else (self.en or self.zh or "")

    def both(self) -> dict[str, str]:
        """Return ``{zh, en}``, each filled from the other where it is missing."""
        return {"zh": self.best("zh"), "en": self.best("en")}
