"""What a factor or unit process is: kind, reference, boundary, gases, uncertainty, quality, source and licence."""

from tanbiao.core.dataset.model import (
    Dataset,
    DatasetKind,
    Intensity,
    Kinds,
    Notice,
    Quality,
    Reference,
    Source,
    Text,
    Time,
)
from tanbiao.core.dataset.uncertainty import Scored, Stated, Unknown

__all__ = [
    "Dataset",
    "DatasetKind",
    "Intensity",
    "Kinds",
    "Notice",
    "Quality",
    "Reference",
    "Scored",
    "Source",
    "Stated",
    "Text",
    "Time",
    "Unknown",
]
